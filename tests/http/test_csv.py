"""CSV for spreadsheets: RFC 4180, no cell that a spreadsheet would run, within what Lambda may answer."""

from __future__ import annotations

import csv
import io
import json

import pytest

from billing.application.ports import ListedInvoice
from billing.http import csv as billing_csv
from billing.http.csv import prefers_csv, text
from billing.http.json import Rupees
from billing.http.parameters import MAX_CSV_ROWS
from tests.http.api import Api

CSV = {"Accept": "text/csv"}
LAMBDA_ANSWER_BYTES = 6 * 1024 * 1024
NAMES = ["Asha, Rao", 'Ravi "Bobby" Iyer', "=HYPERLINK(1)", "+91 98", "-1+1", "@SUM(A1)", "＝1+1", "आशा राव", "Asha"]


def rows_of(text_of: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text_of, newline="")))


def test_the_list_as_csv_says_what_json_says(api: Api):
    for name in NAMES:
        api.invoice(1500.5, patient={"id": "PAT-1", "name": name})
    api.settle()
    answer = api("GET", "/invoices", headers=CSV)
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8; header=present"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="invoices.csv"'
    assert answer.headers["X-Total-Count"] == str(len(NAMES))
    assert answer.text.endswith("\r\n")
    assert "\n" not in answer.text.replace("\r\n", "")
    listed = api("GET", "/invoices").json
    rows = rows_of(answer.text)
    assert [row["id"] for row in rows] == [row["id"] for row in listed]
    for row, document in zip(rows, listed, strict=True):
        assert set(row) == set(document)
        name = document["patient_name"]
        assert row["patient_name"] == (name if name[0] not in "=+-@＝" else "'" + name)
        assert row["total"] == f"{document['total']:.2f}"


def test_a_walk_by_cursor_exports_everything_once(api: Api):
    for _ in range(7):
        api.invoice(100)
    api.settle()
    seen: list[str] = []
    query: dict[str, object] = {"per_page": 3}
    while True:
        answer = api("GET", "/invoices", query=query, headers=CSV)
        seen += [row["id"] for row in rows_of(answer.text)]
        if "X-Next-Cursor" not in answer.headers:
            break
        query = {"per_page": 3, "cursor": answer.headers["X-Next-Cursor"]}
    assert len(seen) == len(set(seen)) == 7


@pytest.mark.parametrize(
    ("per_page", "accept", "status"), [(2000, "text/csv", 200), (2001, "text/csv", 400), (2000, "*/*", 400)]
)
def test_csv_pages_may_be_longer(api: Api, per_page, accept, status):
    assert api("GET", "/invoices", query={"per_page": per_page}, headers={"Accept": accept}).status == status


def test_the_largest_page_is_one_lambda_answer():
    """The longest names, each character escaped twelve times as long in the JSON that carries the answer."""
    row = ListedInvoice(
        "B" * 32 + "." + "0" * 16, "MUM01/2526/00001", '"' * 100 + "\U0001f600" * 100, 10**10, 10**10, 10**10,
        "partially_paid", "2026-03-10", "B" * 32,
    )  # fmt: skip
    for name in ('"' * 200, "\U0001f600" * 200, row.patient_name):
        made = ListedInvoice(row.id, row.number, name, *(row.total_paise,) * 3, row.status, row.date, row.branch_id)
        body = text(billing_csv.list_table([made] * MAX_CSV_ROWS))
        assert len(json.dumps(body)) < LAMBDA_ANSWER_BYTES


def test_daily_figures_as_csv(api: Api):
    invoice = api.invoice(1500)
    api.pay(invoice["id"], 600, payment_mode="upi", reference="607412345678")
    lines = [{"service_name": "X", "department": "=Lab", "quantity": 1, "rate": 250, "tax_rate": 0}]
    api.invoice(line_items=lines)
    api.settle()
    query = {"date_from": "2026-03-10", "date_to": "2026-03-15"}
    answer = api("GET", "/summary/daily", query=query, headers=CSV)
    rows = rows_of(answer.text)
    days = api("GET", "/summary/daily", query=query).json
    assert answer.headers["Content-Disposition"] == 'attachment; filename="daily-summary.csv"'
    assert [row["date"] for row in rows] == [day["date"] for day in days]
    assert rows[0]["total_billed"] == "1750.00"
    assert rows[0]["revenue General Medicine"] == "1500.00"
    assert rows[0]["revenue =Lab"] == "250.00"
    assert rows[5]["collected_upi"] == "600.00"
    for row, day in zip(rows, days, strict=True):
        assert row["total_collected"] == f"{day['total_collected']:.2f}"


def test_without_data_there_are_still_names(api: Api):
    assert len(api("GET", "/invoices", headers=CSV).text.splitlines()) == 1


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("text/csv", True),
        ("TEXT/CSV; charset=utf-8", True),
        ("text/csv, */*;q=0.1", True),
        ("text/csv;q=0.5, application/json;q=0.4", True),
        ("application/json, text/csv;q=0.9", False),
        ("application/json, text/csv", False),
        ("text/csv;q=0", False),
        ("text/csv;q=0.000", False),
        ("*/*", False),
        ("text/*", False),
        ("text/csvx", False),
        ("text/csv;q=high", True),
        ("", False),
    ],
)
def test_who_gets_csv(accept, expected):
    assert prefers_csv(accept) is expected


def test_errors_stay_problem_documents(api: Api):
    answer = api("GET", "/invoices", query={"page": 0}, headers=CSV)
    assert (answer.status, answer.headers["Content-Type"]) == (400, "application/problem+json")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", " =", "\u200c="])
def test_no_text_is_a_formula(start):
    cell = next(csv.reader(io.StringIO(text([[start + "cmd|' /C calc'!A0", 1]]), newline="")))[0]
    assert cell.startswith("'")


def test_amounts_stay_numbers():
    assert text([[Rupees(-1250), Rupees(5), None, 3, "a"]]) == "-12.50,0.05,,3,a\r\n"
