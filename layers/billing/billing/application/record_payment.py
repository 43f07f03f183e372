"""Record a payment on an invoice: exactly once, and for good."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from billing.application.access import branch_for
from billing.application.dates import check_not_future
from billing.application.patience import Patience
from billing.application.ports import Caller, Clock, Ids, InvoiceStore, Written
from billing.domain import errors
from billing.domain.calendar import timestamp_ist
from billing.domain.identity import find_payment, identity_of
from billing.domain.invoice import InvoiceHead, Payment, PaymentMode, check_payable


@dataclass(frozen=True, slots=True)
class NewPayment:
    """What the caller says was received. ``reference`` is required for every mode but cash."""

    amount_paise: int
    payment_mode: PaymentMode
    reference: str | None
    payment_date: date


@dataclass(frozen=True, slots=True)
class PaymentRecorded:
    """The payment, the invoice as it is now, and whether this was a replay that wrote nothing."""

    payment: Payment
    head: InvoiceHead
    replayed: bool


def record_payment(
    invoices: InvoiceStore,
    clock: Clock,
    ids: Ids,
    patience: Patience,
    caller: Caller,
    invoice_id: str,
    new: NewPayment,
    idempotency_key: str | None,
) -> PaymentRecorded:
    """One conditional write in the common case; each refusal is judged from the item that caused it.

    The status depends on the balance, which the caller does not know: the first try assumes that
    something stays open, and a refusal shows the balance for the second.

    Raises:
        InvoiceNotFound, NotPayable, Overpayment, DuplicateReference, IdempotencyKeyReused,
        TooManyPayments, InvalidFields, TemporarilyUnavailable.
    """
    branch_for(caller, invoice_id)
    now = clock()
    check_not_future(new.payment_date, now, "/payment_date")
    payment = Payment(
        id=ids.payment_id(),
        amount_paise=new.amount_paise,
        payment_mode=new.payment_mode,
        reference=new.reference,
        payment_date=new.payment_date,
        recorded_at=timestamp_ist(now),
        source="api",
    )
    identity = identity_of("payment", new.payment_mode, new.reference, idempotency_key, payment.id)
    settles = False

    def attempt() -> PaymentRecorded | None:
        nonlocal settles
        outcome = invoices.add_payment(caller.tenant, invoice_id, identity, payment, settles=settles)
        if isinstance(outcome, Written):
            return PaymentRecorded(payment, outcome.head, replayed=False)
        head = outcome.head
        if head is None:
            raise errors.InvoiceNotFound
        verdict = find_payment(head, identity, payment)
        if verdict is not None:
            return PaymentRecorded(head.payments[verdict.entry], head, replayed=verdict.kind == "replay")
        check_payable(head, new.amount_paise, new.payment_date)
        settles = new.amount_paise == head.balance_paise
        return None

    # Two writes a round: a wrong guess about the balance is no contention and costs no pause.
    return patience.until_done(attempt, tries=2)
