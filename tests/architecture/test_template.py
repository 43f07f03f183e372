"""House rules of template.yaml that no linter knows."""

from __future__ import annotations

import re
import tomllib
from typing import Any

import pytest

from billing.adapters.dynamodb.callback_items import receipt_queue
from billing.domain.receipts import RECEIPT_STATUSES
from tests.architecture.template import REPOSITORY, functions, resources, routes, template
from tests.streams.lambda_stream import passes_filter

# Routes that need no token: the gateway's signature, or nothing secret, is behind them.
OPEN_PREFIXES = (
    "/api/v1/billing/callbacks/",
    "/api/v1/billing/openapi.json",
    "/api/v1/billing/docs",
    "/api/v1/billing/dashboard",
)
WRITING_ACTIONS = {"dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem", "dynamodb:BatchWriteItem"}


def snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def statements(properties: dict[str, Any]) -> list[dict[str, Any]]:
    return [statement for policy in properties.get("Policies", []) for statement in policy["Statement"]]


@pytest.mark.parametrize("name", functions())
def test_function_has_its_own_folder(name: str) -> None:
    assert functions()[name]["CodeUri"] == f"functions/{snake(name)}"
    assert (REPOSITORY / "functions" / snake(name) / "app.py").is_file()


def test_every_folder_is_deployed() -> None:
    folders = {path.parent.name for path in (REPOSITORY / "functions").glob("*/app.py")}
    assert folders == {snake(name) for name in functions()}


@pytest.mark.parametrize("name", functions())
def test_function_has_a_log_group_that_forgets(name: str) -> None:
    group = functions()[name]["LoggingConfig"]["LogGroup"]["Ref"]
    assert resources("AWS::Logs::LogGroup")[group]["RetentionInDays"] == {"Ref": "LogRetentionDays"}


@pytest.mark.parametrize("name", functions())
def test_policies_name_actions_and_resources(name: str) -> None:
    for statement in statements(functions()[name]):
        actions = statement["Action"]
        assert isinstance(actions, list)
        assert all(re.fullmatch(r"[a-z0-9]+:[A-Za-z]+", action) for action in actions), actions
        named = statement["Resource"] if isinstance(statement["Resource"], list) else [statement["Resource"]]
        for resource in named:
            assert resource != "*"
            assert "*" not in str(resource.get("Fn::Sub", "")).replace("secret:", "").removesuffix("*"), resource


@pytest.mark.parametrize("name", functions())
def test_reading_functions_cannot_write(name: str) -> None:
    gets = [method for function, method, _, _ in routes() if function == name]
    if gets and set(gets) == {"GET"}:
        allowed = {action for statement in statements(functions()[name]) for action in statement["Action"]}
        assert not allowed & WRITING_ACTIONS


def test_no_function_may_scan_or_drop_a_table() -> None:
    refused = {"dynamodb:Scan", "dynamodb:DeleteTable", "dynamodb:UpdateTable"}
    for name, properties in functions().items():
        for statement in statements(properties):
            assert not refused & set(statement["Action"]) or name == "VerifySummary", name


@pytest.mark.parametrize(("function", "method", "path", "scopes"), routes())
def test_route_asks_for_the_scope_of_its_kind(function: str, method: str, path: str, scopes: list[str] | None) -> None:
    assert path.startswith("/api/v1/billing/")
    if path.startswith(OPEN_PREFIXES) and not path.startswith("/api/v1/billing/callbacks/events/"):
        assert scopes is None
        return
    kind = "read" if method == "GET" else "write"
    assert scopes == [f"billing:{kind}", f"billing/{kind}"]


def test_api_refuses_by_default() -> None:
    auth = resources("AWS::Serverless::HttpApi")["Api"]["Auth"]
    assert auth["DefaultAuthorizer"] in auth["Authorizers"]


@pytest.mark.parametrize("metric", ["Errors", "Throttles"])
def test_every_function_is_watched(metric: str) -> None:
    watched = set()
    for alarm in resources("AWS::CloudWatch::Alarm").values():
        for query in alarm.get("Metrics", []):
            stat = query.get("MetricStat", {}).get("Metric", {})
            if stat.get("MetricName") == metric:
                watched |= {dimension["Value"]["Ref"] for dimension in stat["Dimensions"]}
        # CloudWatch takes ten metrics in one math alarm.
        assert len(alarm.get("Metrics", [])) <= 11
    assert watched == set(functions())


@pytest.mark.parametrize("name", resources("AWS::DynamoDB::Table"))
def test_tables_survive(name: str) -> None:
    declared = template()["Resources"][name]
    assert declared["DeletionPolicy"] == declared["UpdateReplacePolicy"] == "Retain"
    properties = declared["Properties"]
    assert properties["DeletionProtectionEnabled"] is True
    recovery = properties["PointInTimeRecoverySpecification"]
    assert recovery == {"PointInTimeRecoveryEnabled": True, "RecoveryPeriodInDays": 35}


def test_stream_mapping_gives_up_only_to_the_bucket() -> None:
    mapping = functions()["UpdateSummary"]["Events"]["Changes"]["Properties"]
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert mapping["BisectBatchOnFunctionError"] is True
    assert 0 < mapping["MaximumRetryAttempts"] <= 100
    assert mapping["DestinationConfig"]["OnFailure"]["Destination"] == {"Fn::GetAtt": "ParkedRecords.Arn"}


def test_the_streams_filter_passes_what_is_counted() -> None:
    """Any other item would be invoked for in vain; a counted one left out would be missing from the summary."""

    def change(sort_key: str, **attributes: str) -> dict[str, Any]:
        image = {name: {"S": value} for name, value in attributes.items()}
        return {"dynamodb": {"Keys": {"sk": {"S": sort_key}}, "NewImage": image}}

    assert passes_filter(change("H", status="draft"))
    for status in RECEIPT_STATUSES:
        assert passes_filter(change("R", queue=receipt_queue(status)))
    assert not passes_filter(change("R"))
    for kind in ("L", "N", "K", "G", "O", "B#MUM-01", "C#MUM"):
        assert not passes_filter(change(kind, queue="event:held"))


SHOWN = ["number", "patient_name", "status", "total", "paid", "balance", "branch_id"]  # and date and id, keys of each
PROJECTED = {  # besides keys; what a list does not show would be read and written with every row for nothing
    "by_date": SHOWN,
    "by_branch": [name for name in SHOWN if name != "branch_id"],
    "by_patient": SHOWN,
    "by_open": SHOWN,
    "by_queue": ["branch_id"],  # receipts and callbacks, which are in no index of invoices
}


@pytest.mark.parametrize(
    "index", resources("AWS::DynamoDB::Table")["BillingTable"]["GlobalSecondaryIndexes"], ids=lambda i: i["IndexName"]
)
def test_an_index_holds_what_its_list_shows_and_no_more(index: dict[str, Any]) -> None:
    assert index["KeySchema"][0] == {"AttributeName": "tenant", "KeyType": "HASH"}
    assert index["Projection"] == {
        "ProjectionType": "INCLUDE",
        "NonKeyAttributes": PROJECTED[index["IndexName"]],
    }


def test_every_index_is_judged() -> None:
    declared = resources("AWS::DynamoDB::Table")["BillingTable"]["GlobalSecondaryIndexes"]
    assert {index["IndexName"] for index in declared} == PROJECTED.keys()


def test_parked_records_are_only_reached_by_tls_but_on_the_own_machine() -> None:
    policy = template()["Resources"]["ParkedRecordsPolicy"]
    assert policy["Condition"] == "IsDeployedToAws"
    assert template()["Conditions"]["IsDeployedToAws"] == {"Fn::Not": [{"Fn::Equals": [{"Ref": "Stage"}, "local"]}]}
    (statement,) = policy["Properties"]["PolicyDocument"]["Statement"]
    assert (statement["Effect"], statement["Principal"], statement["Action"]) == ("Deny", "*", "s3:*")
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": False}}
    bucket = {"Fn::GetAtt": "ParkedRecords.Arn"}
    assert statement["Resource"] == [bucket, {"Fn::Sub": "${ParkedRecords.Arn}/*"}]


def test_every_other_environment_is_one_on_aws() -> None:
    """The stages that samconfig.toml deploys are none of them local."""
    environments = tomllib.loads((REPOSITORY / "samconfig.toml").read_text(encoding="utf-8"))
    stages = {
        name: [given for given in made["deploy"]["parameters"].get("parameter_overrides", []) if "Stage=" in given]
        for name, made in environments.items()
        if isinstance(made, dict) and "deploy" in made
    }
    assert stages.pop("default", []) in ([], ["Stage=local"])
    assert stages
    for name, given in stages.items():
        assert given == [f"Stage={name}"]
