"""Survivors with a reason: changes that no test can see, because they change nothing that anybody could notice.

Keyed by module, the line as it is written, and the change; a reason that no survivor needs any more is reported.
"""

from __future__ import annotations

_GUARD = "only spares slow arithmetic: what passes it is refused with the same code a few lines on"
_OWN_WORDS = "nobody reads this text: whoever calls answers in words of its own"

EQUIVALENT: dict[tuple[str, str, str], str] = {
    **dict.fromkeys(
        (("domain/money", "_ONE = Decimal(1)", change) for change in ("1 → 2", "1 → 0")),
        "quantize takes the exponent of Decimal(1), not its value",
    ),
    **dict.fromkeys(
        (
            ("domain/money", "if rupees and rupees.adjusted() > 20:", change)
            for change in ("Gt → GtE", "20 → 21", "20 → 19")
        ),
        _GUARD,
    ),
    **dict.fromkeys(
        (
            ("domain/money", "if rupees and rupees.adjusted() < -20:", change)
            for change in ("Lt → LtE", "20 → 21", "20 → 19")
        ),
        _GUARD,
    ),
    ("domain/money", 'raise AmountError("too_many_decimals", "must have at most 2 decimals")', "raise nothing"): _GUARD,
    **dict.fromkeys(
        (
            ("domain/calendar", 'raise ValueError("not a date")', change)
            for change in ("'not a date' → 'not a dateXX'", "'not a date' → 'ot a date'")
        ),
        _OWN_WORDS,
    ),
    **dict.fromkeys(
        (
            ("domain/calendar", "if not (text[:4].isdigit() and text[5:7].isdigit() and text[8:].isdigit()):", change)
            for change in ("4 → 3", "7 → 6")
        ),
        "int() refuses what the check then lets through",
    ),
    (
        "domain/identifiers", 'return serial[:4] + ("g" if serial[4:5] >= "g" else "0")', "5 → 6",
    ): "two characters compare with one as the first of them does",
    (
        "domain/text", '_JOINERS = frozenset("\\u200c\\u200d")', r"'\u200c\u200d' → '\u200c\u200dXX'"
    ): "X is not a forbidden character in the first place",
    ("domain/text", "total += digit", "Add → Sub"): "a sum is a multiple of ten exactly when its negative is",
    (
        "domain/gstin", '_BASE_36 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"',
        "'0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ' → '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZXX'",
    ): "nothing points behind Z",
    **dict.fromkeys(
        (
            ("adapters/gateways/_reading", f'raise ValueError("{text}")', f"{text!r} → {change!r}")
            for text in ("integer too long", "number out of reason", "not JSON", "a repeated property")
            for change in (f"{text}XX", text[1:])
        ),
        _OWN_WORDS,
    ),
}  # fmt: skip
