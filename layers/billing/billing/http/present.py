"""Domain values as the JSON documents callers see."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from billing.domain.invoice import PAYMENT_MODES, total_lines
from billing.http.json import Rupees

if TYPE_CHECKING:  # one function shows one of these: the others would be imported for nothing
    from billing.application.get_summary import Summary
    from billing.application.ports import ListedInvoice
    from billing.domain.branch import Branch
    from billing.domain.invoice import Invoice, InvoiceHead, Payment, Refund
    from billing.domain.tax import LineItem

Document = dict[str, Any]


def _given(**members: Any) -> Document:
    """Members that have a value: optional ones are left out rather than null."""
    return {name: value for name, value in members.items() if value is not None}


def listed(row: ListedInvoice) -> Document:
    """One row of the list."""
    return {
        "id": row.id,
        "invoice_number": row.number,
        "patient_name": row.patient_name,
        "total": Rupees(row.total_paise),
        "paid": Rupees(row.paid_paise),
        "balance": Rupees(row.balance_paise),
        "status": row.status,
        "date": row.date,
    }


def state(head: InvoiceHead) -> Document:
    """What an answer to a payment or refund shows of the invoice."""
    return {
        "id": head.id,
        "status": head.status,
        "total": Rupees(head.total_paise),
        "paid": Rupees(head.paid_paise),
        "balance": Rupees(head.balance_paise),
    }


def payment(record: Payment) -> Document:
    """One payment."""
    return {
        "id": record.id,
        "amount": Rupees(record.amount_paise),
        "payment_mode": record.payment_mode,
        "reference": record.reference,
        "payment_date": record.payment_date.isoformat(),
        "recorded_at": record.recorded_at,
        "source": record.source,
    }


def refund(record: Refund) -> Document:
    """One refund."""
    return {
        "id": record.id,
        "amount": Rupees(record.amount_paise),
        "refund_mode": record.refund_mode,
        "reference": record.reference,
        "refund_date": record.refund_date.isoformat(),
        "reason": record.reason,
        "payment_id": record.payment_id,
        "recorded_at": record.recorded_at,
        "source": record.source,
    }


def branch(record: Branch) -> Document:
    """One branch."""
    return {
        "id": record.id,
        "name": record.name,
        "code": record.code,
        "state_code": record.state_code,
        **_given(address=record.address, gstin=record.gstin),
        "round_off": record.round_off,
    }


def invoice(document: Invoice) -> Document:
    """The whole invoice."""
    head, details = document.head, document.details
    totals = total_lines(details.lines, head.round_off_paise)
    return {
        "id": head.id,
        "invoice_number": head.number,
        "date": head.date.isoformat(),
        "status": head.status,
        "supply_type": details.supply_type,
        "branch": {
            "id": head.branch_id,
            "name": head.branch.name,
            **_given(address=details.branch_address, gstin=head.branch.gstin, state_code=head.branch.state_code),
        },
        "patient": {
            "id": details.patient.id,
            "name": details.patient.name,
            **_given(
                phone=details.patient.phone,
                address=details.patient.address,
                state_code=details.patient.state_code,
                gstin=details.patient.gstin,
            ),
        },
        "line_items": [_line(line) for line in details.lines],
        "totals": {
            "sub_total": Rupees(totals.sub_total_paise),
            "discount": Rupees(totals.discount_paise),
            "taxable_value": Rupees(totals.taxable_paise),
            "tax": {
                "cgst": Rupees(totals.cgst_paise),
                "sgst": Rupees(totals.sgst_paise),
                "igst": Rupees(totals.igst_paise),
            },
            "round_off": Rupees(totals.round_off_paise),
            "grand_total": Rupees(totals.grand_total_paise),
        },
        "payments": [payment(record) for record in sorted(head.payments.values(), key=_recording)],
        "refunds": [refund(record) for record in sorted(head.refunds.values(), key=_recording)],
        "paid": Rupees(head.paid_paise),
        "balance": Rupees(head.balance_paise),
        "created_at": head.created_at,
        **_given(
            finalized_at=head.finalized_at,
            cancelled_at=head.cancelled_at,
            cancel_reason=head.cancel_reason,
        ),
    }


def summary(figures_of: Summary) -> Document:
    """The figures of a range, without the range itself."""
    figures: Mapping[str, int] = figures_of.figures
    revenue = {name[2:]: Rupees(value) for name, value in sorted(figures.items()) if name.startswith("r:") and value}
    if figures.get("rounding"):
        revenue["rounding"] = Rupees(figures["rounding"])
    by_mode = {mode: Rupees(figures.get(f"c_{mode}", 0)) for mode in PAYMENT_MODES}
    return {
        "total_billed": Rupees(figures.get("billed", 0)),
        "total_collected": Rupees(sum(by_mode.values())),
        "total_outstanding": Rupees(figures.get("outstanding", 0)),
        "collection_by_mode": by_mode,
        "revenue_by_department": revenue,
        "total_unapplied": Rupees(figures.get("unapplied", 0)),
        "invoice_count": sum(figures.get(f"n_{status}", 0) for status in ("finalized", "partially_paid", "paid")),
        "as_of": figures_of.as_of,
    }


def _line(line: LineItem) -> Document:
    return {
        "service_name": line.service_name,
        "department": line.department,
        "sac_hsn": line.sac_hsn,
        "quantity": line.quantity,
        "rate": Rupees(line.rate_paise),
        "discount": Rupees(line.discount_paise),
        "taxable_value": Rupees(line.taxable_paise),
        "tax_rate": line.tax_rate,
        "tax_treatment": line.tax_treatment,
        "cgst": Rupees(line.cgst_paise),
        "sgst": Rupees(line.sgst_paise),
        "igst": Rupees(line.igst_paise),
        "tax": Rupees(line.tax_paise),
        "amount": Rupees(line.amount_paise),
    }


def _recording(record: Payment | Refund) -> tuple[str, str]:
    return record.recorded_at, record.id
