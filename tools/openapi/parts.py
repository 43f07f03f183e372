"""Parameters and headers as OpenAPI components; their limits are the ones the functions enforce."""

from __future__ import annotations

from typing import Any

from billing.adapters.gateways import gateway_names
from billing.domain.identifiers import BRANCH_ID, CALLBACK_EVENT_ID, INVOICE_ID, PATIENT_ID, RECEIPT_ID
from billing.domain.invoice import STATUSES
from billing.domain.receipts import RECEIPT_STATUSES
from billing.http.parameters import DEFAULT_PER_PAGE, MAX_CSV_ROWS, MAX_PAGE, MAX_PER_PAGE
from billing.http.problems import RETRY_AFTER_SECONDS


def _query(name: str, description: str, schema: dict[str, Any], *, required: bool = False) -> dict[str, Any]:
    # Branch and patient ids may hold characters that OpenAPI would call reserved; all are percent-encoded.
    return {"name": name, "in": "query", "required": required, "description": description, "schema": schema}


def _day(name: str, which: str, *, required: bool = False) -> dict[str, Any]:
    schema = {"type": "string", "format": "date", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}
    example = "2026-03-01" if name == "date_from" else "2026-03-31"
    return {
        **_query(name, f"{which} day of the range, inclusive, in India.", schema, required=required),
        "example": example,
    }


def _in_path(name: str, description: str, schema: dict[str, Any], example: str) -> dict[str, Any]:
    return {
        "name": name,
        "in": "path",
        "required": True,
        "description": description,
        "schema": {"type": "string", **schema},
        "example": example,
    }


def _signature(name: str, gateway: str) -> dict[str, Any]:
    return {"name": name, "in": "header", "description": f"Sent by {gateway}.", "schema": {"type": "string"}}


PARAMETERS: dict[str, dict[str, Any]] = {
    "patient_id": {
        **_query(
            "patient_id", "Only invoices of this patient.", {"type": "string", "pattern": f"^{PATIENT_ID.pattern}$"}
        ),
        "example": "PAT-1001",
    },
    "status": _query("status", "Only invoices of this status.", {"type": "string", "enum": list(STATUSES)}),
    "date_from": _day("date_from", "First"),
    "date_to": _day("date_to", "Last"),
    "date_from_required": _day("date_from", "First", required=True),
    "date_to_required": _day("date_to", "Last", required=True),
    "branch_id": {
        **_query("branch_id", "Only this branch.", {"type": "string", "pattern": f"^{BRANCH_ID.pattern}$"}),
        "example": "MUM-01",
    },
    "page": _query(
        "page",
        "Not together with `cursor`. A page past the end is an empty array.",
        {"type": "integer", "minimum": 1, "maximum": MAX_PAGE, "default": 1},
    ),
    "per_page": _query(
        "per_page",
        f"Rows of a page. As text/csv up to {MAX_CSV_ROWS}, which is then the default.",
        {"type": "integer", "minimum": 1, "maximum": MAX_PER_PAGE, "default": DEFAULT_PER_PAGE},
    ),
    "cursor": _query(
        "cursor",
        "Where to go on: the `X-Next-Cursor` of the answer before. It belongs to the same filters and tenant.",
        {"type": "string", "minLength": 1},
    ),
    "receipt_status": _query(
        "status",
        "Only receipts of this status, or `all`.",
        {"type": "string", "enum": [*RECEIPT_STATUSES, "all"], "default": "open"},
    ),
    "invoice_id": _in_path("id", "The invoice.", {"pattern": f"^{INVOICE_ID.pattern}$"}, "MUM-01.1km4yzfj0x9edd1r"),
    "branch_id_in_path": _in_path(
        "id", "The branch: 1 to 32 of A-Z a-z 0-9 _ -.", {"pattern": f"^{BRANCH_ID.pattern}$"}, "MUM-01"
    ),
    "receipt_id": _in_path("id", "The receipt.", {"pattern": f"^{RECEIPT_ID.pattern}$"}, "rct_xJ1p0sT5nB3vQ8aZ"),
    "event_id": _in_path(
        "id", "The event.", {"pattern": f"^{CALLBACK_EVENT_ID.pattern}$"}, "evt_0f1e2d3c4b5a69788796a5b4c3d2e1f0"
    ),
    "provider": _in_path("provider", "The gateway.", {"enum": sorted(gateway_names())}, "razorpay"),
    "account_token": _in_path(
        "account_token", "Names the account; given when it was set up.", {"minLength": 1}, "tok-razorpay-0123456789"
    ),
    "X-Razorpay-Signature": _signature("X-Razorpay-Signature", "Razorpay"),
    "X-Webhook-Signature": _signature("X-Webhook-Signature", "Cashfree"),
    "X-Webhook-Timestamp": _signature("X-Webhook-Timestamp", "Cashfree"),
    "Stripe-Signature": _signature("Stripe-Signature", "Stripe"),
    "Idempotency-Key": {
        "name": "Idempotency-Key",
        "in": "header",
        "description": (
            "Names this request: sent again with the same key, it takes effect once. 1 to 255 printable ASCII "
            "characters without comma; a quoted string and the bare value are the same key."
        ),
        "schema": {
            "type": "string",
            "minLength": 1,
            "maxLength": 255,
            "pattern": "^[!#-+\\--~]([ -+\\--~]*[!#-+\\--~])?$",
        },
        "example": "till-7-2026-03-15-0042",
    },
}

HEADERS: dict[str, dict[str, Any]] = {
    "X-Request-Id": {"description": "Names this request in our logs.", "schema": {"type": "string"}},
    "Idempotent-Replayed": {
        "description": "The request took effect before; this is that effect's answer.",
        "schema": {"type": "string", "const": "true"},
        "required": True,
    },
    "Location": {
        "description": "Path of the invoice.",
        "schema": {"type": "string", "format": "uri-reference"},
        "required": True,
    },
    "X-Total-Count": {
        "description": "Rows of all pages together. Not on a walk by cursor.",
        "schema": {"type": "integer", "minimum": 0},
    },
    "Link": {
        "description": "RFC 8288: first, prev, next and last page with every filter kept; by cursor only next.",
        "schema": {"type": "string"},
    },
    "X-Next-Cursor": {
        "description": "The cursor to go on with; absent at the end.",
        "schema": {"type": "string", "minLength": 1},
    },
    "Retry-After": {
        "description": "Seconds to wait before the same request is sent again.",
        "schema": {"type": "integer", "minimum": RETRY_AFTER_SECONDS},
        "required": True,
    },
}
