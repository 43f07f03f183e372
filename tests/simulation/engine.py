"""The real botocore client, answered by ministack's DynamoDB in this very process.

No socket, no thread, no clock: what a request meets depends on the order of calls alone, so a run can be
repeated to the byte. :attr:`InProcess.intercept` sees every request on its way, which is where faults and
interleavings come from.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import botocore.endpoint
from botocore import UNSIGNED
from botocore.retries import quota
from ministack.services import dynamodb

from billing.adapters.dynamodb.client import make_client
from tests.in_process import serve
from tests.tables import create_tables

Intercept = Callable[[str, Any], Any]
BILLING, SUMMARY = "sim-billing", "sim-summary"


class InProcess:
    """Both tables and one client, configured as on Lambda but for signing."""

    def __init__(self) -> None:
        self.intercept: Intercept | None = None
        self._quotas: list[quota.RetryQuota] = []
        kept = self._quotas

        class Kept(quota.RetryQuota):
            def __init__(self, *arguments: Any, **options: Any) -> None:
                super().__init__(*arguments, **options)
                kept.append(self)

        with patch.object(quota, "RetryQuota", Kept):
            self.client = make_client(region_name="ap-south-1", signature_version=UNSIGNED)
        self.client.meta.events.register_last("before-send", self._before_send)

    def _before_send(self, request: Any, event_name: str, **_: Any) -> Any:
        if self.intercept is None:
            return serve(request)
        return self.intercept(event_name.rpartition(".")[2], request)

    def reset(self) -> None:
        """Empty tables, an unused retry quota, no interception."""
        self.intercept = None
        for name in (BILLING, SUMMARY):
            for store in self._stores():
                store.pop(name, None)
        create_tables(self.client, billing=BILLING, summary=SUMMARY)
        for one in self._quotas:
            one.release(one.INITIAL_CAPACITY)

    def save(self) -> Any:
        """The tables and the stream as they are now."""
        return copy.deepcopy(
            [{name: store[name] for name in (BILLING, SUMMARY) if name in store} for store in self._stores()]
        )

    def restore(self, saved: Any) -> None:
        """The tables and the stream as they were; the retry quota is unused."""
        self.reset()
        for store, kept in zip(self._stores(), copy.deepcopy(saved), strict=True):
            store.update(kept)

    def _stores(self) -> tuple[Any, ...]:
        return dynamodb._tables, dynamodb._stream_records, dynamodb._stream_trimmed

    def items(self, table: str = BILLING) -> list[dict[str, Any]]:
        """Every item, read past all interception."""
        intercept, self.intercept = self.intercept, None
        try:
            found: list[dict[str, Any]] = []
            for page in self.client.get_paginator("scan").paginate(TableName=table, ConsistentRead=True):
                found.extend(page["Items"])
        finally:
            self.intercept = intercept
        return found

    def stream(self, start: int = 0, limit: int = 1_000_000) -> list[dict[str, Any]]:
        """The billing table's stream records from a position on."""
        records: list[dict[str, Any]] = dynamodb._stream_records.get(BILLING, [])
        return records[start : start + limit]


@contextmanager
def retries_sleep(sleep: Callable[[float], None]) -> Iterator[None]:
    """Let the SDK's own pauses between tries take virtual time."""
    with patch.object(botocore.endpoint, "time", SimpleNamespace(sleep=sleep)):
        yield
