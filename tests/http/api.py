"""The functions as callers meet them: real handlers, API Gateway's event shape, the tables in this process."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from billing import wiring
from billing.streams.projection import project_batch
from tests.canaries import STANDARD_TOKEN
from tools.in_process.gateway import Context, function

ROOT = Path(__file__).parent.parent.parent
BASE = "/api/v1/billing"
ROUTES = {
    ("GET", "/invoices"): "list_invoices",
    ("POST", "/invoices"): "create_invoice",
    ("GET", "/invoices/{id}"): "get_invoice",
    ("POST", "/invoices/{id}/payments"): "record_payment",
    ("POST", "/invoices/{id}/refunds"): "record_refund",
    ("POST", "/invoices/{id}/finalize"): "finalize_invoice",
    ("POST", "/invoices/{id}/cancel"): "cancel_invoice",
    ("GET", "/branches"): "list_branches",
    ("PUT", "/branches/{id}"): "put_branch",
    ("GET", "/unapplied-receipts"): "list_unapplied",
    ("POST", "/unapplied-receipts/{id}/apply"): "apply_unapplied",
    ("GET", "/callbacks/events/{id}"): "get_callback_event",
    ("GET", "/summary"): "get_summary",
    ("GET", "/summary/daily"): "get_daily_summary",
}
WITH_ID = ("invoices", "branches", "unapplied-receipts")
SCOPES = "billing:read billing:write"


@dataclass
class Answer:
    """An HTTP answer; ``json`` keeps amounts exact."""

    status: int
    headers: dict[str, str]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text, parse_float=Decimal)

    @property
    def code(self) -> str:
        return str(self.json["code"])


class Api:
    """Calls the handlers and, when asked, lets the stream function catch up."""

    def __init__(self, services: wiring.Services, tenant: str = "demo") -> None:
        self.services = services
        self.tenant = tenant
        self._stream_seen: dict[str, int] = {}

    def __call__(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        query: dict[str, Any] | str | None = None,
        headers: dict[str, str] | None = None,
        scope: str | None = SCOPES,
        tenant: str | None = None,
        branches: str | None = None,
        raw: str | bytes | None = None,
        claims: dict[str, str] | None = None,
    ) -> Answer:
        """One request; ``raw`` replaces the JSON body, bytes travel in base64."""
        parts = path.strip("/").split("/")
        id_at = 1 if parts[0] in WITH_ID else 2 if parts[0] == "callbacks" else None
        pattern = "/" + "/".join("{id}" if place == id_at else part for place, part in enumerate(parts))
        name = ROUTES[method, pattern]
        sent = {"content-type": "application/json"} if body is not None or raw is not None else {}
        if scope is not None:
            sent["authorization"] = f"Bearer {STANDARD_TOKEN}"  # as the authorizer passes it on
        sent.update({key.lower(): value for key, value in (headers or {}).items()})
        event: dict[str, Any] = {
            "version": "2.0",
            "routeKey": f"{method} {BASE}{pattern}",
            "rawPath": BASE + path,
            "rawQueryString": query if isinstance(query, str) else urlencode(query or {}),
            "headers": sent,
            "requestContext": {
                "requestId": "req-1",
                "stage": "$default",
                "http": {"method": method, "path": BASE + path, "sourceIp": "127.0.0.1"},
            },
            "isBase64Encoded": isinstance(raw, bytes),
        }
        if parts[0] in WITH_ID and len(parts) > 1:
            event["pathParameters"] = {"id": parts[1]}
        if isinstance(raw, bytes):
            event["body"] = base64.b64encode(raw).decode()
        elif raw is not None:
            event["body"] = raw
        elif body is not None:
            event["body"] = json.dumps(body)
        if scope is not None:
            held = {"scope": scope, "tenant_id": tenant or self.tenant}
            if branches is not None:
                held["branches"] = branches
            held.update(claims or {})
            event["requestContext"]["authorizer"] = {"jwt": {"claims": held, "scopes": None}}
        wiring.use(self.services)
        answer = function(name).handler(event, Context())
        return Answer(answer["statusCode"], answer["headers"], answer.get("body") or "")

    def settle(self) -> None:
        """Count every invoice's newest state, as the stream function does."""
        client, table = self.services.dynamodb, self.services.settings.billing_table
        records: list[dict[str, Any]] = []
        arguments: dict[str, Any] = {"TableName": table}
        while True:
            page = client.scan(**arguments)
            for item in page["Items"]:
                keys = {"pk": item["pk"], "sk": item["sk"]}
                records.append({"dynamodb": {"Keys": keys, "NewImage": item, "SequenceNumber": str(len(records))}})
            if "LastEvaluatedKey" not in page:
                break
            arguments["ExclusiveStartKey"] = page["LastEvaluatedKey"]
        for start in range(0, len(records), 100):
            failures, _ = project_batch(self.services.ledger, self.services.patience, records[start : start + 100])
            assert failures == []

    def branch(self, branch_id: str = "MUM-01", **members: Any) -> dict[str, Any]:
        """A registered branch."""
        code = members.pop("code", branch_id.replace("-", "")[:5])
        body = {"name": "Andheri", "code": code, "state_code": "27", **members}
        answer = self("PUT", f"/branches/{branch_id}", body)
        assert answer.status in (200, 201), answer.text
        return dict(answer.json)

    def invoice(self, rate: float | str = 1500, *, finalize: bool = True, **members: Any) -> dict[str, Any]:
        """An invoice of one untaxed line."""
        headers = members.pop("headers", {})
        tenant = members.pop("tenant", None)
        answer = self(
            "POST", "/invoices", invoice_body(rate, finalize=finalize, **members), headers=headers, tenant=tenant
        )
        assert answer.status == 201, answer.text
        return dict(answer.json)

    def pay(self, invoice_id: str, amount: Any, **members: Any) -> Answer:
        """A payment, cash unless said otherwise."""
        headers = members.pop("headers", None)
        return self("POST", f"/invoices/{invoice_id}/payments", payment_body(amount, **members), headers=headers)


def invoice_body(rate: Any = 1500, **members: Any) -> dict[str, Any]:
    """A valid body of POST /invoices."""
    line = {
        "service_name": "Consultation",
        "department": "General Medicine",
        "sac_hsn": "999312",
        "quantity": 1,
        "rate": rate,
        "tax_rate": 0,
        "tax_treatment": "exempt",
    }
    return {
        "patient": {"id": "PAT-1", "name": "Asha Rao"},
        "branch_id": "MUM-01",
        "date": "2026-03-10",
        "line_items": [line],
        **members,
    }


def payment_body(amount: Any = 500, **members: Any) -> dict[str, Any]:
    """A valid body of POST /invoices/{id}/payments."""
    return {"amount": amount, "payment_mode": "cash", "payment_date": "2026-03-15", **members}


def fixed_clock() -> datetime:
    """20 March 2026, 12:00 IST."""
    return datetime(2026, 3, 20, 6, 30, tzinfo=UTC)
