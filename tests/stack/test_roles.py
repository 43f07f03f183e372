"""Least privilege, proved with the functions' own roles: what a function does not need, it cannot do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.stack.http_client import Api
from tools.local_stack import lifecycle
from tools.local_stack.settings import REGION, StackSettings


@pytest.fixture
def as_function(stack: StackSettings, api: Api) -> Callable[[str], Any]:
    """A DynamoDB client with the very credentials that a running function has in its environment."""
    token, unknown = api.token(), "/invoices/pune.0000000000000000"
    calls: dict[str, Callable[[], Any]] = {
        "GetInvoice": lambda: api.request("GET", unknown, token=token),
        "RecordPayment": lambda: api.request("POST", f"{unknown}/payments", token=token, body={}),
        "ListInvoices": lambda: api.request("GET", "/invoices", token=token),
    }

    def client(logical_id: str) -> Any:
        calls[logical_id]()
        resource = lifecycle.client(stack, "cloudformation").describe_stack_resource(
            StackName=stack.stack_name, LogicalResourceId=logical_id
        )
        environment = worker_environment(stack, resource["StackResourceDetail"]["PhysicalResourceId"])
        return boto3.client(
            "dynamodb",
            endpoint_url=stack.aws_url,
            region_name=REGION,
            aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
            aws_session_token=environment["AWS_SESSION_TOKEN"],
        )

    return client


def worker_environment(stack: StackSettings, function_name: str) -> dict[str, str]:
    """The environment of a process that runs the function in this stack."""
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            entries = path.read_bytes().decode(errors="replace").split("\0")
        except OSError:
            continue  # it ended meanwhile, or is somebody else's
        environment = dict(entry.split("=", 1) for entry in entries if "=" in entry)
        mine = environment.get("GATEWAY_PORT") == str(stack.aws_port)
        if mine and environment.get("AWS_LAMBDA_FUNCTION_NAME") == function_name:
            return environment
    raise AssertionError(f"no process runs {function_name}")


def refused(operation: Any, **arguments: Any) -> bool:
    with pytest.raises(ClientError) as problem:
        operation(**arguments)
    code = problem.value.response["Error"]["Code"]
    assert code in ("AccessDeniedException", "AccessDenied"), problem.value
    return True


KEY = {"pk": {"S": "T#demo#I#pune.0000000000000000"}, "sk": {"S": "H"}}


def test_get_invoice_reads_and_cannot_write(stack: StackSettings, as_function: Any) -> None:
    table = stack.description()["billing_table"]
    client = as_function("GetInvoice")
    query = {"TableName": table, "KeyConditionExpression": "pk = :pk", "ExpressionAttributeValues": {":pk": KEY["pk"]}}
    assert client.query(**query)["Count"] == 0
    assert refused(client.update_item, TableName=table, Key=KEY, UpdateExpression="REMOVE x")
    assert refused(client.put_item, TableName=table, Item=KEY)
    assert refused(client.delete_item, TableName=table, Key=KEY)
    assert refused(client.scan, TableName=table)


def test_record_payment_cannot_scan_or_delete(stack: StackSettings, as_function: Any) -> None:
    described = stack.description()
    client = as_function("RecordPayment")
    assert refused(client.scan, TableName=described["billing_table"])
    assert refused(client.delete_item, TableName=described["billing_table"], Key=KEY)
    assert refused(client.update_item, TableName=described["summary_table"], Key=KEY, UpdateExpression="REMOVE x")


def test_list_invoices_reads_indexes_and_not_the_table(stack: StackSettings, as_function: Any) -> None:
    described = stack.description()
    client = as_function("ListInvoices")
    query = {"TableName": described["billing_table"], "ExpressionAttributeValues": {":t": {"S": "demo"}}}
    assert client.query(IndexName="by_date", KeyConditionExpression="tenant = :t", Limit=1, **query)["Count"] == 1
    query["ExpressionAttributeValues"] = {":pk": KEY["pk"]}
    assert refused(client.query, KeyConditionExpression="pk = :pk", **query)
