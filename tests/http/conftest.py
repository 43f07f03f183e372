from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from billing import telemetry, wiring
from billing.application.patience import Patience
from billing.settings import Settings
from tests import in_process
from tests.canaries import SECRET, Lines
from tests.http.api import Api, fixed_clock
from tests.tables import create_tables


@pytest.fixture(scope="module")
def module_services() -> Iterator[wiring.Services]:
    """The service on empty tables, with a fixed day and no real waiting; one for a module that only reads."""
    client = in_process.client()
    in_process.drop_tables("billing", "summary")
    create_tables(client)
    settings = Settings("billing", "summary", "tenant_id", "local", None)
    waited = [0.0]

    def sleep(seconds: float) -> None:
        waited[0] += seconds

    patience = Patience(lambda: waited[0], sleep, lambda: 0.5)
    yield wiring.Services(settings, client=client, clock=fixed_clock, patience=patience)
    wiring.use(None)


@pytest.fixture
def services(module_services: wiring.Services) -> wiring.Services:
    """The same on tables of its own."""
    in_process.drop_tables("billing", "summary")
    create_tables(module_services.dynamodb)
    return module_services


@pytest.fixture
def api(services: wiring.Services) -> Api:
    """The API of an empty tenant with one branch."""
    api = Api(services)
    api.branch()
    return api


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[Lines]:
    """The service's logger at its most talkative, and every other at what Lambda lets through."""
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    handler, logger, root = Lines(), telemetry.logger(), logging.getLogger()
    level = logger.log_level
    logger.setLevel(logging.DEBUG)
    root.addHandler(handler)
    yield handler
    root.removeHandler(handler)
    logger.setLevel(level)


@pytest.fixture
def fail(services: wiring.Services) -> Iterator[Callable[[Callable[[], BaseException]], None]]:
    """Make every later call to DynamoDB end in an exception."""
    registered: list[Callable[..., None]] = []

    def start(make: Callable[[], BaseException]) -> None:
        def strike(**_: Any) -> None:
            raise make()

        services.dynamodb.meta.events.register_first("before-call.dynamodb.*", strike)
        registered.append(strike)

    yield start
    for strike in registered:
        services.dynamodb.meta.events.unregister("before-call.dynamodb.*", strike)
