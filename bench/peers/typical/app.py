"""The reference handler: Powertools with everything on, a validating resolver, Pydantic, boto3's resource.

Written by us after the examples that Powertools' and SAM's own documentation lead with, for the same reads as our
service: one invoice of 20 lines, and a page of 20 invoices with the caller's filters, its total and a cursor. The
total is counted the common way, by a second query that selects nothing but the count.
"""

import base64
import json
import os
from datetime import date
from typing import Annotated, Literal

from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.logging import correlation_paths
from boto3 import resource
from boto3.dynamodb.conditions import Attr, Key
from models import Invoice, InvoiceSummary

logger = Logger(service="billing")
tracer = Tracer(service="billing")
metrics = Metrics(namespace="Billing", service="billing")
app = APIGatewayHttpResolver(enable_validation=True)
table = resource("dynamodb").Table(os.environ["TABLE_NAME"])


@app.get("/api/v1/billing/invoices/<invoice_id>")
@tracer.capture_method
def get_invoice(invoice_id: str) -> Invoice:
    item = table.get_item(Key={"pk": invoice_id}, ConsistentRead=True).get("Item")
    if item is None or item["tenant"] != _tenant():
        raise NotFoundError("no such invoice")
    return Invoice.model_validate(item)


@app.get("/api/v1/billing/invoices")
@tracer.capture_method
def list_invoices(
    patient_id: Annotated[str | None, Query(max_length=64)] = None,
    status: Literal["draft", "finalized", "paid", "partially_paid", "cancelled"] | None = None,
    date_from: date | None = None,
    date_to: date | None = None,
    branch_id: Annotated[str | None, Query(max_length=32)] = None,
    per_page: Annotated[int, Query(ge=1, le=100)] = 20,
    cursor: str | None = None,
) -> Response[list[InvoiceSummary]]:
    days = (date_from or date.min).isoformat(), (date_to or date.max).isoformat()
    wanted = {
        "IndexName": "by_date",
        "KeyConditionExpression": Key("tenant").eq(_tenant()) & Key("date").between(*days),
    }
    for name, value in (("patient_id", patient_id), ("status", status), ("branch_id", branch_id)):
        if value is not None:
            condition = Attr(name).eq(value)
            wanted["FilterExpression"] = (
                wanted["FilterExpression"] & condition if "FilterExpression" in wanted else condition
            )
    found, start = [], json.loads(base64.urlsafe_b64decode(cursor)) if cursor else None
    while len(found) < per_page:
        page = table.query(
            **wanted,
            Limit=per_page - len(found),
            ScanIndexForward=False,
            **({"ExclusiveStartKey": start} if start else {}),
        )
        found += page["Items"]
        start = page.get("LastEvaluatedKey")
        if start is None:
            break
    headers = {}
    if start is not None:
        headers["X-Next-Cursor"] = base64.urlsafe_b64encode(json.dumps(start).encode()).decode()
    if cursor is None:
        headers["X-Total-Count"] = str(_count(wanted))
    return Response(200, "application/json", [InvoiceSummary.model_validate(item) for item in found], headers)


def _count(wanted):
    total, start = 0, None
    while True:
        page = table.query(**wanted, Select="COUNT", **({"ExclusiveStartKey": start} if start else {}))
        total += page["Count"]
        start = page.get("LastEvaluatedKey")
        if start is None:
            return total


def _tenant():
    return app.current_event.request_context.authorizer.jwt_claim["tenant_id"]


@logger.inject_lambda_context(correlation_id_path=correlation_paths.API_GATEWAY_HTTP)
@tracer.capture_lambda_handler
@metrics.log_metrics(capture_cold_start_metric=True)
def handler(event, context):
    return app.resolve(event, context)
