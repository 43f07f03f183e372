"""What makes two payments (or refunds) the same one.

Two identities bind: the caller's ``Idempotency-Key`` and, for every mode but cash, the natural key
(invoice, mode, reference). Both stand in the same item as the payment, under one condition, so neither
can be claimed without the payment nor the payment be made without them.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Literal, TypeVar

from billing.domain import errors
from billing.domain.invoice import InvoiceHead, Payment, Refund

Record = TypeVar("Record", Payment, Refund)


@dataclass(frozen=True, slots=True)
class Identity:
    """``entry`` keys the record in its map; ``header`` is the hash of the caller's key, if one came.

    ``entry`` is the natural key where there is one. The header map leads from ``header`` to ``entry``.
    """

    entry: str
    header: str | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a stored record says about a new request: it is our own write, or a replay of it."""

    kind: Literal["own", "replay"]
    entry: str


def short_hash(*parts: str) -> str:
    """96 bits of SHA-256 as 16 URL-safe characters; parts are length-prefixed, so none can run on."""
    message = "".join(f"{len(part)}:{part}" for part in parts)
    return urlsafe_b64encode(sha256(message.encode()).digest()[:12]).decode()


def fingerprint_of(members: Mapping[str, object]) -> str:
    """One short hash per member of a request, so that a mismatch can name what differs."""
    return " ".join(f"{name}={short_hash(repr(value))}" for name, value in members.items())


def check_same_content(wanted: str, earlier: str) -> None:
    """Compare the fingerprints of a request and of the first one with its key.

    Raises:
        IdempotencyKeyReused: names the members that differ.
    """
    first = earlier.split(" ")
    differing = [member.partition("=")[0] for member in wanted.split(" ") if member not in first]
    if differing:
        raise _key_reused(differing)


def identity_of(
    kind: Literal["payment", "refund"],
    mode: str,
    reference: str | None,
    idempotency_key: str | None,
    own_id: str,
) -> Identity:
    """The identity of a payment or refund on one invoice.

    Cash with neither key nor reference has no identity but its own id: it is recorded each time. A cash
    reference is a remark, not a natural key.
    """
    header = short_hash("key", kind, idempotency_key) if idempotency_key is not None else None
    if mode != "cash" and reference is not None:
        return Identity(short_hash("natural", kind, mode, reference), header)
    return Identity(header or short_hash("own", own_id), header)


def content_of(record: Payment | Refund) -> dict[str, object]:
    """The caller's fields of a record by their names in the request, as they compare after parsing."""
    if isinstance(record, Payment):
        return {
            "amount": record.amount_paise,
            "payment_mode": record.payment_mode,
            "reference": record.reference,
            "payment_date": record.payment_date,
        }
    return {
        "amount": record.amount_paise,
        "refund_mode": record.refund_mode,
        "reference": record.reference,
        "refund_date": record.refund_date,
        "reason": record.reason,
        "payment_id": record.payment_id,
    }


def find_payment(head: InvoiceHead, identity: Identity, new: Payment) -> Verdict | None:
    """Whether this payment is recorded already; see :func:`_find`."""
    return _find("payment", head.payments, head.payment_keys, identity, new)


def find_refund(head: InvoiceHead, identity: Identity, new: Refund) -> Verdict | None:
    """Whether this refund is recorded already; see :func:`_find`."""
    return _find("refund", head.refunds, head.refund_keys, identity, new)


def _find(
    kind: str,
    records: Mapping[str, Record],
    keys: Mapping[str, str],
    identity: Identity,
    new: Record,
) -> Verdict | None:
    """The record this request made before, if any.

    A record carrying our own id is our own write whose answer was lost. Otherwise an equal identity with
    equal content is a replay.

    Raises:
        IdempotencyKeyReused: the header key belongs to a record with other content.
        DuplicateReference: the natural key belongs to a record with other content or another key.
    """
    entry = keys.get(identity.header) if identity.header is not None else None
    by_header = entry is not None
    if entry is None:
        if identity.entry not in records:
            return None
        entry = identity.entry
    old = records[entry]
    if old.id == new.id:
        return Verdict("own", entry)
    wanted = content_of(new)
    differing = [name for name, value in content_of(old).items() if value != wanted[name]]
    if by_header:
        if differing:
            raise _key_reused(differing)
        return Verdict("replay", entry)
    if differing or identity.header is not None:
        members: dict[str, Any] = {f"{kind}_id": old.id}
        raise errors.DuplicateReference(f"The invoice already has a {kind} with this mode and reference.", **members)
    return Verdict("replay", entry)


def _key_reused(differing: Iterable[str]) -> errors.IdempotencyKeyReused:
    return errors.IdempotencyKeyReused(
        "This Idempotency-Key was used before with other content.",
        errors=tuple(
            errors.FieldError(
                "differs_from_first_use", "differs from the first request with this key", pointer=f"/{name}"
            )
            for name in differing
        ),
    )
