"""When two payments (or refunds) are the same one."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from billing.domain import errors
from billing.domain.identity import (
    Identity,
    Verdict,
    check_same_content,
    content_of,
    find_payment,
    find_refund,
    fingerprint_of,
    identity_of,
    short_hash,
)
from tests.unit.domain.make import head, payment, refund


def test_hashes_are_16_url_safe_characters_of_sha256():
    assert short_hash("a") == "QWL93Tmj5CJejiOS"  # printf 1:a | sha256sum, 12 bytes in base64url
    assert short_hash("ab", "c") == "Qw-xtKxDMW7Kgfqy"  # printf 2:ab1:c | …
    assert len(short_hash("a", "b", "c")) == 16


def test_parts_cannot_run_into_each_other():
    assert short_hash("ab", "c") != short_hash("a", "bc") != short_hash("abc")
    assert short_hash("a", "") != short_hash("a") != short_hash("", "a")


def test_a_fingerprint_hashes_each_member():
    assert fingerprint_of({"date": None, "lines": (1, 2)}) == f"date={short_hash('None')} lines={short_hash('(1, 2)')}"


def test_equal_content_is_the_same_request():
    check_same_content(fingerprint_of({"a": 1, "b": "x"}), fingerprint_of({"a": 1, "b": "x"}))


def test_other_content_is_refused_by_the_members_that_differ():
    with pytest.raises(errors.IdempotencyKeyReused) as caught:
        check_same_content(fingerprint_of({"a": 1, "b": 2, "c": 3}), fingerprint_of({"a": 1, "b": 3, "c": "3"}))
    assert caught.value.detail == "This Idempotency-Key was used before with other content."
    assert [(fault.pointer, fault.code, fault.detail) for fault in caught.value.errors] == [
        ("/b", "differs_from_first_use", "differs from the first request with this key"),
        ("/c", "differs_from_first_use", "differs from the first request with this key"),
    ]


def test_a_member_with_the_value_of_another_is_another():
    with pytest.raises(errors.IdempotencyKeyReused):
        check_same_content(fingerprint_of({"a": 1, "b": 2}), fingerprint_of({"a": 2, "b": 1}))


@pytest.mark.parametrize(
    ("mode", "reference", "key", "entry", "header"),
    [
        ("upi", "R1", None, ("natural", "payment", "upi", "R1"), None),
        ("upi", "R1", "k", ("natural", "payment", "upi", "R1"), ("key", "payment", "k")),
        ("upi", None, "k", ("key", "payment", "k"), ("key", "payment", "k")),
        ("cash", "remark", "k", ("key", "payment", "k"), ("key", "payment", "k")),
        ("cash", None, "k", ("key", "payment", "k"), ("key", "payment", "k")),
        ("cash", "remark", None, ("own", "pay_1"), None),
        ("cash", None, None, ("own", "pay_1"), None),
    ],
)
def test_identities(mode, reference, key, entry, header):
    expected = Identity(short_hash(*entry), short_hash(*header) if header else None)
    assert identity_of("payment", mode, reference, key, "pay_1") == expected


def test_payments_and_refunds_never_share_an_identity():
    for mode, reference, key in (("upi", "R1", None), ("cash", None, "k")):
        one = identity_of("payment", mode, reference, key, "x")
        other = identity_of("refund", mode, reference, key, "x")
        assert one.entry != other.entry
        assert one.header is None or one.header != other.header


def test_content_is_what_the_caller_sent():
    assert content_of(payment(500, payment_mode="upi", reference="R1")) == {
        "amount": 500, "payment_mode": "upi", "reference": "R1", "payment_date": date(2026, 3, 15),
    }  # fmt: skip
    assert content_of(refund(500, payment_id="pay_1")) == {
        "amount": 500, "refund_mode": "cash", "reference": None, "refund_date": date(2026, 3, 16),
        "reason": "returned", "payment_id": "pay_1",
    }  # fmt: skip


def _paid(mode: str = "upi", reference: str | None = "R1", key: str | None = None) -> tuple[Any, Any]:
    """A head that holds one payment, and that payment."""
    stored = payment(500, id="pay_0", payment_mode=mode, reference=reference)
    identity = identity_of("payment", mode, reference, key, stored.id)
    keys = {identity.header: identity.entry} if identity.header else {}
    return head(payments={identity.entry: stored}, payment_keys=keys), stored


def _find(invoice: Any, new: Any, key: str | None = None) -> Verdict | None:
    return find_payment(invoice, identity_of("payment", new.payment_mode, new.reference, key, new.id), new)


def test_a_payment_not_there_is_new():
    invoice, stored = _paid()
    assert _find(head(), stored) is None
    assert _find(invoice, replace(stored, id="pay_9", reference="R2")) is None
    assert _find(invoice, replace(stored, id="pay_9", payment_mode="card")) is None
    assert _find(head(), replace(stored, id="pay_9"), key="k") is None


@pytest.mark.parametrize(("mode", "reference", "key"), [("upi", "R1", None), ("upi", "R1", "k"), ("cash", None, "k")])
def test_our_own_write_is_known_by_its_id(mode, reference, key):
    invoice, stored = _paid(mode, reference, key)
    (entry,) = invoice.payments
    assert _find(invoice, stored, key) == Verdict("own", entry)
    assert _find(invoice, replace(stored, id="pay_9"), key) == Verdict("replay", entry)


def test_one_header_key_with_other_content_names_every_difference():
    invoice, stored = _paid("cash", None, "k")
    with pytest.raises(errors.IdempotencyKeyReused) as refused:
        _find(invoice, replace(stored, id="pay_9", amount_paise=501, payment_date=date(2026, 3, 14)), "k")
    assert [fault.pointer for fault in refused.value.errors] == ["/amount", "/payment_date"]
    assert {(f.code, f.detail) for f in refused.value.errors} == {
        ("differs_from_first_use", "differs from the first request with this key")
    }
    assert refused.value.detail == "This Idempotency-Key was used before with other content."


def test_a_header_key_binds_across_modes_and_references():
    invoice, stored = _paid("upi", "R1", "k")
    with pytest.raises(errors.IdempotencyKeyReused) as refused:
        _find(invoice, replace(stored, id="pay_9", payment_mode="card", reference="R2"), "k")
    assert [fault.pointer for fault in refused.value.errors] == ["/payment_mode", "/reference"]


@pytest.mark.parametrize(
    ("amount_paise", "key"), [(501, None), (501, "another"), (500, "another")],
)  # fmt: skip
def test_one_reference_with_other_content_or_another_key_is_a_duplicate(amount_paise, key):
    invoice, stored = _paid("upi", "R1", "k")
    with pytest.raises(errors.DuplicateReference) as refused:
        _find(invoice, replace(stored, id="pay_9", amount_paise=amount_paise), key)
    assert refused.value.members == {"payment_id": "pay_0"}
    assert refused.value.detail == "The invoice already has a payment with this mode and reference."


def test_the_natural_key_alone_replays_what_came_with_a_header():
    invoice, stored = _paid("upi", "R1", "k")
    assert _find(invoice, replace(stored, id="pay_9")) == Verdict("replay", next(iter(invoice.payments)))


def test_refunds_follow_the_same_rules():
    stored = refund(500, id="rfd_0", refund_mode="upi", reference="R1")
    identity = identity_of("refund", "upi", "R1", "k", stored.id)
    invoice = head(refunds={identity.entry: stored}, refund_keys={identity.header: identity.entry})
    new = replace(stored, id="rfd_9")
    assert find_refund(head(), identity, new) is None
    assert find_refund(invoice, identity, stored) == Verdict("own", identity.entry)
    assert find_refund(invoice, identity, new) == Verdict("replay", identity.entry)
    with pytest.raises(errors.IdempotencyKeyReused) as reused:
        find_refund(invoice, identity, replace(new, reason="other", payment_id="pay_1"))
    assert [fault.pointer for fault in reused.value.errors] == ["/reason", "/payment_id"]
    with pytest.raises(errors.DuplicateReference) as duplicate:
        find_refund(invoice, replace(identity, header=short_hash("other")), new)
    assert duplicate.value.members == {"refund_id": "rfd_0"}
    assert duplicate.value.detail == "The invoice already has a refund with this mode and reference."
