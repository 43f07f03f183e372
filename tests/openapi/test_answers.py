"""The answer models against real answers: nothing undescribed is sent, everything described is sent by some."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from tools.in_process.service import in_process_service, settle
from tools.openapi import answers
from tools.openapi.operations import OPERATIONS
from tools.openapi.story import BRANCH, CANCEL, INVOICE, PAYMENT, REFUND, Exchange, Recording, Teller, told

WRONG_GSTIN = "27AAPFU0939F1ZX"


@pytest.fixture(scope="module")
def exchanges() -> list[tuple[type[BaseModel], Any]]:
    """(model, document) of every success of the story, and of some that show the rarer members."""
    found = [_described(name, exchange) for (name, _), exchange in told().answers.items()]
    recording = Recording()
    with in_process_service() as services:
        teller = Teller(services, recording)
        teller.good("PUT", "/branches/MUM-01", {**BRANCH, "gstin": WRONG_GSTIN})
        patient = {**INVOICE["patient"], "address": "12 Hill Road", "gstin": WRONG_GSTIN}
        draft = teller.good("POST", "/invoices", {**INVOICE, "patient": patient, "finalize": False})
        teller.good("GET", f"/invoices/{draft['id']}")
        found += [_described(name, exchange) for (name, _), exchange in recording.answers.items()]
        recording.answers.clear()
        teller.good("GET", "/summary")
        teller.good("POST", f"/invoices/{draft['id']}/cancel", CANCEL)
        large = {**INVOICE, "line_items": [{**INVOICE["line_items"][0], "rate": 300_000}]}
        invoice = f"/invoices/{teller.good('POST', '/invoices', large)['id']}"
        cash = {**PAYMENT, "payment_mode": "cash", "amount": 250_000, "reference": None}
        paid = teller.good("POST", f"{invoice}/payments", cash)
        refund = {**REFUND, "payment_id": paid["payment"]["id"]}
        teller.good("POST", f"{invoice}/refunds", refund)
        found.append((answers.Problem, teller.send("POST", f"{invoice}/refunds", {**refund, "amount": 1}).json))
        settle(services)
        teller.good("GET", "/invoices")
        found += [_described(name, exchange) for (name, _), exchange in recording.answers.items()]
    found += [(answers.Problem, exchange.json) for exchange in told().errors.values()]
    return [(model, part) for model, document in found for part in _each(document)]


def _described(name: str, exchange: Exchange) -> tuple[type[BaseModel], Any]:
    success = next(success for success in OPERATIONS[name].successes if success.status == exchange.status)
    document = exchange.json
    assert isinstance(document, list) == success.many
    return success.model, document


def _each(document: Any) -> list[Any]:
    return document if isinstance(document, list) else [document]


def test_nothing_undescribed_is_sent(exchanges: list[tuple[type[BaseModel], Any]]) -> None:
    for model, document in exchanges:
        model.model_validate(document)


def test_everything_described_is_sent(exchanges: list[tuple[type[BaseModel], Any]]) -> None:
    described, sent = set(), set()
    for model, document in exchanges:
        for holder, members in _objects(model, document):
            described |= {f"{holder.__name__}.{name}" for name in holder.model_fields}
            sent |= {f"{holder.__name__}.{name}" for name in members}
    assert described == sent


def _objects(model: type[BaseModel], document: dict[str, Any]) -> Iterator[tuple[type[BaseModel], dict[str, Any]]]:
    """Every JSON object of a document, with the model that describes it."""
    yield model, document
    for name, field in model.model_fields.items():
        inner = [kind for kind in (field.annotation, *get_args(field.annotation)) if _is_model(kind)]
        if inner and document.get(name):
            for part in _each(document[name]):
                yield from _objects(inner[0], part)


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)
