"""The operator's replay: a dry run tells the truth, and applying it counts nothing twice."""

from __future__ import annotations

import io

import pytest

from billing import wiring
from billing.application.ports import StoreBusy
from billing.domain.gateway_events import MoneyIn
from tests.http.api import Api, fixed_clock
from tests.http.gateway_support import TOKENS, Accounts, Gateways, PhonePeSays, money, refund
from tests.unit.gateways import shapes as s
from tools.callbacks.replay import OPEN_STATES, chosen, replay


@pytest.fixture
def says() -> PhonePeSays:
    return PhonePeSays()


@pytest.fixture
def gateways(services: wiring.Services, api: Api, says: PhonePeSays) -> Gateways:
    services._accounts, services._lookups = Accounts(), says
    for built in ("callbacks", "gateway_accounts"):
        services.__dict__.pop(built, None)
    return Gateways(services)


def run(services: wiring.Services, *, apply: bool) -> tuple[int, str]:
    output = io.StringIO()
    left = replay(services, chosen(services, "demo", None, OPEN_STATES), apply=apply, output=output)
    return left, output.getvalue()


def test_a_held_event_is_shown_and_then_applied_once_the_gateway_confirms_it(
    services: wiring.Services, api: Api, gateways: Gateways, says: PhonePeSays
):
    invoice = api.invoice(1500)
    gateways.send("phonepe", money("phonepe", invoice["id"]))
    left, said = run(services, apply=False)
    assert (left, "would be held" in said) == (1, True)
    says.says["MO-1001"] = MoneyIn("OM1001", 150000, "INR", (invoice["id"],), "upi", fixed_clock())
    left, said = run(services, apply=False)
    assert left == 0
    assert f"would: pays 1500.00 on invoice {invoice['id']}" in said
    assert f"would: invoice {invoice['id']}: finalized -> paid, balance 0.00" in said
    assert api("GET", f"/invoices/{invoice['id']}").json["paid"] == 0
    left, said = run(services, apply=True)
    assert (left, "is settled" in said) == (0, True)
    assert api("GET", f"/invoices/{invoice['id']}").json["paid"] == 1500
    assert run(services, apply=True) == (0, "0 events, 0 not settled after this; done\n")


def test_an_event_that_was_stored_and_not_processed_is_taken_up(
    services: wiring.Services, api: Api, gateways: Gateways, monkeypatch: pytest.MonkeyPatch
):
    invoice = api.invoice(1500)

    def busy(*_: object, **__: object) -> None:
        raise StoreBusy

    with monkeypatch.context() as patch:
        patch.setattr(services.receipts, "commit", busy)
        sent = s.signed("razorpay", s.encode(money("razorpay", invoice["id"])))
        answer = gateways.post("razorpay", *sent)
        assert (answer.status, answer.headers["Retry-After"]) == (503, "1")
    [event] = chosen(services, "demo", None, OPEN_STATES)
    assert event.outcome.state == "received"
    assert run(services, apply=True)[0] == 0
    assert api("GET", f"/invoices/{invoice['id']}").json["status"] == "paid"


def test_a_quarantined_event_stays_so_until_its_reason_is_gone(services: wiring.Services, api: Api, gateways: Gateways):
    invoice = api.invoice(1500)
    gateways.send("razorpay", money("razorpay", invoice["id"]))
    body = {"amount": 1500, "refund_mode": "cash", "refund_date": "2026-03-20", "reason": "Paid out at the desk"}
    api("POST", f"/invoices/{invoice['id']}/refunds", body)
    gateways.send("razorpay", refund("razorpay"))
    left, said = run(services, apply=True)
    assert (left, "is quarantined" in said) == (1, True)
    api.pay(invoice["id"], 1500)
    left, said = run(services, apply=True)
    assert (left, "is settled: The refund" in said) == (0, True)
    assert api("GET", f"/invoices/{invoice['id']}").json["paid"] == 1000


def test_an_event_of_an_account_that_is_gone_says_so(services: wiring.Services, gateways: Gateways):
    gateways.send("razorpay", b"?")
    accounts = services._accounts
    assert isinstance(accounts, Accounts)
    del accounts.known["razorpay", TOKENS["razorpay"]]
    left, said = run(services, apply=True)
    assert (left, "its account is gone" in said) == (1, True)
