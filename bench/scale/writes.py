"""What counting a payment costs: write units of the stream function's transactions, from the sizes of what it wrote.

DynamoDB Local does not add up what a transaction consumes, so the items are read back and sized.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from bench.scale import dataset
from bench.scale.model import number_bytes
from billing.adapters.dynamodb.keys import ledger_key, rollup_key
from billing.adapters.dynamodb.summary_store import DynamoSummaryLedger, batch_get
from billing.application.patience import Patience
from billing.application.ports import LedgerEntry
from billing.application.project_summary import project_summary
from billing.domain.summary import Figures, RollupKey, contribution_of
from tests import in_process
from tests.tables import create_tables

BATCHES = (90, 450)
ALONE = 20
CASES = {
    "one branch, invoices of the day": (1, 1),
    "four branches, invoices of the day": (4, 1),
    "twenty branches, invoices of the day": (20, 1),
    "four branches, invoices of a week": (4, 7),
}


class MeteredLedger(DynamoSummaryLedger):
    """Sizes every item after it was written: two units for each begun kilobyte in a transaction."""

    units, transactions = 0, 0

    def apply(
        self,
        entries: Sequence[tuple[LedgerEntry, int | None]],
        rows: Mapping[RollupKey, Figures],
        as_of: Mapping[RollupKey, str],
    ) -> bool:
        """One transaction."""
        applied = super().apply(entries, rows, as_of)
        keys = [ledger_key(entry.tenant, entry.source_id) for entry, _ in entries] + [rollup_key(key) for key in rows]
        items = batch_get(self._client, self._table, keys, consistent=True)
        self.transactions += 1
        self.units += transaction_units(items)
        return applied


def item_bytes(item: Mapping[str, Any]) -> int:
    """Names and values. Source: DynamoDB developer guide, "Item sizes and formats"."""
    return sum(len(name.encode()) + _value_bytes(value) for name, value in item.items())


def _value_bytes(value: Mapping[str, Any]) -> int:
    ((kind, content),) = value.items()
    match kind:
        case "S":
            return len(content.encode())
        case "N":
            return number_bytes(int(content))
        case "M":
            return 3 + len(content) + item_bytes(content)
        case "L":
            return 3 + len(content) + sum(map(_value_bytes, content))
        case _:
            return 1


def transaction_units(items: Iterable[Mapping[str, Any]]) -> int:
    """Write units of a transaction that left these items: two for each begun kilobyte of each."""
    return sum(2 * math.ceil(item_bytes(item) / 1024) for item in items)


def measure_writes() -> dict[str, Any]:
    """Units per payment when a batch is counted at once, and when each comes alone."""
    found = {}
    for name, (branches, days) in CASES.items():
        client = in_process.client()
        create_tables(client)
        try:
            found[name] = _measure(client, branches, days)
        finally:
            in_process.drop_tables("billing", "summary")
    return found


def _measure(client: Any, branches: int, days: int) -> dict[str, Any]:
    ledger = MeteredLedger(client, "summary")
    patience = Patience(lambda: 0.0, lambda _: None, random.random)
    rng = random.Random(1)
    today = dataset.DAYS - 1
    # The rows as they are in a grown table: every mode and department has its figure.
    history = [replace(row, day=today - row.day % max(days, 1)) for row in dataset.rows(300, branches=branches)]
    assert not project_summary(ledger, patience, map(_state, history))
    unpaid, paid = [], []
    for place in range(sum(BATCHES) + ALONE):
        row = replace(
            dataset.rows(1, seed=place)[0], day=today - rng.randrange(days), branch=place % branches,
            status="finalized", paid_paise=0,
        )  # fmt: skip
        row = replace(row, id=f"{dataset.branch_name(row.branch)}.{place:016d}")
        unpaid.append(row)
        paid.append(replace(row, status="paid", paid_paise=row.total_paise, paid_after_days=today - row.day))
    assert not project_summary(ledger, patience, map(_state, unpaid))
    found = {}
    for size in BATCHES:
        batch, paid = paid[:size], paid[size:]
        ledger.units = ledger.transactions = 0
        assert not project_summary(ledger, patience, map(_state, batch))
        found[f"batch_of_{size}"] = {"units_per_payment": ledger.units / size, "transactions": ledger.transactions}
    ledger.units = 0
    for row in paid:
        assert not project_summary(ledger, patience, [_state(row)])
    return {**found, "each_alone": {"units_per_payment": ledger.units / ALONE}}


def _state(row: dataset.Row) -> LedgerEntry:
    head = dataset.head(row)
    return LedgerEntry(head.tenant, head.id, head.rev, contribution_of(head), head.updated_at)
