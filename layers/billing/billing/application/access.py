"""Whether a caller may know of an invoice at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from billing.domain import errors
from billing.domain.identifiers import branch_of

if TYPE_CHECKING:
    from billing.application.ports import Caller


def branch_for(caller: Caller, invoice_id: str) -> str:
    """The branch in an invoice's id, if the caller may use it; no read is needed to refuse the others.

    Raises:
        InvoiceNotFound: no invoice id, or of a branch the caller may not use: the same answer for both.
    """
    branch_id = branch_of(invoice_id)
    if branch_id is None or not caller.may_use(branch_id):
        raise errors.InvoiceNotFound
    return branch_id
