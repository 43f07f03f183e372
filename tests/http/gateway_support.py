"""Callbacks at the edge: real handler, accounts in memory, bodies in each gateway's shape."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from billing import wiring
from billing.application.callback_ports import GatewayAccount, StoredEvent
from billing.application.gateway_port import GatewayUnavailable
from billing.domain.gateway_events import GatewayEvent, Lookup
from tests.http.api import BASE, Answer
from tests.unit.gateways import shapes
from tools.in_process.gateway import Context, function

TOKENS = {provider: f"tok-{provider}-0123456789" for provider in shapes.PROVIDERS}


def account(provider: str, **changes: Any) -> GatewayAccount:
    values: dict[str, Any] = {
        "provider": provider,
        "token": TOKENS[provider],
        "tenant": "demo",
        "branch_id": "MUM-01",
        "secrets": (shapes.SECRETS[provider],),
    }
    return GatewayAccount(**{**values, **changes})


@dataclass
class Accounts:
    """Accounts in memory."""

    known: dict[tuple[str, str], GatewayAccount] = field(
        default_factory=lambda: {(p, TOKENS[p]): account(p) for p in shapes.PROVIDERS}
    )

    def find(self, provider: str, token: str, *, fresh: bool = False) -> GatewayAccount | None:
        return self.known.get((provider, token))


class Gateways:
    """Sends callbacks to the real handler."""

    def __init__(self, services: wiring.Services) -> None:
        self.services = services

    def post(
        self, provider: str, body: bytes, headers: dict[str, str], *, token: str | None = None, text: bool = False
    ) -> Answer:
        path = f"/callbacks/{provider}/{token or TOKENS.get(provider, 'tok-unknown-0123456789')}"
        event = {
            "version": "2.0",
            "routeKey": f"POST {BASE}/callbacks/{{provider}}/{{account_token}}",
            "rawPath": BASE + path,
            "rawQueryString": "",
            "headers": {"content-type": "application/json", **headers},
            "requestContext": {
                "requestId": "req-1",
                "stage": "$default",
                "http": {"method": "POST", "path": BASE + path, "sourceIp": "127.0.0.1"},
            },
            "isBase64Encoded": not text,
            "body": body.decode() if text else base64.b64encode(body).decode(),
        }
        wiring.use(self.services)
        answer = function("payment_callback").handler(event, Context())
        return Answer(answer["statusCode"], answer["headers"], answer.get("body") or "")

    def send(self, provider: str, document: Any, *, secret: str | None = None) -> StoredEvent:
        """A genuine callback; what became of it."""
        body = document if isinstance(document, bytes) else shapes.encode(document)
        at = int(self.services.clock().timestamp())
        answer = self.post(provider, *shapes.signed(provider, body, secret, at))
        assert answer.status == 200, answer.text
        stored = self.services.receipts.get_event("demo", answer.json["event_id"])
        assert stored is not None
        return stored


Documents = Callable[..., Any]


def money(provider: str, invoice_id: str | None, amount: int = 150000, key: str = "1001", currency: str = "INR") -> Any:
    """A captured payment; amounts in paise."""
    rupees = f"{amount / 100:.2f}"
    match provider:
        case "razorpay":
            notes = {"invoice_id": invoice_id} if invoice_id else []
            return shapes.razorpay(
                payment=shapes.razorpay_payment(id=key, amount=amount, currency=currency, notes=notes)
            )
        case "cashfree":
            order = {"order_id": invoice_id or "order_77"}
            return shapes.cashfree(
                order=order, cf_payment_id=key, payment_amount=float(rupees), payment_currency=currency
            )
        case "stripe":
            metadata = {"invoice_id": invoice_id} if invoice_id else {}
            intent = shapes.stripe_intent(id=key, amount_received=amount, currency=currency.lower(), metadata=metadata)
            return shapes.stripe("payment_intent.succeeded", intent)
        case "payu":
            fields = shapes.payu(mihpayid=key, amount=rupees, udf1=invoice_id or "", txnid=f"T{key}", currency=currency)
            return urlencode(fields).encode()
        case _:
            meta = {"udf1": invoice_id or ""}
            return shapes.phonepe(merchantOrderId=f"MO-{key}", amount=amount, currency=currency, metaInfo=meta)


def same_money_again(provider: str, invoice_id: str, key: str = "1001") -> Any:
    """Another event about the same payment, where the gateway has one; else the same with other bytes."""
    match provider:
        case "razorpay":
            payment = shapes.razorpay_payment(id=key, notes=[])
            return shapes.razorpay("order.paid", payment, order=shapes.razorpay_order(receipt=invoice_id))
        case "cashfree":
            order = {"order_amount": "1500.00", "transaction_id": int(key)}
            return shapes.cashfree_link(order, link_id=invoice_id)
        case "stripe":
            return shapes.stripe(
                "checkout.session.completed", shapes.stripe_session(payment_intent=key, client_reference_id=invoice_id)
            )
        case "payu":
            fields = shapes.payu(mihpayid=key, udf1=invoice_id, txnid=f"T{key}", bank_ref_num="1")
            return urlencode(fields).encode()
        case _:
            return shapes.phonepe("pg.order.completed", merchantOrderId=f"MO-{key}")


def refund(provider: str, key: str = "1001", amount: int = 50000, refund_key: str = "9001") -> Any:
    """A completed refund of a payment."""
    match provider:
        case "razorpay":
            return shapes.razorpay_refund(id=refund_key, payment_id=key, amount=amount)
        case "cashfree":
            return shapes.cashfree_refund(cf_refund_id=refund_key, cf_payment_id=key, refund_amount=amount / 100)
        case "stripe":
            return shapes.stripe(
                "refund.updated", shapes.stripe_refund(id=refund_key, payment_intent=key, amount=amount)
            )
        case "payu":
            return shapes.payu_refund(mihpayid=key, amt=f"{amount / 100:.2f}", request_id=refund_key)
        case _:
            return shapes.phonepe_refund(originalMerchantOrderId=f"MO-{key}", merchantRefundId=refund_key)


FAILED: dict[str, Any] = {
    "razorpay": shapes.razorpay("payment.failed", shapes.razorpay_payment(status="failed")),
    "cashfree": shapes.cashfree("PAYMENT_FAILED_WEBHOOK", payment_status="FAILED"),
    "stripe": shapes.stripe("payment_intent.payment_failed", shapes.stripe_intent(status="requires_payment_method")),
    "phonepe": shapes.phonepe("checkout.order.failed", state="FAILED"),
    "payu": urlencode(shapes.payu(status="failure")).encode(),
}
PENDING: dict[str, Any] = {
    "razorpay": shapes.razorpay("payment.authorized", shapes.razorpay_payment(status="authorized")),
    "cashfree": shapes.cashfree(payment_status="PENDING"),
    "stripe": shapes.stripe("payment_intent.processing", shapes.stripe_intent(status="processing")),
    "phonepe": shapes.phonepe(state="PENDING"),
    "payu": urlencode(shapes.payu(status="pending")).encode(),
}


class PhonePeSays:
    """A gateway's own API, as far as held events need it: what it says of each order and refund."""

    def __init__(self) -> None:
        self.says: dict[str, GatewayEvent] = {}
        self.is_down = False

    def look_up(self, account: GatewayAccount, lookup: Lookup) -> GatewayEvent:
        answer = self.says.get(lookup.refund_id or lookup.order_id or "")
        if self.is_down or answer is None:
            raise GatewayUnavailable
        return answer
