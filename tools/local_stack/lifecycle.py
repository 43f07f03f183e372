"""Start, deploy to, describe and stop a local stack."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3

from tools.local_stack.gateways import add_accounts
from tools.local_stack.settings import (
    AUDIENCE,
    HOST,
    REGION,
    REPOSITORY,
    StackSettings,
    architecture,
    runtime,
)
from tools.local_stack.tokens import Issuer

Say = Callable[[str], None]
START_TIMEOUT_SECONDS = 60
STOP_TIMEOUT_SECONDS = 15
# Processes that this one started: who starts a process has to collect its end.
_children: dict[int, subprocess.Popen[bytes]] = {}


class StackError(Exception):
    """Why a local stack could not be started, in one line for a person."""


def running_process(settings: StackSettings) -> int | None:
    """The process id of the stack that this folder started, when it still runs."""
    try:
        pid = int(settings.pid_file.read_text(encoding="utf-8"))
        command = Path(f"/proc/{pid}/cmdline")
        if command.exists() and b"tools.local_stack.serve" not in command.read_bytes():
            return None  # the number was given to another program
        os.kill(pid, 0)
    except (OSError, ValueError):
        return None
    return pid


def stop(settings: StackSettings) -> bool:
    """End the stack of this folder. True when there was one."""
    pid = running_process(settings)
    if pid is not None:
        os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + STOP_TIMEOUT_SECONDS
        while running_process(settings) is not None:
            if time.monotonic() > deadline:
                os.kill(pid, signal.SIGKILL)
            time.sleep(0.05)
        if child := _children.pop(pid, None):
            child.wait()
    for path in (settings.pid_file, settings.description_file):
        path.unlink(missing_ok=True)
    shutil.rmtree(settings.temporary, ignore_errors=True)
    return pid is not None


def start_emulator(settings: StackSettings) -> None:
    """Start the process and wait until it answers. Raises StackError."""
    for port, name in ((settings.api_port, "API_PORT"), (settings.aws_port, "AWS_PORT")):
        with socket.socket() as probe:
            if probe.connect_ex((HOST, port)) == 0:
                raise StackError(f"port {port} is taken by another program: stop it, or choose another with {name}=…")
    settings.folder.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(settings.temporary, ignore_errors=True)
    settings.temporary.mkdir()
    Issuer(settings.issuer, settings.key_file)
    environment = {
        name: value
        for name, value in settings.aws_environment().items()
        # Functions inherit the emulator's environment: nothing of AWS may come from here.
        if not name.startswith(("AWS_", "SAM_", "LAYER_", "VIRTUAL_ENV"))
    } | {
        # Roles and policies are enforced; these credentials are the account's administrator.
        "AUTH": "true",
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "BIND_HOST": HOST,
        "GATEWAY_PORT": str(settings.aws_port),
        "MINISTACK_REGION": REGION,
        "MINISTACK_HOST": HOST,
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "TMPDIR": str(settings.temporary),
        "PYTHONUNBUFFERED": "1",
    }
    command = [sys.executable, "-m", "tools.local_stack.serve"]
    command += [str(settings.folder), str(settings.api_port), str(settings.aws_port), settings.stack_name]
    with settings.log_file.open("wb") as log:
        process = subprocess.Popen(
            command,
            cwd=REPOSITORY,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    _children[process.pid] = process
    settings.pid_file.write_text(str(process.pid), encoding="utf-8")
    deadline = time.monotonic() + START_TIMEOUT_SECONDS
    while not _answers(f"{settings.aws_url}/_ministack/ready"):
        if process.poll() is not None or time.monotonic() > deadline:
            raise StackError(
                f"the emulator did not start: {last_line(settings.log_file)} (all of it: {settings.log_file})"
            )
        time.sleep(0.05)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError):
        return False


def last_line(path: Path) -> str:
    lines = [line for line in path.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
    return lines[-1] if lines else "it wrote nothing"


def run_tool(command: list[str], settings: StackSettings, log_name: str) -> None:
    """Run a command against the local AWS, its output kept in a file. Raises StackError with its last line."""
    log = settings.folder / log_name
    with log.open("wb") as output:
        ended = subprocess.run(
            command,
            cwd=REPOSITORY,
            env=settings.aws_environment(),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if ended.returncode:
        raise StackError(f"`{' '.join(command[:2])}` failed: {last_line(log)} (all of it: {log})")


def sam() -> str:
    """The SAM CLI beside this Python."""
    return str(Path(sys.executable).with_name("sam"))


def template_parameters(settings: StackSettings) -> list[str]:
    """The parameters that make the template a local stack."""
    return [
        "Stage=local",
        f"Runtime={runtime()}",
        f"Architecture={architecture()}",
        f"JwtIssuer={settings.issuer}",
        f"JwtAudience={AUDIENCE}",
    ]


def build(settings: StackSettings) -> Path:
    """`sam build`, in the stack's own folder. Returns the built template."""
    target = settings.folder / "build"
    command = [sam(), "build", "--build-dir", str(target), "--cache-dir", str(settings.folder / "build-cache")]
    command += ["--parameter-overrides", *template_parameters(settings)]
    run_tool(command, settings, "build.log")
    return target / "template.yaml"


def deploy(settings: StackSettings, template: Path) -> None:
    """`sam deploy` of the unmodified, built template."""
    command = [sam(), "deploy", "--template-file", str(template), "--config-file", str(REPOSITORY / "samconfig.toml")]
    command += ["--stack-name", settings.stack_name]
    command += ["--parameter-overrides", *template_parameters(settings)]
    try:
        run_tool(command, settings, "deploy.log")
    except StackError as problem:
        # The SAM CLI says only that the stack was rolled back; the emulator wrote why.
        reasons = [line for line in settings.log_file.read_text().splitlines() if "Failed to provision" in line]
        raise StackError(reasons[0].split("] ", 1)[-1]) if reasons else problem from None


def client(settings: StackSettings, service: str) -> Any:
    """A boto3 client of the local AWS, with an administrator's rights."""
    make: Any = boto3.client  # its type is one overload per service; the name is not known here
    return make(
        service,
        endpoint_url=settings.aws_url,
        region_name=REGION,
        aws_access_key_id="local",
        aws_secret_access_key="local",
    )


def stack_outputs(settings: StackSettings) -> dict[str, str]:
    """The deployed stack's outputs by name."""
    stacks = client(settings, "cloudformation").describe_stacks(StackName=settings.stack_name)["Stacks"]
    return {output["OutputKey"]: output["OutputValue"] for output in stacks[0]["Outputs"]}


def describe(settings: StackSettings, seed: dict[str, Any], gateways: dict[str, Any]) -> dict[str, Any]:
    """Write stack.json: what people, tools and tests may rely on. Returns it."""
    outputs = stack_outputs(settings)
    issuer = Issuer(settings.issuer, settings.key_file)
    document = {
        "base_url": settings.base_url,
        "aws_endpoint_url": settings.aws_url,
        "region": REGION,
        "stack_name": settings.stack_name,
        "billing_table": outputs["BillingTableName"],
        "summary_table": outputs["SummaryTableName"],
        "outputs": outputs,
        "issuer": {
            "url": issuer.url,
            "key_id": issuer.key_id,
            "key_file": str(settings.key_file),
            "audience": AUDIENCE,
        },
        "seed": seed,
        "gateways": gateways,
    }
    settings.description_file.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    return document


def control(settings: StackSettings, command: str, timeout_seconds: float = 300) -> Any:
    """Ask the launcher's process something: GET /_local/<command> on the API's port."""
    try:
        with urllib.request.urlopen(f"{settings.api_url}/_local/{command}", timeout=timeout_seconds) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as problem:
        raise StackError(f"{command}: {json.load(problem)['message']} (more: {settings.log_file})") from None


def wait_until_counted(settings: StackSettings, timeout_seconds: float = 180) -> None:
    """Wait until the stream function has seen every change. Raises StackError."""
    deadline = time.monotonic() + timeout_seconds
    while behind := control(settings, "stream")["behind"]:
        if time.monotonic() > deadline:
            raise StackError(f"{behind} stream records are still not counted (see {settings.log_file})")
        time.sleep(0.05)


def up(settings: StackSettings, say: Say) -> dict[str, Any]:
    """From nothing running to a deployed, seeded stack. Returns its description. Raises StackError."""
    if stop(settings):
        say("stopped the stack that was running")
    start_emulator(settings)
    say(f"local AWS listens on {settings.aws_url}")
    template = build(settings)
    say("built the functions and the layer (sam build)")
    deploy(settings, template)
    say("deployed template.yaml (sam deploy)")
    outputs = stack_outputs(settings)
    seed = control(settings, f"seed/{outputs['BillingTableName']}/{outputs['SummaryTableName']}")
    say(f"seeded {sum(map(sum, (count.values() for count in seed['invoices'].values()))):,} invoices")
    wait_until_counted(settings)
    say("the stream function has counted them")
    gateways = add_accounts(client(settings, "secretsmanager"), settings)
    return describe(settings, seed=seed, gateways=gateways)
