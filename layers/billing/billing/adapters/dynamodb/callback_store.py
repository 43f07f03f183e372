"""The inbox and the receipts in the billing table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from billing.adapters.dynamodb.callback_items import (
    BY_QUEUE,
    event_from,
    event_item,
    event_key,
    event_queue,
    order_item,
    order_key,
    outcome_attributes,
    receipt_from,
    receipt_item,
    receipt_key,
    receipt_queue,
)
from billing.adapters.dynamodb.client import ConditionFailed, Item, call
from billing.adapters.dynamodb.items import (
    head_from,
    number,
    payment_attribute,
    refund_attribute,
    string,
)
from billing.adapters.dynamodb.keys import Key, head_key
from billing.application.callback_ports import (
    EventState,
    HeadChange,
    Known,
    Outcome,
    Plan,
    StoredEvent,
)
from billing.application.ports import StoreBusy
from billing.domain.calendar import timestamp_ist
from billing.domain.receipts import Receipt, ReceiptStatus

SETTLED_EVENTS_KEPT = timedelta(days=400)
_BATCH = 100  # BatchGetItem's limit


class DynamoCallbackStore:
    """Implements :class:`billing.application.callback_ports.CallbackStore`."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def put_event(self, event: StoredEvent) -> StoredEvent:
        """One conditional put; if the event is there already, the answer brings it along."""
        try:
            call(
                self._client.put_item,
                TableName=self._table,
                Item=event_item(event),
                ConditionExpression="attribute_not_exists(pk)",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ConditionFailed as failure:
            item = failure.items[0]
            stored = event_from(item) if item else self.get_event(event.tenant, event.id)
            if stored is None:
                raise StoreBusy("event vanished") from failure
            return stored
        return event

    def get_event(self, tenant: str, event_id: str) -> StoredEvent | None:
        """One strongly consistent read."""
        answer = call(
            self._client.get_item,
            TableName=self._table,
            Key=event_key(tenant, event_id),
            ConsistentRead=True,
        )
        item = answer.get("Item")
        return event_from(item) if item else None

    def load(
        self,
        tenant: str,
        receipt_id: str | None,
        invoice_ids: Sequence[str] = (),
        order_id: str | None = None,
    ) -> Known:
        """One BatchGetItem, each item strongly consistent.

        Not a snapshot across items: every write repeats what it assumed of each of them.
        """
        keys = [head_key(tenant, invoice_id) for invoice_id in invoice_ids]
        if receipt_id is not None:
            keys.append(receipt_key(tenant, receipt_id))
        if order_id is not None:
            keys.append(order_key(tenant, order_id))
        receipt, owner, heads = None, None, {}
        for item in self._batch_get(keys):
            match item["sk"]["S"]:
                case "R":
                    receipt = receipt_from(item)
                case "O":
                    owner = item["receipt_id"]["S"]
                case _:
                    heads[item["id"]["S"]] = head_from(item)
        return Known(receipt, heads, owner)

    def commit(self, plan: Plan, tenant: str, event_id: str | None, now: datetime) -> bool:
        """One transaction, or one update when only the event changes."""
        writes: list[dict[str, Any]] = []
        if plan.receipt is not None:
            writes.append({"Put": self._receipt_put(plan.receipt)})
        writes.extend({"Update": self._head_update(change)} for change in plan.heads)
        if plan.order_claim is not None:
            writes.append({"Put": self._new(order_item(tenant, plan.order_claim))})
        outcomes = [] if event_id is None else [(event_id, plan.outcome)]
        writes.extend(
            {"Update": self._event_update(tenant, event, outcome, now)} for event, outcome in (*outcomes, *plan.also)
        )
        try:
            if len(writes) == 1 and "Update" in writes[0]:
                call(self._client.update_item, **writes[0]["Update"])
            else:
                call(self._client.transact_write_items, TransactItems=writes)
        except ConditionFailed:
            return False
        return True

    def list_receipts(
        self,
        tenant: str,
        statuses: Sequence[ReceiptStatus],
        branches: frozenset[str] | None,
        skip: int,
        limit: int,
    ) -> Sequence[Receipt]:
        """Index queries for the order, then one read of the page's receipts as they are now.

        Reads what it skips: these are the exceptions of a clinic's day, not its invoices.
        """
        wanted = skip + limit
        rows: list[tuple[str, str]] = []
        for status in statuses:
            rows.extend(self._queue(tenant, receipt_queue(status), branches, wanted, newest=True))
        page = [receipt_id for _, receipt_id in sorted(rows, reverse=True)[skip:wanted]]
        found = {
            item["id"]["S"]: receipt_from(item)
            for item in self._batch_get([receipt_key(tenant, receipt_id) for receipt_id in page])
        }
        # The index lags: a receipt that just left these statuses is not listed under them.
        return [
            found[receipt_id] for receipt_id in page if receipt_id in found and found[receipt_id].status in statuses
        ]

    def list_events(self, tenant: str, state: EventState, limit: int) -> Sequence[StoredEvent]:
        """Index query, then each event as it is now."""
        rows = self._queue(tenant, event_queue(state), None, limit, newest=False)
        events = (self.get_event(tenant, event_id) for _, event_id in rows)
        return [event for event in events if event is not None and event.outcome.state == state]

    def _queue(
        self, tenant: str, queue: str, branches: frozenset[str] | None, wanted: int, *, newest: bool
    ) -> list[tuple[str, str]]:
        """(received at, id) of the first items of a queue."""
        if branches is not None and not branches:
            return []
        values = {":tenant": string(tenant), ":queue": string(queue)}
        query: dict[str, Any] = {
            "TableName": self._table,
            "IndexName": BY_QUEUE,
            "KeyConditionExpression": "tenant = :tenant AND queue = :queue",
            "ExpressionAttributeValues": values,
            "ScanIndexForward": not newest,
        }
        if branches is not None:
            names = {f":b{place}": string(branch) for place, branch in enumerate(sorted(branches))}
            query["FilterExpression"] = f"branch_id IN ({', '.join(names)})"
            values.update(names)
        else:
            query["Limit"] = wanted
        rows: list[tuple[str, str]] = []
        while True:
            answer = call(self._client.query, **query)
            rows.extend((i["received_at"]["S"], i["id"]["S"]) for i in answer.get("Items", ()))
            if len(rows) >= wanted or "LastEvaluatedKey" not in answer:
                return rows[:wanted]
            query["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def _batch_get(self, keys: Sequence[Key]) -> Iterator[Item]:
        for start in range(0, len(keys), _BATCH):
            request = {"Keys": list(keys[start : start + _BATCH]), "ConsistentRead": True}
            answer = call(self._client.batch_get_item, RequestItems={self._table: request})
            if answer.get("UnprocessedKeys"):
                raise StoreBusy("unprocessed keys")
            yield from answer["Responses"].get(self._table, ())

    def _receipt_put(self, receipt: Receipt) -> dict[str, Any]:
        if receipt.rev == 1:
            return self._new(receipt_item(receipt))
        return {
            "TableName": self._table,
            "Item": receipt_item(receipt),
            "ConditionExpression": "rev = :rev",
            "ExpressionAttributeValues": {":rev": number(receipt.rev - 1)},
        }

    def _head_update(self, change: HeadChange) -> dict[str, Any]:
        """The new records and sums, if the invoice still is at the revision that was judged."""
        before, after = change.before, change.after
        names = {"#status": "status"}
        values = {
            ":paid": number(after.paid_paise),
            ":refunded": number(after.refunded_paise),
            ":balance": number(after.balance_paise),
            ":status": string(after.status),
            ":at": string(after.updated_at),
            ":next": number(before.rev + 1),
            ":rev": number(before.rev),
        }
        sets = [
            "paid = :paid",
            "refunded = :refunded",
            "balance = :balance",
            "#status = :status",
            "updated_at = :at",
            "rev = :next",
        ]
        records: dict[str, Mapping[str, Any]] = {
            f"payments.{entry}": payment_attribute(payment)
            for entry, payment in after.payments.items()
            if entry not in before.payments
        }
        records |= {
            f"refunds.{entry}": refund_attribute(refund)
            for entry, refund in after.refunds.items()
            if entry not in before.refunds
        }
        for place, (path, record) in enumerate(records.items()):
            group, _, entry = path.partition(".")
            names[f"#r{place}"] = entry
            values[f":r{place}"] = record  # type: ignore[assignment]
            sets.append(f"{group}.#r{place} = :r{place}")
        paid = after.status == "paid"
        if not paid:
            sets.append("open_status = :status")
        return {
            "TableName": self._table,
            "Key": head_key(before.tenant, before.id),
            "UpdateExpression": f"SET {', '.join(sets)}{' REMOVE open_status' if paid else ''}",
            "ConditionExpression": "rev = :rev",
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": values,
        }

    def _event_update(self, tenant: str, event_id: str, outcome: Outcome, now: datetime) -> dict[str, Any]:
        """Write what became of an event, unless that is settled: what it did first is what it did."""
        attributes = outcome_attributes(outcome)
        settled = outcome.state == "settled"
        if settled:
            attributes["settled_at"] = string(timestamp_ist(now))
            attributes["expires_at"] = number(int((now + SETTLED_EVENTS_KEPT).timestamp()))
        else:
            attributes["queue"] = string(event_queue(outcome.state))
        sets = ", ".join(f"#{name} = :{name}" for name in attributes)
        return {
            "TableName": self._table,
            "Key": event_key(tenant, event_id),
            "UpdateExpression": f"SET {sets}{' REMOVE queue' if settled else ''}",
            "ConditionExpression": "attribute_exists(pk) AND #state <> :done",
            "ExpressionAttributeNames": {f"#{name}": name for name in attributes},
            "ExpressionAttributeValues": {
                ":done": string("settled"),
                **{f":{name}": value for name, value in attributes.items()},
            },
        }

    def _new(self, item: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "TableName": self._table,
            "Item": item,
            "ConditionExpression": "attribute_not_exists(pk)",
        }
