"""The four list indexes: order, spans, filters, and pages that begin anywhere, on every engine."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from billing.adapters.dynamodb.items import head_item
from billing.application.ports import DaySpan, IndexPage, Lookup, Position
from billing.domain.invoice import STATUSES, InvoiceHead
from billing.wiring import Services
from tests.contract.samples import a_head
from tests.engines import Engine, new_tenant

ALL_DAYS = DaySpan("0000-00-00", "9999-99-99")
FIRST = date(2026, 3, 1)
BRANCHES = ("MUM-01", "PUN", "PUN-01")  # one id is the beginning of another

LOOKUPS = {
    "by_date": Lookup(),
    "by_date, paid": Lookup(keep_status="paid"),
    "by_branch": Lookup(branch_id="PUN"),
    "by_branch, finalized": Lookup(branch_id="PUN-01", keep_status="finalized"),
    "by_patient": Lookup(patient_id="PAT-1"),
    "by_open": Lookup(open_status="partially_paid"),
    "by_open, two branches": Lookup(open_status="finalized", keep_branches=frozenset(("PUN", "MUM-01"))),
}
SPANS = {
    "all": ALL_DAYS,
    "from": DaySpan("2026-03-02", "9999-99-99"),
    "days": DaySpan("2026-03-02", "2026-03-03"),
    "none": DaySpan("2026-04-01", "2026-04-30"),
}


def matches(head: InvoiceHead, lookup: Lookup, span: DaySpan) -> bool:
    return (
        span.first <= head.date.isoformat() <= span.last
        and lookup.patient_id in (None, head.patient_id)
        and lookup.branch_id in (None, head.branch_id)
        and lookup.open_status in (None, head.status)
        and lookup.keep_status in (None, head.status)
        and (lookup.keep_branches is None or head.branch_id in lookup.keep_branches)
    )


@pytest.fixture
def heads(engine: Engine) -> list[InvoiceHead]:
    """45 invoices of one tenant over 5 days, and some of another tenant that must never be seen."""
    mine, theirs = new_tenant(), new_tenant()
    heads = [
        a_head(
            mine,
            branch_id=BRANCHES[place % 3],
            date=FIRST + timedelta(days=place % 5),
            status=STATUSES[place // 9],
            patient_id=f"PAT-{place % 2 + 1}",
            number=None if place // 9 == 0 else f"MUM01/2526/{place:05d}",
        )
        for place in range(45)
    ]
    for head in [*heads, *(replace(head, tenant=theirs) for head in heads[::4])]:
        engine.client.put_item(TableName="billing", Item=head_item(head))
    return heads


def ids(page: IndexPage) -> list[str]:
    return [row.id for row in page.rows]


def newest_first(heads: list[InvoiceHead]) -> list[str]:
    return [head.id for head in sorted(heads, key=lambda head: (head.date, head.id), reverse=True)]


def test_lookups_spans_and_pages(heads: list[InvoiceHead], services: Services):
    tenant = heads[0].tenant
    for lookup_name, lookup in LOOKUPS.items():
        for span_name, span in SPANS.items():
            expected = newest_first([head for head in heads if matches(head, lookup, span)])
            case = (lookup_name, span_name)
            page = services.index.page(tenant, lookup, span, None, None)
            assert (ids(page), page.next) == (expected, None), case
            walked: list[str] = []
            start: Position | None = None
            for _ in range(100):
                page = services.index.page(tenant, lookup, span, start, 4)
                assert len(page.rows) <= 4
                walked += ids(page)
                start = page.next
                if start is None:
                    break
            assert walked == expected, case


def test_pages_begin_at_positions_where_no_row_stands(heads: list[InvoiceHead], services: Services):
    tenant = heads[0].tenant
    days = [(FIRST + timedelta(days=offset)).isoformat() for offset in (-1, 0, 2, 5)]
    beside = [heads[2].id, "PUN.~", "PUN-01.0000000000000000", "MUM-01.~"]
    for lookup_name, lookup in LOOKUPS.items():
        fitting = [head for head in heads if matches(head, lookup, ALL_DAYS)]
        for day in days:
            for place in ("", "~", *beside):
                expected = newest_first([head for head in fitting if (head.date.isoformat(), head.id) < (day, place)])
                page = services.index.page(tenant, lookup, ALL_DAYS, Position(day, place), None)
                assert ids(page) == expected, (lookup_name, day, place)


def test_a_position_outside_the_span(heads: list[InvoiceHead], services: Services):
    tenant, span = heads[0].tenant, SPANS["days"]
    for lookup in LOOKUPS.values():
        expected = newest_first([head for head in heads if matches(head, lookup, span)])
        after = services.index.page(tenant, lookup, span, Position("2026-03-05", "~"), None)
        before = services.index.page(tenant, lookup, span, Position("2026-03-01", "~"), None)
        assert (ids(after), ids(before)) == (expected, [])


def test_a_row_shows_the_invoice(heads: list[InvoiceHead], services: Services):
    shown = {row.id: row for row in services.index.page(heads[0].tenant, Lookup(), ALL_DAYS, None, None).rows}
    for head in heads:
        row = shown[head.id]
        assert (row.number, row.patient_name, row.status, row.branch_id) == (
            head.number,
            head.patient_name,
            head.status,
            head.branch_id,
        )
        assert (row.total_paise, row.paid_paise, row.balance_paise, row.date) == (
            head.total_paise,
            head.paid_paise,
            head.balance_paise,
            head.date.isoformat(),
        )


@pytest.mark.parametrize("index", ["by_date", "by_branch", "by_patient", "by_open"])
def test_only_heads_are_in_the_indexes(heads: list[InvoiceHead], engine: Engine, index: str):
    """Lines, counters, branches and markers lack the index keys: a list can never meet them."""
    seen: list[dict[str, Any]] = []
    arguments: dict[str, Any] = {"TableName": "billing", "IndexName": index}
    while True:
        page = engine.client.scan(**arguments)
        seen += page["Items"]
        if "LastEvaluatedKey" not in page:
            break
        arguments["ExclusiveStartKey"] = page["LastEvaluatedKey"]
    assert {item["sk"]["S"] for item in seen} == {"H"}
    mine = [item for item in seen if item["tenant"]["S"] == heads[0].tenant]
    assert len(mine) == (36 if index == "by_open" else 45)


def test_pages_read_from_the_far_end(heads: list[InvoiceHead], services: Services):
    """Oldest first: the mirror image, from any position, within any span."""
    tenant = heads[0].tenant
    positions = [
        None,
        *(Position(day, place) for day in ("2026-02-28", "2026-03-02", "2026-03-09") for place in ("", "PUN.~")),
    ]
    for lookup_name, lookup in LOOKUPS.items():
        for span_name, span in SPANS.items():
            newest = newest_first([head for head in heads if matches(head, lookup, span)])
            days = {head.id: head.date.isoformat() for head in heads}
            for start in positions:
                expected = [
                    name for name in reversed(newest) if start is None or (days[name], name) > (start.date, start.id)
                ]
                page = services.index.page(tenant, lookup, span, start, None, oldest_first=True)
                assert ids(page) == expected, (lookup_name, span_name, start)
                cut = services.index.page(tenant, lookup, span, start, 4, oldest_first=True)
                assert ids(cut) == expected[: len(cut.rows)]
                assert cut.next is not None or ids(cut) == expected
