"""Finalize a draft: its number and its new state, in one transaction."""

from __future__ import annotations

from billing.application.access import branch_for
from billing.application.numbering import TRIES_FOR_A_NUMBER, Series, finalized
from billing.application.patience import Patience
from billing.application.ports import (
    BranchStore,
    Caller,
    Clock,
    InvoiceStore,
    NumberingConflict,
    Written,
)
from billing.domain import errors
from billing.domain.calendar import timestamp_ist
from billing.domain.invoice import Invoice


def finalize_invoice(
    invoices: InvoiceStore,
    branches: BranchStore,
    clock: Clock,
    patience: Patience,
    caller: Caller,
    invoice_id: str,
) -> Invoice:
    """The finalized invoice; repeated, the same again and no second number.

    Raises:
        InvoiceNotFound, NotFinalizable, SeriesExhausted, BranchWithoutState, TemporarilyUnavailable.
    """
    branch_id = branch_for(caller, invoice_id)
    attempt = _Attempt(invoices, branches, caller.tenant, branch_id, invoice_id, timestamp_ist(clock()))
    return patience.until_done(attempt, tries=TRIES_FOR_A_NUMBER)


class _Attempt:
    """One finalization, tried until its transaction meets no other; keeps what earlier tries have learnt."""

    def __init__(
        self,
        invoices: InvoiceStore,
        branches: BranchStore,
        tenant: str,
        branch_id: str,
        invoice_id: str,
        finalized_at: str,
    ) -> None:
        self._invoices, self._branches = invoices, branches
        self._tenant, self._branch_id, self._invoice_id = tenant, branch_id, invoice_id
        self._finalized_at = finalized_at
        self._invoice: Invoice | None = None
        self._series: Series | None = None

    def __call__(self) -> Invoice | None:
        """One try; None when something moved meanwhile."""
        invoice = self._invoice or self._invoices.load(self._tenant, self._invoice_id)
        if invoice is None:
            raise errors.InvoiceNotFound
        self._invoice = invoice
        if invoice.head.status == "cancelled":
            raise errors.NotFinalizable("A cancelled invoice cannot be finalized.")
        if invoice.head.status != "draft":
            return invoice
        series = self._series or Series(
            self._invoices, self._branches, self._tenant, self._branch_id, invoice.head.date
        )
        self._series = series
        issued = series.next()
        if issued is None:
            raise errors.BranchNotFound
        number, branch = issued
        issued_invoice = finalized(invoice, branch, number, self._finalized_at)
        outcome = self._invoices.finalize(invoice, number, branch, issued_invoice)
        if isinstance(outcome, NumberingConflict):
            series.moved(outcome)
            return None
        if outcome.head is None:
            raise errors.InvoiceNotFound
        if isinstance(outcome, Written):
            return issued_invoice
        # Another request, or a lost answer to this one, was first: what it made of the invoice is read anew.
        self._invoice = None
        return None
