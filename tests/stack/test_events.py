"""The files in events/ are true: each names a function, and the deployed function answers it as its name says."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.architecture.template import functions, routes
from tools.local_stack import lifecycle
from tools.local_stack.settings import REPOSITORY, StackSettings

EVENTS = sorted((REPOSITORY / "events").glob("*.json"))
# What an event is answered with, on the seed, if that is not 200. Those that write carry a key: sent again, they
# write nothing.
STATUS = {
    "get_invoice.unknown": 404,
    "record_payment.part": 201,
    "record_payment.too_much": 409,
    "record_refund.part": 201,
    "create_invoice.finalized": 201,
    "cancel_invoice.has_payments": 409,
    "payment_callback.forged": 401,
    "get_callback_event.unknown": 404,
    "apply_unapplied.unknown": 404,
}


def logical_id(path: Path) -> str:
    return "".join(word.capitalize() for word in path.name.split(".")[0].split("_"))


def test_every_function_has_an_event() -> None:
    assert {logical_id(path) for path in EVENTS} == set(functions())


@pytest.mark.parametrize("path", EVENTS, ids=lambda path: path.stem)
def test_event_has_the_true_shape(path: Path) -> None:
    event = json.loads(path.read_text(encoding="utf-8"))
    if "Records" in event:
        assert all(record["eventSource"] == "aws:dynamodb" for record in event["Records"])
        return
    if event.get("detail-type") == "Scheduled Event":
        assert (event["source"], event["detail"]) == ("aws.events", {})
        return
    mine = [(method, route) for name, method, route, _ in routes() if name == logical_id(path)]
    method, route = event["routeKey"].split(" ")
    assert (method, route) in mine
    assert event["version"] == "2.0"
    assert event["requestContext"]["http"]["path"] == event["rawPath"]
    assert re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", route), event["rawPath"])


def check(path: Path, answer: dict[str, Any]) -> None:
    if "Records" in json.loads(path.read_text(encoding="utf-8")):
        assert answer == {"batchItemFailures": []}
        return
    if logical_id(path) == "VerifySummary":
        assert answer["finished"] == 1
        assert answer["documents"] > 3000
        return
    assert answer["statusCode"] == STATUS.get(path.stem, 200), answer
    types = {name.lower(): value for name, value in answer["headers"].items()}["content-type"]
    if "json" in types and not answer.get("isBase64Encoded"):
        json.loads(answer["body"])


@pytest.mark.parametrize("path", EVENTS, ids=lambda path: path.stem)
def test_the_deployed_function_answers(stack: StackSettings, path: Path) -> None:
    resource = lifecycle.client(stack, "cloudformation").describe_stack_resource(
        StackName=stack.stack_name, LogicalResourceId=logical_id(path)
    )
    name = f"{resource['StackResourceDetail']['PhysicalResourceId']}:live"
    answer = lifecycle.client(stack, "lambda").invoke(FunctionName=name, Payload=path.read_bytes())
    assert "FunctionError" not in answer
    check(path, json.loads(answer["Payload"].read()))


@pytest.mark.parametrize("stem", ["get_invoice.ok", "update_summary.paid"])
def test_sam_remote_invoke_sends_it(stack: StackSettings, stem: str) -> None:
    """What `make invoke` runs."""
    path = REPOSITORY / "events" / f"{stem}.json"
    command = [lifecycle.sam(), "remote", "invoke", logical_id(path), "--event-file", str(path)]
    command += ["--stack-name", stack.stack_name]
    ended = subprocess.run(
        command, cwd=stack.folder, env=stack.aws_environment(), capture_output=True, text=True, check=False, timeout=120
    )
    assert ended.returncode == 0, ended.stderr
    check(path, json.loads(ended.stdout.strip().splitlines()[-1]))
