"""A small HTTP client for the stack's API: real sockets, no retries, nothing hidden."""

from __future__ import annotations

import http.client
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from tools.local_stack.settings import AUDIENCE, BASE_PATH, HOST, StackSettings
from tools.local_stack.tokens import Issuer

READ = "billing:read"
WRITE = "billing:write"
BOTH = f"{READ} {WRITE}"


@dataclass(frozen=True)
class Response:
    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class Api:
    def __init__(self, settings: StackSettings) -> None:
        self._settings = settings
        self.issuer = Issuer(settings.issuer, settings.key_file)

    def token(self, scope: str = BOTH, tenant: str | None = "demo", **more: Any) -> str:
        return self.issuer.token(audience=AUDIENCE, scope=scope, tenant=tenant, **more)

    def request(
        self,
        method: str,
        path: str,
        *,
        token: str | None = None,
        query: dict[str, Any] | None = None,
        body: Any = None,
        headers: dict[str, str] | None = None,
    ) -> Response:
        """Send one request. `path` follows the base path; `body` is sent as JSON."""
        sent = dict(headers or {})
        if token is not None:
            sent["Authorization"] = f"Bearer {token}"
        data = None
        if body is not None:
            data = json.dumps(body).encode()
            sent.setdefault("Content-Type", "application/json")
        connection = http.client.HTTPConnection(HOST, self._settings.api_port, timeout=60)
        try:
            target = BASE_PATH + path + (f"?{urlencode(query)}" if query else "")
            connection.request(method, target, body=data, headers=sent)
            answer = connection.getresponse()
            names = {name.lower(): value for name, value in answer.getheaders()}
            return Response(answer.status, names, answer.read())
        finally:
            connection.close()
