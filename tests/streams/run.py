"""Play many stream schedules: `python -m tests.streams.run [--seeds 500] [--first 1000] [--output FILE]`.

Ends with status 1 when a schedule left the summary wrong.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

OUTPUT = Path("bench/results/stream-schedules.json")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=500)
    parser.add_argument("--first", type=int, default=1000)
    parser.add_argument("--planted", type=int, default=100, help="seeds for the planted plain ADD")
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    parser.add_argument("--output", type=Path, default=OUTPUT)
    wanted = parser.parse_args()
    os.environ.update(AWS_DEFAULT_REGION="ap-south-1", LOG_LEVEL="CRITICAL")
    os.environ.pop("AWS_ENDPOINT_URL", None)
    seeds = range(wanted.first, wanted.first + wanted.seeds)
    with ProcessPoolExecutor(wanted.processes, initializer=_say_nothing) as pool:
        total: Counter[str] = Counter()
        wrong = []
        for done, (seed, broken, counts) in enumerate(pool.map(_real, seeds, chunksize=5), start=1):
            total.update(counts)
            if broken:
                wrong.append({"seed": seed, "broken": broken})
                print(f"seed {seed}: {'; '.join(broken)}", flush=True)
            if done % 50 == 0:
                print(f"{done} of {wanted.seeds} schedules, {len(wrong)} wrong", flush=True)
        caught = sum(pool.map(_planted, seeds[: wanted.planted], chunksize=5))
    report = {
        "schedules": wanted.seeds,
        "wrong": wrong,
        "counts": dict(total),
        "planted_plain_add": {"schedules": min(wanted.planted, wanted.seeds), "caught": caught},
    }
    wanted.output.parent.mkdir(parents=True, exist_ok=True)
    wanted.output.write_text(json.dumps(report, indent=1) + "\n")
    print(json.dumps(report))
    return 1 if wrong or (wanted.planted and not caught) else 0


def _say_nothing() -> None:
    """The function writes its metrics to standard output: thousands of lines that nobody reads here."""
    sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115  for as long as the process lives


def _real(seed: int) -> tuple[int, list[str], dict[str, int]]:
    from tests.streams.schedules import run_schedule

    outcome = run_schedule(seed)
    return seed, outcome.broken, outcome.counts


def _planted(seed: int) -> bool:
    from tests.streams.schedules import run_schedule
    from tests.streams.test_stream_schedules import plain_add

    return bool(run_schedule(seed, plain_add).broken)


if __name__ == "__main__":
    sys.exit(main())
