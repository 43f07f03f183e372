"""The API against its own description: schemathesis, every phase, answers checked against the document it serves.

Without options: the running local stack (`make run`), over HTTP. --url and --token: any deployment; the token's tenant
is filled with nonsense. --in-process: the handlers in this process.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import warnings
from collections import Counter
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema

from tests.openapi import fuzz_targets
from tests.openapi.fuzz_targets import Target
from tests.openapi.fuzz_walks import Walks

SHORT_SEED = 1
ONE_BY_ONE = ("examples", "coverage", "fuzzing")
STATEFUL = ("stateful",)
# A walk meets the state that earlier walks left, so Hypothesis ends a suite as soon as the same choices had another
# outcome: the phase is repeated, each time from a seed of its own, until it has sent as many cases as were asked for.
MAX_ROUNDS = 400
STEPS_OF_A_WALK = 12


def configuration(seed: int, max_examples: int, phases: tuple[str, ...], token: str) -> dict[str, Any]:
    """Every check that can hold, these phases, positive and negative data."""
    return {
        "seed": seed,
        "workers": 1,
        "continue-on-failure": True,
        "suppress-health-check": ["all"],
        "headers": {"Authorization": f"Bearer {token}"},
        "generation": {"max-examples": max_examples, "mode": "all", "database": "none", "no-shrink": True},
        "phases": {
            "enabled": False,
            **{phase: {"enabled": True} for phase in phases},
            # The document's own links, however often one is refused: guessed ones lead away from invoices.
            "stateful": {
                "enabled": "stateful" in phases,
                "max-steps": STEPS_OF_A_WALK,
                "generation": {"mode": "positive"},  # the other phases send what must be refused
                "inference": {"algorithms": []},
                "link-calibration": False,
            },
        },
        "checks": {
            # API Gateway answers 404, not 405, to a method that a path does not have.
            "unsupported_method": {"enabled": False},
            # What no schema can say is refused with 422: a day in the future, a card number, an unknown branch.
            "positive_data_acceptance": {
                "expected-statuses": ["2xx", "401", "403", "404", "409", "422"],
            },
        },
        "operations": [
            {
                # No schema can say that date_from is after date_to, or that a cursor is of another list.
                "include-operation-id": ["list_invoices", "get_summary", "get_daily_summary"],
                "checks": {"positive_data_acceptance": {"expected-statuses": ["2xx", "400", "401", "403"]}},
            },
        ],
    }


@dataclass
class Outcome:
    """What a run saw. ``failures`` tells each distinct one once, with the request that met it."""

    target: str
    seed: int
    cases: int = 0
    by_phase: Counter[str] = field(default_factory=Counter)
    by_operation: Counter[str] = field(default_factory=Counter)
    by_status: Counter[str] = field(default_factory=Counter)
    checks: Counter[str] = field(default_factory=Counter)
    walks: Walks = field(default_factory=Walks)
    failures: dict[str, str] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def document(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "schemathesis": schemathesis.__version__,
            "target": self.target,
            "seed": self.seed,
            "cases": self.cases,
            "failures": self.failures,
            "errors": self.errors,
            "by_phase": dict(self.by_phase),
            "by_operation": dict(sorted(self.by_operation.items())),
            "by_status": dict(sorted(self.by_status.items())),
            "checks": dict(sorted(self.checks.items())),
            "walks": self.walks.document(),
            "seconds": round(self.seconds, 1),
        }


def run(
    target: AbstractContextManager[Target],
    seed: int,
    max_examples: int,
    stateful_cases: int,
    phases: tuple[str, ...] = (*ONE_BY_ONE, *STATEFUL),
) -> Outcome:
    """All phases on a target: ``max_examples`` an operation, at least ``stateful_cases`` requests along links."""
    started = time.monotonic()
    with target as there, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the tool's own libraries deprecate each other
        outcome = Outcome(there.name, seed)
        one_by_one = tuple(phase for phase in ONE_BY_ONE if phase in phases)
        if one_by_one:
            _phases(outcome, there, configuration(seed, max_examples, one_by_one, there.token))
        rounds = range(seed, seed + MAX_ROUNDS) if set(STATEFUL) <= set(phases) else ()
        for own_seed in rounds:
            _phases(outcome, there, configuration(own_seed, max_examples, STATEFUL, there.token))
            outcome.walks.rounds += 1
            if outcome.by_phase["stateful"] >= stateful_cases or outcome.errors:
                break
    outcome.seconds = time.monotonic() - started
    return outcome


def _phases(outcome: Outcome, target: Target, wanted: dict[str, Any]) -> None:
    schema = schemathesis.openapi.from_url(
        f"{target.base_url}/openapi.json", config=SchemathesisConfig.from_dict(wanted)
    )
    for event in from_schema(schema).execute():
        if isinstance(event, events.ScenarioFinished):
            _count(outcome, event)
        elif isinstance(event, events.NonFatalError):
            outcome.errors.append(f"{event.label}: {event.value!r}"[:500])
        elif isinstance(event, events.FatalError):
            raise event.exception


def _count(outcome: Outcome, event: events.ScenarioFinished) -> None:
    recorder = event.recorder
    for case_id, interaction in recorder.interactions.items():
        outcome.cases += 1
        outcome.by_phase[event.phase.value] += 1
        outcome.by_operation[recorder.cases[case_id].value.operation.label] += 1
        response = interaction.response
        outcome.by_status[str(response.status_code) if response else "none"] += 1
    if event.label is None:
        outcome.walks.add(recorder)
    for case_id, checks in recorder.checks.items():
        for check in checks:
            outcome.checks[check.name] += 1
            if check.failure_info is None:
                continue
            failure = check.failure_info.failure
            label = recorder.cases[case_id].value.operation.label
            key = f"{label}: {check.name}: {failure.title}"
            if key not in outcome.failures:
                outcome.failures[key] = f"{failure.message}\n{check.failure_info.code_sample}"[:2_000]


def main() -> int:
    """The exit code: 1 when something failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.openapi.fuzz", description=__doc__)
    parser.add_argument("--url", default="", help="base URL that ends with /api/v1/billing")
    parser.add_argument("--token", default="", help="bearer token with both scopes, with --url")
    parser.add_argument("--in-process", action="store_true")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--max-examples", type=int, default=550)
    parser.add_argument("--stateful-cases", type=int, default=1_000)
    parser.add_argument("--phase", action="append", choices=[*ONE_BY_ONE, *STATEFUL], help="default: all")
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    if given.in_process:
        target = fuzz_targets.in_process()
    elif given.url:
        target = fuzz_targets.deployment(given.url, given.token)
    else:
        target = fuzz_targets.local_stack()
    phases = tuple(given.phase or (*ONE_BY_ONE, *STATEFUL))
    try:
        outcome = run(target, given.seed, given.max_examples, given.stateful_cases, phases)
    except fuzz_targets.NothingRuns as problem:
        parser.error(str(problem))
    document = json.dumps(outcome.document(), indent=2, ensure_ascii=False) + "\n"
    if given.out:
        given.out.parent.mkdir(parents=True, exist_ok=True)
        given.out.write_text(document, encoding="utf-8")
    print(document)
    return 1 if outcome.failures or outcome.errors else 0


if __name__ == "__main__":
    sys.exit(main())
