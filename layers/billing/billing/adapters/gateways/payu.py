"""PayU India: https://docs.payu.in/docs/webhook-events-and-sample-payloads and its hash pages
(the reverse hash).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from hashlib import sha512
from urllib.parse import parse_qsl

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
    ReadCallback,
    Unusable,
)

_MAX_FIELDS = 200
# status, then five empty places that PayU keeps for later use, then the fields in reverse of the
# request's order.
_HASHED = (
    "udf5",
    "udf4",
    "udf3",
    "udf2",
    "udf1",
    "email",
    "firstname",
    "productinfo",
    "amount",
    "txnid",
    "key",
)
_MODES = {
    "UPI": "upi",
    "SBQR": "upi",
    "CC": "card",
    "DC": "card",
    "NEFT": "neft",
    "NEFTRTGS": "neft",
}
_DISPUTES = frozenset({"dispute", "chargeback"})


class PayU:
    """A SHA-512 over chosen form fields with the salt in front; amounts in rupees."""

    name = "payu"

    def verify(self, body: bytes, headers: Mapping[str, str], secrets: Sequence[str], now: datetime) -> Authenticity:
        """The ``hash`` field. Refunds and disputes come without one: only the address speaks for
        them.
        """
        try:
            fields = _fields(body)
        except reading.Unreadable:
            return Authenticity.REFUSED
        if "hash" not in fields:
            return Authenticity.SENDER_ONLY if _action(fields) is not None else Authenticity.REFUSED
        middle = "|".join([fields.get("status", ""), *[""] * 5, *(fields.get(name, "") for name in _HASHED)])
        charges = fields.get("additional_charges") or fields.get("additionalCharges")
        before = f"{charges}|".encode("utf-8", "replace") if charges else b""
        after = f"|{middle}".encode("utf-8", "replace")
        genuine = matches_any(
            [fields["hash"]],
            secrets,
            lambda secret: sha512(before + secret + after).hexdigest().encode(),
        )
        return Authenticity.BODY if genuine else Authenticity.REFUSED

    def read(self, body: bytes) -> ReadCallback:
        """See the port."""
        kind = "unknown"
        try:
            fields = _fields(body)
            # One of these without a hash never gets further than Held, whatever else its fields
            # say.
            action = _action(fields)
            kind = reading.event_type(action or fields.get("status"))
            return ReadCallback(kind, _held(action, fields) if action else _payment(fields))
        except reading.Unreadable as unreadable:
            return ReadCallback(kind, Unusable(str(unreadable)))


def _fields(body: bytes) -> dict[str, str]:
    """The fields of a form, or of the flat JSON object that refunds come as; a repeated field is
    refused.

    Raises Unreadable.
    """
    if body.lstrip()[:1] == b"{":
        document = reading.json_object(body)
        return {
            name: str(value)
            for name, value in document.items()
            if isinstance(value, str | int | Decimal) and not isinstance(value, bool)
        }
    try:
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=True,
            errors="strict",
            max_num_fields=_MAX_FIELDS,
        )
    except ValueError:
        raise reading.Unreadable("the body is not a form") from None
    fields = dict(pairs)
    if len(fields) != len(pairs):
        # Which of two values is meant, and which one the hash covers, must not be a matter of
        # opinion.
        raise reading.Unreadable("a repeated field")
    return fields


def _action(fields: Mapping[str, str]) -> str | None:
    """``refund`` or ``dispute`` when the event is about one, else None."""
    action = fields.get("action", "").lower()
    if action == "refund":
        return "refund"
    if action in _DISPUTES or "dispute_id" in fields or "disputeId" in fields:
        return "dispute"
    return None


def _held(action: str, fields: Mapping[str, str]) -> GatewayEvent:
    if action == "refund" and fields.get("status", "").lower() != "success":
        return Ignored("the refund has not succeeded")
    return Held(
        f"PayU signs no {action}: fetch it",
        Lookup(
            LookupKind.REFUND if action == "refund" else LookupKind.DISPUTE,
            order_id=reading.identifier(fields.get("merchantTxnId") or fields.get("txnid")),
            payment_id=reading.required_identifier(fields.get("mihpayid"), "mihpayid"),
            refund_id=reading.identifier(fields.get("request_id")),
        ),
    )


def _payment(fields: Mapping[str, str]) -> GatewayEvent:
    if fields.get("status", "").lower() != "success":
        return Ignored("the payment has not succeeded")
    transaction_id = reading.required_identifier(fields.get("txnid"), "txnid")
    return MoneyIn(
        money_key=reading.required_identifier(fields.get("mihpayid"), "mihpayid"),
        # The gross amount of the order; net_amount_debit and additional charges are between PayU
        # and the payer.
        amount_paise=reading.amount_from_rupees(fields.get("amount")),
        currency=reading.currency(fields.get("currency") or INR),
        invoice_hints=reading.hints(*(fields.get(f"udf{number}") for number in range(1, 6)), transaction_id),
        payment_mode=_MODES.get(fields.get("mode", "").upper(), "online"),
        occurred_at=reading.time_from_text(fields.get("addedon")),
        # The hash does not cover mihpayid: without this, a payer who saw the signed form in the
        # browser could send it again under another id.
        signed_reference=transaction_id,
    )


GATEWAY = PayU()
