"""What the property tests run against: the handlers in this process, the running local stack, or any deployment."""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from billing.http.endpoint import BASE_PATH
from tools.in_process.gateway import Gateway
from tools.in_process.server import serving
from tools.in_process.service import TOKEN, TOKENS, in_process_service, settle
from tools.local_stack.settings import AUDIENCE, REPOSITORY, StackSettings
from tools.local_stack.tokens import Issuer
from tools.openapi.story import BRANCH, INVOICE

RUN_SECONDS = 8 * 3600


class NothingRuns(Exception):
    """There is no local stack to send requests to."""


@dataclass(frozen=True)
class Target:
    """Where to send requests, and as whom. ``name`` goes into the record of the run."""

    name: str
    base_url: str
    token: str


@contextmanager
def in_process() -> Iterator[Target]:
    """The real handlers on a fresh store of this process, behind a port of this machine."""
    with in_process_service() as services, serving(Gateway(services, TOKENS)) as url:
        target = Target("handlers in one process", f"{url}{BASE_PATH}", TOKEN)
        prepare(target)
        settle(services)
        yield target


@contextmanager
def local_stack() -> Iterator[Target]:
    """What `make run` has started here, as a tenant that nobody was before.

    Raises:
        NothingRuns.
    """
    settings = StackSettings(REPOSITORY / ".local")
    try:
        running = settings.description()
    except FileNotFoundError:
        raise NothingRuns("no local stack runs here: start it with `make run`, or say --url") from None
    issuer = Issuer(running["issuer"]["url"], settings.key_file)
    token = issuer.token(
        audience=AUDIENCE,
        scope="billing:read billing:write",
        tenant=f"fuzz-{time.time_ns():x}",
        expires_in_seconds=RUN_SECONDS,
    )
    target = Target("deployed local stack over HTTP", running["base_url"], token)
    prepare(target)
    yield target


@contextmanager
def deployment(base_url: str, token: str) -> Iterator[Target]:
    """Any deployment. The token's tenant is filled with whatever the run invents: let it be one for tests."""
    target = Target(base_url, base_url.rstrip("/"), token)
    prepare(target)
    yield target


def prepare(target: Target) -> None:
    """The branch that the description's examples name, with a finalized invoice and a draft."""
    _send(target, "PUT", "/branches/MUM-01", BRANCH)
    for finalize in (True, False):
        _send(target, "POST", "/invoices", {**INVOICE, "finalize": finalize})


def _send(target: Target, method: str, path: str, body: dict[str, Any]) -> None:
    request = urllib.request.Request(
        target.base_url + path,
        json.dumps(body).encode(),
        {"Authorization": f"Bearer {target.token}", "Content-Type": "application/json"},
        method=method,
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        answer.read()
