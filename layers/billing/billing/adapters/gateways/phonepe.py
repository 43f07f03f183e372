"""PhonePe v2:
https://developer.phonepe.com/payment-gateway/website-integration/standard-checkout/api-integration/api-reference/webhook.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any

from billing.adapters.gateways import _reading as reading
from billing.adapters.gateways._signing import matches_any
from billing.domain.gateway_events import (
    INR,
    Authenticity,
    GatewayEvent,
    Held,
    Ignored,
    Lookup,
    LookupKind,
    MoneyIn,
    MoneyOut,
    ReadCallback,
)

_ORDER_COMPLETED = frozenset({"checkout.order.completed", "pg.order.completed"})
_COMPLETED = "COMPLETED"


class PhonePe:
    """A fixed header, the hex SHA-256 of ``user:password``: it proves the sender and leaves the
    body unproven.
    """

    name = "phonepe"

    def verify(self, body: bytes, headers: Mapping[str, str], secrets: Sequence[str], now: datetime) -> Authenticity:
        """``Authorization``; a secret of the account is ``user:password``. The body is not
        covered.
        """
        presented = headers.get("authorization", "")
        genuine = matches_any([presented], secrets, lambda secret: sha256(secret).hexdigest().encode())
        return Authenticity.SENDER_ONLY if genuine else Authenticity.REFUSED

    def read(self, body: bytes) -> ReadCallback:
        """Never more than Held: what counts is what the order says when it is fetched."""
        return reading.read_with(body, lambda document: document.get("event"), _read)


def _read(kind: str, document: dict[str, Any]) -> GatewayEvent:
    payload = document.get("payload")
    if kind in _ORDER_COMPLETED:
        if reading.at(payload, "state") != _COMPLETED:
            return Ignored("the order is not completed")
        order_id = reading.required_identifier(reading.at(payload, "merchantOrderId"), "merchantOrderId")
        return Held("PhonePe signs no body: fetch the order", Lookup(LookupKind.ORDER, order_id=order_id))
    if kind == "pg.refund.completed":
        if reading.at(payload, "state") != _COMPLETED:
            return Ignored("the refund is not completed")
        return Held(
            "PhonePe signs no body: fetch the refund",
            Lookup(
                LookupKind.REFUND,
                order_id=reading.identifier(reading.at(payload, "originalMerchantOrderId")),
                refund_id=reading.required_identifier(reading.at(payload, "merchantRefundId"), "merchantRefundId"),
            ),
        )
    return Ignored("not a completed order or refund")


def read_order(order_id: str, document: object) -> GatewayEvent:
    """What PhonePe's order status says (``GET /checkout/v2/order/{merchantOrderId}/status``).

    order_id: what was asked for; the answer's ``merchantOrderId`` is only there in some versions.

    Raises Unreadable.
    """
    if reading.at(document, "state") != _COMPLETED:
        return Ignored("PhonePe says the order is not completed")
    details = reading.at(document, "paymentDetails")
    completed = [
        detail for detail in (details if isinstance(details, list) else []) if reading.at(detail, "state") == _COMPLETED
    ]
    if len(completed) != 1:
        raise reading.Unreadable("the order does not have exactly one completed payment")
    payment = completed[0]
    mode = str(reading.at(payment, "paymentMode"))
    meta = reading.at(document, "metaInfo")
    return MoneyIn(
        money_key=reading.required_identifier(reading.at(payment, "transactionId"), "transactionId"),
        amount_paise=reading.amount_from_minor_units(reading.at(payment, "amount")),
        currency=reading.currency(reading.at(document, "currency") or INR),
        invoice_hints=reading.hints(order_id, *(reading.at(meta, f"udf{number}") for number in range(1, 6))),
        payment_mode="upi" if mode.startswith("UPI") else "card" if mode == "CARD" else "online",
        occurred_at=reading.time_from_milliseconds(reading.at(payment, "timestamp")),
    )


def read_refund(order: object, order_id: str, refund: object) -> GatewayEvent:
    """What PhonePe's refund status says; its payment is the one of the refunded order.

    Raises Unreadable.
    """
    if reading.at(refund, "state") != _COMPLETED:
        return Ignored("PhonePe says the refund is not completed")
    paid = read_order(order_id, order)
    if not isinstance(paid, MoneyIn):
        raise reading.Unreadable("the refunded order has no completed payment")
    return MoneyOut(
        refund_key=reading.required_identifier(reading.at(refund, "refundId"), "refundId"),
        money_key=paid.money_key,
        amount_paise=reading.amount_from_minor_units(reading.at(refund, "amount")),
        currency=paid.currency,
        occurred_at=reading.time_from_milliseconds(reading.at(refund, "timestamp")),
    )


GATEWAY = PhonePe()
