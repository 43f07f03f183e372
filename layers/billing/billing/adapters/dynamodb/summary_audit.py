"""Both tables from end to end, for the recount and the repair of the summary."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from billing.adapters.dynamodb.client import ConditionFailed, Item, call
from billing.adapters.dynamodb.items import number
from billing.adapters.dynamodb.keys import rollup_key
from billing.adapters.dynamodb.states import COUNTED_KINDS, UnreadableItem, counted_state
from billing.adapters.dynamodb.summary_store import DynamoSummaryLedger, ledger_entry_from, summary_row_from
from billing.application.ports import LedgerEntry, SummaryRow
from billing.domain.summary import Figures, RollupKey


class DynamoSummaryAudit:
    """Implements :class:`billing.application.rebuild_summary.SummaryRepair`."""

    def __init__(self, client: Any, billing_table: str, summary_table: str) -> None:
        self._client = client
        self._billing_table, self._summary_table = billing_table, summary_table
        self._ledger = DynamoSummaryLedger(client, summary_table)

    def documents(self, segment: int, segments: int, cursor: Any) -> tuple[Sequence[LedgerEntry], int, Any]:
        """One strongly consistent scan call of the billing table: at most a megabyte."""
        arguments: dict[str, Any] = {
            "TableName": self._billing_table,
            "ConsistentRead": True,
            "Segment": segment,
            "TotalSegments": segments,
            "FilterExpression": f"sk IN ({', '.join(f':k{place}' for place in range(len(COUNTED_KINDS)))})",
            "ExpressionAttributeValues": {f":k{place}": {"S": kind} for place, kind in enumerate(COUNTED_KINDS)},
        }
        if cursor is not None:
            arguments["ExclusiveStartKey"] = cursor
        page = call(self._client.scan, **arguments)
        states, unreadable = [], 0
        for item in page["Items"]:
            try:
                state = counted_state(item)
            except UnreadableItem:
                unreadable += 1
                continue
            if state is not None:
                states.append(state)
        return states, unreadable, page.get("LastEvaluatedKey")

    def document(self, key: Mapping[str, Any]) -> LedgerEntry | None:
        """One document's present state, strongly consistent.

        Raises:
            UnreadableItem.
        """
        answer = call(
            self._client.query,
            TableName=self._billing_table,
            ConsistentRead=True,
            KeyConditionExpression="pk = :pk AND sk = :sk",
            ExpressionAttributeValues={":pk": key["pk"], ":sk": key["sk"]},
        )
        return counted_state(answer["Items"][0]) if answer["Items"] else None

    def entries(self, sources: Iterable[tuple[str, str]]) -> Mapping[tuple[str, str], LedgerEntry]:
        """Strongly consistent batch reads."""
        return self._ledger.load(list(sources))

    def rows(self) -> Iterator[tuple[RollupKey, SummaryRow]]:
        """A strongly consistent scan of the summary table."""
        for item in self._scan_summary():
            _, tenant, kind, *scope = item["pk"]["S"].split("#", 3)
            if kind == "S":
                yield RollupKey(tenant, scope[0], item["sk"]["S"]), summary_row_from(item)

    def all_entries(self) -> Iterator[LedgerEntry]:
        """A strongly consistent scan of the summary table."""
        for item in self._scan_summary():
            if item["sk"]["S"] == "L":
                yield ledger_entry_from(item)

    def replace_row(self, key: RollupKey, found: Figures, figures: Figures) -> bool:
        """One conditional write."""
        names, values = {}, {}
        sets, removes, conditions = [], [], []
        for place, name in enumerate(sorted(found.keys() | figures.keys())):
            names[f"#f{place}"] = name
            if name in found:
                values[f":o{place}"] = number(found[name])
                conditions.append(f"#f{place} = :o{place}")
            else:
                conditions.append(f"attribute_not_exists(#f{place})")
            if name in figures:
                values[f":n{place}"] = number(figures[name])
                sets.append(f"#f{place} = :n{place}")
            else:
                removes.append(f"#f{place}")
        expression = f"SET {', '.join(sets)}" if sets else ""
        expression += f" REMOVE {', '.join(removes)}" if removes else ""
        try:
            call(
                self._client.update_item,
                TableName=self._summary_table,
                Key=rollup_key(key),
                UpdateExpression=expression.strip(),
                ConditionExpression=" AND ".join(conditions),
                ExpressionAttributeNames=names,
                ExpressionAttributeValues=values,
            )
        except ConditionFailed:
            return False
        return True

    def _scan_summary(self) -> Iterator[Item]:
        arguments: dict[str, Any] = {"TableName": self._summary_table, "ConsistentRead": True}
        while True:
            page = call(self._client.scan, **arguments)
            yield from page["Items"]
            if "LastEvaluatedKey" not in page:
                return
            arguments["ExclusiveStartKey"] = page["LastEvaluatedKey"]
