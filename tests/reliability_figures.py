"""The figures of docs/reliability.md, from what the runs have left in bench/results/.

python -m tests.reliability_figures            # rewrite what stands between the markers
python -m tests.reliability_figures --check    # fail when that is not what the results say
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

from tests import evidence

DOCUMENT = evidence.ROOT / "docs" / "reliability.md"
BEGIN, END = "<!-- figures -->", "<!-- /figures -->"
FAULTS = (
    "dropped", "answer_lost", "late", "throttled", "conflict", "500_before", "500_after", "killed_before",
    "killed_after",
)  # fmt: skip
ENGINES = {"ministack": "the local AWS", "dynamodb-local": "DynamoDB Local"}

Row = tuple[str, str, str]


def table() -> str:
    """The whole table."""
    rows: list[Row] = [("Run", "Size", "Found"), ("---", "---", "---"), *_simulated(), *_raced(), *_judged()]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _results(name: str) -> dict[str, Any]:
    return evidence.read(evidence.RESULTS / f"{name}.json")


def _simulated() -> Iterator[Row]:
    found = _results("reliability")
    counts, broken = found["details"]["schedules"], _in_words(found["violations"])
    struck = sum(counts.get(fault, 0) for fault in FAULTS)
    overtaken = len(found["seeds_of_overtaken_refusals"])
    yield (
        "Seeded schedules",
        f"{found['schedules']:,} with {counts['calls']:,} AWS calls, {struck:,} of them struck by a fault",
        f"{broken} in this and the next five rows; {overtaken} overtaken refusals (limits, below)",
    )
    yield "Callbacks", f"{found['callback_schedules']:,} schedules of gateways, tills and desks", ""
    yield "Single faults", f"{found['single_fault_cases']:,} cases", ""
    yield "Model", f"{found['model_operations']:,} operations", ""
    yield (
        "Strict parsing",
        f"{found['fuzzed_tests']:,} tests, {found['fuzz_examples_of_each_property']:,} examples of each property",
        "",
    )
    after = found["planted_bugs_found_after_seeds"]
    of_50 = found["planted_bugs_found_by_of_50_seeds"]
    yield (
        "Planted bugs",
        f"{len(after)}",
        f"all, after {max(after.values())} seeds at most; each by {min(of_50.values())} or more of 50 seeds",
    )
    stream = _results("stream-schedules")
    yield "Stream schedules", f"{stream['schedules']:,}", _in_words(len(stream["wrong"]))


def _raced() -> Iterator[Row]:
    for engine, races in _results("concurrency")["engines"].items():
        records = races.values()
        lost = sum(sum(record["answers_lost"].values()) for record in records)
        again = sum(record["told_to_try_again"] for record in records)
        answered = sum(sum(record["answers"].values()) for record in records)
        rounds = min(record["rounds"] for record in records)
        threads = max(record["threads"] for record in records)
        slowest = max(record["caller_seconds"]["slowest"] for record in records)
        violations = _in_words(sum(len(record["violations"]) for record in records))
        yield (
            f"Races on {ENGINES[engine]}",
            f"{len(races)} races, {rounds} rounds of {threads} callers, {lost:,} answers lost",
            f"{violations}; {again:,} times 503 before {answered:,} answers, the slowest after {slowest:.0f} s",
        )


def _judged() -> Iterator[Row]:
    mutants = _results("mutation")
    survivors = [survivor for module in mutants["modules"].values() for survivor in module["survivors"]]
    unseen = sum(1 for survivor in survivors if survivor["why"] == "not seen")
    yield (
        "Mutants",
        f"{mutants['mutants']:,} in {len(mutants['modules'])} modules",
        f"{mutants['score']:.1%} seen; of {len(survivors)} survivors {len(survivors) - unseen} have a reason",
    )
    covered = _results("coverage")
    yield (
        "Branches reached by the tests",
        f"{covered['domain']['branches']:,} of the domain, {covered['all']['branches']:,} of all",
        f"{covered['domain']['percent']:.1f} % of the domain, {covered['all']['percent']:.1f} % of all",
    )


def _in_words(violations: int) -> str:
    return "no violation" if violations == 0 else f"**{violations} violations**"


def renewed(text: str) -> str:
    """The document with the table as it should be."""
    return text[: text.index(BEGIN) + len(BEGIN)] + "\n" + table() + "\n" + text[text.index(END) :]


def main() -> int:
    """The command line; 1 when a check fails."""
    text = DOCUMENT.read_text(encoding="utf-8")
    if "--check" in sys.argv:
        return 0 if renewed(text) == text else 1
    DOCUMENT.write_text(renewed(text), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
