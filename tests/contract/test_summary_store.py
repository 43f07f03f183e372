"""Rollup rows and the contribution ledger, on every engine."""

from __future__ import annotations

from dataclasses import replace

from billing.adapters.dynamodb.items import number, string
from billing.adapters.dynamodb.keys import rollup_key
from billing.adapters.dynamodb.summary_store import BATCH_GET_LIMIT
from billing.application.ports import LedgerEntry, SummaryRow
from billing.application.project_summary import MAX_ACTIONS
from billing.domain.summary import Contribution, PeriodSpan, RollupKey
from billing.wiring import Services
from tests.contract.samples import AT, LATER
from tests.engines import Engine


def an_entry(tenant: str, source_id: str = "MUM-01.1", **changes: object) -> LedgerEntry:
    contribution = Contribution("MUM-01", {"2026-03-10": {"n_finalized": 1, "billed": 150_000, "r:ENT & others": -1}})
    entry = LedgerEntry(tenant, source_id, rev=1, contribution=contribution, changed_at=AT, version=1)
    return replace(entry, **changes)  # type: ignore[arg-type]


def test_entries_and_rows_change_together_or_not_at_all(services: Services, tenant: str):
    ledger, reader = services.ledger, services.summary
    row = RollupKey(tenant, "*", "D#2026-03-10")
    span = PeriodSpan("D#2026-03-01", "D#2026-03-31")
    entry = an_entry(tenant)
    assert ledger.load([(tenant, entry.source_id)]) == {}
    assert ledger.apply([(entry, None)], {row: {"billed": 150_000, "r:ENT & others": -1, "nothing": 0}}, {row: AT})
    assert ledger.load([(tenant, entry.source_id)]) == {(tenant, entry.source_id): entry}
    first = SummaryRow("D#2026-03-10", {"billed": 150_000, "r:ENT & others": -1}, AT)
    assert list(reader.rows(tenant, "*", span)) == [first]
    # The same again, or from another version than the stored one: nothing moves.
    assert not ledger.apply([(entry, None)], {row: {"billed": 1}}, {row: LATER})
    newer = replace(entry, rev=5, version=3, changed_at=LATER)
    assert not ledger.apply([(newer, 2)], {row: {"billed": 1}}, {row: LATER})
    assert list(reader.rows(tenant, "*", span)) == [first]
    assert ledger.apply([(replace(newer, version=2), 1)], {row: {"billed": -50_000, "c_upi": 7}}, {row: LATER})
    figures = {"billed": 100_000, "r:ENT & others": -1, "c_upi": 7}
    assert list(reader.rows(tenant, "*", span)) == [SummaryRow("D#2026-03-10", figures, LATER)]
    # Judged by the version before: it has moved since.
    assert not ledger.apply([(replace(newer, version=2), 1)], {row: {"billed": 1}}, {row: LATER})
    # One of two entries is stale: the other waits with it.
    fresh = an_entry(tenant, "MUM-01.2")
    assert not ledger.apply([(fresh, None), (entry, None)], {row: {"billed": 1}}, {row: LATER})
    assert ledger.load([(tenant, fresh.source_id)]) == {}


def test_the_largest_transaction(services: Services, tenant: str):
    rows = {RollupKey(tenant, "*", f"Y#{year:04d}"): {"billed": 1} for year in range(MAX_ACTIONS - 1)}
    assert services.ledger.apply([(an_entry(tenant), None)], rows, dict.fromkeys(rows, AT))
    assert len(services.summary.rows(tenant, "*", PeriodSpan("Y#0000", "Y#9999"))) == MAX_ACTIONS - 1


def test_batches_larger_than_one_call(engine: Engine, services: Services, tenant: str):
    months = [f"C#{1900 + place // 12}-{place % 12 + 1:02d}" for place in range(BATCH_GET_LIMIT + 20)]
    for place, month in enumerate(months[::2]):
        item = {**rollup_key(RollupKey(tenant, "MUM-01", month)), "01:paid": number(place)}
        engine.client.put_item(TableName="summary", Item=item)
    found = services.summary.get(tenant, [("MUM-01", month) for month in months])
    assert found == {
        ("MUM-01", month): SummaryRow(month, {"01:paid": place}, "") for place, month in enumerate(months[::2])
    }
    assert services.summary.get(f"{tenant}-2", [("MUM-01", month) for month in months]) == {}


def test_a_span_longer_than_one_page_of_a_query(engine: Engine, services: Services, tenant: str):
    """Five rows of 300 kB: more than the megabyte after which DynamoDB ends a page."""
    filler = {f"r:{place:03d}{'x' * 200}": number(place) for place in range(1_400)}
    for day in range(1, 6):
        key = rollup_key(RollupKey(tenant, "*", f"D#2026-03-{day:02d}"))
        engine.client.put_item(TableName="summary", Item={**key, "as_of": string(AT), **filler})
    rows = services.summary.rows(tenant, "*", PeriodSpan("D#2026-03-01", "D#2026-03-31"))
    assert [row.period for row in rows] == [f"D#2026-03-{day:02d}" for day in range(1, 6)]
    assert all(len(row.figures) == 1_400 for row in rows)
    inner = services.summary.rows(tenant, "*", PeriodSpan("D#2026-03-02", "D#2026-03-03"))
    assert [row.period for row in inner] == ["D#2026-03-02", "D#2026-03-03"]
