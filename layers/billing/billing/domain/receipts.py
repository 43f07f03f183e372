"""Money that a gateway captured, and where each rupee of it went.

A receipt is one captured payment of one gateway account, whatever number of events tells of it. It is
both the claim that makes a payment count once and the account of its money:

    amount = applied to invoices + remaining (waits for an invoice) + returned from what remained

A refund may arrive before the capture it returns; it then waits in a receipt that holds no money yet.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal

from billing.domain.identifiers import branch_of
from billing.domain.identity import short_hash
from billing.domain.invoice import (
    MAX_PAYMENTS,
    PAYABLE_STATUSES,
    InvoiceHead,
    Payment,
    PaymentMode,
    Refund,
    status_after,
)
from billing.domain.summary import Contribution

ReceiptStatus = Literal["open", "applied", "refunded"]
RECEIPT_STATUSES: tuple[ReceiptStatus, ...] = ("open", "applied", "refunded")


@dataclass(frozen=True, slots=True)
class Application:
    """A part of a receipt that became a payment of an invoice. ``amount_paise`` > 0."""

    invoice_id: str
    payment_id: str
    amount_paise: int
    applied_at: str


@dataclass(frozen=True, slots=True)
class ReceiptRefund:
    """A completed refund of the captured payment; ``from_remaining_paise`` of it came off no invoice."""

    amount_paise: int
    from_remaining_paise: int
    refund_date: date
    recorded_at: str


@dataclass(frozen=True, slots=True)
class WaitingRefund:
    """A refund whose capture has not been seen yet, and the event that told of it."""

    amount_paise: int
    currency: str
    refund_date: date
    event_id: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """One captured payment. Amounts in paise; ``amount_paise`` is 0 until the capture is seen.

    ``reason`` says why something of it found no invoice ("" when everything did at once); only such a
    receipt is ever listed. ``refunds`` and ``waiting`` are by the gateway's refund id. ``keys`` maps the
    hash of what identifies a caller's request to the payment it made. ``rev`` grows by one with every write.
    """

    tenant: str
    id: str
    provider: str
    account: str
    money_key: str
    branch_id: str
    received_at: str
    received_date: date
    rev: int = 1
    amount_paise: int = 0
    remaining_paise: int = 0
    currency: str = "INR"
    payment_mode: PaymentMode = "online"
    invoice_hint: str | None = None
    event_id: str = ""
    reason: str = ""
    applications: tuple[Application, ...] = ()
    refunds: Mapping[str, ReceiptRefund] = field(default_factory=dict)
    waiting: Mapping[str, WaitingRefund] = field(default_factory=dict)
    keys: Mapping[str, str] = field(default_factory=dict)
    updated_at: str = ""

    @property
    def is_captured(self) -> bool:
        """Whether the money is there, not only a refund that waits for it."""
        return self.amount_paise > 0

    @property
    def is_untouched(self) -> bool:
        """Whether nothing of the money was applied or returned yet."""
        return self.is_captured and not self.applications and not self.refunds

    @property
    def refunded_paise(self) -> int:
        """What was returned to the payer, from invoices and from what remained."""
        return sum(refund.amount_paise for refund in self.refunds.values())

    @property
    def status(self) -> ReceiptStatus:
        """``open`` while money waits; then ``applied``, or ``refunded`` when no invoice got any."""
        if self.remaining_paise > 0:
            return "open"
        return "applied" if self.applications else "refunded"

    @property
    def named_invoice(self) -> str | None:
        """The invoice the gateway named, if what it named can be an invoice id at all."""
        hint = self.invoice_hint
        return hint if hint is not None and branch_of(hint) is not None else None


def receipt_id(provider: str, account: str, money_key: str) -> str:
    """The id of a payment's receipt: the same for every event about it, so that it is claimed once."""
    return f"rct_{short_hash('receipt', provider, account, money_key)}"


def choose_hint(hints: tuple[str, ...]) -> str | None:
    """The first hint that can be an invoice id, else the first one: it may still help a person."""
    return next((hint for hint in hints if branch_of(hint) is not None), hints[0] if hints else None)


def contribution_of_receipt(receipt: Receipt) -> Contribution:
    """What a receipt adds to the summary: the money that waits, on the day it was received."""
    day = receipt.received_date.isoformat()
    waits = {"unapplied": receipt.remaining_paise} if receipt.remaining_paise else {}
    return Contribution(receipt.branch_id, {day: waits} if waits else {})


def creditable_paise(head: InvoiceHead | None, amount_paise: int) -> tuple[int, str]:
    """How much of an amount an invoice takes, and why not all of it ("" when it does).

    Unlike a caller's payment there is nothing to refuse here: the bank has the money already. For the
    same reason its date is not compared with the invoice's.
    """
    if head is None:
        return 0, "invoice_unknown"
    if head.status not in PAYABLE_STATUSES:
        return 0, f"invoice_{head.status}"
    if len(head.payments) >= MAX_PAYMENTS:
        return 0, "invoice_full"
    taken = min(amount_paise, head.balance_paise)
    return taken, "" if taken == amount_paise else "above_balance"


def with_payment(head: InvoiceHead, entry: str, payment: Payment) -> InvoiceHead:
    """The head after a payment."""
    paid = head.paid_paise + payment.amount_paise
    return replace(
        head,
        payments={**head.payments, entry: payment},
        paid_paise=paid,
        balance_paise=head.balance_paise - payment.amount_paise,
        status=status_after(head.total_paise, paid),
        rev=head.rev + 1,
        updated_at=payment.recorded_at,
    )


def with_refund(head: InvoiceHead, entry: str, refund: Refund) -> InvoiceHead:
    """The head after a refund."""
    paid = head.paid_paise - refund.amount_paise
    return replace(
        head,
        refunds={**head.refunds, entry: refund},
        paid_paise=paid,
        refunded_paise=head.refunded_paise + refund.amount_paise,
        balance_paise=head.balance_paise + refund.amount_paise,
        status=status_after(head.total_paise, paid),
        rev=head.rev + 1,
        updated_at=refund.recorded_at,
    )


def with_application(receipt: Receipt, application: Application, keys: tuple[str, ...] = ()) -> Receipt:
    """The receipt after a part of it became a payment; ``keys`` are what the caller's request is known by."""
    return replace(
        receipt,
        applications=(*receipt.applications, application),
        remaining_paise=receipt.remaining_paise - application.amount_paise,
        keys={**receipt.keys, **dict.fromkeys(keys, application.payment_id)},
    )


def returnable_paise(head: InvoiceHead, payment_id: str) -> int:
    """What may still be returned of one payment of an invoice."""
    payment = next((p for p in head.payments.values() if p.id == payment_id), None)
    if payment is None:
        return 0
    returned = sum(r.amount_paise for r in head.refunds.values() if r.payment_id == payment_id)
    return max(0, min(payment.amount_paise - returned, head.paid_paise))
