"""Rupees in, paise inside, rupees out: exact to the paisa."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.domain.money import (
    MAX_AMOUNT_PAISE,
    AmountError,
    format_rupees,
    round_half_up,
    round_off_to_rupee_paise,
    rupees_to_paise,
)


@pytest.mark.parametrize(
    ("rupees", "paise"),
    [
        (1, 100),
        (1500, 150_000),
        (Decimal("0.01"), 1),
        (Decimal("1500.5"), 150_050),
        (Decimal("1500.00"), 150_000),
        (Decimal("15E+2"), 150_000),
        (Decimal("1.000000000000000000"), 100),
        (100_000_000, 10_000_000_000),
        (Decimal("100000000.00"), 10_000_000_000),
    ],
)
def test_rupees_become_paise(rupees, paise):
    assert rupees_to_paise(rupees) == paise
    assert type(rupees_to_paise(rupees)) is int


@pytest.mark.parametrize(
    ("rupees", "code", "detail"),
    [
        ("1500", "not_a_number", "must be a JSON number in rupees"),
        (1500.0, "not_a_number", "must be a JSON number in rupees"),
        (True, "not_a_number", "must be a JSON number in rupees"),
        (None, "not_a_number", "must be a JSON number in rupees"),
        (Decimal("NaN"), "not_a_number", "must be a JSON number in rupees"),
        (Decimal("Infinity"), "not_a_number", "must be a JSON number in rupees"),
        (Decimal("0.001"), "too_many_decimals", "must have at most 2 decimals"),
        (Decimal("1.005"), "too_many_decimals", "must have at most 2 decimals"),
        (Decimal("1E-21"), "too_many_decimals", "must have at most 2 decimals"),
        (Decimal("1E-999999"), "too_many_decimals", "must have at most 2 decimals"),
        (0, "too_small", "must be above 0"),
        (Decimal("0.00"), "too_small", "must be above 0"),
        (Decimal("-0.01"), "too_small", "must be above 0"),
        (-1, "too_small", "must be above 0"),
        (100_000_001, "too_large", "is above the largest amount accepted"),
        (Decimal("100000000.01"), "too_large", "is above the largest amount accepted"),
        (Decimal("1E+21"), "too_large", "is above the largest amount accepted"),
        (Decimal("1E+999999"), "too_large", "is above the largest amount accepted"),
    ],
)
def test_amounts_that_are_refused(rupees, code, detail):
    with pytest.raises(AmountError) as refused:
        rupees_to_paise(rupees)
    assert (refused.value.code, refused.value.detail, str(refused.value)) == (code, detail, detail)


def test_a_price_may_be_zero_but_not_negative():
    assert rupees_to_paise(0, minimum_paise=0) == 0
    assert rupees_to_paise(Decimal("0E-30"), minimum_paise=0) == 0
    assert rupees_to_paise(Decimal("0E+30"), minimum_paise=0) == 0
    with pytest.raises(AmountError) as refused:
        rupees_to_paise(-1, minimum_paise=0)
    assert (refused.value.code, refused.value.detail) == ("too_small", "must not be negative")


def test_the_largest_amount_is_ten_crore_rupees():
    assert MAX_AMOUNT_PAISE == 10_000_000_000
    assert rupees_to_paise(5, maximum_paise=500) == 500
    with pytest.raises(AmountError):
        rupees_to_paise(Decimal("5.01"), maximum_paise=500)


@pytest.mark.parametrize(
    ("value", "rounded"),
    [("0.5", 1), ("1.5", 2), ("2.5", 3), ("2.4999", 2), ("0.49", 0), ("-0.5", -1), ("-2.5", -3), ("7", 7)],
)
def test_halves_go_up(value, rounded):
    assert round_half_up(Decimal(value)) == rounded
    assert type(round_half_up(Decimal(value))) is int


@pytest.mark.parametrize(
    ("paise", "round_off"), [(0, 0), (100, 0), (1, -1), (49, -49), (50, 50), (51, 49), (99, 1), (12349, -49), (150, 50)]
)
def test_round_off_reaches_the_nearest_rupee(paise, round_off):
    assert round_off_to_rupee_paise(paise) == round_off
    assert (paise + round_off_to_rupee_paise(paise)) % 100 == 0


@pytest.mark.parametrize(
    ("paise", "text"),
    [(0, "0.00"), (1, "0.01"), (10, "0.10"), (100, "1.00"), (123456, "1234.56"), (-1, "-0.01"), (-123456, "-1234.56")],
)
def test_paise_are_written_as_rupees(paise, text):
    assert format_rupees(paise) == text


@given(st.integers(1, MAX_AMOUNT_PAISE))
def test_what_is_written_is_read_back(paise):
    assert rupees_to_paise(Decimal(format_rupees(paise))) == paise
