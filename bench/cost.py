"""Dollars per million of each operation: measured units times the prices of prices.json."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

PRICES = Path(__file__).with_name("prices.json")


def per_million(capacity: dict[str, Any]) -> dict[str, Any]:
    """Cost of each operation with its parts. ``capacity`` is what :mod:`bench.capacity` measured."""
    prices = json.loads(PRICES.read_text(encoding="utf-8"))
    assumed = prices["assumptions"]
    table = {}
    for name, milliseconds in assumed["billed_ms"].items():
        if name not in capacity:
            continue
        measured = capacity[name]
        read = measured["kind"] == "read"
        unit_price = prices["dynamodb_read_units_per_million" if read else "dynamodb_write_units_per_million"]
        gb_seconds = assumed["memory_mb"] / 1024 * milliseconds / 1000
        parts = {
            # Reads that precede a write are few; they are priced as writes, five times too dear.
            "dynamodb": measured["units"] * unit_price,
            "lambda": prices["lambda_requests_per_million"]
            + gb_seconds * prices["lambda_arm64_gb_seconds_per_million"],
            "api": prices["http_api_requests_per_million"],
        }
        table[name] = {key: round(value, 3) for key, value in parts.items()} | {"total": round(sum(parts.values()), 2)}
    return {"as_of": prices["as_of"], "source": prices["source"], "usd_per_million": table}
