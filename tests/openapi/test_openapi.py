"""docs/openapi.json is what the code says, what the template deploys, and sound by two validators."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from pathlib import Path
from typing import Any

import openapi_pydantic
import openapi_spec_validator
import pytest
from jsonschema import Draft202012Validator

from billing.domain import errors
from billing.http.endpoint import BASE_PATH
from billing.http.problems import INTERNAL_ERROR, PROBLEMS
from billing.http.schemas import TEXT_PATTERN, CancelBody, parse_body
from tests.architecture.template import REPOSITORY, functions, routes
from tools.openapi import document, files, story
from tools.openapi.error_catalogue import ADVICE
from tools.openapi.operations import OPERATIONS, PAGES
from tools.openapi.vendor_swagger_ui import ASSETS, FILES, VERSION


@pytest.fixture(scope="module")
def openapi() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((REPOSITORY / "docs" / "openapi.json").read_text(encoding="utf-8"))
    return loaded


def operations(openapi: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    return {
        (method.upper(), path): operation
        for path, item in openapi["paths"].items()
        for method, operation in item.items()
    }


@pytest.mark.parametrize("name", files.FILES)
def test_committed_file_is_what_the_code_says(name: str) -> None:
    assert (REPOSITORY / name).read_text(encoding="utf-8") == files.FILES[name](), "run: python -m tools.openapi"


def test_every_deployed_route_is_described_with_its_scopes_and_no_other(openapi: dict[str, Any]) -> None:
    folders = {name: Path(properties["CodeUri"]).name for name, properties in functions().items()}
    deployed = {
        (method, path.removeprefix(BASE_PATH)): (folders[function], scopes and scopes[0])
        for function, method, path, scopes in routes()
        if folders[function] not in PAGES
    }
    described = {
        key: (operation["operationId"], operation["security"][0]["bearer"][0] if operation["security"] else None)
        for key, operation in operations(openapi).items()
    }
    assert {(key[0], _unnamed(key[1])): value for key, value in described.items()} == {
        (key[0], _unnamed(key[1])): value for key, value in deployed.items()
    }
    assert set(described) == set(deployed)


def _unnamed(path: str) -> str:
    return re.sub(r"{[^}]*}", "{}", path)


def test_functions_answer_the_routes_that_are_deployed() -> None:
    deployed: dict[str, set[tuple[str, str]]] = {}
    for function, method, path, _ in routes():
        folder = Path(functions()[function]["CodeUri"]).name
        deployed.setdefault(folder, set()).add((method, _unnamed(path.removeprefix(BASE_PATH))))
    for folder in deployed:
        answered = {(method, _unnamed(path)) for method, path in document.registered_routes(folder)}
        assert answered == deployed[folder], folder


def test_valid_by_the_specification(openapi: dict[str, Any]) -> None:
    openapi_spec_validator.validate(openapi)


def test_valid_by_an_independent_model_of_the_specification(openapi: dict[str, Any]) -> None:
    parsed = openapi_pydantic.parse_obj(openapi)
    assert parsed.openapi == "3.1.0"
    assert parsed.paths is not None
    assert len(parsed.paths) == len(openapi["paths"])


def test_links_lead_somewhere(openapi: dict[str, Any]) -> None:
    described = {operation["operationId"]: operation for operation in operations(openapi).values()}
    found = 0
    for operation in described.values():
        for response in operation["responses"].values():
            for link in response.get("links", {}).values():
                target = described[link["operationId"]]
                names = {_resolve(openapi, part)["name"] for part in target.get("parameters", [])}
                assert set(link.get("parameters", {})) <= names
                found += 1
    assert found > 20


def _resolve(openapi: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    name = part["$ref"].rpartition("/")[2]
    resolved: dict[str, Any] = openapi["components"]["parameters"][name]
    return resolved


def test_every_component_is_used(openapi: dict[str, Any]) -> None:
    text = json.dumps(openapi)
    for kind, named in openapi["components"].items():
        for name in named:
            used = f'"#/components/{kind}/{name}"' in text or kind == "securitySchemes"
            assert used, f"{kind}/{name}"


def test_every_operation_is_complete(openapi: dict[str, Any]) -> None:
    for (method, path), operation in operations(openapi).items():
        assert operation["summary"]
        assert operation["description"]
        for status, response in operation["responses"].items():
            for media_type, content in response["content"].items():
                assert "example" in content or content["examples"], (method, path, status, media_type)
        in_path = set(re.findall(r"{(\w+)}", path))
        described = {
            part["name"]
            for part in (_resolve(openapi, part) for part in operation.get("parameters", []))
            if part["in"] == "path"
        }
        assert in_path == described


def test_examples_hold_to_their_schemas(openapi: dict[str, Any]) -> None:
    checked = 0
    for operation in operations(openapi).values():
        contents = list(operation.get("requestBody", {}).get("content", {}).values())
        for response in operation["responses"].values():
            contents.extend(response["content"].values())
        for content in contents:
            examples = [content["example"]] if "example" in content else []
            for example in content.get("examples", {}).values():
                name = example.get("$ref", "").rpartition("/")[2]
                examples.append(openapi["components"]["examples"][name]["value"] if name else example["value"])
            for example in examples:
                validator(openapi, content["schema"]).validate(example)
                checked += 1
    assert checked > 100


def validator(openapi: dict[str, Any], schema: dict[str, Any]) -> Draft202012Validator:
    """A validator of one schema of the document, references included."""
    return Draft202012Validator({**schema, "components": openapi["components"]})


def test_every_error_is_described_by_some_operation_and_in_the_catalogue(openapi: dict[str, Any]) -> None:
    codes = {code for _, code, _ in PROBLEMS.values()} | {INTERNAL_ERROR[1]}
    assert set(openapi["components"]["examples"]) == codes
    assert set(ADVICE) == codes
    catalogue = (REPOSITORY / "docs" / "errors.md").read_text(encoding="utf-8")
    assert {line[3:] for line in catalogue.splitlines() if line.startswith("## ")} == codes


def test_errors_provoked_are_those_an_operation_says_it_has(openapi: dict[str, Any]) -> None:
    """Each refusal of the story is one the refusing operation lists, with its status."""
    described = {operation["operationId"]: operation for operation in operations(openapi).values()}
    for code, exchange in story.told().errors.items():
        name = story.operation_of(exchange.method, exchange.path)
        problem = described[name]["responses"][str(exchange.status)]["content"]["application/problem+json"]
        assert code in problem["schema"]["allOf"][1]["properties"]["code"]["enum"], (name, code)
        assert exchange.json["status"] == exchange.status


def test_no_answer_tells_what_runs_inside() -> None:
    """No class name, table name, ARN or library text in any refusal."""
    inside = re.compile(r"arn:aws|dynamodb|botocore|pydantic|traceback|RuntimeError|slow down|a defect", re.IGNORECASE)
    for code, exchange in story.told().errors.items():
        assert not inside.search(exchange.answer), code


def test_operations_describe_existing_functions_only() -> None:
    folders = {path.parent.name for path in (REPOSITORY / "functions").glob("*/app.py")}
    assert set(OPERATIONS) <= folders
    for operation in OPERATIONS.values():
        assert all(issubclass(error, errors.BillingError) for error in operation.raises)


def test_vendored_reference_page_is_the_pinned_release() -> None:
    for target, digest in FILES.values():
        content = (ASSETS / target).read_bytes()
        content = gzip.decompress(content) if target.endswith(".gz") else content
        assert hashlib.sha256(content).hexdigest() == digest
    assert VERSION.encode() in gzip.decompress((ASSETS / "swagger-ui.js.gz").read_bytes())


def test_text_that_the_pattern_rules_out_is_refused() -> None:
    """Anywhere in a text, its edges included; what else is refused (unassigned characters) no pattern says."""
    ruled_out = [chr(point) for point in range(0x10000) if not re.fullmatch(TEXT_PATTERN, chr(point))]
    assert {"\0", "\u200b", "\u202e", "\ufeff"} <= set(ruled_out)
    assert not {" ", "\n", "\u200c", "\u200d", "अ"} & set(ruled_out)
    for character in ruled_out:
        for text in (f"{character}paid", f"pa{character}id", f"paid{character}"):
            with pytest.raises(errors.InvalidFields):
                parse_body(CancelBody, {"reason": text})


def test_links_name_operations_and_what_they_take(openapi: dict[str, Any]) -> None:
    """A body that a link prepares has members of the operation's body only; an expression points at what is sent."""
    described = {operation["operationId"]: operation for operation in operations(openapi).values()}
    schemas = openapi["components"]["schemas"]
    seen = 0
    for operation in described.values():
        for status, response in operation["responses"].items():
            for link in response.get("links", {}).values():
                seen += 1
                target = described[link["operationId"]]
                for expression in [*link.get("parameters", {}).values(), *link.get("requestBody", {}).values()]:
                    found = response["content"]["application/json"]["example"]
                    for step in str(expression).partition("$response.body#/")[2].split("/"):
                        # An example's list may be empty, an answer's may not: what is in it is told by another.
                        if step and found != []:
                            found = found[int(step)] if isinstance(found, list) else found[step]
                if "requestBody" in link:
                    reference = target["requestBody"]["content"]["application/json"]["schema"]["$ref"]
                    assert set(link["requestBody"]) <= set(schemas[reference.rpartition("/")[2]]["properties"]), status
    assert seen > 30
