"""A short run of the property tests; the long one is `python -m tests.openapi.fuzz` (bench/results has its record)."""

from __future__ import annotations

import pytest

from tests.openapi import fuzz


@pytest.mark.filterwarnings("ignore")  # the tool's own libraries deprecate each other
def test_every_answer_is_as_described_and_none_is_a_server_error() -> None:
    outcome = fuzz.run(fuzz.SHORT_SEED, max_examples=3)
    assert outcome.failures == {}
    assert outcome.errors == []
    assert outcome.cases > 1_000
    assert {"examples", "coverage", "fuzzing", "stateful"} <= {name.lower() for name in outcome.by_phase}
    assert not [status for status in outcome.by_status if status.startswith("5")]
