"""Amounts, ids and times from gateways, at the edges of what is read; operators are told which edge it was."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from billing.adapters.gateways import _reading as reading
from billing.domain.gateway_events import MAX_GATEWAY_AMOUNT_PAISE, Ignored, Unusable

DIGITS = "1" * 20


@pytest.mark.parametrize(
    ("body", "document"),
    [
        (b"{}", {}),
        (b'{"a": 1.10}', {"a": Decimal("1.10")}),
        (f'{{"a": {DIGITS}}}'.encode(), {"a": int(DIGITS)}),
        (b'{"a": 1e19}', {"a": Decimal("1e19")}),
        (b'{"a": 1e-19}', {"a": Decimal("1e-19")}),
        (b'{"a": 0.%s}' % (b"1" * 38), {"a": Decimal("0." + "1" * 38)}),
    ],
)
def test_json(body, document):
    assert reading.json_object(body) == document


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "the body is not JSON"),
        (b"\xff", "the body is not JSON"),
        (b'{"a": NaN}', "the body is not JSON"),
        (b'{"a": 1, "a": 1}', "the body is not JSON"),
        (f'{{"a": {DIGITS}1}}'.encode(), "the body is not JSON"),
        (b'{"a": 1e20}', "the body is not JSON"),
        (b'{"a": 1e-20}', "the body is not JSON"),
        (b'{"a": 0.%s}' % (b"1" * 39), "the body is not JSON"),
        (b"[" * 100_000, "the body is not JSON"),
        (b"[]", "the body is not a JSON object"),
        (b"null", "the body is not a JSON object"),
    ],
)
def test_what_is_no_json_object(body, said):
    with pytest.raises(reading.Unreadable) as refused:
        reading.json_object(body)
    assert str(refused.value) == said


@pytest.mark.parametrize(
    ("value", "found"),
    [(1, "1"), (0, None), (-1, None), (True, None), (1.5, None), (" a-1 ", "a-1"), ("a" * 64, "a" * 64),
     ("a" * 65, None), ("", None), ("-a", None), ("a b", None), ("é", None), (None, None), ([], None)],
)  # fmt: skip
def test_identifiers(value, found):
    assert reading.identifier(value) == found


def test_an_identifier_that_must_be_there():
    assert reading.required_identifier(7, "the payment's id") == "7"
    with pytest.raises(reading.Unreadable) as refused:
        reading.required_identifier(None, "the payment's id")
    assert str(refused.value) == "the payment's id is missing or malformed"


@pytest.mark.parametrize(
    ("value", "paise"),
    [("0.01", 1), ("1", 100), (1, 100), (Decimal("1.10"), 110), (Decimal("1e2"), 10000), ("1.100000", 110),
     (Decimal(MAX_GATEWAY_AMOUNT_PAISE) / 100, MAX_GATEWAY_AMOUNT_PAISE)],
)  # fmt: skip
def test_rupees(value, paise):
    assert reading.amount_from_rupees(value) == paise


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, "the amount is missing or not a number"),
        (True, "the amount is missing or not a number"),
        (1.5, "the amount is missing or not a number"),
        ("", "the amount is not a number of rupees"),
        ("-1", "the amount is not a number of rupees"),
        ("1,000", "the amount is not a number of rupees"),
        (Decimal("NaN"), "the amount is not a number of rupees"),
        ("1.1000000", "the amount is not a number of rupees"),
        ("0.001", "the amount has a fraction of a paisa"),
        ("0", "the amount is not above zero"),
        (Decimal(MAX_GATEWAY_AMOUNT_PAISE + 1) / 100, "the amount is absurdly high"),
    ],
)
def test_what_is_no_amount_in_rupees(value, said):
    with pytest.raises(reading.Unreadable) as refused:
        reading.amount_from_rupees(value)
    assert str(refused.value) == said


@pytest.mark.parametrize("value", [1, MAX_GATEWAY_AMOUNT_PAISE])
def test_minor_units(value):
    assert reading.amount_from_minor_units(value) == value


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, "the amount is missing or not a whole number"),
        (True, "the amount is missing or not a whole number"),
        ("1", "the amount is missing or not a whole number"),
        (Decimal(1), "the amount is missing or not a whole number"),
        (0, "the amount is not above zero"),
        (MAX_GATEWAY_AMOUNT_PAISE + 1, "the amount is absurdly high"),
    ],
)
def test_what_is_no_amount_in_minor_units(value, said):
    with pytest.raises(reading.Unreadable) as refused:
        reading.amount_from_minor_units(value)
    assert str(refused.value) == said


def test_currencies():
    assert reading.currency("inr") == "INR"
    for value in (None, "", "IN", "INRX", "₹₹₹", 5):
        with pytest.raises(reading.Unreadable) as refused:
            reading.currency(value)
        assert str(refused.value) == "the currency is missing or malformed"


@pytest.mark.parametrize("value", [None, "1", True, 0, -1, 4_102_444_800])
def test_what_is_no_time_in_seconds(value):
    assert reading.time_from_seconds(value) is None


def test_epoch_times():
    assert reading.time_from_seconds(1) == datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)
    assert reading.time_from_seconds(4_102_444_799) == datetime(2099, 12, 31, 23, 59, 59, tzinfo=UTC)
    assert reading.time_from_milliseconds(1_700_000_000_999) == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
    assert [reading.time_from_milliseconds(value) for value in (None, "1000", True, 999)] == [None] * 4


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("2026-07-15 12:00:00", datetime(2026, 7, 15, 6, 30, tzinfo=UTC)),
        ("2026-07-15T12", datetime(2026, 7, 15, 6, 30, tzinfo=UTC)),
        ("2026-W29-3T12", datetime(2026, 7, 15, 6, 30, tzinfo=UTC)),
        ("20260715T12", datetime(2026, 7, 15, 6, 30, tzinfo=UTC)),
        ("2026-07-15T12:00:00+00:00", datetime(2026, 7, 15, 12, 0, tzinfo=UTC)),
        ("2026-07-15T12:00:00.0000000+00:00:00.000", datetime(2026, 7, 15, 12, 0, tzinfo=UTC)),
        ("2026-07-15", None),  # a day is no time
        ("2026-07-15T12:00:00.00000000+00:00:00.000", None),
        ("0001-01-01T00:00:00", None),
        ("2026-07-15T12:00:0٠", None),
        ("not a time, but long", None),
        (None, None),
        (20260715, None),
    ],
)
def test_times_as_text(value, found):
    assert reading.time_from_text(value) == found


@pytest.mark.parametrize(
    ("value", "name"),
    [("payment.captured", "payment.captured"), ("A B", "A B"), ("a" * 64, "a" * 64), ("a" * 65, "unknown"),
     ("", "unknown"), (None, "unknown"), ("é", "unknown"), (["a"], "unknown")],
)  # fmt: skip
def test_event_types(value, name):
    assert reading.event_type(value) == name


def test_an_event_that_cannot_be_read_keeps_its_name():
    def read(kind, _):
        if kind == "bad":
            raise reading.Unreadable("why")
        return Ignored("fine")

    def name_of(document):
        return document["event"]

    assert reading.read_with(b'{"event": "good"}', name_of, read).event == Ignored("fine")
    unusable = reading.read_with(b'{"event": "bad"}', name_of, read)
    assert (unusable.event_type, unusable.event) == ("bad", Unusable("why"))
    unreadable = reading.read_with(b"[]", name_of, read)
    assert (unreadable.event_type, unreadable.event) == ("unknown", Unusable("the body is not a JSON object"))


def test_the_first_time_and_the_hints():
    one = datetime(2026, 7, 15, tzinfo=UTC)
    assert reading.first([None, one, None]) == one
    assert reading.first([None]) is None
    assert reading.hints(None, "b", 7, " b ", "", "a b") == ("b", "7")


def test_a_path_through_objects():
    assert reading.at({"a": {"b": 1}}, "a", "b") == 1
    empty: list[object] = [{"a": []}, {"a": None}, {}, None, []]
    assert [reading.at(document, "a", "b") for document in empty] == [None] * 5
