"""Lists and figures against a brute-force reading of the same invoices."""

import itertools
import random
from datetime import date, timedelta
from decimal import Decimal

import pytest

from billing import wiring
from tests.http.api import Api, invoice_body, payment_body

STATUSES = ("draft", "finalized", "partially_paid", "paid", "cancelled")


@pytest.fixture(scope="module")
def api(module_services: wiring.Services) -> Api:
    """One API for the module: after the fixture below nothing is written."""
    api = Api(module_services)
    api.branch()
    return api


@pytest.fixture(scope="module")
def ledger(api: Api):
    """About 120 invoices of two branches over five months, in every status, and all their documents."""
    chance = random.Random(7)
    api.branch("PUN-01")
    ids = []
    for number in range(120):
        day = date(2026, 3, 20) - timedelta(days=chance.choice([0, 1, 2, 30, 31, 60, 61, 62, 110, 150]))
        status = chance.choice(STATUSES)
        lines = [
            {
                "service_name": "Service",
                "department": chance.choice(["Imaging", "Laboratory", "General Medicine"]),
                "quantity": chance.choice([1, 2, 1.5]),
                "rate": chance.randrange(1, 200000) / 100,
                "tax_rate": chance.choice([0, 5, 12, 18]),
            }
            for _ in range(chance.randint(1, 3))
        ]
        body = invoice_body(
            patient={"id": f"PAT-{number % 9}", "name": "Asha Rao"},
            branch_id=chance.choice(["MUM-01", "PUN-01"]),
            date=day.isoformat(),
            line_items=lines,
            finalize=status != "draft" and not (status == "cancelled" and chance.random() < 0.5),
        )
        invoice = api("POST", "/invoices", body).json
        path = f"/invoices/{invoice['id']}"
        total = invoice["totals"]["grand_total"]
        mode = chance.choice(["cash", "upi", "card", "neft", "cheque", "online", "insurance"])
        paid_on = min(day + timedelta(days=chance.choice([0, 1, 40])), date(2026, 3, 20)).isoformat()
        payment = payment_body(1, payment_mode=mode, reference=f"R{number}", payment_date=paid_on)
        if status == "partially_paid":
            api("POST", path + "/payments", {**payment, "amount": float(total - 1)})
        if status == "paid":
            api("POST", path + "/payments", {**payment, "amount": 1})
            api("POST", path + "/payments", {**payment, "reference": f"S{number}", "amount": float(total - 1)})
        if status == "paid" and number % 3 == 0:
            refund = {"amount": 1, "refund_mode": "upi", "reference": "X", "refund_date": "2026-03-20", "reason": "x"}
            assert api("POST", path + "/refunds", refund).status == 201
        if status == "cancelled":
            api("POST", path + "/cancel", {"reason": "entered twice"})
        ids.append(invoice["id"])
    api.settle()
    documents = [api("GET", f"/invoices/{invoice_id}").json for invoice_id in ids]
    return sorted(documents, key=lambda d: (d["date"], d["id"]), reverse=True)


def chosen(documents, *, patient_id=None, status=None, date_from=None, date_to=None, branch_id=None):
    return [
        d
        for d in documents
        if patient_id in (None, d["patient"]["id"])
        and status in (None, d["status"])
        and (date_from or "") <= d["date"] <= (date_to or "9999")
        and branch_id in (None, d["branch"]["id"])
    ]


def summary_row(d):
    return {
        "id": d["id"],
        "invoice_number": d["invoice_number"],
        "patient_name": d["patient"]["name"],
        "total": d["totals"]["grand_total"],
        "paid": d["paid"],
        "balance": d["balance"],
        "status": d["status"],
        "date": d["date"],
    }


RANGES = [
    (None, None),
    ("2025-12-15", None),
    (None, "2026-01-18"),
    ("2025-11-05", "2026-03-18"),
    ("2026-01-18", "2026-01-20"),
    ("2026-01-18", "2026-02-18"),  # over the end of a month, with no whole month in it
]


def test_every_combination_of_filters_and_every_page_equals_brute_force(api: Api, ledger):
    pages = 0
    for patient_id, status, (date_from, date_to), branch_id, limit in itertools.product(
        (None, "PAT-3"), (None, *STATUSES), RANGES, (None, "MUM-01"), (None, "PUN-01")
    ):
        query = {
            "patient_id": patient_id,
            "status": status,
            "date_from": date_from,
            "date_to": date_to,
            "branch_id": branch_id,
        }
        query = {name: value for name, value in query.items() if value}
        expected = [summary_row(d) for d in chosen(ledger, **query) if limit in (None, d["branch"]["id"])]
        for page in range(1, len(expected) // 7 + 3):
            answer = api("GET", "/invoices", query={**query, "page": page, "per_page": 7}, branches=limit)
            assert answer.status == 200
            assert answer.json == expected[(page - 1) * 7 : page * 7], (query, page, limit)
            assert answer.headers["X-Total-Count"] == str(len(expected)), (query, page, limit)
            pages += 1
    assert pages > 400


@pytest.mark.parametrize("limits", ["[MUM-01 PUN-01]", "MUM-01 PUN-01"])
def test_a_token_for_several_branches_pages_through_all_of_them(api: Api, ledger, limits):
    for status in (None, *STATUSES):
        query = {"status": status} if status else {}
        expected = [d["id"] for d in chosen(ledger, status=status)]
        got = []
        for page in range(1, len(expected) // 9 + 2):
            answer = api("GET", "/invoices", query={**query, "page": page, "per_page": 9}, branches=limits)
            got += [row["id"] for row in answer.json]
        assert got == expected


@pytest.mark.parametrize(
    "query", [{}, {"status": "paid"}, {"branch_id": "MUM-01", "status": "cancelled"}, {"patient_id": "PAT-2"}]
)
def test_a_cursor_walk_sees_each_row_once(api: Api, ledger, query):
    got, more = [], {"per_page": 5, **query}
    while True:
        answer = api("GET", "/invoices", query=more)
        got += [row["id"] for row in answer.json]
        if "X-Next-Cursor" not in answer.headers:
            break
        more = {"per_page": 5, **query, "cursor": answer.headers["X-Next-Cursor"]}
    assert got == [d["id"] for d in chosen(ledger, **query)]


def test_links_keep_filters(api: Api, ledger):
    answer = api("GET", "/invoices", query={"branch_id": "MUM-01", "per_page": 10, "page": 2})
    base = "/api/v1/billing/invoices?branch_id=MUM-01&per_page=10&page="
    total = int(answer.headers["X-Total-Count"])
    last = -(-total // 10)
    assert answer.headers["Link"] == (
        f'<{base}1>; rel="first", <{base}1>; rel="prev", <{base}3>; rel="next", <{base}{last}>; rel="last"'
    )


def expected_summary(documents, date_from, date_to, branch_id):
    low, high = date_from or "", date_to or "9999"
    in_branch = [d for d in documents if branch_id in (None, d["branch"]["id"])]
    billed = [d for d in in_branch if low <= d["date"] <= high and d["status"] in STATUSES[1:4]]
    modes = dict.fromkeys(("cash", "card", "upi", "neft", "cheque", "online", "insurance"), Decimal(0))
    for d in in_branch:
        for p in d["payments"]:
            if low <= p["payment_date"] <= high:
                modes[p["payment_mode"]] += p["amount"]
        for r in d["refunds"]:
            if low <= r["refund_date"] <= high:
                modes[r["refund_mode"]] -= r["amount"]
    revenue: dict[str, Decimal] = {}
    for d in billed:
        for item in d["line_items"]:
            revenue[item["department"]] = revenue.get(item["department"], Decimal(0)) + item["amount"]
        if d["totals"]["round_off"]:
            revenue["rounding"] = revenue.get("rounding", Decimal(0)) + d["totals"]["round_off"]
    return {
        "total_billed": sum(d["totals"]["grand_total"] for d in billed),
        "total_collected": sum(modes.values()),
        "total_outstanding": sum(d["balance"] for d in billed),
        "collection_by_mode": modes,
        "revenue_by_department": {name: amount for name, amount in revenue.items() if amount},
        "total_unapplied": 0,
        "invoice_count": len(billed),
    }


@pytest.mark.parametrize("branch_id", [None, "MUM-01", "PUN-01"])
def test_summaries_equal_recomputation(api: Api, ledger, branch_id):
    days = [
        "2025-10-21",
        "2025-10-22",
        "2025-12-31",
        "2026-01-01",
        "2026-01-18",
        "2026-02-28",
        "2026-03-01",
        "2026-03-20",
    ]
    ranges = [*itertools.combinations_with_replacement(days, 2), *((d, None) for d in days), *((None, d) for d in days)]
    for date_from, date_to in [(None, None), *ranges]:
        query = {"date_from": date_from, "date_to": date_to, "branch_id": branch_id}
        answer = api("GET", "/summary", query={k: v for k, v in query.items() if v}).json
        assert {k: answer[k] for k in query} == query
        expected = expected_summary(ledger, date_from, date_to, branch_id)
        assert {k: answer[k] for k in expected} == expected, query
        assert sum(answer["revenue_by_department"].values()) == answer["total_billed"]
    everything = api("GET", "/summary").json
    assert everything["total_billed"] - everything["total_collected"] == everything["total_outstanding"] > 0


def test_a_limited_token_sums_its_branches_only(api: Api, ledger):
    limited = api("GET", "/summary", branches="PUN-01").json
    expected = expected_summary(ledger, None, None, "PUN-01")
    assert {k: limited[k] for k in expected} == expected
    assert api("GET", "/summary", branches="PUN-01", query={"branch_id": "MUM-01"}).json["total_billed"] == 0
    assert api("GET", "/summary", branches="").json["invoice_count"] == 0


def test_daily_rows_sum_to_the_summary(api: Api, ledger):
    query = {"date_from": "2025-10-01", "date_to": "2026-03-20"}
    rows = api("GET", "/summary/daily", query=query).json
    assert [row["date"] for row in rows][:2] == ["2025-10-01", "2025-10-02"]
    assert len(rows) == 171
    whole = api("GET", "/summary", query=query).json
    for name in ("total_billed", "total_collected", "total_outstanding", "invoice_count"):
        assert sum(row[name] for row in rows) == whole[name]


def test_counting_everything_again_changes_nothing(api: Api, ledger):
    before = api("GET", "/summary").json
    api.settle()
    assert api("GET", "/summary").json == before
