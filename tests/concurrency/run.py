"""Rounds of every race on the real engines, with the figures written down.

PYTHONPATH=.:layers/billing python -m tests.concurrency.run --rounds 20 --threads 64
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.concurrency.races import RACES, Stage
from tests.engines import REAL_ENGINES, Engine, connect, new_tenant, serving

RESULTS = Path(__file__).resolve().parents[2] / "bench" / "results" / "concurrency.json"


def rounds_of(engine: Engine, name: str, rounds: int, threads: int) -> dict[str, Any]:
    """Some rounds of one race: violations, answers by kind, and how long callers waited."""
    race = next(race for race in RACES if race.__name__ == name)
    answers: Counter[str] = Counter()
    violations: list[str] = []
    seconds: list[float] = []
    unavailable = 0
    for number in range(rounds):
        stage = Stage(engine.services(), new_tenant(), threads, number)
        try:
            run = race(stage)
        except Exception as violation:  # noqa: BLE001  every round counts, and is told
            violations.append(f"round {number}: {type(violation).__name__}: {violation}")
            continue
        answers.update(run.kinds)
        unavailable += sum(outcome.unavailable for outcome in run.outcomes)
        seconds.extend(outcome.seconds for outcome in run.outcomes)
    seconds.sort()
    return {
        "rounds": rounds,
        "violations": violations,
        "answers": dict(sorted(answers.items())),
        "told_to_try_again": unavailable,
        "caller_seconds": {
            "median": round(seconds[len(seconds) // 2], 3) if seconds else None,
            "slowest": round(seconds[-1], 3) if seconds else None,
        },
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--threads", type=int, default=64)
    parser.add_argument("--engine", choices=REAL_ENGINES, action="append")
    parser.add_argument("--race", choices=[race.__name__ for race in RACES], action="append")
    parser.add_argument("--output", type=Path, default=RESULTS)
    options = parser.parse_args()
    report: dict[str, Any] = {
        "what": "real use cases in threads on one engine; each round asserts what must hold afterwards",
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "threads": options.threads,
        "engines": {},
    }
    failed = 0
    for engine_name in options.engine or REAL_ENGINES:
        started = time.monotonic()
        with serving(engine_name) as url:
            engine = connect(engine_name, url)
            races: dict[str, Any] = {}
            for name in options.race or [race.__name__ for race in RACES]:
                races[name] = rounds_of(engine, name, options.rounds, options.threads)
                failed += len(races[name]["violations"])
                print(f"{engine_name:15s} {name:36s} {json.dumps(races[name])}", flush=True)
        report["engines"][engine_name] = {"seconds": round(time.monotonic() - started), "races": races}
    report["violations"] = failed
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_text(json.dumps(report, indent=2) + "\n")
    print(f"{failed} violations; written to {options.output}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
