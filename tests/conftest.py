from __future__ import annotations

import logging
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack

import pytest

from billing import telemetry
from billing.wiring import Services
from tests.canaries import Watch
from tests.engines import ENGINES, MOTO, REAL_ENGINES, Engine, connect, moto_engine, new_tenant, no_waiting, serving

WATCH = Watch()


@pytest.fixture(scope="session", autouse=True)
def _watch_the_logs() -> Iterator[None]:
    """Listen to the service's logger and to every library's."""
    listened = (telemetry.logger()._logger, logging.getLogger())
    for logger in listened:
        logger.addHandler(WATCH)
    yield
    for logger in listened:
        logger.removeHandler(WATCH)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """No canary in any log line of any test: a test that let one out has failed, whatever it asserted."""
    report = yield
    WATCH.look_at(report.capstdout)
    leaked = WATCH.take()
    if leaked:
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} let out in its logs:\n" + "\n".join(leaked)
    return report


@pytest.fixture(scope="session")
def started() -> Iterator[Callable[[str], Engine]]:
    """Real engines by name, each started when the first test asks for it and ended with the session."""
    with ExitStack() as ends:
        running: dict[str, Engine] = {}

        def get(name: str) -> Engine:
            if name not in running:
                running[name] = connect(name, ends.enter_context(serving(name)))
            return running[name]

        yield get


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest, started: Callable[[str], Engine]) -> Iterator[Engine]:
    """Each engine in turn."""
    if request.param == MOTO:
        with moto_engine() as engine:
            yield engine
    else:
        yield started(request.param)


@pytest.fixture(params=REAL_ENGINES)
def real_engine(request: pytest.FixtureRequest, started: Callable[[str], Engine]) -> Engine:
    """Each engine that keeps its promises under threads, in turn."""
    return started(request.param)


@pytest.fixture
def services(engine: Engine) -> Services:
    """The stores on the engine."""
    return engine.services(patience=no_waiting())


@pytest.fixture
def tenant() -> str:
    """A tenant of this test's own."""
    return new_tenant()
