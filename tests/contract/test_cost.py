"""What each operation costs: calls, and the capacity units an engine bills for them.

Both real engines report ``ConsumedCapacity``; DynamoDB Local is AWS's own. A unit of writing is a
kilobyte of one item, and each index whose row changes is billed as an item; a transaction costs double.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pytest

from billing.application.cancel_invoice import cancel_invoice
from billing.application.finalize_invoice import finalize_invoice
from billing.application.get_invoice import get_invoice
from billing.application.ports import Caller
from billing.application.record_payment import NewPayment, record_payment
from billing.application.record_refund import NewRefund, record_refund
from billing.domain.invoice import InvoiceHead
from billing.wiring import Services
from tests.concurrency.stage import Stage
from tests.contract.samples import a_head, a_payment, store
from tests.engines import Engine

DAY = date(2026, 3, 15)


@dataclass
class Bill:
    """Calls by operation, and units of table and indexes together."""

    calls: list[str] = field(default_factory=list)
    units: float = 0.0
    index_units: dict[str, float] = field(default_factory=dict)


@contextmanager
def billed(client: Any) -> Iterator[Bill]:
    """Ask for the capacity of every call within the block, and add it up."""
    bill = Bill()

    def ask(params: dict[str, Any], **_: Any) -> None:
        params["ReturnConsumedCapacity"] = "INDEXES"

    def note(parsed: Mapping[str, Any], model: Any, **_: Any) -> None:
        bill.calls.append(model.name)
        consumed = parsed.get("ConsumedCapacity") or []
        for part in consumed if isinstance(consumed, list) else [consumed]:
            bill.units += part["CapacityUnits"]
            for index, its in (part.get("GlobalSecondaryIndexes") or {}).items():
                bill.index_units[index] = bill.index_units.get(index, 0.0) + its["CapacityUnits"]

    client.meta.events.register("provide-client-params.dynamodb.*", ask)
    client.meta.events.register("after-call.dynamodb.*", note)
    try:
        yield bill
    finally:
        client.meta.events.unregister("provide-client-params.dynamodb.*", ask)
        client.meta.events.unregister("after-call.dynamodb.*", note)


Pay = Callable[[InvoiceHead, int], Bill]


@pytest.fixture
def stage(real_engine: Engine, tenant: str) -> Stage:
    return Stage(real_engine.services(), tenant, 1, 0)


@pytest.fixture
def pay(real_engine: Engine) -> Pay:
    """One payment by UPI under a header key: the most a payment can carry."""
    services = real_engine.services()

    def run(head: InvoiceHead, amount_paise: int) -> Bill:
        new = NewPayment(amount_paise, "upi", "412345678901", DAY)
        with billed(real_engine.client) as bill:
            record_payment(
                services.invoices, services.clock, services.ids, services.patience,
                Caller(head.tenant), head.id, new, "till-7-0001",
            )  # fmt: skip
        return bill

    return run


def test_a_payment_in_the_common_case(real_engine: Engine, tenant: str, pay: Pay):
    """An invoice that is partly paid stays so: table and the four indexes, a unit each."""
    earlier = {"n": a_payment(10_000)}
    head = store(real_engine, a_head(tenant, status="partially_paid", paid_paise=10_000, payments=earlier))
    bill = pay(head, 10_000)
    assert bill.calls == ["UpdateItem"]
    assert bill.units <= 6
    assert set(bill.index_units) == {"by_date", "by_branch", "by_patient", "by_open"}


def test_the_first_part_payment(real_engine: Engine, tenant: str, pay: Pay):
    """The status changes, so the row moves within the index of open invoices: one unit more."""
    bill = pay(store(real_engine, a_head(tenant)), 10_000)
    assert bill.calls == ["UpdateItem"]
    assert bill.units <= 8


def test_the_payment_that_settles(real_engine: Engine, tenant: str, pay: Pay):
    """The first try does not know that it settles; a refused write is billed for the table alone."""
    bill = pay(store(real_engine, a_head(tenant)), 150_000)
    # The refused call reports no capacity; AWS bills it one unit.
    assert bill.calls == ["UpdateItem", "UpdateItem"]
    assert bill.units + 1 <= 8


def test_the_tenth_payment_costs_what_its_kilobytes_cost(real_engine: Engine, tenant: str, pay: Pay):
    payments = {f"0123456789abcde{n}": a_payment(1_000, payment_mode="upi", reference=f"UPI{n}") for n in range(9)}
    head = store(real_engine, a_head(tenant, status="partially_paid", paid_paise=9_000, payments=payments))
    bill = pay(head, 1_000)
    assert bill.calls == ["UpdateItem"]
    assert bill.units <= 8


def test_reading_an_invoice(stage: Stage):
    services = stage.services
    invoice_id = stage.invoice(1500)
    with billed(services.dynamodb) as bill:
        get_invoice(services.invoices, stage.caller, invoice_id)
    assert bill.calls == ["Query"]
    assert bill.units <= 1  # 4 kB, strongly consistent


def test_creating_finalizing_refunding_cancelling(stage: Stage):
    services = stage.services

    def cost(action: Callable[[], Any]) -> Bill:
        with billed(services.dynamodb) as bill:
            action()
        return bill

    draft = cost(lambda: stage.create(1500, finalize=False))
    assert draft.calls == ["GetItem", "TransactWriteItems"]
    assert draft.units <= 1 + 12
    keyed = cost(lambda: stage.create(1500, finalize=False, key="visit-7"))
    assert keyed.calls == ["GetItem", "GetItem", "TransactWriteItems"]
    replayed = cost(lambda: stage.create(1500, finalize=False, key="visit-7"))
    assert replayed.calls == ["GetItem", "Query"]
    assert replayed.units <= 2
    first = cost(lambda: stage.create(1500))
    assert first.calls == ["GetItem", "GetItem", "TransactWriteItems"]
    second = cost(lambda: stage.create(1500))
    assert second.calls == first.calls
    assert second.units <= 2 + 14
    invoice_id = stage.invoice(1500, finalize=False)
    finalized = cost(
        lambda: finalize_invoice(
            services.invoices, services.branches, services.clock, services.patience, stage.caller, invoice_id
        )
    )
    assert finalized.calls == ["Query", "GetItem", "GetItem", "TransactWriteItems"]
    assert finalized.units <= 3 + 14
    cancelled = cost(
        lambda: cancel_invoice(
            services.invoices, services.clock, services.patience, stage.caller, stage.invoice(1500), "mistake"
        )
    )
    assert cancelled.calls[-2:] == ["UpdateItem", "Query"]


def test_a_refund(stage: Stage):
    services = stage.services
    invoice_id = stage.invoice(1500)
    stage.pay(invoice_id, 1000)()
    new = NewRefund(100_00, "cash", None, DAY, "charged twice", None)
    with billed(services.dynamodb) as bill:
        record_refund(
            services.invoices, services.clock, services.ids, services.patience, stage.caller, invoice_id, new, "k"
        )
    assert bill.calls == ["GetItem", "UpdateItem"]
    assert bill.units <= 1 + 6


def test_a_replay_reads_nothing_but_the_refused_write(stage: Stage):
    services: Services = stage.services
    invoice_id = stage.invoice(1500)
    action = stage.pay(invoice_id, 500, "412345678901")
    action()
    with billed(services.dynamodb) as bill:
        assert action().replayed
    assert bill.calls == ["UpdateItem"]
