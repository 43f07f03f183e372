"""The commands behind the Makefile: up, down, token, invoke, logs."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

from tools.local_stack import lifecycle
from tools.local_stack.settings import AUDIENCE, REPOSITORY, StackSettings
from tools.local_stack.tokens import Issuer

DEMO_TENANT = "demo"
READ_AND_WRITE = "billing:read billing:write"


def up(settings: StackSettings) -> None:
    started = float(os.environ.get("STARTED_AT") or time.time())

    def say(text: str) -> None:
        print(f"{time.time() - started:6.1f} s  {text}", flush=True)

    description = lifecycle.up(settings, say)
    issuer = Issuer(settings.issuer, settings.key_file)
    token = issuer.token(audience=AUDIENCE, scope=READ_AND_WRITE, tenant=DEMO_TENANT, expires_in_seconds=8 * 3600)
    base = description["base_url"]
    invoice = description["seed"]["invoice_to_pay"]
    print(f"""
Base URL   {base}
Token      (tenant {DEMO_TENANT}, read and write, 8 hours; another: make token SCOPE=billing:read TENANT=…)
{token}

Try:
curl -s -H "Authorization: Bearer $(make -s token)" "{base}/invoices?status=partially_paid&per_page=3"
curl -s -H "Authorization: Bearer $(make -s token)" {base}/invoices/{invoice}
curl -s -H "Authorization: Bearer $(make -s token)" {base}/summary
""")
    say("ready (make stop ends it)")


def token(settings: StackSettings, given: argparse.Namespace) -> None:
    issuer = Issuer(settings.issuer, settings.key_file)
    print(
        issuer.token(
            audience=AUDIENCE,
            scope=given.scope,
            tenant=given.tenant,
            branches=given.branches or None,
            expires_in_seconds=given.expires_in,
        )
    )


def invoke(settings: StackSettings, function: str, event: Path) -> int:
    """`sam remote invoke` of a function with an event file."""
    command = [lifecycle.sam(), "remote", "invoke", function, "--event-file", str(event)]
    command += ["--stack-name", settings.stack_name]
    return subprocess.run(command, cwd=REPOSITORY, env=settings.aws_environment(), check=False).returncode


def logs(settings: StackSettings, function: str) -> int:
    """`sam logs` of a function, or of all."""
    command = [lifecycle.sam(), "logs", "--stack-name", settings.stack_name]
    command += ["--name", function] if function else []
    return subprocess.run(command, cwd=REPOSITORY, env=settings.aws_environment(), check=False).returncode


def main() -> int:
    parser = argparse.ArgumentParser(prog="tools.local_stack", description=__doc__)
    parser.add_argument("--folder", type=Path, default=REPOSITORY / ".local")
    parser.add_argument("--api-port", type=int, default=3000)
    parser.add_argument("--aws-port", type=int, default=4566)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("up")
    commands.add_parser("down")
    minted = commands.add_parser("token")
    minted.add_argument("--scope", default=READ_AND_WRITE)
    minted.add_argument("--tenant", default=DEMO_TENANT)
    minted.add_argument("--branches", default="")
    minted.add_argument("--expires-in", type=int, default=3600, metavar="SECONDS")
    invoked = commands.add_parser("invoke")
    invoked.add_argument("function")
    invoked.add_argument("event", type=Path)
    logged = commands.add_parser("logs")
    logged.add_argument("function", nargs="?", default="")
    given = parser.parse_args()

    settings = StackSettings(given.folder.resolve(), given.api_port, given.aws_port)
    if given.command not in ("up", "down"):
        settings = _as_started(settings)
    try:
        if given.command == "up":
            up(settings)
        elif given.command == "down":
            print("stopped" if lifecycle.stop(settings) else "nothing was running")
        elif given.command == "token":
            token(settings, given)
        elif given.command == "invoke":
            return invoke(settings, given.function, given.event)
        else:
            return logs(settings, given.function)
    except lifecycle.StackError as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 1
    return 0


def _as_started(settings: StackSettings) -> StackSettings:
    """The ports that the folder's stack was started with, whatever the arguments' defaults are."""
    try:
        description = settings.description()
    except FileNotFoundError:
        raise SystemExit("error: no local stack runs here: start it with `make run`") from None

    def port(url: str) -> int:
        return int(url.rsplit(":", 1)[1].split("/")[0])

    return StackSettings(
        settings.folder, port(description["base_url"]), port(description["aws_endpoint_url"]), description["stack_name"]
    )


if __name__ == "__main__":
    sys.exit(main())
