"""Apply money that waits to an invoice: once, and never more than was received."""

from __future__ import annotations

from dataclasses import dataclass, replace

from billing.application.access import branch_for
from billing.application.callback_ports import CallbackStore, Outcome, Plan
from billing.application.patience import Patience
from billing.application.ports import Caller, Clock, Ids
from billing.application.receipt_payment import apply_to_invoice
from billing.domain import errors
from billing.domain.calendar import timestamp_ist
from billing.domain.identifiers import RECEIPT_ID
from billing.domain.identity import identity_of, short_hash
from billing.domain.invoice import MAX_PAYMENTS, PAYABLE_STATUSES, InvoiceHead, Payment
from billing.domain.receipts import Application, Receipt

_NO_EVENT = Outcome("settled", "applied", "")


@dataclass(frozen=True, slots=True)
class Applied:
    """The payment made of a receipt, both as they are now, and whether this was a replay."""

    payment: Payment
    receipt: Receipt
    head: InvoiceHead
    replayed: bool


def apply_unapplied(
    store: CallbackStore,
    clock: Clock,
    ids: Ids,
    patience: Patience,
    caller: Caller,
    receipt_id: str,
    invoice_id: str,
    amount_paise: int | None,
    idempotency_key: str | None,
) -> Applied:
    """Receipt and invoice in one transaction, each as it was judged.

    Without an amount: as much as the receipt has and the invoice takes. The identity of an application is
    the caller's key, or else the pair of receipt and invoice: a receipt becomes at most one payment of an
    invoice.

    Raises:
        ReceiptNotFound, InvoiceNotFound, NotPayable, Overpayment, OverApplication, DuplicateReference,
        IdempotencyKeyReused, TooManyPayments, TemporarilyUnavailable.
    """
    branch_for(caller, invoice_id)
    if not RECEIPT_ID.fullmatch(receipt_id):
        raise errors.ReceiptNotFound
    now = clock()
    key = short_hash("key", "apply", receipt_id, idempotency_key) if idempotency_key is not None else None
    natural = short_hash("natural", "apply", receipt_id, invoice_id)
    keys = (natural,) if key is None else (natural, key)
    mine: set[str] = set()

    def attempt() -> Applied | None:
        known = store.load(caller.tenant, receipt_id, (invoice_id,))
        receipt = known.receipt
        if receipt is None or not receipt.reason or not caller.may_use(receipt.branch_id):
            raise errors.ReceiptNotFound
        head = known.heads.get(invoice_id)
        if head is None:
            raise errors.InvoiceNotFound
        earlier = _earlier(receipt, invoice_id, amount_paise, key, natural, mine)
        if earlier is not None:
            payment = _payment_of(head, earlier)
            return Applied(payment, receipt, head, replayed=earlier.payment_id not in mine)
        amount = _amount(receipt, head, amount_paise)
        changed, change = apply_to_invoice(ids, timestamp_ist(now), receipt, head, amount, keys)
        changed = replace(changed, rev=receipt.rev + 1, updated_at=timestamp_ist(now))
        mine.add(changed.applications[-1].payment_id)
        if not store.commit(Plan(_NO_EVENT, changed, (change,)), caller.tenant, None, now):
            return None
        return Applied(_payment_of(change.after, changed.applications[-1]), changed, change.after, replayed=False)

    return patience.until_done(attempt, tries=1)


def _earlier(
    receipt: Receipt,
    invoice_id: str,
    amount_paise: int | None,
    key: str | None,
    natural: str,
    mine: set[str],
) -> Application | None:
    """What this request did before, if anything: a lost answer, or a replay.

    Raises:
        IdempotencyKeyReused, DuplicateReference.
    """
    made = {application.payment_id: application for application in receipt.applications}
    for payment_id in mine & made.keys():
        return made[payment_id]
    by_key = made.get(receipt.keys.get(key or "", ""))
    if by_key is not None:
        if by_key.invoice_id == invoice_id and amount_paise in (None, by_key.amount_paise):
            return by_key
        pointer = "/invoice_id" if by_key.invoice_id != invoice_id else "/amount"
        fault = errors.FieldError(
            "differs_from_first_use", "differs from the first request with this key", pointer=pointer
        )
        raise errors.IdempotencyKeyReused("This Idempotency-Key was used before with other content.", errors=(fault,))
    by_pair = made.get(receipt.keys.get(natural, ""))
    if by_pair is None:
        return None
    if key is None and amount_paise in (None, by_pair.amount_paise):
        return by_pair
    raise errors.DuplicateReference("The receipt was applied to this invoice before.", payment_id=by_pair.payment_id)


def _amount(receipt: Receipt, head: InvoiceHead, wanted_paise: int | None) -> int:
    if head.status not in PAYABLE_STATUSES:
        raise errors.NotPayable(f"The invoice is {head.status} and takes no payment.", status_of_invoice=head.status)
    if len(head.payments) >= MAX_PAYMENTS:
        raise errors.TooManyPayments(f"An invoice takes at most {MAX_PAYMENTS} payments.")
    entry = identity_of("payment", receipt.payment_mode, receipt.money_key, None, "").entry
    taken = head.payments.get(entry)
    if taken is not None:
        raise errors.DuplicateReference(
            "The invoice already has a payment with this mode and reference.", payment_id=taken.id
        )
    if receipt.remaining_paise == 0 or (wanted_paise or 0) > receipt.remaining_paise:
        raise errors.OverApplication(
            "The amount is more than what is left of the receipt.", remaining_paise=receipt.remaining_paise
        )
    if wanted_paise is None:
        return min(receipt.remaining_paise, head.balance_paise)
    if wanted_paise > head.balance_paise:
        raise errors.Overpayment("The amount is more than the balance.", balance_paise=head.balance_paise)
    return wanted_paise


def _payment_of(head: InvoiceHead, application: Application) -> Payment:
    return next(p for p in head.payments.values() if p.id == application.payment_id)
