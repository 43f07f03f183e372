"""Razorpay: https://razorpay.com/docs/webhooks/ (signature: validate-test page; shapes: payloads
pages).
"""

from __future__ import annotations

import hmac
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

# All of these carry the same payment entity, and so the same pay_ id.
_MONEY_IN = frozenset(
    {
        "payment.captured",
        "order.paid",
        "payment_link.paid",
        "payment_link.partially_paid",
        "invoice.paid",
        "invoice.partially_paid",
        "qr_code.credited",
        "virtual_account.credited",
    }
)
_MODES = {"upi": "upi", "card": "card", "bank_transfer": "neft"}
# A refunded payment was captured before; the entity is a snapshot and may be younger than the
# event.
_CAPTURED = frozenset({None, "captured", "refunded"})


class Razorpay:
    """Hex HMAC-SHA256 of the raw body; amounts in paise."""

    name = "razorpay"

    def verify(self, body: bytes, headers: Mapping[str, str], secrets: Sequence[str], now: datetime) -> Authenticity:
        """``X-Razorpay-Signature``; there is no time in it, so ``now`` does not matter."""
        signature = headers.get("x-razorpay-signature", "")
        genuine = matches_any([signature], secrets, lambda secret: hmac.new(secret, body, sha256).hexdigest().encode())
        return Authenticity.BODY if genuine else Authenticity.REFUSED

    def read(self, body: bytes) -> ReadCallback:
        """See the port."""
        return reading.read_with(body, lambda document: document.get("event"), _read)


def _read(kind: str, document: dict[str, Any]) -> GatewayEvent:
    if kind in _MONEY_IN:
        return _money_in(document)
    if kind == "refund.processed":
        return _money_out(document)
    if kind.startswith("payment.dispute."):
        return _dispute(document)
    return Ignored("not a capture, a processed refund or a dispute")


def _money_in(document: dict[str, Any]) -> GatewayEvent:
    payload = document.get("payload")
    payment = reading.at(payload, "payment", "entity")
    if reading.at(payment, "status") not in _CAPTURED:
        return Ignored("the payment in the event is not captured")
    order, link, invoice = (reading.at(payload, name, "entity") for name in ("order", "payment_link", "invoice"))
    mode = reading.at(payment, "method")
    return MoneyIn(
        money_key=reading.required_identifier(reading.at(payment, "id"), "the payment id"),
        amount_paise=reading.amount_from_minor_units(reading.at(payment, "amount")),
        currency=reading.currency(reading.at(payment, "currency")),
        invoice_hints=reading.hints(
            reading.at(payment, "notes", "invoice_id"),
            reading.at(order, "notes", "invoice_id"),
            reading.at(link, "notes", "invoice_id"),
            reading.at(invoice, "notes", "invoice_id"),
            reading.at(payload, "qr_code", "entity", "notes", "invoice_id"),
            reading.at(payload, "virtual_account", "entity", "notes", "invoice_id"),
            reading.at(order, "receipt"),
            reading.at(link, "reference_id"),
            reading.at(invoice, "receipt"),
        ),
        payment_mode=_MODES.get(mode, "online") if isinstance(mode, str) else "online",
        occurred_at=_time(document, payment),
    )


def _money_out(document: dict[str, Any]) -> GatewayEvent:
    refund = reading.at(document, "payload", "refund", "entity")
    if reading.at(refund, "status") not in (None, "processed"):
        return Ignored("the refund in the event is not processed")
    return MoneyOut(
        refund_key=reading.required_identifier(reading.at(refund, "id"), "the refund id"),
        money_key=reading.required_identifier(reading.at(refund, "payment_id"), "the refund's payment id"),
        amount_paise=reading.amount_from_minor_units(reading.at(refund, "amount")),
        currency=reading.currency(reading.at(refund, "currency")),
        occurred_at=_time(document, refund),
    )


def _dispute(document: dict[str, Any]) -> GatewayEvent:
    dispute = reading.at(document, "payload", "dispute", "entity")
    return Dispute(
        dispute_key=reading.required_identifier(reading.at(dispute, "id"), "the dispute id"),
        money_key=reading.identifier(reading.at(dispute, "payment_id")),
        amount_paise=reading.amount_from_minor_units(reading.at(dispute, "amount")),
        currency=reading.currency(reading.at(dispute, "currency")),
        phase=reading.event_type(reading.at(dispute, "status")),
        occurred_at=_time(document, dispute),
    )


def _time(document: dict[str, Any], entity: object) -> datetime | None:
    return reading.first(
        reading.time_from_seconds(value) for value in (document.get("created_at"), reading.at(entity, "created_at"))
    )


GATEWAY = Razorpay()
