from __future__ import annotations

from collections.abc import Iterator

import botocore.session
import pytest
from moto import mock_aws

from billing import wiring
from billing.application.patience import Patience
from billing.settings import Settings
from tests.http.api import Api, fixed_clock
from tests.tables import create_tables


@pytest.fixture
def services(monkeypatch: pytest.MonkeyPatch) -> Iterator[wiring.Services]:
    """The service on moto, with a fixed day and no real waiting."""
    for name, value in (
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_DEFAULT_REGION", "ap-south-1"),
    ):
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        client = botocore.session.get_session().create_client("dynamodb")
        create_tables(client)
        settings = Settings("billing", "summary", "tenant_id", "local", None)
        waited = [0.0]

        def sleep(seconds: float) -> None:
            waited[0] += seconds

        patience = Patience(lambda: waited[0], sleep, lambda: 0.5)
        services = wiring.Services(settings, client=client, clock=fixed_clock, patience=patience)
        yield services
        wiring.use(None)


@pytest.fixture
def api(services: wiring.Services) -> Api:
    """The API of an empty tenant with one branch."""
    api = Api(services)
    api.branch()
    return api
