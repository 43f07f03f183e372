"""The API's own port: the paths it has on AWS, the issuer that signs local tokens, and nothing else.

Requests to the API wait here for one of a few places. The emulator starts a worker process for each concurrent
request (70 MB, one second of CPU), so thirty at once would be slower than four at a time.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

from ministack import app as ministack
from ministack.services import apigateway

from tools.local_stack.tokens import DISCOVERY_PATH, JWKS_PATH, Issuer

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
# Paths of the launcher itself; no API of ours begins so.
CONTROL_PREFIX = "/_local/"


class FrontDoor:
    """An ASGI application over two ports: the API's, and the emulator's own for AWS calls."""

    def __init__(
        self,
        api_port: int,
        api_name: str,
        issuer: Issuer,
        control: Callable[[str], Awaitable[Any]],
        concurrency: int,
    ) -> None:
        self._api_port = api_port
        self._api_name = api_name
        self._published = {JWKS_PATH: issuer.jwks(), DISCOVERY_PATH: issuer.discovery()}
        self._control = control
        self._places = asyncio.Semaphore(concurrency)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or (scope.get("server") or (None, None))[1] != self._api_port:
            await ministack.app(scope, receive, send)
        elif scope["path"] in self._published:
            await _answer(send, 200, self._published[scope["path"]])
        elif scope["path"].startswith(CONTROL_PREFIX):
            await self._answer_control(scope, send)
        else:
            async with self._places:
                await ministack.app(self._to_api(scope), receive, send)

    async def _answer_control(self, scope: Scope, send: Send) -> None:
        try:
            document = await self._control(scope["path"].removeprefix(CONTROL_PREFIX))
        except LookupError:
            await _answer(send, 404, {"message": "Not Found"})
        except Exception as problem:
            await _answer(send, 500, {"message": f"{type(problem).__name__}: {problem}"})
            raise
        else:
            await _answer(send, 200, document)

    def _to_api(self, scope: Scope) -> Scope:
        """The same request as the emulator wants it: under the identifier of the stack's API."""
        named = [api["apiId"] for _, api in apigateway._apis.all_items() if api["name"] == self._api_name]
        prefix = f"/_aws/execute-api/{named[-1] if named else 'none'}"
        raw = scope.get("raw_path") or scope["path"].encode()
        return {**scope, "path": prefix + scope["path"], "raw_path": prefix.encode() + raw}


async def _answer(send: Send, status: int, document: Any) -> None:
    body = json.dumps(document).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
