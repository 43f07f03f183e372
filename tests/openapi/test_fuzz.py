"""A short run of the property tests; the long one is `make fuzz` on the local stack (bench/results has its record)."""

from __future__ import annotations

import pytest

from tests.openapi import fuzz, fuzz_targets


@pytest.mark.filterwarnings("ignore")  # the tool's own libraries deprecate each other
def test_every_answer_is_as_described_and_none_is_a_server_error() -> None:
    outcome = fuzz.run(fuzz_targets.in_process(), fuzz.SHORT_SEED, max_examples=3, stateful_cases=60)
    assert outcome.failures == {}
    assert outcome.errors == []
    assert outcome.cases > 1_000
    assert set(outcome.by_phase) == {"examples", "coverage", "fuzzing", "stateful"}
    assert outcome.by_phase["stateful"] >= 60
    # The links lead somewhere: walks succeed beyond their first request.
    assert any(len(chain) > 1 for chain in outcome.walks.chains)
    assert not [status for status in outcome.by_status if status.startswith("5")]
