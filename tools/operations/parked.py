"""Replay stream records that were given up and parked in S3: the ones that can be counted now are."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from billing.adapters.dynamodb.states import UnreadableItem
from billing.adapters.dynamodb.summary_audit import DynamoSummaryAudit
from billing.application.patience import Patience
from billing.application.ports import LedgerEntry, SummaryLedger
from billing.application.project_summary import project_summary
from billing.streams.projection import state_of

PARKED, REPLAYED = "aws/lambda/", "replayed/"


@dataclass
class Replay:
    """What a replay did; ``left`` names the objects that stay parked, and why."""

    objects: int = 0
    records: int = 0
    left: list[str] = field(default_factory=list)


def replay_parked(s3: Any, bucket: str, audit: DynamoSummaryAudit, ledger: SummaryLedger, patience: Patience) -> Replay:
    """Count every parked record, in its order; objects of which all is counted move under ``replayed/``.

    A record whose image cannot be read is replaced by what its document is now, if that can be.
    """
    done = Replay()
    for key in list(_parked_keys(s3, bucket)):
        done.objects += 1
        record = json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
        payload = record["payload"]
        records = (json.loads(payload) if isinstance(payload, str) else payload)["Records"]
        states: list[LedgerEntry] = []
        unreadable = 0
        for change in records:
            try:
                state = _state(audit, change)
            except UnreadableItem:
                unreadable += 1
                continue
            if state is not None:
                states.append(state)
        uncounted = project_summary(ledger, patience, states)
        done.records += len(records) - unreadable - len(uncounted)
        if unreadable or uncounted:
            done.left.append(f"{key}: {unreadable} unreadable, {len(uncounted)} not counted")
            continue
        s3.copy_object(Bucket=bucket, Key=REPLAYED + key, CopySource={"Bucket": bucket, "Key": key})
        s3.delete_object(Bucket=bucket, Key=key)
    return done


def _state(audit: DynamoSummaryAudit, change: Any) -> LedgerEntry | None:
    try:
        return state_of(change)
    except UnreadableItem:
        return audit.document(change["dynamodb"]["Keys"])


def _parked_keys(s3: Any, bucket: str) -> Iterator[str]:
    arguments = {"Bucket": bucket, "Prefix": PARKED}
    while True:
        page = s3.list_objects_v2(**arguments)
        yield from (entry["Key"] for entry in page.get("Contents", []))
        if not page.get("IsTruncated"):
            return
        arguments["ContinuationToken"] = page["NextContinuationToken"]
