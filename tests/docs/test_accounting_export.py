"""The accounting example: every payment and refund reaches the book once, however often and however broken it runs."""

from __future__ import annotations

import csv
import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from billing import wiring
from billing.http.endpoint import BASE_PATH
from tests.docs.runner import REPOSITORY
from tools.in_process.gateway import Gateway
from tools.in_process.server import serving
from tools.in_process.service import TOKEN, TOKENS, in_process_service, settle
from tools.openapi.story import BRANCH, PAYMENT, REFUND, Recording, Teller


@pytest.fixture
def modules(monkeypatch: pytest.MonkeyPatch) -> tuple[ModuleType, ModuleType]:
    monkeypatch.syspath_prepend(str(REPOSITORY / "examples"))
    loaded = []
    for name in ("client", "accounting_export"):
        spec = importlib.util.spec_from_file_location(name, REPOSITORY / "examples" / f"{name}.py")
        assert spec
        assert spec.loader
        module = importlib.util.module_from_spec(spec)
        monkeypatch.setitem(sys.modules, name, module)
        spec.loader.exec_module(module)
        loaded.append(module)
    # The service's clock stands in March 2026, the example's does not.
    monkeypatch.setattr(loaded[1], "WINDOW_DAYS", 20_000)
    return loaded[0], loaded[1]


@pytest.fixture
def services() -> Iterator[wiring.Services]:
    with in_process_service() as services:
        yield services


def book_of(path: Path) -> list[dict[str, Any]]:
    with path.open(newline="", encoding="utf-8") as book:
        return list(csv.DictReader(book))


def test_each_movement_is_booked_once(services: wiring.Services, modules: Any, tmp_path: Path) -> None:
    client, exporter = modules
    teller = Teller(services, Recording())
    teller.good("PUT", "/branches/MUM-01", BRANCH)
    ids = [teller.invoice() for _ in range(3)]
    teller.invoice(finalize=False)
    for place, invoice_id in enumerate(ids):
        teller.pay(invoice_id, reference=f"60741234560{place}")
    settle(services)
    state, book = tmp_path / "state.json", tmp_path / "book.csv"
    with serving(Gateway(services, TOKENS)) as url:
        billing = client.Billing(url + BASE_PATH, TOKEN)
        assert exporter.export(billing, state, book) == 3
        assert exporter.export(billing, state, book) == 0
        teller.good("POST", f"/invoices/{ids[0]}/refunds", REFUND)
        settle(services)
        assert exporter.export(billing, state, book) == 1
        state.unlink()  # died before the state was written
        assert exporter.export(billing, state, book) == 0
        # Money in and out between two runs leaves status and paid amount as they were: --full finds it.
        teller.pay(ids[0], amount=200, payment_mode="cash", reference=None)
        teller.good("POST", f"/invoices/{ids[0]}/refunds", {**REFUND, "reference": "607512345679"})
        settle(services)
        assert exporter.export(billing, state, book) == 0
        assert exporter.export(billing, state, book, full=True) == 2
    rows = book_of(book)
    assert len({row["id"] for row in rows}) == len(rows) == 6
    amounts = [row["amount"] for row in rows]
    assert sorted(amounts) == sorted(["1449.00", "1449.00", "1449.00", "-200.00", "200.00", "-200.00"])


def test_the_client_tries_again_with_the_same_key(services: wiring.Services, modules: Any) -> None:
    """Two 503s, then the payment: one is recorded."""
    client, _ = modules
    teller = Teller(services, Recording())
    teller.good("PUT", "/branches/MUM-01", BRANCH)
    invoice_id = teller.invoice()
    keys: list[str] = []

    class Flaky(Gateway):
        def answer(self, method: str, path: str, query: str, headers: dict[str, str], content: bytes) -> Any:
            answer = super().answer(method, path, query, headers, content)
            keys.append(headers.get("idempotency-key", ""))
            return answer if len(keys) > 2 else (503, {"Retry-After": "1"}, b"{}")

    with serving(Flaky(services, TOKENS)) as url:
        billing = client.Billing(url + BASE_PATH, TOKEN)
        recorded, headers = billing.call("POST", f"/invoices/{invoice_id}/payments", PAYMENT)
    assert (headers["Idempotent-Replayed"], recorded["invoice"]["paid"]) == ("true", 1000)
    assert len(set(keys)) == 1
    assert len(keys) == 3
    assert len(teller.good("GET", f"/invoices/{invoice_id}")["payments"]) == 1


def test_the_client_has_forty_lines() -> None:
    assert len((REPOSITORY / "examples" / "client.py").read_text(encoding="utf-8").splitlines()) == 40
