"""Let the emulator's CloudFormation take alarms over several metrics.

ministack 1.5.33 refuses an AWS::CloudWatch::Alarm with `Metrics` (metric math), and with it the whole stack. Nobody
evaluates alarms on a laptop: here such an alarm is recorded under its first metric.
"""

from __future__ import annotations

from typing import Any

from ministack.services.cloudformation import provisioners

Properties = dict[str, Any]
ALARM_TYPE = "AWS::CloudWatch::Alarm"


def first_metric(properties: Properties) -> Properties:
    """The same alarm over the first plain metric of its `Metrics`; unchanged when it has none."""
    stats = [query["MetricStat"] for query in properties.get("Metrics") or [] if "MetricStat" in query]
    if not stats:
        return properties
    rest = {name: value for name, value in properties.items() if name != "Metrics"}
    return rest | {
        "Namespace": stats[0]["Metric"]["Namespace"],
        "MetricName": stats[0]["Metric"]["MetricName"],
        "Dimensions": stats[0]["Metric"].get("Dimensions", []),
        "Period": stats[0]["Period"],
        "Statistic": stats[0]["Stat"],
    }


def install() -> None:
    """Make the emulator's CloudFormation see such alarms that way."""
    handlers = provisioners._RESOURCE_HANDLERS[ALARM_TYPE]
    create, update = handlers["create"], handlers["update"]

    def create_alarm(logical_id: str, properties: Properties, stack_name: str) -> Any:
        return create(logical_id, first_metric(properties), stack_name)

    def update_alarm(
        physical_id: str, old: Properties, new: Properties, stack_name: str, logical_id: str | None = None
    ) -> Any:
        return update(physical_id, first_metric(old), first_metric(new), stack_name, logical_id=logical_id)

    handlers["create"], handlers["update"] = create_alarm, update_alarm
