"""What a page and a summary cost as the table grows: `python -m bench.scale STEP [--rows N] [--port P]`.

    model      10^6 invoices in the model of the ports: pages, summaries, the worst of thousands of random lists
    engine     10^4 and 10^5 in DynamoDB Local, with its own account of read units, beside Query-and-skip
    postgres   10^4, 10^5, 10^6 in PostgreSQL: OFFSET + COUNT and SUM + GROUP BY on the same rows
    writes     write units per payment of the stream function, from what it wrote
    draw       the curves, from what the other steps measured

Each step adds to bench/results/scale.json.
"""

from __future__ import annotations

import argparse
import json
import math
import random
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from bench.scale import dataset
from bench.scale.compare import EVERYTHING, check_lists, check_summaries, random_filters
from bench.scale.model import UNIT_BYTES, Meter, ModelIndex, ModelSummary, row_bytes
from billing.application.get_summary import SummaryRange, get_summary
from billing.application.list_invoices import InvoiceFilter, list_page
from billing.application.ports import Lookup

RESULTS = Path("bench/results/scale.json")
LAST_DAY = date(2026, 12, 31)
THREE_YEARS = InvoiceFilter(date_from=dataset.FIRST_DAY, date_to=LAST_DAY)
PAIRS = 400  # random pages to be compared with brute force
SUMMARIES = {
    "a day": (date(2026, 5, 5), date(2026, 5, 5)),
    "a month": (date(2026, 5, 1), date(2026, 5, 31)),
    "three years": (dataset.FIRST_DAY, LAST_DAY),
    "three years, broken at both ends": (date(2024, 1, 2), date(2026, 12, 30)),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    steps: dict[str, Callable[[argparse.Namespace], dict[str, Any]]] = {
        "model": _model, "engine": _engine, "postgres": _postgres, "writes": _writes,
    }  # fmt: skip
    parser.add_argument("step", choices=(*steps, "draw"))
    parser.add_argument("--rows", type=int, nargs="*", default=None)
    parser.add_argument("--port", type=int, default=4920)
    wanted = parser.parse_args()
    if wanted.step == "draw":
        from bench.scale.draw import draw

        draw(json.loads(RESULTS.read_text()), RESULTS.with_suffix(".png"))
        return
    found = steps[wanted.step](wanted)
    results = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    results.setdefault(wanted.step, {}).update(found)
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text(json.dumps(results, indent=1) + "\n")
    print(json.dumps(found, indent=1))


def pages_of(count: int) -> list[int]:
    """Page 1, 100, 20,000 where there is one, and the last, of twenty."""
    last = max(1, -(-count // 20))
    return sorted(page for page in {1, 100, 1000, 20_000, last} if page <= last)


def _measure(index: Any, summary: Any, meter: Meter, count: int) -> dict[str, Any]:
    pages: dict[str, list[dict[str, Any]]] = {}
    for name, wanted in (("pages", THREE_YEARS), ("pages_without_dates", InvoiceFilter())):
        for page in pages_of(count):
            meter.reset()
            assert list_page(index, summary, EVERYTHING, wanted, page, 20).total == count
            pages.setdefault(name, []).append({"page": page, "calls": meter.calls, "units": meter.units})
    summaries = {}
    for name, (first, last) in SUMMARIES.items():
        meter.reset()
        get_summary(summary, EVERYTHING, SummaryRange(first, last, None))
        summaries[name] = {"calls": meter.calls, "units": meter.units}
    return {**pages, "summaries": summaries}


def _model(wanted: argparse.Namespace) -> dict[str, Any]:
    found = {}
    for count in wanted.rows or [10_000, 100_000, 1_000_000]:
        rows = dataset.rows(count)
        meter = Meter()
        index, summary = ModelIndex(rows, meter), ModelSummary(rows, meter)
        measured = _measure(index, summary, meter, count)
        sizes = [row_bytes(index.listed(row), Lookup()) for row in rows[:: max(1, count // 1000)]]
        measured["index_row_bytes"] = sum(sizes) / len(sizes)
        measured["query_and_skip"] = [_skipped(page, count, measured["index_row_bytes"]) for page in pages_of(count)]
        if count >= 1_000_000:
            measured["around_page_20000"] = _around(index, summary, meter)
        pairs, calls, units = check_lists(index, summary, rows, meter, pages=PAIRS, seed=count)
        measured["equal_to_brute_force"] = {"pages": pairs, "most_calls": calls, "most_units": units}
        measured["summaries_equal_to_brute_force"] = {
            "ranges": 25, "most_units": check_summaries(summary, rows, meter, count=25, seed=count)
        }  # fmt: skip
        measured["random_pages"] = _random_pages(index, summary, rows, meter)
        found[str(count)] = measured
    return found


def _skipped(page: int, count: int, row_size: float) -> dict[str, Any]:
    """Query-and-skip: everything before the page is read, and everything once for the total."""
    read, total = min(page * 20, count) * row_size, count * row_size
    return {
        "page": page,
        "calls": math.ceil(read / 2**20),
        "units": math.ceil(read / UNIT_BYTES) / 2,
        "count_calls": math.ceil(total / 2**20),
        "count_units": math.ceil(total / UNIT_BYTES) / 2,
    }


def _around(index: Any, summary: Any, meter: Meter) -> dict[str, Any]:
    units = []
    for page in range(19_900, 20_101):
        meter.reset()
        list_page(index, summary, EVERYTHING, THREE_YEARS, page, 20)
        units.append(meter.units)
    return {"pages": len(units), "mean_units": sum(units) / len(units), "most_units": max(units)}


def _random_pages(index: Any, summary: Any, rows: Any, meter: Meter) -> dict[str, Any]:
    rng = random.Random(4000)
    units, calls = [], Counter[int]()
    for caller, wanted in random_filters(rng, rows, 5200):
        if caller.branches is not None or wanted.patient_id is not None:
            continue
        total = list_page(index, summary, caller, wanted, 1, 20).total or 0
        meter.reset()
        list_page(index, summary, caller, wanted, rng.randint(1, max(1, -(-total // 20))), 20)
        units.append(meter.units)
        calls[meter.calls] += 1
    units.sort()
    return {
        "pages": len(units),
        "units": {"median": units[len(units) // 2], "p99": units[len(units) * 99 // 100], "most": units[-1]},
        "calls": {str(number): calls[number] for number in sorted(calls)},
    }


def _engine(wanted: argparse.Namespace) -> dict[str, Any]:
    from bench.scale.engine import fill, local_engine, metered, query_and_skip

    found = {}
    for count in wanted.rows or [10_000, 100_000]:
        with local_engine(wanted.port) as client:
            rows = dataset.rows(count)
            services = fill(client, rows)
            meter = metered(client)
            measured = _measure(services.index, services.summary, meter, count)
            measured["query_and_skip"] = query_and_skip(client, meter, pages_of(count))
            if count <= 10_000:
                pairs, calls, units = check_lists(services.index, services.summary, rows, meter, pages=PAIRS, seed=5)
                measured["equal_to_brute_force"] = {"pages": pairs, "most_calls": calls, "most_units": units}
                most = check_summaries(services.summary, rows, meter, count=40, seed=6)
                measured["summaries_equal_to_brute_force"] = {"ranges": 40, "most_units": most}
            found[str(count)] = measured
    return found


def _postgres(wanted: argparse.Namespace) -> dict[str, Any]:
    from bench.scale.postgres import postgres

    found = {}
    for count in wanted.rows or [10_000, 100_000, 1_000_000]:
        with postgres(wanted.port) as server:
            server.fill(dataset.rows(count))
            found[str(count)] = {
                "pages": [server.page(page) for page in pages_of(count)],
                "summaries": {
                    name: server.summary(first.isoformat(), last.isoformat())
                    for name, (first, last) in SUMMARIES.items()
                },
            }
    return found


def _writes(_: argparse.Namespace) -> dict[str, Any]:
    from bench.scale.writes import measure_writes

    return measure_writes()


if __name__ == "__main__":
    main()
