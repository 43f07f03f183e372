"""Any page of any list and any summary, against brute force, within the promised calls and read units."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date
from functools import cache
from typing import Any

import pytest

from bench.scale import dataset
from bench.scale.compare import EVERYTHING, BruteForce, check_lists, check_summaries
from bench.scale.engine import fill, local_engine, metered
from bench.scale.model import Meter, ModelIndex, ModelSummary
from billing import wiring
from billing.application.get_summary import SummaryRange, get_summary
from billing.application.list_invoices import InvoiceFilter, list_from, list_page
from billing.application.ports import IndexPage

LAST_DAY = date(2026, 12, 31)


@cache
def model() -> tuple[list[dataset.Row], ModelIndex, ModelSummary, Meter]:
    rows = dataset.rows(20_000)
    meter = Meter()
    return rows, ModelIndex(rows, meter), ModelSummary(rows, meter), meter


@pytest.fixture(scope="module")
def engine() -> Iterator[tuple[list[dataset.Row], wiring.Services, Meter]]:
    rows = dataset.rows(5_000, seed=11, days=240, branches=6)  # 10,000 and more: python -m bench.scale
    with local_engine() as client:
        services = fill(client, rows)
        yield rows, services, metered(client)


def test_lists_equal_brute_force_in_the_model():
    rows, index, summary, meter = model()
    check_lists(index, summary, rows, meter, pages=376, seed=1)


def test_lists_equal_brute_force_on_a_real_engine(engine):
    rows, services, meter = engine
    check_lists(services.index, services.summary, rows, meter, pages=376, seed=2)


def test_summaries_equal_brute_force_in_the_model():
    rows, _, summary, meter = model()
    assert check_summaries(summary, rows, meter, count=60, seed=3) <= 8


def test_summaries_equal_brute_force_on_a_real_engine(engine):
    rows, services, meter = engine
    assert check_summaries(services.summary, rows, meter, count=60, seed=4) <= 8


def test_the_model_counts_what_the_engine_counts(engine):
    """The model's units for whole lists are the engine's, within half a unit: what a page ends with."""
    rows, services, meter = engine
    model_meter = Meter()
    index, summary = ModelIndex(rows, model_meter), ModelSummary(rows, model_meter)
    for page in (1, 5, 100, 249):
        for wanted in (InvoiceFilter(), InvoiceFilter(status="paid"), InvoiceFilter(branch_id="CLN-03")):
            model_meter.reset()
            meter.reset()
            list_page(index, summary, EVERYTHING, wanted, page, 20)
            list_page(services.index, services.summary, EVERYTHING, wanted, page, 20)
            assert model_meter.calls == meter.calls
            assert abs(model_meter.units - meter.units) <= 0.5


def test_a_deep_page_costs_what_the_first_costs():
    _, index, summary, meter = model()
    wanted = InvoiceFilter(date_from=dataset.FIRST_DAY, date_to=LAST_DAY)
    units = []
    for page in (1, 500, 900):
        meter.reset()
        assert len(list_page(index, summary, EVERYTHING, wanted, page, 20).rows) == 20
        units.append(meter.units)
    assert max(units) <= 1.6 * units[0]


def test_three_years_of_all_branches_cost_at_most_eight_units():
    _, _, summary, meter = model()
    for first, last in ((dataset.FIRST_DAY, LAST_DAY), (date(2024, 1, 2), date(2026, 12, 30)), (None, None)):
        meter.reset()
        get_summary(summary, EVERYTHING, SummaryRange(first, last, None))
        assert meter.calls <= 3
        assert meter.units <= 8


def test_a_walk_by_cursor_sees_everything_once():
    rows, index, summary, _ = model()
    wanted = InvoiceFilter(status="partially_paid", branch_id="CLN-02")
    found = list_page(index, summary, EVERYTHING, wanted, 1, 20)
    seen = [row.id for row in found.rows]
    while found.next is not None:
        found = list_from(index, EVERYTHING, wanted, found.next, 20)
        seen += [row.id for row in found.rows]
    expected = [row.id for row in reversed(rows) if row.status == "partially_paid" and row.branch == 2]
    assert seen == expected


class Lagging:
    """The index some moments ahead of the counts; remembers in which direction it was read."""

    def __init__(self, index: ModelIndex) -> None:
        self._index = index
        self.directions: list[bool] = []

    def page(self, *arguments: Any, oldest_first: bool = False) -> IndexPage:
        self.directions.append(oldest_first)
        return self._index.page(*arguments, oldest_first=oldest_first)


IN_FLIGHT = 6


@pytest.mark.parametrize(
    "wanted", [InvoiceFilter(), InvoiceFilter(branch_id="CLN-01"), InvoiceFilter(status="finalized")]
)
@pytest.mark.parametrize("change", ["written", "left"])
def test_a_page_is_off_by_no_more_than_what_is_in_flight(wanted: InvoiceFilter, change: str):
    """Whichever end it is read from, and whether the index has more rows than were counted or fewer."""
    rng = random.Random(5)
    rows = dataset.rows(4_000, seed=3, days=6, branches=2)
    moving = set(rng.sample([row.id for row in rows if row.status == wanted.status or not wanted.status], IN_FLIGHT))
    settled = [row for row in rows if row.id not in moving]
    counted, there = (settled, rows) if change == "written" else (rows, settled)
    summary, index = ModelSummary(counted, Meter()), Lagging(ModelIndex(there, Meter()))
    expected = [row.id for row in BruteForce(there).matching(EVERYTHING, wanted)]
    for page in range(1, len(expected) // 20 + 1):
        found = list_page(index, summary, EVERYTHING, wanted, page, 20)
        shown = [row.id for row in found.rows]
        assert len(shown) >= 20 - IN_FLIGHT
        at = expected.index(shown[0])
        assert shown == expected[at : at + len(shown)]
        assert abs(at - (page - 1) * 20) <= IN_FLIGHT
        assert (found.next is None) == (at + len(shown) == len(expected))
    assert set(index.directions) == {True, False}


def test_fewer_rows_than_counted_are_read_from_the_near_end():
    """All but three invoices of the newest day were paid a moment ago: the page is full nevertheless."""
    rows = dataset.rows(400, seed=3, days=6, branches=1)
    newest = [row for row in rows if row.day == 5][:-3]
    summary = ModelSummary(rows, Meter())
    gone = {row.id for row in newest}
    left = [row for row in rows if row.id not in gone]
    index = Lagging(ModelIndex(left, Meter()))
    found = list_page(index, summary, EVERYTHING, InvoiceFilter(), 3, 20)
    assert index.directions == [True, False]
    assert len(found.rows) == 20
    assert found.next is not None
