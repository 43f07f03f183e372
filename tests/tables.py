"""The two tables as the template describes them, for engines that CloudFormation does not reach."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from samtranslator.yaml_helper import yaml_parse

TEMPLATE = Path(__file__).parent.parent / "template.yaml"


@cache
def _definitions() -> dict[str, dict[str, Any]]:
    resources = yaml_parse(TEMPLATE.read_text())["Resources"]
    return {name: body["Properties"] for name, body in resources.items() if body["Type"] == "AWS::DynamoDB::Table"}


def create_tables(client: Any, *, billing: str = "billing", summary: str = "summary") -> None:
    """Create both tables, with the template's keys, indexes and stream."""
    for logical_id, name in (("BillingTable", billing), ("SummaryTable", summary)):
        properties = _definitions()[logical_id]
        arguments: dict[str, Any] = {
            key: properties[key]
            for key in ("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "BillingMode")
            if key in properties
        }
        if "StreamSpecification" in properties:
            arguments["StreamSpecification"] = {"StreamEnabled": True, **properties["StreamSpecification"]}
        client.create_table(TableName=name, **arguments)
