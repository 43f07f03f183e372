"""Run the benchmarks: `python -m bench [cold requests rie capacity throughput]`, all of them by default.

Each writes its part of bench/results/performance.json and one line to bench/results/history.jsonl; the plots and the
tables in README.md and docs/performance.md are made from the first.
"""

from __future__ import annotations

import json
import platform
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from bench import capacity, cold, cost, plots, readme_table, requests, rie, subjects, throughput
from bench.world import world
from tools.local_stack.settings import REPOSITORY

RESULTS = Path(__file__).parent / "results"
LATEST, HISTORY = RESULTS / "performance.json", RESULTS / "history.jsonl"
PARTS = ("cold", "requests", "rie", "capacity", "throughput")
TIMED = ("get_invoice", "list_invoices", "record_payment", "update_summary")


def main() -> None:
    """Measure what is asked for, keep it, and renew what is made from it."""
    wanted = sys.argv[1:] or list(PARTS)
    if unknown := set(wanted) - set(PARTS):
        raise SystemExit(f"no such part: {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    say("building our functions and the peers")
    build, ours = subjects.build()
    typical, bare = subjects.typical(), subjects.bare()
    timed = [bare, typical, *(ours[name] for name in TIMED)]
    document: dict[str, Any] = json.loads(LATEST.read_text(encoding="utf-8")) if LATEST.exists() else {}
    run: dict[str, Any] = {
        "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "commit": _git("rev-parse", "--short", "HEAD"),
        "python": platform.python_version(),
        "machine": f"{platform.machine()}, {platform.system()}",
    }
    if "cold" in wanted:
        say("cold starts: instructions (valgrind), CPU time, sizes")
        run["cold"] = cold.instructions(ours, typical, bare)
        run["cold"]["times"] = cold.init_times(timed)
        run["sizes"] = cold.sizes(build, typical)
    if "rie" in wanted:
        say("Runtime Interface Emulator")
        run["rie"] = rie.measure(timed)
    if {"requests", "capacity"} & set(wanted):
        say("starting and filling DynamoDB Local")
        with world() as filled:
            if "requests" in wanted:
                say("CPU of requests")
                run["requests"] = requests.measure(ours, typical, filled)
            if "capacity" in wanted:
                say("calls and capacity units")
                run["capacity"] = capacity.measure(filled)
                run["cost"] = cost.per_million(run["capacity"])
    if "throughput" in wanted:
        say("throughput of the local stack")
        run["throughput"] = throughput.measure()
    RESULTS.mkdir(exist_ok=True)
    with HISTORY.open("a", encoding="utf-8") as history:
        history.write(json.dumps(run) + "\n")
    document |= run
    LATEST.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    plots.draw(document, RESULTS)
    if missing := [part for part in PARTS if part not in document]:
        say(f"no tables yet: {', '.join(missing)} not measured")
    else:
        readme_table.renew(document)
    say(f"wrote {LATEST.relative_to(REPOSITORY)}, plots beside it, and the tables")


def say(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text}", flush=True)


def _git(*arguments: str) -> str:
    ended = subprocess.run(["git", *arguments], cwd=REPOSITORY, capture_output=True, text=True, check=False)
    return ended.stdout.strip() or "unknown"


if __name__ == "__main__":
    main()
