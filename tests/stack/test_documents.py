"""docs/using.md, followed to the letter on the deployed stack; test_readme.py does so for the README."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.runner import REPOSITORY, follow
from tests.stack.http_client import BOTH, Api
from tools.local_stack.settings import HOST, StackSettings

DOCUMENTS = ("docs/using.md",)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_document_does_what_it_says(name: str, stack: StackSettings, api: Api, tmp_path: Path) -> None:
    def token_of(asked: dict[str, str]) -> str:
        return api.token(asked.get("SCOPE", BOTH), asked.get("TENANT", "demo"))

    follow(REPOSITORY / name, tmp_path, f"http://{HOST}:{stack.api_port}", token_of, lambda: None)
