"""Cashfree: https://www.cashfree.com/docs/api-reference/payments/latest/payments/webhooks (and
links, refunds, disputes).
"""

from __future__ import annotations

import hmac
import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any

from billing.adapters.gateways import _reading as reading
from billing.adapters.gateways._signing import matches_any
from billing.domain.gateway_events import (
    INR,
    Authenticity,
    Dispute,
    GatewayEvent,
    Ignored,
    MoneyIn,
    MoneyOut,
    ReadCallback,
)

_TIMESTAMP = re.compile(r"[0-9]{10,16}", re.ASCII)
_MODES = {
    "upi": "upi",
    "upi_credit_card": "upi",
    "upi_ppi": "upi",
    "credit_card": "card",
    "debit_card": "card",
    "prepaid_card": "card",
    "bank_transfer": "neft",
    "vba_transfer": "neft",
}


class Cashfree:
    """Base64 HMAC-SHA256 of timestamp and raw body with nothing between them; amounts in rupees."""

    name = "cashfree"

    def verify(self, body: bytes, headers: Mapping[str, str], secrets: Sequence[str], now: datetime) -> Authenticity:
        """``x-webhook-signature`` over ``x-webhook-timestamp``.

        The timestamp's age is not judged: Cashfree publishes no tolerance and repeats for days,
        and the money key makes a repeat harmless.
        """
        timestamp = headers.get("x-webhook-timestamp", "")
        # No separator follows the timestamp, so digits could be moved into the body: it must be
        # digits, and the body an object.
        if not _TIMESTAMP.fullmatch(timestamp):
            return Authenticity.REFUSED
        message = timestamp.encode("ascii") + body
        genuine = matches_any(
            [headers.get("x-webhook-signature", "")],
            secrets,
            lambda secret: b64encode(hmac.new(secret, message, sha256).digest()),
        )
        return Authenticity.BODY if genuine else Authenticity.REFUSED

    def read(self, body: bytes) -> ReadCallback:
        """See the port."""
        return reading.read_with(body, lambda document: document.get("type") or document.get("event"), _read)


def _read(kind: str, document: dict[str, Any]) -> GatewayEvent:
    data = document.get("data")
    if kind == "PAYMENT_SUCCESS_WEBHOOK":
        return _payment(document, data)
    if kind == "PAYMENT_LINK_EVENT":
        return _link(document, data)
    if kind == "AMOUNT_COLLECTED":
        return _collected(data if isinstance(data, dict) else document)
    if kind == "REFUND_STATUS_WEBHOOK":
        return _refund(document, reading.at(data, "refund"))
    if kind == "AUTO_REFUND_STATUS_WEBHOOK":
        return _refund(document, reading.at(data, "auto_refund"))
    if kind.startswith("DISPUTE_"):
        return _dispute(document, data)
    return Ignored("not a payment's success, a refund or a dispute")


def _payment(document: dict[str, Any], data: object) -> GatewayEvent:
    payment, order = reading.at(data, "payment"), reading.at(data, "order")
    if reading.at(payment, "payment_status") != "SUCCESS":
        return Ignored("the payment in the event has not succeeded")
    group = reading.at(payment, "payment_group")
    return MoneyIn(
        money_key=reading.required_identifier(reading.at(payment, "cf_payment_id"), "cf_payment_id"),
        # Not order_amount: what this payment brought may be a part of the order.
        amount_paise=reading.amount_from_rupees(reading.at(payment, "payment_amount")),
        currency=reading.currency(reading.at(payment, "payment_currency")),
        invoice_hints=reading.hints(
            reading.at(order, "order_tags", "invoice_id"),
            reading.at(order, "order_id"),
            reading.at(order, "order_tags", "link_id"),
        ),
        payment_mode=_MODES.get(group, "online") if isinstance(group, str) else "online",
        occurred_at=_time(reading.at(payment, "payment_time"), document.get("event_time")),
    )


def _link(document: dict[str, Any], data: object) -> GatewayEvent:
    order = reading.at(data, "order")
    if reading.at(order, "transaction_status") != "SUCCESS":
        return Ignored("the link event carries no successful payment")
    return MoneyIn(
        # The link event's name for cf_payment_id: the same payment may also come as
        # PAYMENT_SUCCESS_WEBHOOK.
        money_key=reading.required_identifier(reading.at(order, "transaction_id"), "the transaction id"),
        # link_amount_paid adds up every payment of the link: never that one.
        amount_paise=reading.amount_from_rupees(reading.at(order, "order_amount")),
        currency=reading.currency(reading.at(data, "link_currency")),
        invoice_hints=reading.hints(
            reading.at(data, "link_notes", "invoice_id"),
            reading.at(data, "link_id"),
            reading.at(order, "order_id"),
        ),
        payment_mode="online",
        occurred_at=_time(document.get("event_time")),
    )


def _collected(data: dict[str, Any]) -> GatewayEvent:
    reference = reading.required_identifier(data.get("referenceId"), "the reference id")
    return MoneyIn(
        # The virtual accounts number their transfers on their own: kept apart from cf_payment_id.
        money_key=f"vba:{reference}",
        amount_paise=reading.amount_from_rupees(data.get("amount")),
        currency=INR,
        invoice_hints=reading.hints(data.get("vAccountId")),
        payment_mode="upi" if data.get("isVpa") in ("1", 1) else "neft",
        occurred_at=_time(data.get("paymentTime")),
    )


def _refund(document: dict[str, Any], refund: object) -> GatewayEvent:
    if reading.at(refund, "refund_status") != "SUCCESS":
        return Ignored("the refund in the event has not succeeded")
    return MoneyOut(
        refund_key=reading.required_identifier(reading.at(refund, "cf_refund_id"), "cf_refund_id"),
        money_key=reading.required_identifier(reading.at(refund, "cf_payment_id"), "the refund's cf_payment_id"),
        amount_paise=reading.amount_from_rupees(reading.at(refund, "refund_amount")),
        currency=reading.currency(reading.at(refund, "refund_currency")),
        occurred_at=_time(reading.at(refund, "processed_at"), document.get("event_time")),
    )


def _dispute(document: dict[str, Any], data: object) -> GatewayEvent:
    dispute = reading.at(data, "dispute")
    return Dispute(
        dispute_key=reading.required_identifier(reading.at(dispute, "dispute_id"), "the dispute id"),
        money_key=reading.identifier(reading.at(data, "order_details", "cf_payment_id")),
        amount_paise=reading.amount_from_rupees(reading.at(dispute, "dispute_amount")),
        currency=reading.currency(reading.at(dispute, "dispute_amount_currency")),
        phase=reading.event_type(reading.at(dispute, "dispute_status")),
        occurred_at=_time(document.get("event_time")),
    )


def _time(*values: object) -> datetime | None:
    return reading.first(reading.time_from_text(value) for value in values)


GATEWAY = Cashfree()
