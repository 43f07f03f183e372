"""Unapplied receipts and callback events at the edge: their parameters and their documents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from billing.application.callback_ports import StoredEvent
from billing.domain.receipts import RECEIPT_STATUSES, Receipt, ReceiptStatus
from billing.http.json import Rupees
from billing.http.request import invalid_parameter

Document = dict[str, Any]


def receipt_status(parameters: Mapping[str, str]) -> ReceiptStatus | None:
    """``status`` of receipts: open unless said otherwise; None for ``all``.

    Raises:
        InvalidParameter.
    """
    value = parameters.get("status", "open")
    for status in RECEIPT_STATUSES:
        if value == status:
            return status
    if value != "all":
        raise invalid_parameter("status", "not_allowed", f"must be one of {', '.join(RECEIPT_STATUSES)}, all")
    return None


def receipt_document(record: Receipt) -> Document:
    """One unapplied receipt."""
    return {
        "id": record.id,
        "branch_id": record.branch_id,
        "provider": record.provider,
        "gateway_payment_id": record.money_key,
        "amount": Rupees(record.amount_paise),
        "remaining": Rupees(record.remaining_paise),
        "refunded": Rupees(record.refunded_paise),
        "currency": record.currency,
        "payment_mode": record.payment_mode,
        "received_date": record.received_date.isoformat(),
        "reason": record.reason,
        "invoice_hint": record.invoice_hint,
        "status": record.status,
        "applications": [
            {
                "invoice_id": application.invoice_id,
                "payment_id": application.payment_id,
                "amount": Rupees(application.amount_paise),
                "applied_at": application.applied_at,
            }
            for application in record.applications
        ],
    }


def event_document(record: StoredEvent) -> Document:
    """What became of a callback, without what the gateway sent: that may name a patient."""
    outcome = record.outcome
    amount = outcome.amount_paise
    return {
        "id": record.id,
        "provider": record.provider,
        "event_type": record.event_type,
        "received_at": record.received_at,
        "state": outcome.state,
        "code": outcome.code,
        "explanation": outcome.detail,
        "gateway_payment_id": outcome.money_key,
        "amount": None if amount is None else Rupees(amount),
        "currency": outcome.currency,
        "invoice_id": outcome.invoice_id,
        "payment_id": outcome.payment_id,
        "receipt_id": outcome.receipt_id,
        "settled_at": record.settled_at,
    }
