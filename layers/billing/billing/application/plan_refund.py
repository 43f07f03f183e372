"""What a completed refund changes: pure, like the plan of a payment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

from billing.application.callback_outcomes import Arrival, outcome_of
from billing.application.callback_ports import EventState, HeadChange, Known, Outcome, Plan
from billing.application.ports import Ids
from billing.domain.gateway_events import INR, MoneyOut
from billing.domain.identity import identity_of
from billing.domain.invoice import MAX_PAYMENTS, InvoiceHead, Refund
from billing.domain.receipts import (
    Application,
    Receipt,
    ReceiptRefund,
    WaitingRefund,
    receipt_id,
    returnable_paise,
    with_refund,
)

OutcomeOf = Callable[[EventState, str], Outcome]


def plan_money_out(ids: Ids, arrival: Arrival, refund: MoneyOut, known: Known, day: date | None = None) -> Plan:
    """A completed refund: first from what still waits, then from the invoices, the newest first."""
    old = known.receipt
    day = day or arrival.day_of(refund.occurred_at)

    def outcome(state: EventState, code: str) -> Outcome:
        return outcome_of(state, code, refund, receipt_id=old.id if old else None)

    if refund.currency != INR:
        return Plan(outcome("quarantined", "other_currency"))
    if old is None or not old.is_captured:
        return _wait(arrival, refund, old, day, outcome)
    counted = old.refunds.get(refund.refund_key)
    if counted is not None:
        same = counted.amount_paise == refund.amount_paise
        return Plan(outcome(*(("settled", "refund_duplicate") if same else _OTHER_AMOUNT)))
    if old.refunded_paise + refund.amount_paise > old.amount_paise:
        return Plan(outcome("quarantined", "refund_above_payment"))
    from_remaining = min(old.remaining_paise, refund.amount_paise)
    taken = _take_from_invoices(ids, arrival, refund, known, old, refund.amount_paise - from_remaining, day)
    if taken is None:
        return Plan(outcome("quarantined", "refund_not_covered"))
    receipt = replace(
        old,
        rev=old.rev + 1,
        updated_at=arrival.at,
        remaining_paise=old.remaining_paise - from_remaining,
        refunds={
            **old.refunds,
            refund.refund_key: ReceiptRefund(refund.amount_paise, from_remaining, day, arrival.at),
        },
        waiting={key: w for key, w in old.waiting.items() if key != refund.refund_key},
    )
    return Plan(outcome("settled", "refunded"), receipt, tuple(taken))


def _take_from_invoices(
    ids: Ids, arrival: Arrival, refund: MoneyOut, known: Known, old: Receipt, left: int, day: date
) -> list[HeadChange] | None:
    """What is left of a refund, off the invoices the payment went to; None: they no longer hold that much."""
    changes: list[HeadChange] = []
    for application in reversed(old.applications):
        head = known.heads.get(application.invoice_id)
        if head is None or left == 0:
            continue
        by_hand = [r for r in head.refunds.values() if r.reference == refund.refund_key]
        if by_hand:
            left -= min(left, by_hand[0].amount_paise)
            continue
        part = min(left, application.amount_paise, returnable_paise(head, application.payment_id))
        if part > 0 and len(head.refunds) < MAX_PAYMENTS:
            left -= part
            changes.append(_refund_change(ids, arrival, old, head, application, refund.refund_key, part, day))
    return None if left > 0 else changes


_OTHER_AMOUNT: tuple[EventState, str] = ("quarantined", "other_amount")


def _wait(arrival: Arrival, refund: MoneyOut, old: Receipt | None, day: date, code_of: OutcomeOf) -> Plan:
    """A refund before its capture: a receipt without money remembers it."""
    waits = code_of("waiting", "refund_waits")
    known = old.waiting.get(refund.refund_key) if old is not None else None
    if known is not None:
        same = known.amount_paise == refund.amount_paise
        return Plan(waits if same else code_of(*_OTHER_AMOUNT))
    account = arrival.account
    waiting = WaitingRefund(refund.amount_paise, refund.currency, day, arrival.event_id)
    shell = old or Receipt(
        tenant=account.tenant,
        id=receipt_id(account.provider, account.token, refund.money_key),
        provider=account.provider,
        account=account.token,
        money_key=refund.money_key,
        branch_id=account.branch_id,
        received_at=arrival.at,
        received_date=day,
        rev=0,
    )
    receipt = replace(
        shell,
        rev=shell.rev + 1,
        updated_at=arrival.at,
        waiting={**shell.waiting, refund.refund_key: waiting},
    )
    return Plan(replace(waits, receipt_id=receipt.id), receipt)


def _refund_change(
    ids: Ids,
    arrival: Arrival,
    receipt: Receipt,
    head: InvoiceHead,
    application: Application,
    refund_key: str,
    amount_paise: int,
    day: date,
) -> HeadChange:
    refund = Refund(
        id=ids.refund_id(),
        amount_paise=amount_paise,
        refund_mode=receipt.payment_mode,
        reference=refund_key,
        refund_date=max(day, receipt.received_date),
        reason="Refunded at the payment gateway",
        payment_id=application.payment_id,
        recorded_at=arrival.at,
        source=receipt.provider,
    )
    identity = identity_of("refund", refund.refund_mode, refund.reference, None, refund.id)
    return HeadChange(head, with_refund(head, identity.entry, refund))
