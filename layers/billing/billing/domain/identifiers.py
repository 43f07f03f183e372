"""The shapes of ids, so that no two (tenant, id) pairs can ever make one key."""

from __future__ import annotations

import re

TENANT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", re.ASCII)
BRANCH_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}", re.ASCII)
INVOICE_ID = re.compile(r"([A-Za-z0-9][A-Za-z0-9_-]{0,31})\.([0-9a-z]{16})", re.ASCII)
RECEIPT_ID = re.compile(r"rct_[A-Za-z0-9_-]{16}", re.ASCII)
CALLBACK_EVENT_ID = re.compile(r"evt_[0-9a-f]{32}", re.ASCII)
PATIENT_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,63}", re.ASCII)
BRANCH_CODE = re.compile(r"[A-Z0-9]{1,5}", re.ASCII)
PHONE = re.compile(r"\+?[0-9][0-9 -]{4,19}", re.ASCII)
REFERENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._:/#-]{0,63}", re.ASCII)
IDEMPOTENCY_KEY = re.compile(r"[\x21-\x2b\x2d-\x7e](?:[\x20-\x2b\x2d-\x7e]{0,253}[\x21-\x2b\x2d-\x7e])?")
STATE_CODES = frozenset(f"{code:02d}" for code in (*range(1, 39), 97))

SERIAL_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32, in ASCII order


def branch_of(invoice_id: str) -> str | None:
    """The branch an invoice id belongs to, or None for a string that is no invoice id."""
    match = INVOICE_ID.fullmatch(invoice_id)
    return match.group(1) if match else None


def make_invoice_id(branch_id: str, milliseconds: int, randomness: int) -> str:
    """``<branch>.<16 characters>``: 9 of time (ms since 1970), 7 random (35 bits).

    Ids of one branch sort by creation; ids of several branches sort by branch first, which is what lets
    a list skip whole branches of a day by their counters.
    """
    return f"{branch_id}.{base32(milliseconds, 9)}{base32(randomness, 7)}"


def stretch_of(invoice_id: str) -> str:
    """What ids begin with that were made in the same 4.7 hours (2**24 ms): the lowest of them, cut short.

    Stretches of a branch sort as its ids do, so that numbers of invoices by stretch tell places in a list.
    """
    serial = invoice_id.rpartition(".")[2]
    return serial[:4] + ("g" if serial[4:5] >= "g" else "0")


def base32(number: int, length: int) -> str:
    """The low ``5 * length`` bits of a number in Crockford's base 32, most significant first."""
    return "".join(SERIAL_ALPHABET[(number >> 5 * place) & 31] for place in range(length - 1, -1, -1))
