"""What the local stack adds to the emulator, seen on a small stack: an upgrade that changes any of it fails here."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.stack.http_client import Api
from tools.local_stack import lifecycle
from tools.local_stack.settings import HOST, REPOSITORY, StackSettings, runtime
from tools.local_stack.tokens import Issuer

PROBE_TEMPLATE = Path(__file__).parent / "probe_stack" / "template.yaml"


@pytest.fixture(scope="module")
def probe(stack: StackSettings) -> dict[str, str]:
    """A second stack in the same emulator. Returns its outputs."""
    target = stack.folder / "probe-build"
    parameters = ["--parameter-overrides", f"Runtime={runtime()}", f"Issuer={stack.issuer}"]
    build = [lifecycle.sam(), "build", "--template", str(PROBE_TEMPLATE), "--build-dir", str(target)]
    lifecycle.run_tool([*build, *parameters], stack, "probe-build.log")
    deploy = [lifecycle.sam(), "deploy", "--template-file", str(target / "template.yaml"), "--stack-name", "probe"]
    deploy += ["--config-file", str(REPOSITORY / "samconfig.toml")]
    lifecycle.run_tool([*deploy, *parameters], stack, "probe-deploy.log")
    described = lifecycle.client(stack, "cloudformation").describe_stacks(StackName="probe")["Stacks"][0]
    return {output["OutputKey"]: output["OutputValue"] for output in described["Outputs"]}


def call(stack: StackSettings, probe: dict[str, str], path: str, **headers: str) -> tuple[int, dict[str, Any], Any]:
    request = urllib.request.Request(f"{stack.aws_url}/_aws/execute-api/{probe['ApiId']}{path}", headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, dict(answer.headers), json.load(answer)
    except urllib.error.HTTPError as problem:
        with problem:
            return problem.code, dict(problem.headers), json.load(problem)


def batches(stack: StackSettings, probe: dict[str, str]) -> list[list[str]]:
    """Every batch that the consumer was sent, in order."""
    events = lifecycle.client(stack, "logs").filter_log_events(logGroupName=f"/aws/lambda/{probe['Consumer']}")[
        "events"
    ]
    lines = [line for event in events for line in event["message"].splitlines() if line.startswith('{"batch"')]
    return [json.loads(line)["batch"] for line in lines]


def put(stack: StackSettings, probe: dict[str, str], *keys: str) -> None:
    """Write items while the mapping is disabled, so that they are sent together."""
    functions = lifecycle.client(stack, "lambda")
    functions.update_event_source_mapping(UUID=probe["Mapping"], Enabled=False)
    items = [{"Put": {"TableName": probe["Source"], "Item": {"pk": {"S": key}, "sk": {"S": "H"}}}} for key in keys]
    lifecycle.client(stack, "dynamodb").transact_write_items(TransactItems=items)
    functions.update_event_source_mapping(UUID=probe["Mapping"], Enabled=True)


def eventually(condition: Callable[[], bool], timeout_seconds: float = 20) -> bool:
    deadline = time.monotonic() + timeout_seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def parked(stack: StackSettings, bucket: str) -> dict[str, Any]:
    """The invocation records in the destination, by object key."""
    s3 = lifecycle.client(stack, "s3")
    listed = s3.list_objects_v2(Bucket=bucket).get("Contents", [])
    return {item["Key"]: json.loads(s3.get_object(Bucket=bucket, Key=item["Key"])["Body"].read()) for item in listed}


def keys_of(record: dict[str, Any]) -> list[str]:
    return [entry["dynamodb"]["Keys"]["pk"]["S"] for entry in json.loads(record["payload"])["Records"]]


class TestRoutes:
    """openapi_import"""

    def test_an_open_route_needs_no_token(self, stack: StackSettings, probe: dict[str, str]) -> None:
        assert call(stack, probe, "/open")[0] == 200

    def test_scopes_are_alternatives(self, stack: StackSettings, probe: dict[str, str], api: Api) -> None:
        assert call(stack, probe, "/things/1")[0] == 401
        for scope, status in (("a", 200), ("b x", 200), ("c", 403), ("", 403)):
            token = api.token(scope)
            assert call(stack, probe, "/things/1", Authorization=f"Bearer {token}")[0] == status, scope

    def test_claims_arrive_as_strings(self, stack: StackSettings, probe: dict[str, str], api: Api) -> None:
        token = api.token("a", branches="pune nashik")
        _, _, seen = call(stack, probe, "/things/1", Authorization=f"Bearer {token}")
        claims = seen["authorizer"]["jwt"]["claims"]
        assert claims["tenant_id"] == "demo"
        assert claims["branches"] == "[pune nashik]"
        assert claims["exp"].isdecimal()

    def test_an_unknown_route_is_not_found(self, stack: StackSettings, probe: dict[str, str]) -> None:
        assert call(stack, probe, "/nothing")[0] == 404

    def test_cors_is_answered(self, stack: StackSettings, probe: dict[str, str]) -> None:
        _, headers, _ = call(stack, probe, "/open", Origin="https://clinic.example")
        assert headers["Access-Control-Allow-Origin"] == "https://clinic.example"
        _, headers, _ = call(stack, probe, "/open", Origin="https://other.example")
        assert "Access-Control-Allow-Origin" not in headers


class TestTokens:
    """The local issuer, through the emulator's authorizer."""

    @pytest.mark.parametrize(
        "claims",
        [
            {"exp": 1},
            {"aud": "another-api"},
            {"iss": "https://another.example"},
            {"nbf": 4102444800},
        ],
        ids=lambda claims: next(iter(claims)),
    )
    def test_a_wrong_claim_is_refused(
        self, stack: StackSettings, probe: dict[str, str], api: Api, claims: dict[str, Any]
    ) -> None:
        token = api.token("a", **claims)
        assert call(stack, probe, "/things/1", Authorization=f"Bearer {token}")[0] == 401

    def test_a_foreign_key_is_refused(self, stack: StackSettings, probe: dict[str, str], tmp_path: Path) -> None:
        foreign = Issuer(stack.issuer, tmp_path / "foreign.pem")
        token = foreign.token(audience="billing-api", scope="a", tenant="demo")
        assert call(stack, probe, "/things/1", Authorization=f"Bearer {token}")[0] == 401

    def test_an_altered_token_is_refused(self, stack: StackSettings, probe: dict[str, str], api: Api) -> None:
        header, _, signature = api.token("c").split(".")
        _, payload, _ = api.token("a").split(".")
        token = f"{header}.{payload}.{signature}"
        assert call(stack, probe, "/things/1", Authorization=f"Bearer {token}")[0] == 401


class TestStream:
    """stream_mapping"""

    def test_a_reported_item_is_the_checkpoint(self, stack: StackSettings, probe: dict[str, str]) -> None:
        put(stack, probe, "one", "refused-1", "two")
        # First the whole batch, then from the reported item on; that fails as a whole, is split, and the refused
        # record alone is tried once more before it is parked.
        assert eventually(
            lambda: any("refused-1" in keys_of(record) for record in parked(stack, probe["Parked"]).values())
        )
        assert eventually(lambda: ["two"] in batches(stack, probe))
        assert batches(stack, probe) == [
            ["one", "refused-1", "two"],
            ["refused-1", "two"],
            ["refused-1"],
            ["refused-1"],
            ["two"],
        ]

    def test_a_poisoned_batch_is_split_and_parked(self, stack: StackSettings, probe: dict[str, str]) -> None:
        before = len(batches(stack, probe))
        put(stack, probe, "a", "b", "poison", "c")
        assert eventually(lambda: ["c"] in batches(stack, probe)[before:])
        assert batches(stack, probe)[before:] == [
            ["a", "b", "poison", "c"],
            ["a", "b"],
            ["poison", "c"],
            ["poison"],
            ["poison"],
            ["c"],
        ]
        (name, record) = next(
            (name, record) for name, record in parked(stack, probe["Parked"]).items() if keys_of(record) == ["poison"]
        )
        assert name.startswith(f"aws/lambda/{probe['Mapping']}/shardId-")
        assert record["requestContext"]["condition"] == "RetryAttemptsExhausted"
        assert record["DDBStreamBatchInfo"]["batchSize"] == 1

    def test_a_disabled_mapping_waits(self, stack: StackSettings, probe: dict[str, str]) -> None:
        functions = lifecycle.client(stack, "lambda")
        functions.update_event_source_mapping(UUID=probe["Mapping"], Enabled=False)
        item = {"pk": {"S": "while-disabled"}, "sk": {"S": "H"}}
        lifecycle.client(stack, "dynamodb").put_item(TableName=probe["Source"], Item=item)
        time.sleep(1.5)
        assert ["while-disabled"] not in batches(stack, probe)
        functions.update_event_source_mapping(UUID=probe["Mapping"], Enabled=True)
        assert eventually(lambda: ["while-disabled"] in batches(stack, probe))

    def test_the_filter_keeps_other_items_out(self, stack: StackSettings, probe: dict[str, str]) -> None:
        table = lifecycle.client(stack, "dynamodb")
        table.put_item(TableName=probe["Source"], Item={"pk": {"S": "line"}, "sk": {"S": "L"}})
        put(stack, probe, "after-line")
        assert eventually(lambda: any("after-line" in batch for batch in batches(stack, probe)))
        assert not any("line" in batch for batch in batches(stack, probe))


class TestParkedRecords:
    """The summary's own mapping, its bucket and role, and the command that replays."""

    def test_a_poison_record_is_parked_and_counted_once_it_was_mended(self, stack: StackSettings) -> None:
        outputs = stack.description()["outputs"]
        table, bucket = outputs["BillingTableName"], outputs["ParkedRecordsBucket"]
        client = lifecycle.client(stack, "dynamodb")
        # A tenant of its own: nobody else's figures move.
        [sample] = client.query(
            TableName=table,
            IndexName="by_date",
            KeyConditionExpression="tenant = :tenant",
            ExpressionAttributeValues={":tenant": {"S": "demo"}},
            Limit=1,
        )["Items"]
        head = client.get_item(TableName=table, Key={"pk": sample["pk"], "sk": sample["sk"]})["Item"]
        key = {"pk": {"S": f"T#parking#I#{head['id']['S']}"}, "sk": head["sk"]}
        client.put_item(TableName=table, Item={**key, "poison": {"BOOL": True}})
        try:
            assert eventually(lambda: key["pk"]["S"] in str(parked(stack, bucket)), 120)
            [name] = [name for name, record in parked(stack, bucket).items() if keys_of(record) == [key["pk"]["S"]]]
            assert name.startswith(f"aws/lambda/{outputs['UpdateSummaryMappingId']}/")
            seen = replay_parked(stack)
            assert seen.returncode == 1
            assert f"{name}: 1 unreadable, 0 not counted" in seen.stdout

            mended = {**head, **key, "tenant": {"S": "parking"}}
            client.put_item(TableName=table, Item=mended)
            done = replay_parked(stack)
            assert (done.returncode, done.stderr) == (0, "")
            assert f"replayed/{name}" in parked(stack, bucket)
            assert name not in parked(stack, bucket)
            day = {"pk": {"S": "T#parking#S#*"}, "sk": {"S": f"D#{head['date']['S']}"}}
            row = client.get_item(TableName=outputs["SummaryTableName"], Key=day, ConsistentRead=True)["Item"]
            assert row[f"n_{head['status']['S']}"] == {"N": "1"}
        finally:
            client.delete_item(TableName=table, Key=key)


def replay_parked(stack: StackSettings) -> subprocess.CompletedProcess[str]:
    """`make replay-parked` on this stack."""
    command = [sys.executable, "-m", "tools.operations.summary", "replay-parked"]
    command += ["--local", str(stack.folder / "stack.json"), "--folder", str(stack.folder)]
    variables = {**os.environ, "PYTHONPATH": f"{REPOSITORY}/layers/billing:{REPOSITORY}"}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=variables)


class TestIsolation:
    """workers, and what the launcher's environment keeps from functions"""

    def test_a_function_sees_its_folder_and_its_layer_only(self, stack: StackSettings, probe: dict[str, str]) -> None:
        _, _, seen = call(stack, probe, "/open")
        assert seen["found"] == ["from_layer"]
        assert not [path for path in seen["path"] if "site-packages" in path or path == str(REPOSITORY)]

    def test_a_function_inherits_none_of_our_settings(self, stack: StackSettings, probe: dict[str, str]) -> None:
        _, _, seen = call(stack, probe, "/open")
        assert not [name for name in seen["environment"] if name.startswith(("SAM_", "LAYER_", "PYTHONPATH"))]

    def test_files_of_functions_are_in_the_stacks_own_folder(self, stack: StackSettings, probe: dict[str, str]) -> None:
        call(stack, probe, "/open")
        assert list(stack.temporary.glob("ministack-lambda-*"))

    def test_a_layer_is_unpacked_once(self, stack: StackSettings, probe: dict[str, str]) -> None:
        call(stack, probe, "/open")
        links = list(stack.temporary.glob("ministack-lambda-*Probe*/layer_0"))
        assert links
        assert all(link.is_symlink() for link in links)
        assert links[0].resolve().parent == (stack.temporary / "layers").resolve()

    def test_only_the_loopback_interface_is_bound(self, stack: StackSettings) -> None:
        listening = set()
        for table in ("/proc/net/tcp", "/proc/net/tcp6"):
            for line in Path(table).read_text().splitlines()[1:]:
                fields = line.split()
                address, port = fields[1].split(":")
                if fields[3] == "0A" and int(port, 16) in (stack.api_port, stack.aws_port):
                    listening.add(address)
        assert listening == {"0100007F"}, f"not only {HOST}"


class TestRoles:
    """AUTH=true"""

    def test_unknown_credentials_are_refused(self, stack: StackSettings) -> None:
        stranger = boto3.client(
            "dynamodb",
            endpoint_url=stack.aws_url,
            region_name="ap-south-1",
            aws_access_key_id="AKIASTRANGER00000000",
            aws_secret_access_key="guess",
        )
        with pytest.raises(ClientError) as refused:
            stranger.list_tables()
        assert refused.value.response["Error"]["Code"] in ("UnrecognizedClientException", "InvalidClientTokenId")


def test_the_template_is_deployed_with_its_alarms(stack: StackSettings) -> None:
    alarms = lifecycle.client(stack, "cloudwatch").describe_alarms()["MetricAlarms"]
    assert any("ReadErrorsAlarm" in alarm["AlarmName"] for alarm in alarms)


def test_the_issuer_publishes_what_a_verifier_needs(stack: StackSettings) -> None:
    with urllib.request.urlopen(f"{stack.issuer}/.well-known/openid-configuration") as answer:
        discovery = json.load(answer)
    assert discovery["issuer"] == stack.issuer
    with urllib.request.urlopen(discovery["jwks_uri"]) as answer:
        assert json.load(answer)["keys"][0]["kid"] == stack.description()["issuer"]["key_id"]
