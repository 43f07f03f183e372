"""What can become of a callback, in words, and what a decision about one starts from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from billing.application.callback_ports import EventState, GatewayAccount, Outcome
from billing.domain.calendar import timestamp_ist, today_ist
from billing.domain.gateway_events import MoneyIn, MoneyOut

SENTENCES = {
    "credited": "The payment was credited to the invoice.",
    "credited_partly": "The invoice took its balance; the rest waits as an unapplied receipt.",
    "recorded_by_hand": "A payment with this reference and amount was on the invoice already.",
    "no_invoice_named": "The event names no invoice: the money waits as an unapplied receipt.",
    "invoice_unknown": "The named invoice does not exist: the money waits.",
    "invoice_draft": "The named invoice is a draft: the money waits.",
    "invoice_cancelled": "The named invoice is cancelled: the money waits.",
    "invoice_paid": "The named invoice is paid already: the money waits.",
    "invoice_full": "The named invoice holds as many payments as it may: the money waits.",
    "reference_taken": "The invoice has a payment of another account with this reference: the money waits.",
    "completed": "The payment waited until this event named its invoice, and was credited to it.",
    "duplicate": "This payment was counted before: nothing changed.",
    "refunded": "The refund was taken from what the payment brought.",
    "refund_duplicate": "This refund was counted before: nothing changed.",
    "refund_waits": "The refunded payment has not been seen yet: the refund waits for it.",
    "other_currency": "Only INR is credited.",
    "other_amount": "The same id was counted before with another amount or currency.",
    "other_invoice": "The same payment was counted before for another invoice.",
    "order_used_twice": "The signed order has brought another payment already.",
    "recorded_otherwise": "The invoice has a payment with this reference and another amount.",
    "refund_above_payment": "The refunds would be more than what the payment brought.",
    "refund_not_covered": "The invoices this payment went to no longer hold that much of it.",
    "ignored": "The event moves no money.",
    "held": "The event does not prove itself: it waits until the gateway confirms it.",
    "not_confirmed": "The gateway, when asked, did not confirm the event.",
    "unproven": "The event claims money and proves nothing.",
    "unusable": "The event cannot be used.",
    "dispute_recorded": "A dispute was recorded. No money moves here: answer it at the gateway.",
}


@dataclass(frozen=True, slots=True)
class Arrival:
    """An event at an account: who it came to, and when."""

    account: GatewayAccount
    event_id: str
    now: datetime

    @property
    def at(self) -> str:
        """The arrival as it is recorded."""
        return timestamp_ist(self.now)

    def day_of(self, occurred_at: datetime | None) -> date:
        """The event's own day in India; the arrival's when it has none or one in the future."""
        today = today_ist(self.now)
        return today if occurred_at is None else min(today, today_ist(occurred_at))


def outcome_of(
    state: EventState, code: str, event: MoneyIn | MoneyOut | None = None, *, receipt_id: str | None = None
) -> Outcome:
    """An outcome with its sentence."""
    if event is None:
        return Outcome(state, code, SENTENCES[code], receipt_id=receipt_id)
    return Outcome(
        state,
        code,
        SENTENCES[code],
        money_key=event.money_key,
        amount_paise=event.amount_paise,
        currency=event.currency,
        receipt_id=receipt_id,
    )
