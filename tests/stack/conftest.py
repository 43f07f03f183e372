"""A stack of our own: deployed once for all tests of this folder, on free ports, in a temporary folder."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.stack.http_client import Api
from tests.stack.logs import leaks, lines_of_functions
from tools.dynamodb_local import free_port
from tools.local_stack import lifecycle
from tools.local_stack.settings import REPOSITORY, StackSettings


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StackSettings]:
    """The deployed stack; its emulator's log is shown when a test fails to start it."""
    folder: Path = tmp_path_factory.mktemp("stack")
    # A build is the same whoever asks for it.
    (folder / "build-cache").symlink_to(_shared_cache())
    settings = StackSettings(folder, api_port=free_port(), aws_port=free_port())
    started = time.monotonic()

    def say(text: str) -> None:
        if os.environ.get("CI"):
            print(f"{time.monotonic() - started:6.1f} s  {text}", flush=True)

    try:
        lifecycle.up(settings, say)
        yield settings
        lines = list(lines_of_functions(settings))
        assert any('"message":"request"' in line for line in lines), "the functions' logs were not found"
        assert leaks(iter(lines)) == [], "patients' data or tokens in the functions' logs"
    finally:
        lifecycle.stop(settings)


def _shared_cache() -> Path:
    cache = REPOSITORY / ".local" / "build-cache"
    cache.mkdir(parents=True, exist_ok=True)
    return cache


@pytest.fixture(scope="session")
def api(stack: StackSettings) -> Api:
    """The stack's API, called over HTTP as anybody would."""
    return Api(stack)
