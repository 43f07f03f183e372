"""How callbacks, receipts and claims on signed orders look as items, and back.

None of them has a ``date``, so none is in an invoice index. ``queue`` puts an item into the one index they
have, ``by_queue``: receipts that ever waited, and events that are not settled.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import date
from typing import Any, get_args

from billing.adapters.dynamodb.client import Item
from billing.adapters.dynamodb.items import Attribute, number, string
from billing.adapters.dynamodb.keys import Key
from billing.application.callback_ports import EventState, OrderClaim, Outcome, StoredEvent
from billing.domain.receipts import (
    Application,
    Receipt,
    ReceiptRefund,
    ReceiptStatus,
    WaitingRefund,
)

BY_QUEUE = "by_queue"
EVENT_STATES: tuple[EventState, ...] = get_args(EventState)


def receipt_key(tenant: str, receipt_id: str) -> Key:
    """One captured payment."""
    return {"pk": string(f"T#{tenant}#R#{receipt_id}"), "sk": string("R")}


def event_key(tenant: str, event_id: str) -> Key:
    """One callback in the inbox."""
    return {"pk": string(f"T#{tenant}#G#{event_id}"), "sk": string("G")}


def order_key(tenant: str, order_id: str) -> Key:
    """The claim on a signed order."""
    return {"pk": string(f"T#{tenant}#O#{order_id}"), "sk": string("O")}


def receipt_queue(status: ReceiptStatus) -> str:
    """The queue of receipts of one status."""
    return f"receipt:{status}"


def event_queue(state: EventState) -> str:
    """The queue of events of one state."""
    return f"event:{state}"


def _texts(values: Mapping[str, str | None]) -> dict[str, Attribute]:
    return {name: string(value) for name, value in values.items() if value is not None}


def _text(item: Mapping[str, Any], name: str) -> str | None:
    attribute = item.get(name)
    return attribute["S"] if attribute else None


def receipt_item(receipt: Receipt) -> dict[str, Attribute]:
    """A receipt; listed (and counted by the summary) only if something of it ever waited."""
    item = {
        **receipt_key(receipt.tenant, receipt.id),
        **_texts(
            {
                "tenant": receipt.tenant,
                "id": receipt.id,
                "provider": receipt.provider,
                "account": receipt.account,
                "money_key": receipt.money_key,
                "branch_id": receipt.branch_id,
                "received_at": receipt.received_at,
                "received_date": receipt.received_date.isoformat(),
                "currency": receipt.currency,
                "mode": receipt.payment_mode,
                "hint": receipt.invoice_hint,
                "event_id": receipt.event_id,
                "reason": receipt.reason,
                "updated_at": receipt.updated_at,
            }
        ),
        "amount": number(receipt.amount_paise),
        "remaining": number(receipt.remaining_paise),
        "rev": number(receipt.rev),
        "applications": {"L": [_application_attribute(a) for a in receipt.applications]},
        "refunds": {"M": {key: _refund_attribute(r) for key, r in receipt.refunds.items()}},
        "waiting": {"M": {key: _waiting_attribute(w) for key, w in receipt.waiting.items()}},
        "keys": {"M": {key: string(payment) for key, payment in receipt.keys.items()}},
    }
    if receipt.reason:
        item["queue"] = string(receipt_queue(receipt.status))
    return item


def _application_attribute(application: Application) -> Attribute:
    return {
        "M": {
            "i": string(application.invoice_id),
            "p": string(application.payment_id),
            "a": number(application.amount_paise),
            "t": string(application.applied_at),
        }
    }


def _refund_attribute(refund: ReceiptRefund) -> Attribute:
    return {
        "M": {
            "a": number(refund.amount_paise),
            "f": number(refund.from_remaining_paise),
            "d": string(refund.refund_date.isoformat()),
            "t": string(refund.recorded_at),
        }
    }


def _waiting_attribute(waiting: WaitingRefund) -> Attribute:
    return {
        "M": {
            "a": number(waiting.amount_paise),
            "c": string(waiting.currency),
            "d": string(waiting.refund_date.isoformat()),
            "e": string(waiting.event_id),
        }
    }


def receipt_from(item: Item) -> Receipt:
    """A receipt from its item, also from a stream image.

    Raises:
        KeyError, ValueError, TypeError: the item is no receipt.
    """
    return Receipt(
        tenant=item["tenant"]["S"],
        id=item["id"]["S"],
        provider=item["provider"]["S"],
        account=item["account"]["S"],
        money_key=item["money_key"]["S"],
        branch_id=item["branch_id"]["S"],
        received_at=item["received_at"]["S"],
        received_date=date.fromisoformat(item["received_date"]["S"]),
        rev=int(item["rev"]["N"]),
        amount_paise=int(item["amount"]["N"]),
        remaining_paise=int(item["remaining"]["N"]),
        currency=item["currency"]["S"],
        payment_mode=item["mode"]["S"],
        invoice_hint=_text(item, "hint"),
        event_id=_text(item, "event_id") or "",
        reason=_text(item, "reason") or "",
        applications=tuple(
            Application(a["M"]["i"]["S"], a["M"]["p"]["S"], int(a["M"]["a"]["N"]), a["M"]["t"]["S"])
            for a in item["applications"]["L"]
        ),
        refunds={
            key: ReceiptRefund(
                int(r["M"]["a"]["N"]),
                int(r["M"]["f"]["N"]),
                date.fromisoformat(r["M"]["d"]["S"]),
                r["M"]["t"]["S"],
            )
            for key, r in item["refunds"]["M"].items()
        },
        waiting={
            key: WaitingRefund(
                int(w["M"]["a"]["N"]),
                w["M"]["c"]["S"],
                date.fromisoformat(w["M"]["d"]["S"]),
                w["M"]["e"]["S"],
            )
            for key, w in item["waiting"]["M"].items()
        },
        keys={key: value["S"] for key, value in item["keys"]["M"].items()},
        updated_at=_text(item, "updated_at") or "",
    )


def event_item(event: StoredEvent) -> dict[str, Attribute]:
    """A callback as first stored; what becomes of it is added by updates."""
    return {
        **event_key(event.tenant, event.id),
        **_texts(
            {
                "tenant": event.tenant,
                "id": event.id,
                "provider": event.provider,
                "account": event.account,
                "branch_id": event.branch_id,
                "received_at": event.received_at,
                "authenticity": event.authenticity,
                "event_type": event.event_type,
            }
        ),
        # Text, not a binary attribute: the layer's client passes attributes on as they are (build_layer.py).
        "body": string(base64.b64encode(event.body).decode("ascii")),
        **outcome_attributes(event.outcome),
        "queue": string(event_queue(event.outcome.state)),
    }


def outcome_attributes(outcome: Outcome) -> dict[str, Attribute]:
    """What became of an event, as attributes."""
    attributes = _texts(
        {
            "state": outcome.state,
            "code": outcome.code,
            "detail": outcome.detail,
            "receipt_id": outcome.receipt_id,
            "invoice_id": outcome.invoice_id,
            "payment_id": outcome.payment_id,
            "money_key": outcome.money_key,
            "currency": outcome.currency,
        }
    )
    if outcome.amount_paise is not None:
        attributes["amount"] = number(outcome.amount_paise)
    return attributes


def event_from(item: Item) -> StoredEvent:
    """A callback from its item."""
    amount = item.get("amount")
    return StoredEvent(
        id=item["id"]["S"],
        tenant=item["tenant"]["S"],
        provider=item["provider"]["S"],
        account=item["account"]["S"],
        branch_id=item["branch_id"]["S"],
        received_at=item["received_at"]["S"],
        authenticity=item["authenticity"]["S"],
        event_type=item["event_type"]["S"],
        body=base64.b64decode(item["body"]["S"]),
        outcome=Outcome(
            item["state"]["S"],
            item["code"]["S"],
            item["detail"]["S"],
            receipt_id=_text(item, "receipt_id"),
            invoice_id=_text(item, "invoice_id"),
            payment_id=_text(item, "payment_id"),
            money_key=_text(item, "money_key"),
            amount_paise=int(amount["N"]) if amount else None,
            currency=_text(item, "currency"),
        ),
        settled_at=_text(item, "settled_at"),
    )


def order_item(tenant: str, claim: OrderClaim) -> dict[str, Attribute]:
    """The claim of a signed order by the receipt it brought."""
    return {**order_key(tenant, claim.id), "receipt_id": string(claim.receipt_id)}
