"""A receipt's money as a payment of an invoice."""

from __future__ import annotations

from billing.application.callback_ports import HeadChange
from billing.application.ports import Ids
from billing.domain.identity import identity_of
from billing.domain.invoice import InvoiceHead, Payment
from billing.domain.receipts import Application, Receipt, with_application, with_payment


def apply_to_invoice(
    ids: Ids,
    at: str,
    receipt: Receipt,
    head: InvoiceHead,
    amount_paise: int,
    keys: tuple[str, ...] = (),
) -> tuple[Receipt, HeadChange]:
    """A part of a receipt as a payment of an invoice; ``keys`` are what a caller's request is known by.

    Its identity is the natural one, so that a person who records the same reference again meets it. Its
    day is the day the money was received: what waited until then moves, on that day, to what is collected.
    """
    payment = Payment(
        id=ids.payment_id(),
        amount_paise=amount_paise,
        payment_mode=receipt.payment_mode,
        reference=receipt.money_key,
        payment_date=receipt.received_date,
        recorded_at=at,
        source=receipt.provider,
    )
    identity = identity_of("payment", payment.payment_mode, payment.reference, None, payment.id)
    application = Application(head.id, payment.id, amount_paise, at)
    return (
        with_application(receipt, application, keys),
        HeadChange(head, with_payment(head, identity.entry, payment)),
    )
