"""Which branches the tests reach: coverage's own figures, into bench/results/, against what is demanded.

python -m tests.coverage_figures coverage.json
"""

from __future__ import annotations

import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from tests import evidence

OUTPUT = evidence.RESULTS / "coverage.json"
DOMAIN = "layers/billing/billing/domain/"
DEMANDED = {"domain": 95.0, "all": 90.0}


def main() -> int:
    """The command line; 1 below what is demanded."""
    files = evidence.read(Path(sys.argv[1]))["files"]
    totals: dict[str, Counter[str]] = {"domain": Counter(), "all": Counter()}
    for name, found in files.items():
        for part in ("domain", "all") if name.startswith(DOMAIN) else ("all",):
            totals[part].update({key: found["summary"][key] for key in _COUNTED})
    report = {
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "code": evidence.code_state(),
        **{part: _figures(total) for part, total in totals.items()},
        "not_reached": {
            name: {"lines": found["missing_lines"], "branches": found["missing_branches"]}
            for name, found in sorted(files.items())
            if found["missing_lines"] or found["missing_branches"]
        },
    }
    evidence.write(OUTPUT, report)
    for part, demanded in DEMANDED.items():
        print(f"{part}: {_figures(totals[part])}, demanded {demanded} % of the branches")
    return 0 if all(_figures(totals[part])["percent"] >= demanded for part, demanded in DEMANDED.items()) else 1


_COUNTED = ("num_branches", "covered_branches", "num_statements", "covered_lines")


def _figures(total: Counter[str]) -> dict[str, float]:
    """``percent`` is of branches, the one that is demanded."""
    return {
        "branches": total["num_branches"],
        "branches_reached": total["covered_branches"],
        "percent": round(100 * total["covered_branches"] / total["num_branches"], 2),
        "statements": total["num_statements"],
        "statements_reached": total["covered_lines"],
        "percent_of_statements": round(100 * total["covered_lines"] / total["num_statements"], 2),
    }


if __name__ == "__main__":
    sys.exit(main())
