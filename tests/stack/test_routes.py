"""Every route of the template, on the deployed API: nothing without a token, nothing with the wrong scope."""

from __future__ import annotations

import pytest

from tests.architecture.template import routes
from tests.stack.http_client import READ, WRITE, Api
from tools.local_stack.settings import BASE_PATH

PROTECTED = [
    (method, path.removeprefix(BASE_PATH).replace("{id}", "pune.0000000000000000"), scopes)
    for _, method, path, scopes in routes()
    if scopes
]


@pytest.mark.parametrize(("method", "path", "scopes"), PROTECTED)
def test_refuses_without_token_and_with_the_wrong_scope(api: Api, method: str, path: str, scopes: list[str]) -> None:
    assert api.request(method, path).status == 401
    wrong = WRITE if READ in scopes else READ
    assert api.request(method, path, token=api.token(wrong)).status == 403
    assert api.request(method, path, token=api.token("")).status == 403


@pytest.mark.parametrize("scope", [READ, "billing/read"])
def test_both_spellings_of_a_scope_are_taken(api: Api, scope: str) -> None:
    assert api.request("GET", "/branches", token=api.token(scope)).status == 200


def test_a_token_without_a_tenant_is_refused(api: Api) -> None:
    answer = api.request("GET", "/branches", token=api.token(tenant=None))
    assert answer.status == 403
    assert answer.headers["content-type"] == "application/problem+json"


def test_an_unknown_route_is_not_found(api: Api) -> None:
    assert api.request("GET", "/nothing", token=api.token()).status == 404


@pytest.mark.parametrize("path", ["/dashboard", "/dashboard/app.js", "/dashboard/style.css", "/dashboard/icon.svg"])
def test_a_page_that_is_reloaded_is_not_sent_again(api: Api, path: str) -> None:
    """As a browser does with each visit after the first."""
    first = api.request("GET", path)
    assert first.status == 200
    again = api.request("GET", path, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status, again.body) == (304, b"")
