"""The demo data is the same everywhere, and is made of what the API itself would take."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date, timedelta

import pytest

from billing.domain.gstin import has_valid_check
from billing.domain.identifiers import BRANCH_CODE, BRANCH_ID, PATIENT_ID, PHONE, REFERENCE
from billing.domain.invoice import PAYMENT_MODES
from tools.seed.catalogue import BRANCHES, DEMO_TENANT, OTHER_TENANT
from tools.seed.history import DAYS, LAST_DAY, Visit, history


@pytest.fixture(scope="module")
def visits() -> list[Visit]:
    return [visit for tenant in (DEMO_TENANT, OTHER_TENANT) for visit in history(tenant)]


def test_it_is_the_same_every_time(visits: list[Visit]) -> None:
    assert visits == [visit for tenant in (DEMO_TENANT, OTHER_TENANT) for visit in history(tenant)]


def test_it_covers_what_a_clinic_sees(visits: list[Visit]) -> None:
    assert len(visits) == 3000
    days = [visit.at.date() for visit in visits]
    assert max(days) <= LAST_DAY
    assert min(days) >= LAST_DAY - timedelta(days=DAYS)
    assert min(days) < date(2025, 10, 15) < date(2026, 3, 31) < max(days)
    assert {receipt.mode for visit in visits for receipt in visit.receipts} == set(PAYMENT_MODES)
    assert {int(line.tax_rate) for visit in visits for line in visit.lines} == {0, 5, 12, 18}
    assert {line.tax_treatment for visit in visits for line in visit.lines} == {"taxable", "exempt", "nil_rated"}
    assert len({line.department for visit in visits for line in visit.lines}) >= 6
    assert Counter(len(visit.receipts) for visit in visits).keys() == {0, 1, 2, 3}
    assert any(visit.refund for visit in visits)
    assert any(visit.cancelled_at for visit in visits)
    assert any(not visit.finalize for visit in visits)


def test_the_api_would_take_it(visits: list[Visit]) -> None:
    for visit in visits:
        assert PATIENT_ID.fullmatch(visit.patient.id)
        assert visit.patient.phone is None or PHONE.fullmatch(visit.patient.phone)
        for receipt in visit.receipts:
            assert receipt.at.date() <= LAST_DAY
            assert receipt.reference is not None or receipt.mode == "cash"
            assert receipt.reference is None or REFERENCE.fullmatch(receipt.reference)
            assert not re.search(r"\d{13}", receipt.reference or "")


def test_branches_are_in_two_states_with_true_gstins() -> None:
    branches = BRANCHES[DEMO_TENANT]
    assert len({branch.id for branch in branches}) == 4
    assert {branch.state_code for branch in branches} == {"27", "29"}
    for branch in branches:
        assert BRANCH_ID.fullmatch(branch.id)
        assert BRANCH_CODE.fullmatch(branch.code)
        assert branch.gstin
        assert branch.gstin[:2] == branch.state_code
        assert has_valid_check(branch.gstin)
