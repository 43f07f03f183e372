"""The truth about the seed, read straight from the billing table by an administrator."""

from __future__ import annotations

from typing import Any

from tools.local_stack import lifecycle
from tools.local_stack.settings import StackSettings


def heads(stack: StackSettings, tenant: str) -> list[dict[str, Any]]:
    """Every invoice of a tenant as the list shows it, with what it can be filtered by; amounts in paise."""
    client = lifecycle.client(stack, "dynamodb")
    pages = client.get_paginator("scan").paginate(
        TableName=stack.description()["billing_table"],
        FilterExpression="sk = :head AND tenant = :tenant",
        ExpressionAttributeValues={":head": {"S": "H"}, ":tenant": {"S": tenant}},
    )
    return [
        {
            "id": item["id"]["S"],
            "invoice_number": item["number"]["S"] if "number" in item else None,
            "patient_id": item["patient_id"]["S"],
            "patient_name": item["patient_name"]["S"],
            "branch_id": item["branch_id"]["S"],
            "date": item["date"]["S"],
            "status": item["status"]["S"],
            "total": int(item["total"]["N"]),
            "paid": int(item["paid"]["N"]),
            "balance": int(item["balance"]["N"]),
        }
        for page in pages
        for item in page["Items"]
    ]


def paise(amount: Any) -> int:
    """An amount of an answer (rupees) in paise, without float's error."""
    return round(float(amount) * 100)
