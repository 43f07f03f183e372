"""The domain's rules and DynamoDB's conditions say the same thing.

Each rule stands twice: in the domain, to tell a caller why, and in the condition of the write, to be true
at the moment of the write. Here both judge the same invoices; where they differ, one of them is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from itertools import product
from typing import Any

import pytest

from billing.application.ports import Refused, Written
from billing.domain import errors
from billing.domain.invoice import (
    STATUSES,
    InvoiceHead,
    check_cancellable,
    check_payable,
    check_refundable,
    status_after,
)
from billing.wiring import Services
from tests.contract.samples import DAY, LATER, a_head, a_payment, a_refund, identity_for, store
from tests.engines import Engine

# Every state times every neighbourhood: what differs by one paisa or one day is what can go wrong.
STATES = (("draft", 0), ("cancelled", 0), ("finalized", 0), ("partially_paid", 1), ("partially_paid", 2), ("paid", 3))
AMOUNTS = (1, 2, 3, 4)
TOTAL_PAISE = 3


def days(*offsets: int) -> list[date]:
    return [DAY + timedelta(days=offset) for offset in offsets]


def allowed(check: Callable[..., None], *judged: Any) -> bool:
    try:
        check(*judged)
    except errors.BillingError:
        return False
    return True


def reachable(tenant: str, status: str, total_paise: int, paid_paise: int) -> InvoiceHead:
    """An invoice as the rules leave it: status, sums and payments in keeping."""
    paid_paise = min(paid_paise, total_paise)
    if status in ("draft", "cancelled"):
        paid_paise = 0
        balance_paise = 0 if status == "cancelled" else total_paise
    else:
        status, balance_paise = status_after(total_paise, paid_paise), total_paise - paid_paise
    payments = {"n": a_payment(paid_paise, payment_date=DAY)} if paid_paise else {}
    return a_head(
        tenant,
        status=status,
        total_paise=total_paise,
        paid_paise=paid_paise,
        balance_paise=balance_paise,
        payments=payments,
    )


def states(tenant: str) -> Iterator[InvoiceHead]:
    for status, paid_paise in STATES:
        yield reachable(tenant, status, TOTAL_PAISE, paid_paise)


def test_payments(engine: Engine, services: Services, tenant: str):
    verdicts = set()
    for state, amount, day in product(states(tenant), AMOUNTS, days(-2, -1, 0, 1)):
        head = store(engine, state)
        payment = a_payment(amount, payment_date=day)
        verdict = allowed(check_payable, head, amount, day)
        verdicts.add(verdict)
        settles = amount == head.balance_paise
        outcome = services.invoices.add_payment(tenant, head.id, identity_for(payment), payment, settles=settles)
        assert isinstance(outcome, Written) is verdict, (head, amount, day)
        assert services.invoices.load_head(tenant, head.id) == outcome.head
        if not verdict:
            assert outcome == Refused(head)
            continue
        assert outcome.head == replace(
            head,
            paid_paise=head.paid_paise + amount,
            balance_paise=head.balance_paise - amount,
            status=status_after(head.total_paise, head.paid_paise + amount),
            rev=2,
            updated_at=LATER,
            payments={**head.payments, identity_for(payment).entry: payment},
        )
    assert verdicts == {True, False}


def test_refunds(engine: Engine, services: Services, tenant: str):
    """The condition pins the revision that was judged, and by itself never returns more than was paid."""
    outcomes = set()
    for head, amount, day, moved in product(states(tenant), AMOUNTS, days(-1, 0), (False, True)):
        store(engine, replace(head, rev=2) if moved else head)
        refund = a_refund(amount, refund_date=day)
        verdict = allowed(check_refundable, head, amount, day, None)
        after = status_after(head.total_paise, head.paid_paise - amount)
        outcome = services.invoices.add_refund(head, identity_for(refund), refund, after)
        written = isinstance(outcome, Written)
        case = (head, amount, day, moved)
        outcomes.add((verdict, moved, written))
        if verdict:
            # The rules knew all that the write asks, but for what has moved since.
            assert written is not moved, case
        if amount > head.paid_paise or moved:
            assert not written, case
        if written:
            assert outcome.head
            assert outcome.head.paid_paise == head.paid_paise - amount
            assert outcome.head.paid_paise + outcome.head.balance_paise == head.total_paise
            assert outcome.head.status == after
    assert {(True, False, True), (True, True, False), (False, False, False)} <= outcomes


def test_refunds_of_one_payment(tenant: str):
    """What one payment may return is judged from the records, which the pinned revision holds still."""
    first, second = a_payment(2, payment_date=DAY), a_payment(1, payment_date=DAY)
    returned = {"r": a_refund(1, payment_id=first.id)}
    head = a_head(
        tenant, total_paise=3, paid_paise=2, status="partially_paid",
        payments={"a": first, "b": second}, refunds=returned, refunded_paise=1,
    )  # fmt: skip
    for payment_id, amount, verdict in (
        (first.id, 1, True), (first.id, 2, False), (second.id, 1, True), (second.id, 2, False), ("pay_x", 1, False),
    ):  # fmt: skip
        assert allowed(check_refundable, head, amount, DAY, payment_id) is verdict, (payment_id, amount)


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("paid", [0, 1, 3])
def test_cancellation(engine: Engine, services: Services, tenant: str, status: str, paid: int):
    head = store(engine, reachable(tenant, status, 3, paid))
    verdict = head.status != "cancelled" and allowed(check_cancellable, head)
    outcome = services.invoices.cancel(tenant, head.id, "entered twice", LATER)
    assert isinstance(outcome, Written) is verdict


@pytest.mark.parametrize("status", STATUSES)
def test_a_cancelled_invoice_refunds_nothing(engine: Engine, services: Services, tenant: str, status: str):
    """Money and cancellation exclude each other: no state is both, so no rule need ask."""
    head = store(engine, reachable(tenant, status, 3, 0))
    refund = a_refund(1)
    assert not allowed(check_refundable, head, 1, DAY, None)
    outcome = services.invoices.add_refund(head, identity_for(refund), refund, "finalized")
    assert outcome == Refused(head)
