"""A gateway calls back: believe it or not, keep what it said, and let it take effect once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256

from billing.application.callback_outcomes import Arrival, outcome_of
from billing.application.callback_ports import (
    CallbackStore,
    GatewayAccount,
    GatewayAccounts,
    Known,
    Outcome,
    Plan,
    StoredEvent,
)
from billing.application.gateway_port import Gateway, GatewayLookups, GatewayUnavailable
from billing.application.patience import Patience
from billing.application.plan_callback import order_id_of, plan_money_in
from billing.application.plan_refund import plan_money_out
from billing.application.ports import Clock, Ids, StoreBusy
from billing.domain import errors
from billing.domain.calendar import timestamp_ist
from billing.domain.gateway_events import (
    Authenticity,
    Dispute,
    GatewayEvent,
    Held,
    Ignored,
    MoneyIn,
    MoneyOut,
    ReadCallback,
    Unusable,
)
from billing.domain.identifiers import branch_of
from billing.domain.receipts import choose_hint, receipt_id

FRESH_SECRETS_TRIES = (False, True)


@dataclass(frozen=True, slots=True)
class Callbacks:
    """Everything the callback use cases work with."""

    store: CallbackStore
    accounts: GatewayAccounts
    find_gateway: Callable[[str], Gateway | None]
    lookups: GatewayLookups
    clock: Clock
    ids: Ids
    patience: Patience


def receive_callback(
    callbacks: Callbacks, provider: str, token: str, body: bytes, headers: Mapping[str, str]
) -> StoredEvent:
    """Verify, store, process; the event with its outcome. Repeated, it changes nothing more.

    headers: names in lower case.

    Raises:
        CallbackRefused: unknown account or signature, and nothing more is said.
        TemporarilyUnavailable: the gateway shall repeat it.
    """
    now = callbacks.clock()
    try:
        account, authenticity, gateway = _believe(callbacks, provider, token, body, headers, now)
        read = gateway.read(body)
        event = StoredEvent(
            id=event_id_of(provider, token, body),
            tenant=account.tenant,
            provider=provider,
            account=token,
            branch_id=account.branch_id,
            received_at=timestamp_ist(now),
            authenticity=authenticity.value,
            event_type=read.event_type,
            body=body,
        )
        stored = callbacks.store.put_event(event)
    except StoreBusy as busy:
        raise errors.TemporarilyUnavailable from busy
    if stored.outcome.state in ("settled", "quarantined"):
        return stored
    return settle_event(callbacks, account, stored, read)


def event_id_of(provider: str, token: str, body: bytes) -> str:
    """The id of a callback: what was sent to whom, so that a repetition is the same event."""
    digest = sha256(b"\n".join((provider.encode(), token.encode(), body)))
    return f"evt_{digest.hexdigest()[:32]}"


def _believe(
    callbacks: Callbacks,
    provider: str,
    token: str,
    body: bytes,
    headers: Mapping[str, str],
    now: datetime,
) -> tuple[GatewayAccount, Authenticity, Gateway]:
    gateway = callbacks.find_gateway(provider)
    if gateway is None:
        raise errors.CallbackRefused
    # A secret just rotated in is not in the cache yet: ask once more before refusing.
    for fresh in FRESH_SECRETS_TRIES:
        account = callbacks.accounts.find(provider, token, fresh=fresh)
        if account is None:
            continue
        authenticity = gateway.verify(body, headers, account.secrets, now)
        if authenticity is not Authenticity.REFUSED:
            return account, authenticity, gateway
    raise errors.CallbackRefused


def settle_event(callbacks: Callbacks, account: GatewayAccount, event: StoredEvent, read: ReadCallback) -> StoredEvent:
    """Let a stored event take effect, however often that is tried.

    Raises:
        TemporarilyUnavailable.
    """
    arrival = Arrival(account, event.id, callbacks.clock())
    said = confirmed(callbacks, account, event, read.event)

    def attempt() -> StoredEvent | None:
        plan = plan_for(callbacks, arrival, said)
        if callbacks.store.commit(plan, event.tenant, event.id, arrival.now):
            return replace(event, outcome=plan.outcome)
        current = callbacks.store.get_event(event.tenant, event.id)
        return current if current is not None and current.outcome.state == "settled" else None

    return callbacks.patience.until_done(attempt, tries=1)


def confirmed(
    callbacks: Callbacks, account: GatewayAccount, event: StoredEvent, said: GatewayEvent
) -> GatewayEvent | Outcome:
    """What may be acted upon: the event itself if its body is proven, else what the gateway says."""
    if isinstance(said, Held):
        try:
            answer = callbacks.lookups.look_up(account, said.lookup)
        except GatewayUnavailable:
            return outcome_of("held", "held")
        return answer if isinstance(answer, MoneyIn | MoneyOut) else outcome_of("held", "not_confirmed")
    if event.authenticity != Authenticity.BODY.value and isinstance(said, MoneyIn | MoneyOut | Dispute):
        return outcome_of("quarantined", "unproven")
    return said


def plan_for(callbacks: Callbacks, arrival: Arrival, said: GatewayEvent | Outcome) -> Plan:
    """Read what is stored about the event's money, and decide.

    Raises:
        StoreBusy.
    """
    match said:
        case MoneyIn():
            return plan_money_in(callbacks.ids, arrival, said, _known_of(callbacks, arrival, said))
        case MoneyOut():
            known = _known_of_refund(callbacks, arrival, said)
            return plan_money_out(callbacks.ids, arrival, said, known)
        case Dispute():
            outcome = outcome_of("settled", "dispute_recorded")
            return Plan(replace(outcome, money_key=said.money_key, amount_paise=said.amount_paise))
        case Ignored():
            return Plan(outcome_of("settled", "ignored"))
        case Unusable():
            return Plan(replace(outcome_of("quarantined", "unusable"), detail=said.reason))
        case Held():
            return Plan(outcome_of("held", "held"))
        case Outcome():
            return Plan(said)


def _known_of(callbacks: Callbacks, arrival: Arrival, money: MoneyIn) -> Known:
    account, hint = arrival.account, choose_hint(money.invoice_hints)
    return callbacks.store.load(
        account.tenant,
        receipt_id(account.provider, account.token, money.money_key),
        (hint,) if hint is not None and branch_of(hint) is not None else (),
        order_id_of(account, money),
    )


def _known_of_refund(callbacks: Callbacks, arrival: Arrival, refund: MoneyOut) -> Known:
    account = arrival.account
    key = receipt_id(account.provider, account.token, refund.money_key)
    known = callbacks.store.load(account.tenant, key)
    return _with_heads(callbacks, account.tenant, known)


def _with_heads(callbacks: Callbacks, tenant: str, known: Known) -> Known:
    if known.receipt is None or not known.receipt.applications:
        return known
    invoice_ids = tuple(dict.fromkeys(a.invoice_id for a in known.receipt.applications))
    heads = callbacks.store.load(tenant, None, invoice_ids).heads
    return Known(known.receipt, heads)
