"""Strict reading of what gateways send: exact amounts, plain identifiers, times.

Every function here answers None, or raises Unreadable, for anything that is not exactly what it
expects. Nothing passes through float: ``1.1`` in JSON becomes Decimal("1.1").
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

from billing.domain.gateway_events import (
    MAX_GATEWAY_AMOUNT_PAISE,
    GatewayEvent,
    ReadCallback,
    Unusable,
)

IST = timezone(timedelta(hours=5, minutes=30))
_MAX_INTEGER_DIGITS = 20
_MAX_EPOCH_SECONDS = 4_102_444_800  # 2100-01-01: beyond it a number is not a time
_IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/#-]{0,63}", re.ASCII)
_EVENT_TYPE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._ -]{0,63}", re.ASCII)
_RUPEES = re.compile(r"[0-9]{1,12}(\.[0-9]{1,6})?", re.ASCII)
_CURRENCY = re.compile(r"[A-Za-z]{3}", re.ASCII)


class Unreadable(Exception):
    """The event says something about money that cannot be used; the text is for an operator and
    quotes no content.
    """


def _integer(digits: str) -> int:
    if len(digits) > _MAX_INTEGER_DIGITS:
        raise ValueError("integer too long")
    return int(digits)


def _decimal(text: str) -> Decimal:
    value = Decimal(text)
    # 1e999999999 is short in JSON and a gigabyte when it is written out.
    if not -_MAX_INTEGER_DIGITS < value.adjusted() < _MAX_INTEGER_DIGITS or len(text) > 40:
        raise ValueError("number out of reason")
    return value


def _no_constant(_: str) -> Any:
    raise ValueError("not JSON")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a repeated property")
    return found


def json_object(body: bytes) -> dict[str, Any]:
    """Parse a body that must be one JSON object with no repeated property; decimals become Decimal.

    Raises Unreadable.
    """
    try:
        parsed = json.loads(
            body.decode("utf-8"),
            parse_int=_integer,
            parse_float=_decimal,
            parse_constant=_no_constant,
            object_pairs_hook=_unique,
        )
    except (ValueError, RecursionError, ArithmeticError):
        raise Unreadable("the body is not JSON") from None
    if not isinstance(parsed, dict):
        raise Unreadable("the body is not a JSON object")
    return parsed


def at(document: object, *path: str) -> Any:
    """The value at a path of property names, or None: gateways send ``[]`` or null where an
    object is empty.
    """
    for name in path:
        if not isinstance(document, dict):
            return None
        document = document.get(name)
    return document


def identifier(value: object) -> str | None:
    """An id as text: 1 to 64 plain ASCII characters (also a JSON integer, which some gateways
    send), or None.
    """
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return str(value)
    if isinstance(value, str):
        text = value.strip()
        if _IDENTIFIER.fullmatch(text):
            return text
    return None


def required_identifier(value: object, what: str) -> str:
    """An id that the event cannot be used without.

    Raises Unreadable.
    """
    found = identifier(value)
    if found is None:
        raise Unreadable(f"{what} is missing or malformed")
    return found


def hints(*values: object) -> tuple[str, ...]:
    """The places that may name our invoice, in order of trust, without the empty, malformed and
    repeated ones.
    """
    return tuple(dict.fromkeys(found for found in map(identifier, values) if found is not None))


def _within_reason(paise: int) -> int:
    if paise <= 0:
        raise Unreadable("the amount is not above zero")
    if paise > MAX_GATEWAY_AMOUNT_PAISE:
        raise Unreadable("the amount is absurdly high")
    return paise


def amount_from_minor_units(value: object) -> int:
    """An amount in paise (or another currency's smallest unit), which must be a JSON integer.

    Raises Unreadable.
    """
    if not isinstance(value, int) or isinstance(value, bool):
        raise Unreadable("the amount is missing or not a whole number")
    return _within_reason(value)


def amount_from_rupees(value: object) -> int:
    """Paise of an amount in rupees, sent as a number or as text, exact to the paisa.

    Raises Unreadable: also for a fraction of a paisa, which is never rounded away.
    """
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        raise Unreadable("the amount is missing or not a number")
    text = format(value, "f") if isinstance(value, Decimal) and value.is_finite() else str(value)
    if not _RUPEES.fullmatch(text):
        raise Unreadable("the amount is not a number of rupees")
    paise = Decimal(text) * 100
    if paise != paise.to_integral_value():
        raise Unreadable("the amount has a fraction of a paisa")
    return _within_reason(int(paise))


def currency(value: object) -> str:
    """A currency code in upper case.

    Raises Unreadable.
    """
    if not isinstance(value, str) or not _CURRENCY.fullmatch(value):
        raise Unreadable("the currency is missing or malformed")
    return value.upper()


def time_from_seconds(value: object) -> datetime | None:
    """An epoch time in seconds, or None."""
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < _MAX_EPOCH_SECONDS:
        return None
    return datetime.fromtimestamp(value, UTC)


def time_from_milliseconds(value: object) -> datetime | None:
    """An epoch time in milliseconds, or None."""
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return time_from_seconds(value // 1000)


def time_from_text(value: object) -> datetime | None:
    """An ISO 8601 time, in IST when it names no zone (Cashfree and PayU mean IST), or None."""
    if not isinstance(value, str) or not 10 < len(value) <= 40 or not value.isascii():
        return None
    try:
        found = datetime.fromisoformat(value)
        return (found if found.tzinfo else found.replace(tzinfo=IST)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def event_type(value: object) -> str:
    """The gateway's name for its event as plain text, or ``unknown``."""
    return value if isinstance(value, str) and _EVENT_TYPE.fullmatch(value) else "unknown"


def read_with(
    body: bytes,
    name_of: Callable[[dict[str, Any]], object],
    read: Callable[[str, dict[str, Any]], GatewayEvent],
) -> ReadCallback:
    """Parse a JSON body and read it, turning everything unreadable into Unusable."""
    kind = "unknown"
    try:
        document = json_object(body)
        kind = event_type(name_of(document))
        return ReadCallback(kind, read(kind, document))
    except Unreadable as unreadable:
        return ReadCallback(kind, Unusable(str(unreadable)))


def first(values: Iterable[datetime | None]) -> datetime | None:
    """The first time that there is."""
    return next((value for value in values if value is not None), None)
