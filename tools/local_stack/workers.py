"""Run functions without the tools' packages in sight.

The emulator starts a function with the Python that runs the emulator, so it would see everything installed beside it:
a package that the layer lacks would be found here and missing on AWS. With `-S` Python adds no site-packages; what
remains is the standard library, the function's own folder and its layers.

That is stricter than AWS, whose runtime also brings a boto3. Ours may not rely on it: its version moves by itself.
"""

from __future__ import annotations

import sys
from pathlib import Path

from ministack.core import lambda_runtime


def write_interpreter(folder: Path) -> Path:
    """A command that runs this Python without site-packages and without our environment's PYTHON* variables."""
    command = folder / "lambda-python"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -S -E "$@"\n', encoding="utf-8")
    command.chmod(0o755)
    return command


def install(folder: Path) -> None:
    """Make the emulator start its Python functions with that command."""
    interpreter = str(write_interpreter(folder))
    detect = lambda_runtime._detect_runtime_binary

    def detect_isolated(runtime: str) -> tuple[str, str]:
        binary, script = detect(runtime)
        return (interpreter if binary == sys.executable else binary), script

    lambda_runtime._detect_runtime_binary = detect_isolated
