"""Init as AWS's Runtime Interface Emulator reports it: its own runtime API, AWS's own runtime client."""

from __future__ import annotations

import re
import signal
import statistics
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

import samcli

from bench import subjects
from bench.subjects import FOLDER, PYTHON, Subject
from tests.architecture.function_imports import empty_dynamodb
from tools.dynamodb_local import free_port
from tools.local_stack.settings import architecture

RUNTIME_CLIENT = "awslambdaric==4.2.2"
ROUNDS = 7


def measure(chosen: list[Subject]) -> dict[str, Any]:
    """Median milliseconds of INIT REPORT, and the median of each round's ratio to the bare handler."""
    client = _runtime_client()
    seen: dict[str, list[float]] = {subject.name: [] for subject in chosen}
    with empty_dynamodb() as endpoint_url:
        for number in range(ROUNDS + 1):
            for subject in chosen:
                milliseconds = _init_ms(subject, client, endpoint_url)
                if number:
                    seen[subject.name].append(milliseconds)
    return {
        name: {
            "init_report_ms": round(statistics.median(values), 1),
            "times_bare": round(statistics.median(a / b for a, b in zip(values, seen["bare"], strict=True)), 2),
        }
        for name, values in seen.items()
    }


def _runtime_client() -> Path:
    target = FOLDER / "runtime-client"
    if not (target / "awslambdaric").is_dir():
        install = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*install, "--target", str(target), RUNTIME_CLIENT], check=True)
    return target


def _init_ms(subject: Subject, client: Path, endpoint_url: str) -> float:
    emulator = Path(samcli.__file__).parent / "local" / "rapid" / f"aws-lambda-rie-{architecture()}"
    ports = free_port(), free_port()
    variables = subjects.environment(endpoint_url)
    del variables["AWS_LAMBDA_RUNTIME_API"]
    variables |= {
        "PYTHONPATH": ":".join(str(path) for path in (subject.folder, *subject.packages, client)),
        "LAMBDA_TASK_ROOT": str(subject.folder),
        "AWS_LAMBDA_FUNCTION_TIMEOUT": "30",
    }
    command = [str(emulator), "--runtime-interface-emulator-address", f"127.0.0.1:{ports[0]}"]
    command += ["--runtime-api-address", f"127.0.0.1:{ports[1]}", PYTHON, "-S", "-m", "awslambdaric", "app.handler"]
    log = FOLDER / "rie.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, env=variables, cwd=subject.folder, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
        )
        try:
            _invoke(ports[0])
            deadline = time.monotonic() + 10
            while time.monotonic() < deadline:
                found = re.search(r"INIT REPORT\(durationMs: ([\d.]+)", log.read_text(errors="replace"))
                if found:
                    return float(found[1])
                time.sleep(0.05)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=10)
    raise SystemExit(f"{subject.name}: the emulator reported no init: {log.read_text(errors='replace')[-1500:]}")


def _invoke(port: int) -> None:
    url = f"http://127.0.0.1:{port}/2015-03-31/functions/function/invocations"
    deadline = time.monotonic() + 20
    while True:
        try:
            # What the handler makes of an empty event is of no interest here.
            with urllib.request.urlopen(urllib.request.Request(url, data=b"{}"), timeout=20):
                return
        except urllib.error.HTTPError:
            return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)
