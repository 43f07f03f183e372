"""Invoices, payments and refunds as the domain holds them, for tests that talk to the stores directly."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from billing.adapters.dynamodb.items import head_item, lines_item
from billing.domain.branch import Branch
from billing.domain.identifiers import base32
from billing.domain.identity import Identity, identity_of
from billing.domain.invoice import (
    BranchSnapshot,
    Invoice,
    InvoiceDetails,
    InvoiceHead,
    Patient,
    Payment,
    Refund,
)
from billing.domain.tax import LineItem
from tests.engines import Engine

AT = "2026-03-20T12:00:00.000+05:30"
LATER = "2026-03-20T12:00:01.000+05:30"
DAY = date(2026, 3, 10)
_serial = itertools.count(1)


def new_id(branch_id: str = "MUM-01") -> str:
    """An invoice id nobody used yet."""
    return f"{branch_id}.{base32(next(_serial), 16)}"


def a_head(tenant: str, **changes: Any) -> InvoiceHead:
    """A finalized invoice of 1,500 rupees without payments, but for the changes."""
    total_paise = changes.pop("total_paise", 150_000)
    paid_paise = changes.pop("paid_paise", 0)
    branch_id = changes.pop("branch_id", "MUM-01")
    head = InvoiceHead(
        tenant=tenant,
        id=new_id(branch_id),
        branch_id=branch_id,
        date=DAY,
        status="finalized",
        number="MUM01/2526/00001",
        patient_id="PAT-1",
        patient_name="Asha Rao",
        branch=BranchSnapshot("Andheri", "27", None),
        total_paise=total_paise,
        paid_paise=paid_paise,
        refunded_paise=0,
        balance_paise=total_paise - paid_paise,
        round_off_paise=0,
        departments={"General Medicine": total_paise},
        rev=1,
        created_at=AT,
        updated_at=AT,
    )
    return replace(head, **changes)


def a_draft(tenant: str, **changes: Any) -> InvoiceHead:
    """A draft of 1,500 rupees."""
    return a_head(tenant, status="draft", number=None, **changes)


def an_invoice(head: InvoiceHead) -> Invoice:
    """The whole document around a head: one untaxed line."""
    line = LineItem(
        "Consultation", "General Medicine", "999312", Decimal(1), head.total_paise, 0, Decimal(0), "exempt",
        head.total_paise, 0, 0, 0,
    )  # fmt: skip
    return Invoice(head, InvoiceDetails(Patient(head.patient_id, head.patient_name), "intra_state", (line,)))


def store(engine: Engine, head: InvoiceHead) -> InvoiceHead:
    """Put an invoice in place as it is, past every rule."""
    for item in (head_item(head), lines_item(an_invoice(head))):
        engine.client.put_item(TableName="billing", Item=item)
    return head


def a_payment(amount_paise: int = 50_000, **changes: Any) -> Payment:
    """A cash payment."""
    payment = Payment(
        id=f"pay_{base32(next(_serial), 16)}",
        amount_paise=amount_paise,
        payment_mode="cash",
        reference=None,
        payment_date=date(2026, 3, 15),
        recorded_at=LATER,
        source="api",
    )
    return replace(payment, **changes)


def a_refund(amount_paise: int = 50_000, **changes: Any) -> Refund:
    """A cash refund."""
    refund = Refund(
        id=f"rfd_{base32(next(_serial), 16)}",
        amount_paise=amount_paise,
        refund_mode="cash",
        reference=None,
        refund_date=date(2026, 3, 16),
        reason="charged twice",
        payment_id=None,
        recorded_at=LATER,
        source="api",
    )
    return replace(refund, **changes)


def identity_for(record: Payment | Refund, key: str | None = None) -> Identity:
    """The identity under which a record is written."""
    if isinstance(record, Payment):
        return identity_of("payment", record.payment_mode, record.reference, key, record.id)
    return identity_of("refund", record.refund_mode, record.reference, key, record.id)


def a_branch(branch_id: str = "MUM-01", **changes: Any) -> Branch:
    """A branch not stored yet."""
    branch = Branch(branch_id, "Andheri", "MUM01", "27", None, round_off=True, numbered=False, rev=1)
    return replace(branch, **changes)
