"""The three DynamoDB engines the stores are held against, as a test meets them.

===============  ==============================================================================
moto             in this process, one thread: conditional writes under threads corrupt its tables
ministack        the local AWS, in a process of its own, as `make run` uses it
DynamoDB Local   AWS's own engine, in a Java process
===============  ==============================================================================

An engine that cannot run here is an error with its reason, never a skip: a store proven on an imitation
only is not proven.
"""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import botocore.session
from moto import mock_aws

from billing import wiring
from billing.adapters.dynamodb.client import make_client
from billing.application.patience import Patience
from billing.settings import Settings
from tests.tables import create_tables
from tools.dynamodb_local import HOST, dynamodb_local, free_port

MOTO, MINISTACK, DYNAMODB_LOCAL = "moto", "ministack", "dynamodb-local"
ENGINES = (MOTO, MINISTACK, DYNAMODB_LOCAL)
REAL_ENGINES = (MINISTACK, DYNAMODB_LOCAL)
START_TIMEOUT_SECONDS = 60
_tenants = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Engine:
    """A running engine with the two tables; ``client`` is the one production code makes."""

    name: str
    client: Any

    def services(self, **parts: Any) -> wiring.Services:
        """The service on this engine; waits are real unless a ``patience`` is passed."""
        return wiring.Services(Settings("billing", "summary", "tenant_id", "local", None), client=self.client, **parts)


def new_tenant() -> str:
    """A tenant nobody used yet: tests share tables, never data."""
    return f"t{next(_tenants)}"


@contextmanager
def environment(**values: str) -> Iterator[None]:
    """Environment variables for the length of a block."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": "ap-south-1",
}


def connect(name: str, endpoint_url: str, **options: Any) -> Engine:
    """The engine behind a URL, through the production client; the tables are made if they are missing."""
    with environment(**CREDENTIALS, AWS_ENDPOINT_URL_DYNAMODB=endpoint_url):
        client = make_client(max_pool_connections=80, **options)
    if not client.list_tables()["TableNames"]:
        create_tables(client)
    return Engine(name, client)


@contextmanager
def moto_engine() -> Iterator[Engine]:
    """A fresh moto, for one thread."""
    with environment(**CREDENTIALS), mock_aws():
        client = botocore.session.get_session().create_client("dynamodb")
        create_tables(client)
        yield Engine(MOTO, client)


@contextmanager
def ministack() -> Iterator[str]:
    """The local AWS in its own process; yields its endpoint URL."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="billing-ministack-") as folder:
        log = Path(folder) / "log"
        variables = {
            "PATH": os.environ["PATH"],
            "HOME": folder,
            "TMPDIR": folder,
            "GATEWAY_PORT": str(port),
            "BIND_HOST": HOST,
            "SERVICES": "dynamodb",
            "IOT_MTLS_ENABLED": "0",
            "LOG_LEVEL": "WARNING",
        }
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "ministack"],
                cwd=folder,
                env=variables,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
            try:
                url = f"http://{HOST}:{port}"
                _wait_until(lambda: _answers(url), process, log)
                yield url
            finally:
                process.terminate()
                process.wait(timeout=20)


@contextmanager
def serving(name: str) -> Iterator[str]:
    """A real engine in its own process; yields its endpoint URL."""
    with (ministack if name == MINISTACK else dynamodb_local)() as url:
        yield url


def no_waiting() -> Patience:
    """Patience on a clock of its own: pauses take no time."""
    waited = [0.0]

    def sleep(seconds: float) -> None:
        waited[0] += seconds

    return Patience(lambda: waited[0], sleep, lambda: 0.5)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/_ministack/health", timeout=1):
            return True
    except OSError:
        return False


def _wait_until(ready: Callable[[], bool], process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT_SECONDS
    while not ready():
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"ministack does not answer: {log.read_text()[-2000:]}")
        time.sleep(0.1)
