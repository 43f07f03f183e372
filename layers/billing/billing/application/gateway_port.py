"""What the callback use case needs of a payment gateway."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from billing.application.callback_ports import GatewayAccount
from billing.domain.gateway_events import Authenticity, GatewayEvent, Lookup, ReadCallback


class Gateway(Protocol):
    """One gateway's callbacks: who sent them, and what they say. Neither call ever raises on
    hostile input.
    """

    @property
    def name(self) -> str:
        """The gateway's name in the callback's address, and in a payment's ``source``."""

    def verify(self, body: bytes, headers: Mapping[str, str], secrets: Sequence[str], now: datetime) -> Authenticity:
        """Judge a callback by its raw bytes.

        headers: names in lower case. secrets: the current one and those still rotating out; an
        empty one matches nothing.
        now: aware; only gateways that sign a time for freshness look at it.
        """

    def read(self, body: bytes) -> ReadCallback:
        """Say what the event means; only for a body that ``verify`` did not refuse."""


class GatewayUnavailable(Exception):
    """The gateway could not be asked now (network, its own 5xx, no credentials); asking later may
    work.
    """


class GatewayLookups(Protocol):
    """Asks a gateway's own API about an event that its callback does not prove."""

    def look_up(self, account: GatewayAccount, lookup: Lookup) -> GatewayEvent:
        """Return what the gateway itself says.

        Raises GatewayUnavailable.
        """
