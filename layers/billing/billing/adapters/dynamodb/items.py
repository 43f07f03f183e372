"""How invoices and branches look as items, and back.

Written by hand rather than through a serializer: one pass, no Decimal for paise, and the payments of an
invoice under short names, because each costs its bytes again on every later write.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from billing.adapters.dynamodb.client import Item
from billing.adapters.dynamodb.keys import head_key, lines_key
from billing.domain.branch import Branch
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

Attribute = dict[str, Any]


def string(value: str) -> Attribute:
    """A string attribute."""
    return {"S": value}


def number(value: int) -> Attribute:
    """A number attribute of an integer."""
    return {"N": str(value)}


def _texts(values: Mapping[str, str | None]) -> dict[str, Attribute]:
    return {name: {"S": value} for name, value in values.items() if value is not None}


def payment_attribute(payment: Payment) -> Attribute:
    """One payment as a map: a amount, m mode, r reference, d day, t recorded at, s source."""
    return {
        "M": {
            "id": {"S": payment.id},
            "a": number(payment.amount_paise),
            **_texts(
                {
                    "m": payment.payment_mode,
                    "r": payment.reference,
                    "d": payment.payment_date.isoformat(),
                    "t": payment.recorded_at,
                    "s": payment.source,
                }
            ),
        }
    }


def refund_attribute(refund: Refund) -> Attribute:
    """One refund as a map: the names of a payment's, w for the reason, p for the payment returned."""
    return {
        "M": {
            "id": {"S": refund.id},
            "a": number(refund.amount_paise),
            **_texts(
                {
                    "m": refund.refund_mode,
                    "r": refund.reference,
                    "d": refund.refund_date.isoformat(),
                    "w": refund.reason,
                    "p": refund.payment_id,
                    "t": refund.recorded_at,
                    "s": refund.source,
                }
            ),
        }
    }


def _text(item: Mapping[str, Any], name: str) -> str | None:
    attribute = item.get(name)
    return attribute["S"] if attribute else None


def _payment(attribute: Mapping[str, Any]) -> Payment:
    fields = attribute["M"]
    return Payment(
        id=fields["id"]["S"],
        amount_paise=int(fields["a"]["N"]),
        payment_mode=fields["m"]["S"],
        reference=_text(fields, "r"),
        payment_date=date.fromisoformat(fields["d"]["S"]),
        recorded_at=fields["t"]["S"],
        source=fields["s"]["S"],
    )


def _refund(attribute: Mapping[str, Any]) -> Refund:
    fields = attribute["M"]
    return Refund(
        id=fields["id"]["S"],
        amount_paise=int(fields["a"]["N"]),
        refund_mode=fields["m"]["S"],
        reference=_text(fields, "r"),
        refund_date=date.fromisoformat(fields["d"]["S"]),
        reason=fields["w"]["S"],
        payment_id=_text(fields, "p"),
        recorded_at=fields["t"]["S"],
        source=fields["s"]["S"],
    )


def branch_snapshot_attribute(branch: BranchSnapshot) -> Attribute:
    """The copy of a branch on an invoice: n name, s state code, g GSTIN."""
    return {"M": _texts({"n": branch.name, "s": branch.state_code, "g": branch.gstin})}


def head_item(head: InvoiceHead) -> dict[str, Attribute]:
    """The head as an item. Plain names for what indexes and conditions use."""
    item = {
        **head_key(head.tenant, head.id),
        **_texts(
            {
                "tenant": head.tenant,
                "id": head.id,
                "branch_id": head.branch_id,
                "date": head.date.isoformat(),
                "status": head.status,
                "number": head.number,
                "patient_id": head.patient_id,
                "patient_name": head.patient_name,
                "created_at": head.created_at,
                "updated_at": head.updated_at,
                "finalized_at": head.finalized_at,
                "cancelled_at": head.cancelled_at,
                "cancel_reason": head.cancel_reason,
            }
        ),
        "branch": branch_snapshot_attribute(head.branch),
        "total": number(head.total_paise),
        "paid": number(head.paid_paise),
        "refunded": number(head.refunded_paise),
        "balance": number(head.balance_paise),
        "round_off": number(head.round_off_paise),
        "departments": {"M": {name: number(paise) for name, paise in head.departments.items()}},
        "rev": number(head.rev),
        "payments": {"M": {key: payment_attribute(p) for key, p in head.payments.items()}},
        "refunds": {"M": {key: refund_attribute(r) for key, r in head.refunds.items()}},
        "payment_keys": {"M": {key: string(entry) for key, entry in head.payment_keys.items()}},
        "refund_keys": {"M": {key: string(entry) for key, entry in head.refund_keys.items()}},
    }
    if head.status != "paid":
        # Sparse: most invoices of a grown table are paid and leave the index of open ones.
        item["open_status"] = string(head.status)
    return item


def head_from(item: Item) -> InvoiceHead:
    """The head of an item, also of a stream image.

    Raises:
        KeyError, ValueError, TypeError: the item is no invoice head.
    """
    branch = item["branch"]["M"]
    return InvoiceHead(
        tenant=item["tenant"]["S"],
        id=item["id"]["S"],
        branch_id=item["branch_id"]["S"],
        date=date.fromisoformat(item["date"]["S"]),
        status=item["status"]["S"],
        number=_text(item, "number"),
        patient_id=item["patient_id"]["S"],
        patient_name=item["patient_name"]["S"],
        branch=BranchSnapshot(branch["n"]["S"], _text(branch, "s"), _text(branch, "g")),
        total_paise=int(item["total"]["N"]),
        paid_paise=int(item["paid"]["N"]),
        refunded_paise=int(item["refunded"]["N"]),
        balance_paise=int(item["balance"]["N"]),
        round_off_paise=int(item["round_off"]["N"]),
        departments={name: int(value["N"]) for name, value in item["departments"]["M"].items()},
        rev=int(item["rev"]["N"]),
        created_at=item["created_at"]["S"],
        updated_at=item["updated_at"]["S"],
        finalized_at=_text(item, "finalized_at"),
        cancelled_at=_text(item, "cancelled_at"),
        cancel_reason=_text(item, "cancel_reason"),
        payments={key: _payment(value) for key, value in item["payments"]["M"].items()},
        refunds={key: _refund(value) for key, value in item["refunds"]["M"].items()},
        payment_keys={key: value["S"] for key, value in item["payment_keys"]["M"].items()},
        refund_keys={key: value["S"] for key, value in item["refund_keys"]["M"].items()},
    )


def lines_item(invoice: Invoice) -> dict[str, Attribute]:
    """The cold item: one compact JSON string, which parses faster than nested attributes."""
    details = invoice.details
    patient = details.patient
    document = {
        "supply_type": details.supply_type,
        "patient": {
            name: value
            for name, value in (
                ("id", patient.id),
                ("name", patient.name),
                ("phone", patient.phone),
                ("address", patient.address),
                ("state_code", patient.state_code),
                ("gstin", patient.gstin),
            )
            if value is not None
        },
        "lines": [
            [
                line.service_name,
                line.department,
                line.sac_hsn,
                str(line.quantity),
                line.rate_paise,
                line.discount_paise,
                str(line.tax_rate),
                line.tax_treatment,
                line.taxable_paise,
                line.cgst_paise,
                line.sgst_paise,
                line.igst_paise,
            ]
            for line in details.lines
        ],
    }
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    return {
        **lines_key(invoice.head.tenant, invoice.head.id),
        "document": string(text),
        **_texts({"branch_address": details.branch_address}),
    }


def branch_address_update(address: str | None) -> dict[str, Any]:
    """The update that gives a lines item the address of the branch as it is now."""
    condition = {"ConditionExpression": "attribute_exists(pk)"}
    if address is None:
        return {"UpdateExpression": "REMOVE branch_address", **condition}
    return {
        "UpdateExpression": "SET branch_address = :address",
        "ExpressionAttributeValues": {":address": string(address)},
        **condition,
    }


def details_from(item: Item) -> InvoiceDetails:
    """The cold part of an invoice from its item."""
    document = json.loads(item["document"]["S"])
    lines = tuple(
        LineItem(name, department, sac_hsn, Decimal(quantity), rate, discount, Decimal(tax_rate), *rest)
        for name, department, sac_hsn, quantity, rate, discount, tax_rate, *rest in document["lines"]
    )
    return InvoiceDetails(Patient(**document["patient"]), document["supply_type"], lines, _text(item, "branch_address"))


def branch_item(branch: Branch) -> dict[str, Attribute]:
    """A branch's attributes without its key."""
    return {
        **_texts(
            {
                "id": branch.id,
                "name": branch.name,
                "code": branch.code,
                "state_code": branch.state_code,
                "gstin": branch.gstin,
                "address": branch.address,
            }
        ),
        "round_off": {"BOOL": branch.round_off},
        "numbered": {"BOOL": branch.numbered},
        "rev": number(branch.rev),
    }


def branch_from(item: Item) -> Branch:
    """A branch from its item."""
    return Branch(
        id=item["id"]["S"],
        name=item["name"]["S"],
        code=item["code"]["S"],
        state_code=item["state_code"]["S"],
        gstin=_text(item, "gstin"),
        round_off=item["round_off"]["BOOL"],
        numbered=item["numbered"]["BOOL"],
        rev=int(item["rev"]["N"]),
        address=_text(item, "address"),
    )
