"""What a gateway's callback and an application of waiting money must leave behind, for the single-fault runner."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from billing.domain.receipts import receipt_id
from tests.http.api import Answer, Api
from tests.http.gateway_support import TOKENS, Accounts, Gateways, money, refund
from tests.simulation.operations import clock
from tests.simulation.single_faults import Scenario, count_of, records_of
from tests.unit.gateways import shapes

WAITS = 150000


def callback(provider: str, document: Callable[[str], Any]) -> Callable[[Api, str], Answer]:
    """A callback as a request of the single-fault runner: its event's id is its identity."""

    def request(api: Api, prepared: str) -> Answer:
        if not isinstance(api.services._accounts, Accounts):
            api.services._accounts = Accounts()
        made = document(prepared)
        body = made if isinstance(made, bytes) else shapes.encode(made)
        signed, headers = shapes.signed(provider, body, at=int(clock().timestamp()))
        answer = Gateways(api.services).post(provider, signed, headers, token=TOKENS[provider])
        if answer.status != 200:
            return answer
        return Answer(200, answer.headers, json.dumps({"id": answer.json["event_id"]}))

    return request


def invoice(api: Api) -> str:
    return str(api.invoice(1000)["id"])


def paid_by_gateway(api: Api) -> str:
    invoice_id = str(api.invoice(1500)["id"])
    assert callback("razorpay", lambda i: money("razorpay", i))(api, invoice_id).status == 200
    return invoice_id


def waiting(api: Api) -> str:
    invoice_id = str(api.invoice(1000)["id"])
    assert callback("razorpay", lambda _: money("razorpay", None))(api, "").status == 200
    return invoice_id


def refund_waits(api: Api) -> str:
    invoice_id = str(api.invoice(1500)["id"])
    assert callback("razorpay", lambda _: refund("razorpay"))(api, "").status == 200
    return invoice_id


def apply(key: str | None) -> Callable[[Api, str], Answer]:
    def request(api: Api, invoice_id: str) -> Answer:
        headers = {"Idempotency-Key": key} if key else {}
        path = f"/unapplied-receipts/{receipt_id('razorpay', TOKENS['razorpay'], '1001')}/apply"
        return api("POST", path, {"invoice_id": invoice_id, "amount": 400}, headers=headers)

    return request


_receipts = count_of(lambda item: item["sk"]["S"] == "R" and item["remaining"]["N"] == str(WAITS))
_payments, _refunds = records_of("payments"), records_of("refunds")

SCENARIOS = (
    Scenario("callback pays", callback("razorpay", lambda i: money("razorpay", i, 100000)), _payments, invoice),
    Scenario("callback pays more than is due", callback("stripe", lambda i: money("stripe", i)), _payments, invoice),
    Scenario("callback of a signed order", callback("payu", lambda i: money("payu", i, 50000)), _payments, invoice),
    Scenario("callback without an invoice", callback("cashfree", lambda _: money("cashfree", None)), _receipts),
    Scenario(
        "callback completes a receipt",
        callback("razorpay", lambda i: shapes.razorpay("order.paid", shapes.razorpay_payment(id="1001", notes=[]),
                                                       order=shapes.razorpay_order(receipt=i))),
        _payments,
        waiting,
    ),
    Scenario("callback refunds", callback("razorpay", lambda _: refund("razorpay")), _refunds, paid_by_gateway),
    Scenario("callback pays and a refund waited", callback("razorpay", lambda i: money("razorpay", i)), _refunds,
             refund_waits),
)  # fmt: skip
APPLICATIONS = (
    Scenario("apply a receipt, by pair", apply(None), _payments, waiting),
    Scenario("apply a receipt, with key", apply("k"), _payments, waiting),
)
