"""A small slice of the races; `make reliability` runs 20 rounds of each with 64 threads."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.concurrency.races import RACES
from tests.concurrency.stage import Run, Stage
from tests.engines import Engine

THREADS = 16
# In one of them the first side starts earlier, in the other the second, and answers are lost.
ROUNDS = (1, 6)


@pytest.mark.parametrize("round_number", ROUNDS)
@pytest.mark.parametrize("race", RACES, ids=lambda race: race.__name__)
def test_a_race_ends_as_it_must(race: Callable[[Stage], Run], round_number: int, real_engine: Engine, tenant: str):
    stage = Stage(real_engine.services(), tenant, THREADS, round_number)
    run = race(stage)
    assert bool(run.lost) == stage.loses_answers
