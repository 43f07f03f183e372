"""What text from outside may contain, and the numbers that must never be kept."""

from __future__ import annotations

import re
import unicodedata

# One run of digits with single or repeated blanks and dashes inside, not touching a letter.
_DIGIT_RUN = re.compile(r"(?<![^\W_])\d(?:[\s\-]*\d)+(?![^\W_])")
_FORBIDDEN_CATEGORIES = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))
_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212"
_TO_ASCII_DASH = {ord(dash): "-" for dash in _DASHES}
# Zero-width joiners are part of correct spelling in several Indian scripts.
_JOINERS = frozenset("\u200c\u200d")


def has_forbidden_characters(text: str, *, allow_joiners: bool = False) -> bool:
    """Whether text holds control, bidirectional, zero-width, surrogate or unassigned characters.

    ``allow_joiners`` admits ZWJ and ZWNJ, which names in Indian scripts need.
    """
    if text.isascii():
        return not text.isprintable()
    return any(
        unicodedata.category(character) in _FORBIDDEN_CATEGORIES and not (allow_joiners and character in _JOINERS)
        for character in text
    )


def contains_card_number(text: str) -> bool:
    """Whether text holds what looks like a payment-card number.

    A run of 13 to 19 digits (blanks and dashes inside allowed, after NFKC) that touches no letter, begins
    with 2 to 6 and satisfies the Luhn check. Source: ISO/IEC 7812-1; PCI DSS forbids keeping it.
    """
    plain = unicodedata.normalize("NFKC", text).translate(_TO_ASCII_DASH)
    for run in _DIGIT_RUN.finditer(plain):
        digits = [int(character) for character in run.group() if character.isdigit()]
        if 13 <= len(digits) <= 19 and 2 <= digits[0] <= 6 and _luhn_holds(digits):
            return True
    return False


def _luhn_holds(digits: list[int]) -> bool:
    total = 0
    for position, digit in enumerate(reversed(digits)):
        if position % 2:
            digit = digit * 2 - 9 if digit > 4 else digit * 2
        total += digit
    return total % 10 == 0
