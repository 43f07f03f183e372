"""API Gateway's part of an HTTP API, as a WSGI application: routes, tokens, the event, the answer.

Behaviour observed on AWS: an unknown route or method is 404 ``{"message":"Not Found"}``, no or a bad token 401, a
token without the route's scopes 403, and ``rawPath`` reaches the function percent-decoded.
"""

from __future__ import annotations

import base64
import importlib.util
import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import unquote

import yaml

from billing import wiring

ROOT = Path(__file__).resolve().parents[2]
WsgiAnswer = Iterable[bytes]


class Route:
    """One route of the template: its method, path, function folder and scopes (none: open)."""

    def __init__(self, method: str, path: str, function: str, scopes: tuple[str, ...]) -> None:
        self.method, self.path, self.function, self.scopes = method, path, function, scopes
        self.pattern = re.compile(
            "/".join(
                f"(?P<{part[1:-1]}>[^/]+)" if part.startswith("{") else re.escape(part) for part in path.split("/")
            )
        )


class _Loader(yaml.SafeLoader):
    """Reads CloudFormation's short forms as plain values: only literals matter here."""


def _plain(loader: yaml.SafeLoader, _suffix: str, node: yaml.Node) -> Any:
    if isinstance(node, yaml.ScalarNode):
        return loader.construct_scalar(node)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    assert isinstance(node, yaml.MappingNode)
    return loader.construct_mapping(node, deep=True)


_Loader.add_multi_constructor("!", _plain)


@cache
def routes() -> tuple[Route, ...]:
    """Every HTTP route of template.yaml, literal paths before those with parameters."""
    template = yaml.load((ROOT / "template.yaml").read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506
    found = []
    for resource in template["Resources"].values():
        if resource["Type"] != "AWS::Serverless::Function":
            continue
        properties = resource["Properties"]
        for event in properties.get("Events", {}).values():
            if event["Type"] == "HttpApi":
                given = event["Properties"]
                auth = given.get("Auth", {})
                scopes = () if auth.get("Authorizer") == "NONE" else tuple(auth.get("AuthorizationScopes", ()))
                found.append(Route(given["Method"].upper(), given["Path"], Path(properties["CodeUri"]).name, scopes))
    return tuple(sorted(found, key=lambda route: route.path.count("{")))


@cache
def function(name: str) -> ModuleType:
    """The module of a function's folder, as Lambda would import it."""
    spec = importlib.util.spec_from_file_location(f"function_{name}", ROOT / "functions" / name / "app.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Context:
    """What the handlers use of Lambda's context."""

    aws_request_id = "req-1"
    function_name = "in-process"
    memory_limit_in_mb = 512
    invoked_function_arn = "arn:aws:lambda:ap-south-1:000000000000:function:in-process"

    def get_remaining_time_in_millis(self) -> int:
        """As much as a request may take."""
        return 10_000


class Gateway:
    """A WSGI application in front of the functions. ``tokens`` are the bearer tokens it takes, with their claims."""

    def __init__(self, services: wiring.Services, tokens: Mapping[str, Mapping[str, str]]) -> None:
        self.services = services
        self.tokens = tokens

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> WsgiAnswer:
        """Answer one request."""
        headers = {
            name[5:].replace("_", "-").lower(): value for name, value in environ.items() if name.startswith("HTTP_")
        }
        if environ.get("CONTENT_TYPE"):
            headers["content-type"] = environ["CONTENT_TYPE"]
        length = int(environ.get("CONTENT_LENGTH") or 0)
        status, sent, content = self.answer(
            environ["REQUEST_METHOD"],
            # As it was sent: a route is matched before anything is decoded, so %2F is no separator.
            environ["RAW_URI"].partition("?")[0],
            environ.get("QUERY_STRING", ""),
            headers,
            environ["wsgi.input"].read(length) if length else b"",
        )
        start_response(f"{status} Answer", [*sent.items(), ("Content-Length", str(len(content)))])
        return [content]

    def answer(
        self, method: str, path: str, query: str, headers: dict[str, str], content: bytes
    ) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body; ``path`` is as it was sent, header names are lower-case."""
        decoded = unquote(path)
        for route in routes():
            match = route.pattern.fullmatch(path) if route.method == method else None
            if match is None:
                continue
            authorizer: dict[str, Any] = {}
            if route.scopes:
                scheme, _, token = headers.get("authorization", "").partition(" ")
                claims = self.tokens.get(token.strip()) if scheme.lower() == "bearer" else None
                if claims is None:
                    return _own(401, "Unauthorized", {"www-authenticate": "Bearer"})
                if not set(claims.get("scope", "").split()) & set(route.scopes):
                    return _own(403, "Forbidden", {"www-authenticate": 'Bearer error="insufficient_scope"'})
                authorizer = {"authorizer": {"jwt": {"claims": dict(claims), "scopes": None}}}
            event = _event(route, method, decoded, query, headers, content)
            event["requestContext"].update(authorizer)
            if match.groupdict():
                event["pathParameters"] = {name: unquote(value) for name, value in match.groupdict().items()}
            return self.invoke(route.function, event)
        return _own(404, "Not Found")

    def invoke(self, name: str, event: dict[str, Any]) -> tuple[int, dict[str, str], bytes]:
        """Run a function on an event."""
        wiring.use(self.services)
        answer = function(name).handler(event, Context())
        body = answer.get("body") or ""
        content = base64.b64decode(body) if answer.get("isBase64Encoded") else body.encode("utf-8", "surrogatepass")
        return answer["statusCode"], dict(answer.get("headers") or {}), content


def _event(route: Route, method: str, path: str, query: str, headers: dict[str, str], content: bytes) -> dict[str, Any]:
    """API Gateway's payload 2.0."""
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": f"{method} {route.path}",
        "rawPath": path,
        "rawQueryString": query,
        "headers": headers,
        "requestContext": {
            "requestId": "req-1",
            "stage": "$default",
            "http": {"method": method, "path": path, "sourceIp": "127.0.0.1"},
        },
        "isBase64Encoded": False,
    }
    if content:
        try:
            event["body"] = content.decode("utf-8")
        except UnicodeDecodeError:
            event["body"], event["isBase64Encoded"] = base64.b64encode(content).decode(), True
    return event


def _own(status: int, message: str, headers: Mapping[str, str] | None = None) -> tuple[int, dict[str, str], bytes]:
    return status, {"content-type": "application/json", **(headers or {})}, f'{{"message":"{message}"}}'.encode()
