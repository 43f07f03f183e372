"""The layer as `sam build` made it: trimmed, but not of anything that a function calls."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tools.local_stack.settings import REPOSITORY, StackSettings

# Runs on the built layer alone (no site-packages). Only that an operation is known and its answer is parsed is asked.
PROBE = """
import json, re, sys
endpoint_url, tables, operations = json.loads(sys.argv[1])
from billing.adapters.dynamodb.client import make_client
key = {"pk": {"S": "T#probe#I#nothing"}, "sk": {"S": "H"}}
billing = tables[0]
arguments = {
    "BatchGetItem": {"RequestItems": {billing: {"Keys": [key]}}},
    "GetItem": {"TableName": billing, "Key": key},
    "PutItem": {"TableName": billing, "Item": {**key, "pk": {"S": "T#probe#I#put"}}},
    "Query": {"TableName": billing, "KeyConditionExpression": "pk = :pk",
        "ExpressionAttributeValues": {":pk": key["pk"]}},
    "Scan": {"TableName": tables[1], "Limit": 1},
    "TransactWriteItems": {"TransactItems": [
        {"Delete": {"TableName": billing, "Key": {**key, "pk": {"S": "T#probe#I#put"}}}}]},
    "UpdateItem": {"TableName": billing, "Key": key, "UpdateExpression": "SET a = :a",
        "ConditionExpression": "attribute_exists(pk)", "ExpressionAttributeValues": {":a": {"S": "a"}},
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD"},
    "GetSecretValue": {"SecretId": "no-such-secret"},
}
refusals = {"UpdateItem": "ConditionalCheckFailedException", "GetSecretValue": "ResourceNotFoundException"}
from botocore.exceptions import ClientError
seen = {}
for line in operations:
    service, *names = line.split()
    client = make_client(service)
    for name in names:
        method = re.sub(r"(?<!^)([A-Z])", r"_\\1", name).lower()
        if name not in arguments:
            seen[name] = "this test knows no arguments for it"
            continue
        try:
            answer = getattr(client, method)(**arguments[name])
            seen[name] = answer["ResponseMetadata"]["HTTPStatusCode"]
        except ClientError as error:
            seen[name] = 200 if error.response["Error"]["Code"] == refusals.get(name) else repr(error)
        except Exception as error:
            seen[name] = repr(error)
print(json.dumps(seen))
"""


@pytest.fixture(scope="module")
def layer(stack: StackSettings) -> Path:
    return stack.folder / "build" / "BillingLayer" / "python"


def listed_operations() -> list[str]:
    text = (REPOSITORY / "layers" / "billing" / "botocore_operations.txt").read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def test_each_operation_that_functions_use_works_through_the_trimmed_botocore(stack: StackSettings, layer: Path):
    described = stack.description()
    order = [stack.aws_url, [described["billing_table"], described["summary_table"]], listed_operations()]
    code = f"import sys; sys.path.insert(0, {str(layer)!r})\n{PROBE}"
    ended = subprocess.run(
        [sys.executable, "-S", "-c", code, json.dumps(order)],
        env=stack.aws_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr[-3000:]
    answered = json.loads(ended.stdout)
    assert {name: what for name, what in answered.items() if what != 200} == {}
    assert len(answered) == sum(len(line.split()) - 1 for line in listed_operations())


def test_every_module_of_the_layer_comes_as_byte_code_that_needs_no_look_at_its_source(layer: Path):
    """The flags of a .pyc file: 0b01 is "checked against a hash, never", PEP 552."""
    tag = sys.implementation.cache_tag
    for source in layer.rglob("*.py"):
        compiled = source.parent / "__pycache__" / f"{source.stem}.{tag}.pyc"
        assert compiled.exists(), f"{source.relative_to(layer)} has no byte code"
        assert int.from_bytes(compiled.read_bytes()[4:8], "little") == 1, f"{compiled.name} is checked at each start"


def test_the_layer_is_small_and_holds_no_other_service(layer: Path):
    data = layer / "botocore" / "data"
    services = sorted(path.name for path in data.iterdir() if path.is_dir())
    assert services == sorted(line.split()[0] for line in listed_operations())
    unzipped_bytes = sum(path.stat().st_size for path in layer.rglob("*") if path.is_file())
    assert unzipped_bytes < 32_000_000, "it was 24 MB (7 MB zipped): what grew?"


def test_the_small_bundle_holds_amazons_roots(layer: Path):
    text = (layer / "billing" / "amazon_roots.pem").read_text(encoding="utf-8")
    assert text.count("BEGIN CERTIFICATE") == 5
    assert text in _joined(layer / "botocore" / "cacert.pem", text)


def _joined(bundle: Path, wanted: str) -> str:
    """The wanted text where every certificate in it is one of the bundle, else nothing."""
    everything = bundle.read_text(encoding="utf-8")
    certificates = wanted.split("-----BEGIN CERTIFICATE-----")[1:]
    return wanted if all(part.split("-----END")[0] in everything for part in certificates) else ""
