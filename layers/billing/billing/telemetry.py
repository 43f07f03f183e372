"""Logging. Never a body, a token, a name or a phone number: ids, codes and durations only."""

from __future__ import annotations

import json
import sys
import time

from aws_lambda_powertools.logging import Logger
from aws_lambda_powertools.metrics import MetricUnit, single_metric

METRICS_NAMESPACE = "Billing"
_CALLBACK_METRICS = {
    "refused": "CallbackRefused",
    "held": "CallbackHeld",
    "waiting": "CallbackWaiting",
    "quarantined": "CallbackQuarantined",
    "settled": "CallbackSettled",
}


def logger() -> Logger:
    """The service's structured logger; the same one for every module of a function."""
    return Logger(service="billing")


def callback_metrics(stage: str, state: str, code: str) -> None:
    """Count one callback by what became of it; alarms look at quarantined, held, refused and disputes.

    Embedded metric format, written as a log line: no call to anyone, and nothing about who paid.
    """
    name = "CallbackDispute" if code == "dispute_recorded" else _CALLBACK_METRICS[state]
    with single_metric(name=name, unit=MetricUnit.Count, value=1, namespace=METRICS_NAMESPACE) as metric:
        metric.add_dimension(name="service", value="billing")
        metric.add_dimension(name="stage", value=stage)


def count(stage: str, **values: int) -> None:
    """Metrics of the service, by their names; alarms look at some of them.

    Embedded metric format in one line, written by hand: a metrics library would cost the stream function more
    at its start than all of its work.
    """
    names = [{"Name": name, "Unit": "Count"} for name in values]
    directive = {"Namespace": METRICS_NAMESPACE, "Dimensions": [["service", "stage"]], "Metrics": names}
    described = {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": [directive]}
    sys.stdout.write(json.dumps({"_aws": described, "service": "billing", "stage": stage, **values}) + "\n")


def places_of(error: BaseException) -> list[str]:
    """Where an error came from, innermost last: file and line, never values."""
    places = []
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        places.append(f"{code.co_filename.rpartition('/')[2]}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return places[-8:]
