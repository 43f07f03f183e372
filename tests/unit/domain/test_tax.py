"""GST on one line: each tax rounded on its own, the line's parts summing to its amount."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.domain.tax import SUPPLY_TYPES, TAX_TREATMENTS, LineError, gross_paise
from tests.unit.domain.make import line


@pytest.mark.parametrize(
    ("quantity", "rate_paise", "gross"),
    [
        ("1", 10000, 10000),
        ("1.5", 333, 500),
        ("0.001", 499, 0),
        ("0.001", 500, 1),
        ("3", 3333, 9999),
        ("2.345", 100, 235),
    ],
)
def test_quantity_times_rate_to_the_paisa(quantity, rate_paise, gross):
    assert gross_paise(Decimal(quantity), rate_paise) == gross


def test_within_a_state_each_half_is_rounded_on_its_own():
    # 5 % of 101.10 rupees is 5.055: one tax of 5.06, but two halves of 2.5275 are 2.53 each.
    split = line(rate_paise=10110, tax_rate=Decimal(5))
    assert (split.taxable_paise, split.cgst_paise, split.sgst_paise, split.igst_paise) == (10110, 253, 253, 0)
    assert (split.tax_paise, split.amount_paise) == (506, 10616)


def test_between_states_there_is_one_tax():
    whole = line(rate_paise=10110, tax_rate=Decimal(5), supply_type="inter_state")
    assert (whole.cgst_paise, whole.sgst_paise, whole.igst_paise) == (0, 0, 506)
    assert (whole.tax_paise, whole.amount_paise) == (506, 10616)


def test_discount_comes_before_tax():
    priced = line(quantity=Decimal(2), rate_paise=10000, discount_paise=5000, tax_rate=Decimal(18))
    assert (priced.gross_paise, priced.discount_paise, priced.taxable_paise) == (20000, 5000, 15000)
    assert (priced.cgst_paise, priced.sgst_paise, priced.amount_paise) == (1350, 1350, 17700)


def test_a_discount_may_take_all_but_no_more():
    assert line(rate_paise=100, discount_paise=100).amount_paise == 0
    with pytest.raises(LineError) as refused:
        line(rate_paise=100, discount_paise=101)
    assert (refused.value.field, refused.value.code) == ("discount", "discount_too_large")
    assert refused.value.detail == str(refused.value) == "must not be above quantity times rate"


@pytest.mark.parametrize("treatment", ["exempt", "nil_rated", "non_gst"])
def test_an_untaxed_line_bears_no_rate(treatment):
    assert line(tax_treatment=treatment).tax_paise == 0
    with pytest.raises(LineError) as refused:
        line(tax_treatment=treatment, tax_rate=Decimal("0.1"))
    assert (refused.value.field, refused.value.code) == ("tax_rate", "tax_on_untaxed_line")
    assert refused.value.detail == f"must be 0 when tax_treatment is {treatment}"


def test_a_taxable_line_may_have_rate_zero():
    assert line(tax_treatment="taxable").amount_paise == 10000


def test_a_line_keeps_what_it_was_made_of():
    made = line(service_name="X-ray", department="Radiology", sac_hsn="999316", quantity=Decimal("1.5"), rate_paise=333,
                tax_rate=Decimal("2.5"), tax_treatment="taxable")  # fmt: skip
    assert (made.service_name, made.department, made.sac_hsn, made.quantity) == (
        "X-ray", "Radiology", "999316", Decimal("1.5"),
    )  # fmt: skip
    assert (made.rate_paise, made.tax_rate, made.tax_treatment) == (333, Decimal("2.5"), "taxable")


def test_the_kinds_of_supply_and_treatment():
    assert SUPPLY_TYPES == ("intra_state", "inter_state")
    assert TAX_TREATMENTS == ("taxable", "exempt", "nil_rated", "non_gst")


@given(
    st.decimals(Decimal("0.001"), 1000, places=3), st.integers(0, 10**7), st.sampled_from(SUPPLY_TYPES),
    st.decimals(0, 100, places=3), st.data(),
)  # fmt: skip
def test_the_parts_sum_to_the_amount(quantity, rate_paise, supply_type, tax_rate, data):
    discount_paise = data.draw(st.integers(0, gross_paise(quantity, rate_paise)))
    made = line(
        quantity=quantity, rate_paise=rate_paise, discount_paise=discount_paise, tax_rate=tax_rate,
        supply_type=supply_type,
    )  # fmt: skip
    assert made.gross_paise - made.discount_paise + made.tax_paise == made.amount_paise
    assert made.amount_paise >= made.taxable_paise >= 0
    assert made.cgst_paise == made.sgst_paise
    assert 0 in (made.cgst_paise, made.igst_paise)
