"""A cold start loads what it must and nothing else; see function_imports.py."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from tests.architecture.function_imports import KINDS, functions, measure, pinned

RENEW = "if that is wanted: python -m tests.architecture.function_imports, and commit the change of imports.json"
PINS = pinned()
READS = [name for name in functions() if name.startswith(("get_", "list_"))]


@pytest.fixture(scope="module")
def loaded() -> dict[str, dict[str, list[str]]]:
    return measure()


@pytest.mark.parametrize("name", functions())
def test_a_function_loads_what_is_pinned(name: str, loaded: dict[str, Any]):
    assert name in PINS, f"the imports of {name} are not pinned yet; {RENEW}"
    for kind in KINDS:
        if kind == "python" and sys.version_info[:2] != (3, 13):
            continue  # Python's own modules import each other differently in each version
        now, before = set(loaded[name][kind]), PINS[name][kind]
        gained, lost = ", ".join(sorted(now - before)), ", ".join(sorted(before - now))
        assert not gained, f"the cold start of {name} now also loads {gained}; {RENEW}"
        assert not lost, f"the cold start of {name} no longer loads {lost} (good); {RENEW}"


@pytest.mark.parametrize("name", READS)
def test_a_read_does_without_pydantic_and_the_heavy_sdks(name: str, loaded: dict[str, Any]):
    """Pydantic alone is a third of a read's cold start, boto3's resource as much, the X-Ray SDK more."""
    heavy = {"pydantic", "pydantic_core", "boto3", "aws_xray_sdk"} & set(loaded[name]["packages"])
    assert not heavy, f"{name} loads {', '.join(sorted(heavy))}"


def test_the_stream_function_loads_neither_pydantic_nor_the_http_edge(loaded: dict[str, Any]):
    assert "pydantic" not in loaded["update_summary"]["packages"]
    assert not [name for name in loaded["update_summary"]["billing"] if name.startswith("billing.http")]
    assert "asyncio" not in loaded["update_summary"]["python"], "that is Powertools' event handlers"
