"""The OpenAPI document, put together from the functions that serve."""

from __future__ import annotations

import re
from typing import Any

from pydantic import BaseModel

from billing.domain import errors
from billing.http.endpoint import BASE_PATH
from billing.http.problems import INTERNAL_ERROR, PROBLEM_JSON, PROBLEMS
from tools.in_process.gateway import ROOT, function, routes
from tools.openapi import answers, story
from tools.openapi.operations import LINKS, OPERATIONS, PAGES, TOKEN_ERRORS, ErrorClass, Operation, Success
from tools.openapi.parts import HEADERS, PARAMETERS

JSON = "application/json"
CSV = "text/csv"
VERSION = "1.0.0"
DESCRIPTION = """\
Invoices, payments and summaries of clinics.

* **Amounts** are JSON numbers in rupees with at most two decimals. **Days** are `YYYY-MM-DD` in India (UTC+05:30).
* **Tokens** are OAuth 2.0 bearer JWTs with the scopes `billing:read` and `billing:write` (or Cognito's spelling,
  `billing/read`). The tenant is a claim of the token, never part of a request; a claim `branches` limits a token to
  some branches, and what lies in others does not exist for it.
* **Errors** are RFC 9457 problem documents. Act on `code`, which is stable; show `detail` to people. API Gateway
  itself answers `{"message": …}` to a request it does not pass on: a bad token (401), a missing scope (403), an
  unknown path (404), too many requests (429).
* **Retries** are safe: give `POST` requests an `Idempotency-Key` and send the very same request again.
* **X-Request-Id** comes with every answer of ours. Quote it when you ask us.
"""
TAGS = (
    ("Invoices", "From draft to number to paid."),
    ("Payments", "Money received and returned, each recorded once."),
    ("Unapplied receipts", "Money a payment gateway received that fits no invoice yet."),
    ("Callbacks", "What payment gateways call."),
    ("Summary", "Billed, collected and outstanding."),
    ("Branches", "Where care is given."),
)


def registered_routes(name: str) -> list[tuple[str, str]]:
    """Method and path (after the base path) of what a function's resolver answers."""
    app = function(name).endpoint.app
    found: list[tuple[str, str]] = []
    for route in [*app._static_routes, *app._dynamic_routes]:
        methods = route.method if isinstance(route.method, (list, tuple)) else [route.method]
        # The functions name a path parameter for people; the template and this document call it id.
        path = re.sub(r"<([a-z_]+)>", lambda match: "{" + _public_name(match[1]) + "}", route.path)
        found.extend((method, path.removeprefix(BASE_PATH)) for method in methods)
    return found


def _public_name(name: str) -> str:
    return "id" if name.endswith("_id") else name


def build() -> dict[str, Any]:
    """The whole document."""
    story.told()  # first of all: it sets the environment that the functions' loggers are made in
    paths: dict[str, Any] = {}
    for name in _api_functions():
        for method, path in registered_routes(name):
            item = paths.setdefault(path, {})
            item[method.lower()] = _operation(name, OPERATIONS[name], function(name).endpoint.scope)
    return {
        "openapi": "3.1.0",
        "jsonSchemaDialect": "https://spec.openapis.org/oas/3.1/dialect/base",
        "info": {
            "title": "Billing API",
            "version": VERSION,
            "summary": "Billing for clinics: invoices, exactly-once payments, summaries",
            "description": DESCRIPTION,
        },
        "servers": [{"url": BASE_PATH, "description": "This deployment"}],
        "tags": [{"name": name, "description": text} for name, text in TAGS if _used(name)],
        "paths": dict(sorted(paths.items())),
        "components": {
            "securitySchemes": {
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "JWT",
                    "description": "RS256, of the issuer the deployment names. The roles listed are scopes.",
                }
            },
            "parameters": {name: PARAMETERS[name] for name in sorted(_used_parameters())},
            "headers": HEADERS,
            "schemas": _schemas(),
            "examples": _error_examples(),
        },
    }


def _api_functions() -> list[str]:
    folders = sorted(path.parent.name for path in (ROOT / "functions").glob("*/app.py"))
    named = {route.function for route in routes()}
    return [name for name in folders if name in named and name not in PAGES]


def _used(tag: str) -> bool:
    return any(OPERATIONS[name].tag == tag for name in _api_functions())


def _used_parameters() -> set[str]:
    return {name for function in _api_functions() for name in OPERATIONS[function].parameters} - {"Accept"}


def _schemas() -> dict[str, Any]:
    models: set[type[BaseModel]] = {answers.Problem, answers.GatewayMessage}
    for name in _api_functions():
        operation = OPERATIONS[name]
        models |= {success.model for success in operation.successes}
        if operation.body is not None:
            models.add(operation.body)
    return answers.schemas(*sorted(models, key=lambda model: model.__name__))


def _operation(name: str, operation: Operation, scope: str | None) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": name,
        "tags": [operation.tag],
        "summary": operation.summary,
        "description": operation.description,
        "security": [{"bearer": [scope]}] if scope else [],
    }
    parameters = [{"$ref": f"#/components/parameters/{name}"} for name in operation.parameters if name != "Accept"]
    if parameters:
        described["parameters"] = parameters
    if operation.body is not None:
        described["requestBody"] = {
            "required": True,
            "content": {
                JSON: {
                    "schema": {"$ref": f"#/components/schemas/{operation.body.__name__}"},
                    "examples": {"usual": {"summary": "What is usually sent", "value": _sent(name)}},
                }
            },
        }
    elif operation.raw_bodies:
        # What it holds is the gateway's business; a wrong signature is refused before anything is read.
        described["requestBody"] = {
            "required": True,
            "content": {media_type: {"schema": {}} for media_type in operation.raw_bodies},
        }
        described["requestBody"]["content"][JSON]["example"] = _sent(name)
    elif operation.empty_body:
        schema = {"type": "object", "maxProperties": 0}
        described["requestBody"] = {"required": False, "content": {JSON: {"schema": schema, "example": {}}}}
    responses = {str(success.status): _success(name, operation, success) for success in operation.successes}
    responses.update(_refusals(operation, scope))
    described["responses"] = dict(sorted(responses.items()))
    return described


def _sent(name: str) -> Any:
    """The body of the story's first request of an operation."""
    import json

    for (told_of, _), exchange in story.told().answers.items():
        if told_of == name:
            return json.loads(exchange.sent)
    raise LookupError(f"the story has no {name}")


def _success(name: str, operation: Operation, success: Success) -> dict[str, Any]:
    reference = {"$ref": f"#/components/schemas/{success.model.__name__}"}
    schema = {"type": "array", "items": reference} if success.many else reference
    exchange = story.told().answers[name, success.status]
    content: dict[str, Any] = {JSON: {"schema": schema, "example": exchange.json}}
    if success.csv:
        told = story.told().csv[name]
        content[CSV] = {"schema": {"type": "string", "description": success.csv}, "example": told.answer}
    headers = [*success.headers, "X-Request-Id"]
    described: dict[str, Any] = {
        "description": success.description,
        "headers": {header: {"$ref": f"#/components/headers/{header}"} for header in headers},
        "content": content,
    }
    if operation.links:
        described["links"] = {link: LINKS[link] for link in operation.links}
    return described


def _refusals(operation: Operation, scope: str | None) -> dict[str, Any]:
    """Answers for each status a refusal can have, with one example a code."""
    raised: tuple[ErrorClass, ...] = (*operation.raises, errors.TemporarilyUnavailable)
    if scope:
        raised = (*TOKEN_ERRORS, *raised)
    by_status: dict[int, list[tuple[str, str]]] = {INTERNAL_ERROR[0]: [INTERNAL_ERROR[1:]]}
    for error in raised:
        status, code, title = PROBLEMS[error]
        by_status.setdefault(status, []).append((code, title))
    responses: dict[str, Any] = {}
    for status, codes in by_status.items():
        names = list(dict.fromkeys(code for code, _ in codes))
        schema = {"allOf": [{"$ref": "#/components/schemas/Problem"}, {"properties": {"code": {"enum": names}}}]}
        content: dict[str, Any] = {
            PROBLEM_JSON: {
                "schema": schema,
                "examples": {code: {"$ref": f"#/components/examples/{code}"} for code in names},
            }
        }
        if scope and status in (401, 403):
            content[JSON] = _gateway({401: "Unauthorized", 403: "Forbidden"}[status])
        headers = {"X-Request-Id": {"$ref": "#/components/headers/X-Request-Id"}}
        if status == 503:
            headers["Retry-After"] = {"$ref": "#/components/headers/Retry-After"}
        titles = dict.fromkeys(title for _, title in codes)
        responses[str(status)] = {
            "description": ". ".join(titles) + ".",
            "headers": headers,
            "content": content,
        }
    responses["429"] = {
        "description": "Too many requests: API Gateway's own answer. Wait, then send the same request again.",
        "content": {JSON: _gateway("Too Many Requests")},
    }
    if "404" in responses:
        # A path parameter can be such that no route matches.
        responses["404"]["content"][JSON] = _gateway("Not Found")
    return responses


def _gateway(message: str) -> dict[str, Any]:
    return {"schema": {"$ref": "#/components/schemas/GatewayMessage"}, "example": {"message": message}}


def _error_examples() -> dict[str, Any]:
    """One example a code: what the story was refused with."""
    told = story.told().errors
    titles = {code: title for _, code, title in [*PROBLEMS.values(), INTERNAL_ERROR]}
    used = {
        PROBLEMS[error][1]
        for name in _api_functions()
        for error in (*OPERATIONS[name].raises, *TOKEN_ERRORS, errors.TemporarilyUnavailable)
    } | {INTERNAL_ERROR[1]}
    return {code: {"summary": titles[code], "value": told[code].json} for code in sorted(used)}
