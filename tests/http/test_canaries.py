"""No secret leaves: canaries go in through every door, and no log line or refusal may bring one out.

Each is sent where its kind would come in (name, phone and address in an invoice, token and key in headers, a
card number where a hurried cashier types it), through every route, through refusals, and through failures and
defects whose messages quote it, as libraries' do. Callbacks have a file of their own.
"""

from __future__ import annotations

import json
import traceback
from collections.abc import Callable
from typing import Any

import pytest

from billing import wiring
from tests.canaries import (
    ADDRESS,
    ALL,
    CARD,
    FAULTS,
    KEY,
    NAME,
    PHONE,
    REASON,
    REFERENCE,
    SECRET,
    SECRETS,
    SUBJECT,
    TOKEN,
    Lines,
)
from tests.http.api import ROUTES, Answer, Api, invoice_body, payment_body
from tools.in_process.gateway import Context, function


class Caller:
    """Sends requests full of canaries and keeps the answers."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.answers: list[Answer] = []

    def __call__(self, method: str, path: str, body: object = None, **parts: Any) -> Answer:
        headers = {"Authorization": f"Bearer {TOKEN}", "Idempotency-Key": KEY, **parts.pop("headers", {})}
        answer = self.api(method, path, body, headers=headers, claims={"sub": SUBJECT}, **parts)
        self.answers.append(answer)
        return answer

    def invoice(self, **members: Any) -> Answer:
        patient = {"id": "PAT-1", "name": NAME, "phone": PHONE, "address": ADDRESS}
        return self("POST", "/invoices", invoice_body(1500, patient=patient, **members))


@pytest.fixture
def caller(api: Api) -> Caller:
    return Caller(api)


def bodies() -> dict[str, Any]:
    """A body for each writing function."""
    return {
        "create_invoice": invoice_body(1500, patient={"id": "PAT-1", "name": NAME, "phone": PHONE, "address": ADDRESS}),
        "record_payment": payment_body(100, payment_mode="upi", reference=REFERENCE),
        "record_refund": {
            "amount": 1, "refund_mode": "upi", "reference": REFERENCE, "refund_date": "2026-03-16", "reason": REASON,
        },
        "cancel_invoice": {"reason": REASON},
        "put_branch": {"name": NAME, "code": "CAN", "state_code": "27", "address": ADDRESS},
        "apply_unapplied": {"invoice_id": "MUM-01.0000000000000000"},
    }  # fmt: skip


def every_route(caller: Caller, invoice_id: str) -> None:
    """One request to each function that takes a token."""
    sent = bodies()
    for (method, pattern), name in ROUTES.items():
        own = {"invoices": invoice_id, "branches": "MUM-01"}.get(pattern.split("/")[1], "rcp_0123456789abcdef")
        query = {"date_from": "2026-03-01", "date_to": "2026-03-31"} if name == "get_daily_summary" else None
        caller(method, pattern.replace("{id}", own), sent.get(name), query=query)


def check(caller: Caller, lines: Lines, capfd: pytest.CaptureFixture[str]) -> None:
    """No canary in what was written, no secret in any answer, no data in any refusal."""
    captured = capfd.readouterr()
    written = "\n".join([*lines.written, captured.out, captured.err])
    assert [canary for canary in ALL if canary in written] == []
    assert lines.written, "nothing was logged: the test would see no leak"
    for answer in caller.answers:
        shown = f"{answer.headers} {answer.text}"
        banned = SECRETS if answer.status < 400 else ALL
        assert [canary for canary in banned if canary in shown] == [], answer


def test_what_goes_well(caller: Caller, lines: Lines, capfd: pytest.CaptureFixture[str]):
    created = caller.invoice(finalize=True)
    assert created.status == 201
    assert NAME in created.text
    every_route(caller, created.json["id"])
    assert sum(answer.status < 300 for answer in caller.answers) >= 9
    check(caller, lines, capfd)


def after(_first: Answer, second: Answer) -> Answer:
    """The second of two answers."""
    return second


REFUSED: dict[str, Callable[[Caller, str], Answer]] = {
    "a card number as reference": lambda c, i: c(
        "POST", f"/invoices/{i}/payments", payment_body(1, payment_mode="card", reference=CARD)
    ),
    "a card number as reason": lambda c, i: c("POST", f"/invoices/{i}/cancel", {"reason": f"card {CARD}"}),
    "a card number as amount": lambda c, i: c("POST", f"/invoices/{i}/payments", payment_body(CARD)),
    "a card number as date": lambda c, i: c("POST", f"/invoices/{i}/payments", payment_body(1, payment_date=CARD)),
    "a card number as property": lambda c, i: c(
        "POST", f"/invoices/{i}/payments", {**payment_body(1), CARD.replace(" ", ""): 1}
    ),
    "a card number as parameter": lambda c, i: c("GET", "/invoices", query={CARD.replace(" ", ""): "1"}),
    "a name as property": lambda c, i: c("POST", f"/invoices/{i}/payments", {**payment_body(1), NAME: 1}),
    "a name as filter": lambda c, i: c("GET", "/invoices", query={"patient_id": NAME}),
    "a name as status": lambda c, i: c("GET", "/invoices", query={"status": NAME}),
    "a name as branch": lambda c, i: c("POST", "/invoices", invoice_body(1, branch_id=NAME)),
    "a key that cannot be one": lambda c, i: c(
        "POST", f"/invoices/{i}/payments", payment_body(1), headers={"Idempotency-Key": f"{KEY},{KEY}"}
    ),
    "malformed JSON": lambda c, i: c("POST", "/invoices", raw='{"patient": {"name": "' + NAME),
    "a body that is no object": lambda c, i: c("POST", "/invoices", raw=json.dumps([NAME, PHONE, CARD])),
    "another media type": lambda c, i: c("POST", "/invoices", raw=NAME, headers={"content-type": f"text/{KEY}"}),
    "a phone number that is none": lambda c, i: c(
        "POST", "/invoices", invoice_body(1, patient={"id": "P", "name": NAME, "phone": PHONE + "x"})
    ),
    "no scope": lambda c, i: c("GET", f"/invoices/{i}", scope=f"{SECRET} other"),
    "no tenant": lambda c, i: c("GET", f"/invoices/{i}", tenant=f"{NAME}#"),
    "another tenant": lambda c, i: c("GET", f"/invoices/{i}", tenant="other"),
    "an overpayment": lambda c, i: c(
        "POST", f"/invoices/{i}/payments", payment_body(9999, payment_mode="upi", reference=REFERENCE)
    ),
    "a reused key": lambda c, i: after(
        c("POST", f"/invoices/{i}/payments", payment_body(1)), c("POST", f"/invoices/{i}/payments", payment_body(2))
    ),
    "a used reference": lambda c, i: after(
        c("POST", f"/invoices/{i}/payments", payment_body(1, payment_mode="upi", reference=REFERENCE)),
        c(
            "POST", f"/invoices/{i}/payments", payment_body(1, payment_mode="upi", reference=REFERENCE),
            headers={"Idempotency-Key": "other"},
        ),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_refusals(case: str, caller: Caller, lines: Lines, capfd: pytest.CaptureFixture[str]):
    created = caller.invoice(finalize=True)
    answer = REFUSED[case](caller, created.json["id"])
    assert 400 <= answer.status < 500, answer
    check(caller, lines, capfd)


@pytest.mark.parametrize("fault", FAULTS)
def test_failures_and_defects_on_every_route(
    fault: str, caller: Caller, lines: Lines, capfd: pytest.CaptureFixture[str], fail: Callable[..., None]
):
    created = caller.invoice(finalize=True)
    before = len(caller.answers)
    fail(FAULTS[fault])
    every_route(caller, created.json["id"])
    answers = caller.answers[before:]
    assert len(answers) == len(ROUTES)
    assert sum(answer.status >= 500 for answer in answers) >= len(ROUTES) // 2
    check(caller, lines, capfd)


@pytest.mark.parametrize("fault", FAULTS)
def test_the_stream_function(
    fault: str,
    caller: Caller,
    services: wiring.Services,
    lines: Lines,
    capfd: pytest.CaptureFixture[str],
    fail: Callable[..., None],
):
    """Its defects reach Lambda, which writes type, message and places of what escapes into the log."""
    created = caller.invoice(finalize=True)
    page = services.dynamodb.scan(TableName="billing")
    heads = [item for item in page["Items"] if item["sk"]["S"] == "H"]
    images = [*heads, {**heads[0], "total": {"N": NAME}}, {**heads[0], "date": {"S": PHONE}}]
    records = [
        {"dynamodb": {"Keys": {"pk": image["pk"], "sk": image["sk"]}, "NewImage": image, "SequenceNumber": str(place)}}
        for place, image in enumerate(images)
    ]
    assert created.status == 201
    fail(FAULTS[fault])
    wiring.use(services)
    try:
        answer = function("update_summary").handler({"Records": records}, Context())
        assert answer["batchItemFailures"]
    except Exception as escaped:  # noqa: BLE001  as Lambda's runtime catches it
        lines.written.append("".join(traceback.format_exception(escaped)))
    check(caller, lines, capfd)
