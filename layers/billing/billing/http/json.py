"""JSON in and out without float: amounts are exact decimals both ways."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from billing.domain import errors
from billing.domain.money import format_rupees

MAX_DEPTH = 32
MAX_NUMBER_LENGTH = 40
_encode_string = json.encoder.encode_basestring


class Rupees(int):
    """An amount in paise that is written as a JSON number in rupees with two decimals."""

    __slots__ = ()


def dumps(value: Any) -> str:
    """JSON text of None, bool, str, int, Decimal, :class:`Rupees`, dict, list and tuple.

    Raises:
        TypeError: anything else, floats among it.
    """
    try:
        return _FORMS[type(value)](value)
    except KeyError as missing:
        raise TypeError(f"no JSON form for {missing.args[0].__name__}") from None


def _object_text(value: dict[str, Any]) -> str:
    return "{" + ",".join([f"{_encode_string(name)}:{_FORMS[type(v)](v)}" for name, v in value.items()]) + "}"


def _array_text(value: list[Any] | tuple[Any, ...]) -> str:
    return "[" + ",".join([_FORMS[type(member)](member) for member in value]) + "]"


# Looked up rather than tried one after the other: an invoice of 20 lines has 350 values.
_FORMS: dict[type, Callable[[Any], str]] = {
    str: _encode_string,
    Rupees: format_rupees,
    int: str,
    Decimal: "{:f}".format,
    bool: lambda value: "true" if value else "false",
    type(None): lambda _: "null",
    dict: _object_text,
    list: _array_text,
    tuple: _array_text,
}


class _DuplicateName(ValueError):
    pass


def loads(text: str) -> Any:
    """Strictly parsed JSON: numbers as int or Decimal, no NaN, no repeated names, bounded depth.

    Raises:
        MalformedRequest: with a code of its own for each fault.
    """
    if _depth(text) > MAX_DEPTH:
        raise errors.MalformedRequest("The JSON is nested too deeply.")
    try:
        return json.loads(
            text,
            parse_int=_integer,
            parse_float=_decimal,
            parse_constant=_refuse_constant,
            object_pairs_hook=_object,
        )
    except _DuplicateName:
        raise errors.MalformedRequest("The JSON names a property twice.") from None
    except (ValueError, RecursionError):
        raise errors.MalformedRequest("The body is not valid JSON.") from None


def _depth(text: str) -> int:
    """The deepest nesting, counted without recursion; brackets inside strings do not count."""
    depth = deepest = 0
    inside = escaped = False
    for character in text:
        if inside:
            if escaped:
                escaped = False
            elif character == "\\":
                escaped = True
            elif character == '"':
                inside = False
        elif character == '"':
            inside = True
        elif character in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif character in "]}":
            depth -= 1
    return deepest


def _integer(digits: str) -> int | Decimal:
    # A huge integer is kept as Decimal, so that the range check refuses it rather than int().
    return int(digits) if len(digits) <= MAX_NUMBER_LENGTH else Decimal(digits)


def _decimal(digits: str) -> Decimal:
    value = Decimal(digits)
    if not value.is_finite():
        raise ValueError("number out of range")
    return value


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise _DuplicateName
    return members
