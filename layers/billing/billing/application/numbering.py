"""What finalizing makes of a draft: its number, its branch as of now, its round-off and status."""

from __future__ import annotations

from dataclasses import replace

from billing.application.ports import InvoiceStore, IssuedNumber
from billing.domain import errors
from billing.domain.branch import Branch
from billing.domain.calendar import financial_year
from billing.domain.invoice import (
    Invoice,
    InvoiceHead,
    number_for,
    round_off_paise,
    status_after,
)


def next_number(invoices: InvoiceStore, head: InvoiceHead, branch: Branch) -> IssuedNumber:
    """The number after the last one of the branch and the financial year of the invoice's date.

    Raises:
        SeriesExhausted, StoreBusy.
    """
    year = financial_year(head.date)
    serial = invoices.last_serial(head.tenant, head.branch_id, year) + 1
    return IssuedNumber(head.branch_id, year, serial, number_for(branch.code, year, serial))


def finalized_head(invoice: Invoice, branch: Branch, number: IssuedNumber, finalized_at: str) -> InvoiceHead:
    """The head of a draft as it becomes when finalized.

    Raises:
        BranchWithoutState: a taxed invoice of a branch whose state is unknown.
    """
    head = invoice.head
    if not branch.state_code and any(line.tax_paise for line in invoice.details.lines):
        raise errors.BranchWithoutState("The branch has no state_code: tax cannot be split.")
    payable_paise = head.total_paise - head.round_off_paise
    round_off = round_off_paise(payable_paise, enabled=branch.round_off)
    total_paise = payable_paise + round_off
    return replace(
        head,
        number=number.number,
        status=status_after(total_paise, 0),
        branch=branch.snapshot(),
        total_paise=total_paise,
        balance_paise=total_paise,
        round_off_paise=round_off,
        finalized_at=finalized_at,
        updated_at=finalized_at,
        rev=head.rev + 1,
    )
