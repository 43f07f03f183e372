"""Callbacks over HTTP on a deployed stack: real Lambda processes, roles, secrets and stream."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import os
import subprocess
import sys
import time
from typing import Any

import pytest

from tests.http.api import invoice_body
from tests.stack.http_client import Api, Response
from tests.unit.gateways import shapes
from tools.local_stack import lifecycle
from tools.local_stack.settings import HOST, REPOSITORY, StackSettings


def post(stack: StackSettings, url: str, body: bytes, headers: dict[str, str]) -> Response:
    connection = http.client.HTTPConnection(HOST, stack.api_port, timeout=60)
    try:
        connection.request("POST", url.removeprefix(stack.api_url), body=body, headers=headers)
        answer = connection.getresponse()
        return Response(answer.status, {n.lower(): v for n, v in answer.getheaders()}, answer.read())
    finally:
        connection.close()


def razorpay(stack: StackSettings, document: Any, *, secret: int = 0, alter: bytes = b"") -> Response:
    account = stack.description()["gateways"]["razorpay"]
    body = shapes.encode(document)
    signature = hmac.new(account["secrets"][secret].encode(), body, hashlib.sha256).hexdigest()
    headers = {"Content-Type": "application/json", "X-Razorpay-Signature": signature}
    return post(stack, account["url"], body + alter, headers)


def new_invoice(api: Api, rate: int) -> str:
    body = invoice_body(rate, patient={"id": "PAT-9", "name": "Test"}, branch_id="pune", finalize=True)
    del body["date"]
    answer = api.request("POST", "/invoices", token=api.token(), body=body)
    assert answer.status == 201, answer.body
    invoice_id: str = answer.json()["id"]
    return invoice_id


def get(api: Api, path: str, **query: Any) -> Any:
    answer = api.request("GET", path, token=api.token(), query=query)
    assert answer.status == 200, answer.body
    return answer.json()


def captured(invoice_id: str, key: str, amount: int, event: str = "payment.captured", **entities: Any) -> Any:
    payment = shapes.razorpay_payment(id=key, amount=amount, notes={"invoice_id": invoice_id})
    return {**shapes.razorpay(event, payment, **entities), "created_at": int(time.time()) - 5}


def test_a_payment_its_repetition_a_forgery_and_what_is_above_the_balance(stack: StackSettings, api: Api) -> None:
    key = f"pay_{time.time_ns()}"
    first, second = new_invoice(api, 1000), new_invoice(api, 800)
    before = get(api, "/summary")

    answer = razorpay(stack, captured(first, key, 150000))
    assert answer.status == 200, answer.body
    paid = get(api, f"/invoices/{first}")
    assert (paid["status"], paid["balance"]) == ("paid", 0)
    event = get(api, f"/callbacks/events/{answer.json()['event_id']}")
    assert (event["state"], event["code"]) == ("settled", "credited_partly")

    assert razorpay(stack, captured(first, key, 150000, "order.paid")).status == 200
    assert razorpay(stack, captured(first, key, 150000), secret=1).status == 200
    assert razorpay(stack, captured(first, key, 150000), alter=b" ").status == 401
    assert get(api, f"/invoices/{first}") == paid

    [receipt] = [r for r in get(api, "/unapplied-receipts") if r["gateway_payment_id"] == key]
    assert (receipt["amount"], receipt["remaining"]) == (1500, 500)
    path = f"/unapplied-receipts/{receipt['id']}/apply"
    applied = api.request("POST", path, token=api.token(), body={"invoice_id": second})
    assert applied.status == 201, applied.body
    again = api.request("POST", path, token=api.token(), body={"invoice_id": second})
    assert (again.status, again.headers.get("idempotent-replayed")) == (200, "true")
    assert get(api, f"/invoices/{second}")["balance"] == 300

    lifecycle.wait_until_counted(stack)
    after = get(api, "/summary")
    assert after["total_collected"] - before["total_collected"] == pytest.approx(1500)
    assert after["total_unapplied"] == before["total_unapplied"]


@pytest.mark.parametrize("provider", ["cashfree", "stripe", "phonepe", "payu"])
def test_every_gateway_is_connected(stack: StackSettings, api: Api, provider: str) -> None:
    account = stack.description()["gateways"][provider]
    now = int(time.time())
    body, headers = shapes.signed(provider, shapes.good_body(provider), account["secrets"][0], at=now)
    kind = "application/x-www-form-urlencoded" if provider == "payu" else "application/json"
    answer = post(stack, account["url"], body, {"Content-Type": kind, **headers})
    assert answer.status == 200, answer.body
    state = get(api, f"/callbacks/events/{answer.json()['event_id']}")["state"]
    assert state == ("held" if provider == "phonepe" else "settled")
    wrong = {"authorization": "0" * 64} if provider == "phonepe" else headers
    assert post(stack, account["url"], b"{}", {"Content-Type": kind, **wrong}).status == 401


def test_the_replay_command_shows_what_is_held(stack: StackSettings) -> None:
    account = stack.description()["gateways"]["phonepe"]
    body, headers = shapes.signed("phonepe", shapes.encode(shapes.phonepe(merchantOrderId=f"MO-{time.time_ns()}")))
    headers = {"authorization": hashlib.sha256(account["secrets"][0].encode()).hexdigest()}
    event_id = post(stack, account["url"], body, {"Content-Type": "application/json", **headers}).json()["event_id"]
    command = [sys.executable, "-m", "tools.callbacks.replay", "--tenant", "demo", "--folder", str(stack.folder)]
    environment = {**os.environ, "PYTHONPATH": "layers/billing:."}
    ended = subprocess.run(
        command, capture_output=True, text=True, cwd=REPOSITORY, env=environment, check=False, timeout=60
    )
    assert ended.returncode == 1, ended.stderr
    assert event_id in ended.stdout
    assert "would be held" in ended.stdout
    assert "dry run: nothing was written" in ended.stdout


def test_nobody_is_told_which_accounts_exist(stack: StackSettings) -> None:
    account = stack.description()["gateways"]["stripe"]
    unknown = post(stack, account["url"][:-1] + "x", b"{}", {"Content-Type": "application/json"})
    refused = post(stack, account["url"], b"{}", {"Content-Type": "application/json"})
    assert (unknown.status, unknown.body) == (refused.status, refused.body) == (401, refused.body)
    assert json.loads(refused.body)["code"] == "callback_refused"
