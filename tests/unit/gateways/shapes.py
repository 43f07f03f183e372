"""Callback bodies in each gateway's true shape, with invented people and numbers, and our own
signing of them.

``signed(provider, body)`` gives the headers (and, for PayU, the body) a gateway would send.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import b64encode
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode

NOW = datetime(2026, 7, 15, 6, 30, tzinfo=UTC)
NOW_SECONDS = int(NOW.timestamp())
INVOICE = "blr-01.7m4k2q9xwtb3zc5d"
SECRETS = {
    "razorpay": "rzp-hook-current",
    "cashfree": "cf-client-secret",
    "stripe": "whsec_current",
    "phonepe": "clinic:a-long-password",
    "payu": "payu-salt-32",
}
PROVIDERS = tuple(SECRETS)

Body = dict[str, Any]


def encode(document: object) -> bytes:
    return json.dumps(document, separators=(",", ":")).encode()


# --- Razorpay -------------------------------------------------------------------------------------


def razorpay_payment(**changes: Any) -> Body:
    return {
        "id": "pay_NbX4k2QmT7wZ9A",
        "entity": "payment",
        "amount": 150000,
        "currency": "INR",
        "status": "captured",
        "order_id": "order_NbX4gT1cYkLm3P",
        "invoice_id": None,
        "international": False,
        "method": "upi",
        "amount_refunded": 0,
        "refund_status": None,
        "captured": True,
        "description": None,
        "card_id": None,
        "bank": None,
        "wallet": None,
        "vpa": "someone@okbank",
        "email": "someone@example.com",
        "contact": "+919000000001",
        "notes": {"invoice_id": INVOICE},
        "fee": 3540,
        "tax": 540,
        "error_code": None,
        "acquirer_data": {"rrn": "419812345678"},
        "created_at": NOW_SECONDS - 20,
        **changes,
    }


def razorpay(event: str = "payment.captured", payment: Body | None = None, **entities: Body) -> Body:
    payload: Body = {"payment": {"entity": payment if payment is not None else razorpay_payment()}}
    payload.update({name: {"entity": entity} for name, entity in entities.items()})
    return {
        "entity": "event",
        "account_id": "acc_KqT1dWc8yPz5Vn",
        "event": event,
        "contains": list(payload),
        "payload": payload,
        "created_at": NOW_SECONDS - 10,
    }


def razorpay_order(**changes: Any) -> Body:
    return {
        "id": "order_NbX4gT1cYkLm3P",
        "entity": "order",
        "amount": 500000,
        "amount_paid": 350000,
        "amount_due": 150000,
        "currency": "INR",
        "receipt": INVOICE,
        "status": "paid",
        "attempts": 1,
        "notes": [],
        "created_at": NOW_SECONDS - 60,
        **changes,
    }


def razorpay_refund(**changes: Any) -> Body:
    refund = {
        "id": "rfnd_NcA8mW2pQx6Yk1",
        "entity": "refund",
        "amount": 50000,
        "currency": "INR",
        "payment_id": "pay_NbX4k2QmT7wZ9A",
        "notes": [],
        "receipt": None,
        "status": "processed",
        "speed_processed": "normal",
        "created_at": NOW_SECONDS - 15,
        **changes,
    }
    return razorpay(
        "refund.processed",
        razorpay_payment(amount_refunded=90000, refund_status="partial"),
        refund=refund,
    )


def razorpay_dispute() -> Body:
    dispute = {
        "id": "disp_NdR3kV9sLw2Tb8",
        "entity": "dispute",
        "payment_id": "pay_NbX4k2QmT7wZ9A",
        "amount": 150000,
        "currency": "INR",
        "amount_deducted": 0,
        "reason_code": "goods_or_services_not_received",
        "status": "open",
        "phase": "chargeback",
        "created_at": NOW_SECONDS - 30,
    }
    return razorpay("payment.dispute.created", dispute=dispute)


# --- Cashfree -------------------------------------------------------------------------------------


def cashfree(kind: str = "PAYMENT_SUCCESS_WEBHOOK", order: Body | None = None, **payment: Any) -> Body:
    return {
        "data": {
            "order": {
                "order_id": INVOICE,
                "order_amount": 5000.00,
                "order_currency": "INR",
                "order_tags": None,
                **(order or {}),
            },
            "payment": {
                "cf_payment_id": "5114910634577",
                "payment_status": "SUCCESS",
                "payment_amount": 1500.00,
                "payment_currency": "INR",
                "payment_message": "Simulated response message",
                "payment_time": "2026-07-15T11:59:36+05:30",
                "bank_reference": "419812345678",
                "auth_id": None,
                "payment_method": {"upi": {"channel": None, "upi_id": "someone@okbank"}},
                "payment_group": "upi",
                **payment,
            },
            "customer_details": {
                "customer_name": None,
                "customer_id": "c-77",
                "customer_phone": "9000000001",
            },
            "charges_details": None,
        },
        "event_time": "2026-07-15T11:59:40+05:30",
        "type": kind,
    }


def cashfree_link(order: Body | None = None, **changes: Any) -> Body:
    return {
        "data": {
            "cf_link_id": 1576977,
            "link_id": INVOICE,
            "link_status": "PAID",
            "link_currency": "INR",
            "link_amount": "200.12",
            "link_amount_paid": "55.00",
            "link_partial_payments": True,
            "link_purpose": "bill",
            "link_notes": {},
            "order": {
                "order_amount": "22.00",
                "order_id": "CFPay_U1mgll3c0e9g_ehdcjjbtckf",
                "transaction_id": 1021206,
                "transaction_status": "SUCCESS",
                **(order or {}),
            },
            **changes,
        },
        "type": "PAYMENT_LINK_EVENT",
        "version": 1,
        "event_time": "2026-07-15T11:55:06+05:30",
    }


def cashfree_collected(**changes: Any) -> Body:
    return {
        "event": "AMOUNT_COLLECTED",
        "amount": "400",
        "vAccountId": "87654321",
        "isVpa": "0",
        "referenceId": 87654,
        "utr": "N123456789",
        "remitterName": "SOMEBODY",
        "paymentTime": "2026-07-14 15:27:37",
        **changes,
    }


def cashfree_refund(part: str = "refund", **changes: Any) -> Body:
    return {
        "data": {
            part: {
                "cf_refund_id": 11325632,
                "cf_payment_id": 5114910634577,
                "refund_id": "refund_88",
                "order_id": INVOICE,
                "refund_amount": 500.00,
                "refund_currency": "INR",
                "refund_type": "MERCHANT_INITIATED",
                "refund_arn": "205907014017",
                "refund_status": "SUCCESS",
                "created_at": "2026-07-15T11:00:25+05:30",
                "processed_at": "2026-07-15T11:10:27+05:30",
                "refund_charge": 0,
                **changes,
            }
        },
        "event_time": "2026-07-15T11:10:28+05:30",
        "type": "REFUND_STATUS_WEBHOOK" if part == "refund" else "AUTO_REFUND_STATUS_WEBHOOK",
    }


def cashfree_dispute() -> Body:
    return {
        "data": {
            "dispute": {
                "dispute_id": "433475258",
                "dispute_type": "CHARGEBACK",
                "reason_code": "4855",
                "dispute_amount": 1500,
                "dispute_amount_currency": "INR",
                "dispute_status": "CHARGEBACK_CREATED",
            },
            "order_details": {
                "order_id": INVOICE,
                "cf_payment_id": 5114910634577,
                "payment_amount": 1500,
            },
        },
        "event_time": "2026-07-15T11:55:06+05:30",
        "type": "DISPUTE_CREATED",
    }


# --- Stripe ---------------------------------------------------------------------------------------


def stripe(kind: str, about: Body) -> Body:
    return {
        "id": "evt_1PqW8xLkT3nB6vCd",
        "object": "event",
        "api_version": "2025-03-31.basil",
        "created": NOW_SECONDS - 5,
        "data": {"object": about},
        "livemode": True,
        "pending_webhooks": 1,
        "type": kind,
    }


def stripe_intent(**changes: Any) -> Body:
    return {
        "id": "pi_3PqW8wLkT3nB6vCd0aXyZ1q2",
        "object": "payment_intent",
        "amount": 500000,
        "amount_received": 150000,
        "currency": "inr",
        "status": "succeeded",
        "latest_charge": "ch_3PqW8wLkT3nB6vCd0kLmN3o4",
        "metadata": {"invoice_id": INVOICE},
        "payment_method_types": ["card"],
        "created": NOW_SECONDS - 30,
        **changes,
    }


def stripe_session(**changes: Any) -> Body:
    return {
        "id": "cs_live_a1B2c3",
        "object": "checkout.session",
        "amount_total": 150000,
        "currency": "inr",
        "client_reference_id": INVOICE,
        "metadata": {},
        "mode": "payment",
        "payment_intent": "pi_3PqW8wLkT3nB6vCd0aXyZ1q2",
        "payment_status": "paid",
        "status": "complete",
        **changes,
    }


def stripe_charge(**changes: Any) -> Body:
    return {
        "id": "ch_3PqW8wLkT3nB6vCd0kLmN3o4",
        "object": "charge",
        "amount": 150000,
        "amount_captured": 150000,
        "amount_refunded": 90000,
        "captured": True,
        "currency": "inr",
        "metadata": {"invoice_id": INVOICE},
        "payment_intent": None,
        "payment_method_details": {"type": "card"},
        "status": "succeeded",
        **changes,
    }


def stripe_refund(**changes: Any) -> Body:
    return {
        "id": "re_3PqW8wLkT3nB6vCd0rEfU5n6",
        "object": "refund",
        "amount": 50000,
        "charge": "ch_3PqW8wLkT3nB6vCd0kLmN3o4",
        "currency": "inr",
        "payment_intent": "pi_3PqW8wLkT3nB6vCd0aXyZ1q2",
        "status": "succeeded",
        **changes,
    }


def stripe_dispute() -> Body:
    return stripe(
        "charge.dispute.created",
        {
            "id": "dp_1PqX2yLkT3nB6vCd",
            "object": "dispute",
            "amount": 150000,
            "currency": "inr",
            "charge": "ch_3PqW8wLkT3nB6vCd0kLmN3o4",
            "payment_intent": "pi_3PqW8wLkT3nB6vCd0aXyZ1q2",
            "status": "needs_response",
        },
    )


# --- PhonePe --------------------------------------------------------------------------------------


def phonepe_order(**changes: Any) -> Body:
    return {
        "merchantId": "CLINICUAT",
        "merchantOrderId": "MO-88-blr",
        "orderId": "OMO2607151159245053157",
        "state": "COMPLETED",
        "amount": 150000,
        "expireAt": (NOW_SECONDS + 600) * 1000,
        "metaInfo": {"udf1": INVOICE, "udf2": "", "udf3": "", "udf4": "", "udf5": ""},
        "paymentDetails": [
            {
                "paymentMode": "CARD",
                "transactionId": "OM2607151158000000001",
                "timestamp": (NOW_SECONDS - 90) * 1000,
                "amount": 150000,
                "state": "FAILED",
            },
            {
                "paymentMode": "UPI_INTENT",
                "transactionId": "OM2607151159213355053368",
                "timestamp": (NOW_SECONDS - 30) * 1000,
                "amount": 150000,
                "state": "COMPLETED",
                "rail": {"type": "UPI", "utr": "419812345678"},
            },
        ],
        **changes,
    }


def phonepe(event: str = "checkout.order.completed", **changes: Any) -> Body:
    return {
        "type": event.replace(".", "_").upper(),
        "event": event,
        "payload": phonepe_order(**changes),
    }


def phonepe_refund_payload(**changes: Any) -> Body:
    return {
        "merchantId": "CLINICUAT",
        "merchantRefundId": "RF-88-1",
        "originalMerchantOrderId": "MO-88-blr",
        "refundId": "OMR2607151210213355053999",
        "amount": 50000,
        "state": "COMPLETED",
        "timestamp": (NOW_SECONDS - 3) * 1000,
        **changes,
    }


def phonepe_refund(event: str = "pg.refund.completed", **changes: Any) -> Body:
    return {"type": "PG_REFUND", "event": event, "payload": phonepe_refund_payload(**changes)}


# --- PayU -----------------------------------------------------------------------------------------


def payu(**changes: str) -> dict[str, str]:
    return {
        "mihpayid": "27553369917",
        "mode": "UPI",
        "status": "success",
        "key": "rZ1fX4",
        "txnid": "T2607151159249182",
        "amount": "1500.00",
        "addedon": "2026-07-15 11:59:14",
        "productinfo": "Clinic bill",
        "firstname": "",
        "email": "",
        "phone": "",
        "udf1": INVOICE,
        "udf2": "",
        "udf3": "",
        "udf4": "",
        "udf5": "",
        "net_amount_debit": "1530.00",
        "unmappedstatus": "captured",
        "bank_ref_num": "793887773815",
        **changes,
    }


def payu_refund(**changes: str) -> Body:
    return {
        "bank_arn": "308239782136",
        "refund_mode": "Instant Credit through UPI",
        "bank_ref_num": "308239782136",
        "key": "rZ1fX4",
        "amt": "500.00",
        "remark": None,
        "status": "success",
        "token": "DG0036362",
        "mihpayid": "27553369917",
        "request_id": "11865427756",
        "merchantTxnId": "T2607151159249182",
        "action": "refund",
        **changes,
    }


def payu_form(fields: dict[str, str], salt: str) -> bytes:
    """The form with its hash, put together here from PayU's published line, not by the code under
    test.
    """
    f = {name: fields.get(name, "") for name in ("udf1", "udf2", "udf3", "udf4", "udf5", "email", "firstname")}
    line = (
        f"{salt}|{fields['status']}||||||{f['udf5']}|{f['udf4']}|{f['udf3']}|{f['udf2']}|{f['udf1']}"
        f"|{f['email']}|{f['firstname']}|{fields['productinfo']}|{fields['amount']}|{fields['txnid']}|{fields['key']}"
    )
    charges = fields.get("additional_charges") or fields.get("additionalCharges")
    if charges:
        line = f"{charges}|{line}"
    return urlencode({**fields, "hash": hashlib.sha512(line.encode()).hexdigest()}).encode()


# --- Signing --------------------------------------------------------------------------------------


def stripe_header(body: bytes, *secrets: str, at: int = NOW_SECONDS) -> str:
    signatures = [hmac.new(s.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest() for s in secrets]
    return f"t={at}," + ",".join(f"v1={signature}" for signature in signatures)


def signed(
    provider: str, body: bytes, secret: str | None = None, at: int = NOW_SECONDS
) -> tuple[bytes, dict[str, str]]:
    """Body and headers as the gateway would send them (PayU signs inside the body: pass its form
    without a hash).
    """
    key = (secret if secret is not None else SECRETS[provider]).encode()
    if provider == "razorpay":
        return body, {"x-razorpay-signature": hmac.new(key, body, hashlib.sha256).hexdigest()}
    if provider == "cashfree":
        stamp = f"{at}123"
        digest = hmac.new(key, stamp.encode() + body, hashlib.sha256).digest()
        return body, {
            "x-webhook-timestamp": stamp,
            "x-webhook-signature": b64encode(digest).decode(),
        }
    if provider == "stripe":
        return body, {"stripe-signature": stripe_header(body, key.decode(), at=at)}
    if provider == "phonepe":
        return body, {"authorization": hashlib.sha256(key).hexdigest()}
    return payu_form(dict(parse_qsl(body.decode(), keep_blank_values=True)), key.decode()), {}


def good_body(provider: str) -> bytes:
    """A captured payment of 1,500 rupees for INVOICE."""
    documents: dict[str, Body] = {
        "razorpay": razorpay(),
        "cashfree": cashfree(),
        "stripe": stripe("payment_intent.succeeded", stripe_intent()),
        "phonepe": phonepe(),
    }
    return urlencode(payu()).encode() if provider == "payu" else encode(documents[provider])
