"""A small slice of the races; `make reliability` runs 20 rounds of each with 64 threads."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.concurrency.races import RACES, Run, Stage
from tests.engines import Engine

THREADS = 16


@pytest.mark.parametrize("race", RACES, ids=lambda race: race.__name__)
def test_a_race_ends_as_it_must(race: Callable[[Stage], Run], real_engine: Engine, tenant: str):
    race(Stage(real_engine.services(), tenant, THREADS, round_number=0))
