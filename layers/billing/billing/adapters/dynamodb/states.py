"""Items of the billing table that the summary counts → the states to count."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from billing.adapters.dynamodb.callback_items import receipt_from
from billing.adapters.dynamodb.items import head_from
from billing.application.ports import LedgerEntry
from billing.domain.receipts import contribution_of_receipt
from billing.domain.summary import contribution_of

COUNTED_KINDS = ("H", "R")
"""Sort keys of what is counted: invoices, and receipts that ever waited. The stream's filter says the same."""


class UnreadableItem(Exception):
    """An item that is no state of the kind its key names."""


def counted_state(item: Mapping[str, Any]) -> LedgerEntry | None:
    """What an item adds to the figures; None for items that are not counted.

    Raises:
        UnreadableItem.
    """
    try:
        kind = item["sk"]["S"]
        if kind == "H":
            head = head_from(item)
            return LedgerEntry(head.tenant, head.id, head.rev, contribution_of(head), changed_at=head.updated_at)
        if kind == "R":
            receipt = receipt_from(item)
            if not receipt.reason:  # nothing of it ever waited: there is nothing to count, ever
                return None
            contribution = contribution_of_receipt(receipt)
            return LedgerEntry(receipt.tenant, receipt.id, receipt.rev, contribution, changed_at=receipt.updated_at)
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise UnreadableItem(type(error).__name__) from error
    return None
