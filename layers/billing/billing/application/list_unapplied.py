"""Which money waits for an invoice, or did."""

from __future__ import annotations

from collections.abc import Sequence

from billing.application.callback_ports import CallbackStore
from billing.application.ports import Caller, StoreBusy
from billing.domain import errors
from billing.domain.receipts import RECEIPT_STATUSES, Receipt, ReceiptStatus


def list_unapplied(
    store: CallbackStore,
    caller: Caller,
    status: ReceiptStatus | None,
    branch_id: str | None,
    page: int,
    per_page: int,
) -> tuple[Sequence[Receipt], bool]:
    """One page of receipts that ever waited, newest first, and whether there are more.

    status: None for all of them.

    Raises:
        TemporarilyUnavailable.
    """
    branches = caller.branches
    if branch_id is not None:
        branches = frozenset({branch_id} if caller.may_use(branch_id) else ())
    statuses = RECEIPT_STATUSES if status is None else (status,)
    try:
        found = store.list_receipts(caller.tenant, statuses, branches, (page - 1) * per_page, per_page + 1)
    except StoreBusy as busy:
        raise errors.TemporarilyUnavailable from busy
    return found[:per_page], len(found) > per_page
