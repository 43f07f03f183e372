"""DynamoDB stream records of the billing table → states to count → the lowest failure to report.

A record that cannot be read is reported after everything readable was counted, so that Lambda can isolate
it (bisect, then the on-failure destination) while nothing good is lost: records that come again are
recognized by their revision.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from billing.adapters.dynamodb.states import UnreadableItem, counted_state
from billing.application.patience import Patience
from billing.application.ports import LedgerEntry, SummaryLedger
from billing.application.project_summary import project_summary

Record = Mapping[str, Any]


def state_of(record: Record) -> LedgerEntry | None:
    """The document's state after a change; None for items that are not counted, or removals.

    Raises:
        UnreadableItem.
    """
    try:
        image = record["dynamodb"].get("NewImage")
    except (KeyError, TypeError, AttributeError) as error:
        raise UnreadableItem(type(error).__name__) from error
    return None if image is None else counted_state(image)


def project_batch(
    ledger: SummaryLedger, patience: Patience, records: Sequence[Record]
) -> tuple[list[dict[str, str]], int]:
    """Lambda's partial-batch answer (the first record not counted, or none) and how many are unreadable."""
    states: dict[int, LedgerEntry] = {}
    failed: list[int] = []
    for place, record in enumerate(records):
        try:
            state = state_of(record)
        except UnreadableItem:
            failed.append(place)
            continue
        if state is not None:
            states[place] = state
    unreadable = len(failed)
    uncounted = project_summary(ledger, patience, states.values())
    failed += [p for p, s in states.items() if (s.tenant, s.source_id) in uncounted]
    if not failed:
        return [], unreadable
    return [{"itemIdentifier": records[min(failed)]["dynamodb"]["SequenceNumber"]}], unreadable
