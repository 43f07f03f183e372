"""The API against its own description: schemathesis, every phase, on the real handlers in this process.

python -m tests.openapi.fuzz --max-examples 550 --seed 7 --out bench/results/schemathesis.json
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import warnings
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema

from billing.http.endpoint import BASE_PATH
from tools.in_process.gateway import Gateway
from tools.in_process.server import serving
from tools.in_process.service import TOKEN, TOKENS, in_process_service, settle
from tools.openapi.story import BRANCH, INVOICE, Recording, Teller

SHORT_SEED = 1


def configuration(seed: int, max_examples: int) -> dict[str, Any]:
    """Every check that can hold, all phases, positive and negative data."""
    return {
        "seed": seed,
        "workers": 1,
        "continue-on-failure": True,
        "suppress-health-check": ["all"],
        "headers": {"Authorization": f"Bearer {TOKEN}"},
        "generation": {"max-examples": max_examples, "mode": "all", "database": "none", "no-shrink": True},
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

    seed: int
    cases: int = 0
    by_phase: Counter[str] = field(default_factory=Counter)
    by_operation: Counter[str] = field(default_factory=Counter)
    by_status: Counter[str] = field(default_factory=Counter)
    checks: Counter[str] = field(default_factory=Counter)
    failures: dict[str, str] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def document(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "schemathesis": schemathesis.__version__,
            "seed": self.seed,
            "cases": self.cases,
            "failures": self.failures,
            "errors": self.errors,
            "by_phase": dict(self.by_phase),
            "by_operation": dict(sorted(self.by_operation.items())),
            "by_status": dict(sorted(self.by_status.items())),
            "checks": dict(sorted(self.checks.items())),
            "seconds": round(self.seconds, 1),
        }


def run(seed: int, max_examples: int) -> Outcome:
    """One run on a fresh service that holds a branch and two invoices."""
    outcome = Outcome(seed)
    started = time.monotonic()
    with in_process_service() as services, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the tool's own libraries deprecate each other
        teller = Teller(services, Recording())
        teller.good("PUT", "/branches/MUM-01", BRANCH)
        for finalize in (True, False):
            teller.good("POST", "/invoices", {**INVOICE, "finalize": finalize})
        settle(services)
        with serving(Gateway(services, TOKENS)) as url:
            schema = schemathesis.openapi.from_url(
                f"{url}{BASE_PATH}/openapi.json",
                config=SchemathesisConfig.from_dict(configuration(seed, max_examples)),
            )
            for event in from_schema(schema).execute():
                if isinstance(event, events.ScenarioFinished):
                    _count(outcome, event)
                elif isinstance(event, events.NonFatalError):
                    outcome.errors.append(f"{event.label}: {event.value!r}"[:500])
                elif isinstance(event, events.FatalError):
                    raise event.exception
    outcome.seconds = time.monotonic() - started
    return outcome


def _count(outcome: Outcome, event: events.ScenarioFinished) -> None:
    recorder = event.recorder
    for case_id, interaction in recorder.interactions.items():
        outcome.cases += 1
        outcome.by_phase[event.phase.value] += 1
        outcome.by_operation[recorder.cases[case_id].value.operation.label] += 1
        response = interaction.response
        outcome.by_status[str(response.status_code) if response else "none"] += 1
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
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--max-examples", type=int, default=550)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    outcome = run(given.seed, given.max_examples)
    document = json.dumps(outcome.document(), indent=2, ensure_ascii=False) + "\n"
    if given.out:
        given.out.parent.mkdir(parents=True, exist_ok=True)
        given.out.write_text(document, encoding="utf-8")
    print(document)
    return 1 if outcome.failures or outcome.errors else 0


if __name__ == "__main__":
    sys.exit(main())
