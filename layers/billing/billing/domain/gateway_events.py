"""What a payment gateway's callback says, in this program's own terms.

Every gateway spells its events differently; behind the adapters there are only six things one can
say: money came in, money went out, somebody disputes a payment, a claim that the body does not
prove, something that is not about money, and something that cannot be used.

Amounts are in the smallest unit of ``currency``. They are paise only when the currency is INR, and
nothing but INR is ever credited: the use case quarantines the rest.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import TypeAlias

MAX_GATEWAY_AMOUNT_PAISE = 10_000_000_000
"""10 crore rupees: an event above this is a mistake, not a patient's payment."""

INR = "INR"


class Authenticity(Enum):
    """How far a callback's proof reaches."""

    REFUSED = "refused"
    """Nothing proves who sent it."""
    SENDER_ONLY = "sender_only"
    """The sender knows a secret (or only the address), but the body may have been altered."""
    BODY = "body"
    """A signature covers what the event claims."""


class LookupKind(Enum):
    """What has to be fetched from the gateway before a held event may take effect."""

    ORDER = "order"
    REFUND = "refund"
    DISPUTE = "dispute"


@dataclass(frozen=True, slots=True)
class MoneyIn:
    """A payment was captured: the bank has the money.

    money_key: the gateway's id of the payment, the same in every event about it.
    invoice_hints: where an invoice id of ours may stand, the most explicit first; any of them may
    be something else.
    payment_mode: one of the modes of a payment; ``online`` when the event does not say.
    occurred_at: the event's own time (aware, UTC), or None when it has none.
    signed_reference: an order id that the signature covers, when it does not cover money_key itself
    (PayU's hash leaves out ``mihpayid``): one signed order can then bring only one payment.
    """

    money_key: str
    amount_paise: int
    currency: str
    invoice_hints: tuple[str, ...]
    payment_mode: str
    occurred_at: datetime | None
    signed_reference: str | None = None


@dataclass(frozen=True, slots=True)
class MoneyOut:
    """A refund of one payment was completed.

    refund_key: the gateway's id of the refund; money_key: of the payment it returns.
    amount_paise: what this refund returned, never the payment's cumulative refunded amount.
    """

    refund_key: str
    money_key: str
    amount_paise: int
    currency: str
    occurred_at: datetime | None


@dataclass(frozen=True, slots=True)
class Dispute:
    """A payment is disputed (or a dispute changed its state): for people, no money moves here.

    phase: the gateway's own word (``open``, ``lost``, ``needs_response``).
    """

    dispute_key: str
    money_key: str | None
    amount_paise: int | None
    currency: str | None
    phase: str
    occurred_at: datetime | None


@dataclass(frozen=True, slots=True)
class Lookup:
    """How to ask the gateway itself about a held event.

    order_id: our order id at the gateway; payment_id and refund_id: the gateway's or our ids as
    its API wants them.
    """

    kind: LookupKind
    order_id: str | None = None
    payment_id: str | None = None
    refund_id: str | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """About money, but the body does not prove it: it waits until the gateway confirms it."""

    reason: str
    lookup: Lookup


@dataclass(frozen=True, slots=True)
class Ignored:
    """An authentic event that moves no money (a failed attempt, a pending one, a test ping)."""

    reason: str


@dataclass(frozen=True, slots=True)
class Unusable:
    """An authentic event that ought to be about money and cannot be read: kept for a person."""

    reason: str


GatewayEvent: TypeAlias = MoneyIn | MoneyOut | Dispute | Held | Ignored | Unusable


@dataclass(frozen=True, slots=True)
class ReadCallback:
    """One callback as read: the gateway's own name for the event, and what it means."""

    event_type: str
    event: GatewayEvent
