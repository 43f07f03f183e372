"""Domain values with defaults, so that a test names only what it is about."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from billing.domain.invoice import BranchSnapshot, InvoiceHead, Payment, Refund
from billing.domain.tax import LineItem, price_line

DAY = date(2026, 3, 10)


def payment(amount_paise: int = 500, **members: Any) -> Payment:
    """A payment in cash on 15 March 2026."""
    made = Payment("pay_1", amount_paise, "cash", None, date(2026, 3, 15), "2026-03-15T10:00:00.000+05:30", "api")
    return replace(made, **members)


def refund(amount_paise: int = 500, **members: Any) -> Refund:
    """A refund in cash on 16 March 2026."""
    made = Refund(
        "rfd_1", amount_paise, "cash", None, date(2026, 3, 16), "returned", None, "2026-03-16T10:00:00.000+05:30", "api"
    )
    return replace(made, **members)


def head(**members: Any) -> InvoiceHead:
    """A finalized invoice of 10 rupees, dated 10 March 2026, without money."""
    made = InvoiceHead(
        tenant="demo",
        id="MUM-01.0000000000000000",
        branch_id="MUM-01",
        date=DAY,
        status="finalized",
        number="MUM/2526/00001",
        patient_id="PAT-1",
        patient_name="Asha Rao",
        branch=BranchSnapshot("Andheri", "27", None),
        total_paise=1000,
        paid_paise=0,
        refunded_paise=0,
        balance_paise=1000,
        round_off_paise=0,
        departments={"Medicine": 1000},
        rev=1,
        created_at="2026-03-10T09:00:00.000+05:30",
        updated_at="2026-03-10T09:00:00.000+05:30",
    )
    return replace(made, **members)


def line(**members: Any) -> LineItem:
    """One untaxed line of 100 rupees."""
    values: dict[str, Any] = {
        "service_name": "Consultation",
        "department": "Medicine",
        "sac_hsn": None,
        "quantity": Decimal(1),
        "rate_paise": 10000,
        "discount_paise": 0,
        "tax_rate": Decimal(0),
        "tax_treatment": "taxable",
        "supply_type": "intra_state",
    }
    return price_line(**{**values, **members})
