"""The service on the emulator's DynamoDB, with a clock that stands still and ids that repeat."""

from __future__ import annotations

import itertools
import logging
import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from billing import wiring
from billing.application.patience import Patience
from billing.settings import Settings

ID_SEED = 7
_STANDS = itertools.count(1)
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


def still_clock() -> datetime:
    """20 March 2026, 12:00 in India."""
    return datetime(2026, 3, 20, 6, 30, tzinfo=UTC)


@contextmanager
def in_process_service() -> Iterator[wiring.Services]:
    """Both tables, empty, and everything that works on them; no wait takes real time, nothing is logged."""
    from tests import in_process
    from tests.http.gateway_support import Accounts, PhonePeSays
    from tests.tables import create_tables

    waited = [0.0]

    def sleep(seconds: float) -> None:
        waited[0] += seconds

    stand = next(_STANDS)
    names = f"billing-{stand}", f"summary-{stand}"
    client = in_process.client()
    create_tables(client, billing=names[0], summary=names[1])
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield wiring.Services(
            Settings(*names, "tenant_id", "local", None),
            client=client,
            clock=still_clock,
            ids=wiring.RandomIds(random.Random(ID_SEED).getrandbits),
            patience=Patience(lambda: waited[0], sleep, lambda: 0.5),
            accounts=Accounts(),
            lookups=PhonePeSays(),
        )
    finally:
        logging.disable(before)
        wiring.use(None)
        in_process.drop_tables(*names)


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
