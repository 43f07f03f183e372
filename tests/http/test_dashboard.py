"""The dashboard's page and files as a browser meets them: types, policy, caching, and nothing else to be had."""

import base64
import gzip
import json
import re
from typing import Any

import pytest

from tests.http.api import BASE, ROOT
from tools.in_process.gateway import Context, function

EVENTS = ROOT / "events"


def get(path: str, **headers: str) -> dict[str, Any]:
    """The handler's answer, its body as bytes."""
    event = {
        "version": "2.0",
        "routeKey": "GET",
        "rawPath": BASE + path,
        "rawQueryString": "",
        "headers": {name.replace("_", "-"): value for name, value in headers.items()},
        "requestContext": {"requestId": "req-1", "stage": "$default", "http": {"method": "GET", "path": BASE + path}},
        "isBase64Encoded": False,
    }
    return answer_to(event)


def answer_to(event: dict[str, Any]) -> dict[str, Any]:
    answer: dict[str, Any] = function("dashboard").handler(event, Context())
    body = answer.get("body") or ""
    answer["bytes"] = base64.b64decode(body) if answer.get("isBase64Encoded") else body.encode()
    return answer


def test_page_needs_no_token_and_names_its_type():
    answer = get("/dashboard")
    assert answer["statusCode"] == 200
    assert answer["headers"]["Content-Type"] == "text/html; charset=utf-8"
    assert answer["headers"]["X-Request-Id"] == "req-1"
    assert answer["bytes"].startswith(b"<!doctype html>")


@pytest.mark.parametrize(
    ("name", "content_type"),
    [
        ("app.js", "text/javascript; charset=utf-8"),
        ("style.css", "text/css; charset=utf-8"),
        ("icon.svg", "image/svg+xml"),
    ],
)
def test_assets_have_their_types(name: str, content_type: str):
    answer = get(f"/dashboard/{name}")
    assert (answer["statusCode"], answer["headers"]["Content-Type"]) == (200, content_type)
    assert answer["headers"]["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("path", ["/dashboard", "/dashboard/app.js", "/dashboard/icon.svg"])
def test_policy_allows_this_origin_and_nothing_else(path: str):
    policy = dict(part.partition(" ")[::2] for part in get(path)["headers"]["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert {policy[name] for name in ("script-src", "style-src", "img-src", "connect-src")} == {"'self'"}
    assert {policy[name] for name in ("base-uri", "form-action", "frame-ancestors", "trusted-types")} == {"'none'"}
    assert policy["require-trusted-types-for"] == "'script'"


def test_page_holds_no_inline_code_and_no_other_origin():
    page = get("/dashboard")["bytes"].decode()
    assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", page)
    assert re.findall(r"<script[^>]*>(.*?)</script>", page) == [""]
    for path in ("/dashboard", "/dashboard/app.js", "/dashboard/style.css"):
        text = get(path)["bytes"].decode()
        addresses = set(re.findall(r"(?:https?:)?//[a-z0-9.-]+\.[a-z]{2,}[^\s\"']*", text))
        assert addresses <= {"http://www.w3.org/2000/svg"}


def test_script_makes_text_never_markup():
    script = get("/dashboard/app.js")["bytes"].decode()
    for sink in (
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "new Function",
        "localStorage.",
        "document.cookie",
    ):
        assert sink not in script


def test_script_is_one_module_of_all_its_parts():
    script = get("/dashboard/app.js")["bytes"].decode()
    assert not re.search(r"^(import|export) ", script, re.MULTILINE)
    parts = {path.stem for path in (ROOT / "functions/dashboard/scripts").glob("*.js")}
    assert parts == set(function("dashboard").SCRIPTS)


@pytest.mark.parametrize(
    "name",
    [
        "missing.js",
        "app.py",
        "index.html",
        "money.js",
        "..",
        "..%2fapp.py",
        "%2e%2e%2fapp.py",
        "../app.py",
        "../../get_invoice/app.py",
        "page/index.html",
        "scripts/app.js",
        "/etc/passwd",
        "app.js%00",
        "app.js/",
        "APP.JS",
        "...//app.py",
        "..\\app.py",
    ],
)
def test_nothing_else_is_served(name: str):
    answer = get(f"/dashboard/{name}")
    assert answer["statusCode"] == 404
    assert answer["headers"]["Content-Type"] == "application/problem+json"
    document = json.loads(answer["bytes"])
    assert document["code"] == "not_found"
    assert "app.py" not in answer["bytes"].decode()


def test_unchanged_file_is_not_sent_again():
    first = get("/dashboard/app.js")
    assert first["headers"]["Cache-Control"] == "no-cache"
    again = get("/dashboard/app.js", if_none_match=f'W/"x", {first["headers"]["ETag"]}')
    assert (again["statusCode"], again["body"]) == (304, "")
    assert again["headers"]["ETag"] == first["headers"]["ETag"]
    assert get("/dashboard/app.js", if_none_match='"other"')["statusCode"] == 200


def test_gzip_is_for_those_who_take_it():
    plain = get("/dashboard/app.js")
    zipped = get("/dashboard/app.js", accept_encoding="br, gzip")
    assert "Content-Encoding" not in plain["headers"]
    assert zipped["headers"]["Content-Encoding"] == "gzip"
    assert gzip.decompress(zipped["bytes"]) == plain["bytes"]
    assert len(zipped["bytes"]) < len(plain["bytes"]) / 2
    assert "Content-Encoding" not in get("/dashboard/app.js", accept_encoding="gzip;q=0")["headers"]


@pytest.mark.parametrize("path", sorted(EVENTS.glob("dashboard.*.json")), ids=lambda path: path.stem)
def test_events_are_answered(path):
    assert answer_to(json.loads(path.read_text("utf-8")))["statusCode"] == 200
