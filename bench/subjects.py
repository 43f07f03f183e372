"""What is measured: our functions as `sam build` leaves them, the reference handler, and a bare one."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.local_stack import lifecycle
from tools.local_stack.settings import REPOSITORY, StackSettings

FOLDER = REPOSITORY / ".local" / "bench"
PEERS = Path(__file__).parent / "peers"
CHILD = Path(__file__).with_name("child.py")
# Without the virtual environment around it, as the folder of the runtime in Lambda.
PYTHON = os.path.realpath(sys.executable)
RUNS_OFF = "http://127.0.0.1:1"


@dataclass(frozen=True)
class Subject:
    """A function's folder and the folders of packages it sees."""

    name: str
    folder: Path
    packages: tuple[Path, ...]


def build() -> tuple[Path, dict[str, Subject]]:
    """`sam build` of the repository; returns the folder and our functions by their folder's name."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    template = lifecycle.build(StackSettings(FOLDER))
    layer = template.parent / "BillingLayer" / "python"
    functions = {}
    for source in sorted((REPOSITORY / "functions").glob("*/app.py")):
        name = source.parent.name
        logical_id = "".join(part.title() for part in name.split("_"))
        functions[name] = Subject(name, template.parent / logical_id, (layer,))
    return template.parent, functions


def bare() -> Subject:
    """A handler that imports nothing."""
    return Subject("bare", PEERS / "bare", ())


def typical() -> Subject:
    """The reference handler with its packages as plain pip and `sam build` leave them: without byte code."""
    packages = FOLDER / "typical"
    requirements = (PEERS / "typical" / "requirements.txt").read_bytes()
    mark, wanted = packages / ".requirements", hashlib.sha256(requirements).hexdigest()
    if not mark.exists() or mark.read_text() != wanted:
        shutil.rmtree(packages, ignore_errors=True)
        install = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile"]
        requirements_file = str(PEERS / "typical" / "requirements.txt")
        subprocess.run([*install, "--requirement", requirements_file, "--target", str(packages)], check=True)
        mark.write_text(wanted)
    return Subject("typical", PEERS / "typical", (packages,))


def environment(endpoint_url: str = RUNS_OFF, ca_bundle: Path | None = None) -> dict[str, str]:
    """Lambda's environment, nothing of this process's."""
    variables = {
        "PATH": "/usr/bin:/bin",
        "HOME": str(FOLDER),
        "LANG": "C.UTF-8",
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",  # Lambda's file system is read-only
        "AWS_LAMBDA_RUNTIME_API": "127.0.0.1:1",
        "AWS_LAMBDA_FUNCTION_NAME": "bench",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
        "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
        "LAMBDA_TASK_ROOT": "/var/task",
        "_X_AMZN_TRACE_ID": "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1",
        "AWS_ENDPOINT_URL": endpoint_url,
        "AWS_REGION": "ap-south-1",
        "AWS_DEFAULT_REGION": "ap-south-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "BILLING_TABLE": "billing",
        "SUMMARY_TABLE": "summary",
        "TABLE_NAME": "typical",
        "TENANT_CLAIM": "tenant_id",
        "GATEWAY_ACCOUNTS_PREFIX": "billing/gateways/",
        "STAGE": "production",
        "LOG_LEVEL": "INFO",
        "POWERTOOLS_SERVICE_NAME": "billing",
        "POWERTOOLS_METRICS_NAMESPACE": "Billing",
    }
    return variables | ({"AWS_CA_BUNDLE": str(ca_bundle)} if ca_bundle else {})


def run(
    subject: Subject, variables: dict[str, str], events: list[Any] | None = None, repeat: int = 1
) -> dict[str, float]:
    """One process of a subject; what it says of itself."""
    ended = _run([PYTHON, "-S", str(CHILD)], subject, variables, events or [], repeat)
    return dict(json.loads(_result_line(ended.stderr)))


def count_instructions(
    subject: Subject, variables: dict[str, str], events: list[Any] | None = None, repeat: int = 1
) -> tuple[float, int]:
    """Millions of instructions of a process that imports the handler, answers and ends; modules loaded by the import."""
    valgrind = ["valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null"]
    ended = _run([*valgrind, PYTHON, "-S", str(CHILD)], subject, variables, events or [], repeat)
    found = re.search(r"I\s+refs:\s+([\d,]+)", ended.stderr)
    if not found:
        raise SystemExit(f"valgrind counted nothing: {ended.stderr[-1000:]}")
    modules = int(json.loads(_result_line(ended.stderr))["modules"])
    return int(found[1].replace(",", "")) / 1e6, modules


def _run(
    command: list[str], subject: Subject, variables: dict[str, str], events: list[Any], repeat: int
) -> subprocess.CompletedProcess[str]:
    order = {
        "folder": str(subject.folder),
        "paths": [str(path) for path in subject.packages],
        "events": events,
        "repeat": repeat,
    }
    ended = subprocess.run(command, input=json.dumps(order), env=variables, capture_output=True, text=True, check=False)
    if ended.returncode:
        raise SystemExit(f"{subject.name}: {ended.stderr[-3000:]}")
    return ended


def _result_line(text: str) -> str:
    return [line for line in text.splitlines() if line.startswith('{"init_ms"')][-1]
