"""The list over the seed: each filter, all together, and pages, against brute force over the table."""

from __future__ import annotations

import math
from typing import Any

import pytest

from tests.stack.http_client import Api
from tests.stack.ledger import heads, paise
from tools.local_stack.settings import StackSettings

Row = dict[str, Any]


@pytest.fixture(scope="module")
def truth(stack: StackSettings) -> list[Row]:
    """The demo tenant's invoices in the list's order: newest date first, then id descending."""
    return sorted(heads(stack, "demo"), key=lambda row: (row["date"], row["id"]), reverse=True)


def brute_force(truth: list[Row], filters: dict[str, Any]) -> list[Row]:
    def keeps(row: Row) -> bool:
        return all(
            {
                "patient_id": row["patient_id"] == value,
                "branch_id": row["branch_id"] == value,
                "status": row["status"] == value,
                "date_from": row["date"] >= str(value),
                "date_to": row["date"] <= str(value),
            }[name]
            for name, value in filters.items()
        )

    return [row for row in truth if keeps(row)]


FILTERS: list[dict[str, Any]] = [
    {},
    {"branch_id": "pune"},
    {"branch_id": "mysuru"},
    {"branch_id": "nowhere"},
    {"patient_id": "PAT-0001"},
    {"patient_id": "PAT-9999"},
    *({"status": status} for status in ("draft", "finalized", "partially_paid", "paid", "cancelled")),
    {"date_from": "2026-10-01"},
    {"date_to": "2025-11-15"},
    {"date_from": "2026-03-20", "date_to": "2026-04-10"},
    {"status": "paid", "branch_id": "bengaluru"},
    {"status": "finalized", "branch_id": "mumbai", "date_from": "2026-08-01"},
    {"patient_id": "PAT-0007", "status": "paid", "branch_id": "pune"},
    {
        "patient_id": "PAT-0012",
        "status": "paid",
        "branch_id": "pune",
        "date_from": "2026-01-01",
        "date_to": "2026-10-31",
    },
]


@pytest.mark.parametrize("filters", FILTERS, ids=lambda filters: "&".join(f"{k}={v}" for k, v in filters.items()))
def test_pages_equal_brute_force(api: Api, truth: list[Row], filters: dict[str, Any]) -> None:
    expected = brute_force(truth, filters)
    per_page = 37
    last = max(1, math.ceil(len(expected) / per_page))
    for page in sorted({1, 2, (1 + last) // 2, last, last + 1}):
        answer = api.request(
            "GET", "/invoices", token=api.token(), query={**filters, "page": page, "per_page": per_page}
        )
        assert answer.status == 200, answer.body
        assert int(answer.headers["x-total-count"]) == len(expected)
        wanted = expected[(page - 1) * per_page : page * per_page]
        assert [row["id"] for row in answer.json()] == [row["id"] for row in wanted]
        for shown, row in zip(answer.json(), wanted, strict=True):
            assert set(shown) == {
                "id", "invoice_number", "patient_name", "total", "paid", "balance", "status", "date",
            }  # fmt: skip
            for name, value in shown.items():
                assert (paise(value) if name in ("total", "paid", "balance") else value) == row[name]


def test_links_keep_every_filter(api: Api) -> None:
    query = {"branch_id": "pune", "status": "paid", "page": 2, "per_page": 10}
    link = api.request("GET", "/invoices", token=api.token(), query=query).headers["link"]
    assert {part.rsplit("rel=", 1)[1].strip('"') for part in link.split(",")} == {"first", "prev", "next", "last"}
    assert link.count("branch_id=pune") == link.count("status=paid") == link.count("per_page=10") == 4
