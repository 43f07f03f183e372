"""The generated files, and whether what is committed is what the code says."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from typing import Any

from tools.in_process.gateway import ROOT
from tools.openapi import document, error_catalogue, postman


@cache
def openapi() -> dict[str, Any]:
    """The document, built once a process."""
    return document.build()


def _pretty() -> str:
    return json.dumps(openapi(), indent=2, ensure_ascii=False) + "\n"


def _compact() -> str:
    return json.dumps(openapi(), separators=(",", ":"), ensure_ascii=False)


FILES: dict[str, Callable[[], str]] = {
    "docs/openapi.json": _pretty,
    # A function is deployed with its folder only.
    "functions/api_reference/openapi.json": _compact,
    "docs/errors.md": error_catalogue.markdown,
    "examples/billing.postman_collection.json": lambda: (
        json.dumps(postman.collection(openapi()), indent=2, ensure_ascii=False) + "\n"
    ),
}


def write() -> None:
    """Write every generated file."""
    for name, make in FILES.items():
        path = ROOT / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(make(), encoding="utf-8")


def stale() -> list[str]:
    """The files that differ from what would be written."""
    return [
        name
        for name, make in FILES.items()
        if not (ROOT / name).is_file() or (ROOT / name).read_text(encoding="utf-8") != make()
    ]
