"""Everything that may happen to one AWS call, and to the function that makes it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Literal, get_args

from botocore.exceptions import ConnectTimeoutError, ReadTimeoutError

from tests.in_process import answer, failure, serve

Fault = Literal[
    "dropped",  # the request never arrives
    "answer_lost",  # carried out, but nobody hears of it
    "late",  # the caller stops waiting; carried out later, at a moment of its own
    "throttled",
    "conflict",  # another transaction holds the item
    "500_before",  # an internal error, nothing written
    "500_after",  # an internal error, yet written
    "killed_before",  # the function dies before the call
    "killed_after",  # the function dies after it, before it can answer
]
FAULTS: tuple[Fault, ...] = get_args(Fault)
READS = ("GetItem", "Query", "BatchGetItem")


class Killed(BaseException):
    """The function is gone: no handler of ours may catch this."""


def inflict(fault: Fault | None, operation: str, request: Any, postpone: Callable[[Any], None]) -> Any:
    """Let one call meet its fate; ``postpone`` keeps a request that will be carried out later."""
    if fault is None or (fault == "conflict" and operation in READS):
        return serve(request)
    if fault == "dropped":
        raise ConnectTimeoutError(endpoint_url=request.url)
    if fault == "late":
        postpone(request)
        raise ReadTimeoutError(endpoint_url=request.url)
    if fault == "killed_before":
        raise Killed
    if fault == "throttled":
        return _throttled(operation, request)
    if fault == "conflict":
        return _refused(operation, "TransactionConflict", "TransactionConflictException", request)
    if fault == "500_before":
        return failure("InternalServerError", 500)
    serve(request)
    if fault == "killed_after":
        raise Killed
    if fault == "answer_lost":
        raise ReadTimeoutError(endpoint_url=request.url)
    return failure("InternalServerError", 500)


def _throttled(operation: str, request: Any) -> Any:
    if operation == "BatchGetItem":
        # A batch is not refused whole: its keys come back unprocessed.
        body = json.dumps({"Responses": {}, "UnprocessedKeys": json.loads(request.body)["RequestItems"]})
        return answer(200, {"content-type": "application/x-amz-json-1.0"}, body.encode())
    return _refused(operation, "ThrottlingError", "ProvisionedThroughputExceededException", request)


def _refused(operation: str, reason: str, code: str, request: Any) -> Any:
    if operation != "TransactWriteItems":
        return failure(code)
    others = len(json.loads(request.body)["TransactItems"]) - 1
    reasons = [{"Code": reason}, *({"Code": "None"} for _ in range(others))]
    return failure("TransactionCanceledException", CancellationReasons=reasons)
