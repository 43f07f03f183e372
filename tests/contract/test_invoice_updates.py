"""Payments, refunds and cancellation as single conditional updates, on every engine."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from billing.application.ports import DaySpan, Lookup, Refused, Written
from billing.domain.invoice import MAX_PAYMENTS, InvoiceHead, Payment
from billing.wiring import Services
from tests.contract.samples import (
    LATER,
    a_draft,
    a_head,
    a_payment,
    a_refund,
    an_invoice,
    identity_for,
    new_id,
    store,
)
from tests.engines import Engine

ALL_DAYS = DaySpan("0000-00-00", "9999-99-99")


def pay(services: Services, head: InvoiceHead, payment: Payment, key: str | None = None, *, settles: bool = False):
    return services.invoices.add_payment(head.tenant, head.id, identity_for(payment, key), payment, settles=settles)


def open_ids(services: Services, tenant: str, status: str) -> list[str]:
    lookup = Lookup(open_status=status)  # type: ignore[arg-type]
    return [row.id for row in services.index.page(tenant, lookup, ALL_DAYS, None, None).rows]


def test_an_invoice_reads_back_as_it_was_stored(engine: Engine, services: Services, tenant: str):
    head = a_head(
        tenant,
        finalized_at=LATER,
        cancelled_at=LATER,
        cancel_reason="entered twice",
        payments={"n1": a_payment(reference="UPI-1", payment_mode="upi")},
        refunds={"n2": a_refund(reference="R-1", payment_id="pay_1")},
        payment_keys={"h1": "n1"},
        refund_keys={"h2": "n2"},
        patient_name="आशा राव",
    )
    store(engine, head)
    assert services.invoices.load(tenant, head.id) == an_invoice(head)
    assert services.invoices.load_head(tenant, head.id) == head
    assert services.invoices.load(tenant, new_id()) is None
    assert services.invoices.load("other", head.id) is None


def test_a_payment_changes_everything_it_should_and_nothing_else(engine: Engine, services: Services, tenant: str):
    head = store(engine, a_head(tenant))
    payment = a_payment(60_000, payment_mode="upi", reference="412345678901")
    identity = identity_for(payment, "key-1")
    assert identity.header
    outcome = pay(services, head, payment, "key-1")
    expected = replace(
        head,
        status="partially_paid",
        paid_paise=60_000,
        balance_paise=90_000,
        rev=2,
        updated_at=LATER,
        payments={identity.entry: payment},
        payment_keys={identity.header: identity.entry},
    )
    assert outcome == Written(expected)
    assert services.invoices.load_head(tenant, head.id) == expected
    assert open_ids(services, tenant, "finalized") == []
    assert open_ids(services, tenant, "partially_paid") == [head.id]


def test_the_payment_that_settles_leaves_the_index_of_open_invoices(engine: Engine, services: Services, tenant: str):
    head = store(engine, a_head(tenant))
    outcome = pay(services, head, a_payment(150_000), settles=True)
    assert isinstance(outcome, Written)
    assert (outcome.head.status, outcome.head.balance_paise) == ("paid", 0)
    for status in ("finalized", "partially_paid", "paid"):
        assert open_ids(services, tenant, status) == []
    refund = a_refund(150_000)
    refunded = services.invoices.add_refund(outcome.head, identity_for(refund), refund, "finalized")
    assert isinstance(refunded, Written)
    assert open_ids(services, tenant, "finalized") == [head.id]


@pytest.mark.parametrize(("settles", "amount"), [(False, 150_000), (False, 150_001), (True, 149_999), (True, 150_001)])
def test_a_wrong_guess_about_the_balance_writes_nothing_and_shows_the_item(
    engine: Engine, services: Services, tenant: str, settles: bool, amount: int
):
    head = store(engine, a_head(tenant))
    assert pay(services, head, a_payment(amount), settles=settles) == Refused(head)
    assert services.invoices.load_head(tenant, head.id) == head


def test_no_item_is_told_apart_and_none_is_made(services: Services, tenant: str):
    head = a_head(tenant)
    refund = a_refund()
    assert pay(services, head, a_payment()) == Refused(None)
    assert services.invoices.add_refund(head, identity_for(refund), refund, "finalized") == Refused(None)
    assert services.invoices.cancel(tenant, head.id, "mistake", LATER) == Refused(None)
    assert services.invoices.load_head(tenant, head.id) is None


def test_one_identity_is_written_once(engine: Engine, services: Services, tenant: str):
    head = store(engine, a_head(tenant))
    first = a_payment(1_000, payment_mode="card", reference="TERMINAL 7")
    outcome = pay(services, head, first, "key-1")
    assert isinstance(outcome, Written)
    same_natural_key = a_payment(2_000, payment_mode="card", reference="TERMINAL 7")
    same_header_key = a_payment(2_000)
    for other, key in ((same_natural_key, None), (same_natural_key, "key-2"), (same_header_key, "key-1")):
        assert pay(services, head, other, key) == Refused(outcome.head)
    # The very same write again, as the SDK repeats it after a lost answer: the item shows our own id.
    again = pay(services, head, first, "key-1")
    assert isinstance(again, Refused)
    assert again.head
    assert [p.id for p in again.head.payments.values()] == [first.id]


@pytest.mark.parametrize(("recorded", "written"), [(MAX_PAYMENTS - 1, True), (MAX_PAYMENTS, False)])
def test_the_most_payments_an_invoice_takes(
    engine: Engine, services: Services, tenant: str, recorded: int, written: bool
):
    payments = {f"n{place}": a_payment(1) for place in range(recorded)}
    head = store(engine, a_head(tenant, status="partially_paid", paid_paise=recorded, payments=payments))
    outcome = pay(services, head, a_payment(1))
    assert isinstance(outcome, Written) is written
    assert outcome.head
    assert len(outcome.head.payments) == MAX_PAYMENTS


def test_a_refund_changes_everything_it_should_and_nothing_else(engine: Engine, services: Services, tenant: str):
    head = store(engine, a_head(tenant, status="partially_paid", paid_paise=60_000, payments={"n": a_payment(60_000)}))
    refund = a_refund(20_000, refund_mode="upi", reference="R 1", payment_id="pay_1")
    identity = identity_for(refund, "key-1")
    assert identity.header
    expected = replace(
        head,
        paid_paise=40_000,
        refunded_paise=20_000,
        balance_paise=110_000,
        rev=2,
        updated_at=LATER,
        refunds={identity.entry: refund},
        refund_keys={identity.header: identity.entry},
    )
    assert services.invoices.add_refund(head, identity, refund, "partially_paid") == Written(expected)
    assert services.invoices.load_head(tenant, head.id) == expected
    # Judged before the first refund: the revision has moved.
    second = a_refund(1)
    stale = services.invoices.add_refund(head, identity_for(second), second, "partially_paid")
    assert stale == Refused(expected)
    # Judged now, but one of the identities is taken.
    for other, key in ((a_refund(1, refund_mode="upi", reference="R 1"), None), (a_refund(1), "key-1")):
        taken = services.invoices.add_refund(expected, identity_for(other, key), other, "partially_paid")
        assert taken == Refused(expected)


def test_cancel_needs_an_invoice_without_money(engine: Engine, services: Services, tenant: str):
    for head in (a_head(tenant), a_draft(tenant)):
        store(engine, head)
        expected = replace(
            head,
            status="cancelled",
            balance_paise=0,
            cancelled_at=LATER,
            cancel_reason="entered twice",
            updated_at=LATER,
            rev=2,
        )
        assert services.invoices.cancel(tenant, head.id, "entered twice", LATER) == Written(expected)
        assert services.invoices.cancel(tenant, head.id, "another reason", AFTER) == Refused(expected)
        assert head.id in open_ids(services, tenant, "cancelled")
    holding = store(engine, a_head(tenant, status="partially_paid", paid_paise=1))
    assert services.invoices.cancel(tenant, holding.id, "entered twice", LATER) == Refused(holding)


AFTER = "2026-03-20T13:00:00.000+05:30"


@pytest.mark.parametrize(("day", "written"), [(date(2026, 3, 8), False), (date(2026, 3, 9), True)])
def test_the_earliest_day_of_a_payment(engine: Engine, services: Services, tenant: str, day: date, written: bool):
    head = store(engine, a_head(tenant, date=date(2026, 3, 10)))
    assert isinstance(pay(services, head, a_payment(payment_date=day)), Written) is written
