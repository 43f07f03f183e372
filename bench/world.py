"""What the requests of a benchmark find: DynamoDB Local with our tables filled, and the reference handler's table."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl, urlparse

import boto3

from billing.wiring import Services
from tests.engines import CREDENTIALS, DYNAMODB_LOCAL, connect, environment, serving
from tests.http.api import Api, fixed_clock
from tests.tables import create_tables

TENANT = "demo"
LINES = 20
INVOICES = 60


@dataclass(frozen=True)
class World:
    """A running engine and what is in it."""

    port: int
    services: Services
    api: Api
    invoice_id: str


@contextmanager
def world() -> Iterator[World]:
    """Start and fill the engine: an invoice of 20 lines with two payments, and a list of sixty."""
    with serving(DYNAMODB_LOCAL) as url:
        with environment(**CREDENTIALS):
            # A patient client: production's would take a slow first answer for a lost one and ask again.
            create_tables(boto3.client("dynamodb", endpoint_url=url))
        services = connect(DYNAMODB_LOCAL, url).services(clock=fixed_clock)
        api = Api(services, TENANT)
        api.branch()
        for number in range(INVOICES):
            api.invoice(1500, date=f"2026-03-{1 + number % 19:02d}")
        invoice_id = api.invoice(1500, line_items=[_line(number) for number in range(LINES)])["id"]
        for number in range(2):
            reference = f"41234567890{number}"
            assert api.pay(invoice_id, 500, payment_mode="upi", reference=reference).status == 201
        api.settle()
        _fill_typical(url)
        port = urlparse(url).port
        assert port
        yield World(port, services, api, invoice_id)


def request(method: str, path: str, *, query: str = "", body: str | None = None) -> dict[str, Any]:
    """API Gateway's event (HTTP API, payload 2.0) as the authorizer lets it through."""
    base = "/api/v1/billing"
    resource = "/".join("{id}" if "." in part else part for part in path.split("/"))
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": f"{method} {base}{resource}",
        "rawPath": base + path,
        "rawQueryString": query,
        "headers": {"content-type": "application/json", "accept": "application/json", "user-agent": "bench"},
        "requestContext": {
            "accountId": "000000000000",
            "apiId": "api",
            "domainName": "api.execute-api.ap-south-1.amazonaws.com",
            "requestId": "bench-1",
            "stage": "$default",
            "time": "20/Mar/2026:12:00:00 +0000",
            "timeEpoch": 1_774_008_000_000,
            "http": {"method": method, "path": base + path, "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1"},
            "authorizer": {
                "jwt": {"claims": {"tenant_id": TENANT, "scope": "billing:read billing:write"}, "scopes": None}
            },
        },
        "isBase64Encoded": False,
    }
    if query:
        event["queryStringParameters"] = dict(parse_qsl(query))
    if body is not None:
        event["body"] = body
    return event


def _line(number: int) -> dict[str, Any]:
    return {
        "service_name": f"Consultation and examination {number}",
        "department": ("General Medicine", "Pathology", "Pharmacy", "Radiology")[number % 4],
        "sac_hsn": "999312",
        "quantity": 1 + number % 3,
        "rate": 450.5,
        "discount": 10,
        "tax_rate": 18,
        "tax_treatment": "taxable",
    }


def _fill_typical(url: str) -> None:
    """The reference handler's single table: an invoice is one item with its lines as maps."""
    with environment(**CREDENTIALS):
        resource: Any = boto3.resource("dynamodb", endpoint_url=url)
    table = resource.create_table(
        TableName="typical",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "tenant", "date")],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by_date",
                "KeySchema": [
                    {"AttributeName": "tenant", "KeyType": "HASH"},
                    {"AttributeName": "date", "KeyType": "RANGE"},
                ],
                "Projection": {
                    "ProjectionType": "INCLUDE",
                    "NonKeyAttributes": [
                        "id",
                        "invoice_number",
                        "patient_name",
                        "total",
                        "paid",
                        "balance",
                        "status",
                        "patient_id",
                        "branch_id",
                    ],
                },
            }
        ],
    )
    money = Decimal("450.50")
    line = {"service_name": "Consultation and examination", "department": "General Medicine", "quantity": Decimal(1)}
    line |= {"rate": money, "discount": Decimal(10), "tax": Decimal("79.29"), "amount": Decimal("519.79")}
    payment = {"id": "pay_1", "amount": Decimal(500), "payment_mode": "upi", "reference": "412345678901"}
    totals = dict.fromkeys(("sub_total", "discount", "cgst", "sgst", "igst", "grand_total"), money)
    for number in range(INVOICES + 1):
        day = f"2026-03-{1 + number % 19:02d}"
        item: dict[str, Any] = {
            "pk": f"inv-{number}", "tenant": TENANT, "id": f"inv-{number}", "invoice_number": f"MUM/2526/{number:05d}",
            "patient_id": "PAT-1", "patient_name": "Asha Rao", "branch_id": "MUM-01", "date": day,
            "status": "partially_paid", "total": money, "paid": money, "balance": money,
        }  # fmt: skip
        if number == 0:
            item |= {"line_items": [line] * LINES, "totals": totals}
            item["payments"] = [payment | {"payment_date": "2026-03-15"}] * 2
        table.put_item(Item=item)
