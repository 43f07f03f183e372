"""docs/reliability.md quotes what the runs have left in bench/results/, and the runs are as large as it promises."""

from __future__ import annotations

from tests import evidence
from tests.concurrency.races import RACES
from tests.engines import REAL_ENGINES
from tests.reliability_figures import DOCUMENT, renewed
from tests.simulation.planted import BUGS

RENEW = "python -m tests.reliability_figures"


def test_the_figures_are_those_of_the_runs() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert renewed(text) == text, f"{DOCUMENT.name} is not what bench/results/ says: {RENEW}"


def test_the_simulated_runs_are_complete_and_without_violation() -> None:
    found = evidence.read(evidence.RESULTS / "reliability.json")
    assert (found["violations"], found["details"]["broken"]) == (0, {})
    assert found["schedules"] >= 10_000
    assert found["model_operations"] >= 10_000
    assert found["planted_bugs_found_after_seeds"].keys() == BUGS.keys()
    assert all(after is not None for after in found["planted_bugs_found_after_seeds"].values())


def test_every_race_was_run_on_every_engine() -> None:
    found = evidence.read(evidence.RESULTS / "concurrency.json")
    assert found["engines"].keys() == set(REAL_ENGINES)
    for races in found["engines"].values():
        assert races.keys() == {race.__name__ for race in RACES}
        for record in races.values():
            assert (record["rounds"] >= 20, record["threads"] >= 64, record["violations"]) == (True, True, [])


def test_mutants_and_branches_are_seen() -> None:
    mutants = evidence.read(evidence.RESULTS / "mutation.json")
    assert mutants["score"] >= 0.9
    assert mutants["seen"] == sum(module["seen"] for module in mutants["modules"].values())
    covered = evidence.read(evidence.RESULTS / "coverage.json")
    assert covered["domain"]["percent"] >= 95
    assert covered["all"]["percent"] >= 90
