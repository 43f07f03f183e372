"""Branches and GST identification numbers."""

from dataclasses import replace

import pytest

from billing.domain import errors
from billing.domain.branch import Branch, check_branch_change
from billing.domain.gstin import check_character, has_valid_check, is_well_formed
from billing.domain.invoice import BranchSnapshot

BRANCH = Branch("MUM-01", "Andheri", "MUM", "27", "27AAPFU0939F1ZV", round_off=True)


def test_an_invoice_keeps_name_state_and_gstin():
    assert BRANCH.snapshot() == BranchSnapshot("Andheri", "27", "27AAPFU0939F1ZV")
    assert (BRANCH.numbered, BRANCH.rev) == (False, 0)


@pytest.mark.parametrize("change", [{"code": "BOM"}, {"state_code": "24"}])
def test_code_and_state_are_frozen_by_the_first_number(change):
    check_branch_change(BRANCH, replace(BRANCH, **change))
    with pytest.raises(
        errors.BranchInUse, match=r"^code and state_code cannot change once the branch has issued an invoice number\.$"
    ):
        check_branch_change(replace(BRANCH, numbered=True), replace(BRANCH, **change))


def test_the_rest_may_change_at_any_time():
    check_branch_change(replace(BRANCH, numbered=True), replace(BRANCH, name="Powai", gstin=None, round_off=False))


@pytest.mark.parametrize("gstin", ["27AAPFU0939F1ZV", "29AAGCB7383J1Z4", "24AAACC1206D1ZM"])
def test_published_gstins_pass_their_own_check(gstin):
    assert is_well_formed(gstin)
    assert has_valid_check(gstin)
    assert check_character(gstin[:14]) == gstin[14]
    wrong = "A" if gstin[14] != "A" else "B"
    assert not has_valid_check(gstin[:14] + wrong)


def test_the_check_character_carries_at_36():
    # I is 18, and doubled at an even place: a quotient of 1 and a remainder of 0 are subtracted from 36.
    assert check_character("000I0000000000") == "Z"


@pytest.mark.parametrize("place", range(14))
def test_one_wrong_character_is_noticed(place):
    gstin = "27AAPFU0939F1ZV"
    other = ("1" if gstin[place] != "1" else "2") if gstin[place].isdigit() else ("B" if gstin[place] != "B" else "C")
    assert not has_valid_check(gstin[:place] + other + gstin[place + 1 :])


@pytest.mark.parametrize(
    "text", ["", "27AAPFU0939F1Z", "27AAPFU0939F1ZVX", "27aapfu0939f1zv", "2७AAPFU0939F1ZV", "AAPFU0939F1ZV27"]
)
def test_other_forms(text):
    assert not is_well_formed(text)
