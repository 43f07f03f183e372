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
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
# 2020-01-01: any fixed moment after 1980, the earliest that a zip archive can hold.
FIXED_TIME_SECONDS = 1_577_836_800
PIP_PLATFORMS = {"arm64": "manylinux2014_aarch64", "x86_64": "manylinux2014_x86_64"}
# Neither imported at run time nor wanted in production.
UNUSED = ("*.dist-info", "bin", "**/tests", "**/*.pyi", "**/py.typed", "pydantic/mypy.py", "**/__pycache__")


def install_packages(target: Path, runtime: str, architecture: str) -> None:
    """Install the pinned requirements as wheels of the target's Python version and architecture."""
    subprocess.run(
        [
            sys.executable, "-m", "pip", "install",
            "--quiet", "--disable-pip-version-check", "--no-input", "--root-user-action=ignore",
            "--requirement", str(HERE / "requirements.txt"),
            "--target", str(target),
            "--platform", PIP_PLATFORMS[architecture],
            "--implementation", "cp",
            "--python-version", runtime.removeprefix("python"),
            "--only-binary=:all:",
            "--no-compile",
        ],
        check=True,
    )  # fmt: skip
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


def trim_botocore(data: Path, services: list[str]) -> None:
    """Keep the newest description of the given services, unpacked and without its texts."""
    missing = [name for name in services if not (data / name).is_dir()]
    if missing:
        raise SystemExit(f"botocore_services.txt: botocore knows no service {', '.join(missing)}")
    for entry in sorted(data.iterdir()):
        if entry.is_dir() and entry.name not in services:
            shutil.rmtree(entry)
    for name in services:
        *older, newest = sorted(version for version in (data / name).iterdir() if version.is_dir())
        for version in older:
            shutil.rmtree(version)
        for path in sorted(newest.iterdir()):
            if path.name.startswith("examples-"):
                path.unlink()
            elif path.suffix == ".gz":
                document = json.loads(gzip.decompress(path.read_bytes()))
                path.unlink()
                write_json(path.with_suffix(""), without_documentation(document))
    endpoints = json.loads((data / "endpoints.json").read_text(encoding="utf-8"))
    for partition in endpoints["partitions"]:
        partition["services"] = {name: value for name, value in partition["services"].items() if name in services}
    write_json(data / "endpoints.json", endpoints)


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
    listed = (HERE / "botocore_services.txt").read_text(encoding="utf-8").splitlines()
    trim_botocore(target / "botocore" / "data", [line for line in listed if line and not line.startswith("#")])
    shutil.copytree(HERE / "billing", target / "billing", ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
    compile_all(given.artifacts)


if __name__ == "__main__":
    main()
