"""Random interleavings and faults keep every promise, and the simulator sees those who do not."""

from __future__ import annotations

import re

import pytest

from tests.simulation import planted
from tests.simulation.run import Simulator

SEEDS = 40
# What each planted bug does to the books; another finding would be the simulator's own fault.
SYMPTOMS = {
    "check_then_write": "sums differ|was changed|more paid than owed",
    "marker_first": "acknowledged .* stored set|stored 2 times",
    "bare_add": "sums differ",
    "refunds_unpinned": "more refunded than paid|was changed|sums differ",
    "number_first": "counter differs|gap",
    "number_without_condition": "counter differs|gap or duplicate",
    "plain_add": "summary differs|is not outstanding",
    "cancels_unseen": "cancelled with money|became cancelled",
}


@pytest.fixture(scope="module")
def simulator() -> Simulator:
    return Simulator()


def test_no_schedule_breaks_a_promise(simulator: Simulator):
    broken = {outcome.seed: outcome.violations for outcome in map(simulator.run, range(SEEDS)) if outcome.violations}
    assert broken == {}, f"replay with: python -m tests.simulation.run --seed {min(broken)}"


def test_a_seed_is_replayed_call_by_call(simulator: Simulator):
    first, again = simulator.run(7), simulator.run(7)
    assert first.trace == again.trace
    assert [(o.tag, o.tries, o.refusal is None) for o in first.operations] == [
        (o.tag, o.tries, o.refusal is None) for o in again.operations
    ]
    assert {fault for _, _, fault in first.trace} - {""}
    assert simulator.run(8).trace != first.trace


@pytest.mark.parametrize("name", sorted(planted.BUGS))
def test_a_planted_bug_is_found_within_50_seeds(name: str):
    simulator = Simulator(planted.BUGS[name])
    for seed in range(50):
        violations = simulator.run(seed).violations
        if violations:
            assert re.search(SYMPTOMS[name], " ".join(violations)), violations
            return
    pytest.fail(f"{name} was not found")
