"""Whatever Lambda does with the stream, the summary is what a recount of the invoices gives.

`python -m tests.streams.run` plays as many schedules as one likes; these are the first ones.
"""

from __future__ import annotations

from typing import Any

import pytest

from billing import wiring
from billing.adapters.dynamodb.client import call
from billing.adapters.dynamodb.items import head_from, number
from billing.adapters.dynamodb.keys import rollup_key
from billing.domain.summary import contribution_of, difference, roll_up
from tests.streams.lambda_stream import Handler
from tests.streams.schedules import real_handler, run_schedule


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "ap-south-1")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)


@pytest.mark.parametrize("seed", range(12))
def test_the_summary_equals_a_recount(seed: int):
    outcome = run_schedule(seed)
    assert outcome.broken == []


def test_the_schedules_do_what_they_claim():
    """Faults, kills, redeliveries, rewinds, splits and poison all happen in a handful of seeds."""
    total: dict[str, int] = {}
    for seed in range(100, 106):
        for name, count in run_schedule(seed).counts.items():
            total[name] = total.get(name, 0) + count
    for name in ("faults", "killed", "redelivered", "rewound", "splits", "partial", "poison"):
        assert total[name] > 0, name


def plain_add(services: wiring.Services) -> Handler:
    """What everybody writes first: ADD the difference between a record's two images."""

    def handle(event: dict[str, Any]) -> Any:
        for record in event["Records"]:
            change = record["dynamodb"]
            try:
                new = head_from(change["NewImage"])
            except KeyError:
                return {"batchItemFailures": [{"itemIdentifier": change["SequenceNumber"]}]}
            old = contribution_of(head_from(change["OldImage"])) if "OldImage" in change else None
            changes = difference(contribution_of(new), old, new.branch_id)
            for key, figures in roll_up(new.tenant, new.branch_id, changes).items():
                names = {f"#{place}": name for place, name in enumerate(figures)}
                values = {f":{place}": number(value) for place, value in enumerate(figures.values())}
                call(
                    services.dynamodb.update_item,
                    TableName=services.settings.summary_table,
                    Key=rollup_key(key),
                    UpdateExpression="ADD " + ", ".join(f"#{place} :{place}" for place in range(len(figures))),
                    ExpressionAttributeNames=names,
                    ExpressionAttributeValues=values,
                )
        return {"batchItemFailures": []}

    return handle


def unconditional(services: wiring.Services) -> Handler:
    """The ledger without its condition: right until two invocations meet."""
    services.ledger._ledger_put = lambda entry, replaced: {  # type: ignore[method-assign]
        name: value
        for name, value in type(services.ledger)._ledger_put(services.ledger, entry, replaced).items()
        if name not in ("ConditionExpression", "ExpressionAttributeValues")
    }
    return real_handler(services)


@pytest.mark.parametrize("planted", [plain_add, unconditional])
def test_a_planted_defect_is_seen(planted: Any):
    assert any(run_schedule(seed, planted).broken for seed in range(8))


def test_invocations_that_meet_do_no_harm():
    """The forgotten invocations of the schedules do meet the live one: their condition fails, and that is all."""
    met = []

    def watching(services: wiring.Services) -> Handler:
        apply = services.ledger.apply

        def watched(*arguments: Any) -> bool:
            applied = apply(*arguments)
            met.append(applied)
            return applied

        services.ledger.apply = watched  # type: ignore[method-assign,assignment]
        return real_handler(services)

    for seed in range(4):
        assert run_schedule(seed, watching).broken == []
    assert False in met
