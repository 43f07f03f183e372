"""A request collection (Postman 2.1, which Insomnia, Bruno and Hoppscotch import too) from the OpenAPI document."""

from __future__ import annotations

import json
from typing import Any

SCHEMA = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"
BASE_URL = "http://127.0.0.1:3000"
# Keeps what the next request needs, so that a folder can be run from top to bottom.
KEEP_INVOICE = [
    "const answer = pm.response.json();",
    "if (pm.response.code < 300) pm.collectionVariables.set('invoice_id', answer.id);",
]
SMOKE = ["pm.test('no server error', () => pm.expect(pm.response.code).to.be.below(500));"]


def collection(document: dict[str, Any]) -> dict[str, Any]:
    """One folder a tag, one request an operation."""
    base_path = document["servers"][0]["url"]
    folders: dict[str, list[dict[str, Any]]] = {tag["name"]: [] for tag in document["tags"]}
    for path, item in document["paths"].items():
        for method, operation in item.items():
            request = _request(document, base_path, path, method.upper(), operation)
            folders[operation["tags"][0]].append(request)
    return {
        "info": {
            "name": document["info"]["title"],
            "description": document["info"]["description"],
            "schema": SCHEMA,
            "version": document["info"]["version"],
        },
        "auth": {"type": "bearer", "bearer": [{"key": "token", "value": "{{token}}", "type": "string"}]},
        "variable": [
            {"key": "base_url", "value": BASE_URL, "description": "Where the API is; locally `make run` says"},
            {"key": "token", "value": "", "description": "A bearer token; locally `make token`"},
            {"key": "branch_id", "value": "MUM-01"},
            {"key": "invoice_id", "value": "", "description": "Set by Create an invoice"},
        ],
        "item": [{"name": name, "item": requests} for name, requests in folders.items() if requests],
    }


def _request(
    document: dict[str, Any], base_path: str, path: str, method: str, operation: dict[str, Any]
) -> dict[str, Any]:
    variable = "branch_id" if path.startswith("/branches") else "invoice_id"
    segments = ["{{" + variable + "}}" if part == "{id}" else part for part in (base_path + path).strip("/").split("/")]
    parameters = [_resolve(document, parameter) for parameter in operation.get("parameters", [])]
    query = [
        {
            "key": parameter["name"],
            "value": str(parameter.get("example", parameter["schema"].get("default", ""))),
            "description": parameter["description"],
            "disabled": not parameter["required"],
        }
        for parameter in parameters
        if parameter["in"] == "query"
    ]
    headers = [
        {
            "key": parameter["name"],
            "value": "{{$guid}}",
            "description": parameter["description"],
        }
        for parameter in parameters
        if parameter["in"] == "header"
    ]
    shown = [part for part in query if not part["disabled"]]
    raw = "{{base_url}}/" + "/".join(segments)
    if shown:
        raw += "?" + "&".join(f"{part['key']}={part['value']}" for part in shown)
    made: dict[str, Any] = {
        "method": method,
        "header": headers,
        "url": {"raw": raw, "host": ["{{base_url}}"], "path": segments, **({"query": query} if query else {})},
        "description": operation["description"],
    }
    if not operation["security"]:
        made["auth"] = {"type": "noauth"}
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if content is not None:
        example = content["examples"]["usual"]["value"] if "examples" in content else content["example"]
        made["body"] = {
            "mode": "raw",
            "raw": json.dumps(example, indent=2, ensure_ascii=False),
            "options": {"raw": {"language": "json"}},
        }
    script = [*SMOKE, *(KEEP_INVOICE if operation["operationId"] == "create_invoice" else [])]
    return {
        "name": operation["summary"],
        "request": made,
        "event": [{"listen": "test", "script": {"type": "text/javascript", "exec": script}}],
        "response": [],
    }


def _resolve(document: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    reference = part.get("$ref")
    if reference is None:
        return part
    found: dict[str, Any] = document["components"]["parameters"][reference.rpartition("/")[2]]
    return found
