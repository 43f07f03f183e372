"""Many deliveries at once, on real engines: one payment, and never more than an invoice takes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest

from billing import wiring
from billing.application.apply_unapplied import apply_unapplied
from billing.application.ports import Caller
from billing.application.process_callback import receive_callback
from billing.domain import errors
from tests.engines import Engine
from tests.http.api import Api, fixed_clock
from tests.http.gateway_support import Accounts, account, money, same_money_again
from tests.unit.gateways import shapes

THREADS = 16


@pytest.fixture
def services(real_engine: Engine, tenant: str) -> Iterator[wiring.Services]:
    """A tenant of its own, and the five accounts for it; waits are real."""
    accounts = Accounts()
    accounts.known = {known: account(known[0], tenant=tenant) for known in accounts.known}
    yield real_engine.services(clock=fixed_clock, accounts=accounts)
    wiring.use(None)


@pytest.fixture
def api(services: wiring.Services, tenant: str) -> Api:
    api = Api(services, tenant)
    api.branch()
    return api


def deliver(services: wiring.Services, document: Any) -> str:
    """As a gateway does: again until it is answered."""
    sent, headers = shapes.signed("razorpay", shapes.encode(document), at=int(fixed_clock().timestamp()))
    for _ in range(20):
        try:
            event = receive_callback(services.callbacks, "razorpay", "tok-razorpay-0123456789", sent, headers)
        except errors.TemporarilyUnavailable:
            continue
        return event.outcome.code
    raise AssertionError("never answered")


def at_once(work: list[Callable[[], Any]]) -> list[Any]:
    with ThreadPoolExecutor(len(work)) as pool:
        return [started.result() for started in [pool.submit(one) for one in work]]


def test_one_event_delivered_16_times_at_once_is_one_payment(services: wiring.Services, api: Api):
    invoice = api.invoice(1500)
    document = money("razorpay", invoice["id"])
    codes = Counter(at_once([lambda: deliver(services, document)] * THREADS))
    assert codes == {"credited": THREADS}
    detail = api("GET", f"/invoices/{invoice['id']}").json
    assert ([p["amount"] for p in detail["payments"]], detail["status"]) == ([1500], "paid")


def test_two_events_of_one_payment_at_once_are_one_payment(services: wiring.Services, api: Api):
    invoice = api.invoice(3000)
    documents = [money("razorpay", invoice["id"]), same_money_again("razorpay", invoice["id"])] * (THREADS // 2)
    codes = Counter(at_once([partial(deliver, services, document) for document in documents]))
    assert codes == {"credited": THREADS // 2, "duplicate": THREADS // 2}
    assert api("GET", f"/invoices/{invoice['id']}").json["paid"] == 1500


def test_16_payments_at_once_pay_exactly_what_is_due(services: wiring.Services, api: Api):
    invoice = api.invoice(1000)
    documents = [money("razorpay", invoice["id"], 10000, f"pay_{number}") for number in range(THREADS)]
    at_once([partial(deliver, services, document) for document in documents])
    assert api("GET", f"/invoices/{invoice['id']}").json["status"] == "paid"
    waiting = api("GET", "/unapplied-receipts").json
    assert sum(receipt["remaining"] for receipt in waiting) == 16 * 100 - 1000


def test_16_people_at_once_apply_one_receipt_no_further_than_it_goes(services: wiring.Services, api: Api):
    deliver(services, money("razorpay", None))
    [receipt] = api("GET", "/unapplied-receipts").json
    invoices = [api.invoice(200)["id"] for _ in range(THREADS)]

    def apply(invoice_id: str) -> int:
        try:
            applied = apply_unapplied(
                services.receipts, services.clock, services.ids, services.patience, Caller(api.tenant),
                receipt["id"], invoice_id, None, None,
            )  # fmt: skip
        except errors.OverApplication:
            return 0
        return applied.payment.amount_paise

    amounts = at_once([partial(apply, invoice_id) for invoice_id in invoices])
    assert sum(amounts) == 150000
    [now] = api("GET", "/unapplied-receipts", query={"status": "applied"}).json
    assert (now["remaining"], sum(a["amount"] for a in now["applications"])) == (0, 1500)
