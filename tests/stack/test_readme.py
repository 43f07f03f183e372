"""The README's lines, pasted into a shell, give the README's answers."""

from __future__ import annotations

import json
import os
import re
import subprocess
from typing import Any

import pytest

from tests.stack.http_client import Api
from tools.local_stack.settings import REPOSITORY, StackSettings

README = (REPOSITORY / "README.md").read_text(encoding="utf-8")


def examples() -> list[tuple[str, str]]:
    """(command, answer) of every `$ ` line in the README's console blocks, in order."""
    found = []
    for block in re.findall(r"```console\n(.*?)```", README, flags=re.DOTALL):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, answer = part.partition("\n")
            found.append((command, answer))
    return found


def same(shown: Any, given: Any) -> bool:
    """Equal, where a text's `…` stands for anything."""
    if isinstance(shown, dict):
        return isinstance(given, dict) and shown.keys() == given.keys() and all(same(shown[k], given[k]) for k in shown)
    if isinstance(shown, list):
        return isinstance(given, list) and len(shown) == len(given) and all(map(same, shown, given))
    if isinstance(shown, str) and "…" in shown:
        pattern = ".*".join(map(re.escape, shown.split("…")))
        return isinstance(given, str) and re.fullmatch(pattern, given) is not None
    return bool(shown == given)


def test_every_command_gives_the_answer_shown(api: Api, stack: StackSettings) -> None:
    commands = examples()
    assert len(commands) >= 5
    environment = {**os.environ, "TOKEN": api.token(), "API": stack.base_url}
    for command, answer in commands:
        ended = subprocess.run(
            ["bash", "-c", command], env=environment, capture_output=True, text=True, check=True, timeout=60
        )
        assert same(json.loads(answer), json.loads(ended.stdout)), f"{command}\n{ended.stdout}"


@pytest.mark.parametrize("path", sorted(set(re.findall(r"\]\((?!https?:)([^)#]+)\)", README))))
def test_links_lead_somewhere(path: str) -> None:
    assert (REPOSITORY / path).exists()


@pytest.mark.parametrize("path", sorted(set(re.findall(r"events/[\w.]+\.json", README))))
def test_event_files_are_there(path: str) -> None:
    assert (REPOSITORY / path).is_file()
