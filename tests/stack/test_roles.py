"""Least privilege, proved with the functions' own roles: what a function does not need, it cannot do."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from ministack import app as ministack
from ministack.core import lambda_runtime

from tests.stack.http_client import Api
from tools.local_stack import lifecycle
from tools.local_stack.settings import REGION, StackSettings


@pytest.fixture
def as_function(stack: StackSettings, api: Api, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A DynamoDB client with the credentials that the emulator gives a running function."""
    # The emulator derives them from the function and its role, and knows them once the function has run.
    token = api.token()
    unknown = "/invoices/pune.0000000000000000"
    api.request("GET", unknown, token=token)
    api.request("POST", f"{unknown}/payments", token=token, body={"amount": 1, "payment_mode": "cash"})
    api.request("GET", "/invoices", token=token)
    monkeypatch.setattr(ministack, "AUTH", True)

    def client(logical_id: str) -> Any:
        resource = lifecycle.client(stack, "cloudformation").describe_stack_resource(
            StackName=stack.stack_name, LogicalResourceId=logical_id
        )
        name = resource["StackResourceDetail"]["PhysicalResourceId"]
        functions = lifecycle.client(stack, "lambda")
        config = functions.get_function_configuration(FunctionName=name, Qualifier="live")
        # They are derived from the ARN that the function was first invoked by: its alias's, its version's, or its own.
        plain = config["FunctionArn"].removesuffix(":live")
        for arn in (plain, f"{plain}:live", f"{plain}:1"):
            credentials = lambda_runtime.execution_credentials({**config, "FunctionArn": arn})
            made = boto3.client(
                "dynamodb",
                endpoint_url=stack.aws_url,
                region_name=REGION,
                aws_access_key_id=credentials["AWS_ACCESS_KEY_ID"],
                aws_secret_access_key=credentials["AWS_SECRET_ACCESS_KEY"],
                aws_session_token=credentials["AWS_SESSION_TOKEN"],
            )
            try:
                made.list_tables()
            except ClientError as problem:
                if problem.response["Error"]["Code"].startswith("AccessDenied"):
                    return made
        raise AssertionError(f"the emulator knows no credentials of {logical_id}")

    return client


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
