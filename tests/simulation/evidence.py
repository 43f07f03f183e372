"""The whole evidence in one run: schedules, faults, callbacks, model operations, fuzz. Results go to one JSON file.

    PYTHONPATH=.:layers/billing python -m tests.simulation.evidence [--schedules N] [--operations N] [--jobs N]

A run that was stopped goes on where it was, and a complete one is not repeated, as long as neither the service nor
its simulator has changed (``--fresh`` begins anew).
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import logging
import os
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, as_completed
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests import evidence
from tests.simulation import callback_faults, callbacks, planted, single_faults
from tests.simulation.model import BillingModel
from tests.simulation.run import Simulator

OUTPUT = evidence.RESULTS / "reliability.json"
CHUNK = 250
STEPS = 50
FUZZED = "tests/http/test_strict_parsing.py"

Part = dict[str, Any]


def _quiet() -> None:
    logging.disable(logging.CRITICAL)


def schedules(start: int, count: int) -> Part:
    """Seeded schedules: calls, faults, and the seeds that broke a promise."""
    simulator = Simulator()
    counts: Counter[str] = Counter()
    broken: dict[str, str] = {}
    overtaken: list[int] = []
    for seed in range(start, start + count):
        outcome = simulator.run(seed)
        counts += outcome.counts
        overtaken += [seed] * bool(outcome.overtaken)
        if outcome.violations:
            broken[str(seed)] = outcome.violations[0]
            print(f"seed {seed}: {outcome.violations[0]} (replay: python -m tests.simulation.run --seed {seed})")
    return {"count": count, "counts": dict(sorted(counts.items())), "overtaken": overtaken, "broken": broken}


def callback_schedules(start: int, count: int) -> Part:
    """Seeded sequences of gateways' callbacks, beside tills and desks."""
    simulator = callbacks.Simulator()
    counts: Counter[str] = Counter()
    broken: dict[str, str] = {}
    for seed in range(start, start + count):
        result = simulator.run(seed)
        counts += result.counts
        if result.violations:
            broken[str(seed)] = result.violations[0]
    return {"count": count, "counts": dict(sorted(counts.items())), "broken": broken}


def bugs() -> Part:
    """After how many seeds each planted bug is found, and by how many of 50."""
    found: dict[str, list[int]] = {}
    for name, bug in planted.BUGS.items():
        simulator = Simulator(bug)
        found[name] = [seed + 1 for seed in range(50) if simulator.run(seed).violations]
    return {
        "first_found_after": {name: seeds[0] if seeds else None for name, seeds in found.items()},
        "found_by_of_50": {name: len(seeds) for name, seeds in found.items()},
        "broken": {name: "not found" for name, seeds in found.items() if not seeds},
    }


def faults() -> Part:
    """Every fault at every call of every writing endpoint, callbacks and applications included."""
    every = (*single_faults.SCENARIOS, *callback_faults.SCENARIOS, *callback_faults.APPLICATIONS)
    with contextlib.redirect_stdout(io.StringIO()):  # the metrics of every callback
        report = single_faults.run(every)
    return {
        "cases": report.cases,
        "calls_per_request": report.calls_per_request,
        "answers": dict(report.seen),
        "broken": dict.fromkeys(report.violations, ""),
    }


def model(operations: int) -> Part:
    """Random operations against the model, with other seeds each time."""
    BillingModel.operations.clear()
    failure = ""
    while not failure and BillingModel.operations.total() < operations:
        examples = max(4, (operations - BillingModel.operations.total()) // STEPS)
        try:
            run_state_machine_as_test(
                BillingModel,
                settings=settings(
                    max_examples=examples,
                    stateful_step_count=STEPS,
                    deadline=None,
                    database=None,
                    phases=[Phase.generate],
                    print_blob=True,
                    suppress_health_check=list(HealthCheck),
                ),
            )
        except Exception as error:  # noqa: BLE001 - any failure is the finding
            failure = "\n".join([repr(error), *getattr(error, "__notes__", [])])
            print(failure)
    counted = dict(sorted(BillingModel.operations.items()))
    return {
        "operations": BillingModel.operations.total(),
        "of_each": counted,
        "broken": {"model": failure} if failure else {},
    }


def fuzz(examples: int) -> Part:
    """The strict parsing tests, with many more examples of each property."""
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", FUZZED],
        cwd=evidence.ROOT, env={**os.environ, "FUZZ_EXAMPLES": str(examples)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    passed = re.search(r"(\d+) passed", ran.stdout)
    return {
        "tests": int(passed[1]) if passed else 0,
        "examples_of_each_property": examples,
        "broken": {} if ran.returncode == 0 else {FUZZED: ran.stdout[-2000:]},
    }


def _timed(run: Callable[..., Part], given: tuple[int, ...]) -> Part:
    _quiet()
    began = time.monotonic()
    return {**run(*given), "seconds": round(time.monotonic() - began, 1)}


def main(arguments: list[str] | None = None) -> int:
    """The command line; 1 when anything broke."""
    parser = argparse.ArgumentParser(prog="tests.simulation.evidence", description=__doc__)
    parser.add_argument("--schedules", type=int, default=10_000)
    parser.add_argument("--callbacks", type=int, default=1_000, help="schedules of callbacks")
    parser.add_argument("--operations", type=int, default=10_000)
    parser.add_argument("--fuzz", type=int, default=2_000, help="examples of each property")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--output", type=Path, default=OUTPUT)
    parser.add_argument("--fresh", action="store_true")
    options = parser.parse_args(arguments)
    code = evidence.code_state("tests/simulation", "tests/http")
    size = {name: getattr(options, name) for name in ("schedules", "callbacks", "operations", "fuzz")}
    recorded = evidence.read(options.output)
    if not options.fresh and (recorded.get("code"), recorded.get("size")) == (code, size):
        print(f"recorded for this very code on {recorded['when']}: {recorded['violations']} violations")
        return 1 if recorded["violations"] else 0
    wanted: dict[str, tuple[Callable[..., Part], tuple[int, ...]]] = {
        "planted bugs": (bugs, ()),
        "single faults": (faults, ()),
        "model": (model, (options.operations,)),
        "strict parsing": (fuzz, (options.fuzz,)),
        **_chunks("schedules", schedules, options.schedules),
        **_chunks("callbacks", callback_schedules, options.callbacks),
    }
    partial = options.output.with_suffix(".partial.json")
    kept = {} if options.fresh else evidence.read(partial)
    parts: dict[str, Part] = kept["parts"] if (kept.get("code"), kept.get("size")) == (code, size) else {}
    with ProcessPoolExecutor(options.jobs, get_context("fork")) as pool:
        running = {pool.submit(_timed, *wanted[name]): name for name in wanted if name not in parts}
        for future in as_completed(running):
            name = running[future]
            parts[name] = future.result()
            evidence.write(partial, {"code": code, "size": size, "parts": parts})
            print(f"{name}: {'BROKEN' if parts[name]['broken'] else 'holds'}, {parts[name]['seconds']} s", flush=True)
    made = {"when": datetime.now(UTC).isoformat(timespec="seconds"), "code": code, "size": size}
    summary = made | _summary({name: parts[name] for name in wanted})
    evidence.write(options.output, summary)
    partial.unlink(missing_ok=True)
    print(json.dumps({name: value for name, value in summary.items() if name != "details"}, indent=2))
    return 1 if summary["violations"] else 0


def _chunks(name: str, run: Callable[..., Part], total: int) -> dict[str, tuple[Callable[..., Part], tuple[int, ...]]]:
    return {
        f"{name} {start} to {min(start + CHUNK, total) - 1}": (run, (start, min(CHUNK, total - start)))
        for start in range(0, total, CHUNK)
    }


def _summary(parts: dict[str, Part]) -> Part:
    counts: dict[str, Counter[str]] = {"schedules": Counter(), "callbacks": Counter()}
    ran: Counter[str] = Counter()
    overtaken: list[int] = []
    for name, part in sorted(parts.items()):
        kind = name.partition(" ")[0]
        if kind in counts:
            counts[kind].update(part["counts"])
            ran[kind] += part["count"]
            overtaken += part.get("overtaken", [])
    return {
        "violations": sum(len(part["broken"]) for part in parts.values()),
        "schedules": ran["schedules"],
        "seeds_of_overtaken_refusals": sorted(overtaken),
        "callback_schedules": ran["callbacks"],
        "single_fault_cases": parts["single faults"]["cases"],
        "model_operations": parts["model"]["operations"],
        "fuzzed_tests": parts["strict parsing"]["tests"],
        "fuzz_examples_of_each_property": parts["strict parsing"]["examples_of_each_property"],
        "planted_bugs_found_after_seeds": parts["planted bugs"]["first_found_after"],
        "planted_bugs_found_by_of_50_seeds": parts["planted bugs"]["found_by_of_50"],
        "process_seconds": round(sum(part["seconds"] for part in parts.values())),
        "details": {
            "schedules": dict(sorted(counts["schedules"].items())),
            "callbacks": dict(sorted(counts["callbacks"].items())),
            "single_faults": {
                name: value for name, value in parts["single faults"].items() if name not in ("broken", "seconds")
            },
            "model": parts["model"]["of_each"],
            "broken": {name: part["broken"] for name, part in parts.items() if part["broken"]},
        },
    }


if __name__ == "__main__":
    sys.exit(main())
