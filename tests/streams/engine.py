"""The DynamoDB of this process (tests.in_process) as the stream function meets it: with faults on its way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ministack.services import dynamodb

from tests import in_process
from tests.simulation.faults import Fault, inflict


def faulty_client(fault: Callable[[str], Fault | None], postpone: Callable[[Any], None]) -> Any:
    """A client of which each call may meet a fault (by its operation's name); ``postpone`` keeps what comes late."""
    client = in_process.client()

    def meet(request: Any, event_name: str, **_: Any) -> Any:
        operation = event_name.rpartition(".")[2]
        return inflict(fault(operation), operation, request, postpone)

    client.meta.events.register_first("before-send", meet)
    return client


def stream_records(table: str) -> list[dict[str, Any]]:
    """All records of a table's stream, oldest first, as Lambda receives them."""
    return list(dynamodb.stream_live_records(table))
