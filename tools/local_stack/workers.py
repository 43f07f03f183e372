"""Run functions without the tools' packages in sight.

The emulator starts a function with the Python that runs the emulator, so it would see everything installed beside it:
a package that the layer lacks would be found here and missing on AWS. With `-S` Python adds no site-packages; what
remains is the standard library, the function's own folder and its layers.

That is stricter than AWS, whose runtime also brings a boto3. Ours may not rely on it: its version moves by itself.

A layer is unpacked once for all workers; the emulator would unpack its two thousand files anew for each.
"""

from __future__ import annotations

import hashlib
import sys
import threading
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from ministack.core import lambda_runtime


def write_interpreter(folder: Path) -> Path:
    """A command that runs this Python without site-packages and without our environment's PYTHON* variables."""
    command = folder / "lambda-python"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -S -E "$@"\n', encoding="utf-8")
    command.chmod(0o755)
    return command


class _LayersOnce(zipfile.ZipFile):
    """Unpacks a layer into a shared folder, and leaves a link to it where the emulator wanted its own copy."""

    shared: Path
    lock = threading.Lock()

    def extractall(self, path: Any = None, members: Any = None, pwd: Any = None) -> None:
        target = Path(path or ".")
        if not target.name.startswith("layer_") or not self.filename:
            super().extractall(path, members, pwd)
            return
        unpacked = self.shared / hashlib.sha256(Path(self.filename).read_bytes()).hexdigest()[:16]
        with self.lock:
            if not unpacked.exists():
                building = unpacked.with_suffix(".part")
                super().extractall(building, members, pwd)
                building.rename(unpacked)
        target.rmdir()
        target.symlink_to(unpacked, target_is_directory=True)


def install(folder: Path, temporary: Path) -> None:
    """Make the emulator start its Python functions with that command, and unpack layers once."""
    _LayersOnce.shared = temporary / "layers"
    _LayersOnce.shared.mkdir(parents=True, exist_ok=True)
    lambda_runtime.zipfile = SimpleNamespace(**{**vars(zipfile), "ZipFile": _LayersOnce})
    interpreter = str(write_interpreter(folder))
    detect = lambda_runtime._detect_runtime_binary

    def detect_isolated(runtime: str) -> tuple[str, str]:
        binary, script = detect(runtime)
        return (interpreter if binary == sys.executable else binary), script

    lambda_runtime._detect_runtime_binary = detect_isolated
