"""Give an emulated HTTP API the routes of its OpenAPI body.

SAM turns an AWS::Serverless::HttpApi into an AWS::ApiGatewayV2::Api whose `Body` is an OpenAPI document with AWS's
extensions; on AWS, API Gateway imports it. The emulator's CloudFormation (ministack 1.5.33) drops `Body`, so an API
would have no route at all. This does what API Gateway's ImportApi documents: one integration, route and authorizer
per operation, with its scopes, and the CORS configuration.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from ministack.services import apigateway
from ministack.services.cloudformation import provisioners

Document = dict[str, Any]
VERBS = frozenset({"get", "put", "post", "delete", "patch", "head", "options"})
ANY_VERB = "x-amazon-apigateway-any-method"
API_TYPE = "AWS::ApiGatewayV2::Api"


def _call(operation: Callable[..., tuple[int, Any, Any]], *arguments: Any) -> Document:
    status, _, body = operation(*arguments)
    if status >= 400:
        raise ValueError(f"{operation.__name__} answered {status}: {body!r}")
    answer: Document = json.loads(body) if body else {}
    return answer


def import_body(api_id: str, body: Document) -> None:
    """Replace an API's authorizers, integrations and routes with those of the document."""
    for store in (apigateway._routes, apigateway._integrations, apigateway._authorizers):
        store[api_id] = {}
    authorizers = _import_authorizers(api_id, body)
    for path, operations in body.get("paths", {}).items():
        for verb, operation in operations.items():
            target = operation.get("x-amazon-apigateway-integration") if isinstance(operation, dict) else None
            if target is None or (verb != ANY_VERB and verb not in VERBS):
                continue
            integration = _call(
                apigateway._create_integration,
                api_id,
                {
                    "integrationType": target["type"].upper(),
                    "integrationUri": target["uri"],
                    "payloadFormatVersion": target.get("payloadFormatVersion", "2.0"),
                    "timeoutInMillis": target.get("timeoutInMillis", 30_000),
                },
            )
            method = "ANY" if verb == ANY_VERB else verb.upper()
            route = {
                "routeKey": "$default" if path == "/$default" else f"{method} {path}",
                "target": f"integrations/{integration['integrationId']}",
                **_authorization(operation, authorizers),
            }
            _call(apigateway._create_route, api_id, route)
    if title := body.get("info", {}).get("title"):
        _call(apigateway._update_api, api_id, {"name": title})
    if cors := body.get("x-amazon-apigateway-cors"):
        _call(apigateway._update_api, api_id, {"corsConfiguration": cors})


def _import_authorizers(api_id: str, body: Document) -> dict[str, str]:
    """Make the document's JWT authorizers. Returns each one's id under its name."""
    made: dict[str, str] = {}
    for name, scheme in body.get("components", {}).get("securitySchemes", {}).items():
        specification = scheme.get("x-amazon-apigateway-authorizer")
        if not specification:
            continue
        if specification["type"].lower() != "jwt":
            raise ValueError(f"authorizer {name}: only JWT authorizers are imported, not {specification['type']}")
        source = specification.get("identitySource", "$request.header.Authorization")
        authorizer = _call(
            apigateway._create_authorizer,
            api_id,
            {
                **specification,
                "name": name,
                "authorizerType": "JWT",
                "identitySource": source if isinstance(source, list) else [source],
            },
        )
        made[name] = authorizer["authorizerId"]
    return made


def _authorization(operation: Document, authorizers: dict[str, str]) -> Document:
    for requirement in operation.get("security", []):
        for name, scopes in requirement.items():
            if name in authorizers:
                return {
                    "authorizationType": "JWT",
                    "authorizerId": authorizers[name],
                    "authorizationScopes": scopes,
                }
    return {}


def install() -> None:
    """Make the emulator's CloudFormation import the body of every API it creates or updates."""
    handlers = provisioners._RESOURCE_HANDLERS[API_TYPE]
    create, update = handlers["create"], handlers["update"]

    def create_api(logical_id: str, properties: Document, stack_name: str) -> Any:
        made = create(logical_id, properties, stack_name)
        import_body(made[0], properties.get("Body") or {})
        return made

    def update_api(
        physical_id: str, old: Document, new: Document, stack_name: str, logical_id: str | None = None
    ) -> Any:
        made = update(physical_id, old, new, stack_name, logical_id=logical_id)
        if new.get("Body") != old.get("Body"):
            import_body(made[0], new.get("Body") or {})
        return made

    handlers["create"], handlers["update"] = create_api, update_api
