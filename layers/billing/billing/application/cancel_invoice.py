"""Cancel an invoice that holds no money; its number stays used."""

from __future__ import annotations

from billing.application.access import branch_for
from billing.application.patience import Patience
from billing.application.ports import Caller, Clock, InvoiceStore, Written
from billing.domain import errors
from billing.domain.calendar import timestamp_ist
from billing.domain.invoice import Invoice, check_cancellable


def cancel_invoice(
    invoices: InvoiceStore,
    clock: Clock,
    patience: Patience,
    caller: Caller,
    invoice_id: str,
    reason: str,
) -> Invoice:
    """The cancelled invoice; repeated, the same again with its first reason.

    Raises:
        InvoiceNotFound, NotCancellable, TemporarilyUnavailable.
    """
    branch_for(caller, invoice_id)
    cancelled_at = timestamp_ist(clock())

    def attempt() -> Invoice | None:
        outcome = invoices.cancel(caller.tenant, invoice_id, reason, cancelled_at)
        if not isinstance(outcome, Written):
            if outcome.head is None:
                raise errors.InvoiceNotFound
            if outcome.head.status != "cancelled":
                check_cancellable(outcome.head)
                return None
        invoice = invoices.load(caller.tenant, invoice_id)
        if invoice is None:
            raise errors.InvoiceNotFound
        return invoice

    return patience.until_done(attempt, tries=1)
