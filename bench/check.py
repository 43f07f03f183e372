"""Fail, with the name of what grew, when a cold start or an operation costs more than bench/limits.json allows.

    python -m bench.check            # count again and compare
    python -m bench.check --renew    # write the limits anew from what is counted now

Instructions and calls are counted, not timed, so the limits are tight and the machine's load does not matter.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from bench import capacity, cold, subjects
from bench.world import world

LIMITS = Path(__file__).with_name("limits.json")
CHECKED = ("get_invoice", "list_invoices", "get_summary", "record_payment", "payment_callback", "update_summary")
ROOM = 0.01  # two counts of one program differ by less than 0.005


def main() -> None:
    """Count, compare, and name what grew."""
    _, ours = subjects.build()
    chosen = {name: ours[name] for name in CHECKED}
    counted = cold.instructions(chosen, subjects.typical(), subjects.bare())["functions"]
    with world() as filled:
        billed = capacity.measure(filled)
    if "--renew" in sys.argv:
        limits = {
            "cold_start_share_of_typical": {name: counted[name]["share_of_typical"] for name in CHECKED},
            "operations": {name: {"calls": row["calls"], "units": row["units"]} for name, row in billed.items()},
        }
        LIMITS.write_text(json.dumps(limits, indent=1) + "\n", encoding="utf-8")
        return
    grown = compare(json.loads(LIMITS.read_text(encoding="utf-8")), counted, billed)
    if grown:
        raise SystemExit("\n".join(grown))
    print("no cold start and no operation costs more than it did")


def compare(limits: dict[str, Any], counted: dict[str, Any], billed: dict[str, Any]) -> list[str]:
    """One sentence for each cold start and operation that grew."""
    grown = []
    for name, limit in limits["cold_start_share_of_typical"].items():
        share = counted[name]["share_of_typical"]
        if share > limit * (1 + ROOM):
            grown.append(
                f"cold start of {name}: {share:.1%} of the reference handler's instructions, was {limit:.1%}"
                " (tests/architecture/test_function_imports.py names a new import)"
            )
    for name, limit in limits["operations"].items():
        calls, units = billed[name]["calls"], billed[name]["units"]
        if calls != limit["calls"]:
            grown.append(f"{name}: calls {', '.join(calls)}; were {', '.join(limit['calls'])}")
        elif units > limit["units"]:
            grown.append(f"{name}: {units:g} capacity units, were {limit['units']:g}")
    return grown


if __name__ == "__main__":
    main()
