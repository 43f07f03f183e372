"""DynamoDB stream records of the billing table → states to count → the lowest failure to report.

A record that cannot be read is reported after everything readable was counted, so that Lambda can isolate
it (bisect, then the on-failure destination) while nothing good is lost: records that come again are
recognized by their revision.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from billing.adapters.dynamodb.callback_items import receipt_from
from billing.adapters.dynamodb.items import head_from
from billing.application.patience import Patience
from billing.application.ports import LedgerEntry, SummaryLedger
from billing.application.project_summary import project_summary
from billing.domain.receipts import contribution_of_receipt
from billing.domain.summary import contribution_of

Record = Mapping[str, Any]


class UnreadableRecord(Exception):
    """A record that is no state of a known kind of document."""


def state_of(record: Record) -> LedgerEntry | None:
    """The document's state after a change; None for items that are not counted, or removals.

    Raises:
        UnreadableRecord.
    """
    try:
        change = record["dynamodb"]
        kind = change["Keys"]["sk"]["S"]
        image = change.get("NewImage")
        if image is None:
            return None
        if kind == "R":
            return _receipt_state(image)
        if kind != "H":
            return None
        head = head_from(image)
        return LedgerEntry(head.tenant, head.id, head.rev, contribution_of(head), changed_at=head.updated_at)
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise UnreadableRecord(type(error).__name__) from error


def _receipt_state(image: Mapping[str, Any]) -> LedgerEntry | None:
    """A receipt of which something ever waited; the others have nothing to count, ever."""
    receipt = receipt_from(image)
    if not receipt.reason:
        return None
    contribution = contribution_of_receipt(receipt)
    return LedgerEntry(receipt.tenant, receipt.id, receipt.rev, contribution, changed_at=receipt.updated_at)


def project_batch(
    ledger: SummaryLedger, patience: Patience, records: Sequence[Record]
) -> tuple[list[dict[str, str]], int]:
    """Lambda's partial-batch answer (the first record not counted, or none) and how many are unreadable."""
    states: dict[int, LedgerEntry] = {}
    failed: list[int] = []
    for place, record in enumerate(records):
        try:
            state = state_of(record)
        except UnreadableRecord:
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
