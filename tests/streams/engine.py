"""A DynamoDB in this process (the emulator's module without its server), and faults at its wire.

One thread, no sockets: a schedule is repeatable from its seed, and a call takes a fraction of a millisecond.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import botocore.session
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.config import Config
from botocore.exceptions import ReadTimeoutError
from ministack.services import dynamodb

Fault = Callable[[str], str | None]
"""Operation name → what goes wrong with this call, or None."""


class Killed(BaseException):
    """The function's process ended here; no handler of errors may see it."""


class _Body(io.BytesIO):
    def stream(self, *_: Any, **__: Any) -> Iterator[bytes]:
        content = self.read()
        if content:
            yield content


def make_client(fault: Fault = lambda _: None) -> Any:
    """A botocore client whose requests are answered in this process.

    Faults: ``throttle`` and ``conflict`` are refusals, ``error_before`` and ``error_after`` a 500 without and
    with the effect, ``lost`` an answer that never arrives, ``kill_before`` and ``kill_after`` end the process.
    """
    config = Config(retries={"mode": "standard", "total_max_attempts": 1}, parameter_validation=False)
    client = _session().create_client(
        "dynamodb",
        region_name="ap-south-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=config,
    )

    def serve(request: Any, event_name: str, **_: Any) -> AWSResponse:
        operation = event_name.rpartition(".")[2]
        wrong = fault(operation)
        if wrong == "kill_before":
            raise Killed
        if wrong == "throttle":
            return _refusal(request, "ProvisionedThroughputExceededException")
        if wrong == "conflict":
            reasons = [{"Code": "TransactionConflict"}, {"Code": "None"}]
            return _refusal(request, "TransactionCanceledException", CancellationReasons=reasons)
        if wrong == "error_before":
            return _refusal(request, "InternalServerError", 500)
        answer = _answer(request)
        if wrong == "kill_after":
            raise Killed
        if wrong == "lost":
            raise ReadTimeoutError(endpoint_url=request.url)
        if wrong == "error_after":
            return _refusal(request, "InternalServerError", 500)
        return answer

    client.meta.events.register_last("before-send", serve)
    return client


@cache
def _session() -> Any:
    """One for all clients: loading the service's description is most of what a client costs."""
    return botocore.session.get_session()


def stream_records(table: str) -> list[dict[str, Any]]:
    """All records of a table's stream, oldest first, as Lambda receives them."""
    return list(dynamodb.stream_live_records(table))


def _answer(request: Any) -> AWSResponse:
    body = request.body if isinstance(request.body, bytes | bytearray) else b""
    headers = {
        name.lower(): value.decode() if isinstance(value, bytes) else value for name, value in request.headers.items()
    }
    step = dynamodb.handle_request("POST", "/", headers, body, {})
    try:
        step.send(None)
    except StopIteration as done:
        status, answer_headers, content = done.value
    else:
        raise AssertionError("the emulator waited for something")
    raw = content if isinstance(content, bytes) else content.encode()
    return AWSResponse(request.url, status, answer_headers, _Body(raw))


def _refusal(request: Any, code: str, status: int = 400, **members: Any) -> AWSResponse:
    document = {"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": "injected", **members}
    headers = {"content-type": "application/x-amz-json-1.0"}
    return AWSResponse(request.url, status, HTTPHeaders.from_dict(headers), _Body(json.dumps(document).encode()))
