"""GET /openapi.json and GET /docs: the API's description, and a page to read and try it; open to all."""

from __future__ import annotations

import gzip
from functools import cache
from pathlib import Path
from typing import Any

from aws_lambda_powertools.event_handler import Response

from billing.domain.errors import RouteNotFound
from billing.http.endpoint import Endpoint
from billing.http.request import header

HERE = Path(__file__).parent
# Nothing from another origin, nothing inline. Swagger UI draws its icons from data: URLs.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
SAFE_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
# The name in the URL, the file, its type. The page names the release, so its files never change.
ASSETS = {
    "swagger-ui.js": ("swagger-ui.js.gz", "text/javascript; charset=utf-8"),
    "swagger-ui.css": ("swagger-ui.css.gz", "text/css; charset=utf-8"),
    "start.js": ("start.js", "text/javascript; charset=utf-8"),
    "page.css": ("page.css", "text/css; charset=utf-8"),
    "licence.txt": ("swagger-ui.LICENSE", "text/plain; charset=utf-8"),
}

endpoint = Endpoint(None)


@endpoint.route("GET", "/openapi.json")
def description() -> Any:
    """Answer with the OpenAPI document."""
    return _file("openapi.json", "application/json", cache_seconds=300)


@endpoint.route("GET", "/docs")
def page() -> Any:
    """Answer with the reference page."""
    return _file("assets/page.html", "text/html; charset=utf-8", cache_seconds=300)


@endpoint.route("GET", "/docs/<asset>")
def asset(asset: str) -> Any:
    """Answer with a part of the page."""
    if asset not in ASSETS:
        raise RouteNotFound("There is nothing at this path.")
    name, content_type = ASSETS[asset]
    return _file(f"assets/{name}", content_type, cache_seconds=86_400)


@cache
def _read(name: str) -> bytes:
    return (HERE / name).read_bytes()


def _file(name: str, content_type: str, *, cache_seconds: int) -> Response[Any]:
    """A file, compressed if the client takes that: on disk already, or by the resolver."""
    headers: dict[str, Any] = {
        **SAFE_HEADERS,
        "Cache-Control": f"public, max-age={cache_seconds}",
        "Vary": "Accept-Encoding",
    }
    content = _read(name)
    body: str | bytes = content
    if not name.endswith(".gz"):
        body = content.decode()
    elif "gzip" in (header(endpoint.event, "accept-encoding") or ""):
        headers["Content-Encoding"] = "gzip"
    else:
        body = gzip.decompress(content)
    compress = isinstance(body, str)
    return Response(status_code=200, content_type=content_type, body=body, headers=headers, compress=compress)


handler = endpoint.handler()
