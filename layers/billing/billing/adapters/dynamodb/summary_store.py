"""The summary table: rollup rows to read, and the contribution ledger that keeps them right."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from billing.adapters.dynamodb.client import ConditionFailed, Item, call
from billing.adapters.dynamodb.items import number, string
from billing.adapters.dynamodb.keys import ledger_key, rollup_key, rollup_partition
from billing.application.ports import LedgerEntry, StoreBusy, SummaryRow
from billing.domain.summary import Contribution, Figures, PeriodSpan, RollupKey

BATCH_GET_LIMIT = 100
_KEY_ATTRIBUTES = ("pk", "sk", "as_of")


class DynamoSummaryReader:
    """Implements :class:`billing.application.ports.SummaryReader`."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def rows(self, tenant: str, scope: str, span: PeriodSpan) -> Sequence[SummaryRow]:
        """One eventually consistent query; a second only beyond a megabyte of rows."""
        arguments: dict[str, Any] = {
            "TableName": self._table,
            "KeyConditionExpression": "pk = :pk AND sk BETWEEN :first AND :last",
            "ExpressionAttributeValues": {
                ":pk": string(rollup_partition(tenant, scope)),
                ":first": string(span.first),
                ":last": string(span.last),
            },
        }
        rows: list[SummaryRow] = []
        while True:
            answer = call(self._client.query, **arguments)
            rows.extend(summary_row_from(item) for item in answer["Items"])
            if "LastEvaluatedKey" not in answer:
                return rows
            arguments["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def get(self, tenant: str, keys: Sequence[tuple[str, str]]) -> Mapping[tuple[str, str], SummaryRow]:
        """One eventually consistent batch read (of at most 100 keys; more take more calls)."""
        wanted = [rollup_key(RollupKey(tenant, scope, period)) for scope, period in keys]
        prefix = len(rollup_partition(tenant, ""))
        found = batch_get(self._client, self._table, wanted, consistent=False)
        return {(item["pk"]["S"][prefix:], item["sk"]["S"]): summary_row_from(item) for item in found}


class DynamoSummaryLedger:
    """Implements :class:`billing.application.ports.SummaryLedger`."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def load(self, sources: Iterable[tuple[str, str]]) -> Mapping[tuple[str, str], LedgerEntry]:
        """Strongly consistent batch reads."""
        keys = [ledger_key(tenant, source_id) for tenant, source_id in sources]
        found = batch_get(self._client, self._table, keys, consistent=True)
        entries = (ledger_entry_from(item) for item in found)
        return {(entry.tenant, entry.source_id): entry for entry in entries}

    def apply(
        self,
        entries: Sequence[tuple[LedgerEntry, int | None]],
        rows: Mapping[RollupKey, Figures],
        as_of: Mapping[RollupKey, str],
    ) -> bool:
        """One transaction; ADD is safe in it because the ledger's condition lets it happen once."""
        writes = [{"Put": self._ledger_put(entry, replaced)} for entry, replaced in entries]
        writes += [{"Update": self._row_update(key, figures, as_of[key])} for key, figures in rows.items()]
        try:
            call(self._client.transact_write_items, TransactItems=writes)
        except ConditionFailed:
            return False
        return True

    def _ledger_put(self, entry: LedgerEntry, replaced: int | None) -> dict[str, Any]:
        put: dict[str, Any] = {
            "TableName": self._table,
            "Item": _ledger_item(entry),
            "ConditionExpression": "attribute_not_exists(pk)",
        }
        if replaced is not None:
            put["ConditionExpression"] = "version = :replaced"
            put["ExpressionAttributeValues"] = {":replaced": number(replaced)}
        return put

    def _row_update(self, key: RollupKey, figures: Figures, as_of: str) -> dict[str, Any]:
        names: dict[str, str] = {"#as_of": "as_of"}
        values: dict[str, Any] = {":as_of": string(as_of)}
        additions = []
        for place, (name, value) in enumerate(figures.items()):
            if value:
                names[f"#f{place}"] = name
                values[f":f{place}"] = number(value)
                additions.append(f"#f{place} :f{place}")
        return {
            "TableName": self._table,
            "Key": rollup_key(key),
            "UpdateExpression": f"SET #as_of = :as_of ADD {', '.join(additions)}",
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": values,
        }


def batch_get(client: Any, table: str, keys: Sequence[Mapping[str, Any]], *, consistent: bool) -> list[Item]:
    """All existing items of any number of keys.

    Raises:
        StoreBusy: the table keeps leaving keys unprocessed.
    """
    items: list[Item] = []
    for start in range(0, len(keys), BATCH_GET_LIMIT):
        pending: dict[str, Any] = {table: {"Keys": keys[start : start + BATCH_GET_LIMIT], "ConsistentRead": consistent}}
        for _ in range(3):
            answer = call(client.batch_get_item, RequestItems=pending)
            items.extend(answer["Responses"].get(table, []))
            pending = answer.get("UnprocessedKeys") or {}
            if not pending:
                break
        else:
            raise StoreBusy("unprocessed keys")
    return items


def ledger_entry_from(item: Item) -> LedgerEntry:
    """A ledger entry from its item."""
    document = json.loads(item["contribution"]["S"])
    return LedgerEntry(
        tenant=item["tenant"]["S"],
        source_id=item["source_id"]["S"],
        rev=int(item["rev"]["N"]),
        contribution=Contribution(document["branch_id"], document["days"]),
        changed_at=item["changed_at"]["S"],
        version=int(item["version"]["N"]),
    )


def _ledger_item(entry: LedgerEntry) -> dict[str, Any]:
    document = {
        "branch_id": entry.contribution.branch_id,
        "days": {day: dict(figures) for day, figures in entry.contribution.days.items()},
    }
    return {
        **ledger_key(entry.tenant, entry.source_id),
        "tenant": string(entry.tenant),
        "source_id": string(entry.source_id),
        "rev": number(entry.rev),
        "version": number(entry.version),
        "changed_at": string(entry.changed_at),
        "contribution": string(json.dumps(document, ensure_ascii=False, separators=(",", ":"))),
    }


def summary_row_from(item: Item) -> SummaryRow:
    """A rollup row from its item."""
    as_of = item.get("as_of")
    figures = {name: int(value["N"]) for name, value in item.items() if name not in _KEY_ATTRIBUTES}
    return SummaryRow(item["sk"]["S"], figures, as_of["S"] if as_of else "")
