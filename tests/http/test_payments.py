"""Payments as callers see them: parts, replays, duplicates, refusals."""

from decimal import Decimal

import pytest

from billing import wiring
from tests.http.api import Api, payment_body
from tools.in_process.gateway import function


def test_pays_in_two_parts(api: Api):
    invoice = api.invoice(1500)
    first = api.pay(invoice["id"], 1000, payment_mode="upi", reference="UPI-TXN-123456")
    assert (first.status, first.json["invoice"]["status"]) == (201, "partially_paid")
    assert first.json["invoice"]["balance"] == 500
    second = api.pay(invoice["id"], 500)
    assert (second.status, second.json["invoice"]["status"]) == (201, "paid")
    assert second.json["invoice"]["balance"] == 0
    detail = api("GET", f"/invoices/{invoice['id']}").json
    assert sorted(p["amount"] for p in detail["payments"]) == [500, 1000]
    assert detail["paid"] == 1500


@pytest.mark.parametrize("amount", [1500, "full"])
def test_replay_of_a_natural_key_answers_with_the_first_payment(api: Api, amount):
    invoice = api.invoice(3000 if amount == 1500 else 1500)
    body = payment_body(1500, payment_mode="neft", reference="SBIN526123456789")
    first = api("POST", f"/invoices/{invoice['id']}/payments", body)
    again = api(
        "POST", f"/invoices/{invoice['id']}/payments", raw=str(body).replace("'", '"').replace("1500", "1500.00", 1)
    )
    assert (first.status, again.status) == (201, 200)
    assert again.json["payment"] == first.json["payment"]
    assert again.headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first.headers


def test_replay_of_a_header_key(api: Api):
    invoice = api.invoice(1500)
    first = api.pay(invoice["id"], 600, headers={"Idempotency-Key": "till-7-0001"})
    again = api.pay(invoice["id"], 600, headers={"Idempotency-Key": '"till-7-0001"'})
    assert again.json["payment"]["id"] == first.json["payment"]["id"]
    other = api.pay(invoice["id"], 600, headers={"Idempotency-Key": "till-7-0002"})
    assert other.status == 201


def test_a_header_key_with_other_content_is_refused_and_names_the_differences(api: Api):
    invoice = api.invoice(1500)
    api.pay(invoice["id"], 600, headers={"Idempotency-Key": "k"})
    answer = api.pay(invoice["id"], 601, payment_date="2026-03-14", headers={"Idempotency-Key": "k"})
    assert (answer.status, answer.code) == (422, "idempotency_key_reused")
    assert [fault["pointer"] for fault in answer.json["errors"]] == ["/amount", "/payment_date"]
    crossed = api.pay(invoice["id"], 600, payment_mode="upi", reference="X1", headers={"Idempotency-Key": "k"})
    assert (crossed.status, crossed.code) == (422, "idempotency_key_reused")


def test_the_same_reference_under_another_key_is_a_duplicate(api: Api):
    invoice = api.invoice(1500)
    first = api.pay(invoice["id"], 100, payment_mode="upi", reference="X1", headers={"Idempotency-Key": "a"})
    for body, headers in ((100, {"Idempotency-Key": "b"}), (200, {}), (200, {"Idempotency-Key": "b"})):
        answer = api.pay(invoice["id"], body, payment_mode="upi", reference="X1", headers=headers)
        assert (answer.status, answer.code) == (409, "duplicate_reference")
        assert answer.json["payment_id"] == first.json["payment"]["id"]


def test_cash_without_a_key_is_recorded_each_time(api: Api):
    invoice = api.invoice(1500)
    assert api.pay(invoice["id"], 100).json["payment"]["id"] != api.pay(invoice["id"], 100).json["payment"]["id"]


def test_one_paisa_more_than_the_balance(api: Api):
    invoice = api.invoice(1500)
    answer = api.pay(invoice["id"], 1500.01)
    assert (answer.status, answer.code, answer.json["balance"]) == (409, "overpayment", Decimal(1500))


@pytest.mark.parametrize("state", ["draft", "cancelled", "paid"])
def test_states_that_take_no_payment(api: Api, state):
    invoice = api.invoice(1500, finalize=state != "draft")
    if state == "cancelled":
        api("POST", f"/invoices/{invoice['id']}/cancel", {"reason": "entered twice"})
    if state == "paid":
        api.pay(invoice["id"], 1500)
    answer = api.pay(invoice["id"], 1)
    assert (answer.status, answer.code) == (409, "not_payable")


@pytest.mark.parametrize(
    ("day", "status"), [("2026-03-08", 422), ("2026-03-09", 201), ("2026-03-20", 201), ("2026-03-21", 422)]
)
def test_payment_dates(api: Api, day, status):
    invoice = api.invoice(1500, date="2026-03-10")
    assert api.pay(invoice["id"], 1, payment_date=day).status == status


def test_other_tenants_and_branches_meet_one_404(api: Api):
    invoice = api.invoice(1500)
    path = f"/invoices/{invoice['id']}"
    answers = [
        api("GET", path, tenant="other"),
        api("GET", path, branches="PUN-01"),
        api("GET", path, branches=""),
        api("GET", "/invoices/MUM-01.0000000000000000"),
        api("POST", path + "/payments", payment_body(1), tenant="other"),
        api("POST", path + "/payments", payment_body(1), branches="[PUN-01 DEL-01]"),
    ]
    assert {answer.status for answer in answers} == {404}
    bodies = [{k: v for k, v in answer.json.items() if k != "instance"} for answer in answers]
    assert all(body == bodies[0] for body in bodies)
    assert api("GET", path, branches="[MUM-01 PUN-01]").status == 200


def test_what_init_tries_writes_nothing(services: wiring.Services):
    function("record_payment")._refused_write(services)
    assert services.dynamodb.scan(TableName="billing")["Items"] == []
    assert services.invoices.load_head(wiring.NOBODY.tenant, wiring.NO_INVOICE) is None
