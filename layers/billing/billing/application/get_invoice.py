"""Read one invoice, as it is at this moment."""

from __future__ import annotations

from billing.application.access import branch_for
from billing.application.ports import Caller, InvoiceStore, StoreBusy
from billing.domain import errors
from billing.domain.invoice import Invoice


def get_invoice(invoices: InvoiceStore, caller: Caller, invoice_id: str) -> Invoice:
    """The whole invoice, strongly consistent.

    Raises:
        InvoiceNotFound: no such id, another tenant's, or of a branch the caller may not use.
    """
    branch_for(caller, invoice_id)
    try:
        invoice = invoices.load(caller.tenant, invoice_id)
    except StoreBusy as busy:
        raise errors.TemporarilyUnavailable from busy
    if invoice is None:
        raise errors.InvoiceNotFound
    return invoice
