"""Build the layer: pinned packages for the target, our own package, byte code for all of it.

Lambda's file system is read-only and `sam build` ships no byte code, so without this every cold start compiles
several hundred modules. `unchecked-hash` byte code is used as it is, whatever the files' times say.

Two builds of the same sources give the same bytes (SOURCE_DATE_EPOCH, fixed file times), so that a deploy without
a change publishes no new layer version.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
# 2020-01-01: any fixed moment after 1980, the earliest that a zip archive can hold.
FIXED_TIME_SECONDS = 1_577_836_800
PIP_PLATFORMS = {"arm64": "manylinux2014_aarch64", "x86_64": "manylinux2014_x86_64"}
AMAZON_ROOTS = (
    "Amazon Root CA 1",
    "Amazon Root CA 2",
    "Amazon Root CA 3",
    "Amazon Root CA 4",
    "Starfield Services Root Certificate Authority - G2",
)
# Neither imported at run time nor wanted in production.
UNUSED = ("*.dist-info", "bin", "**/tests", "**/*.pyi", "**/py.typed", "pydantic/mypy.py", "**/__pycache__")


def pip_command(target: Path, runtime: str, architecture: str, what: list[str]) -> list[str]:
    """Install wheels of the target's Python version and architecture, whatever machine this is."""
    return [
        sys.executable, "-m", "pip", "install",
        "--quiet", "--disable-pip-version-check", "--no-input", "--root-user-action=ignore",
        *what,
        "--target", str(target),
        "--platform", PIP_PLATFORMS[architecture],
        "--implementation", "cp",
        "--python-version", runtime.removeprefix("python"),
        "--only-binary=:all:",
        "--no-compile",
    ]  # fmt: skip


def install_packages(target: Path, runtime: str, architecture: str) -> None:
    """Install the pinned requirements and drop what no function reads."""
    what = ["--requirement", str(HERE / "requirements.txt")]
    subprocess.run(pip_command(target, runtime, architecture, what), check=True)
    for pattern in UNUSED:
        for path in sorted(target.glob(pattern)):
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def without_documentation(node: Any) -> Any:
    """A service description without its texts, which only `help()` shows."""
    if isinstance(node, dict):
        return {
            key: without_documentation(value)
            for key, value in node.items()
            if not (key == "documentation" and isinstance(value, str))
        }
    if isinstance(node, list):
        return [without_documentation(item) for item in node]
    return node


def write_json(path: Path, document: Any) -> None:
    path.write_text(json.dumps(document, separators=(",", ":")), encoding="utf-8")


def with_operations(service: dict[str, Any], wanted: list[str]) -> dict[str, Any]:
    """A service description with only these operations, and the shapes that they and their errors are made of."""
    unknown = set(wanted) - set(service["operations"])
    if unknown:
        raise SystemExit(f"botocore_operations.txt: no operation {', '.join(sorted(unknown))}")
    operations = {name: service["operations"][name] for name in sorted(wanted)}
    shapes: dict[str, Any] = {}

    def keep(node: Any) -> None:
        if isinstance(node, dict):
            name = node.get("shape")
            if isinstance(name, str) and name not in shapes:
                shapes[name] = service["shapes"][name]
                keep(shapes[name])
            for member in node.values():
                keep(member)
        elif isinstance(node, list):
            for member in node:
                keep(member)

    keep(operations)
    return {**service, "operations": operations, "shapes": {name: shapes[name] for name in sorted(shapes)}}


def with_plain_items(service: dict[str, Any]) -> dict[str, Any]:
    """DynamoDB's description with items and answers passed on as the JSON they are.

    botocore walks every attribute of an item and makes the very same thing of it again, half of the CPU of a list; a
    *document* it leaves alone. Only binary attributes need the walk (base64): the service has none.
    """
    shapes = dict(service["shapes"])
    answers = {operation["output"]["shape"] for operation in service["operations"].values()}
    for name in (*sorted(answers), "AttributeValue"):
        shapes[name] = {**shapes[name], "document": True}
    return {**service, "shapes": shapes}


def trim_service(folder: Path, operations: list[str]) -> None:
    """Keep the newest description of one service, with these operations, unpacked and without its texts."""
    *older, newest = sorted(version for version in folder.iterdir() if version.is_dir())
    for version in older:
        shutil.rmtree(version)
    for path in sorted(newest.iterdir()):
        # Without rules an endpoint is looked up once, in endpoints.json, not reckoned anew for each call.
        if path.name.startswith(("examples-", "endpoint-rule-set-")):
            path.unlink()
        elif path.suffix == ".gz":
            document = without_documentation(json.loads(gzip.decompress(path.read_bytes())))
            path.unlink()
            if path.name.startswith("service-"):
                document = with_operations(document, operations)
                if folder.name == "dynamodb":
                    document = with_plain_items(document)
            write_json(path.with_suffix(""), document)


def trim_botocore(data: Path, services: dict[str, list[str]]) -> None:
    """Keep the descriptions of the given services and operations only."""
    missing = [name for name in services if not (data / name).is_dir()]
    if missing:
        raise SystemExit(f"botocore_operations.txt: botocore knows no service {', '.join(missing)}")
    for entry in sorted(data.iterdir()):
        if entry.is_dir() and entry.name not in services:
            shutil.rmtree(entry)
    for name, operations in services.items():
        trim_service(data / name, operations)
    endpoints = json.loads((data / "endpoints.json").read_text(encoding="utf-8"))
    for partition in endpoints["partitions"]:
        partition["services"] = {name: value for name, value in partition["services"].items() if name in services}
    write_json(data / "endpoints.json", endpoints)


def write_amazon_roots(bundle: Path, target: Path) -> None:
    """The roots that AWS's own endpoints chain to, out of botocore's bundle of everybody's.

    Reading 5 certificates takes a twentieth of reading 140, at every cold start. Source of the list: Amazon Trust
    Services' repository, "root CAs". The code falls back to the whole bundle where this file is missing, and
    AWS_CA_BUNDLE overrides both.
    """
    blocks = re.findall(
        r'^# Label: "([^"]+)"\n.*?(-----BEGIN CERTIFICATE-----\n.*?-----END CERTIFICATE-----\n)',
        bundle.read_text(encoding="utf-8"),
        re.MULTILINE | re.DOTALL,
    )
    chosen = {label: certificate for label, certificate in blocks if label in AMAZON_ROOTS}
    if set(chosen) != set(AMAZON_ROOTS):
        raise SystemExit(f"botocore's cacert.pem lacks {', '.join(sorted(set(AMAZON_ROOTS) - set(chosen)))}")
    target.write_text("".join(f"# {label}\n{chosen[label]}" for label in AMAZON_ROOTS), encoding="utf-8")


def compile_all(root: Path) -> None:
    """Write byte code whose file names are those of Lambda (/opt/python/…), then fix every file's time."""
    subprocess.run(
        [
            sys.executable, "-m", "compileall", "-q", "-j", "0",
            "--invalidation-mode", "unchecked-hash",
            "-s", str(root), "-p", "/opt",
            str(root),
        ],
        check=True,
        env={**os.environ, "SOURCE_DATE_EPOCH": str(FIXED_TIME_SECONDS), "PYTHONHASHSEED": "0"},
    )  # fmt: skip
    for path in root.rglob("*"):
        os.utime(path, (FIXED_TIME_SECONDS, FIXED_TIME_SECONDS))


def main() -> None:
    """Build into the folder that SAM names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--artifacts", type=Path, required=True)
    parser.add_argument("--runtime", required=True)
    parser.add_argument("--architecture", required=True, choices=sorted(PIP_PLATFORMS))
    given = parser.parse_args()
    mine = f"python{sys.version_info.major}.{sys.version_info.minor}"
    if mine != given.runtime:
        raise SystemExit(f"the layer is for {given.runtime}, but {sys.executable} is {mine}: set LAYER_PYTHON")

    target = given.artifacts / "python"
    install_packages(target, given.runtime, given.architecture)
    listed = (HERE / "botocore_operations.txt").read_text(encoding="utf-8").splitlines()
    words = [line.split() for line in listed if line and not line.startswith("#")]
    trim_botocore(target / "botocore" / "data", {service: operations for service, *operations in words})
    shutil.copytree(HERE / "billing", target / "billing", ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
    write_amazon_roots(target / "botocore" / "cacert.pem", target / "billing" / "amazon_roots.pem")
    compile_all(given.artifacts)


if __name__ == "__main__":
    main()
