"""The wire between the SDK and an engine: it tells when a request goes out, and loses answers on demand."""

from __future__ import annotations

import itertools
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from botocore.exceptions import ConnectTimeoutError, ReadTimeoutError

from tests.simulation.faults import READS, Killed

Loss = Literal[
    "answer",  # the SDK waits in vain and sends the write again
    "every_answer",  # all the SDK's tries come to nothing: the service itself has to try again
    "caller",  # the function is gone before it can answer: the caller sends the same request again
]
LOSSES: tuple[Loss, ...] = get_args(Loss)
SDK_TRIES = 3


@dataclass
class Start:
    """How far one caller has come: something sent, a write sent. Both are set when the caller is done."""

    sent: threading.Event = field(default_factory=threading.Event)
    written: threading.Event = field(default_factory=threading.Event)

    def done(self) -> None:
        """Nobody needs to wait for this caller any more."""
        self.sent.set()
        self.written.set()


class Wire:
    """Stands in for the client's HTTP session; many threads use it at once.

    With ``losing`` every second write that an engine has carried out is not heard of, in each of the
    :data:`LOSSES` by turns; the first one already, so that whoever wins a race does not learn it at first.
    """

    def __init__(self, session: Any, *, losing: bool) -> None:
        self.lost: Counter[str] = Counter()
        self._session = session
        self._losing = losing
        self._lock = threading.Lock()
        self._carried_out = itertools.count()
        self._own = threading.local()

    def begin(self, start: Start) -> None:
        """From here on this thread is the caller of ``start``."""
        self._own.start = start
        self._own.silent = 0

    def send(self, request: Any) -> Any:
        """One HTTP request, as botocore's session sends it."""
        is_write = _operation(request) not in READS
        start: Start | None = getattr(self._own, "start", None)
        if start is not None:
            start.sent.set()
            if is_write:
                start.written.set()
            if self._own.silent:
                self._own.silent -= 1
                raise ConnectTimeoutError(endpoint_url=request.url)
        answer = self._session.send(request)
        if self._losing and start is not None and is_write and answer.status_code == 200:
            self._lose(request)
        return answer

    def _lose(self, request: Any) -> None:
        with self._lock:
            place = next(self._carried_out)
            if place % 2:
                return
            loss = LOSSES[place // 2 % len(LOSSES)]
            self.lost[loss] += 1
        if loss == "caller":
            raise Killed
        if loss == "every_answer":
            self._own.silent = SDK_TRIES - 1
        raise ReadTimeoutError(endpoint_url=request.url)


@contextmanager
def tapped(client: Any, *, losing: bool) -> Iterator[Wire]:
    """Put a wire between a client and its engine for the length of a block."""
    endpoint = client._endpoint
    session = endpoint.http_session
    wire = Wire(session, losing=losing)
    endpoint.http_session = wire
    try:
        yield wire
    finally:
        endpoint.http_session = session


def _operation(request: Any) -> str:
    target = request.headers["X-Amz-Target"]
    return (target.decode() if isinstance(target, bytes) else str(target)).rpartition(".")[2]
