"""Every writing endpoint reads strictly: one battery of hostile bodies, headers and tokens for all of them, then fuzz.

Whatever comes in: the right 4xx, a problem document that repeats nothing, not one byte written, never a 5xx.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from billing import wiring
from tests.http.api import Answer, Api, invoice_body, payment_body

CARD = "4111111111111111"
REFUND = {"amount": 1, "refund_mode": "cash", "refund_date": "2026-03-16", "reason": "returned"}
BRANCH = {"name": "Powai", "code": "POW", "state_code": "27"}
# Endpoint → method, path (of the standing invoice), a valid body.
WRITES: dict[str, tuple[str, str, dict[str, Any]]] = {
    "create": ("POST", "/invoices", invoice_body(100)),
    "pay": ("POST", "/invoices/{id}/payments", payment_body(1)),
    "refund": ("POST", "/invoices/{id}/refunds", REFUND),
    "cancel": ("POST", "/invoices/{id}/cancel", {"reason": "entered twice"}),
    "branch": ("PUT", "/branches/POW-01", BRANCH),
}
Send = Callable[..., Answer]


@pytest.fixture(scope="module")
def standing(module_services: wiring.Services) -> tuple[Api, str]:
    """One branch, and one invoice that is paid in part; no refused request may change anything."""
    api = Api(module_services)
    api.branch()
    invoice_id = str(api.invoice(1500)["id"])
    assert api.pay(invoice_id, 100, payment_mode="upi", reference="612345678901").status == 201
    return api, invoice_id


def stored(api: Api) -> list[str]:
    """Every item of both tables."""
    client, names = api.services.dynamodb, ("billing", "summary")
    return sorted(str(item) for name in names for item in client.scan(TableName=name)["Items"])


@pytest.fixture
def refused(standing: tuple[Api, str]) -> Send:
    """Send a request that must be refused and must leave no trace."""
    api, invoice_id = standing

    def send(endpoint: str, body: Any = None, **arguments: Any) -> Answer:
        method, path, valid = WRITES[endpoint]
        before = stored(api)
        if body is None and "raw" not in arguments:
            body = valid
        answer = api(method, path.replace("{id}", invoice_id), body, **arguments)
        assert 400 <= answer.status < 500, answer.text
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert {"type", "title", "status", "code", "detail"} <= answer.json.keys()
        assert stored(api) == before, "a refused request wrote something"
        return answer

    return send


RAW: dict[str, tuple[str | bytes, int]] = {
    "empty": ("", 400),
    "blank": (" \n", 400),
    "cut off": ('{"amount": 1', 400),
    "two documents": ("{}{}", 400),
    "comment": ("{} // none", 400),
    "trailing comma": ('{"a": 1,}', 400),
    "single quotes": ("{'a': 1}", 400),
    "array": ("[{}]", 400),
    "string": ('"{}"', 400),
    "number": ("1", 400),
    "true": ("true", 400),
    "null": ("null", 400),
    "duplicate name": ('{"reason": "a", "reason": "a"}', 400),
    "duplicate name, escaped": ('{"reason": "a", "re\\u0061son": "a"}', 400),
    "duplicate name, inside": ('{"x": {"a": 1, "a": 2}}', 400),
    "NaN": ('{"amount": NaN}', 400),
    "-Infinity": ('{"amount": -Infinity}', 400),
    "leading zero": ('{"amount": 01}', 400),
    "leading plus": ('{"amount": +1}', 400),
    "bare point": ('{"amount": .5}', 400),
    "trailing point": ('{"amount": 5.}', 400),
    "hexadecimal": ('{"amount": 0x10}', 400),
    "underscore": ('{"amount": 1_000}', 400),
    "full-width digit": ('{"amount": １}', 400),
    "devanagari digit": ('{"amount": १}', 400),
    "control character in a string": ('{"reason": "a\nb"}', 400),
    "nested arrays": ("[" * 100_00 + "]" * 100_00, 413),
    "nested objects": ('{"a":' * 1000 + "1" + "}" * 1000, 400),
    "nested, 33 deep": ('{"a":' + "[" * 33 + "]" * 33 + "}", 400),
    "unclosed brackets": ("[" * 5000, 400),
    "byte order mark": (b"\xef\xbb\xbf{}", 400),
    "UTF-16": ('{"reason": "a"}'.encode("utf-16"), 400),
    "UTF-32": ('{"a": "b"}'.encode("utf-32-le"), 400),
    "latin-1": ('{"reason": "é"}'.encode("latin-1"), 400),
    "overlong UTF-8": (b'{"reason": "\xc0\xaf"}', 400),
    "encoded surrogate": (b'{"reason": "\xed\xa0\x80"}', 400),
    "null bytes": (b"\x00" * 64, 400),
    "gzip": (b"\x1f\x8b\x08\x00\x00\x00\x00\x00", 400),
}
SMALL_BODIES = ("pay", "refund", "cancel", "branch")


@pytest.mark.parametrize("endpoint", SMALL_BODIES)
@pytest.mark.parametrize("name", RAW)
def test_bodies_that_cannot_be_read(refused: Send, endpoint: str, name: str):
    raw, status = RAW[name]
    answer = refused(endpoint, raw=raw)
    assert answer.status == status, answer.text
    assert answer.code == {400: "malformed_request", 413: "payload_too_large"}[status]


@pytest.mark.parametrize("name", [name for name in RAW if name != "nested arrays"])
def test_invoices_that_cannot_be_read(refused: Send, name: str):
    raw, status = RAW[name]
    assert refused("create", raw=raw).status == status


@pytest.mark.parametrize(("endpoint", "limit"), [*((e, 16 * 1024) for e in SMALL_BODIES), ("create", 256 * 1024)])
def test_a_body_over_the_limit(refused: Send, endpoint: str, limit: int):
    for raw in ("{}" + " " * limit, b"{}" + b" " * limit, "{" + " " * 4 * limit):
        assert refused(endpoint, raw=raw).status == 413
    # Two bytes less and it is read (and found wanting).
    assert refused(endpoint, raw="{}" + " " * (limit - 2)).status == 422


@pytest.mark.parametrize("endpoint", WRITES)
@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": "application/json, text/plain"},
        {"Content-Type": "application/json; charset=utf-16"},
        {"Content-Type": "application/jsonp"},
        {"Content-Type": "application/merge-patch+json"},
        {"Content-Type": "multipart/form-data; boundary=x"},
        {"Content-Encoding": "gzip"},
        {"Content-Encoding": "identity"},
    ],
    ids=lambda headers: "".join(headers.values()),
)
def test_other_media_types(refused: Send, endpoint: str, headers: dict[str, str]):
    assert refused(endpoint, headers=headers).status == 415


AMOUNTS: dict[str, str] = {
    "string": '"1"',
    "full-width string": '"１"',
    "true": "true",
    "null": "null",
    "array": "[1]",
    "object": '{"$gt": 0}',
    "zero": "0",
    "minus zero": "-0",
    "minus zero, decimals": "-0.00",
    "negative": "-1",
    "three decimals": "1.001",
    "many decimals": "0." + "0" * 60 + "1",
    "a paisa above ten crore": "100000000.01",
    "just above, in exponents": "1.0000000001E8",
    "huge": "9" * 4999,
    "huge, negative": "-" + "9" * 4999,
    "huge exponent": "1e400",
    "largest exponent": "1E+999999999999",
    "smallest exponent": "1E-999999999999",
    "zero with a huge exponent": "0E+999999999999",
    "float that rounds to 1": "1.00000000000000000001",
}


@pytest.mark.parametrize(("endpoint", "member"), [("pay", "amount"), ("refund", "amount")])
@pytest.mark.parametrize("name", AMOUNTS)
def test_amounts(refused: Send, endpoint: str, member: str, name: str):
    body = {**WRITES[endpoint][2], member: "§"}
    answer = refused(endpoint, raw=json.dumps(body, ensure_ascii=False).replace('"§"', AMOUNTS[name]))
    assert answer.status in (400, 422), answer.text
    if answer.status == 422:
        assert [fault["pointer"] for fault in answer.json["errors"]] == [f"/{member}"]


@pytest.mark.parametrize("member", ["quantity", "rate", "discount", "tax_rate"])
@pytest.mark.parametrize("name", [n for n in AMOUNTS if "zero" not in n])
def test_numbers_of_lines(refused: Send, member: str, name: str):
    if (member, name) in (("quantity", "three decimals"), ("tax_rate", "three decimals")):
        return  # three decimals are fine there
    body = invoice_body(100)
    body["line_items"][0] |= {"tax_treatment": "taxable", member: "§"}
    answer = refused("create", raw=json.dumps(body).replace('"\\u00a7"', AMOUNTS[name]))
    assert answer.status in (400, 422), answer.text


TEXTS = {
    "number": 1,
    "null": None,
    "array": ["a"],
    "object": {"$ne": ""},
    "empty": "",
    "blanks": "   ",
    "null character": "a\x00b",
    "newline": "a\nb",
    "escape": "a\x1b[2Jb",
    "delete": "a\x7fb",
    "right-to-left override": "a\u202eb",
    "isolate": "a\u2066b",
    "zero-width space": "a\u200bb",
    "byte order mark": "a\ufeffb",
    "soft hyphen": "a\u00adb",
    "line separator": "a\u2028b",
    "private use": "a\ue000b",
    "unassigned": "a\u0378b",
    "high surrogate": "a\ud800b",
    "low surrogate": "a\udfffb",
    "tag characters": "a\U000e0041b",
    "too long": "a" * 501,
}
TEXT_PLACES: list[tuple[str, tuple[str | int, ...]]] = [
    ("pay", ("reference",)),
    ("refund", ("reference",)),
    ("refund", ("reason",)),
    ("cancel", ("reason",)),
    ("branch", ("name",)),
    ("branch", ("address",)),
    ("create", ("patient", "name")),
    ("create", ("patient", "id")),
    ("create", ("patient", "address")),
    ("create", ("patient", "phone")),
    ("create", ("line_items", 0, "service_name")),
    ("create", ("line_items", 0, "department")),
]
OPTIONAL = {"reference", "address", "phone"}


def placed(endpoint: str, place: tuple[str | int, ...], value: Any) -> dict[str, Any]:
    """The endpoint's valid body with one value replaced."""
    body = json.loads(json.dumps(WRITES[endpoint][2]))
    inner = body
    for step in place[:-1]:
        inner = inner[step]
    inner[place[-1]] = value
    return dict(body)


@pytest.mark.parametrize(("endpoint", "place"), TEXT_PLACES, ids=str)
@pytest.mark.parametrize("name", TEXTS)
def test_texts(refused: Send, endpoint: str, place: tuple[str | int, ...], name: str):
    if name == "null" and place[-1] in OPTIONAL:
        return  # an optional member may be null
    answer = refused(endpoint, placed(endpoint, place, TEXTS[name]))
    assert answer.status == 422, answer.text
    pointers = {fault["pointer"] for fault in answer.json["errors"]}
    assert pointers == {"/" + "/".join(map(str, place))}


CARDS = [
    CARD, "4111 1111 1111 1111", "4111-1111-1111-1111", "4111 - 1111 - 1111 - 1111", "４１１１１１１１１１１１１１１１",
    "paid with 4111111111111111 today", "378282246310005", "5555555555554444", "6304000000000000", "4222222222222",
]  # fmt: skip


@pytest.mark.parametrize(
    ("endpoint", "place"),
    [("pay", ("reference",)), ("refund", ("reference",)), ("refund", ("reason",)), ("cancel", ("reason",))],
    ids=str,
)
@pytest.mark.parametrize("number", CARDS)
def test_card_numbers_are_refused_and_never_repeated(
    refused: Send, capsys: pytest.CaptureFixture[str], endpoint: str, place: tuple[str | int, ...], number: str
):
    answer = refused(endpoint, placed(endpoint, place, number))
    assert answer.status == 422
    written = answer.text + "".join(capsys.readouterr())
    digits = "".join(c for c in written if c.isdigit())
    assert "1111111111111" not in digits
    assert number[-8:] not in written


@pytest.mark.parametrize("endpoint", WRITES)
@pytest.mark.parametrize(
    "member",
    [
        "status", "id", "tenant_id", "paid", "__proto__", "constructor", "Amount", "amount ", "a" * 300, "\ud800",
        "\x00", CARD, "", "x[0]", "[", "a/b~c",
    ],
)  # fmt: skip
def test_unknown_members(refused: Send, endpoint: str, member: str):
    answer = refused(endpoint, {**WRITES[endpoint][2], member: 1})
    assert answer.status == 422
    assert CARD not in answer.text
    assert len(answer.text) < 1000


@pytest.mark.parametrize("endpoint", WRITES)
@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        ({"scope": None}, 401),
        ({"scope": ""}, 403),
        ({"scope": "billing:read"}, 403),
        ({"scope": "BILLING:WRITE"}, 403),
        ({"scope": "xbilling:write"}, 403),
        ({"scope": "billing:write\u200b"}, 403),
        ({"claims": {"tenant_id": ""}}, 403),
        ({"claims": {"tenant_id": "demo#I#x"}}, 403),
        ({"claims": {"tenant_id": "demo "}}, 403),
        ({"claims": {"tenant_id": "dem\u043e"}}, 403),
        ({"claims": {"tenant_id": ["demo"]}}, 403),
        ({"claims": {"tenant_id": {"S": "demo"}}}, 403),
        ({"claims": {"tenant_id": None}}, 403),
        ({"claims": {"tenant_id": True}}, 403),
        ({"branches": ""}, None),
        ({"branches": "*"}, None),
        ({"branches": "MUM-01#x"}, None),
        ({"claims": {"branches": {"MUM-01": True}}}, None),
        ({"claims": {"branches": 1}}, None),
    ],
    ids=str,
)
def test_tokens(refused: Send, endpoint: str, arguments: dict[str, Any], status: int | None):
    answer = refused(endpoint, **arguments)
    # A token limited to no usable branch: nothing exists for it.
    assert answer.status == (status or {"create": 422}.get(endpoint, 404)), answer.text


@pytest.mark.parametrize("endpoint", ["pay", "refund", "create"])
@pytest.mark.parametrize("key", ["", '""', " ", "a,b", "a" * 256, "é", "a\tb", "a\x00b", "\u202e", '"a,b"'], ids=ascii)
def test_idempotency_keys(refused: Send, endpoint: str, key: str):
    answer = refused(endpoint, headers={"Idempotency-Key": key})
    assert (answer.status, answer.code) == (400, "invalid_parameter")


@pytest.mark.parametrize("raw", ["[]", "1", '{"force": true}', "{", b"\xff", '"x"'], ids=str)
def test_finalize_takes_no_content(standing: tuple[Api, str], raw: str | bytes):
    api, invoice_id = standing
    before = stored(api)
    assert api("POST", f"/invoices/{invoice_id}/finalize", raw=raw).status == 400
    assert stored(api) == before


@pytest.mark.parametrize(
    "query",
    ["date_from=0001-01-01&date_to=2026-03-31", "date_from=0999-01-01&date_to=9999-12-31", "date_to=0001-01-01"],
)
@pytest.mark.parametrize("path", ["/summary", "/invoices"])
def test_days_of_long_ago_are_days(standing: tuple[Api, str], path: str, query: str):
    api, _ = standing
    assert api("GET", path, query=query).status == 200


# --- Fuzz: anything at all ------------------------------------------------------------------------------------

_ANY_TEXT = st.text(st.characters(codec=None), max_size=20)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | _ANY_TEXT | st.sampled_from([CARD, "cash", "2026-03-15"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_ANY_TEXT, inner, max_size=3),
    max_leaves=8,
)
_FUZZ = settings(
    max_examples=int(os.environ.get("FUZZ_EXAMPLES", "60")),
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)


def check(api: Api, invoice_id: str, endpoint: str, **arguments: Any) -> None:
    """Never a 5xx; and what is refused has left no trace."""
    method, path, _ = WRITES[endpoint]
    before = stored(api)
    answer = api(method, path.replace("{id}", invoice_id), **arguments)
    assert answer.status < 500, answer.text
    if answer.status >= 400:
        assert answer.code
        assert stored(api) == before


@_FUZZ
@given(st.sampled_from(sorted(WRITES)), _JSON)
def test_any_json(standing: tuple[Api, str], endpoint: str, value: Any):
    check(*standing, endpoint, raw=json.dumps(value))


@_FUZZ
@given(st.sampled_from(TEXT_PLACES), _JSON)
@example(("create", ("line_items", 0, "rate")), 1e308)
@example(("create", ("line_items", 0, "quantity")), 10**400)
@example(("create", ("line_items",)), {"0": {}})
def test_any_value_in_place_of_a_good_one(standing: tuple[Api, str], where: tuple[str, Any], value: Any):
    endpoint, place = where
    check(*standing, endpoint, raw=json.dumps(placed(endpoint, place, value)))


@_FUZZ
@given(st.sampled_from(sorted(WRITES)), st.binary(max_size=60) | st.text(max_size=40))
def test_any_bytes(standing: tuple[Api, str], endpoint: str, raw: bytes | str):
    check(*standing, endpoint, raw=raw)


@_FUZZ
@given(st.sampled_from(sorted(WRITES)), st.integers(0, 400), st.integers(0, 255))
def test_a_good_body_with_one_byte_changed(standing: tuple[Api, str], endpoint: str, place: int, byte: int):
    raw = bytearray(json.dumps(WRITES[endpoint][2]).encode())
    raw[place % len(raw)] = byte
    check(*standing, endpoint, raw=bytes(raw))


@_FUZZ
@given(st.sampled_from(sorted(WRITES)), _ANY_TEXT, _JSON, _JSON)
def test_any_key_and_claims(standing: tuple[Api, str], endpoint: str, key: str, tenant: Any, branches: Any):
    claims = {"tenant_id": tenant, "branches": branches}
    api, invoice_id = standing
    before = stored(api)
    method, path, valid = WRITES[endpoint]
    answer = api(
        method, path.replace("{id}", invoice_id), valid, headers={"Idempotency-Key": key}, claims=claims, scope="x"
    )
    assert answer.status == 403
    answer = api(method, path.replace("{id}", invoice_id), valid, headers={"Idempotency-Key": key}, claims=claims)
    assert answer.status in (400, 403, 404, 422) or isinstance(tenant, str), answer.text
    assert answer.status < 500
    if answer.status >= 400:
        assert stored(api) == before


@_FUZZ
@given(st.sampled_from(["/invoices", "/summary", "/summary/daily"]), st.text(max_size=40) | _ANY_TEXT)
def test_any_query(standing: tuple[Api, str], path: str, query: str):
    api, _ = standing
    assert api("GET", path, query=query).status in (200, 400)


@_FUZZ
@given(st.text(st.characters(codec="utf-8", exclude_characters="/"), min_size=1, max_size=60))
def test_any_invoice_id(standing: tuple[Api, str], invoice_id: str):
    api, _ = standing
    assert api("GET", f"/invoices/{invoice_id}").status == 404
    assert api("POST", f"/invoices/{invoice_id}/payments", payment_body(1)).status == 404
