"""The reference handler: Powertools with everything on, a validating resolver, Pydantic, boto3's resource.

Written by us after the examples that Powertools' and SAM's own documentation lead with, for the same two reads as
our service: one invoice of 20 lines, and a page of 20 invoices.
"""

import os

from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.logging import correlation_paths
from boto3 import resource
from boto3.dynamodb.conditions import Key
from models import Invoice, InvoiceSummary

logger = Logger(service="billing")
tracer = Tracer(service="billing")
metrics = Metrics(namespace="Billing", service="billing")
app = APIGatewayHttpResolver(enable_validation=True)
table = resource("dynamodb").Table(os.environ["TABLE_NAME"])


@app.get("/api/v1/billing/invoices/<invoice_id>")
@tracer.capture_method
def get_invoice(invoice_id: str) -> Invoice:
    item = table.get_item(Key={"pk": invoice_id}).get("Item")
    if item is None:
        raise NotFoundError("no such invoice")
    return Invoice.model_validate(item)


@app.get("/api/v1/billing/invoices")
@tracer.capture_method
def list_invoices(per_page: int = 20) -> list[InvoiceSummary]:
    page = table.query(
        IndexName="by_date",
        KeyConditionExpression=Key("tenant").eq("demo"),
        Limit=per_page,
        ScanIndexForward=False,
    )
    return [InvoiceSummary.model_validate(item) for item in page["Items"]]


@logger.inject_lambda_context(correlation_id_path=correlation_paths.API_GATEWAY_HTTP)
@tracer.capture_lambda_handler
@metrics.log_metrics(capture_cold_start_metric=True)
def handler(event, context):
    return app.resolve(event, context)
