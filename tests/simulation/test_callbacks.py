"""Callbacks under faults and interleavings: every rupee counted once, whatever is struck."""

from __future__ import annotations

import pytest

from tests.simulation import single_faults
from tests.simulation.callback_faults import APPLICATIONS, SCENARIOS
from tests.simulation.callbacks import Simulator
from tests.simulation.faults import FAULTS


@pytest.mark.parametrize("fault", FAULTS)
def test_every_fault_at_every_call_of_a_callback_leaves_one_effect(fault):
    report = single_faults.run(SCENARIOS, (fault,))
    assert report.violations == []
    assert report.cases == 2 * sum(report.calls_per_request.values())
    # What a gateway waits for: at most four calls, refunds that waited included.
    assert max(report.calls_per_request.values()) <= 4
    assert report.calls_per_request["callback pays"] == 3


def test_every_fault_at_every_call_of_an_application_leaves_one_payment():
    report = single_faults.run(APPLICATIONS, FAULTS)
    assert report.violations == []


def test_random_sequences_with_faults_keep_the_books():
    simulator = Simulator()
    broken = {seed: found for seed in range(60) if (found := simulator.run(seed).violations)}
    assert broken == {}
