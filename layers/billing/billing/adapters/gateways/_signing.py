"""Comparing signatures in constant time, with every secret of a rotating list."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterable, Sequence


def header_bytes(value: str) -> bytes:
    """A header as bytes, whatever characters it holds: compare_digest refuses non-ASCII text."""
    return value.encode("utf-8", "replace")


def matches_any(presented: Iterable[str], secrets: Sequence[str], sign: Callable[[bytes], bytes]) -> bool:
    """Whether one presented signature is what ``sign`` makes of one of the secrets.

    All pairs are compared, so that the time taken tells nothing. An empty secret signs nothing:
    anyone could know it.
    """
    candidates = [header_bytes(value) for value in presented]
    found = False
    for secret in secrets:
        if not secret:
            continue
        expected = sign(secret.encode("utf-8"))
        for candidate in candidates:
            found = hmac.compare_digest(expected, candidate) or found
    return found
