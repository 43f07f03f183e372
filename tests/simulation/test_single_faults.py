"""One fault at every AWS call of every writing endpoint: the caller's retry leaves exactly one effect."""

from __future__ import annotations

import pytest

from tests.simulation import single_faults
from tests.simulation.faults import FAULTS


@pytest.mark.parametrize("fault", ["answer_lost", "killed_after", "conflict"])
def test_a_fault_anywhere_and_a_retry_leave_one_effect(fault):
    report = single_faults.run(faults=(fault,))
    assert report.violations == []
    # Every scenario was struck at each of its calls, by one try and by all.
    assert report.cases == 2 * sum(report.calls_per_request.values())
    assert len(report.calls_per_request) == len(single_faults.SCENARIOS)


def test_every_fault_on_a_payment():
    payments = tuple(s for s in single_faults.SCENARIOS if s.name.startswith("pay in full"))
    report = single_faults.run(payments, FAULTS)
    assert report.violations == []
    assert report.calls_per_request == {scenario.name: 2 for scenario in payments}


def test_a_payment_without_identity_is_at_least_once():
    unnamed = tuple(s for s in single_faults.SCENARIOS if s.most == 2)
    report = single_faults.run(unnamed, ("killed_after",))
    assert report.violations == []
    assert report.seen["first none, then 201"] == report.cases, "a retry without key or reference is a new request"
