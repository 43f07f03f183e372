"""What the runs that make evidence share: which code it is about, and how results are kept."""

from __future__ import annotations

import json
import os
from hashlib import sha256
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "bench" / "results"
SHIPPED = ("layers/billing/billing", "functions")


def code_state(*folders: str) -> str:
    """A short hash of what is deployed and of the folders whose runs are recorded.

    Results with another one are of other code: a run that was stopped must not go on from them.
    """
    digest = sha256()
    for folder in (*SHIPPED, *folders):
        for path in sorted((ROOT / folder).rglob("*.py")):
            digest.update(f"{path.relative_to(ROOT)}\n".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def read(path: Path) -> dict[str, Any]:
    """The results kept so far; nothing where there are none."""
    found: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    return found


def write(path: Path, document: dict[str, Any]) -> None:
    """Keep results, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(".new")
    beside.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n")
    beside.replace(path)


def load_average() -> float:
    """Of the last minute: how busy the machine was."""
    return round(os.getloadavg()[0], 1)
