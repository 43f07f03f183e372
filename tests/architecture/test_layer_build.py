"""How the layer is built, without building all of it."""

from __future__ import annotations

import ast
import importlib.util
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import botocore.session
import pytest
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.loaders import Loader

REPOSITORY = Path(__file__).resolve().parents[2]
LAYER = REPOSITORY / "layers" / "billing"


@pytest.fixture(scope="module")
def build_layer() -> ModuleType:
    spec = importlib.util.spec_from_file_location("build_layer", LAYER / "build_layer.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def called_operations() -> set[str]:
    """Client methods that the layer's code calls, as operations."""
    names = set()
    for path in (LAYER / "billing" / "adapters").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Attribute):
                continue
            owner = node.value.attr if isinstance(node.value, ast.Attribute) else getattr(node.value, "id", "")
            if owner.endswith("client") and node.attr not in ("meta", "exceptions"):
                names.add("".join(part.title() for part in node.attr.split("_")))
    return names


def test_the_layers_botocore_keeps_the_operations_that_the_code_calls():
    listed = {
        operation
        for line in (LAYER / "botocore_operations.txt").read_text(encoding="utf-8").splitlines()
        if line and not line.startswith("#")
        for operation in line.split()[1:]
    }
    called = called_operations()
    assert called - listed == set(), "add them to layers/billing/botocore_operations.txt"
    assert listed - called <= SPARE, "nothing calls them: take them out of layers/billing/botocore_operations.txt"


# Kept for what is about to call them.
SPARE = {"Scan"}


@pytest.mark.parametrize(("architecture", "tag"), [("arm64", "aarch64"), ("x86_64", "x86_64")])
def test_compiled_packages_come_for_the_architecture_asked_for(build_layer: ModuleType, architecture: str, tag: str):
    """pip is asked what it would install; nothing is."""
    pinned = (LAYER / "requirements.txt").read_text(encoding="utf-8")
    core = next(line for line in pinned.splitlines() if line.startswith("pydantic-core=="))
    command = build_layer.pip_command(Path("unused"), "python3.13", architecture, [core, "--no-deps"])
    ended = subprocess.run([*command, "--dry-run", "--report", "-"], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr[-2000:]
    (chosen,) = json.loads(ended.stdout)["install"]
    wheel = chosen["download_info"]["url"].rpartition("/")[2]
    assert re.fullmatch(rf"pydantic_core-[0-9.]+-cp313-cp313-manylinux\S*_{tag}\.whl", wheel), wheel


def test_byte_code_is_the_same_from_two_builds(build_layer: ModuleType, tmp_path: Path):
    """Sets and times are what usually differs: the same tree twice, written at different times under other names."""
    trees = []
    for name in ("first", "second-with-a-longer-name"):
        root = tmp_path / name
        package = root / "python" / "sample"
        package.mkdir(parents=True)
        source = (LAYER / "billing" / "domain" / "invoice.py").read_text(encoding="utf-8")
        (package / "sample.py").write_text(source + "\nUNORDERED = {'a', 'b', 'c', 'd'} | {'e'}\n", encoding="utf-8")
        (package / "frozen.py").write_text("def has(x):\n    return x in {'a', 'b', 'c', 'd', 'e', 'f'}\n")
        build_layer.compile_all(root)
        trees.append(
            {path.relative_to(root): (path.read_bytes(), path.stat().st_mtime) for path in root.rglob("*.py*")}
        )
    assert trees[0] == trees[1]
    assert len(trees[0]) == 4
    assert b"/opt/python/sample/sample.py" in trees[0][_pyc("sample")][0]


def _pyc(name: str) -> Path:
    return Path("python") / "sample" / "__pycache__" / f"{name}.{sys.implementation.cache_tag}.pyc"


def test_only_the_verification_of_the_summary_reads_a_table_from_end_to_end():
    for path in (LAYER / "billing").rglob("*.py"):
        names = {node.attr for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Attribute)}
        assert path.name == "summary_audit.py" or not names & {"scan", "execute_statement"}, f"{path.name} scans"


def test_an_operation_keeps_its_shapes_and_loses_the_others(build_layer: ModuleType):
    service = {
        "operations": {
            "Get": {"input": {"shape": "In"}, "errors": [{"shape": "Gone"}]},
            "Drop": {"input": {"shape": "Unused"}},
        },
        "shapes": {
            "In": {"type": "structure", "members": {"Key": {"shape": "Tree"}}},
            "Tree": {"type": "map", "key": {"shape": "Name"}, "value": {"shape": "Tree"}},
            "Name": {"type": "string"},
            "Gone": {"type": "structure", "members": {}},
            "Unused": {"type": "string"},
        },
    }
    kept = build_layer.with_operations(service, ["Get"])
    assert set(kept["operations"]) == {"Get"}
    assert set(kept["shapes"]) == {"In", "Tree", "Name", "Gone"}
    with pytest.raises(SystemExit, match="no operation Nothing"):
        build_layer.with_operations(service, ["Nothing"])


def _client(data: Path | None, service: str, region: str) -> Any:
    session = botocore.session.get_session()
    if data is not None:
        loader = Loader(extra_search_paths=[str(data)], include_default_search_paths=False)
        session.register_component("data_loader", loader)
    keys: dict[str, Any] = {"aws_access_key_id": "x", "aws_secret_access_key": "y"}
    return session.create_client(service, region_name=region, config=Config(parameter_validation=False), **keys)


@pytest.fixture
def trimmed(build_layer: ModuleType, tmp_path: Path) -> Path:
    """botocore's data as it is in the layer."""
    source = Path(botocore.__file__).parent / "data"
    for name in ("dynamodb", "secretsmanager"):
        shutil.copytree(source / name, tmp_path / name)
    for path in source.glob("*.json"):
        shutil.copy(path, tmp_path)
    build_layer.trim_botocore(tmp_path, {"dynamodb": ["Query", "PutItem"], "secretsmanager": ["GetSecretValue"]})
    return tmp_path


@pytest.mark.parametrize("region", ["ap-south-1", "ap-south-2", "us-east-1", "us-gov-west-1", "cn-north-1"])
@pytest.mark.parametrize("service", ["dynamodb", "secretsmanager"])
def test_the_trimmed_client_calls_and_signs_for_the_same_endpoint(trimmed: Path, service: str, region: str):
    ours, whole = _client(trimmed, service, region), _client(None, service, region)
    assert ours.meta.endpoint_url == whole.meta.endpoint_url
    signers = [(c._request_signer._signing_name, c._request_signer._region_name) for c in (ours, whole)]
    assert signers[0] == signers[1]


def test_items_pass_the_trimmed_client_as_they_are(trimmed: Path):
    item = {"n": {"N": "7"}, "m": {"M": {"t": {"S": "आशा"}, "l": {"L": [{"BOOL": True}, {"NULL": True}]}}}}
    answer = {"Items": [item], "Count": 1, "LastEvaluatedKey": {"n": {"N": "7"}}}
    seen = []
    for client in (_client(trimmed, "dynamodb", "ap-south-1"), _client(None, "dynamodb", "ap-south-1")):
        sent: list[Any] = []

        def send(request: Any, sent: list[Any] = sent, **_: Any) -> AWSResponse:
            sent.append((request.url, json.loads(request.body)))
            raw = SimpleNamespace(stream=lambda: iter([json.dumps(answer).encode()]))
            headers: Any = {"x-amzn-requestid": "r1"}
            return AWSResponse(request.url, 200, headers, raw)

        client.meta.events.register("before-send.dynamodb.*", send)
        client.put_item(TableName="t", Item=item)
        found = client.query(TableName="t", ExclusiveStartKey={"n": {"N": "7"}})
        assert found["ResponseMetadata"]["RequestId"] == "r1"
        seen.append((sent, {name: found[name] for name in answer}))
    assert seen[0] == seen[1]
    assert seen[0][1] == answer


def test_no_item_is_given_a_binary_attribute():
    # The trimmed client would send it unencoded; the tests on the engines run with the whole description.
    for path in (LAYER / "billing").rglob("*.py"):
        assert '"B":' not in path.read_text(encoding="utf-8"), path.name


def test_a_build_for_another_python_is_refused(build_layer: ModuleType, tmp_path: Path):
    command = [sys.executable, str(LAYER / "build_layer.py"), "--artifacts", str(tmp_path)]
    ended = subprocess.run(
        [*command, "--runtime", "python3.9", "--architecture", "arm64"], capture_output=True, text=True, check=False
    )
    assert ended.returncode != 0
    assert "set LAYER_PYTHON" in ended.stderr
    assert list(tmp_path.iterdir()) == []
