"""The whole API on one port of this machine, for a browser: real handlers, one request at a time.

What API Gateway does is done here as it does it: routes, 401 and 403 in its own words, claims of the token. Tokens
are not signed, since no browser test is about signatures.
"""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import unquote

from billing import wiring
from tests.http.api import BASE, ROOT, ROUTES, Api
from tools.in_process.gateway import Context, function

SCRIPTS = ROOT / "functions" / "dashboard" / "scripts"
TENANT_CLAIM = "tenant_id"


def make_token(tenant: str, *, scope: str = "billing:read billing:write", expires_at: float | None = None) -> str:
    """A bearer token without a signature; ``expires_at`` in seconds since 1970."""
    claims = {TENANT_CLAIM: tenant, "scope": scope, "exp": int(expires_at or time.time() + 86_400 * 3650)}
    head, body = (
        base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in ({"alg": "none"}, claims)
    )
    return f"{head}.{body}.unsigned"


class BrowserServer:
    """Serves on a free port of 127.0.0.1 until closed. ``now`` is the clock that tokens expire by."""

    def __init__(self, services: wiring.Services, now: Callable[[], float]) -> None:
        self.services = services
        self.now = now
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer._answer(self)

            do_POST = do_GET  # noqa: N815 (the name http.server looks for)

            def log_message(self, *_: object) -> None:
                """Say nothing: the functions log for themselves."""

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _answer(self, request: BaseHTTPRequestHandler) -> None:
        path, _, query = request.path.partition("?")
        body = request.rfile.read(int(request.headers.get("Content-Length") or 0)).decode()
        if path.startswith("/scripts/"):
            # The page's modules one by one, for the tests of single functions.
            _send(request, 200, {"Content-Type": "text/javascript"}, (SCRIPTS / path[9:]).read_bytes())
            return
        if path == "/blank":
            _send(request, 200, {"Content-Type": "text/html"}, b"<!doctype html><title>blank</title>")
            return
        status, headers, content = self._call(request, path, query, body)
        _send(request, status, headers, content)

    def _call(
        self, request: BaseHTTPRequestHandler, path: str, query: str, body: str
    ) -> tuple[int, dict[str, str], bytes]:
        name, route, parameters = _route(request.command, path)
        if name is None:
            return _gateway(404, "Not Found")
        context: dict[str, Any] = {
            "requestId": f"req-{id(request):x}",
            "stage": "$default",
            "http": {"method": request.command, "path": path, "sourceIp": "127.0.0.1"},
        }
        claims = _claims(request.headers.get("Authorization"))
        if name != "dashboard":
            if claims is None or claims["exp"] < self.now():
                return _gateway(401, "Unauthorized")
            needed = "billing:write" if request.command == "POST" else "billing:read"
            if needed not in claims["scope"].split():
                return _gateway(403, "Forbidden")
            context["authorizer"] = {
                "jwt": {"claims": {key: str(value) for key, value in claims.items()}, "scopes": None}
            }
        event = {
            "version": "2.0",
            "routeKey": route,
            "rawPath": unquote(path),
            "rawQueryString": query,
            "headers": {key.lower(): value for key, value in request.headers.items()},
            "pathParameters": parameters,
            "requestContext": context,
            "isBase64Encoded": False,
            "body": body,
        }
        wiring.use(self.services)
        answer = function(name).handler(event, Context())
        if request.command == "POST" and claims:
            Api(self.services, claims[TENANT_CLAIM]).settle()
        content = answer.get("body") or ""
        return (
            answer["statusCode"],
            answer["headers"],
            base64.b64decode(content) if answer.get("isBase64Encoded") else content.encode(),
        )


def _route(method: str, path: str) -> tuple[str | None, str, dict[str, str]]:
    if not path.startswith(BASE + "/"):
        return None, "", {}
    parts = path.removeprefix(BASE + "/").split("/")
    if method == "GET" and parts[0] == "dashboard" and len(parts) <= 2:
        return "dashboard", f"GET {BASE}/dashboard", {}
    pattern = "/" + "/".join(
        "{id}" if place == 1 and parts[0] in ("invoices", "branches") else part for place, part in enumerate(parts)
    )
    parameters = {"id": unquote(parts[1])} if "{id}" in pattern else {}
    return ROUTES.get((method, pattern)), f"{method} {BASE}{pattern}", parameters


def _claims(authorization: str | None) -> dict[str, Any] | None:
    try:
        part = (authorization or "").removeprefix("Bearer ").split(".")[1]
        return dict(json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))))
    except (IndexError, ValueError):
        return None


def _gateway(status: int, message: str) -> tuple[int, dict[str, str], bytes]:
    return status, {"Content-Type": "application/json"}, json.dumps({"message": message}).encode()


def _send(request: BaseHTTPRequestHandler, status: int, headers: dict[str, str], content: bytes) -> None:
    request.send_response(status)
    for name, value in headers.items():
        request.send_header(name, value)
    request.send_header("Content-Length", str(len(content)))
    request.end_headers()
    request.wfile.write(content)
