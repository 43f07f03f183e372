"""The request collection, run from top to bottom as Postman would: every request is answered as it says."""

from __future__ import annotations

import json
import re
import uuid
from typing import Any

from tests.architecture.template import REPOSITORY
from tools.in_process.service import TOKEN, in_process_service
from tools.openapi.operations import OPERATIONS
from tools.openapi.postman import STEPS
from tools.openapi.story import Recording, Teller

COLLECTION = REPOSITORY / "examples" / "billing.postman_collection.json"
ROOT = "{{base_url}}/api/v1/billing"


def test_every_operation_is_in_it() -> None:
    assert {step.operation for step in STEPS} == set(OPERATIONS)


def test_it_runs_from_top_to_bottom() -> None:
    document = json.loads(COLLECTION.read_text(encoding="utf-8"))
    variables = {variable["key"]: variable["value"] for variable in document["variable"]}

    def filled(text: str) -> str:
        text = text.replace("{{$guid}}", str(uuid.uuid4()))
        return re.sub(r"\{\{(\w+)\}\}", lambda match: variables[match[1]], text)

    statuses = []
    with in_process_service() as services:
        teller = Teller(services, Recording())
        for item in (item for folder in document["item"] for item in folder["item"]):
            request = item["request"]
            assert request["url"]["raw"].startswith(ROOT)
            answer = teller.send(
                request["method"],
                filled(request["url"]["raw"].removeprefix(ROOT)),
                filled(request.get("body", {}).get("raw", "")) or None,
                token=None if request.get("auth", {}).get("type") == "noauth" else TOKEN,
                headers={header["key"]: filled(header["value"]) for header in request["header"]},
            )
            script = " ".join(item["event"][0]["script"]["exec"])
            expected = json.loads("[" + _only(r"oneOf\(\[([\d, ]+)\]\)", script) + "]")
            assert answer.status in expected, (item["name"], answer.status, answer.answer)
            statuses.append((item["name"], answer.status))
            if kept := re.search(r"set\('(\w+)', pm\.response\.json\(\)\.(\w+)\)", script):
                variables[kept[1]] = answer.json[kept[2]]
    assert dict(statuses)["Record a payment"] == 201
    assert dict(statuses)["Cancel an invoice"] == 200
    assert sum(status < 300 for _, status in statuses) == len(statuses) - 3  # what only a gateway can begin


def _only(pattern: str, text: str) -> Any:
    (found,) = re.findall(pattern, text)
    return found
