"""Concurrent actors, one at a time: a seed decides who goes on at every AWS call, and what that call meets."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.in_process import serve
from tests.simulation.engine import InProcess
from tests.simulation.faults import Fault, inflict

# Far more of everything than AWS ever shows; a call fails about one time in five.
RATES: Mapping[Fault, float] = {
    "dropped": 0.025,
    "answer_lost": 0.035,
    "late": 0.02,
    "throttled": 0.03,
    "conflict": 0.03,
    "500_before": 0.015,
    "500_after": 0.025,
    "killed_before": 0.01,
    "killed_after": 0.02,
}
LATE_ARRIVES = 0.3


@dataclass
class VirtualTime:
    """Seconds that pass only when somebody waits."""

    seconds: float = 0.0

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds


@dataclass
class Schedule:
    """One seeded run. ``trace`` tells who made which call and what it met."""

    engine: InProcess
    rng: random.Random
    rates: Mapping[Fault, float] = field(default_factory=lambda: RATES)
    counts: Counter[str] = field(default_factory=Counter)
    trace: list[tuple[str, str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._actors: dict[str, tuple[threading.Thread, threading.Semaphore]] = {}
        self._back = threading.Semaphore(0)
        self._current = ""
        self._late: list[Any] = []
        self._defects: list[BaseException] = []

    def add(self, name: str, act: Callable[[], None]) -> None:
        """An actor; what it raises ends the run."""
        turn = threading.Semaphore(0)

        def body() -> None:
            turn.acquire()
            try:
                act()
            except BaseException as error:  # noqa: BLE001 - reported by run()
                self._defects.append(error)
            finally:
                del self._actors[name]
                self._back.release()

        thread = threading.Thread(target=body, name=name, daemon=True)
        self._actors[name] = (thread, turn)
        thread.start()

    def run(self) -> None:
        """Let all actors finish, then carry out what is still on its way."""
        self.engine.intercept = self._intercept
        while self._actors:
            self._current = self.rng.choice(sorted(self._actors))
            self._actors[self._current][1].release()
            self._back.acquire()
        self.engine.intercept = None
        while self._late:
            self._arrive()
        if self._defects:
            raise self._defects[0]

    def _intercept(self, operation: str, request: Any) -> Any:
        name = self._current
        turn = self._actors[name][1]
        self._back.release()
        turn.acquire()
        if self._late and self.rng.random() < LATE_ARRIVES:
            self._arrive()
        fault = self._fault()
        self.counts["calls"] += 1
        if fault is not None:
            self.counts[fault] += 1
        self.trace.append((name, operation, fault or ""))
        return inflict(fault, operation, request, self._late.append)

    def _fault(self) -> Fault | None:
        point = self.rng.random()
        for fault, rate in self.rates.items():
            point -= rate
            if point < 0:
                return fault
        return None

    def _arrive(self) -> None:
        request = self._late.pop(self.rng.randrange(len(self._late)))
        self.trace.append(("", str(request.headers.get("X-Amz-Target")), "arrives"))
        serve(request)
