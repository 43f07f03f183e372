"""Bad input: the right 4xx, a stable code, nothing written, never a 5xx."""

from __future__ import annotations

from typing import Any

import pytest

from tests.http.api import Api, invoice_body, payment_body

P = "/invoices/{id}/payments"


def pay(**members: Any) -> dict[str, Any]:
    return payment_body(**{"amount": 1, **members})


def without(name: str) -> dict[str, Any]:
    body = payment_body(1, payment_mode="upi", reference="U1")
    del body[name]
    return body


PAYMENT_BODIES: list[tuple[Any, int, str]] = [
    (pay(amount="1"), 422, "invalid_fields"),
    (pay(amount=True), 422, "invalid_fields"),
    (pay(amount=None), 422, "invalid_fields"),
    (pay(amount=[1]), 422, "invalid_fields"),
    (pay(amount=0), 422, "invalid_fields"),
    (pay(amount=-1), 422, "invalid_fields"),
    (pay(amount=0.001), 422, "invalid_fields"),
    (pay(amount=100_000_000.01), 422, "invalid_fields"),
    (pay(amount=1500.01), 409, "overpayment"),
    (pay(payment_mode="CASH"), 422, "invalid_fields"),
    (pay(payment_mode="bitcoin"), 422, "invalid_fields"),
    (pay(payment_mode=1), 422, "invalid_fields"),
    (without("amount"), 422, "invalid_fields"),
    (without("payment_mode"), 422, "invalid_fields"),
    (without("payment_date"), 422, "invalid_fields"),
    (without("reference"), 422, "invalid_fields"),
    (pay(payment_date="2026-02-30"), 422, "invalid_fields"),
    (pay(payment_date="20260315"), 422, "invalid_fields"),
    (pay(payment_date="2026-W11-1"), 422, "invalid_fields"),
    (pay(payment_date="２０２６-03-15"), 422, "invalid_fields"),
    (pay(payment_date=1773532800), 422, "invalid_fields"),
    (pay(payment_date="2026-03-15T00:00:00"), 422, "invalid_fields"),
    (pay(payment_date="2026-03-21"), 422, "invalid_fields"),
    (pay(payment_date="2026-03-08"), 422, "invalid_fields"),
    (pay(status="paid"), 422, "invalid_fields"),
    (pay(id="pay_1"), 422, "invalid_fields"),
    (pay(__proto__={}), 422, "invalid_fields"),
    (pay(reference=""), 422, "invalid_fields"),
    (pay(reference=" "), 422, "invalid_fields"),
    (pay(reference="-x"), 422, "invalid_fields"),
    (pay(reference="a" * 65), 422, "invalid_fields"),
    (pay(reference="a\u0000b"), 422, "invalid_fields"),
    (pay(reference="a\u202eb"), 422, "invalid_fields"),
    (pay(reference="a\u200bb"), 422, "invalid_fields"),
    (pay(reference="\ud800"), 422, "invalid_fields"),
    (pay(reference="4111 1111 1111 1111"), 422, "invalid_fields"),
    (pay(reference="paid by 4111-1111-1111-1111 today"), 422, "invalid_fields"),
    (pay(reference="４１１１１１１１１１１１１１１１"), 422, "invalid_fields"),
    (pay(reference={"$ne": ""}), 422, "invalid_fields"),
    ([pay()], 400, "malformed_request"),
    ("1", 400, "malformed_request"),
    (1, 400, "malformed_request"),
]

RAW_BODIES: list[tuple[str | bytes, int, str]] = [
    ("", 400, "malformed_request"),
    ("{", 400, "malformed_request"),
    ("null", 400, "malformed_request"),
    ('{"amount":1,"amount":2}', 400, "malformed_request"),
    ('{"amount":NaN,"payment_mode":"cash","payment_date":"2026-03-15"}', 400, "malformed_request"),
    ('{"amount":Infinity}', 400, "malformed_request"),
    ('{"amount":01}', 400, "malformed_request"),
    ('{"amount":1_0}', 400, "malformed_request"),
    ('{"amount":1e999999999,"payment_mode":"cash","payment_date":"2026-03-15"}', 422, "invalid_fields"),
    ('{"amount":1e-999999999,"payment_mode":"cash","payment_date":"2026-03-15"}', 422, "invalid_fields"),
    ('{"amount":' + "9" * 5000 + ',"payment_mode":"cash","payment_date":"2026-03-15"}', 422, "invalid_fields"),
    ("[" * 8000 + "]" * 8000, 400, "malformed_request"),
    ('{"a":' * 2000 + "1" + "}" * 2000, 400, "malformed_request"),
    (b'{"amount":1,"reference":"\xff"}', 400, "malformed_request"),
    (b"\xef\xbb\xbf{}", 400, "malformed_request"),
    ('{"amount":1}' + " " * 17_000, 413, "payload_too_large"),
    ("﻿{}", 400, "malformed_request"),
]

QUERIES: list[str] = [
    "patient=1", "patient_id=", "status=", "status=PAID", "status=open", "status=paid&status=paid", "page=0", "page=-1",
    "page=-0", "page=1_0", "page=%EF%BC%91", "page=1.0", "page=1e3", "page=99999999999", "page=", "per_page=0",
    "per_page=101", "page=+1", "date_from=2026-02-30", "date_from=2026-3-1", "date_from=yesterday",
    "date_from=2026-03-02&date_to=2026-03-01", "date_to=2026-03-01T00:00", "branch_id=a%23b", "branch_id=%00",
    "patient_id=%ff", "patient_id=%zz", "patient_id=a%23b", "PAGE=1", "page[]=1", "cursor=xyz", "cursor=",
    "cursor=MjAyNi0wMy0xMHxNVU0tMDEuMDAwMDAwMDAwMDAwMDAwMHx4&page=1", "branch_id=" + "a" * 33, "_=1", "&&x",
]  # fmt: skip


def snapshot(api: Api) -> list[Any]:
    return sorted(map(str, api.services.dynamodb.scan(TableName="billing")["Items"]))


@pytest.fixture
def invoice(api: Api) -> dict[str, Any]:
    return api.invoice(1500)


@pytest.mark.parametrize(("body", "status", "code"), PAYMENT_BODIES)
def test_payment_bodies(api: Api, invoice, body, status, code):
    before = snapshot(api)
    answer = api("POST", P.replace("{id}", invoice["id"]), body)
    assert (answer.status, answer.code) == (status, code), answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert snapshot(api) == before
    assert "4111" not in answer.text


@pytest.mark.parametrize(("raw", "status", "code"), RAW_BODIES, ids=range(len(RAW_BODIES)))
def test_raw_bodies(api: Api, invoice, raw, status, code):
    before = snapshot(api)
    answer = api("POST", P.replace("{id}", invoice["id"]), raw=raw)
    assert (answer.status, answer.code) == (status, code), answer.text
    assert snapshot(api) == before


@pytest.mark.parametrize("query", QUERIES)
def test_queries(api: Api, query):
    answer = api("GET", "/invoices", query=query)
    assert (answer.status, answer.code) == (400, "invalid_parameter"), answer.text


@pytest.mark.parametrize(
    "query",
    ["page=1", "branch_id=", "date_from=2026-13-01", "date_from=2026-03-02&date_to=2026-03-01", "from=2026-01-01"],
)
def test_summary_queries(api: Api, query):
    assert api("GET", "/summary", query=query).status == 400


@pytest.mark.parametrize("query", ["", "date_from=2026-01-01", "date_from=2025-01-01&date_to=2026-03-01"])
def test_daily_summary_queries(api: Api, query):
    assert api("GET", "/summary/daily", query=query).status == 400


@pytest.mark.parametrize(
    "invoice_id",
    [
        "x",
        "MUM-01",
        "MUM-01.",
        "MUM-01.0000000000000000x",
        "T%23demo",
        "..%2f..",
        "MUM-01.UPPERCASE0000000",
        "%00",
        "a" * 500,
        "١",
    ],
)
def test_ids_that_are_none(api: Api, invoice_id):
    answer = api("GET", f"/invoices/{invoice_id}")
    assert (answer.status, answer.code) == (404, "invoice_not_found")
    assert api("POST", f"/invoices/{invoice_id}/payments", pay()).status == 404


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Idempotency-Key": ""}, 400),
        ({"Idempotency-Key": '""'}, 400),
        ({"Idempotency-Key": "a,b"}, 400),
        ({"Idempotency-Key": "a" * 256}, 400),
        ({"Idempotency-Key": "naïve"}, 400),
        ({"Idempotency-Key": "a\tb"}, 400),
        ({"Content-Type": "text/plain"}, 415),
        ({"Content-Type": "application/json; charset=latin-1"}, 415),
        ({"Content-Type": ""}, 415),
        ({"Content-Encoding": "gzip"}, 415),
    ],
)
def test_headers(api: Api, invoice, headers, status):
    before = snapshot(api)
    assert api("POST", P.replace("{id}", invoice["id"]), pay(), headers=headers).status == status
    assert snapshot(api) == before


@pytest.mark.parametrize(
    ("arguments", "status", "code"),
    [
        ({"scope": None}, 401, "unauthenticated"),
        ({"scope": ""}, 403, "missing_scope"),
        ({"scope": "billing:read"}, 403, "missing_scope"),
        ({"scope": "billing:writer"}, 403, "missing_scope"),
        ({"claims": {"tenant_id": ""}}, 403, "missing_tenant"),
        ({"claims": {"tenant_id": "a#b"}}, 403, "missing_tenant"),
        ({"claims": {"tenant_id": "[demo]"}}, 403, "missing_tenant"),
        ({"claims": {"tenant_id": "a" * 65}}, 403, "missing_tenant"),
        ({"tenant": "other"}, 404, "invoice_not_found"),
        ({"branches": "[]"}, 404, "invoice_not_found"),
        ({"branches": "PUN-01"}, 404, "invoice_not_found"),
        ({"branches": "MUM-01#"}, 404, "invoice_not_found"),
    ],
)
def test_tokens(api: Api, invoice, arguments, status, code):
    before = snapshot(api)
    answer = api("POST", P.replace("{id}", invoice["id"]), pay(), **arguments)
    assert (answer.status, answer.code) == (status, code)
    assert snapshot(api) == before


def line(**members: Any) -> dict[str, Any]:
    return {"service_name": "X", "department": "Y", "quantity": 1, "rate": 1, "tax_rate": 0, **members}


@pytest.mark.parametrize(
    "members",
    [
        {"line_items": []},
        {"line_items": [line()] * 201},
        {"line_items": [line(quantity=0)]},
        {"line_items": [line(quantity=1.0001)]},
        {"line_items": [line(quantity=-1)]},
        {"line_items": [line(quantity="1")]},
        {"line_items": [line(rate=-1)]},
        {"line_items": [line(discount=1.01)]},
        {"line_items": [line(tax_rate=101)]},
        {"line_items": [line(tax_rate=5, tax_treatment="exempt")]},
        {"line_items": [line(tax_treatment="free")]},
        {"line_items": [line(sac_hsn="99931")]},
        {"line_items": [line(sac_hsn="９９９３")]},
        {"line_items": [line(department="Rounding")]},
        {"line_items": [line(department="")]},
        {"line_items": [line(rate=100_000_000, quantity=2)]},
        {"line_items": [line(rate=90_000_000), line(rate=90_000_000)]},
        {"line_items": {}},
        {"line_items": None},
        {"line_items": [1]},
        {"patient": None},
        {"patient": {"id": "P"}},
        {"patient": {"id": "a#b", "name": "A"}},
        {"patient": {"id": "P", "name": "A\u202eB"}},
        {"patient": {"id": "P", "name": "A", "gstin": "27"}},
        {"patient": {"id": "P", "name": "A", "state_code": "39"}},
        {"patient": {"id": "P", "name": "A", "phone": "call me"}},
        {"branch_id": "a b"},
        {"branch_id": "NONE"},
        {"date": "2026-03-21"},
        {"date": "2017-06-30"},
        {"supply_type": "export"},
        {"finalize": "true"},
        {"finalize": 1},
        {"number": "X/1"},
    ],
)
def test_invoice_bodies(api: Api, members):
    before = snapshot(api)
    answer = api("POST", "/invoices", invoice_body(**members))
    assert answer.status == 422, answer.text
    assert answer.json["errors"]
    assert snapshot(api) == before


@pytest.mark.parametrize(
    "members",
    [
        {"name": ""},
        {"code": "TOOLONG"},
        {"code": "m1"},
        {"code": ""},
        {"state_code": "00"},
        {"state_code": 27},
        {"gstin": "x"},
        {"address": ""},
        {"address": "A" * 501},
        {"address": "14 Hill Road\nMumbai"},
        {"address": ["14 Hill Road"]},
        {"round_off": "no"},
        {"id": "X"},
    ],
)
def test_branch_bodies(api: Api, members):
    before = snapshot(api)
    body = {"name": "A", "code": "MUM01", "state_code": "27", **members}
    assert api("PUT", "/branches/MUM-01", body).status == 422
    assert api("PUT", "/branches/a%20b", body).status in (404, 422)
    assert snapshot(api) == before
