"""Rounds of every race on the real engines, with the figures written down race by race.

PYTHONPATH=.:layers/billing python -m tests.concurrency.run --rounds 20 --threads 64

A race already recorded for this very code is not run again, so that a run that was stopped goes on where it
was; ``--fresh``, or naming a race with ``--race``, runs it all the same.
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

from tests import evidence
from tests.concurrency.races import RACES
from tests.concurrency.stage import Stage
from tests.engines import REAL_ENGINES, Engine, connect, new_tenant, serving

OUTPUT = evidence.RESULTS / "concurrency.json"
WHAT = (
    "real use cases in threads on one engine; each round asserts what must hold afterwards; told_to_try_again counts "
    "503s and answers_lost the answers of writes that never came back: the callers repeated the request"
)


def rounds_of(engine: Engine, name: str, rounds: int, threads: int) -> dict[str, Any]:
    """Some rounds of one race: violations, answers by kind, and how long callers waited."""
    race = next(race for race in RACES if race.__name__ == name)
    answers: Counter[str] = Counter()
    lost: Counter[str] = Counter()
    violations: list[str] = []
    seconds: list[float] = []
    unavailable = 0
    began = time.monotonic()
    for number in range(rounds):
        stage = Stage(engine.services(), new_tenant(), threads, number)
        try:
            run = race(stage)
        except Exception as violation:  # noqa: BLE001  every round counts, and is told
            violations.append(f"round {number}: {type(violation).__name__}: {violation}")
            continue
        answers.update(run.kinds)
        lost.update(run.lost)
        unavailable += sum(outcome.unavailable for outcome in run.outcomes)
        seconds.extend(outcome.seconds for outcome in run.outcomes)
    seconds.sort()
    return {
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "code": code(),
        "load_average": evidence.load_average(),
        "rounds": rounds,
        "threads": threads,
        "violations": violations,
        "answers": dict(sorted(answers.items())),
        "answers_lost": dict(sorted(lost.items())),
        "told_to_try_again": unavailable,
        "caller_seconds": {
            "median": round(seconds[len(seconds) // 2], 3) if seconds else None,
            "slowest": round(seconds[-1], 3) if seconds else None,
        },
        "seconds": round(time.monotonic() - began),
    }


def code() -> str:
    """What the results are about."""
    return evidence.code_state("tests/concurrency")


def is_recorded(record: dict[str, Any] | None, rounds: int, threads: int) -> bool:
    """Whether a race needs no run: the same code, as many rounds and threads."""
    if record is None or (record.get("code"), record["threads"]) != (code(), threads):
        return False
    return bool(record["rounds"] >= rounds and not record["violations"])


def main() -> int:
    """The command line; 1 when a race ended as it must not."""
    names = [race.__name__ for race in RACES]
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--threads", type=int, default=64)
    parser.add_argument("--engine", choices=REAL_ENGINES, action="append")
    parser.add_argument("--race", choices=names, action="append")
    parser.add_argument("--fresh", action="store_true")
    parser.add_argument("--output", type=Path, default=OUTPUT)
    options = parser.parse_args()
    kept = evidence.read(options.output).get("engines", {})
    for engine_name in options.engine or REAL_ENGINES:
        records = kept.setdefault(engine_name, {})
        wanted = options.race or [
            name
            for name in names
            if options.fresh or not is_recorded(records.get(name), options.rounds, options.threads)
        ]
        if not wanted:
            continue
        with serving(engine_name) as url:
            engine = connect(engine_name, url)
            for name in wanted:
                records[name] = rounds_of(engine, name, options.rounds, options.threads)
                kept[engine_name] = {race: records[race] for race in names if race in records}
                evidence.write(options.output, report(kept))
                print(f"{engine_name:15s} {name:36s} {json.dumps(records[name])}", flush=True)
    failed = report(kept)["violations"]
    print(f"{failed} violations; written to {options.output}")
    return 1 if failed else 0


def report(engines: dict[str, Any]) -> dict[str, Any]:
    """The whole file."""
    return {
        "what": WHAT,
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "violations": sum(len(record["violations"]) for races in engines.values() for record in races.values()),
        "engines": engines,
    }


if __name__ == "__main__":
    sys.exit(main())
