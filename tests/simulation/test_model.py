"""Random sequences of every call against a model of the service, the invariants checked after each step."""

from __future__ import annotations

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.simulation.model import BillingModel


def test_the_service_does_what_the_model_says():
    BillingModel.operations.clear()
    run_state_machine_as_test(
        BillingModel,
        settings=settings(
            max_examples=12,
            stateful_step_count=30,
            deadline=None,
            derandomize=True,
            phases=[Phase.generate],  # shrinking takes minutes; make reliability does it
            suppress_health_check=list(HealthCheck),
        ),
    )
    verbs = {
        "create", "create again", "finalize", "pay", "replay", "mismatch", "refund", "cancel", "list", "get",
        "summary", "neighbour",
    }  # fmt: skip
    assert BillingModel.operations.keys() == verbs, "a rule was never tried"
