"""Finalize a draft: its number and its new state, in one transaction."""

from __future__ import annotations

from dataclasses import replace

from billing.application.access import branch_for
from billing.application.numbering import finalized_head, next_number
from billing.application.patience import Patience
from billing.application.ports import (
    BranchStore,
    Caller,
    Clock,
    InvoiceStore,
    StoreBusy,
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
    finalized_at = timestamp_ist(clock())
    for _ in patience.attempts():
        try:
            invoice = invoices.load(caller.tenant, invoice_id)
            if invoice is None:
                raise errors.InvoiceNotFound
            if invoice.head.status == "cancelled":
                raise errors.NotFinalizable("A cancelled invoice cannot be finalized.")
            if invoice.head.status != "draft":
                return invoice
            branch = branches.get(caller.tenant, branch_id)
            if branch is None:
                raise errors.BranchNotFound
            number = next_number(invoices, invoice.head, branch)
            head = finalized_head(invoice, branch, number, finalized_at)
            outcome = invoices.finalize(invoice.head, number, branch, head)
        except StoreBusy:
            continue
        if isinstance(outcome, Written):
            return replace(invoice, head=outcome.head)
    raise AssertionError("patience either yields or raises")  # pragma: no cover
