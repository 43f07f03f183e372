"""The service on moto, with a clock that stands still and ids that repeat."""

from __future__ import annotations

import logging
import os
import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from unittest import mock

from billing import wiring
from billing.adapters.dynamodb.client import make_client
from billing.application.patience import Patience
from billing.domain.identifiers import base32, make_invoice_id
from billing.settings import Settings

ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "local",
    "AWS_SECRET_ACCESS_KEY": "local",
    "AWS_DEFAULT_REGION": "ap-south-1",
}
TENANT = "demo"
TOKEN = "a-token-with-both-scopes"  # noqa: S105 - opens nothing but this process
READ_ONLY_TOKEN = "a-token-to-read"  # noqa: S105
ONE_BRANCH_TOKEN = "a-token-for-one-branch"  # noqa: S105
NO_TENANT_TOKEN = "a-token-without-tenant"  # noqa: S105
TOKENS = {
    TOKEN: {"scope": "billing:read billing:write", "tenant_id": TENANT},
    READ_ONLY_TOKEN: {"scope": "billing:read", "tenant_id": TENANT},
    ONE_BRANCH_TOKEN: {"scope": "billing:read billing:write", "tenant_id": TENANT, "branches": "MUM-01"},
    NO_TENANT_TOKEN: {"scope": "billing:read billing:write"},
}


class RepeatableIds:
    """Ids that are the same in every run; implements :class:`billing.application.ports.Ids`."""

    def __init__(self, seed: int = 7) -> None:
        self._random = random.Random(seed)

    def invoice_id(self, branch_id: str, now: datetime) -> str:
        """Of the usual form."""
        return make_invoice_id(branch_id, int(now.timestamp() * 1000), self._random.getrandbits(35))

    def payment_id(self) -> str:
        """Of the usual form."""
        return f"pay_{base32(self._random.getrandbits(80), 16)}"

    def refund_id(self) -> str:
        """Of the usual form."""
        return f"rfd_{base32(self._random.getrandbits(80), 16)}"

    def __getattr__(self, name: str) -> Any:
        """Any other ``…_id``, from the same source."""
        if not name.endswith("_id"):
            raise AttributeError(name)
        return lambda *_: f"{name.removesuffix('_id')[:3]}_{base32(self._random.getrandbits(80), 16)}"


def still_clock() -> datetime:
    """20 March 2026, 12:00 in India."""
    return datetime(2026, 3, 20, 6, 30, tzinfo=UTC)


@contextmanager
def service_on_moto() -> Iterator[wiring.Services]:
    """Both tables, empty, and everything that works on them; no wait takes real time, nothing is logged."""
    from moto import mock_aws

    from tests.tables import create_tables

    waited = [0.0]

    def sleep(seconds: float) -> None:
        waited[0] += seconds

    with mock.patch.dict(os.environ, ENVIRONMENT), mock_aws():
        os.environ.pop("AWS_ENDPOINT_URL", None)
        client = make_client()
        create_tables(client)
        before = logging.root.manager.disable
        logging.disable(logging.CRITICAL)
        yield wiring.Services(
            Settings.from_environment({"BILLING_TABLE": "billing", "SUMMARY_TABLE": "summary", "STAGE": "local"}),
            client=client,
            clock=still_clock,
            ids=RepeatableIds(),
            patience=Patience(lambda: waited[0], sleep, lambda: 0.5),
        )
        logging.disable(before)
        wiring.use(None)


def settle(services: wiring.Services) -> None:
    """Count every document's newest state, as the stream function does."""
    from billing.streams.projection import project_batch

    records: list[dict[str, Any]] = []
    pages = services.dynamodb.get_paginator("scan").paginate(TableName=services.settings.billing_table)
    for page in pages:
        for item in page["Items"]:
            keys = {"pk": item["pk"], "sk": item["sk"]}
            records.append({"dynamodb": {"Keys": keys, "NewImage": item, "SequenceNumber": str(len(records))}})
    for start in range(0, len(records), 100):
        project_batch(services.ledger, services.patience, records[start : start + 100])
