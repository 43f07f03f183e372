"""One story told to the real handlers: every example in the documents is an answer recorded here."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from botocore.exceptions import ClientError

from billing import wiring
from billing.adapters.dynamodb.keys import branch_key, counter_key, head_key
from billing.domain.invoice import MAX_PAYMENTS
from billing.http.endpoint import BASE_PATH
from tools.in_process.gateway import Gateway, routes
from tools.in_process.service import (
    NO_TENANT_TOKEN,
    ONE_BRANCH_TOKEN,
    READ_ONLY_TOKEN,
    TENANT,
    TOKEN,
    TOKENS,
    in_process_service,
    settle,
)

Body = dict[str, Any]
BRANCH: Body = {
    "name": "Andheri West",
    "code": "MUM01",
    "state_code": "27",
    "address": "14 Veera Desai Road, Andheri West, Mumbai 400053",
    "gstin": "27AAPFU0939F1ZV",
}
INVOICE: Body = {
    "patient": {"id": "PAT-1001", "name": "Asha Rao", "phone": "+91 98200 12345", "state_code": "27"},
    "branch_id": "MUM-01",
    "date": "2026-03-10",
    "line_items": [
        {
            "service_name": "Consultation",
            "department": "General Medicine",
            "sac_hsn": "999312",
            "quantity": 1,
            "rate": 800,
            "tax_rate": 0,
            "tax_treatment": "exempt",
        },
        {
            "service_name": "Whitening kit",
            "department": "Dental",
            "sac_hsn": "3306",
            "quantity": 2,
            "rate": 300,
            "discount": 50,
            "tax_rate": 18,
        },
    ],
    "finalize": True,
}
PAYMENT: Body = {
    "amount": 1000,
    "payment_mode": "upi",
    "reference": "607412345678",
    "payment_date": "2026-03-15",
}
REFUND: Body = {
    "amount": 200,
    "refund_mode": "upi",
    "reference": "607512345678",
    "refund_date": "2026-03-16",
    "reason": "One kit returned",
}
CANCEL: Body = {"reason": "Entered twice"}


@dataclass(frozen=True)
class Exchange:
    """One request and its answer. ``sent`` is the body as text; ``path`` follows the base path."""

    method: str
    path: str
    headers: dict[str, str]
    sent: str
    status: int
    answer_headers: dict[str, str]
    answer: str

    @property
    def json(self) -> Any:
        """The answer parsed."""
        return json.loads(self.answer)


@dataclass
class Recording:
    """What happened: answers by operation and status, errors by code."""

    answers: dict[tuple[str, int], Exchange] = field(default_factory=dict)
    errors: dict[str, Exchange] = field(default_factory=dict)
    csv: dict[str, Exchange] = field(default_factory=dict)


class Teller:
    """Sends requests to the API in this process and remembers them."""

    def __init__(self, services: wiring.Services, recording: Recording) -> None:
        self.services, self.recording = services, recording
        self.gateway = Gateway(services, TOKENS)

    def send(
        self,
        method: str,
        path: str,
        body: Body | str | None = None,
        *,
        token: str | None = TOKEN,
        headers: dict[str, str] | None = None,
    ) -> Exchange:
        """One request; a string goes as it is."""
        sent = body if isinstance(body, str) else "" if body is None else json.dumps(body, ensure_ascii=False)
        given = dict(headers or {})
        if sent:
            given.setdefault("Content-Type", "application/json")
        if token is not None:
            given["Authorization"] = f"Bearer {token}"
        bare, _, query = path.partition("?")
        status, got, content = self.gateway.answer(
            method,
            BASE_PATH + bare,
            query,
            {name.lower(): value for name, value in given.items()},
            sent.encode(),
        )
        return Exchange(method, path, given, sent, status, got, content.decode())

    def good(self, method: str, path: str, body: Body | str | None = None, **more: Any) -> Any:
        """A request that must succeed; the first answer of an operation and status is its example."""
        exchange = self.send(method, path, body, **more)
        if exchange.status >= 300:
            raise AssertionError(f"{method} {path}: {exchange.status} {exchange.answer}")
        key = (operation_of(method, path), exchange.status)
        self.recording.answers.setdefault(key, exchange)
        return exchange.json if "json" in exchange.answer_headers.get("Content-Type", "") else exchange.answer

    def bad(self, code: str, method: str, path: str, body: Body | str | None = None, **more: Any) -> None:
        """A request that must be refused with this code."""
        exchange = self.send(method, path, body, **more)
        if exchange.json.get("code") != code:
            raise AssertionError(f"{method} {path}: wanted {code}, got {exchange.status} {exchange.answer}")
        self.recording.errors[code] = exchange

    def invoice(self, **members: Any) -> str:
        """The id of a new invoice."""
        exchange = self.send("POST", "/invoices", {**INVOICE, **members})
        if exchange.status != 201:
            raise AssertionError(exchange.answer)
        return str(exchange.json["id"])

    def pay(self, invoice_id: str, **members: Any) -> None:
        """A payment of a whole invoice, unless said otherwise."""
        exchange = self.send("POST", f"/invoices/{invoice_id}/payments", {**PAYMENT, "amount": 1449, **members})
        if exchange.status != 201:
            raise AssertionError(exchange.answer)


def operation_of(method: str, path: str) -> str:
    """The function that serves a path (which follows the base path)."""
    bare = BASE_PATH + path.partition("?")[0]
    for route in routes():
        if route.method == method and route.pattern.fullmatch(bare):
            return route.function
    raise LookupError(f"{method} {path}")


@cache
def told() -> Recording:
    """The story, told once a process."""
    recording = Recording()
    with in_process_service() as services:
        teller = Teller(services, recording)
        _everyday(teller)
        _refusals(teller)
        _states(teller)
        _gateways(teller)
        _failures(teller)
    return recording


def _everyday(teller: Teller) -> None:
    teller.good("PUT", "/branches/MUM-01", BRANCH)
    teller.good("PUT", "/branches/MUM-01", {**BRANCH, "name": "Andheri"})
    teller.good("GET", "/branches")
    key = {"Idempotency-Key": "visit-2026-000123"}
    made = teller.good("POST", "/invoices", INVOICE, headers=key)
    teller.good("POST", "/invoices", INVOICE, headers=key)
    invoice = f"/invoices/{made['id']}"
    key = {"Idempotency-Key": "till-7-2026-03-15-0042"}
    teller.good("POST", f"{invoice}/payments", PAYMENT, headers=key)
    teller.good("POST", f"{invoice}/payments", PAYMENT, headers=key)
    teller.good("POST", f"{invoice}/refunds", REFUND)
    teller.good("POST", f"{invoice}/refunds", REFUND)
    teller.good("GET", invoice)
    draft = teller.invoice(finalize=False)
    teller.good("POST", f"/invoices/{draft}/finalize")
    teller.good("POST", f"/invoices/{draft}/cancel", CANCEL)
    settle(teller.services)
    teller.good("GET", "/invoices?status=partially_paid&per_page=20")
    teller.good("GET", "/summary?date_from=2026-03-01&date_to=2026-03-31")
    daily = "/summary/daily?date_from=2026-03-15&date_to=2026-03-16"
    teller.good("GET", daily)
    for path in ("/invoices?date_from=2026-03-01", daily):
        exchange = teller.send("GET", path, headers={"Accept": "text/csv"})
        teller.recording.csv[operation_of("GET", path)] = exchange


def _refusals(teller: Teller) -> None:
    """What is refused whatever the invoice's state."""
    invoice_id = teller.invoice()
    payments = f"/invoices/{invoice_id}/payments"
    teller.bad("malformed_request", "POST", payments, '{"amount": 500, "amount": 5}')
    teller.bad("invalid_parameter", "GET", "/invoices?date_from=2026-02-30")
    teller.bad("payload_too_large", "POST", payments, {**PAYMENT, "reference": "9" * 16_384})
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    teller.bad("unsupported_media_type", "POST", payments, "amount=500&payment_mode=cash", headers=form)
    teller.bad("missing_tenant", "GET", "/invoices", token=NO_TENANT_TOKEN)
    teller.bad("not_found", "GET", "/invoices/a%2Fb")
    teller.bad("invoice_not_found", "GET", "/invoices/MUM-01.0000000000000000")
    teller.bad("branch_not_found", "PUT", "/branches/PUN-01", {**BRANCH, "code": "PUN01"}, token=ONE_BRANCH_TOKEN)
    teller.bad("invalid_fields", "POST", payments, {**PAYMENT, "amount": 10.005, "payment_date": "15-03-2026"})
    teller.bad("unknown_branch", "POST", "/invoices", {**INVOICE, "branch_id": "GOA-01"})
    teller.bad("branch_code_taken", "PUT", "/branches/PUN-01", BRANCH)
    teller.bad("branch_in_use", "PUT", "/branches/MUM-01", {**BRANCH, "code": "BOM"})
    key = {"Idempotency-Key": "till-7-2026-03-15-0043"}
    teller.pay(invoice_id, amount=1000, reference="607412345679")
    teller.send("POST", payments, {**PAYMENT, "amount": 100, "payment_mode": "cash", "reference": None}, headers=key)
    teller.bad(
        "idempotency_key_reused",
        "POST",
        payments,
        {**PAYMENT, "amount": 200, "payment_mode": "cash", "reference": None},
        headers=key,
    )
    teller.bad("duplicate_reference", "POST", payments, {**PAYMENT, "amount": 100, "reference": "607412345679"})
    teller.bad("overpayment", "POST", payments, {**PAYMENT, "amount": 1449})
    refunds = f"/invoices/{invoice_id}/refunds"
    teller.bad("over_refund", "POST", refunds, {**REFUND, "amount": 1449})
    teller.bad("has_payments", "POST", f"/invoices/{invoice_id}/cancel", CANCEL)


def _states(teller: Teller) -> None:
    """What the state of an invoice, a branch or a series refuses."""
    client, table = teller.services.dynamodb, teller.services.settings.billing_table
    draft = teller.invoice(finalize=False)
    teller.bad("not_payable", "POST", f"/invoices/{draft}/payments", PAYMENT)
    teller.bad("not_refundable", "POST", f"/invoices/{draft}/refunds", REFUND)
    teller.send("POST", f"/invoices/{draft}/cancel", CANCEL)
    teller.bad("not_finalizable", "POST", f"/invoices/{draft}/finalize")

    # As many payments as an invoice takes: one is recorded, the others are copies of it.
    full = teller.invoice()
    teller.pay(full, amount=1, payment_mode="cash", reference=None)
    key = head_key(TENANT, full)
    item = client.get_item(TableName=table, Key=key)["Item"]
    payments = item["payments"]["M"]
    copied = next(iter(payments.values()))
    payments.update({f"copy-{place:04d}": copied for place in range(MAX_PAYMENTS - len(payments))})
    _follow_count(item, len(payments))
    client.put_item(TableName=table, Item=item)
    teller.bad("too_many_payments", "POST", f"/invoices/{full}/payments", PAYMENT)

    late = teller.invoice(finalize=False)
    # A branch as an import from elsewhere might leave it.
    key = branch_key(TENANT, "MUM-01")
    stored = client.get_item(TableName=table, Key=key)["Item"]
    client.put_item(TableName=table, Item={**stored, "state_code": {"S": ""}})
    teller.bad("branch_without_state", "POST", f"/invoices/{late}/finalize")
    client.put_item(TableName=table, Item=stored)
    counter = client.get_item(TableName=table, Key=counter_key(TENANT, "MUM-01", "2526"))["Item"]
    numbers = {name: {"N": "99999"} for name, value in counter.items() if "N" in value}
    client.put_item(TableName=table, Item={**counter, **numbers})
    teller.bad("series_exhausted", "POST", f"/invoices/{late}/finalize")
    client.put_item(TableName=table, Item=counter)


def _gateways(teller: Teller) -> None:
    """Money a gateway captured for no invoice in particular, and what becomes of it."""
    from tests.http.gateway_support import TOKENS as ACCOUNTS
    from tests.http.gateway_support import money
    from tests.unit.gateways import shapes

    invoice_id = teller.invoice()
    content, headers = shapes.signed("razorpay", shapes.encode(money("razorpay", None)))
    callbacks = f"/callbacks/razorpay/{ACCOUNTS['razorpay']}"
    event = teller.good("POST", callbacks, content.decode(), headers=headers, token=None)
    teller.good("GET", f"/callbacks/events/{event['event_id']}")
    receipt = teller.good("GET", "/unapplied-receipts")[0]
    apply = f"/unapplied-receipts/{receipt['id']}/apply"
    teller.good("POST", apply, {"invoice_id": invoice_id, "amount": 1000})
    teller.good("POST", apply, {"invoice_id": invoice_id, "amount": 1000})
    teller.bad("over_application", "POST", apply, {"invoice_id": teller.invoice(), "amount": 1000})
    absent = "/unapplied-receipts/rct_0000000000000000/apply"
    teller.bad("receipt_not_found", "POST", absent, {"invoice_id": invoice_id})
    teller.bad("callback_event_not_found", "GET", f"/callbacks/events/evt_{'0' * 32}")
    wrong = {"X-Razorpay-Signature": "0" * 64}
    teller.bad("callback_refused", "POST", callbacks, content.decode(), headers=wrong, token=None)


def _follow_count(item: dict[str, Any], count: int) -> None:
    """Keep a stored count of payments, should the item have one, in step."""
    for name in ("payment_count", "pc"):
        if name in item:
            item[name] = {"N": str(count)}


def _failures(teller: Teller) -> None:
    """What is not the caller's fault, and what API Gateway would have stopped before the function."""
    invoice_id = teller.invoice()
    payments = f"/invoices/{invoice_id}/payments"
    with _store_that(teller.services, _throttles):
        teller.bad("temporarily_unavailable", "POST", payments, PAYMENT)
    with _store_that(teller.services, _breaks):
        teller.bad("internal_error", "POST", payments, PAYMENT)
    # A route deployed without an authorizer, or without scopes, opens nothing.
    payment_route = next(route for route in routes() if route.function == "record_payment")
    kept = payment_route.scopes
    try:
        payment_route.scopes = ()
        teller.bad("unauthenticated", "POST", payments, PAYMENT, token=None)
        payment_route.scopes = ("billing:read",)
        teller.bad("missing_scope", "POST", payments, PAYMENT, token=READ_ONLY_TOKEN)
    finally:
        payment_route.scopes = kept


def _throttles(**_: Any) -> Any:
    raise ClientError({"Error": {"Code": "ThrottlingException", "Message": "slow down"}}, "UpdateItem")


def _breaks(**_: Any) -> Any:
    raise RuntimeError("a defect")


@contextmanager
def _store_that(services: wiring.Services, misbehaves: Callable[..., Any]) -> Iterator[None]:
    client = services.dynamodb
    kept = client.update_item
    client.update_item = misbehaves
    try:
        yield
    finally:
        client.update_item = kept
