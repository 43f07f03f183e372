"""The list indexes of the billing table."""

from __future__ import annotations

from typing import Any

from billing.adapters.dynamodb.client import Item, call
from billing.adapters.dynamodb.items import string
from billing.adapters.dynamodb.keys import BY_BRANCH, BY_DATE, BY_OPEN, BY_PATIENT, head_key
from billing.application.ports import DaySpan, IndexPage, ListedInvoice, Lookup, Position


class DynamoInvoiceIndex:
    """Implements :class:`billing.application.ports.InvoiceIndex`."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def page(
        self,
        tenant: str,
        lookup: Lookup,
        span: DaySpan,
        start: Position | None,
        limit: int | None,
        *,
        oldest_first: bool = False,
    ) -> IndexPage:
        """One query.

        A start position need not be a row's: DynamoDB only compares with it, so a page deep inside an
        index is reached without reading what comes before.
        """
        index, partition = _partition(tenant, lookup)
        # DynamoDB refuses a start key outside the range of the key condition.
        if start is not None and not span.first <= start.date <= span.last:
            if (start.date < span.first) != oldest_first:
                return IndexPage((), None)
            start = None
        names = {f"#{name}": name for name in partition}
        values = {f":{name}": string(value) for name, value in partition.items()}
        arguments: dict[str, Any] = {
            "TableName": self._table,
            "IndexName": index,
            "KeyConditionExpression": " AND ".join(
                [*(f"#{name} = :{name}" for name in partition), "#date BETWEEN :first AND :last"]
            ),
            "ExpressionAttributeNames": {**names, "#date": "date"},
            "ExpressionAttributeValues": {
                **values,
                ":first": string(span.first),
                ":last": string(span.last),
            },
            "ScanIndexForward": oldest_first,
        }
        _add_filter(arguments, lookup)
        if limit is not None:
            arguments["Limit"] = limit
        if start is not None:
            arguments["ExclusiveStartKey"] = {
                **{name: string(value) for name, value in partition.items()},
                "date": string(start.date),
                "id": string(start.id or " "),
                **head_key(tenant, start.id or " "),
            }
        answer = call(self._client.query, **arguments)
        last = answer.get("LastEvaluatedKey")
        following = Position(last["date"]["S"], last["id"]["S"]) if last else None
        return IndexPage([_row(item) for item in answer["Items"]], following)


def _partition(tenant: str, lookup: Lookup) -> tuple[str, dict[str, str]]:
    if lookup.patient_id is not None:
        return BY_PATIENT, {"tenant": tenant, "patient_id": lookup.patient_id}
    if lookup.open_status is not None:
        return BY_OPEN, {"tenant": tenant, "open_status": lookup.open_status}
    if lookup.branch_id is not None:
        return BY_BRANCH, {"tenant": tenant, "branch_id": lookup.branch_id}
    return BY_DATE, {"tenant": tenant}


def _add_filter(arguments: dict[str, Any], lookup: Lookup) -> None:
    values = arguments["ExpressionAttributeValues"]
    conditions = []
    if lookup.keep_status is not None:
        arguments["ExpressionAttributeNames"]["#status"] = "status"
        values[":status"] = string(lookup.keep_status)
        conditions.append("#status = :status")
    if lookup.keep_branches is not None:
        kept = sorted(lookup.keep_branches)
        arguments["ExpressionAttributeNames"]["#branch_id"] = "branch_id"
        for place, branch_id in enumerate(kept):
            values[f":b{place}"] = string(branch_id)
        conditions.append(f"#branch_id IN ({', '.join(f':b{p}' for p in range(len(kept)))})")
    if conditions:
        arguments["FilterExpression"] = " AND ".join(conditions)


def _row(item: Item) -> ListedInvoice:
    number = item.get("number")
    return ListedInvoice(
        item["id"]["S"],
        number["S"] if number else None,
        item["patient_name"]["S"],
        int(item["total"]["N"]),
        int(item["paid"]["N"]),
        int(item["balance"]["N"]),
        item["status"]["S"],
        item["date"]["S"],
        item["branch_id"]["S"],
    )
