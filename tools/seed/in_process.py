"""The emulator's DynamoDB as a botocore-like client in the emulator's own process.

The request still goes through the emulator's handler (keys, conditions, indexes, streams); only the socket, the
signature and the SDK's parsing are left out, which are nine tenths of the time of thousands of small writes.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError
from ministack.services import dynamodb


class InProcessDynamoDb:
    """Operations by their botocore names: `client.put_item(TableName=…, …)`. Raises ClientError as botocore does."""

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith("_"):
            raise AttributeError(name)
        operation = "".join(word.capitalize() for word in name.split("_"))

        def call(**arguments: Any) -> Any:
            return _call(operation, arguments)

        return call


def _call(operation: str, arguments: dict[str, Any]) -> Any:
    headers = {"x-amz-target": f"DynamoDB_20120810.{operation}", "content-type": "application/x-amz-json-1.0"}
    handling = dynamodb.handle_request("POST", "/", headers, json.dumps(arguments).encode(), {})
    try:
        handling.send(None)
    except StopIteration as ended:
        status, _, body = ended.value
    else:
        handling.close()
        raise RuntimeError(f"the emulator's {operation} waits for something: it cannot be called in this way any more")
    document = json.loads(body) if body else {}
    if status >= 400:
        code = str(document.get("__type", "")).rpartition("#")[2]
        error = {"Code": code, "Message": document.get("message") or document.get("Message", "")}
        response: Any = {**document, "Error": error, "ResponseMetadata": {"HTTPStatusCode": status}}
        raise ClientError(response, operation)
    return document
