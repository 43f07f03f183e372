"""Record a refund on an invoice: money returned, as its own record."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from billing.application.access import branch_for
from billing.application.dates import check_not_future
from billing.application.patience import Patience
from billing.application.ports import Caller, Clock, Ids, InvoiceStore, Written
from billing.domain import errors
from billing.domain.calendar import timestamp_ist
from billing.domain.identity import find_refund, identity_of
from billing.domain.invoice import (
    InvoiceHead,
    PaymentMode,
    Refund,
    check_refundable,
    status_after,
)


@dataclass(frozen=True, slots=True)
class NewRefund:
    """What the caller says was returned. ``reference`` is required for every mode but cash."""

    amount_paise: int
    refund_mode: PaymentMode
    reference: str | None
    refund_date: date
    reason: str
    payment_id: str | None


@dataclass(frozen=True, slots=True)
class RefundRecorded:
    """The refund, the invoice as it is now, and whether this was a replay that wrote nothing."""

    refund: Refund
    head: InvoiceHead
    replayed: bool


def record_refund(
    invoices: InvoiceStore,
    clock: Clock,
    ids: Ids,
    patience: Patience,
    caller: Caller,
    invoice_id: str,
    new: NewRefund,
    idempotency_key: str | None,
) -> RefundRecorded:
    """Read, judge, and write on condition that the revision judged is still the stored one.

    Raises:
        InvoiceNotFound, NotRefundable, OverRefund, DuplicateReference, IdempotencyKeyReused,
        TooManyPayments, InvalidFields, TemporarilyUnavailable.
    """
    branch_for(caller, invoice_id)
    now = clock()
    check_not_future(new.refund_date, now, "/refund_date")
    refund = Refund(
        id=ids.refund_id(),
        amount_paise=new.amount_paise,
        refund_mode=new.refund_mode,
        reference=new.reference,
        refund_date=new.refund_date,
        reason=new.reason,
        payment_id=new.payment_id,
        recorded_at=timestamp_ist(now),
        source="api",
    )
    identity = identity_of("refund", new.refund_mode, new.reference, idempotency_key, refund.id)
    shown: InvoiceHead | None = None

    def attempt() -> RefundRecorded | None:
        nonlocal shown
        # A refusal shows the newest head; only after an unknown outcome another read is needed.
        head, shown = shown or invoices.load_head(caller.tenant, invoice_id), None
        if head is None:
            raise errors.InvoiceNotFound
        verdict = find_refund(head, identity, refund)
        if verdict is not None:
            return RefundRecorded(head.refunds[verdict.entry], head, replayed=verdict.kind == "replay")
        check_refundable(head, new.amount_paise, new.refund_date, new.payment_id)
        status = status_after(head.total_paise, head.paid_paise - new.amount_paise)
        outcome = invoices.add_refund(head, identity, refund, status)
        if isinstance(outcome, Written):
            return RefundRecorded(refund, outcome.head, replayed=False)
        shown = outcome.head
        return None

    return patience.until_done(attempt, tries=3)
