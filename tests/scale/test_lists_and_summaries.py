"""Any page of any list and any summary, against brute force, within the promised calls and read units."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import cache

import pytest

from bench.scale import dataset
from bench.scale.compare import EVERYTHING, check_lists, check_summaries
from bench.scale.engine import fill, local_engine, metered
from bench.scale.model import Meter, ModelIndex, ModelSummary
from billing import wiring
from billing.application.get_summary import SummaryRange, get_summary
from billing.application.list_invoices import InvoiceFilter, list_from, list_page

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
    pages, _, _ = check_lists(index, summary, rows, meter, filters=120, seed=1)
    assert pages >= 376


def test_lists_equal_brute_force_on_a_real_engine(engine):
    rows, services, meter = engine
    pages, _, _ = check_lists(services.index, services.summary, rows, meter, filters=120, seed=2)
    assert pages >= 376


def test_summaries_equal_brute_force_in_the_model():
    rows, _, summary, meter = model()
    assert check_summaries(summary, rows, meter, count=60, seed=3) <= 8


def test_summaries_equal_brute_force_on_a_real_engine(engine):
    rows, services, meter = engine
    assert check_summaries(services.summary, rows, meter, count=60, seed=4) <= 8


def test_the_model_counts_what_the_engine_counts(engine):
    """The model's units for whole lists are the engine's, within a unit or a tenth."""
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
            assert abs(model_meter.units - meter.units) <= max(1.0, meter.units / 10)


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
