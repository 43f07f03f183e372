"""Which deployed stack a command works on: one on AWS by its name, or the local one."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3

LOCAL = Path(".local/stack.json")


@dataclass(frozen=True)
class Stack:
    """A stack's tables, its parked records, and the stream mapping of its summary."""

    billing_table: str
    summary_table: str
    parked_bucket: str
    mapping_id: str
    session: Any
    endpoint_url: str | None

    def client(self, service: str) -> Any:
        """A client for the account the stack lives in."""
        return self.session.client(service, endpoint_url=self.endpoint_url)


def find_stack(name: str | None, description: Path = LOCAL) -> Stack:
    """The stack of this name with the environment's credentials (and AWS_ENDPOINT_URL); without one, the local.

    Raises:
        FileNotFoundError: no name is given and no local stack was started.
    """
    if name:
        session = boto3.Session()
        endpoint_url = os.environ.get("AWS_ENDPOINT_URL")
        stacks = session.client("cloudformation", endpoint_url=endpoint_url).describe_stacks(StackName=name)["Stacks"]
        outputs = {output["OutputKey"]: output["OutputValue"] for output in stacks[0]["Outputs"]}
    else:
        document = json.loads(description.read_text(encoding="utf-8"))
        outputs, endpoint_url = document["outputs"], document["aws_endpoint_url"]
        session = boto3.Session("local", "local", region_name=document["region"])
    return Stack(
        outputs["BillingTableName"],
        outputs["SummaryTableName"],
        outputs["ParkedRecordsBucket"],
        outputs["UpdateSummaryMappingId"],
        session,
        endpoint_url,
    )
