"""Where a local stack lives: its folder, its ports, its names."""

from __future__ import annotations

import json
import os
import platform
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[2]
HOST = "127.0.0.1"
REGION = "ap-south-1"
AUDIENCE = "billing-api"
BASE_PATH = "/api/v1/billing"


@dataclass(frozen=True)
class StackSettings:
    """One local stack. Two can run when their ports and folders differ."""

    folder: Path
    api_port: int = 3000
    aws_port: int = 4566
    stack_name: str = "billing"

    @property
    def api_url(self) -> str:
        return f"http://{HOST}:{self.api_port}"

    @property
    def base_url(self) -> str:
        return self.api_url + BASE_PATH

    @property
    def aws_url(self) -> str:
        return f"http://{HOST}:{self.aws_port}"

    @property
    def issuer(self) -> str:
        return self.api_url

    @property
    def description_file(self) -> Path:
        """What a started stack is, for tools and tests (`stack.json`)."""
        return self.folder / "stack.json"

    @property
    def key_file(self) -> Path:
        return self.folder / "issuer.pem"

    @property
    def pid_file(self) -> Path:
        return self.folder / "pid"

    @property
    def log_file(self) -> Path:
        return self.folder / "emulator.log"

    @property
    def temporary(self) -> Path:
        return self.folder / "tmp"

    def aws_environment(self) -> dict[str, str]:
        """This process's environment, made to reach the local AWS and nothing else."""
        dropped = ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_CA_BUNDLE", "PYTHONPATH")
        kept = {name: value for name, value in os.environ.items() if name not in dropped}
        return kept | {
            "AWS_ENDPOINT_URL": self.aws_url,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_REGION": REGION,
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "SAM_CLI_TELEMETRY": "0",
            "SAM_CLI_POLL_DELAY": "0.1",
            "LAYER_RUNTIME": runtime(),
            "LAYER_ARCHITECTURE": architecture(),
            "LAYER_PYTHON": sys.executable,
        }

    def description(self) -> dict[str, Any]:
        """The running stack's `stack.json`. Raises FileNotFoundError when nothing was started."""
        document: dict[str, Any] = json.loads(self.description_file.read_text(encoding="utf-8"))
        return document


def runtime() -> str:
    """The Lambda runtime of the Python that runs this, e.g. python3.13."""
    return f"python{sys.version_info.major}.{sys.version_info.minor}"


def architecture() -> str:
    """This machine's architecture in Lambda's words."""
    return "arm64" if platform.machine() in ("aarch64", "arm64") else "x86_64"
