"""A rival acts before each single call of a request that takes a number: no number bears a stale code.

The rival gives the branch another code and then issues the series' first number under it, which freezes
the code. A request that has read the branch before must not go on with what it read.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.concurrency.stage import Stage
from tests.engines import MINISTACK, Engine, new_tenant


def creates(stage: Stage) -> Callable[[], str]:
    return lambda: stage.invoice(100)


def finalizes(stage: Stage) -> Callable[[], str]:
    draft = stage.invoice(100, finalize=False)

    def act() -> str:
        stage.finalize(draft)()
        return draft

    return act


def before_call(client: Any, number: int, rival: Callable[[], object], action: Callable[[], str]) -> tuple[str, int]:
    """Run an action with the rival striking before its n-th call; the action's result and number of calls."""
    calls = 0
    striking = False

    def strike(**_: Any) -> None:
        nonlocal calls, striking
        if striking:
            return
        calls += 1
        if calls == number:
            striking = True
            rival()
            striking = False

    client.meta.events.register("before-call.dynamodb.*", strike)
    try:
        return action(), calls
    finally:
        client.meta.events.unregister("before-call.dynamodb.*", strike)


@pytest.mark.parametrize("prepare", [creates, finalizes])
def test_a_rival_before_each_call(started: Callable[[str], Engine], prepare: Callable[[Stage], Callable[[], str]]):
    engine = started(MINISTACK)
    struck = 0
    while True:
        stage = Stage(engine.services(), new_tenant(), 1, 0)
        first_draft = stage.invoice(100, finalize=False)
        action = prepare(stage)

        def rival(stage: Stage = stage, draft: str = first_draft) -> None:
            stage.change_code("NEW")()
            stage.finalize(draft)()

        invoice_id, calls = before_call(engine.client, struck + 1, rival, action)
        if struck + 1 > calls:
            break
        struck += 1
        numbers = [stage.head(first_draft).number, stage.head(invoice_id).number]
        assert numbers == ["NEW/2526/00001", "NEW/2526/00002"], struck
    assert struck >= 3
