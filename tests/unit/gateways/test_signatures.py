"""Who is believed: every genuine callback is accepted, and every forgery that the official SDK
refuses is refused.
"""

from __future__ import annotations

import base64
import time
import warnings
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from razorpay import Client as RazorpaySdk
from razorpay.errors import SignatureVerificationError as RazorpayRefusal
from stripe import SignatureVerificationError as StripeRefusal
from stripe import WebhookSignature as StripeSdk

from billing.adapters.gateways import find_gateway, gateway_names
from billing.domain.gateway_events import Authenticity
from tests.unit.gateways import shapes

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # the SDK still uses Pydantic's deprecated decorators
    from cashfree_pg.api_client import Cashfree as CashfreeSdk

GENUINE = dict.fromkeys(shapes.PROVIDERS, Authenticity.BODY) | {"phonepe": Authenticity.SENDER_ONLY}


def judge(provider, body, headers, secrets=None, now=shapes.NOW):
    gateway = find_gateway(provider)
    assert gateway is not None
    return gateway.verify(body, headers, [shapes.SECRETS[provider]] if secrets is None else secrets, now)


def sdk_accepts(provider, body, headers):
    """What the gateway's own Python SDK says of the same bytes and headers."""
    secret, text = shapes.SECRETS[provider], body.decode()
    if provider == "razorpay":
        try:
            return bool(RazorpaySdk().utility.verify_webhook_signature(text, headers["x-razorpay-signature"], secret))
        except RazorpayRefusal:
            return False
    if provider == "cashfree":
        sdk = CashfreeSdk(XEnvironment=CashfreeSdk.SANDBOX, XClientId="id", XClientSecret=secret)
        try:
            sdk.PGVerifyWebhookSignature(headers["x-webhook-signature"], text, headers["x-webhook-timestamp"])
        except Exception as refusal:  # the SDK raises a bare Exception
            if "did not match" not in str(refusal):
                raise
            return False
        return True
    try:
        StripeSdk.verify_header(text, headers["stripe-signature"], secret, tolerance=None)
    except StripeRefusal:
        return False
    return True


WITH_SDK = ("razorpay", "cashfree", "stripe")


def test_the_registry_knows_the_five_gateways_and_nothing_else():
    assert gateway_names() == set(shapes.PROVIDERS)
    for name in ("_reading", "__init__", "os", "", "Razorpay", "../razorpay"):
        assert find_gateway(name) is None
    for name in shapes.PROVIDERS:
        gateway = find_gateway(name)
        assert gateway is not None
        assert gateway.name == name


@pytest.mark.parametrize("provider", shapes.PROVIDERS)
def test_a_genuine_callback_is_believed(provider):
    assert judge(provider, *shapes.signed(provider, shapes.good_body(provider))) is GENUINE[provider]


@pytest.mark.parametrize("provider", WITH_SDK)
def test_the_official_sdk_accepts_what_we_sign_and_so_do_we(provider):
    body, headers = shapes.signed(provider, shapes.good_body(provider))
    assert sdk_accepts(provider, body, headers)
    assert judge(provider, body, headers) is Authenticity.BODY


@settings(deadline=None)
@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=200))
def test_what_stripes_own_sdk_signs_is_accepted(text):
    header = StripeSdk.generate_signature_header(text, shapes.SECRETS["stripe"], timestamp=shapes.NOW_SECONDS)
    assert judge("stripe", text.encode(), {"stripe-signature": header}) is Authenticity.BODY


@pytest.mark.parametrize("provider", shapes.PROVIDERS)
def test_a_wrong_secret_is_refused(provider):
    body, headers = shapes.signed(provider, shapes.good_body(provider), "another-secret")
    assert judge(provider, body, headers) is Authenticity.REFUSED
    if provider in WITH_SDK:
        assert not sdk_accepts(provider, body, headers)


@pytest.mark.parametrize("provider", ["razorpay", "cashfree", "stripe"])
def test_every_altered_byte_is_refused_by_both(provider):
    body, headers = shapes.signed(provider, shapes.good_body(provider))
    for place in range(0, len(body), 7):
        altered = body[:place] + bytes([body[place] ^ 1]) + body[place + 1 :]
        assert judge(provider, altered, headers) is Authenticity.REFUSED
    assert judge(provider, body + b" ", headers) is Authenticity.REFUSED
    assert not sdk_accepts(provider, body + b" ", headers)


@pytest.mark.parametrize(
    "field",
    ["status", "amount", "txnid", "udf1", "udf5", "email", "firstname", "productinfo", "key"],
)
def test_an_altered_hashed_field_of_payu_is_refused(field):
    form = shapes.payu_form(shapes.payu(), shapes.SECRETS["payu"])
    fields = shapes.payu(**{field: "1"})
    genuine_hash = form.rsplit(b"hash=", 1)[1].decode()
    altered = urlencode({**fields, "hash": genuine_hash}).encode()
    assert judge("payu", altered, {}) is Authenticity.REFUSED


@pytest.mark.parametrize("name", ["additional_charges", "additionalCharges"])
def test_payu_puts_additional_charges_in_front_of_the_salt(name):
    form = shapes.payu_form(shapes.payu(**{name: "30.00"}), shapes.SECRETS["payu"])
    assert judge("payu", form, {}) is Authenticity.BODY
    assert judge("payu", form.replace(b"30.00", b"31.00"), {}) is Authenticity.REFUSED
    without = b"&".join(part for part in form.split(b"&") if not part.startswith(name.encode()))
    assert judge("payu", without, {}) is Authenticity.REFUSED


def test_a_repeated_payu_field_is_refused():
    form = shapes.payu_form(shapes.payu(), shapes.SECRETS["payu"])
    assert judge("payu", form + b"&amount=9.00", {}) is Authenticity.REFUSED
    assert judge("payu", form + b"&mihpayid=1", {}) is Authenticity.REFUSED


def test_payu_without_a_hash_is_at_most_a_claim_and_only_for_refunds_and_disputes():
    assert judge("payu", shapes.encode(shapes.payu_refund()), {}) is Authenticity.SENDER_ONLY
    assert judge("payu", b"action=refund&mihpayid=1&status=success", {}) is Authenticity.SENDER_ONLY
    assert judge("payu", b"dispute_id=1&mihpayid=1", {}) is Authenticity.SENDER_ONLY
    assert judge("payu", urlencode(shapes.payu()).encode(), {}) is Authenticity.REFUSED
    assert judge("payu", b"", {}) is Authenticity.REFUSED
    assert judge("payu", b"{}", {}) is Authenticity.REFUSED


@pytest.mark.parametrize("provider", shapes.PROVIDERS)
def test_rotation_accepts_the_current_and_the_previous_secret_and_not_the_one_before(provider):
    current, previous, retired = "new-secret:x", shapes.SECRETS[provider], "retired:y"
    body, headers = shapes.signed(provider, shapes.good_body(provider))
    assert judge(provider, body, headers, [current, previous]) is GENUINE[provider]
    assert judge(provider, body, headers, [previous, current]) is GENUINE[provider]
    body, headers = shapes.signed(provider, shapes.good_body(provider), retired)
    assert judge(provider, body, headers, [current, previous]) is Authenticity.REFUSED


def test_while_stripe_rotates_one_of_two_v1_is_enough():
    body = shapes.good_body("stripe")
    header = shapes.stripe_header(body, "whsec_next", shapes.SECRETS["stripe"])
    assert judge("stripe", body, {"stripe-signature": header}) is Authenticity.BODY
    assert sdk_accepts("stripe", body, {"stripe-signature": header})


@pytest.mark.parametrize(
    ("age_seconds", "expected"),
    [
        (0, Authenticity.BODY),
        (300, Authenticity.BODY),
        (301, Authenticity.REFUSED),
        (-300, Authenticity.BODY),
        (-301, Authenticity.REFUSED),
    ],
)
def test_stripe_is_believed_for_300_seconds_either_way(age_seconds, expected):
    body, headers = shapes.signed("stripe", shapes.good_body("stripe"))
    assert judge("stripe", body, headers, now=shapes.NOW + timedelta(seconds=age_seconds)) is expected


def test_stripes_sdk_also_refuses_a_stale_one():
    body = shapes.good_body("stripe")
    header = shapes.stripe_header(body, shapes.SECRETS["stripe"], at=int(time.time()) - 400)
    with pytest.raises(StripeRefusal):
        StripeSdk.verify_header(body.decode(), header, shapes.SECRETS["stripe"], tolerance=300)
    now = datetime.fromtimestamp(time.time(), UTC)
    assert judge("stripe", body, {"stripe-signature": header}, now=now) is Authenticity.REFUSED


@pytest.mark.parametrize(
    "header",
    [
        "",
        "t=,v1=",
        "t=1",
        "v1=abc",
        "t=x,v1=abc",
        "t=1_0,v1=a",
        "t=-5,v1=a",
        "t=١,v1=a",
        "t=9999999999999999,v1=a",
        ",,,=,=",
        "t" * 9000,
    ],
)
def test_malformed_stripe_headers_are_refused(header):
    assert judge("stripe", shapes.good_body("stripe"), {"stripe-signature": header}) is Authenticity.REFUSED


def test_a_second_timestamp_and_another_scheme_are_refused():
    body = shapes.good_body("stripe")
    header = shapes.stripe_header(body, shapes.SECRETS["stripe"])
    assert judge("stripe", body, {"stripe-signature": f"t={shapes.NOW_SECONDS - 9}," + header}) is Authenticity.REFUSED
    assert judge("stripe", body, {"stripe-signature": header.replace("v1=", "v0=")}) is Authenticity.REFUSED


def test_digits_moved_from_cashfrees_timestamp_into_the_body_do_not_pass_as_an_event():
    body, headers = shapes.signed("cashfree", shapes.good_body("cashfree"))
    stamp = headers["x-webhook-timestamp"]
    gateway = find_gateway("cashfree")
    assert gateway is not None
    for cut in (1, 4, len(stamp)):
        moved = {**headers, "x-webhook-timestamp": stamp[:-cut]}
        verdict = judge("cashfree", stamp[-cut:].encode() + body, moved)
        event = gateway.read(stamp[-cut:].encode() + body).event
        assert verdict is Authenticity.REFUSED or type(event).__name__ == "Unusable"
    assert judge("cashfree", body, {**headers, "x-webhook-timestamp": stamp + "1"}) is Authenticity.REFUSED


@pytest.mark.parametrize("provider", shapes.PROVIDERS)
def test_no_secret_and_an_empty_secret_believe_nobody(provider):
    body, headers = shapes.signed(provider, shapes.good_body(provider), "")
    assert judge(provider, body, headers, []) is Authenticity.REFUSED
    assert judge(provider, body, headers, [""]) is Authenticity.REFUSED


@pytest.mark.parametrize("provider", shapes.PROVIDERS)
def test_an_empty_secret_does_not_hide_the_one_behind_it(provider):
    body, headers = shapes.signed(provider, shapes.good_body(provider))
    assert judge(provider, body, headers, ["", shapes.SECRETS[provider]]) is GENUINE[provider]


def test_half_a_character_is_a_wrong_signature_and_no_defect():
    body, headers = shapes.signed("razorpay", shapes.good_body("razorpay"))
    assert judge("razorpay", body, dict.fromkeys(headers, "\ud800")) is Authenticity.REFUSED


@pytest.mark.parametrize("provider", ["razorpay", "cashfree", "stripe", "phonepe"])
def test_missing_headers_are_refused(provider):
    body, headers = shapes.signed(provider, shapes.good_body(provider))
    assert judge(provider, body, {}) is Authenticity.REFUSED
    for name in headers:
        assert judge(provider, body, {**headers, name: ""}) is Authenticity.REFUSED
        assert judge(provider, body, {k: v for k, v in headers.items() if k != name}) is Authenticity.REFUSED


@pytest.mark.parametrize("provider", WITH_SDK)
def test_another_spelling_of_the_signature_is_refused(provider):
    body, headers = shapes.signed(provider, shapes.good_body(provider))
    name = next(header for header in headers if header.endswith("signature"))
    for spelled in (
        headers[name].swapcase(),
        headers[name] + "é",
        headers[name] + "=",
        headers[name][:-1],
    ):
        assert judge(provider, body, {**headers, name: spelled}) is Authenticity.REFUSED


@settings(deadline=None)
@given(
    provider=st.sampled_from(shapes.PROVIDERS),
    body=st.binary(max_size=200),
    values=st.lists(st.text(max_size=80), min_size=5, max_size=5),
)
def test_hostile_bytes_and_headers_never_raise_and_are_never_proven(provider, body, values):
    names = (
        "x-razorpay-signature",
        "x-webhook-signature",
        "x-webhook-timestamp",
        "stripe-signature",
        "authorization",
    )
    assert judge(provider, body, dict(zip(names, values, strict=True))) is not Authenticity.BODY


def test_phonepes_header_is_the_hash_of_user_and_password_and_nothing_else():
    body, headers = shapes.signed("phonepe", shapes.good_body("phonepe"))
    assert judge("phonepe", b"anything at all", headers) is Authenticity.SENDER_ONLY
    basic = base64.b64encode(shapes.SECRETS["phonepe"].encode()).decode()
    assert judge("phonepe", body, {"authorization": f"Basic {basic}"}) is Authenticity.REFUSED
