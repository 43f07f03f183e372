"""A request collection (Postman 2.1, which Insomnia, Bruno and Hoppscotch import too) from the OpenAPI document.

It can be run as it stands, from top to bottom: a branch, an invoice at it, its payment and refund, a draft that is
numbered and cancelled. What a request needs of an earlier answer is kept in variables of the collection.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

SCHEMA = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"
BASE_URL = "http://127.0.0.1:3000"
SUCCESS = (200, 201)


@dataclass(frozen=True)
class Step:
    """One request. ``path`` gives path parameters, ``body`` replaces members of the usual body."""

    operation: str
    path: dict[str, str] = field(default_factory=dict)
    body: dict[str, Any] = field(default_factory=dict)
    name: str = ""
    keeps: tuple[str, str] | None = None
    """A variable, and the member of the answer that it takes."""
    expects: tuple[int, ...] = SUCCESS


STEPS = (
    Step("put_branch", {"id": "{{branch_id}}"}),
    Step("list_branches"),
    Step("create_invoice", body={"branch_id": "{{branch_id}}"}, keeps=("invoice_id", "id")),
    Step("get_invoice", {"id": "{{invoice_id}}"}),
    Step("list_invoices"),
    Step(
        "create_invoice",
        body={"branch_id": "{{branch_id}}", "finalize": False},
        name="Create a draft",
        keeps=("draft_id", "id"),
    ),
    Step("finalize_invoice", {"id": "{{draft_id}}"}),
    Step("cancel_invoice", {"id": "{{draft_id}}"}),
    Step("record_payment", {"id": "{{invoice_id}}"}),
    Step("record_refund", {"id": "{{invoice_id}}"}),
    Step("list_unapplied"),
    # Only a gateway can sign a callback; without one there is no event and no receipt.
    Step(
        "apply_unapplied",
        {"id": "{{receipt_id}}"},
        body={"invoice_id": "{{invoice_id}}"},
        expects=(*SUCCESS, 404, 409),
    ),
    Step(
        "payment_callback",
        {"provider": "{{provider}}", "account_token": "{{account_token}}"},
        expects=(200, 401),
    ),
    Step("get_callback_event", {"id": "{{event_id}}"}, expects=(200, 404)),
    Step("get_summary"),
    Step("get_daily_summary"),
)
VARIABLES = (
    ("base_url", BASE_URL, "Where the API is; `make run` says"),
    ("token", "", "A bearer token; `make -s token`"),
    ("branch_id", "MUM-01", ""),
    ("invoice_id", "", "Set by Create an invoice"),
    ("draft_id", "", "Set by Create a draft"),
    ("receipt_id", f"rct_{'0' * 16}", "From List money that waits"),
    ("event_id", f"evt_{'0' * 32}", "From a callback's answer"),
    ("provider", "razorpay", ""),
    ("account_token", "none", "Given when the gateway's account was set up"),
)
# Folders in the order of a day: without a branch there is no invoice.
FIRST_FOLDER = "Branches"


def collection(document: dict[str, Any]) -> dict[str, Any]:
    """One folder a tag, the requests in the order in which they can be run."""
    base_path = document["servers"][0]["url"]
    operations = {
        operation["operationId"]: (path, method.upper(), operation)
        for path, item in document["paths"].items()
        for method, operation in item.items()
    }
    tags = sorted((tag["name"] for tag in document["tags"]), key=lambda name: name != FIRST_FOLDER)
    folders: dict[str, list[dict[str, Any]]] = {name: [] for name in tags}
    for step in STEPS:
        path, method, operation = operations[step.operation]
        folders[operation["tags"][0]].append(_request(document, base_path + path, method, operation, step))
    return {
        "info": {
            "name": document["info"]["title"],
            "description": document["info"]["description"],
            "schema": SCHEMA,
            "version": document["info"]["version"],
        },
        "auth": {"type": "bearer", "bearer": [{"key": "token", "value": "{{token}}", "type": "string"}]},
        "variable": [
            {"key": key, "value": value, **({"description": text} if text else {})} for key, value, text in VARIABLES
        ],
        "item": [{"name": name, "item": requests} for name, requests in folders.items() if requests],
    }


def _request(document: dict[str, Any], path: str, method: str, operation: dict[str, Any], step: Step) -> dict[str, Any]:
    segments = [step.path[part[1:-1]] if part.startswith("{") else part for part in path.strip("/").split("/")]
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
        {"key": parameter["name"], "value": "{{$guid}}", "description": parameter["description"]}
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
            "raw": json.dumps({**example, **step.body}, indent=2, ensure_ascii=False),
            "options": {"raw": {"language": "json"}},
        }
    return {
        "name": step.name or operation["summary"],
        "request": made,
        "event": [{"listen": "test", "script": {"type": "text/javascript", "exec": _script(step)}}],
        "response": [],
    }


def _script(step: Step) -> list[str]:
    statuses = ", ".join(map(str, step.expects))
    script = [f"pm.test('answers {statuses}', () => pm.expect(pm.response.code).to.be.oneOf([{statuses}]));"]
    if step.keeps:
        variable, member = step.keeps
        script.append(
            f"if (pm.response.code < 300) pm.collectionVariables.set('{variable}', pm.response.json().{member});"
        )
    return script


def _resolve(document: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    reference = part.get("$ref")
    if reference is None:
        return part
    found: dict[str, Any] = document["components"]["parameters"][reference.rpartition("/")[2]]
    return found
