"""The description and its page as a browser gets them."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator

import pytest

from billing.http.endpoint import BASE_PATH
from tests.architecture.template import REPOSITORY
from tools.in_process.gateway import Gateway
from tools.in_process.service import TOKENS, in_process_service


@pytest.fixture(scope="module")
def gateway() -> Iterator[Gateway]:
    with in_process_service() as services:
        yield Gateway(services, TOKENS)


def get(gateway: Gateway, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    return gateway.answer("GET", BASE_PATH + path, "", headers, b"")


def test_description_is_served_without_a_token(gateway: Gateway) -> None:
    status, headers, content = get(gateway, "/openapi.json")
    assert (status, headers["Content-Type"]) == (200, "application/json")
    assert json.loads(content) == json.loads((REPOSITORY / "docs" / "openapi.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", ["/openapi.json", "/docs", "/docs/swagger-ui.js", "/docs/swagger-ui.css"])
def test_compressed_for_who_takes_it(gateway: Gateway, path: str) -> None:
    _, plain_headers, plain = get(gateway, path)
    _, headers, packed = get(gateway, path, **{"accept-encoding": "br, gzip"})
    assert "Content-Encoding" not in plain_headers
    assert headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed) == plain
    # What Lambda may answer, base64 included.
    assert len(packed) * 4 / 3 < 6_000_000


def test_page_holds_nothing_inline_and_nothing_of_another_origin(gateway: Gateway) -> None:
    status, headers, content = get(gateway, "/docs")
    page = content.decode()
    assert status == 200
    assert headers["Content-Security-Policy"].startswith("default-src 'none'; script-src 'self';")
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert not re.search(r"<script(?![^>]* src=)|<style|style=|onload=|https?:|//", page.replace("<!doctype", ""))
    for name in re.findall(r'(?:src|href)="docs/([^"]+)"', page):
        assert get(gateway, f"/docs/{name}")[0] == 200, name


@pytest.mark.parametrize("name", ["app.py", "..%2Fapp.py", "page.html", "openapi.json", "swagger-ui.js.gz"])
def test_only_the_named_files_are_served(gateway: Gateway, name: str) -> None:
    status, headers, content = get(gateway, f"/docs/{name}")
    assert (status, headers["Content-Type"]) == (404, "application/problem+json")
    assert json.loads(content)["code"] == "not_found"
