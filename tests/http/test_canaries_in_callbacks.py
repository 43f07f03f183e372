"""No secret leaves through a gateway's callback: not the payer, not the card, not the signature or what checks it.

Each gateway's callback, good, bad and failing, with canaries wherever its documents have room for a person; then
everything that handles what a callback left behind: the event, the money that waits, the operator's replay, the
nightly recount, and records the stream function could not count.
"""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest

from billing import wiring
from billing.adapters.gateway_accounts import UnusableAccount, parse_account
from tests.canaries import (
    ADDRESS,
    ALL,
    CARD,
    FAULTS,
    FIXTURES,
    NAME,
    PHONE,
    QUOTES,
    REASON,
    REFERENCE,
    SECRET,
    Lines,
    found_in,
)
from tests.http.api import Answer, Api
from tests.http.gateway_support import TOKENS, Accounts, Gateways, account, money, refund
from tests.unit.gateways import shapes
from tools.callbacks.replay import OPEN_STATES, chosen, replay
from tools.in_process.gateway import Context, function
from tools.operations.parked import replay_parked

PERSON = {"name": NAME, "contact": PHONE, "email": f"{NAME}@example.com", "address": ADDRESS, "card": {"number": CARD}}


def personal(provider: str, invoice_id: str | None, **changes: Any) -> bytes:
    """A captured payment whose document tells everything of the payer; ``changes`` spoil it."""
    if provider == "payu":
        fields = shapes.payu(
            udf1=invoice_id or "", firstname=NAME, phone=PHONE, email=REASON, productinfo=ADDRESS, field9=CARD,
            **{name: str(value) for name, value in changes.items()},
        )  # fmt: skip
        return urlencode(fields).encode()
    document = money(provider, invoice_id)
    {
        "razorpay": lambda: document["payload"]["payment"]["entity"],
        "cashfree": lambda: document["data"]["payment"],
        "stripe": lambda: document["data"]["object"],
        "phonepe": lambda: document["payload"],
    }[provider]().update({"customer": PERSON, "description": f"{REASON} {REFERENCE}", **changes})
    return shapes.encode(document)


AMOUNT = {
    "razorpay": "amount", "cashfree": "payment_amount", "stripe": "amount_received", "phonepe": "amount",
    "payu": "amount",
}  # fmt: skip
# What a body looks like, and what becomes of it when it is rightly signed: each gateway, each invoice.
BODIES: dict[str, Callable[[str, str], bytes]] = {
    "of an invoice": lambda provider, invoice_id: personal(provider, invoice_id),
    "of no invoice": lambda provider, _: personal(provider, None),
    "of an invoice called like a patient": lambda provider, _: personal(provider, NAME),
    "of an amount that is a card number": lambda provider, i: personal(provider, i, **{AMOUNT[provider]: CARD}),
    "of an amount that is a name": lambda provider, i: personal(provider, i, **{AMOUNT[provider]: NAME}),
    "of no JSON": lambda provider, _: urlencode({NAME: CARD}).encode() if provider == "payu" else QUOTES.encode(),
    "of a list": lambda provider, _: b"udf1=1&udf1=1" if provider == "payu" else shapes.encode([PERSON]),
}  # fmt: skip


class Sender:
    """Delivers callbacks and keeps what was sent and answered."""

    def __init__(self, services: wiring.Services) -> None:
        services._accounts = Accounts()
        for built in ("callbacks", "gateway_accounts"):
            services.__dict__.pop(built, None)
        self.services = services
        self.gateways = Gateways(services)
        self.answers: list[Answer] = []
        self.secrets: set[str] = {*shapes.SECRETS.values(), *TOKENS.values()}

    def send(self, provider: str, body: bytes, **headers: str) -> Answer:
        """Signed as the gateway would; ``headers`` replace its own."""
        try:
            sent, signed = shapes.signed(provider, body, at=int(self.services.clock().timestamp()))
        except (KeyError, UnicodeDecodeError):
            sent, signed = body, {}  # a form without what PayU signs
        signed |= headers
        self.secrets |= {value for value in signed.values() if len(value) > 12}
        answer = self.gateways.post(provider, sent, signed)
        self.answers.append(answer)
        return answer


@pytest.fixture
def sender(services: wiring.Services, api: Api) -> Sender:
    return Sender(services)


def check(sender: Sender, lines: Lines, capfd: pytest.CaptureFixture[str]) -> None:
    """No canary, signature, secret or account token in what was written; none of them in an answer."""
    captured = capfd.readouterr()
    written = "\n".join([*lines.written, captured.out, captured.err])
    assert found_in(written, (*ALL, *FIXTURES, *sender.secrets)) == []
    assert lines.written, "nothing was logged: the test would see no leak"
    for answer in sender.answers:
        assert found_in(f"{answer.headers} {answer.text}", (*ALL, *FIXTURES, *sender.secrets)) == []


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("provider", shapes.PROVIDERS)
def test_every_gateway_and_every_body(
    provider: str, body: str, sender: Sender, api: Api, lines: Lines, capfd: pytest.CaptureFixture[str]
):
    invoice_id = api.invoice(1500)["id"]
    made = BODIES[body](provider, invoice_id)
    assert sender.send(provider, made).status < 500
    assert sender.send(provider, made).status < 500
    # What was kept of it, as the owner of the money may see it: no person, no secret.
    for event in chosen(sender.services, "demo", None, [*OPEN_STATES, "settled"]):
        sender.answers.append(api("GET", f"/callbacks/events/{event.id}"))
    if body != "of an invoice called like a patient":  # a hint is shown as the gateway gave it: it may help to find it
        sender.answers.append(api("GET", "/unapplied-receipts", query={"status": "all"}))
    check(sender, lines, capfd)


SIGNATURES = {
    "razorpay": "x-razorpay-signature",
    "cashfree": "x-webhook-signature",
    "stripe": "stripe-signature",
    "phonepe": "authorization",
}


@pytest.mark.parametrize("signature", [SECRET, f"t=1,v1={SECRET}", "", "é" * 40, f"{NAME}\x00"])
@pytest.mark.parametrize("provider", SIGNATURES)
def test_signatures_that_are_wrong(
    provider: str, signature: str, sender: Sender, lines: Lines, capfd: pytest.CaptureFixture[str]
):
    answer = sender.send(provider, personal(provider, None), **{SIGNATURES[provider]: signature})
    assert (answer.status, answer.code) == (401, "callback_refused")
    check(sender, lines, capfd)


def test_a_payu_form_with_a_wrong_hash(sender: Sender, lines: Lines, capfd: pytest.CaptureFixture[str]):
    form = personal("payu", None) + urlencode({"hash": SECRET}).encode()
    answer = sender.gateways.post("payu", form, {})
    sender.answers.append(answer)
    assert answer.status == 401
    check(sender, lines, capfd)


def test_a_body_that_is_too_large(sender: Sender, lines: Lines, capfd: pytest.CaptureFixture[str]):
    assert sender.send("razorpay", (QUOTES * 3000).encode()).status == 413
    check(sender, lines, capfd)


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("provider", shapes.PROVIDERS)
def test_the_engine_fails_or_something_breaks(
    provider: str,
    fault: str,
    sender: Sender,
    api: Api,
    lines: Lines,
    capfd: pytest.CaptureFixture[str],
    fail: Callable[..., None],
):
    body = personal(provider, api.invoice(1500)["id"])
    fail(FAULTS[fault])
    assert sender.send(provider, body).status >= 500
    check(sender, lines, capfd)


def broken(*_: Any, **__: Any) -> Any:
    raise RuntimeError(QUOTES)


@pytest.mark.parametrize("part", ["accounts", "reading", "committing", "asking"])
@pytest.mark.parametrize("provider", shapes.PROVIDERS)
def test_a_defect_in_the_middle(
    provider: str,
    part: str,
    sender: Sender,
    api: Api,
    lines: Lines,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
):
    services = sender.services
    gateway = services.callbacks.find_gateway(provider)
    owner, name = {
        "accounts": (services.callbacks.accounts, "find"),
        "reading": (type(gateway), "read"),
        "committing": (type(services.receipts), "commit"),
        "asking": (type(services.callbacks.lookups), "look_up"),
    }[part]
    monkeypatch.setattr(owner, name, broken)
    answer = sender.send(provider, personal(provider, api.invoice(1500)["id"]))
    # Only PhonePe's callbacks make us ask.
    assert answer.status == (500 if part != "asking" or provider == "phonepe" else 200)
    check(sender, lines, capfd)


@pytest.mark.parametrize(
    "secret",
    [
        QUOTES,
        json.dumps([SECRET]),
        json.dumps({"tenant": NAME, "branch_id": "MUM-01", "secrets": [SECRET]}),
        json.dumps({"tenant": "demo", "branch_id": "MUM-01", "secrets": SECRET}),
        json.dumps({"tenant": "demo", "branch_id": "MUM-01", "secrets": [SECRET], "lookup": SECRET}),
    ],
)
def test_an_account_that_was_set_up_wrongly(
    secret: str,
    sender: Sender,
    lines: Lines,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(
        Accounts, "find", lambda _, provider, token, fresh=False: parse_account(provider, token, secret)
    )
    assert sender.send("razorpay", personal("razorpay", None)).status == 500
    check(sender, lines, capfd)
    with pytest.raises(UnusableAccount) as refused:
        parse_account("razorpay", TOKENS["razorpay"], secret)
    assert found_in(str(refused.value), ALL) == []


@pytest.fixture
def left_behind(sender: Sender, api: Api) -> Sender:
    """Callbacks of every kind: settled, waiting, held, quarantined, and money for nobody."""
    invoice_id = api.invoice(1500)["id"]
    for provider in shapes.PROVIDERS:
        for make in BODIES.values():
            sender.send(provider, make(provider, invoice_id))
    sender.send("razorpay", shapes.encode(refund("razorpay", key="9999")))
    return sender


def test_an_operator_takes_callbacks_up_again(
    left_behind: Sender, lines: Lines, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    services = left_behind.services
    for apply in (False, True):
        for answer in ("held", "gone"):
            if answer == "gone":
                monkeypatch.setattr(Accounts, "find", lambda *_, **__: account("razorpay", tenant="other"))
            output = io.StringIO()
            events = chosen(services, "demo", None, OPEN_STATES)
            assert events
            replay(services, events, apply=apply, output=output)
            lines.written.append(output.getvalue())
        monkeypatch.undo()
    check(left_behind, lines, capfd)


def test_the_nightly_recount_finds_drift(
    left_behind: Sender, api: Api, lines: Lines, capfd: pytest.CaptureFixture[str]
):
    services = left_behind.services
    api.settle()
    rows = services.dynamodb.scan(TableName="summary")["Items"]
    for row in rows[::2]:
        services.dynamodb.delete_item(TableName="summary", Key={"pk": row["pk"], "sk": row["sk"]})

    class Long(Context):
        def get_remaining_time_in_millis(self) -> int:
            return 900_000

    wiring.use(services)
    recount = function("verify_summary")
    recount.time.sleep, kept = (lambda _: None), recount.time.sleep
    try:
        assert recount.handler({}, Long())["drifts"]
    finally:
        recount.time.sleep = kept
    check(left_behind, lines, capfd)


def test_records_that_were_parked(
    left_behind: Sender, lines: Lines, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    services = left_behind.services
    items = services.dynamodb.scan(TableName="billing")["Items"]
    records = [
        {"dynamodb": {"Keys": {"pk": item["pk"], "sk": item["sk"]}, "NewImage": image, "SequenceNumber": str(place)}}
        for place, item in enumerate(items)
        for image in (item, {**item, "total": {"N": NAME}, "remaining": {"S": PHONE}, "days": {"S": CARD}})
    ]
    wiring.use(services)
    function("update_summary").handler({"Records": records}, Context())

    def as_text(raw: bytes) -> str:
        return base64.b64encode(raw).decode()

    class Bucket:
        def list_objects_v2(self, **_: Any) -> Any:
            return {"Contents": [{"Key": "aws/lambda/uuid/a"}]}

        def get_object(self, **_: Any) -> Any:
            return {"Body": io.BytesIO(json.dumps({"payload": {"Records": records}}, default=as_text).encode())}

        copy_object = delete_object = lambda *_, **__: None

    done = replay_parked(Bucket(), "parked", services.summary_audit, services.ledger, services.patience)
    lines.written.append(repr(done))
    check(left_behind, lines, capfd)
