"""The billing table's stream: keep the summary table, each change counted once."""

from typing import Any

from billing import wiring
from billing.streams.projection import project_batch
from billing.telemetry import count, logger, places_of


class ProjectionFailed(Exception):
    """A defect, by its type alone: Lambda logs what escapes, and a message may quote what a patient is called."""


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Count a batch of stream records; answers with the first record that was not counted, if any."""
    services = wiring.services()
    records = event["Records"]
    try:
        failures, unreadable = project_batch(services.ledger, services.patience, records)
    except Exception as defect:  # noqa: BLE001  whatever it is, its message must not escape
        logger().error("defect", error=type(defect).__name__, trace=places_of(defect))
        raise ProjectionFailed(type(defect).__name__) from None
    logger().info(
        "projected",
        records=len(records),
        unreadable=unreadable,
        first_failure=failures[0]["itemIdentifier"] if failures else None,
    )
    count(
        services.settings.stage,
        SummaryRecords=len(records),
        SummaryUnreadable=unreadable,
        SummaryIncomplete=len(failures),
    )
    return {"batchItemFailures": failures}


wiring.warm(lambda services: services.ledger.load([(wiring.NOBODY.tenant, wiring.NOTHING)]))
