"""The local emulator's DynamoDB in this very process, behind the real botocore client.

No socket, no thread: a call takes a fraction of a millisecond and the order of calls alone decides what it
meets. moto copies its tables with every transaction, which makes a hundred invoices take half a minute.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from io import BytesIO
from typing import Any

from botocore import UNSIGNED
from botocore.awsrequest import AWSResponse
from ministack.services import dynamodb

from billing.adapters.dynamodb.client import make_client


class _Body(BytesIO):
    """The little that botocore wants of urllib3's response."""

    def stream(self, *_: Any, **__: Any) -> Iterator[bytes]:
        while chunk := self.read():
            yield chunk


def answer(status: int, headers: Any, body: bytes) -> AWSResponse:
    """An HTTP answer as botocore's transport would hand it on."""
    return AWSResponse("http://in-process", status, headers, _Body(body))


def failure(code: str, status: int = 400, **members: Any) -> AWSResponse:
    """An error answer of DynamoDB's JSON protocol."""
    document = {"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": "injected", **members}
    return answer(status, {"content-type": "application/x-amz-json-1.0"}, json.dumps(document).encode())


def serve(request: Any) -> AWSResponse:
    """Carry a request out."""
    body = request.body if isinstance(request.body, bytes) else (request.body or "").encode()
    headers = {
        name.lower(): value.decode() if isinstance(value, bytes) else value for name, value in request.headers.items()
    }
    running = dynamodb.handle_request("POST", "/", headers, body, {})
    try:
        running.send(None)
    except StopIteration as done:
        status, answer_headers, content = done.value
    else:
        raise AssertionError("the emulator waited for something")
    return answer(status, answer_headers, content if isinstance(content, bytes) else content.encode())


def client() -> Any:
    """The production client, unsigned, whose every request is answered here."""
    made = make_client(region_name="ap-south-1", signature_version=UNSIGNED)
    made.meta.events.register_last("before-send", lambda request, **_: serve(request))
    return made


def drop_tables(*names: str) -> None:
    """Forget tables and their streams."""
    for name in names:
        dynamodb._tables.pop(name, None)
        dynamodb._stream_records.pop(name, None)
        dynamodb._stream_trimmed.pop(name, None)
