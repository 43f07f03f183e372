"""Callbacks as gateways send them, to the real handler: one payment each, whatever comes how often.

The first part is one test for each cell of the table in docs/gateways.md.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest

from billing import wiring
from billing.application.callback_ports import StoredEvent
from billing.domain.gateway_events import MoneyIn, MoneyOut
from billing.http.request import LARGE_BODY_LIMIT_BYTES
from tests.http.api import Api, fixed_clock
from tests.http.gateway_support import (
    FAILED,
    PENDING,
    TOKENS,
    Accounts,
    Gateways,
    PhonePeSays,
    account,
    money,
    refund,
    same_money_again,
)
from tests.unit.gateways import shapes as s

SIGNED = ("razorpay", "cashfree", "stripe", "payu")
REFUNDING = ("razorpay", "cashfree", "stripe")


@pytest.fixture
def accounts() -> Accounts:
    return Accounts()


@pytest.fixture
def says() -> PhonePeSays:
    return PhonePeSays()


@pytest.fixture
def gateways(services: wiring.Services, api: Api, accounts: Accounts, says: PhonePeSays) -> Gateways:
    services._accounts, services._lookups = accounts, says
    for built in ("callbacks", "gateway_accounts"):
        services.__dict__.pop(built, None)
    return Gateways(services)


def invoice_of(api: Api, invoice_id: str):
    return api("GET", f"/invoices/{invoice_id}").json


def receipts(api: Api, **query):
    answer = api("GET", "/unapplied-receipts", query=query)
    assert answer.status == 200, answer.text
    return answer.json


def phonepe_said(invoice_id: str | None, amount: int = 150000, key: str = "1001") -> MoneyIn:
    hints = (f"MO-{key}", *([invoice_id] if invoice_id else []))
    return MoneyIn(f"OM{key}", amount, "INR", hints, "upi", fixed_clock())


def captured(
    gateways: Gateways,
    says: PhonePeSays,
    provider: str,
    invoice_id: str | None,
    amount: int = 150000,
    key: str = "1001",
    currency: str = "INR",
    secret: str | None = None,
) -> StoredEvent:
    """A captured payment; of PhonePe's also what its order says when it is fetched."""
    if provider == "phonepe":
        says.says[f"MO-{key}"] = replace(phonepe_said(invoice_id, amount, key), currency=currency)
    return gateways.send(provider, money(provider, invoice_id, amount, key, currency), secret=secret)


def refunded(gateways: Gateways, provider: str) -> StoredEvent:
    """A completed refund; PayU sends it without any proof."""
    if provider != "payu":
        return gateways.send(provider, refund(provider))
    answer = gateways.post("payu", s.encode(refund("payu")), {})
    assert answer.status == 200
    event = gateways.services.receipts.get_event("demo", answer.json["event_id"])
    assert event is not None
    return event


# --- the table: each gateway, each situation ------------------------------------------------------


@pytest.mark.parametrize("provider", SIGNED)
def test_success(api: Api, gateways: Gateways, provider: str):
    invoice = api.invoice(1500)
    event = gateways.send(provider, money(provider, invoice["id"]))
    assert (event.outcome.state, event.outcome.code) == ("settled", "credited")
    detail = invoice_of(api, invoice["id"])
    assert (detail["status"], detail["paid"], detail["balance"]) == ("paid", 1500, 0)
    [payment] = detail["payments"]
    assert (payment["source"], payment["reference"], payment["amount"]) == (provider, "1001", 1500)
    assert payment["payment_date"] == "2026-03-20"


def test_success_phonepe_counts_once_the_order_is_fetched(api: Api, gateways: Gateways, says: PhonePeSays):
    invoice = api.invoice(1500)
    held = gateways.send("phonepe", money("phonepe", invoice["id"]))
    assert (held.outcome.state, held.outcome.code) == ("held", "held")
    assert invoice_of(api, invoice["id"])["paid"] == 0
    says.says["MO-1001"] = phonepe_said(invoice["id"])
    event = gateways.send("phonepe", money("phonepe", invoice["id"]))
    assert event.outcome.code == "credited"
    [payment] = invoice_of(api, invoice["id"])["payments"]
    assert (payment["source"], payment["reference"], payment["payment_mode"]) == ("phonepe", "OM1001", "upi")


def test_phonepe_believes_the_fetched_order_and_not_the_body(api: Api, gateways: Gateways, says: PhonePeSays):
    invoice = api.invoice(9000)
    says.says["MO-1001"] = phonepe_said(invoice["id"], amount=700)
    gateways.send("phonepe", s.phonepe(merchantOrderId="MO-1001", amount=900000))
    assert str(invoice_of(api, invoice["id"])["paid"]) == "7.00"


@pytest.mark.parametrize("situation", [FAILED, PENDING], ids=["failure", "pending"])
@pytest.mark.parametrize("provider", s.PROVIDERS)
def test_no_money(api: Api, gateways: Gateways, provider: str, situation: dict[str, object]):
    event = gateways.send(provider, situation[provider])
    assert (event.outcome.state, event.outcome.code) == ("settled", "ignored")
    assert receipts(api, status="all") == []


@pytest.mark.parametrize("provider", s.PROVIDERS)
def test_a_failure_after_the_capture_undoes_nothing(api: Api, gateways: Gateways, says: PhonePeSays, provider: str):
    invoice = api.invoice(1500)
    captured(gateways, says, provider, invoice["id"])
    gateways.send(provider, FAILED[provider])
    gateways.send(provider, PENDING[provider])
    assert invoice_of(api, invoice["id"])["status"] == "paid"


@pytest.mark.parametrize("provider", REFUNDING)
def test_refund(api: Api, gateways: Gateways, provider: str):
    invoice = api.invoice(1500)
    gateways.send(provider, money(provider, invoice["id"]))
    event = gateways.send(provider, refund(provider))
    assert event.outcome.code == "refunded"
    again = gateways.send(provider, refund(provider))
    assert again.outcome == event.outcome
    detail = invoice_of(api, invoice["id"])
    assert (detail["status"], detail["paid"], detail["balance"]) == ("partially_paid", 1000, 500)
    [record] = detail["refunds"]
    assert (record["amount"], record["reference"], record["source"]) == (500, "9001", provider)
    assert record["refund_mode"] == detail["payments"][0]["payment_mode"]
    assert record["payment_id"] == detail["payments"][0]["id"]


@pytest.mark.parametrize(("provider", "key"), [("phonepe", "OM1001"), ("payu", "1001")])
def test_a_refund_without_proof_is_held_until_the_gateway_confirms_it(
    api: Api, gateways: Gateways, says: PhonePeSays, provider: str, key: str
):
    invoice = api.invoice(1500)
    says.says["MO-1001"] = phonepe_said(invoice["id"])
    gateways.send(provider, money(provider, invoice["id"]))
    body = s.encode(refund(provider))
    _, headers = s.signed(provider, body) if provider == "phonepe" else (b"", {})
    answer = gateways.post(provider, body, headers)
    assert answer.status == 200
    event = api("GET", f"/callbacks/events/{answer.json['event_id']}").json
    assert (event["state"], event["code"]) == ("held", "held")
    assert invoice_of(api, invoice["id"])["refunds"] == []
    says.says["9001"] = MoneyOut("OR9001", key, 50000, "INR", fixed_clock())
    assert gateways.post(provider, body, headers).status == 200
    assert api("GET", f"/callbacks/events/{answer.json['event_id']}").json["code"] == "refunded"
    assert [r["amount"] for r in invoice_of(api, invoice["id"])["refunds"]] == [500]


@pytest.mark.parametrize("provider", s.PROVIDERS)
def test_duplicate(api: Api, gateways: Gateways, says: PhonePeSays, provider: str):
    invoice = api.invoice(1500)
    first = captured(gateways, says, provider, invoice["id"])
    before = invoice_of(api, invoice["id"])
    assert captured(gateways, says, provider, invoice["id"]).outcome == first.outcome
    other = gateways.send(provider, same_money_again(provider, invoice["id"]))
    assert (other.id != first.id, other.outcome.code) == (True, "duplicate")
    assert invoice_of(api, invoice["id"]) == before


@pytest.mark.parametrize("provider", s.PROVIDERS)
def test_wrong_signature(services: wiring.Services, api: Api, gateways: Gateways, provider: str):
    body, headers = s.signed(provider, s.good_body(provider), "not-the:secret", int(fixed_clock().timestamp()))
    stored = services.dynamodb.scan(TableName="billing")["Count"]
    answers = [
        gateways.post(provider, body, headers),
        gateways.post(provider, body, {}),
        gateways.post(provider, *s.signed(provider, s.good_body(provider)), token="tok-nobody-0123456789"),
        gateways.post("paypal", body, headers),
        gateways.post("_reading", body, headers),
        gateways.post(provider, body, headers, token="x"),
        gateways.post(provider, b"\xff\x00", dict.fromkeys(headers, "é")),
    ]
    assert {answer.status for answer in answers} == {401}
    assert len({answer.text for answer in answers}) == 1
    assert "instance" not in answers[0].json
    assert services.dynamodb.scan(TableName="billing")["Count"] == stored


@pytest.mark.parametrize("provider", ["razorpay", "cashfree", "stripe"])
def test_an_altered_byte_is_refused(gateways: Gateways, provider: str):
    body, headers = s.signed(provider, s.good_body(provider), at=int(fixed_clock().timestamp()))
    assert gateways.post(provider, body, headers).status == 200
    assert (
        gateways.post(provider, body.replace(b"150000", b"150001").replace(b"1500.0", b"1500.1"), headers).status == 401
    )


def test_stale(gateways: Gateways):
    body = s.good_body("stripe")
    for age, status in ((299, 200), (301, 401), (-301, 401)):
        at = int((fixed_clock() - timedelta(seconds=age)).timestamp())
        assert gateways.post("stripe", *s.signed("stripe", body, at=at)).status == status
    old = int((fixed_clock() - timedelta(days=3)).timestamp())
    assert gateways.post("cashfree", *s.signed("cashfree", s.good_body("cashfree"), at=old)).status == 200


@pytest.mark.parametrize("provider", s.PROVIDERS)
def test_other_currency(api: Api, gateways: Gateways, says: PhonePeSays, provider: str):
    invoice = api.invoice(1500)
    event = captured(gateways, says, provider, invoice["id"], currency="USD")
    assert (event.outcome.state, event.outcome.code) == ("quarantined", "other_currency")
    assert invoice_of(api, invoice["id"])["paid"] == 0


@pytest.mark.parametrize("provider", s.PROVIDERS)
def test_other_amount_under_the_same_key(api: Api, gateways: Gateways, says: PhonePeSays, provider: str):
    invoice = api.invoice(1500)
    captured(gateways, says, provider, invoice["id"], 100000)
    event = captured(gateways, says, provider, invoice["id"], 100001)
    assert (event.outcome.state, event.outcome.code) == ("quarantined", "other_amount")
    assert invoice_of(api, invoice["id"])["paid"] == 1000
    assert captured(gateways, says, provider, invoice["id"], 100001).outcome == event.outcome


@pytest.mark.parametrize("provider", s.PROVIDERS)
def test_other_invoice_under_the_same_key(api: Api, gateways: Gateways, says: PhonePeSays, provider: str):
    first, second = api.invoice(1500), api.invoice(1500)
    captured(gateways, says, provider, first["id"])
    event = captured(gateways, says, provider, second["id"])
    assert (event.outcome.state, event.outcome.code) == ("quarantined", "other_invoice")
    assert invoice_of(api, second["id"])["paid"] == 0


@pytest.mark.parametrize("provider", s.PROVIDERS)
def test_unknown_invoice(api: Api, gateways: Gateways, says: PhonePeSays, provider: str):
    event = captured(gateways, says, provider, "MUM-01.0000000000000000")
    assert (event.outcome.state, event.outcome.code) == ("settled", "invoice_unknown")
    [receipt] = receipts(api)
    assert (receipt["amount"], receipt["remaining"], receipt["status"]) == (1500, 1500, "open")
    assert (receipt["reason"], receipt["invoice_hint"]) == ("invoice_unknown", "MUM-01.0000000000000000")
    assert (receipt["provider"], receipt["gateway_payment_id"]) == (
        provider,
        "OM1001" if provider == "phonepe" else "1001",
    )


@pytest.mark.parametrize("provider", s.PROVIDERS)
def test_rotated_secret(api: Api, gateways: Gateways, says: PhonePeSays, accounts: Accounts, provider: str):
    invoice = api.invoice(1500)
    rotated = account(provider, secrets=("new-secret", s.SECRETS[provider]))
    accounts.known[provider, TOKENS[provider]] = rotated
    captured(gateways, says, provider, invoice["id"], 50000, "1")
    captured(gateways, says, provider, invoice["id"], 50000, "2", secret="new-secret")
    assert invoice_of(api, invoice["id"])["paid"] == 1000
    accounts.known[provider, TOKENS[provider]] = replace(rotated, secrets=("new-secret",))
    body = money(provider, invoice["id"], 50000, "3")
    body = body if isinstance(body, bytes) else s.encode(body)
    assert gateways.post(provider, *s.signed(provider, body, at=int(fixed_clock().timestamp()))).status == 401


@pytest.mark.parametrize("provider", s.PROVIDERS)
def test_unusable(gateways: Gateways, provider: str, api: Api):
    body = b"{}" if provider != "payu" else urlencode(s.payu(mihpayid="", amount="")).encode()
    if provider in ("razorpay", "cashfree", "stripe", "phonepe"):
        event = gateways.send(provider, b"not json at all")
        assert (event.outcome.state, event.outcome.code) == ("quarantined", "unusable")
        event = gateways.send(provider, body)
        assert event.outcome.code == "ignored"
    else:
        assert gateways.send(provider, body).outcome.code == "unusable"


# --- rules -----------------------------------------------------------------------------------------


def test_what_is_above_the_balance_waits_and_the_summary_says_so(api: Api, gateways: Gateways):
    invoice = api.invoice(1000)
    event = gateways.send("razorpay", money("razorpay", invoice["id"]))
    assert event.outcome.code == "credited_partly"
    assert invoice_of(api, invoice["id"])["status"] == "paid"
    [receipt] = receipts(api)
    assert (receipt["amount"], receipt["remaining"], receipt["reason"]) == (1500, 500, "above_balance")
    assert [a["amount"] for a in receipt["applications"]] == [1000]
    api.settle()
    summary = api("GET", "/summary").json
    assert (summary["total_collected"], summary["total_unapplied"]) == (1000, 500)
    assert summary["total_billed"] - summary["total_collected"] == summary["total_outstanding"]


@pytest.mark.parametrize("state", ["draft", "cancelled", "paid"])
def test_an_invoice_that_takes_no_payment_loses_no_money(api: Api, gateways: Gateways, state: str):
    invoice = api.invoice(1500, finalize=state != "draft")
    if state == "cancelled":
        assert api("POST", f"/invoices/{invoice['id']}/cancel", {"reason": "by mistake"}).status == 200
    elif state == "paid":
        assert api.pay(invoice["id"], 1500).status == 201
    event = gateways.send("razorpay", money("razorpay", invoice["id"]))
    assert (event.outcome.state, event.outcome.code) == ("settled", f"invoice_{state}")
    assert [r["remaining"] for r in receipts(api)] == [1500]


def test_a_later_event_that_names_the_invoice_completes_a_receipt_nobody_touched(api: Api, gateways: Gateways):
    invoice = api.invoice(1500)
    assert gateways.send("razorpay", money("razorpay", None)).outcome.code == "no_invoice_named"
    api.settle()
    assert api("GET", "/summary").json["total_unapplied"] == 1500
    event = gateways.send("razorpay", same_money_again("razorpay", invoice["id"]))
    assert event.outcome.code == "completed"
    assert invoice_of(api, invoice["id"])["status"] == "paid"
    assert receipts(api) == []
    assert [r["status"] for r in receipts(api, status="applied")] == ["applied"]
    api.settle()
    summary = api("GET", "/summary").json
    assert (summary["total_unapplied"], summary["total_collected"]) == (0, 1500)


def test_a_receipt_somebody_touched_is_not_completed(api: Api, gateways: Gateways):
    first, second = api.invoice(100), api.invoice(1500)
    gateways.send("razorpay", money("razorpay", None))
    [receipt] = receipts(api)
    assert api("POST", f"/unapplied-receipts/{receipt['id']}/apply", {"invoice_id": first["id"]}).status == 201
    assert gateways.send("razorpay", same_money_again("razorpay", second["id"])).outcome.code == "duplicate"
    assert invoice_of(api, second["id"])["paid"] == 0


def test_two_payments_of_one_invoice_are_two(api: Api, gateways: Gateways):
    invoice = api.invoice(1500)
    gateways.send("razorpay", money("razorpay", invoice["id"], 100000, "pay_a"))
    gateways.send("cashfree", money("cashfree", invoice["id"], 50000, "77"))
    detail = invoice_of(api, invoice["id"])
    assert {(p["source"], p["amount"]) for p in detail["payments"]} == {("razorpay", 1000), ("cashfree", 500)}
    assert detail["status"] == "paid"


def test_one_signed_payu_order_brings_one_payment_whatever_id_is_put_on_it(api: Api, gateways: Gateways):
    invoice = api.invoice(5000)
    body = s.payu(udf1=invoice["id"])
    form = s.payu_form(body, s.SECRETS["payu"])
    assert gateways.post("payu", form, {}).status == 200
    forged = form.replace(b"mihpayid=27553369917", b"mihpayid=27553369918")
    answer = gateways.post("payu", forged, {})
    event = api("GET", f"/callbacks/events/{answer.json['event_id']}").json
    assert (event["state"], event["code"]) == ("quarantined", "order_used_twice")
    assert invoice_of(api, invoice["id"])["paid"] == 1500


def test_a_payment_recorded_by_hand_is_not_counted_again(api: Api, gateways: Gateways):
    invoice = api.invoice(3000)
    assert api.pay(invoice["id"], 1500, payment_mode="online", reference="pay_x").status == 201
    event = gateways.send("razorpay", money("razorpay", invoice["id"], key="pay_x"))
    assert (event.outcome.state, event.outcome.code) == ("settled", "recorded_by_hand")
    assert invoice_of(api, invoice["id"])["paid"] == 1500
    assert receipts(api, status="all") == []
    other = gateways.send("razorpay", money("razorpay", invoice["id"], key="pay_y"))
    assert other.outcome.code == "credited"
    assert api.pay(invoice["id"], 1500, payment_mode="upi", reference="pay_y").code in (
        "not_payable",
        "duplicate_reference",
    )


def test_a_payment_recorded_by_hand_with_another_amount_is_for_a_person(api: Api, gateways: Gateways):
    invoice = api.invoice(3000)
    api.pay(invoice["id"], 1400, payment_mode="upi", reference="pay_x")
    event = gateways.send("razorpay", money("razorpay", invoice["id"], key="pay_x"))
    assert (event.outcome.state, event.outcome.code) == ("quarantined", "recorded_otherwise")


def test_accounts_of_two_tenants_and_of_one_gateway_do_not_touch(api: Api, gateways: Gateways, accounts: Accounts):
    other = account("razorpay", token="tok-other-0123456789", secrets=("other-secret",))
    accounts.known["razorpay", other.token] = other
    invoice = api.invoice(1500)
    body = s.encode(money("razorpay", invoice["id"], 50000))
    for token, secret in ((None, None), (other.token, "other-secret")):
        assert gateways.post("razorpay", *s.signed("razorpay", body, secret), token=token).status == 200
    # The same gateway id in two accounts is two payments; on one invoice the second waits for a person.
    assert invoice_of(api, invoice["id"])["paid"] == 500
    assert [(r["remaining"], r["reason"]) for r in receipts(api)] == [(500, "reference_taken")]
    crossed = gateways.post("razorpay", *s.signed("razorpay", body), token=other.token)
    assert crossed.status == 401


def test_another_tenants_invoice_is_unknown(api: Api, gateways: Gateways, accounts: Accounts):
    invoice = api.invoice(1500)
    accounts.known["razorpay", TOKENS["razorpay"]] = account("razorpay", tenant="rival")
    body = s.encode(money("razorpay", invoice["id"]))
    assert gateways.post("razorpay", *s.signed("razorpay", body)).status == 200
    assert invoice_of(api, invoice["id"])["paid"] == 0
    assert receipts(api) == []
    [receipt] = api("GET", "/unapplied-receipts", tenant="rival").json
    assert receipt["remaining"] == 1500


def test_a_body_of_262144_bytes_is_read_and_one_more_is_413(gateways: Gateways):
    document = s.razorpay("payment.failed")
    padding = 262_144 - len(s.encode({**document, "pad": ""}))
    body = s.encode({**document, "pad": "x" * padding})
    assert len(body) == 262_144
    assert gateways.post("razorpay", *s.signed("razorpay", body)).status == 200
    body += b" "
    assert gateways.post("razorpay", *s.signed("razorpay", body)).status == 413


def test_a_text_body_is_the_same_as_one_in_base64(api: Api, gateways: Gateways):
    invoice = api.invoice(1500)
    body = s.encode(money("razorpay", invoice["id"]))
    assert gateways.post("razorpay", *s.signed("razorpay", body), text=True).status == 200
    assert invoice_of(api, invoice["id"])["status"] == "paid"


def test_the_payment_date_is_the_events_own_day_in_india(api: Api, gateways: Gateways):
    invoice = api.invoice(1500)
    document = money("razorpay", invoice["id"])
    # 19:00 UTC on the 17th is half past midnight on the 18th in India.
    document["created_at"] = int(datetime(2026, 3, 17, 19, 0, tzinfo=UTC).timestamp())
    gateways.send("razorpay", document)
    assert invoice_of(api, invoice["id"])["payments"][0]["payment_date"] == "2026-03-18"


def test_disputes_are_recorded_and_move_no_money(api: Api, gateways: Gateways):
    for provider, document in (
        ("razorpay", s.razorpay_dispute()),
        ("cashfree", s.cashfree_dispute()),
        ("stripe", s.stripe_dispute()),
    ):
        event = gateways.send(provider, document)
        assert (event.outcome.state, event.outcome.code) == ("settled", "dispute_recorded")
    assert receipts(api, status="all") == []


def test_settled_events_expire_after_400_days_and_others_never(services: wiring.Services, gateways: Gateways):
    gateways.send("razorpay", FAILED["razorpay"])
    gateways.send("stripe", b"?")
    items = [i for i in services.dynamodb.scan(TableName="billing")["Items"] if i["sk"]["S"] == "G"]
    by_state = {item["state"]["S"]: item for item in items}
    days = (int(by_state["settled"]["expires_at"]["N"]) - fixed_clock().timestamp()) / 86400
    assert days == 400
    assert "expires_at" not in by_state["quarantined"]
    assert by_state["quarantined"]["body"] == {"S": "Pw=="}


@pytest.mark.parametrize("byte", [b"\xff", b"\x00", b"a"])
def test_the_largest_body_is_kept_byte_for_byte(gateways: Gateways, byte: bytes):
    body = byte * LARGE_BODY_LIMIT_BYTES
    assert gateways.send("stripe", body).body == body
    assert gateways.post("stripe", body + byte, {}).status == 413


def test_an_event_shows_no_content_and_only_to_its_tenant(api: Api, gateways: Gateways):
    event = gateways.send("razorpay", money("razorpay", None))
    answer = api("GET", f"/callbacks/events/{event.id}")
    assert answer.status == 200
    assert "example.com" not in answer.text
    assert "+91" not in answer.text
    assert answer.json["explanation"].startswith("The event names no invoice")
    assert api("GET", f"/callbacks/events/{event.id}", tenant="rival").status == 404
    assert api("GET", f"/callbacks/events/{event.id}", branches="PUNE").status == 404
    assert api("GET", "/callbacks/events/nonsense").code == "callback_event_not_found"
    assert api("GET", f"/callbacks/events/{event.id}", scope="billing:write").status == 403


# --- refunds ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("provider", s.PROVIDERS)
def test_a_refund_before_its_capture_waits_and_takes_effect_with_it(
    api: Api, gateways: Gateways, says: PhonePeSays, provider: str
):
    invoice = api.invoice(1500)
    key = "OM1001" if provider == "phonepe" else "1001"
    says.says["9001"] = MoneyOut("9001", key, 50000, "INR", fixed_clock())
    early = refunded(gateways, provider)
    assert (early.outcome.state, early.outcome.code) == ("waiting", "refund_waits")
    assert refunded(gateways, provider).outcome.code == "refund_waits"
    assert captured(gateways, says, provider, invoice["id"]).outcome.code == "credited"
    detail = invoice_of(api, invoice["id"])
    assert (detail["paid"], [r["amount"] for r in detail["refunds"]]) == (1000, [500])
    assert api("GET", f"/callbacks/events/{early.id}").json["code"] == "refunded"


def test_a_refund_takes_what_waits_first_and_then_the_invoice(api: Api, gateways: Gateways):
    invoice = api.invoice(1000)
    gateways.send("razorpay", money("razorpay", invoice["id"]))
    gateways.send("razorpay", refund("razorpay", amount=40000, refund_key="r1"))
    assert [r["remaining"] for r in receipts(api)] == [100]
    assert invoice_of(api, invoice["id"])["paid"] == 1000
    gateways.send("razorpay", refund("razorpay", amount=40000, refund_key="r2"))
    assert receipts(api) == []
    detail = invoice_of(api, invoice["id"])
    assert (detail["paid"], [r["amount"] for r in detail["refunds"]]) == (700, [300])


def test_a_refund_of_money_that_only_waited(api: Api, gateways: Gateways):
    gateways.send("razorpay", money("razorpay", None))
    gateways.send("razorpay", refund("razorpay", amount=150000))
    [receipt] = receipts(api, status="refunded")
    assert (receipt["remaining"], receipt["refunded"]) == (0, 1500)
    api.settle()
    assert api("GET", "/summary").json["total_unapplied"] == 0


def test_a_refund_above_the_payment_is_quarantined_and_not_capped(api: Api, gateways: Gateways):
    invoice = api.invoice(1500)
    gateways.send("razorpay", money("razorpay", invoice["id"]))
    gateways.send("razorpay", refund("razorpay", amount=100000, refund_key="r1"))
    event = gateways.send("razorpay", refund("razorpay", amount=50001, refund_key="r2"))
    assert (event.outcome.state, event.outcome.code) == ("quarantined", "refund_above_payment")
    assert invoice_of(api, invoice["id"])["paid"] == 500


def test_the_same_refund_with_another_amount_is_quarantined(api: Api, gateways: Gateways):
    invoice = api.invoice(1500)
    gateways.send("razorpay", money("razorpay", invoice["id"]))
    gateways.send("razorpay", refund("razorpay", amount=100))
    event = gateways.send("razorpay", refund("razorpay", amount=101))
    assert (event.outcome.state, event.outcome.code) == ("quarantined", "other_amount")


def test_a_refund_recorded_by_hand_is_not_counted_again(api: Api, gateways: Gateways):
    invoice = api.invoice(1500)
    gateways.send("razorpay", money("razorpay", invoice["id"]))
    body = {
        "amount": 500,
        "refund_mode": "upi",
        "reference": "9001",
        "refund_date": "2026-03-20",
        "reason": "Returned at the gateway",
    }
    assert api("POST", f"/invoices/{invoice['id']}/refunds", body).status == 201
    assert gateways.send("razorpay", refund("razorpay")).outcome.code == "refunded"
    assert invoice_of(api, invoice["id"])["paid"] == 1000


def test_a_refund_the_invoice_no_longer_covers_is_for_a_person(api: Api, gateways: Gateways):
    invoice = api.invoice(1500)
    gateways.send("razorpay", money("razorpay", invoice["id"]))
    body = {"amount": 1500, "refund_mode": "cash", "refund_date": "2026-03-20", "reason": "Paid out at the desk"}
    assert api("POST", f"/invoices/{invoice['id']}/refunds", body).status == 201
    event = gateways.send("razorpay", refund("razorpay"))
    assert (event.outcome.state, event.outcome.code) == ("quarantined", "refund_not_covered")
