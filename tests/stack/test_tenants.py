"""Nobody sees another tenant's or another branch's invoices."""

from __future__ import annotations

from tests.stack.http_client import Api
from tests.stack.ledger import heads, paise
from tools.local_stack.settings import StackSettings


def test_another_tenants_invoice_does_not_exist(api: Api, stack: StackSettings) -> None:
    invoice_id = stack.description()["seed"]["invoice_of_each_status"]["finalized"]
    own = api.request("GET", f"/invoices/{invoice_id}", token=api.token())
    assert own.status == 200
    foreign = api.request("GET", f"/invoices/{invoice_id}", token=api.token(tenant="sunrise"))
    unknown = api.request("GET", "/invoices/pune.0000000000000000", token=api.token(tenant="sunrise"))
    assert foreign.status == unknown.status == 404
    assert {**foreign.json(), "instance": ""} == {**unknown.json(), "instance": ""}


def test_a_foreign_invoice_cannot_be_paid(api: Api, stack: StackSettings) -> None:
    invoice_id = stack.description()["seed"]["invoice_of_each_status"]["finalized"]
    before = api.request("GET", f"/invoices/{invoice_id}", token=api.token()).json()
    body = {"amount": 1, "payment_mode": "cash", "payment_date": "2026-10-31"}
    answer = api.request("POST", f"/invoices/{invoice_id}/payments", token=api.token(tenant="sunrise"), body=body)
    assert answer.status == 404
    assert api.request("GET", f"/invoices/{invoice_id}", token=api.token()).json() == before


def test_lists_and_sums_are_the_tenants_own(api: Api, stack: StackSettings) -> None:
    """Both tenants have a branch `pune` and a patient PAT-0001."""
    for tenant in ("demo", "sunrise"):
        own = [row for row in heads(stack, tenant) if row["branch_id"] == "pune"]
        token = api.token(tenant=tenant)
        query = {"branch_id": "pune", "per_page": 1}
        listed = api.request("GET", "/invoices", token=token, query=query)
        assert int(listed.headers["x-total-count"]) == len(own)
        one = [row for row in own if row["patient_id"] == "PAT-0001"]
        query = {"branch_id": "pune", "patient_id": "PAT-0001", "per_page": 100}
        listed = api.request("GET", "/invoices", token=token, query=query)
        assert {row["id"] for row in listed.json()} == {row["id"] for row in one}


def test_a_tenant_without_data_sees_nothing(api: Api) -> None:
    token = api.token(tenant="stranger")
    assert api.request("GET", "/invoices", token=token).json() == []
    assert api.request("GET", "/branches", token=token).json() == []
    assert api.request("GET", "/summary", token=token).json()["total_billed"] == 0


def test_a_token_limited_to_branches(api: Api, stack: StackSettings) -> None:
    token = api.token(branches="mysuru bengaluru")
    rows = [row for row in heads(stack, "demo") if row["branch_id"] in ("mysuru", "bengaluru")]
    listed = api.request("GET", "/invoices", token=token, query={"per_page": 100})
    assert int(listed.headers["x-total-count"]) == len(rows)
    assert {row["id"].split(".")[0] for row in listed.json()} <= {"mysuru", "bengaluru"}
    billed = sum(row["total"] for row in rows if row["status"] not in ("draft", "cancelled"))
    summed = api.request("GET", "/summary", token=token).json()
    assert paise(summed["total_billed"]) == billed
    hidden = stack.description()["seed"]["invoice_to_pay"]
    assert api.request("GET", f"/invoices/{hidden}", token=token).status == 404
    assert {branch["id"] for branch in api.request("GET", "/branches", token=token).json()} == {"mysuru", "bengaluru"}
