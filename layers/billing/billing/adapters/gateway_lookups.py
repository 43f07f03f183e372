"""Asking the gateways that do not sign what they send, over their own APIs.

An account that can be asked has what that needs under ``lookup`` in its secret (docs/gateways.md). One
that has nothing there cannot be asked: its events stay held.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from hashlib import sha512
from typing import Any
from urllib.parse import quote, urlencode

from billing.adapters.gateways import _reading as reading
from billing.adapters.gateways.phonepe import read_order, read_refund
from billing.application.callback_ports import GatewayAccount
from billing.application.gateway_port import GatewayUnavailable
from billing.domain.gateway_events import INR, GatewayEvent, Ignored, Lookup, LookupKind, MoneyOut

# The gateway that called waits for us, 3 to 5 seconds: an answer later than this is for a replay.
TIMEOUT_SECONDS = 1.5
MAX_ANSWER_BYTES = 262_144
TOKEN_MARGIN_SECONDS = 60
PHONEPE_API = "https://api.phonepe.com/apis/pg"
PHONEPE_TOKENS = "https://api.phonepe.com/apis/identity-manager/v1/oauth/token"
PAYU_API = "https://info.payu.in/merchant/postservice.php?form=2"

Fetch = Callable[[str, bytes | None, Mapping[str, str]], bytes]


def fetch(url: str, form: bytes | None, headers: Mapping[str, str]) -> bytes:
    """GET, or POST a form; only over TLS, except to this machine.

    Raises:
        GatewayUnavailable: no answer in time, or another one than 200.
    """
    # Imported here: few callbacks need it, and every cold start would pay for it.
    from urllib.error import URLError
    from urllib.request import Request, urlopen

    if not url.startswith(("https://", "http://127.0.0.1:")):
        raise GatewayUnavailable
    request = Request(url, data=form, headers=dict(headers))  # noqa: S310 - checked above
    try:
        with urlopen(request, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310
            content: bytes = answer.read(MAX_ANSWER_BYTES)
            return content
    except (URLError, OSError, ValueError) as error:
        raise GatewayUnavailable from error


class HttpLookups:
    """Implements :class:`billing.application.gateway_port.GatewayLookups`."""

    def __init__(self, fetch: Fetch = fetch, now: Callable[[], float] = time.time) -> None:
        self._fetch = fetch
        self._now = now
        self._tokens: dict[str, tuple[float, str]] = {}

    def look_up(self, account: GatewayAccount, lookup: Lookup) -> GatewayEvent:
        """What the gateway's own API says.

        Raises:
            GatewayUnavailable: also for an account that cannot be asked, and for an answer that cannot be read.
        """
        try:
            match account.provider:
                case "phonepe":
                    return self._phonepe(account, lookup)
                case "payu":
                    return self._payu(account, lookup)
        except (reading.Unreadable, KeyError) as error:
            raise GatewayUnavailable from error
        raise GatewayUnavailable

    def _phonepe(self, account: GatewayAccount, lookup: Lookup) -> GatewayEvent:
        api = account.lookup.get("api_url", PHONEPE_API)
        headers = {"Authorization": f"O-Bearer {self._phonepe_token(account)}", "Content-Type": "application/json"}

        def ask(path: str) -> dict[str, Any]:
            return reading.json_object(self._fetch(f"{api}/{path}", None, headers))

        refund = None
        order_id = lookup.order_id
        if lookup.kind is LookupKind.REFUND:
            refund = ask(f"payments/v2/refund/{quote(lookup.refund_id or '', safe='')}/status")
            order_id = reading.required_identifier(
                refund.get("originalMerchantOrderId") or order_id, "originalMerchantOrderId"
            )
        if order_id is None:
            raise GatewayUnavailable
        order = ask(f"checkout/v2/order/{quote(order_id, safe='')}/status?details=true")
        return read_order(order_id, order) if refund is None else read_refund(order, order_id, refund)

    def _phonepe_token(self, account: GatewayAccount) -> str:
        kept = self._tokens.get(account.token)
        if kept is not None and self._now() < kept[0]:
            return kept[1]
        given = account.lookup
        form = urlencode(
            {
                "client_id": given["client_id"],
                "client_secret": given["client_secret"],
                "client_version": given.get("client_version", "1"),
                "grant_type": "client_credentials",
            }
        ).encode()
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        document = reading.json_object(self._fetch(given.get("token_url", PHONEPE_TOKENS), form, headers))
        token, expires_at = document.get("access_token"), document.get("expires_at")
        if not isinstance(token, str) or not token.isascii() or not isinstance(expires_at, int):
            raise GatewayUnavailable
        self._tokens[account.token] = (expires_at - TOKEN_MARGIN_SECONDS, token)
        return token

    def _payu(self, account: GatewayAccount, lookup: Lookup) -> GatewayEvent:
        """A refund by its request id; PayU's API tells nothing about disputes."""
        if lookup.kind is not LookupKind.REFUND or lookup.refund_id is None:
            raise GatewayUnavailable
        given, command = account.lookup, "check_action_status"
        signed = f"{given['key']}|{command}|{lookup.refund_id}|{given['salt']}"
        fields = {
            "key": given["key"],
            "command": command,
            "var1": lookup.refund_id,
            "hash": sha512(signed.encode()).hexdigest(),
        }
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = reading.json_object(self._fetch(given.get("api_url", PAYU_API), urlencode(fields).encode(), headers))
        return read_payu_refund(lookup.refund_id, answer)


def read_payu_refund(request_id: str, answer: Mapping[str, Any]) -> GatewayEvent:
    """What PayU's check_action_status says of one refund request.

    Raises:
        Unreadable.
    """
    action = reading.at(answer, "transaction_details", request_id, request_id)
    if str(reading.at(action, "action")).lower() != "refund" or str(reading.at(action, "status")).lower() != "success":
        return Ignored("PayU says the refund has not succeeded")
    return MoneyOut(
        refund_key=request_id,
        money_key=reading.required_identifier(reading.at(action, "mihpayid"), "mihpayid"),
        amount_paise=reading.amount_from_rupees(reading.at(action, "amt")),
        currency=INR,
        occurred_at=None,
    )
