"""Money over real HTTP: paid in two parts, exactly once, and the summary follows."""

from __future__ import annotations

from typing import Any

from tests.stack.http_client import Api, Response
from tests.stack.ledger import heads, paise
from tools.local_stack import lifecycle
from tools.local_stack.settings import StackSettings


def summary(api: Api, stack: StackSettings, **query: Any) -> dict[str, Any]:
    lifecycle.wait_until_counted(stack)
    answer = api.request("GET", "/summary", token=api.token(), query=query)
    assert answer.status == 200, answer.body
    document: dict[str, Any] = answer.json()
    return document


def books_balance(figures: dict[str, Any]) -> bool:
    billed, collected = paise(figures["total_billed"]), paise(figures["total_collected"])
    return billed - collected == paise(figures["total_outstanding"])


def pay(api: Api, invoice_id: str, key: str, **body: Any) -> Response:
    sent = {"payment_mode": "upi", "payment_date": "2026-10-31", **body}
    path = f"/invoices/{invoice_id}/payments"
    return api.request("POST", path, token=api.token(), body=sent, headers={"Idempotency-Key": key})


def new_invoice(api: Api, rate: int) -> str:
    line = {
        "service_name": "Consultation",
        "department": "General Medicine",
        "quantity": 1,
        "rate": rate,
        "tax_rate": 0,
    }
    patient = {"id": "PAT-0042", "name": "Kavya Hegde"}
    body = {"branch_id": "pune", "patient": patient, "date": "2026-10-31", "line_items": [line], "finalize": True}
    answer = api.request("POST", "/invoices", token=api.token(), body=body)
    assert answer.status == 201, answer.body
    return str(answer.json()["id"])


def test_pays_in_two_parts_exactly_once(api: Api, stack: StackSettings) -> None:
    invoice_id = new_invoice(api, 1500)
    before = summary(api, stack)
    assert books_balance(before)

    first = pay(api, invoice_id, "two-parts-1", amount=1000, reference="612345678901")
    assert (first.status, first.json()["invoice"]["status"]) == (201, "partially_paid")
    second = pay(api, invoice_id, "two-parts-2", amount=500.00, reference="612345678902")
    assert second.status == 201
    assert second.json()["invoice"] == {
        "id": invoice_id,
        "status": "paid",
        "total": 1500,
        "paid": 1500,
        "balance": 0,
    }

    again = pay(api, invoice_id, "two-parts-2", amount=500, reference="612345678902")
    assert (again.status, again.headers["idempotent-replayed"]) == (200, "true")
    assert again.json()["payment"] == second.json()["payment"]

    refused = pay(api, invoice_id, "two-parts-3", amount=0.01, reference="612345678903")
    assert (refused.status, refused.headers["content-type"]) == (409, "application/problem+json")
    assert refused.json()["code"] == "not_payable"

    shown = api.request("GET", f"/invoices/{invoice_id}", token=api.token()).json()
    assert [payment["amount"] for payment in shown["payments"]] == [1000, 500]

    after = summary(api, stack)
    assert books_balance(after)
    assert paise(after["total_collected"]) - paise(before["total_collected"]) == 150_000
    assert paise(after["total_billed"]) == paise(before["total_billed"])
    assert paise(after["collection_by_mode"]["upi"]) - paise(before["collection_by_mode"]["upi"]) == 150_000


def test_one_paisa_more_than_the_balance_is_refused(api: Api, stack: StackSettings) -> None:
    invoice_id = stack.description()["seed"]["invoice_of_each_status"]["partially_paid"]
    shown = api.request("GET", f"/invoices/{invoice_id}", token=api.token()).json()
    too_much = (paise(shown["balance"]) + 1) / 100
    refused = pay(api, invoice_id, "one-paisa-more", amount=too_much, reference="612345678904")
    assert (refused.status, refused.json()["code"]) == (409, "overpayment")
    unchanged = api.request("GET", f"/invoices/{invoice_id}", token=api.token()).json()
    assert unchanged == shown


def test_the_summary_equals_the_invoices(api: Api, stack: StackSettings) -> None:
    figures = summary(api, stack)
    billed = [row for row in heads(stack, "demo") if row["status"] in ("finalized", "partially_paid", "paid")]
    assert paise(figures["total_billed"]) == sum(row["total"] for row in billed)
    assert paise(figures["total_outstanding"]) == sum(row["balance"] for row in billed)
    assert figures["invoice_count"] == len(billed)
    departments = sum(map(paise, figures["revenue_by_department"].values()))
    assert departments == paise(figures["total_billed"])
    assert set(figures["collection_by_mode"]) == {"cash", "card", "upi", "neft", "cheque", "online", "insurance"}
    assert sum(map(paise, figures["collection_by_mode"].values())) == paise(figures["total_collected"])


def test_a_range_and_a_branch_equal_the_invoices(api: Api, stack: StackSettings) -> None:
    query = {"date_from": "2026-03-20", "date_to": "2026-04-10", "branch_id": "mumbai"}
    figures = summary(api, stack, **query)
    billed = [
        row
        for row in heads(stack, "demo")
        if row["status"] in ("finalized", "partially_paid", "paid")
        and row["branch_id"] == "mumbai"
        and query["date_from"] <= row["date"] <= query["date_to"]
    ]
    assert billed
    assert paise(figures["total_billed"]) == sum(row["total"] for row in billed)
    assert paise(figures["total_outstanding"]) == sum(row["balance"] for row in billed)
