"""What became of one callback, and why."""

from __future__ import annotations

from billing.application.callback_ports import CallbackStore, StoredEvent
from billing.application.ports import Caller, StoreBusy
from billing.domain import errors
from billing.domain.identifiers import CALLBACK_EVENT_ID, branch_of


def get_callback_event(store: CallbackStore, caller: Caller, event_id: str) -> StoredEvent:
    """One event of the caller's tenant; of the caller's branches, if the token is limited to some.

    Raises:
        CallbackEventNotFound, TemporarilyUnavailable.
    """
    if not CALLBACK_EVENT_ID.fullmatch(event_id):
        raise errors.CallbackEventNotFound
    try:
        event = store.get_event(caller.tenant, event_id)
    except StoreBusy as busy:
        raise errors.TemporarilyUnavailable from busy
    if event is None:
        raise errors.CallbackEventNotFound
    invoice_id = event.outcome.invoice_id
    branch_id = (branch_of(invoice_id) if invoice_id else None) or event.branch_id
    if not caller.may_use(branch_id):
        raise errors.CallbackEventNotFound
    return event
