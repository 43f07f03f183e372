"""The GST identification number: its form and its check character."""

from __future__ import annotations

import re

_FORM = re.compile(r"[0-9]{2}[A-Z]{5}[0-9]{4}[A-Z][0-9A-Z][A-Z][0-9A-Z]", re.ASCII)
_BASE_36 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def is_well_formed(gstin: str) -> bool:
    """Whether text has a GSTIN's form: 2 digits of state, a 10-character PAN, entity, letter, check."""
    return _FORM.fullmatch(gstin) is not None


def check_character(first_fourteen: str) -> str:
    """The 15th character: base 36, weights 1 and 2 in turn, quotient plus remainder of 36 summed."""
    total = 0
    for position, character in enumerate(first_fourteen):
        product = _BASE_36.index(character) * (position % 2 + 1)
        total += product // 36 + product % 36
    return _BASE_36[-total % 36]


def has_valid_check(gstin: str) -> bool:
    """Whether a well-formed GSTIN's last character is right (the sandbox's own GSTINs fail this)."""
    return check_character(gstin[:14]) == gstin[14]
