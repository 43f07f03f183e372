"""The regression check names what grew, and nothing that did not."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

from bench.check import LIMITS, compare

HISTORY = json.loads(Path(LIMITS).read_text(encoding="utf-8"))


def now() -> tuple[dict[str, Any], dict[str, Any]]:
    counted = {name: {"share_of_typical": share} for name, share in HISTORY["cold_start_share_of_typical"].items()}
    return counted, copy.deepcopy(HISTORY["operations"])


def test_nothing_grew():
    assert compare(HISTORY, *now()) == []


def test_an_import_a_second_query_and_a_scan_are_named():
    counted, billed = now()
    counted["get_invoice"]["share_of_typical"] += 0.05
    billed["GET invoice of 20 lines"]["calls"].append("Query")
    billed["LIST page 1"]["calls"] = ["Scan"]
    billed["PAYMENT, a further part"]["units"] += 1
    grown = compare(HISTORY, counted, billed)
    assert [line.split(":")[0] for line in grown] == [
        "cold start of get_invoice",
        "GET invoice of 20 lines",
        "LIST page 1",
        "PAYMENT, a further part",
    ]
    assert "Query, Query; were Query" in grown[1]
    assert "calls Scan" in grown[2]
    assert "6 capacity units, were 5" in grown[3]
