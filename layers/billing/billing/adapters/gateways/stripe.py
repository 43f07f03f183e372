"""Stripe: https://docs.stripe.com/webhooks (signature scheme v1) and
https://docs.stripe.com/api/events/types.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any

from billing.adapters.gateways import _reading as reading
from billing.adapters.gateways._signing import matches_any
from billing.domain.gateway_events import (
    Authenticity,
    Dispute,
    GatewayEvent,
    Ignored,
    MoneyIn,
    MoneyOut,
    ReadCallback,
)

TOLERANCE_SECONDS = 300
_TIMESTAMP = re.compile(r"[0-9]{1,12}", re.ASCII)
_SESSION_PAID = frozenset({"checkout.session.completed", "checkout.session.async_payment_succeeded"})
_REFUND = frozenset({"refund.created", "refund.updated", "charge.refund.updated"})


class Stripe:
    """Hex HMAC-SHA256 of ``t.body``, at most 300 s old or ahead; amounts in minor units."""

    name = "stripe"

    def verify(self, body: bytes, headers: Mapping[str, str], secrets: Sequence[str], now: datetime) -> Authenticity:
        """``Stripe-Signature: t=…,v1=…[,v1=…]``; while a secret rotates the header carries one v1
        for each.
        """
        timestamps: list[str] = []
        signatures: list[str] = []
        for item in headers.get("stripe-signature", "").split(","):
            name, _, value = item.strip().partition("=")
            if name == "t":
                timestamps.append(value)
            elif name == "v1":
                signatures.append(value)
        if len(timestamps) != 1 or not _TIMESTAMP.fullmatch(timestamps[0]):
            return Authenticity.REFUSED
        if abs(now.timestamp() - int(timestamps[0])) > TOLERANCE_SECONDS:
            return Authenticity.REFUSED
        message = timestamps[0].encode("ascii") + b"." + body
        genuine = matches_any(
            # A genuine header carries two at most; a long list only costs time.
            signatures[:8],
            secrets,
            lambda secret: hmac.new(secret, message, sha256).hexdigest().encode(),
        )
        return Authenticity.BODY if genuine else Authenticity.REFUSED

    def read(self, body: bytes) -> ReadCallback:
        """See the port."""
        return reading.read_with(body, lambda document: document.get("type"), _read)


def _read(kind: str, document: dict[str, Any]) -> GatewayEvent:
    about = reading.at(document, "data", "object")
    occurred_at = reading.time_from_seconds(document.get("created"))
    if kind == "payment_intent.succeeded":
        # amount_received is what this intent brought; amount is only what was asked for.
        return _money_in(about, reading.at(about, "id"), "amount_received", _mode(about), occurred_at)
    if kind in _SESSION_PAID:
        if reading.at(about, "payment_status") != "paid":
            return Ignored("the checkout session is not paid yet")
        if reading.at(about, "payment_intent") is None:
            return Ignored("the checkout session brings no single payment")
        return _money_in(
            about,
            _id_of(reading.at(about, "payment_intent")),
            "amount_total",
            "online",
            occurred_at,
        )
    if kind == "charge.succeeded":
        return _charge(about, occurred_at)
    if kind in _REFUND:
        return _money_out(about, occurred_at)
    if kind.startswith("charge.dispute."):
        return _dispute(about, occurred_at)
    return Ignored("not a succeeded payment, a succeeded refund or a dispute")


def _charge(charge: object, occurred_at: datetime | None) -> GatewayEvent:
    if reading.at(charge, "payment_intent") is not None:
        return Ignored("the charge's payment intent has an event of its own")
    if reading.at(charge, "captured") is not True:
        return Ignored("the charge is not captured")
    return _money_in(charge, reading.at(charge, "id"), "amount_captured", _mode_of_charge(charge), occurred_at)


def _money_in(
    about: object,
    money_key: object,
    amount_name: str,
    payment_mode: str,
    occurred_at: datetime | None,
) -> GatewayEvent:
    return MoneyIn(
        money_key=reading.required_identifier(money_key, "the payment's id"),
        amount_paise=reading.amount_from_minor_units(reading.at(about, amount_name)),
        currency=reading.currency(reading.at(about, "currency")),
        invoice_hints=reading.hints(
            reading.at(about, "metadata", "invoice_id"), reading.at(about, "client_reference_id")
        ),
        payment_mode=payment_mode,
        occurred_at=occurred_at,
    )


def _money_out(refund: object, occurred_at: datetime | None) -> GatewayEvent:
    if reading.at(refund, "status") != "succeeded":
        return Ignored("the refund in the event has not succeeded")
    return MoneyOut(
        refund_key=reading.required_identifier(reading.at(refund, "id"), "the refund id"),
        money_key=reading.required_identifier(_payment_of(refund), "the refund's payment"),
        amount_paise=reading.amount_from_minor_units(reading.at(refund, "amount")),
        currency=reading.currency(reading.at(refund, "currency")),
        occurred_at=occurred_at,
    )


def _dispute(dispute: object, occurred_at: datetime | None) -> GatewayEvent:
    return Dispute(
        dispute_key=reading.required_identifier(reading.at(dispute, "id"), "the dispute id"),
        money_key=_payment_of(dispute),
        amount_paise=reading.amount_from_minor_units(reading.at(dispute, "amount")),
        currency=reading.currency(reading.at(dispute, "currency")),
        phase=reading.event_type(reading.at(dispute, "status")),
        occurred_at=occurred_at,
    )


def _payment_of(about: object) -> str | None:
    """The payment intent's id, or the charge's where there is no intent: the same key as the
    money came in under.
    """
    return _id_of(reading.at(about, "payment_intent")) or _id_of(reading.at(about, "charge"))


def _id_of(value: object) -> str | None:
    """The id of something that Stripe sends as an id or, expanded, as an object."""
    return reading.identifier(reading.at(value, "id") if isinstance(value, dict) else value)


def _mode(intent: object) -> str:
    charge = reading.at(intent, "latest_charge")
    if not isinstance(charge, dict):
        charges = reading.at(intent, "charges", "data")
        charge = charges[0] if isinstance(charges, list) and charges else None
    return _mode_of_charge(charge)


def _mode_of_charge(charge: object) -> str:
    return {"card": "card", "upi": "upi"}.get(str(reading.at(charge, "payment_method_details", "type")), "online")


GATEWAY = Stripe()
