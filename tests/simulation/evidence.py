"""The whole evidence in one run: schedules, single faults, model operations, fuzz. Results go to one JSON file.

    PYTHONPATH=.:layers/billing python -m tests.simulation.evidence [--schedules N] [--operations N] [--jobs N]

Finished parts are kept in the file: a run that was stopped goes on where it was (``--fresh`` begins anew).
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.simulation import planted, single_faults
from tests.simulation.model import BillingModel
from tests.simulation.run import Simulator

RESULTS = Path(__file__).parent.parent.parent / "bench" / "results" / "reliability.json"
CHUNK = 250
STEPS = 50

Part = dict[str, Any]


def _quiet() -> None:
    logging.disable(logging.CRITICAL)


def schedules(start: int, count: int) -> Part:
    """Seeded schedules: calls, faults, and the seeds that broke a promise."""
    _quiet()
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
    return {"schedules": count, "counts": dict(sorted(counts.items())), "overtaken": overtaken, "broken": broken}


def bugs() -> Part:
    """After how many seeds each planted bug is found."""
    found: dict[str, int | None] = {}
    for name, bug in planted.BUGS.items():
        simulator = Simulator(bug)
        found[name] = next((seed + 1 for seed in range(50) if simulator.run(seed).violations), None)
    return {"found_after_seeds": found, "broken": {n: "not found" for n, after in found.items() if after is None}}


def faults() -> Part:
    """Every fault at every call of every writing endpoint."""
    report = single_faults.run()
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


def main(arguments: list[str] | None = None) -> int:
    """The command line; 1 when anything broke."""
    parser = argparse.ArgumentParser(prog="tests.simulation.evidence", description=__doc__)
    parser.add_argument("--schedules", type=int, default=10_000)
    parser.add_argument("--operations", type=int, default=10_000)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--output", type=Path, default=RESULTS)
    parser.add_argument("--fresh", action="store_true")
    options = parser.parse_args(arguments)
    wanted: dict[str, tuple[Callable[..., Part], tuple[int, ...]]] = {
        "planted bugs": (bugs, ()),
        "single faults": (faults, ()),
        "model": (model, (options.operations,)),
    }
    for start in range(0, options.schedules, CHUNK):
        count = min(CHUNK, options.schedules - start)
        wanted[f"schedules {start} to {start + count - 1}"] = (schedules, (start, count))
    partial = options.output.with_suffix(".partial.json")
    parts: dict[str, Part] = {} if options.fresh or not partial.exists() else json.loads(partial.read_text())
    partial.parent.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    _quiet()
    with ProcessPoolExecutor(options.jobs, get_context("fork"), initializer=_quiet) as pool:
        running = {name: pool.submit(run, *given) for name, (run, given) in wanted.items() if name not in parts}
        for name, future in running.items():
            parts[name] = future.result()
            partial.write_text(json.dumps(parts))
            state = "BROKEN" if parts[name]["broken"] else "holds"
            print(f"{time.monotonic() - began:5.0f} s  {name}: {state}", flush=True)
    summary = _summary({name: parts[name] for name in wanted}, round(time.monotonic() - began))
    options.output.write_text(json.dumps(summary, indent=2) + "\n")
    partial.unlink()
    print(json.dumps({name: value for name, value in summary.items() if name != "details"}, indent=2))
    return 1 if summary["violations"] else 0


def _summary(parts: dict[str, Part], seconds: int) -> Part:
    counts: Counter[str] = Counter()
    ran = 0
    for name, part in parts.items():
        if name.startswith("schedules"):
            counts.update(part["counts"])
            ran += part["schedules"]
    return {
        "schedules": ran,
        "single_fault_cases": parts["single faults"]["cases"],
        "model_operations": parts["model"]["operations"],
        "planted_bugs_found_after_seeds": parts["planted bugs"]["found_after_seeds"],
        "violations": sum(len(part["broken"]) for part in parts.values()),
        "seconds_of_this_run": seconds,
        "details": {
            "schedules": dict(sorted(counts.items())),
            "single_faults": {k: v for k, v in parts["single faults"].items() if k != "broken"},
            "model": parts["model"]["of_each"],
            "broken": {name: part["broken"] for name, part in parts.items() if part["broken"]},
        },
    }


if __name__ == "__main__":
    sys.exit(main())
