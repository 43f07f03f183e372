"""Every night: recount the summary from the invoices and report every difference."""

import time
from typing import Any

from billing import wiring
from billing.application.verify_summary import Progress, count, judge
from billing.telemetry import count as count_metrics
from billing.telemetry import logger

RESERVE_MILLISECONDS = 90_000  # for the grace, and for judging the rows
GRACE_SECONDS = 30  # more than the summary is ever behind when all is well
SHOWN = 50


def handler(_event: Any, context: Any) -> dict[str, int]:
    """Answers with what was counted; drift is logged, counted as a metric and alarmed.

    A table too large for one run of fifteen minutes is reported as unfinished: `make verify-summary` has all
    the time it wants.
    """
    services = wiring.services()
    audit, stage = services.summary_audit, services.settings.stage
    progress = Progress(segments=1)
    if not count(audit, progress, lambda: context.get_remaining_time_in_millis() > RESERVE_MILLISECONDS):
        logger().error("verification unfinished", documents=progress.documents)
        count_metrics(stage, SummaryVerified=0, SummaryDocuments=progress.documents)
        return {"documents": progress.documents, "finished": 0}
    report = judge(audit, progress, lambda: time.sleep(GRACE_SECONDS))
    for drift in report.drifts[:SHOWN]:
        logger().error(
            "summary drift",
            what=drift.what, tenant=drift.tenant, branch=drift.branch_id, period=drift.period,
            figure=drift.figure, expected=drift.expected, found=drift.found,
        )  # fmt: skip
    result = {
        "documents": report.documents,
        "rows": report.rows,
        "rows_in_motion": report.rows_in_motion,
        "unreadable": report.unreadable,
        "drifts": len(report.drifts),
    }
    logger().info("summary verified", result=result)
    count_metrics(stage, SummaryVerified=1, SummaryDocuments=report.documents, SummaryDrift=len(report.drifts))
    return {**result, "finished": 1}
