"""Known ways to lose or double money, planted so that the simulator can prove it would see them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from billing.adapters.dynamodb.client import ConditionFailed, call
from billing.adapters.dynamodb.invoice_store import DynamoInvoiceStore
from billing.adapters.dynamodb.items import number, payment_attribute, string
from billing.adapters.dynamodb.keys import head_key, rollup_key
from billing.adapters.dynamodb.summary_store import DynamoSummaryLedger
from billing.application.ports import (
    Caller,
    IssuedNumber,
    LedgerEntry,
    NumberingConflict,
    Refused,
    StoreBusy,
    Written,
)
from billing.application.record_payment import NewPayment, PaymentRecorded
from billing.domain import errors
from billing.domain.branch import Branch
from billing.domain.calendar import timestamp_ist
from billing.domain.identity import Identity, find_payment, identity_of, short_hash
from billing.domain.invoice import Invoice, InvoiceHead, Payment, check_payable
from billing.domain.summary import Figures, RollupKey
from billing.wiring import Services
from tests.simulation.operations import World, pay


@dataclass(frozen=True)
class Bug:
    """Parts that replace the service's own."""

    pay: Callable[[Services, Caller, str, NewPayment, str | None], PaymentRecorded] = pay
    invoices: type[DynamoInvoiceStore] = DynamoInvoiceStore
    ledger: type[DynamoSummaryLedger] = DynamoSummaryLedger


def world(services: Services, bug: Bug | None) -> World:
    """The actors' world, with a bug or without."""
    if bug is None:
        return World(services, pay)
    services.invoices = bug.invoices(services.dynamodb, services.settings.billing_table)
    services.ledger = bug.ledger(services.dynamodb, services.settings.summary_table)
    return World(services, bug.pay)


def _payment(services: Services, new: NewPayment) -> Payment:
    return Payment(
        services.ids.payment_id(), new.amount_paise, new.payment_mode, new.reference, new.payment_date,
        timestamp_ist(services.clock()), "api",
    )  # fmt: skip


def _read(services: Services, caller: Caller, invoice_id: str) -> InvoiceHead:
    head = services.invoices.load_head(caller.tenant, invoice_id)
    if head is None:
        raise errors.InvoiceNotFound
    return head


def _busy_is_unavailable(write: Callable[..., PaymentRecorded]) -> Callable[..., PaymentRecorded]:
    def guarded(*arguments: Any) -> PaymentRecorded:
        try:
            return write(*arguments)
        except StoreBusy as busy:
            raise errors.TemporarilyUnavailable from busy

    return guarded


@_busy_is_unavailable
def check_then_write(
    services: Services, caller: Caller, invoice_id: str, new: NewPayment, key: str | None
) -> PaymentRecorded:
    """Look first, then write what was right when we looked."""
    head = _read(services, caller, invoice_id)
    payment = _payment(services, new)
    identity = identity_of("payment", new.payment_mode, new.reference, key, payment.id)
    verdict = find_payment(head, identity, payment)
    if verdict is not None:
        return PaymentRecorded(head.payments[verdict.entry], head, replayed=True)
    check_payable(head, new.amount_paise, new.payment_date)
    settles = new.amount_paise == head.balance_paise
    balance, paid = head.balance_paise - new.amount_paise, head.paid_paise + new.amount_paise
    update = _blind_update(
        identity, payment, "SET paid = :paid, balance = :balance, rev = rev + :one,", settles=settles,
        amounts={":paid": paid, ":balance": balance, ":one": 1},
    )  # fmt: skip
    return _unconditional(services, caller, invoice_id, payment, update)


@_busy_is_unavailable
def marker_first(
    services: Services, caller: Caller, invoice_id: str, new: NewPayment, key: str | None
) -> PaymentRecorded:
    """Claim the key in an item of its own, pay, and give the claim back when the payment seems to fail."""
    payment = _payment(services, new)
    client, table = services.dynamodb, services.settings.billing_table
    claim = short_hash(key or new.reference or payment.id)
    marker = {"pk": string(f"T#{caller.tenant}#M#{claim}"), "sk": string("M")}
    try:
        call(client.put_item, TableName=table, Item=marker, ConditionExpression="attribute_not_exists(pk)")
    except ConditionFailed:
        head = _read(services, caller, invoice_id)
        for earlier in head.payments.values():
            if earlier.reference == new.reference:
                return PaymentRecorded(earlier, head, replayed=True)
        # Whoever holds the claim must have paid: this is what such designs believe.
        return PaymentRecorded(payment, head, replayed=True)
    try:
        head = _read(services, caller, invoice_id)
        check_payable(head, new.amount_paise, new.payment_date)
        identity = Identity(short_hash("own", payment.id), None)
        outcome = services.invoices.add_payment(
            caller.tenant, invoice_id, identity, payment, settles=new.amount_paise == head.balance_paise
        )
    except Exception:
        call(client.delete_item, TableName=table, Key=marker)
        raise
    if isinstance(outcome, Refused):
        call(client.delete_item, TableName=table, Key=marker)
        raise StoreBusy("moved")
    return PaymentRecorded(payment, outcome.head, replayed=False)


@_busy_is_unavailable
def bare_add(services: Services, caller: Caller, invoice_id: str, new: NewPayment, key: str | None) -> PaymentRecorded:
    """The identity is in the same write, but the sums are added to without a condition."""
    head = _read(services, caller, invoice_id)
    payment = _payment(services, new)
    identity = identity_of("payment", new.payment_mode, new.reference, key, payment.id)
    if find_payment(head, identity, payment) is not None:
        return PaymentRecorded(head.payments.get(identity.entry, payment), head, replayed=True)
    check_payable(head, new.amount_paise, new.payment_date)
    settles = new.amount_paise == head.balance_paise
    update = _blind_update(
        identity, payment, "ADD paid :amount, balance :less, rev :one SET", settles=settles,
        amounts={":amount": new.amount_paise, ":less": -new.amount_paise, ":one": 1},
    )  # fmt: skip
    return _unconditional(services, caller, invoice_id, payment, update)


def _blind_update(
    identity: Identity, payment: Payment, start: str, *, settles: bool, amounts: Mapping[str, int]
) -> dict[str, Any]:
    """A payment's update without any condition; ``start`` moves the sums."""
    values = {":record": payment_attribute(payment), ":status": string("paid" if settles else "partially_paid")}
    values |= {name: number(value) for name, value in amounts.items()}
    names = {"#entry": identity.entry, "#status": "status"}
    expression = f"{start} payments.#entry = :record, #status = :status"
    if identity.header is not None:
        expression += ", payment_keys.#header = :entry"
        names["#header"] = identity.header
        values[":entry"] = string(identity.entry)
    expression += " REMOVE open_status" if settles else ", open_status = :status"
    return {
        "UpdateExpression": expression,
        "ExpressionAttributeNames": names,
        "ExpressionAttributeValues": values,
    }


def _unconditional(
    services: Services, caller: Caller, invoice_id: str, payment: Payment, update: Mapping[str, Any]
) -> PaymentRecorded:
    outcome = services.invoices._update(head_key(caller.tenant, invoice_id), update)
    assert isinstance(outcome, Written)
    return PaymentRecorded(payment, outcome.head, replayed=False)


class RefundsUnpinned(DynamoInvoiceStore):
    """Refunds judged on one revision and written on another, without the identity's condition."""

    def _update(self, key: Mapping[str, Any], update: Mapping[str, Any]) -> Written | Refused:
        if "refunds.#entry" in update["UpdateExpression"]:
            values = {name: value for name, value in update["ExpressionAttributeValues"].items() if name != ":rev"}
            update = {**update, "ConditionExpression": "attribute_exists(pk)", "ExpressionAttributeValues": values}
        return super()._update(key, update)


class NumberFirst(DynamoInvoiceStore):
    """The number is drawn in a write of its own before the invoice takes it."""

    def finalize(
        self, draft: Invoice, number: IssuedNumber, branch: Branch, finalized: Invoice
    ) -> Written | Refused | NumberingConflict:
        writes = self._numbering_writes(draft.head.tenant, number, branch)
        try:
            call(self._client.transact_write_items, TransactItems=writes)
        except ConditionFailed:
            return NumberingConflict()
        drawn, self._numbering_writes = self._numbering_writes, lambda *_: []  # type: ignore[method-assign]
        try:
            return super().finalize(draft, number, branch, finalized)
        finally:
            self._numbering_writes = drawn  # type: ignore[method-assign]


class NumberWithoutCondition(DynamoInvoiceStore):
    """The counter is set, not compared: two may take one number."""

    def _numbering_writes(self, tenant: str, issued: IssuedNumber, branch: Branch) -> list[dict[str, Any]]:
        counter, *rest = super()._numbering_writes(tenant, issued, branch)
        del counter["Update"]["ConditionExpression"]
        counter["Update"]["ExpressionAttributeValues"].pop(":last", None)
        return [counter, *rest]


class PlainAdd(DynamoSummaryLedger):
    """Figures added to outside the ledger's transaction."""

    def apply(
        self,
        entries: Sequence[tuple[LedgerEntry, int | None]],
        rows: Mapping[RollupKey, Figures],
        as_of: Mapping[RollupKey, str],
    ) -> bool:
        for key, figures in rows.items():
            update = self._row_update(key, figures, as_of[key])
            assert update["Key"] == rollup_key(key)
            call(self._client.update_item, **update)
        for entry, replaced in entries:
            try:
                call(self._client.put_item, **self._ledger_put(entry, replaced))
            except ConditionFailed:
                return False
        return True


class CancelsUnseen(DynamoInvoiceStore):
    """Cancels without looking for money."""

    def _update(self, key: Mapping[str, Any], update: Mapping[str, Any]) -> Written | Refused:
        if "cancel_reason" in update["UpdateExpression"]:
            update = {**update, "ConditionExpression": "attribute_exists(pk) AND #status <> :cancelled"}
        return super()._update(key, update)


BUGS: dict[str, Bug] = {
    "check_then_write": Bug(pay=check_then_write),
    "marker_first": Bug(pay=marker_first),
    "bare_add": Bug(pay=bare_add),
    "refunds_unpinned": Bug(invoices=RefundsUnpinned),
    "number_first": Bug(invoices=NumberFirst),
    "number_without_condition": Bug(invoices=NumberWithoutCondition),
    "plain_add": Bug(ledger=PlainAdd),
    "cancels_unseen": Bug(invoices=CancelsUnseen),
}
