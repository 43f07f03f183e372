"""The billing table's stream: keep the summary table, each change counted once."""

from typing import Any

from billing import wiring
from billing.streams.projection import project_batch
from billing.telemetry import count, logger


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Count a batch of stream records; answers with the first record that was not counted, if any."""
    services = wiring.services()
    records = event["Records"]
    failures, unreadable = project_batch(services.ledger, services.patience, records)
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
