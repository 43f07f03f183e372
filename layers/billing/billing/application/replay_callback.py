"""Take a stored callback up again: first to see what it would do, then to let it do that."""

from __future__ import annotations

from billing.application.callback_outcomes import Arrival
from billing.application.callback_ports import GatewayAccount, Plan, StoredEvent
from billing.application.process_callback import Callbacks, confirmed, plan_for, settle_event
from billing.domain.gateway_events import ReadCallback


class AccountGone(Exception):
    """The event's gateway or account is not known (any more)."""


def preview_callback(callbacks: Callbacks, event: StoredEvent) -> Plan:
    """What the event would change now; reads, and may ask the gateway, but writes nothing.

    Raises:
        AccountGone, StoreBusy.
    """
    if event.outcome.state == "settled":
        return Plan(event.outcome)
    account, read = _taken_up(callbacks, event)
    arrival = Arrival(account, event.id, callbacks.clock())
    return plan_for(callbacks, arrival, confirmed(callbacks, account, event, read.event))


def replay_callback(callbacks: Callbacks, event: StoredEvent) -> StoredEvent:
    """Let the event take effect, if it can now; a settled one stays as it is.

    Raises:
        AccountGone, TemporarilyUnavailable.
    """
    if event.outcome.state == "settled":
        return event
    account, read = _taken_up(callbacks, event)
    return settle_event(callbacks, account, event, read)


def _taken_up(callbacks: Callbacks, event: StoredEvent) -> tuple[GatewayAccount, ReadCallback]:
    """The account it came to, which must still be the same tenant's, and what it says."""
    gateway = callbacks.find_gateway(event.provider)
    account = callbacks.accounts.find(event.provider, event.account)
    if gateway is None or account is None or account.tenant != event.tenant:
        raise AccountGone
    return account, gateway.read(event.body)
