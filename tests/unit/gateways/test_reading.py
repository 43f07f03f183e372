"""What each gateway's events mean."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from billing.adapters.gateways import _reading, find_gateway
from billing.adapters.gateways.phonepe import read_order, read_refund
from billing.domain.gateway_events import (
    Dispute,
    Held,
    Ignored,
    Lookup,
    LookupKind,
    MoneyIn,
    MoneyOut,
    Unusable,
)
from tests.unit.gateways import shapes as s

PAY, CF, PI, CH = (
    "pay_NbX4k2QmT7wZ9A",
    "5114910634577",
    "pi_3PqW8wLkT3nB6vCd0aXyZ1q2",
    "ch_3PqW8wLkT3nB6vCd0kLmN3o4",
)


def read(provider, document):
    body = document if isinstance(document, bytes) else s.encode(document)
    gateway = find_gateway(provider)
    assert gateway
    return gateway.read(body).event


def form(**changes):
    return urlencode(s.payu(**changes)).encode()


def intent(**changes):
    return s.stripe("payment_intent.succeeded", s.stripe_intent(**changes))


def session(kind="checkout.session.completed", **changes):
    return s.stripe(kind, s.stripe_session(**changes))


def rzp(event="payment.captured", **changes):
    return s.razorpay(event, s.razorpay_payment(**changes))


# provider, document, (money key, minor units, currency, first hint, mode)
MONEY_IN = {
    "razorpay payment.captured": ("razorpay", rzp(), (PAY, 150000, "INR", s.INVOICE, "upi")),
    "razorpay order.paid credits the payment, not the order's total": (
        "razorpay",
        s.razorpay("order.paid", s.razorpay_payment(notes=[]), order=s.razorpay_order()),
        (PAY, 150000, "INR", s.INVOICE, "upi"),
    ),
    "razorpay payment_link.paid": (
        "razorpay",
        s.razorpay(
            "payment_link.paid",
            s.razorpay_payment(notes=[], method="netbanking"),
            order=s.razorpay_order(receipt="242"),
            payment_link={
                "id": "plink_1",
                "amount_paid": 990000,
                "reference_id": s.INVOICE,
                "notes": [],
            },
        ),
        (PAY, 150000, "INR", "242", "online"),
    ),
    "razorpay payment_link.partially_paid": (
        "razorpay",
        s.razorpay(
            "payment_link.partially_paid",
            s.razorpay_payment(notes=[]),
            payment_link={"reference_id": s.INVOICE},
        ),
        (PAY, 150000, "INR", s.INVOICE, "upi"),
    ),
    "razorpay invoice.paid": (
        "razorpay",
        s.razorpay("invoice.paid", s.razorpay_payment(notes=[]), invoice={"receipt": s.INVOICE}),
        (PAY, 150000, "INR", s.INVOICE, "upi"),
    ),
    "razorpay invoice.partially_paid": (
        "razorpay",
        rzp("invoice.partially_paid"),
        (PAY, 150000, "INR", s.INVOICE, "upi"),
    ),
    "razorpay qr_code.credited": (
        "razorpay",
        s.razorpay(
            "qr_code.credited",
            s.razorpay_payment(notes=[]),
            qr_code={"notes": {"invoice_id": s.INVOICE}},
        ),
        (PAY, 150000, "INR", s.INVOICE, "upi"),
    ),
    "razorpay virtual_account.credited": (
        "razorpay",
        s.razorpay("virtual_account.credited", s.razorpay_payment(notes=[], method="bank_transfer")),
        (PAY, 150000, "INR", None, "neft"),
    ),
    "razorpay empty notes": ("razorpay", rzp(notes=[]), (PAY, 150000, "INR", None, "upi")),
    "razorpay card": ("razorpay", rzp(method="card"), (PAY, 150000, "INR", s.INVOICE, "card")),
    "razorpay method unheard of": (
        "razorpay",
        rzp(method=["x"]),
        (PAY, 150000, "INR", s.INVOICE, "online"),
    ),
    "razorpay other currency": (
        "razorpay",
        rzp(currency="USD"),
        (PAY, 150000, "USD", s.INVOICE, "upi"),
    ),
    "razorpay captured, later refunded snapshot": (
        "razorpay",
        rzp(status="refunded"),
        (PAY, 150000, "INR", s.INVOICE, "upi"),
    ),
    "cashfree success": ("cashfree", s.cashfree(), (CF, 150000, "INR", s.INVOICE, "upi")),
    "cashfree id as a number": (
        "cashfree",
        s.cashfree(cf_payment_id=5114910634577),
        (CF, 150000, "INR", s.INVOICE, "upi"),
    ),
    "cashfree amount as text": (
        "cashfree",
        s.cashfree(payment_amount="1500.50"),
        (CF, 150050, "INR", s.INVOICE, "upi"),
    ),
    "cashfree order tags": (
        "cashfree",
        s.cashfree(order={"order_tags": {"invoice_id": "tagged"}}, payment_group="credit_card"),
        (CF, 150000, "INR", "tagged", "card"),
    ),
    "cashfree link event: its own 22.00, not the 55.00 or 200.12": (
        "cashfree",
        s.cashfree_link(),
        ("1021206", 2200, "INR", s.INVOICE, "online"),
    ),
    "cashfree link notes": (
        "cashfree",
        s.cashfree_link(link_notes={"invoice_id": "n1"}),
        ("1021206", 2200, "INR", "n1", "online"),
    ),
    "cashfree virtual account": (
        "cashfree",
        s.cashfree_collected(),
        ("vba:87654", 40000, "INR", "87654321", "neft"),
    ),
    "cashfree virtual vpa": (
        "cashfree",
        s.cashfree_collected(isVpa="1"),
        ("vba:87654", 40000, "INR", "87654321", "upi"),
    ),
    "cashfree other currency": (
        "cashfree",
        s.cashfree(payment_currency="usd"),
        (CF, 150000, "USD", s.INVOICE, "upi"),
    ),
    "stripe intent: amount_received, not amount": (
        "stripe",
        intent(),
        (PI, 150000, "INR", s.INVOICE, "online"),
    ),
    "stripe intent with its charge": (
        "stripe",
        intent(latest_charge=s.stripe_charge()),
        (PI, 150000, "INR", s.INVOICE, "card"),
    ),
    "stripe intent of an older API": (
        "stripe",
        intent(latest_charge=None, charges={"data": [s.stripe_charge()]}),
        (PI, 150000, "INR", s.INVOICE, "card"),
    ),
    "stripe session": ("stripe", session(), (PI, 150000, "INR", s.INVOICE, "online")),
    "stripe session, expanded intent": (
        "stripe",
        session(payment_intent=s.stripe_intent()),
        (PI, 150000, "INR", s.INVOICE, "online"),
    ),
    "stripe session, metadata first": (
        "stripe",
        session(metadata={"invoice_id": "m"}),
        (PI, 150000, "INR", "m", "online"),
    ),
    "stripe session, asynchronous": (
        "stripe",
        session("checkout.session.async_payment_succeeded"),
        (PI, 150000, "INR", s.INVOICE, "online"),
    ),
    "stripe charge without an intent": (
        "stripe",
        s.stripe("charge.succeeded", s.stripe_charge()),
        (CH, 150000, "INR", s.INVOICE, "card"),
    ),
    "stripe other currency": (
        "stripe",
        intent(currency="usd"),
        (PI, 150000, "USD", s.INVOICE, "online"),
    ),
    "payu success": ("payu", form(), ("27553369917", 150000, "INR", s.INVOICE, "upi")),
    "payu txnid names the invoice": (
        "payu",
        form(udf1="", txnid="inv.1", mode="CC"),
        ("27553369917", 150000, "INR", "inv.1", "card"),
    ),
    "payu netbanking": (
        "payu",
        form(mode="NB"),
        ("27553369917", 150000, "INR", s.INVOICE, "online"),
    ),
    "payu other currency": (
        "payu",
        form(currency="usd"),
        ("27553369917", 150000, "USD", s.INVOICE, "upi"),
    ),
}


@pytest.mark.parametrize("row", MONEY_IN)
def test_money_in(row):
    provider, document, (key, amount, currency, hint, mode) = MONEY_IN[row]
    event = read(provider, document)
    assert isinstance(event, MoneyIn)
    found = (
        event.money_key,
        event.amount_paise,
        event.currency,
        next(iter(event.invoice_hints), None),
        event.payment_mode,
    )
    assert found == (key, amount, currency, hint, mode)


REFUNDED = {
    "razorpay": (
        "razorpay",
        s.razorpay_refund(),
        MoneyOut("rfnd_NcA8mW2pQx6Yk1", PAY, 50000, "INR", s.NOW - timedelta(seconds=10)),
    ),
    "cashfree": (
        "cashfree",
        s.cashfree_refund(),
        MoneyOut("11325632", CF, 50000, "INR", datetime(2026, 7, 15, 5, 40, 27, tzinfo=UTC)),
    ),
    "cashfree automatic": (
        "cashfree",
        s.cashfree_refund("auto_refund", processed_at=None, refund_type="PAYMENT_AUTO_REFUND"),
        MoneyOut("11325632", CF, 50000, "INR", datetime(2026, 7, 15, 5, 40, 28, tzinfo=UTC)),
    ),
    "stripe updated": (
        "stripe",
        s.stripe("refund.updated", s.stripe_refund()),
        MoneyOut("re_3PqW8wLkT3nB6vCd0rEfU5n6", PI, 50000, "INR", s.NOW - timedelta(seconds=5)),
    ),
    "stripe created already succeeded": (
        "stripe",
        s.stripe("refund.created", s.stripe_refund(payment_intent=None)),
        MoneyOut("re_3PqW8wLkT3nB6vCd0rEfU5n6", CH, 50000, "INR", s.NOW - timedelta(seconds=5)),
    ),
}


@pytest.mark.parametrize("row", REFUNDED)
def test_refunds(row):
    provider, document, expected = REFUNDED[row]
    assert read(provider, document) == expected


DISPUTED = {
    "razorpay": ("razorpay", s.razorpay_dispute(), ("disp_NdR3kV9sLw2Tb8", PAY, 150000, "open")),
    "cashfree": ("cashfree", s.cashfree_dispute(), ("433475258", CF, 150000, "CHARGEBACK_CREATED")),
    "stripe": ("stripe", s.stripe_dispute(), ("dp_1PqX2yLkT3nB6vCd", PI, 150000, "needs_response")),
}


@pytest.mark.parametrize("row", DISPUTED)
def test_disputes(row):
    provider, document, expected = DISPUTED[row]
    event = read(provider, document)
    assert isinstance(event, Dispute)
    assert (event.dispute_key, event.money_key, event.amount_paise, event.phase) == expected


HELD = {
    "phonepe order": ("phonepe", s.phonepe(), Lookup(LookupKind.ORDER, order_id="MO-88-blr")),
    "phonepe custom checkout": (
        "phonepe",
        s.phonepe("pg.order.completed"),
        Lookup(LookupKind.ORDER, order_id="MO-88-blr"),
    ),
    "phonepe refund": (
        "phonepe",
        s.phonepe_refund(),
        Lookup(LookupKind.REFUND, order_id="MO-88-blr", refund_id="RF-88-1"),
    ),
    "payu refund in JSON": (
        "payu",
        s.payu_refund(),
        Lookup(
            LookupKind.REFUND,
            order_id="T2607151159249182",
            payment_id="27553369917",
            refund_id="11865427756",
        ),
    ),
    "payu refund in a form": (
        "payu",
        b"action=refund&status=success&mihpayid=5&request_id=6",
        Lookup(LookupKind.REFUND, payment_id="5", refund_id="6"),
    ),
    "payu refund that claims a payment's fields": (
        "payu",
        form(action="refund"),
        Lookup(LookupKind.REFUND, order_id="T2607151159249182", payment_id="27553369917"),
    ),
    "payu dispute": (
        "payu",
        b"action=chargeback&mihpayid=5",
        Lookup(LookupKind.DISPUTE, payment_id="5"),
    ),
}


@pytest.mark.parametrize("row", HELD)
def test_what_the_body_does_not_prove_is_held(row):
    provider, document, lookup = HELD[row]
    event = read(provider, document)
    assert isinstance(event, Held)
    assert event.lookup == lookup


IGNORED = {
    "razorpay authorized": ("razorpay", rzp("payment.authorized", status="authorized")),
    "razorpay failed": ("razorpay", rzp("payment.failed", status="failed")),
    "razorpay captured event with an authorized snapshot": ("razorpay", rzp(status="authorized")),
    "razorpay refund.created is not final": (
        "razorpay",
        {**s.razorpay_refund(), "event": "refund.created"},
    ),
    "razorpay refund.failed": ("razorpay", {**s.razorpay_refund(), "event": "refund.failed"}),
    "razorpay refund pending": ("razorpay", s.razorpay_refund(status="pending")),
    "razorpay settlement": ("razorpay", rzp("settlement.processed")),
    "cashfree failed": ("cashfree", s.cashfree("PAYMENT_FAILED_WEBHOOK", payment_status="FAILED")),
    "cashfree dropped": (
        "cashfree",
        s.cashfree("PAYMENT_USER_DROPPED_WEBHOOK", payment_status="USER_DROPPED"),
    ),
    "cashfree pending": ("cashfree", s.cashfree(payment_status="PENDING")),
    "cashfree charges": ("cashfree", s.cashfree("PAYMENT_CHARGES_WEBHOOK")),
    "cashfree test ping": (
        "cashfree",
        {"data": {"test_object": {"test_key": "test_value"}}, "type": "WEBHOOK"},
    ),
    "cashfree link expired": (
        "cashfree",
        s.cashfree_link({"transaction_status": None}, link_status="EXPIRED"),
    ),
    "cashfree refund cancelled": ("cashfree", s.cashfree_refund(refund_status="CANCELLED")),
    "cashfree refund pending": ("cashfree", s.cashfree_refund(refund_status="PENDING")),
    "stripe processing": (
        "stripe",
        s.stripe("payment_intent.processing", s.stripe_intent(status="processing")),
    ),
    "stripe canceled": (
        "stripe",
        s.stripe("payment_intent.canceled", s.stripe_intent(status="canceled")),
    ),
    "stripe requires action": (
        "stripe",
        s.stripe("payment_intent.requires_action", s.stripe_intent()),
    ),
    "stripe failed": ("stripe", s.stripe("payment_intent.payment_failed", s.stripe_intent())),
    "stripe session unpaid": ("stripe", session(payment_status="unpaid")),
    "stripe session of a subscription": ("stripe", session(payment_intent=None)),
    "stripe charge of an intent": (
        "stripe",
        s.stripe("charge.succeeded", s.stripe_charge(payment_intent=PI)),
    ),
    "stripe charge not captured": (
        "stripe",
        s.stripe("charge.succeeded", s.stripe_charge(captured=False)),
    ),
    "stripe charge.refunded is cumulative": (
        "stripe",
        s.stripe("charge.refunded", s.stripe_charge()),
    ),
    "stripe refund pending": (
        "stripe",
        s.stripe("refund.updated", s.stripe_refund(status="pending")),
    ),
    "phonepe failed": ("phonepe", s.phonepe("checkout.order.failed", state="FAILED")),
    "phonepe completed event, pending state": ("phonepe", s.phonepe(state="PENDING")),
    "phonepe completed event, failed state": ("phonepe", s.phonepe(state="FAILED")),
    "phonepe expired": ("phonepe", s.phonepe(state="EXPIRED")),
    "phonepe refund failed": ("phonepe", s.phonepe_refund("pg.refund.failed", state="FAILED")),
    "phonepe refund accepted": ("phonepe", s.phonepe_refund(state="PENDING")),
    "payu failure": ("payu", form(status="failure")),
    "payu pending": ("payu", form(status="pending")),
    "payu refund failed": ("payu", s.payu_refund(status="failure")),
}


@pytest.mark.parametrize("row", IGNORED)
def test_what_moves_no_money_is_ignored(row):
    provider, document = IGNORED[row]
    assert isinstance(read(provider, document), Ignored)


ABOVE_TEN_CRORE = 10_000_000_001
UNUSABLE = {
    "not JSON": ("razorpay", b"not json"),
    "not UTF-8": ("razorpay", b'{"event":"payment.captured\xff"}'),
    "UTF-16": ("razorpay", '{"event":"payment.captured"}'.encode("utf-16")),
    "an array": ("stripe", b"[]"),
    "a text": ("cashfree", b'"PAYMENT_SUCCESS_WEBHOOK"'),
    "NaN": ("razorpay", b'{"event":NaN}'),
    "nested too deeply": ("razorpay", b'{"a":' * 100_000),
    "an integer of 5,000 digits": ("razorpay", b'{"event":' + b"9" * 5000 + b"}"),
    "an exponent that explodes": (
        "cashfree",
        s.encode(s.cashfree()).replace(b"1500.0", b"1e999999999"),
    ),
    "a repeated property": ("razorpay", b'{"event":"payment.captured","event":"payment.failed"}'),
    "razorpay no payment": ("razorpay", {"event": "payment.captured", "payload": {}}),
    "razorpay payload is a list": ("razorpay", {"event": "payment.captured", "payload": []}),
    "razorpay no amount": ("razorpay", rzp(amount=None)),
    "razorpay amount as text": ("razorpay", rzp(amount="150000")),
    "razorpay amount with a fraction": ("razorpay", rzp(amount=1500.5)),
    "razorpay amount true": ("razorpay", rzp(amount=True)),
    "razorpay zero": ("razorpay", rzp(amount=0)),
    "razorpay negative": ("razorpay", rzp(amount=-5)),
    "razorpay above 10 crore": ("razorpay", rzp(amount=ABOVE_TEN_CRORE)),
    "razorpay no id": ("razorpay", rzp(id="")),
    "razorpay id with a blank": ("razorpay", rzp(id="pay 1")),
    "razorpay id too long": ("razorpay", rzp(id="p" * 65)),
    "razorpay no currency": ("razorpay", rzp(currency=None)),
    "razorpay refund without a payment": ("razorpay", s.razorpay_refund(payment_id=None)),
    "cashfree a third decimal": ("cashfree", s.cashfree(payment_amount="1500.005")),
    "cashfree exponent": ("cashfree", s.cashfree(payment_amount="15e2")),
    "cashfree digits of another script": ("cashfree", s.cashfree(payment_amount="１５００")),
    "cashfree underscore": ("cashfree", s.cashfree(payment_amount="1_500")),
    "cashfree comma": ("cashfree", s.cashfree(payment_amount="1,500")),
    "cashfree infinity": ("cashfree", s.cashfree(payment_amount="Infinity")),
    "cashfree negative": ("cashfree", s.cashfree(payment_amount=-1500)),
    "cashfree above 10 crore": ("cashfree", s.cashfree(payment_amount="100000000.01")),
    "cashfree zero": ("cashfree", s.cashfree(payment_amount="0.00")),
    "cashfree id zero": ("cashfree", s.cashfree(cf_payment_id=0)),
    "stripe no amount received": ("stripe", intent(amount_received=None)),
    "stripe refund of nothing": (
        "stripe",
        s.stripe("refund.updated", s.stripe_refund(payment_intent=None, charge=None)),
    ),
    "phonepe no order id": ("phonepe", s.phonepe(merchantOrderId=None)),
    "phonepe refund without an id": ("phonepe", s.phonepe_refund(merchantRefundId=None)),
    "payu no id": ("payu", form(mihpayid="")),
    "payu no amount": ("payu", form(amount="")),
    "payu refund without an id": ("payu", s.payu_refund(mihpayid="")),
}


@pytest.mark.parametrize("row", UNUSABLE)
def test_what_cannot_be_used_says_so_and_quotes_nothing(row):
    provider, document = UNUSABLE[row]
    event = read(provider, document)
    assert isinstance(event, Unusable)
    assert s.INVOICE not in event.reason


def test_ten_crore_exactly_is_still_an_amount():
    assert read("razorpay", rzp(amount=ABOVE_TEN_CRORE - 1)).amount_paise == 10_000_000_000
    assert read("cashfree", s.cashfree(payment_amount="100000000.00")).amount_paise == 10_000_000_000


def test_amounts_never_pass_through_float():
    body = s.encode(s.cashfree()).replace(b'"payment_amount":1500.0', b'"payment_amount":1148.45')
    assert read("cashfree", body).amount_paise == 114845
    body = s.encode(s.cashfree()).replace(b'"payment_amount":1500.0', b'"payment_amount":90071992.47')
    assert read("cashfree", body).amount_paise == 9_007_199_247


def test_one_payment_has_one_key_whichever_event_tells_of_it():
    keys = {
        read("razorpay", s.razorpay(event, order=s.razorpay_order())).money_key
        for event in ("payment.captured", "order.paid", "payment_link.paid", "invoice.paid")
    }
    assert keys == {PAY}
    assert read("stripe", intent()).money_key == read("stripe", session()).money_key
    link = s.cashfree_link({"transaction_id": 5114910634577})
    assert read("cashfree", link).money_key == read("cashfree", s.cashfree()).money_key


def test_the_hints_stand_in_order_of_trust():
    event = read(
        "razorpay",
        s.razorpay(
            "order.paid",
            s.razorpay_payment(notes={"invoice_id": "a"}),
            order=s.razorpay_order(receipt="c", notes={"invoice_id": "b"}),
            payment_link={"reference_id": "a"},
        ),
    )
    assert event.invoice_hints == ("a", "b", "c")
    assert read("razorpay", rzp(notes={"invoice_id": "someone ill"})).invoice_hints == ()


def test_times_are_the_events_own_in_utc():
    assert read("razorpay", rzp()).occurred_at == s.NOW - timedelta(seconds=10)
    assert read("cashfree", s.cashfree()).occurred_at == datetime(2026, 7, 15, 6, 29, 36, tzinfo=UTC)
    assert read("stripe", intent()).occurred_at == s.NOW - timedelta(seconds=5)
    # No zone is IST: 00:10 there is still the day before in UTC.
    assert read("payu", form(addedon="2026-07-15 00:10:00")).occurred_at == datetime(2026, 7, 14, 18, 40, tzinfo=UTC)
    for odd in ("yesterday", "", "9999-12-31 23:59:59+00:00" * 3, "0001-01-01 00:00:00"):
        assert read("payu", form(addedon=odd)).occurred_at is None


def test_payus_signed_reference_is_the_order_that_its_hash_covers():
    assert read("payu", form(mihpayid="1")).signed_reference == read("payu", form(mihpayid="2")).signed_reference
    assert read("razorpay", rzp()).signed_reference is None


def test_a_fetched_phonepe_order_brings_its_completed_attempt():
    event = read_order("MO-88-blr", s.phonepe_order())
    expected = (
        "OM2607151159213355053368",
        150000,
        "upi",
        ("MO-88-blr", s.INVOICE),
        s.NOW - timedelta(seconds=30),
    )
    assert isinstance(event, MoneyIn)
    found = (
        event.money_key,
        event.amount_paise,
        event.payment_mode,
        event.invoice_hints,
        event.occurred_at,
    )
    assert found == expected
    assert isinstance(read_order("MO-88-blr", s.phonepe_order(state="PENDING")), Ignored)
    for details in ([], None, [s.phonepe_order()["paymentDetails"][1]] * 2):
        with pytest.raises(_reading.Unreadable):
            read_order("MO-88-blr", s.phonepe_order(paymentDetails=details))


def test_a_fetched_phonepe_refund_is_of_its_orders_payment():
    event = read_refund(s.phonepe_order(), "MO-88-blr", s.phonepe_refund_payload())
    assert event == MoneyOut(
        "OMR2607151210213355053999",
        "OM2607151159213355053368",
        50000,
        "INR",
        s.NOW - timedelta(seconds=3),
    )
    assert isinstance(read_refund(s.phonepe_order(), "x", s.phonepe_refund_payload(state="FAILED")), Ignored)
    with pytest.raises(_reading.Unreadable):
        read_refund(s.phonepe_order(state="FAILED"), "x", s.phonepe_refund_payload())


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)


def places(document, path=()):
    yield path
    for key, value in document.items() if isinstance(document, dict) else ():
        yield from places(value, (*path, key))


BODIES = [
    ("razorpay", s.razorpay("order.paid", order=s.razorpay_order())),
    ("razorpay", s.razorpay_refund()),
    ("razorpay", s.razorpay_dispute()),
    ("cashfree", s.cashfree()),
    ("cashfree", s.cashfree_link()),
    ("cashfree", s.cashfree_collected()),
    ("cashfree", s.cashfree_refund()),
    ("cashfree", s.cashfree_dispute()),
    ("stripe", intent()),
    ("stripe", session()),
    ("stripe", s.stripe("refund.updated", s.stripe_refund())),
    ("stripe", s.stripe_dispute()),
    ("phonepe", s.phonepe()),
    ("phonepe", s.phonepe_refund()),
    ("payu", s.payu_refund()),
]


@settings(deadline=None)
@given(data=st.data())
def test_any_value_in_any_place_is_read_or_refused_and_never_raises(data):
    provider, document = data.draw(st.sampled_from(BODIES))
    changed = json.loads(json.dumps(document))
    path = data.draw(st.sampled_from([place for place in places(document) if place]))
    target = changed
    for name in path[:-1]:
        target = target[name]
    target[path[-1]] = data.draw(ANY_JSON)
    event = read(provider, json.dumps(changed).encode())
    if isinstance(event, MoneyIn | MoneyOut):
        assert isinstance(event.amount_paise, int)
        assert 0 < event.amount_paise <= 10_000_000_000
        assert event.money_key.isascii()


@settings(deadline=None)
@given(provider=st.sampled_from(s.PROVIDERS), body=st.binary(max_size=300))
def test_random_bytes_are_read_as_no_money(provider, body):
    assert not isinstance(read(provider, body), MoneyIn | MoneyOut)
