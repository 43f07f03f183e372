"""An invoice as one aggregate: what it holds, and the rules for what may happen to it.

    draft → finalized → partially_paid → paid          a refund steps back towards finalized
    draft, or finalized without money → cancelled

Status is arithmetic: it follows from total, paid (net of refunds), finalization and cancellation.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from billing.domain import errors
from billing.domain.money import round_off_to_rupee_paise
from billing.domain.tax import LineItem, SupplyType

Status = Literal["draft", "finalized", "partially_paid", "paid", "cancelled"]
STATUSES: tuple[Status, ...] = ("draft", "finalized", "partially_paid", "paid", "cancelled")
BILLED_STATUSES: frozenset[Status] = frozenset(("finalized", "partially_paid", "paid"))
PAYABLE_STATUSES: tuple[Status, ...] = ("finalized", "partially_paid")

PaymentMode = Literal["cash", "card", "upi", "neft", "cheque", "online", "insurance"]
PAYMENT_MODES: tuple[PaymentMode, ...] = (
    "cash", "card", "upi", "neft", "cheque", "online", "insurance",
)  # fmt: skip
MAX_PAYMENTS = 1000
MAX_LINES = 200
RESERVED_DEPARTMENT = "rounding"  # the summary's own key for round-off
NUMBER_LENGTH = 16  # CGST Rules 2017, rule 46(b)


@dataclass(frozen=True, slots=True)
class BranchSnapshot:
    """The branch as it stands on the invoice: copied, so that later changes do not rewrite documents."""

    name: str
    state_code: str | None
    gstin: str | None


@dataclass(frozen=True, slots=True)
class Patient:
    """Who is billed. Only id and name ever leave the cold item for lists."""

    id: str
    name: str
    phone: str | None = None
    address: str | None = None
    state_code: str | None = None
    gstin: str | None = None


@dataclass(frozen=True, slots=True)
class Payment:
    """Money received; never changed once written. ``amount_paise`` > 0, dates in IST."""

    id: str
    amount_paise: int
    payment_mode: PaymentMode
    reference: str | None
    payment_date: date
    recorded_at: str
    source: str


@dataclass(frozen=True, slots=True)
class Refund:
    """Money returned; its own record beside the payments. ``amount_paise`` > 0."""

    id: str
    amount_paise: int
    refund_mode: PaymentMode
    reference: str | None
    refund_date: date
    reason: str
    payment_id: str | None
    recorded_at: str
    source: str


@dataclass(frozen=True, slots=True)
class InvoiceHead:
    """The hot part of an invoice: state and money. All amounts in paise.

    ``payments`` and ``refunds`` map an identity (see :mod:`billing.domain.identity`) to its record;
    ``payment_keys`` and ``refund_keys`` map the hash of an ``Idempotency-Key`` to such an identity.
    ``departments`` maps a department to its net line amounts, which with ``round_off_paise`` sum to
    ``total_paise``. ``rev`` grows by one with every write.
    """

    tenant: str
    id: str
    branch_id: str
    date: date
    status: Status
    number: str | None
    patient_id: str
    patient_name: str
    branch: BranchSnapshot
    total_paise: int
    paid_paise: int
    refunded_paise: int
    balance_paise: int
    round_off_paise: int
    departments: Mapping[str, int]
    rev: int
    created_at: str
    updated_at: str
    finalized_at: str | None = None
    cancelled_at: str | None = None
    cancel_reason: str | None = None
    payments: Mapping[str, Payment] = field(default_factory=dict)
    refunds: Mapping[str, Refund] = field(default_factory=dict)
    payment_keys: Mapping[str, str] = field(default_factory=dict)
    refund_keys: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class InvoiceDetails:
    """The cold part: who is billed for what. Settled when the invoice is finalized.

    ``branch_address`` belongs to the copy of the branch and is here because no payment needs it: in the head, each
    later write would pay for its bytes again.
    """

    patient: Patient
    supply_type: SupplyType
    lines: tuple[LineItem, ...]
    branch_address: str | None = None


@dataclass(frozen=True, slots=True)
class Invoice:
    """The whole document."""

    head: InvoiceHead
    details: InvoiceDetails


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums of the lines, in paise; ``grand_total_paise`` includes the round-off."""

    sub_total_paise: int
    discount_paise: int
    taxable_paise: int
    cgst_paise: int
    sgst_paise: int
    igst_paise: int
    round_off_paise: int

    @property
    def grand_total_paise(self) -> int:
        """Taxable value, taxes and round-off: what is to be paid."""
        return self.taxable_paise + self.cgst_paise + self.sgst_paise + self.igst_paise + self.round_off_paise


def total_lines(lines: Iterable[LineItem], round_off_paise: int) -> Totals:
    """The document's totals from its lines and an already known round-off."""
    gross = discount = taxable = cgst = sgst = igst = 0
    for line in lines:
        gross += line.gross_paise
        discount += line.discount_paise
        taxable += line.taxable_paise
        cgst += line.cgst_paise
        sgst += line.sgst_paise
        igst += line.igst_paise
    return Totals(gross, discount, taxable, cgst, sgst, igst, round_off_paise)


def department_amounts(lines: Iterable[LineItem]) -> dict[str, int]:
    """Net amounts (after discount, tax included) per department, in paise."""
    amounts: dict[str, int] = {}
    for line in lines:
        amounts[line.department] = amounts.get(line.department, 0) + line.amount_paise
    return amounts


def round_off_paise(payable_paise: int, *, enabled: bool) -> int:
    """The document's round-off: to the nearest rupee, or nothing where the branch switched it off."""
    return round_off_to_rupee_paise(payable_paise) if enabled else 0


def status_after(total_paise: int, paid_paise: int) -> Status:
    """The status of a finalized, uncancelled invoice: arithmetic alone."""
    if paid_paise >= total_paise:
        return "paid"
    return "partially_paid" if paid_paise > 0 else "finalized"


def check_payable(head: InvoiceHead, amount_paise: int, payment_date: date) -> None:
    """Whether this amount may be received now; the write's condition repeats these rules.

    Raises:
        NotPayable: draft, cancelled or nothing left to pay.
        InvalidFields: ``payment_date`` more than a day before the invoice's date.
        TooManyPayments: :data:`MAX_PAYMENTS` are recorded already.
        Overpayment: the amount is above the balance.
    """
    if head.status not in PAYABLE_STATUSES:
        raise errors.NotPayable(f"The invoice is {head.status} and takes no payment.", status_of_invoice=head.status)
    if head.date.toordinal() - payment_date.toordinal() > 1:
        raise errors.InvalidFields(
            "The payment is dated before the invoice.",
            errors=(
                errors.FieldError(
                    "date_before_invoice",
                    "must not be more than a day before the invoice's date",
                    pointer="/payment_date",
                ),
            ),
        )
    if len(head.payments) >= MAX_PAYMENTS:
        raise errors.TooManyPayments(f"An invoice takes at most {MAX_PAYMENTS} payments.")
    if amount_paise > head.balance_paise:
        raise errors.Overpayment("The amount is more than the balance.", balance_paise=head.balance_paise)


def check_refundable(head: InvoiceHead, amount_paise: int, refund_date: date, payment_id: str | None) -> None:
    """Whether this amount may be returned now; the write's condition pins the revision judged here.

    Raises:
        NotRefundable: nothing was paid, or ``payment_id`` names no payment of this invoice.
        InvalidFields: ``refund_date`` before the first payment.
        TooManyPayments: :data:`MAX_PAYMENTS` refunds are recorded already.
        OverRefund: more than what was paid (or paid by that payment) and not yet returned.
    """
    if head.paid_paise <= 0:
        raise errors.NotRefundable("Nothing that could be returned was paid on this invoice.")
    payments = {payment.id: payment for payment in head.payments.values()}
    refundable_paise = head.paid_paise
    if payment_id is not None:
        payment = payments.get(payment_id)
        if payment is None:
            raise errors.NotRefundable("The invoice has no payment with this payment_id.")
        returned = sum(r.amount_paise for r in head.refunds.values() if r.payment_id == payment_id)
        refundable_paise = min(refundable_paise, payment.amount_paise - returned)
    if refund_date < min(payment.payment_date for payment in payments.values()):
        raise errors.InvalidFields(
            "The refund is dated before the first payment.",
            errors=(
                errors.FieldError(
                    "date_before_payment",
                    "must not be before the invoice's first payment",
                    pointer="/refund_date",
                ),
            ),
        )
    if len(head.refunds) >= MAX_PAYMENTS:
        raise errors.TooManyPayments(f"An invoice takes at most {MAX_PAYMENTS} refunds.")
    if amount_paise > refundable_paise:
        raise errors.OverRefund(
            "The amount is more than what was paid and not yet returned.",
            refundable_paise=refundable_paise,
        )


def check_cancellable(head: InvoiceHead) -> None:
    """Whether an invoice that is not cancelled yet may be.

    Raises:
        NotCancellable: it holds money; refund it first.
    """
    if head.paid_paise:
        raise errors.NotCancellable("The invoice holds money. Refund it before cancelling.", paid_paise=head.paid_paise)


def number_for(branch_code: str, financial_year: str, serial: int) -> str:
    """``code/FY/serial`` as CGST Rule 46(b) wants it: at most 16 characters.

    Raises:
        SeriesExhausted: the serial no longer fits.
    """
    number = f"{branch_code}/{financial_year}/{serial:05d}"
    if len(number) > NUMBER_LENGTH:
        raise errors.SeriesExhausted("The branch has no invoice number left for this financial year.")
    return number
