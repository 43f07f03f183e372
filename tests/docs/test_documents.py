"""What the documents tell a reader to run works, and answers what they say (here on the API in this process)."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.docs.runner import REPOSITORY, follow, matches, steps
from tools.in_process.gateway import Gateway
from tools.in_process.server import serving
from tools.in_process.service import TOKEN, TOKENS, in_process_service, settle
from tools.openapi.story import operation_of

DOCUMENTS = ("docs/using.md",)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_document_does_what_it_says(name: str, tmp_path: Path) -> None:
    with in_process_service() as services, serving(Gateway(services, TOKENS)) as url:
        ran = follow(REPOSITORY / name, tmp_path, url, lambda _: TOKEN, lambda: settle(services))
    assert ran > 10


def test_every_endpoint_has_a_curl() -> None:
    """docs/using.md shows each operation of the description."""
    text = (REPOSITORY / "docs" / "using.md").read_text(encoding="utf-8")
    shown = set()
    for step in steps(text):
        path = re.search(r'"?\$API(/[^"\s]*)', step.command)
        if "curl" in step.command and path:
            method = (re.search(r"-X (\w+)", step.command) or [None, "GET"])[1]
            shown.add(operation_of(str(method), re.sub(r"\$\w+", "x", path[1])))
    description = json.loads((REPOSITORY / "docs" / "openapi.json").read_text(encoding="utf-8"))
    described = {operation["operationId"] for item in description["paths"].values() for operation in item.values()}
    assert described <= shown


@pytest.mark.parametrize("path", [*REPOSITORY.glob("*.md"), *REPOSITORY.glob("docs/*.md")], ids=lambda path: path.name)
def test_every_make_target_of_a_document_exists(path: Path) -> None:
    targets = re.findall(r"^\.PHONY:(.*)$", (REPOSITORY / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    known = set(" ".join(targets).split())
    told = set(re.findall(r"(?:^|`|\$\()make (?:-s )?([a-z][a-z-]*)", path.read_text(encoding="utf-8"), re.MULTILINE))
    assert told <= known


@pytest.mark.parametrize(
    ("expected", "found", "same"),
    [
        ('{"a":1}', '{"a":1}\n', True),
        ('{"a":1}', '{"a":2}', False),
        ('{"id":"…","b":2}', '{"id":"x","b":2}', True),
        ('{"id":"…","b":2}', '{"id":"x","b":3}', False),
        ("[…]", "{}", False),
    ],
)
def test_answers_are_compared(expected: str, found: str, *, same: bool) -> None:
    assert matches(expected, found) is same


def test_commands_are_found() -> None:
    text = "```console\n$ a \\\n    b\nout\nmore\n$ c\n```\n\n```sh\n# no\nd \\\n  e\n```\n"
    assert [(step.command, step.expected) for step in steps(text)] == [
        ("a \\\n    b", "out\nmore"),
        ("c", None),
        ("d e", None),
    ]
