"""Every error of the tree has one status and one code, and a defect tells callers nothing."""

from __future__ import annotations

import pytest

from billing.domain import errors
from billing.http.problems import PROBLEMS
from tests.http.api import Api


def tree(cls: type[errors.BillingError]) -> set[type[errors.BillingError]]:
    below = [tree(subclass) for subclass in cls.__subclasses__()]
    return {cls}.union(*below)


# Classes that only group others and are never raised themselves.
GROUPS = {errors.BillingError, errors.NotAuthorized, errors.NotFound, errors.Conflict}


def test_the_table_and_the_tree_match():
    assert set(PROBLEMS) == tree(errors.BillingError) - GROUPS


def test_codes_are_unique_and_drawn_in_the_tree():
    codes = [code for _, code, _ in PROBLEMS.values()]
    assert len(codes) == len(set(codes))
    assert errors.__doc__
    for cls in tree(errors.BillingError):
        assert cls.__name__ in errors.__doc__


def test_a_defect_answers_500_without_its_message(api: Api, monkeypatch: pytest.MonkeyPatch, caplog):
    def broken(*_: object) -> None:
        raise RuntimeError("secret-canary in table billing")

    monkeypatch.setattr(type(api.services.invoices), "load", broken)
    answer = api("GET", "/invoices/MUM-01.0000000000000000")
    assert (answer.status, answer.code) == (500, "internal_error")
    assert answer.headers["X-Request-Id"] == "req-1"
    logged = str([vars(record) for record in caplog.records])
    assert "RuntimeError" in logged
    assert "secret-canary" not in logged + answer.text


def test_an_unknown_route_of_a_function_is_404(api: Api):
    from tools.in_process.gateway import Context, function

    event = {
        "version": "2.0", "routeKey": "GET /nothing", "rawPath": "/nothing", "rawQueryString": "", "headers": {},
        "requestContext": {"requestId": "r", "stage": "$default", "http": {"method": "GET", "path": "/nothing"}},
    }  # fmt: skip
    answer = function("get_invoice").handler(event, Context())
    assert answer["statusCode"] == 404
    assert answer["headers"]["Content-Type"] == "application/problem+json"
