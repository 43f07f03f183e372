"""Captured money: what of it waits, what an invoice takes, what may go back."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from billing.domain.identity import short_hash
from billing.domain.invoice import MAX_PAYMENTS
from billing.domain.receipts import (
    RECEIPT_STATUSES,
    Application,
    Receipt,
    ReceiptRefund,
    WaitingRefund,
    choose_hint,
    contribution_of_receipt,
    creditable_paise,
    receipt_id,
    returnable_paise,
    with_application,
    with_payment,
    with_refund,
)
from tests.unit.domain.make import head, payment, refund

INVOICE = "MUM-01.0000000000000000"
APPLIED = Application(INVOICE, "pay_1", 300, "2026-03-15T10:00:00.000+05:30")
RETURNED = ReceiptRefund(200, 200, date(2026, 3, 16), "2026-03-16T10:00:00.000+05:30")


def receipt(**members: Any) -> Receipt:
    """1,000 paise that Razorpay captured and nobody has touched."""
    made = Receipt(
        "demo", "rct_1", "razorpay", "acc", "1001", "MUM-01", "2026-03-15T10:00:00.000+05:30", date(2026, 3, 15),
        amount_paise=1000, remaining_paise=1000,
    )  # fmt: skip
    return replace(made, **members)


def test_a_receipt_begins_empty():
    bare = Receipt("demo", "rct_1", "razorpay", "acc", "1001", "MUM-01", "", date(2026, 3, 15))
    assert (bare.rev, bare.amount_paise, bare.remaining_paise, bare.refunded_paise) == (1, 0, 0, 0)
    assert (bare.currency, bare.payment_mode, bare.event_id, bare.reason, bare.updated_at) == (
        "INR",
        "online",
        "",
        "",
        "",
    )
    assert (bare.applications, bare.refunds, bare.waiting, bare.keys) == ((), {}, {}, {})
    assert not bare.is_captured
    assert not bare.is_untouched


@pytest.mark.parametrize(
    ("members", "captured", "untouched"),
    [
        ({"amount_paise": 1}, True, True),
        ({"amount_paise": 0, "waiting": {"r": WaitingRefund(1, "INR", date(2026, 3, 16), "evt_1")}}, False, False),
        ({"applications": (APPLIED,)}, True, False),
        ({"refunds": {"r": RETURNED}}, True, False),
    ],
)
def test_captured_and_untouched(members, captured, untouched):
    made = receipt(**members)
    assert (made.is_captured, made.is_untouched) == (captured, untouched)


@pytest.mark.parametrize(
    ("remaining", "applications", "status"),
    [(1, (), "open"), (1, (APPLIED,), "open"), (0, (APPLIED,), "applied"), (0, (), "refunded")],
)
def test_statuses(remaining, applications, status):
    assert receipt(remaining_paise=remaining, applications=applications).status == status
    assert RECEIPT_STATUSES == ("open", "applied", "refunded")


def test_what_was_returned_is_the_sum():
    assert receipt(refunds={"a": RETURNED, "b": replace(RETURNED, amount_paise=5)}).refunded_paise == 205


@pytest.mark.parametrize(("hint", "named"), [(None, None), (INVOICE, INVOICE), ("order 77", None)])
def test_only_an_invoice_id_names_an_invoice(hint, named):
    assert receipt(invoice_hint=hint).named_invoice == named


@pytest.mark.parametrize(
    ("hints", "chosen"),
    [((), None), (("order 77", "x"), "order 77"), (("order 77", INVOICE, "MUM-01.0000000000000001"), INVOICE)],
)
def test_the_hint_chosen(hints, chosen):
    assert choose_hint(hints) == chosen


def test_one_id_for_all_events_of_a_payment():
    assert receipt_id("razorpay", "acc", "1001") == f"rct_{short_hash('receipt', 'razorpay', 'acc', '1001')}"
    assert receipt_id("razorpay", "acc1", "001") != receipt_id("razorpay", "acc", "1001")


def test_what_waits_counts_on_its_day():
    assert contribution_of_receipt(receipt()).days == {"2026-03-15": {"unapplied": 1000}}
    assert contribution_of_receipt(receipt()).branch_id == "MUM-01"
    assert contribution_of_receipt(receipt(remaining_paise=0)).days == {}


@pytest.mark.parametrize(
    ("invoice", "amount", "taken", "reason"),
    [
        (None, 500, 0, "invoice_unknown"),
        (head(status="cancelled", balance_paise=0), 500, 0, "invoice_cancelled"),
        (head(status="draft"), 500, 0, "invoice_draft"),
        (head(status="paid", balance_paise=0), 500, 0, "invoice_paid"),
        (head(), 999, 999, ""),
        (head(), 1000, 1000, ""),
        (head(), 1001, 1000, "above_balance"),
        (head(status="partially_paid", balance_paise=400), 500, 400, "above_balance"),
        (head(payments={str(n): payment() for n in range(MAX_PAYMENTS - 1)}), 500, 500, ""),
        (head(payments={str(n): payment() for n in range(MAX_PAYMENTS)}), 500, 0, "invoice_full"),
    ],
)
def test_how_much_an_invoice_takes(invoice, amount, taken, reason):
    assert creditable_paise(invoice, amount) == (taken, reason)


def test_the_head_after_a_payment():
    earlier, new = payment(100), payment(400, id="pay_2", recorded_at="2026-03-17T10:00:00.000+05:30")
    before = head(status="partially_paid", payments={"a": earlier}, paid_paise=100, balance_paise=900, rev=4)
    after = with_payment(before, "b", new)
    assert after == replace(
        before, payments={"a": earlier, "b": new}, paid_paise=500, balance_paise=500, rev=5,
        updated_at="2026-03-17T10:00:00.000+05:30",
    )  # fmt: skip
    assert with_payment(before, "b", payment(900)).status == "paid"


def test_the_head_after_a_refund():
    earlier, new = refund(100), refund(300, id="rfd_2", recorded_at="2026-03-17T10:00:00.000+05:30")
    before = head(
        status="paid", payments={"a": payment(1000)}, refunds={"r": earlier}, paid_paise=1000, refunded_paise=100,
        balance_paise=0, rev=4,
    )  # fmt: skip
    after = with_refund(before, "s", new)
    assert after == replace(
        before, refunds={"r": earlier, "s": new}, paid_paise=700, refunded_paise=400, balance_paise=300, rev=5,
        status="partially_paid", updated_at="2026-03-17T10:00:00.000+05:30",
    )  # fmt: skip


def test_a_receipt_after_an_application():
    before = receipt(remaining_paise=700, applications=(APPLIED,), keys={"k": "pay_1"})
    second = replace(APPLIED, payment_id="pay_2", amount_paise=250)
    after = with_application(before, second, ("natural", "header"))
    assert after == replace(
        before, remaining_paise=450, applications=(APPLIED, second),
        keys={"k": "pay_1", "natural": "pay_2", "header": "pay_2"},
    )  # fmt: skip
    assert with_application(before, second).keys == {"k": "pay_1"}


@pytest.mark.parametrize(
    ("refunds", "paid", "returnable"),
    [
        ({}, 900, 500),
        ({"r": refund(200, payment_id="pay_2")}, 700, 300),
        ({"r": refund(200, payment_id="pay_1")}, 700, 500),
        ({"r": refund(200)}, 700, 500),
        ({"r": refund(600)}, 300, 300),
        ({"r": refund(600, payment_id="pay_2")}, 300, 0),
    ],
)
def test_what_may_be_returned_of_one_payment(refunds, paid, returnable):
    payments = {"a": payment(400), "b": payment(500, id="pay_2")}
    assert returnable_paise(head(payments=payments, refunds=refunds, paid_paise=paid), "pay_2") == returnable


def test_nothing_may_be_returned_of_an_unknown_payment():
    assert returnable_paise(head(payments={"a": payment(400)}, paid_paise=400), "pay_9") == 0
