"""Asking PhonePe and PayU about what they did not sign, against a double that speaks HTTP."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from hashlib import sha512
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qs, unquote

import pytest

from billing.adapters.gateway_lookups import HttpLookups
from billing.application.callback_ports import GatewayAccount
from billing.application.gateway_port import GatewayUnavailable
from billing.domain.gateway_events import Ignored, Lookup, LookupKind, MoneyIn, MoneyOut
from tests.unit.gateways import shapes as s


class Double(BaseHTTPRequestHandler):
    """What the two gateways' APIs answer, and what they were asked."""

    documents: ClassVar[dict[str, Any]] = {}
    asked: ClassVar[list[tuple[str, str, dict[str, list[str]]]]] = []

    def _answer(self, form: dict[str, list[str]]) -> None:
        path = unquote(self.path)
        self.asked.append((path, self.headers.get("Authorization", ""), form))
        document = self.documents.get(path)
        body = document if isinstance(document, bytes) else json.dumps(document).encode()
        self.send_response(200 if document is not None else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        self._answer({})

    def do_POST(self) -> None:
        self._answer(parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode()))

    def log_message(self, *_: Any) -> None:
        pass


ORDER = "/pg/checkout/v2/order/MO-88-blr/status?details=true"
REFUND = "/pg/payments/v2/refund/RF-88-1/status"


@pytest.fixture
def double() -> Iterator[str]:
    Double.asked.clear()
    Double.documents = {
        "/token": {"access_token": "tkn", "expires_at": s.NOW_SECONDS + 3600},
        ORDER: s.phonepe_order(),
        REFUND: s.phonepe_refund_payload(),
        "/payu": {
            "status": 1,
            "transaction_details": {
                "77": {
                    "77": {
                        "mihpayid": "27553369917",
                        "request_id": "77",
                        "amt": "500.00",
                        "action": "refund",
                        "status": "success",
                    }
                }
            },
        },
    }
    server = HTTPServer(("127.0.0.1", 0), Double)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def account(provider: str, base: str, **lookup: str) -> GatewayAccount:
    given = {
        "phonepe": {
            "client_id": "cid",
            "client_secret": "cs",
            "api_url": f"{base}/pg",
            "token_url": f"{base}/token",
        },
        "payu": {"key": "rZ1fX4", "salt": "sa", "api_url": f"{base}/payu"},
    }[provider]
    return GatewayAccount(provider, "tok-0123456789abcdef", "demo", "pune", ("x",), {**given, **lookup})


def lookups() -> HttpLookups:
    return HttpLookups(now=lambda: s.NOW_SECONDS)


def test_a_phonepe_order_is_asked_for_with_a_token_that_is_kept(double: str):
    asking = lookups()
    for _ in range(2):
        event = asking.look_up(account("phonepe", double), Lookup(LookupKind.ORDER, order_id="MO-88-blr"))
        assert isinstance(event, MoneyIn)
        assert (event.money_key, event.amount_paise) == ("OM2607151159213355053368", 150000)
    assert [path for path, _, _ in Double.asked] == ["/token", ORDER, ORDER]
    assert Double.asked[0][2]["grant_type"] == ["client_credentials"]
    assert Double.asked[1][1] == "O-Bearer tkn"


def test_a_phonepe_refund_is_of_the_order_that_phonepe_names(double: str):
    asked = Lookup(LookupKind.REFUND, order_id="another", refund_id="RF-88-1")
    event = lookups().look_up(account("phonepe", double), asked)
    assert isinstance(event, MoneyOut)
    assert (event.refund_key, event.amount_paise) == ("OMR2607151210213355053999", 50000)
    assert [path for path, _, _ in Double.asked] == ["/token", REFUND, ORDER]


def test_a_payu_refund_is_asked_for_with_a_signed_command(double: str):
    event = lookups().look_up(account("payu", double), Lookup(LookupKind.REFUND, payment_id="1", refund_id="77"))
    assert event == MoneyOut("77", "27553369917", 50000, "INR", None)
    [(_, _, form)] = Double.asked
    assert form["hash"] == [sha512(b"rZ1fX4|check_action_status|77|sa").hexdigest()]


@pytest.mark.parametrize("state", ["PENDING", "FAILED"])
def test_what_the_gateway_does_not_confirm_is_no_money(double: str, state: str):
    Double.documents[ORDER] = s.phonepe_order(state=state)
    event = lookups().look_up(account("phonepe", double), Lookup(LookupKind.ORDER, order_id="MO-88-blr"))
    assert isinstance(event, Ignored)
    Double.documents["/payu"]["transaction_details"]["77"]["77"]["status"] = "queued"
    event = lookups().look_up(account("payu", double), Lookup(LookupKind.REFUND, refund_id="77"))
    assert isinstance(event, Ignored)


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        (ORDER, None),
        (ORDER, b"<html>"),
        (ORDER, b"[]"),
        (ORDER, s.phonepe_order(paymentDetails=[])),
        ("/token", b"{}"),
        ("/token", {"access_token": "é", "expires_at": s.NOW_SECONDS}),
        ("/token", None),
    ],
)
def test_an_answer_that_cannot_be_read_is_no_answer(double: str, path: str, answer: Any):
    Double.documents[path] = answer
    with pytest.raises(GatewayUnavailable):
        lookups().look_up(account("phonepe", double), Lookup(LookupKind.ORDER, order_id="MO-88-blr"))


def test_who_cannot_be_asked_is_unavailable(double: str):
    nobody = GatewayAccount("phonepe", "tok-0123456789abcdef", "demo", "pune", ("x",))
    plain = account("phonepe", double, api_url="http://api.example/pg")
    dispute = Lookup(LookupKind.DISPUTE, payment_id="1")
    order = Lookup(LookupKind.ORDER, order_id="MO-88-blr")
    closed = account("phonepe", double, token_url="http://127.0.0.1:9/token")
    for asked, lookup in ((nobody, order), (plain, order), (closed, order), (account("payu", double), dispute)):
        with pytest.raises(GatewayUnavailable):
            lookups().look_up(asked, lookup)


def test_an_id_cannot_leave_its_place_in_the_address(double: str):
    with pytest.raises(GatewayUnavailable):
        lookups().look_up(account("phonepe", double), Lookup(LookupKind.ORDER, order_id="../../token?x=/"))
    assert Double.asked[-1][0] == "/pg/checkout/v2/order/../../token?x=//status?details=true"
