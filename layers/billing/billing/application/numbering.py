"""What finalizing makes of a draft: its number, its branch as of now, its round-off and status."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from billing.application.ports import BranchStore, InvoiceStore, IssuedNumber, NumberingConflict
from billing.domain import errors
from billing.domain.branch import Branch
from billing.domain.calendar import financial_year
from billing.domain.invoice import (
    Invoice,
    number_for,
    round_off_paise,
    status_after,
)

TRIES_FOR_A_NUMBER = 3  # writes between two pauses


class Series:
    """The number series an invoice belongs to, and what is known of it from try to try.

    A refused transaction shows the counter that refused it, so the next try needs no read. Contended by 64
    callers on DynamoDB Local, that is what lets all of them through in the time budget.
    """

    def __init__(
        self, invoices: InvoiceStore, branches: BranchStore, tenant: str, branch_id: str, invoice_date: date
    ) -> None:
        self._invoices, self._branches = invoices, branches
        self._tenant, self._branch_id = tenant, branch_id
        self._year = financial_year(invoice_date)
        self._last_serial: int | None = None
        self._branch: Branch | None = None

    def next(self) -> tuple[IssuedNumber, Branch] | None:
        """The number after the last one, and the branch it belongs to; None for an unknown branch.

        The counter is read before the branch. Once a series has begun its branch's code is frozen, so the
        branch read afterwards bears the right one; before that, the transaction pins the branch's revision.

        Raises:
            SeriesExhausted, StoreBusy.
        """
        if self._last_serial is None:
            self._last_serial = self._invoices.last_serial(self._tenant, self._branch_id, self._year)
        branch = self._branch or self._branches.get(self._tenant, self._branch_id)
        if branch is None:
            return None
        self._branch = branch
        serial = self._last_serial + 1
        return IssuedNumber(self._branch_id, self._year, serial, number_for(branch.code, self._year, serial)), branch

    def moved(self, conflict: NumberingConflict) -> None:
        """Take in what a refused transaction has shown."""
        self._last_serial = conflict.last_serial
        if conflict.last_serial is None or not (self._branch and self._branch.numbered):
            # Read before the series began: the code may have changed in between.
            self._branch = None


def finalized(invoice: Invoice, branch: Branch, number: IssuedNumber, finalized_at: str) -> Invoice:
    """A draft as it becomes when finalized.

    Raises:
        BranchWithoutState: a taxed invoice of a branch whose state is unknown.
    """
    head = invoice.head
    if not branch.state_code and any(line.tax_paise for line in invoice.details.lines):
        raise errors.BranchWithoutState("The branch has no state_code: tax cannot be split.")
    payable_paise = head.total_paise - head.round_off_paise
    round_off = round_off_paise(payable_paise, enabled=branch.round_off)
    total_paise = payable_paise + round_off
    issued = replace(
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
    return Invoice(issued, replace(invoice.details, branch_address=branch.address))
