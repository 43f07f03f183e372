"""What callbacks and receipts need from outside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from billing.domain.invoice import InvoiceHead
from billing.domain.receipts import Receipt, ReceiptStatus

EventState = Literal["received", "settled", "waiting", "held", "quarantined"]
"""``received``: stored, not yet processed. ``settled``: nothing left to do. ``waiting``: a refund whose
capture is not there. ``held``: the gateway must confirm it. ``quarantined``: a person must look."""


@dataclass(frozen=True, slots=True)
class GatewayAccount:
    """One tenant's account at one gateway.

    branch_id: whose money it is when no invoice tells. secrets: the current one and those rotating out.
    lookup: what the gateway's own API needs (provider-specific; empty: it cannot be asked).
    """

    provider: str
    token: str
    tenant: str
    branch_id: str
    secrets: tuple[str, ...] = field(repr=False)
    lookup: Mapping[str, str] = field(default_factory=dict, repr=False)


class GatewayAccounts(Protocol):
    """Where accounts and their secrets are kept. May raise :class:`StoreBusy`."""

    def find(self, provider: str, token: str, *, fresh: bool = False) -> GatewayAccount | None:
        """One account, possibly minutes old; ``fresh`` asks again unless that was done just now."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an event: a state, a stable code, and a sentence for an operator.

    The ids and the amount say what it did or would have done; nothing in here is about a patient.
    """

    state: EventState
    code: str
    detail: str
    receipt_id: str | None = None
    invoice_id: str | None = None
    payment_id: str | None = None
    money_key: str | None = None
    amount_paise: int | None = None
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """One callback as it stands in the inbox; ``body`` is what the gateway sent, byte for byte."""

    id: str
    tenant: str
    provider: str
    account: str
    branch_id: str
    received_at: str
    authenticity: str
    event_type: str
    body: bytes = field(repr=False)
    outcome: Outcome = Outcome("received", "received", "Stored; not processed yet.")
    settled_at: str | None = None


@dataclass(frozen=True, slots=True)
class HeadChange:
    """Payments and refunds to add to an invoice that still is as ``before`` says."""

    before: InvoiceHead
    after: InvoiceHead


@dataclass(frozen=True, slots=True)
class OrderClaim:
    """A signed order id that may bring one payment only."""

    id: str
    receipt_id: str


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything one event changes, all of it or nothing.

    receipt: its new state, replacing revision ``receipt.rev - 1`` (0: it must not exist). heads: one change
    an invoice. also: other events that are decided with this one, by id.
    """

    outcome: Outcome
    receipt: Receipt | None = None
    heads: tuple[HeadChange, ...] = ()
    order_claim: OrderClaim | None = None
    also: tuple[tuple[str, Outcome], ...] = ()


@dataclass(frozen=True, slots=True)
class Known:
    """What is stored about one payment: its receipt, invoices by id, and who owns its signed order."""

    receipt: Receipt | None
    heads: Mapping[str, InvoiceHead]
    order_owner: str | None = None


class CallbackStore(Protocol):
    """The inbox and the receipts. Every method may raise :class:`StoreBusy`."""

    def put_event(self, event: StoredEvent) -> StoredEvent:
        """Make the event durable; an event stored before is returned as it is now. One call."""

    def get_event(self, tenant: str, event_id: str) -> StoredEvent | None:
        """One event, strongly consistent."""

    def load(
        self,
        tenant: str,
        receipt_id: str | None,
        invoice_ids: Sequence[str] = (),
        order_id: str | None = None,
    ) -> Known:
        """Everything a decision needs, each item strongly consistent: one call."""

    def commit(self, plan: Plan, tenant: str, event_id: str | None, now: datetime) -> bool:
        """Carry out a plan and write the event's outcome with it: one call.

        False if something it assumed has changed, also when the event is settled meanwhile: load again
        and plan anew.
        """

    def list_receipts(
        self,
        tenant: str,
        statuses: Sequence[ReceiptStatus],
        branches: frozenset[str] | None,
        skip: int,
        limit: int,
    ) -> Sequence[Receipt]:
        """Receipts that ever waited, newest first, from an index; ``branches`` None: all."""

    def list_events(self, tenant: str, state: EventState, limit: int) -> Sequence[StoredEvent]:
        """Events that are not settled, oldest first, from an index."""
