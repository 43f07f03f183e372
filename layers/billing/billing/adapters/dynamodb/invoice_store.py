"""Invoices in the billing table: one aggregate an invoice, each change one conditional write."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from billing.adapters.dynamodb.client import ConditionFailed, Item, call
from billing.adapters.dynamodb.items import (
    branch_address_update,
    branch_snapshot_attribute,
    details_from,
    head_from,
    head_item,
    lines_item,
    number,
    payment_attribute,
    refund_attribute,
    string,
)
from billing.adapters.dynamodb.keys import (
    branch_key,
    counter_key,
    head_key,
    invoice_partition,
    lines_key,
    marker_key,
)
from billing.application.ports import (
    CreationMarker,
    IssuedNumber,
    MarkerTaken,
    NumberingConflict,
    Refused,
    StoreBusy,
    Written,
)
from billing.domain.branch import Branch
from billing.domain.identity import Identity
from billing.domain.invoice import MAX_PAYMENTS, Invoice, InvoiceHead, Payment, Refund, Status


class DynamoInvoiceStore:
    """Implements :class:`billing.application.ports.InvoiceStore`."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def load(self, tenant: str, invoice_id: str) -> Invoice | None:
        """One strongly consistent query for head and lines."""
        answer = call(
            self._client.query,
            TableName=self._table,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": string(invoice_partition(tenant, invoice_id))},
            ConsistentRead=True,
        )
        items = {item["sk"]["S"]: item for item in answer["Items"]}
        if "H" not in items:
            return None
        return Invoice(head_from(items["H"]), details_from(items["L"]))

    def load_head(self, tenant: str, invoice_id: str) -> InvoiceHead | None:
        """One strongly consistent read of the head."""
        item = self._get(head_key(tenant, invoice_id))
        return head_from(item) if item else None

    def add_payment(
        self, tenant: str, invoice_id: str, identity: Identity, payment: Payment, *, settles: bool
    ) -> Written | Refused:
        """Payment, sums, status and both identities in one conditional update of one item."""
        update = payment_update(identity, payment, settles=settles)
        return self._update(head_key(tenant, invoice_id), update)

    def add_refund(self, head: InvoiceHead, identity: Identity, refund: Refund, status: Status) -> Written | Refused:
        """Refund and sums in one update, conditional on the revision that was judged."""
        sets = [
            "refunds.#entry = :record",
            "refunded = refunded + :amount",
            "paid = paid - :amount",
            "balance = balance + :amount",
            "#status = :status",
            "open_status = :status",
            "rev = rev + :one",
            "updated_at = :at",
        ]
        names = {"#entry": identity.entry, "#status": "status"}
        values = {
            ":record": refund_attribute(refund),
            ":amount": number(refund.amount_paise),
            ":status": string(status),
            ":one": number(1),
            ":rev": number(head.rev),
            ":at": string(refund.recorded_at),
        }
        conditions = [
            "rev = :rev",
            "paid >= :amount",
            "attribute_not_exists(refunds.#entry)",
        ]
        if identity.header is not None:
            sets.append("refund_keys.#header = :entry")
            names["#header"] = identity.header
            values[":entry"] = string(identity.entry)
            conditions.append("attribute_not_exists(refund_keys.#header)")
        update = {
            "UpdateExpression": "SET " + ", ".join(sets),
            "ConditionExpression": " AND ".join(conditions),
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": values,
        }
        return self._update(head_key(head.tenant, head.id), update)

    def cancel(self, tenant: str, invoice_id: str, reason: str, cancelled_at: str) -> Written | Refused:
        """State and reason in one update, conditional on there being no money."""
        update = {
            "UpdateExpression": (
                "SET #status = :cancelled, open_status = :cancelled, balance = :zero, "
                "cancelled_at = :at, cancel_reason = :reason, updated_at = :at, rev = rev + :one"
            ),
            "ConditionExpression": ("attribute_exists(pk) AND #status <> :cancelled AND paid = :zero"),
            "ExpressionAttributeNames": {"#status": "status"},
            "ExpressionAttributeValues": {
                ":cancelled": string("cancelled"),
                ":zero": number(0),
                ":one": number(1),
                ":at": string(cancelled_at),
                ":reason": string(reason),
            },
        }
        return self._update(head_key(tenant, invoice_id), update)

    def last_serial(self, tenant: str, branch_id: str, financial_year: str) -> int:
        """The counter, strongly consistent; 0 where no number was issued yet."""
        item = self._get(counter_key(tenant, branch_id, financial_year))
        return int(item["last"]["N"]) if item else 0

    def finalize(
        self, draft: Invoice, number: IssuedNumber, branch: Branch, finalized: Invoice
    ) -> Written | Refused | NumberingConflict:
        """Head, counter and, for a series' first number, the branch, in one transaction.

        The lines too, but only where the branch has moved since the draft was made.
        """
        head = draft.head
        update = _finalize_update(head, finalized.head)
        writes = [
            {"Update": self._conditioned(head_key(head.tenant, head.id), update)},
            *self._numbering_writes(head.tenant, number, branch),
        ]
        if draft.details.branch_address != finalized.details.branch_address:
            update = branch_address_update(finalized.details.branch_address)
            writes.append({"Update": self._conditioned(lines_key(head.tenant, head.id), update)})
        try:
            call(self._client.transact_write_items, TransactItems=writes)
        except ConditionFailed as failure:
            if failure.failed[0]:
                item = failure.items[0]
                return Refused(head_from(item) if item else None)
            return _numbering_conflict(failure, 1)
        return Written(finalized.head)

    def create(
        self,
        invoice: Invoice,
        number: IssuedNumber | None,
        branch: Branch,
        marker: CreationMarker | None,
    ) -> Written | NumberingConflict | MarkerTaken:
        """Head, lines, marker and number in one transaction.

        The invoice's id is new with every request, so finding it stored means that this very request was
        carried out and its answer lost.
        """
        tenant = invoice.head.tenant
        writes: list[dict[str, Any]] = [
            {"Put": self._new(head_item(invoice.head))},
            {"Put": self._new(lines_item(invoice))},
        ]
        if marker is not None:
            writes.append({"Put": self._new(_marker_item(tenant, marker))})
        if number is not None:
            writes.extend(self._numbering_writes(tenant, number, branch))
        try:
            call(self._client.transact_write_items, TransactItems=writes)
        except ConditionFailed as failure:
            if failure.failed[0]:
                return Written(self._own_head(failure, invoice.head))
            if marker is not None and failure.failed[2]:
                item = failure.items[2]
                stored = _marker_from(item) if item else None
                stored = stored or self.find_marker(tenant, marker.key_hash)
                if stored is None:
                    raise StoreBusy("marker vanished") from failure
                return MarkerTaken(stored)
            return _numbering_conflict(failure, 2 if marker is None else 3)
        return Written(invoice.head)

    def find_marker(self, tenant: str, key_hash: str) -> CreationMarker | None:
        """One strongly consistent read of a creation's idempotency marker."""
        item = self._get(marker_key(tenant, key_hash))
        return _marker_from(item) if item else None

    def _own_head(self, failure: ConditionFailed, wanted: InvoiceHead) -> InvoiceHead:
        item = failure.items[0]
        head = head_from(item) if item else self.load_head(wanted.tenant, wanted.id)
        if head is None:
            raise StoreBusy("head vanished") from failure
        return head

    def _numbering_writes(self, tenant: str, issued: IssuedNumber, branch: Branch) -> list[dict[str, Any]]:
        counter = counter_key(tenant, issued.branch_id, issued.financial_year)
        first = issued.serial == 1
        values = {":next": number(issued.serial)}
        if not first:
            values[":last"] = number(issued.serial - 1)
        writes: list[dict[str, Any]] = [
            {
                "Update": {
                    "TableName": self._table,
                    "Key": counter,
                    "UpdateExpression": "SET #last = :next",
                    "ConditionExpression": ("attribute_not_exists(pk)" if first else "#last = :last"),
                    "ExpressionAttributeNames": {"#last": "last"},
                    "ExpressionAttributeValues": values,
                    "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
                }
            }
        ]
        if first:
            # From here on the branch's code and state are frozen. A later serial needs no look at the
            # branch here, if the branch was read after its series had begun.
            writes.append(
                {
                    "Update": {
                        "TableName": self._table,
                        "Key": branch_key(tenant, branch.id),
                        "UpdateExpression": "SET numbered = :true, rev = rev + :one",
                        "ConditionExpression": "rev = :rev",
                        "ExpressionAttributeValues": {
                            ":true": {"BOOL": True},
                            ":one": number(1),
                            ":rev": number(branch.rev),
                        },
                    }
                }
            )
        return writes

    def _get(self, key: Mapping[str, Any]) -> Item | None:
        answer = call(self._client.get_item, TableName=self._table, Key=key, ConsistentRead=True)
        item: Item | None = answer.get("Item")
        return item

    def _update(self, key: Mapping[str, Any], update: Mapping[str, Any]) -> Written | Refused:
        try:
            answer = call(
                self._client.update_item,
                **self._conditioned(key, update),
                ReturnValues="ALL_NEW",
            )
        except ConditionFailed as failure:
            item = failure.items[0]
            return Refused(head_from(item) if item else None)
        return Written(head_from(answer["Attributes"]))

    def _conditioned(self, key: Mapping[str, Any], update: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "TableName": self._table,
            "Key": key,
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
            **update,
        }

    def _new(self, item: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "TableName": self._table,
            "Item": item,
            "ConditionExpression": "attribute_not_exists(pk)",
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }


def payment_update(identity: Identity, payment: Payment, *, settles: bool) -> dict[str, Any]:
    """The update and condition that record a payment; shared by requests and gateway callbacks.

    The condition repeats :func:`billing.domain.invoice.check_payable` and the identity rules, so that the
    write is right whatever was read before it.
    """
    sets = [
        "payments.#entry = :record",
        "paid = paid + :amount",
        "balance = balance - :amount",
        "#status = :status",
        "rev = rev + :one",
        "updated_at = :at",
    ]
    names = {"#entry": identity.entry, "#status": "status", "#date": "date"}
    day_after = payment.payment_date + timedelta(days=1)
    values = {
        ":record": payment_attribute(payment),
        ":amount": number(payment.amount_paise),
        ":status": string("paid" if settles else "partially_paid"),
        ":one": number(1),
        ":at": string(payment.recorded_at),
        ":finalized": string("finalized"),
        ":partially": string("partially_paid"),
        ":latest": string(day_after.isoformat()),
        ":most": number(MAX_PAYMENTS),
    }
    conditions = [
        "attribute_exists(pk)",
        "attribute_not_exists(payments.#entry)",
        "#status IN (:finalized, :partially)",
        "balance = :amount" if settles else "balance > :amount",
        "#date <= :latest",
        "size(payments) < :most",
    ]
    if identity.header is not None:
        sets.append("payment_keys.#header = :entry")
        names["#header"] = identity.header
        values[":entry"] = string(identity.entry)
        conditions.append("attribute_not_exists(payment_keys.#header)")
    remove = " REMOVE open_status" if settles else ""
    if not settles:
        sets.append("open_status = :status")
    return {
        "UpdateExpression": "SET " + ", ".join(sets) + remove,
        "ConditionExpression": " AND ".join(conditions),
        "ExpressionAttributeNames": names,
        "ExpressionAttributeValues": values,
    }


def _finalize_update(draft: InvoiceHead, head: InvoiceHead) -> dict[str, Any]:
    sets = (
        "#status = :status, #number = :number, branch = :branch, #total = :total, balance = :total, "
        "round_off = :round_off, finalized_at = :at, updated_at = :at, rev = :next"
    )
    open_status = " REMOVE open_status" if head.status == "paid" else ", open_status = :status"
    return {
        "UpdateExpression": f"SET {sets}{open_status}",
        "ConditionExpression": "#status = :draft AND rev = :rev",
        "ExpressionAttributeNames": {"#status": "status", "#number": "number", "#total": "total"},
        "ExpressionAttributeValues": {
            ":status": string(head.status),
            ":number": string(head.number or ""),
            ":branch": branch_snapshot_attribute(head.branch),
            ":total": number(head.total_paise),
            ":round_off": number(head.round_off_paise),
            ":at": string(head.updated_at),
            ":next": number(head.rev),
            ":rev": number(draft.rev),
            ":draft": string("draft"),
        },
    }


def _numbering_conflict(failure: ConditionFailed, counter_place: int) -> NumberingConflict:
    item = failure.items[counter_place] if failure.failed[counter_place] else None
    return NumberingConflict(int(item["last"]["N"]) if item else None)


def _marker_item(tenant: str, marker: CreationMarker) -> dict[str, Any]:
    return {
        **marker_key(tenant, marker.key_hash),
        "key_hash": string(marker.key_hash),
        "fingerprint": string(marker.fingerprint),
        "invoice_id": string(marker.invoice_id),
    }


def _marker_from(item: Item) -> CreationMarker:
    return CreationMarker(item["key_hash"]["S"], item["fingerprint"]["S"], item["invoice_id"]["S"])
