"""What each function loads at a cold start: measured in a fresh interpreter, kept in imports.json.

    python -m tests.architecture.function_imports      # write the file anew, after a wanted change

A module costs a cold start 1 to 10 million instructions and nobody sees it happen: one `import pydantic` in a
shared module would slow every read by a third. So each new one is a line in a diff that somebody approves.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[2]
PINNED = Path(__file__).with_name("imports.json")
# Which of our modules, which packages of others, and which top-level modules of Python (those differ by version).
KINDS = ("billing", "packages", "python")

# botocore takes these along where the development tools brought them; the layer has none of them.
ABSENT = ("awscrt", "certifi", "cryptography", "OpenSSL")
# Imports a function as Lambda does, then prints what that loaded, including what its first read loads.
PROBE = """
import importlib, json, sys
folders, absent = json.loads(sys.argv[1])
sys.modules.update(dict.fromkeys(absent))
before = set(sys.modules)
sys.path[:0] = folders
importlib.import_module("app")
print(json.dumps(sorted(set(sys.modules) - before)))
"""


class _Empty(BaseHTTPRequestHandler):
    """A DynamoDB in which nothing is found."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.headers.get("X-Amz-Target", "").endswith(".UpdateItem"):
            # Every update here is conditional, and there is nothing of which a condition could hold.
            status, body = 400, b'{"__type": "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException"}'
        else:
            status, body = 200, b'{"Items": [], "Count": 0, "ScannedCount": 0, "Responses": {}}'
        self.send_response(status)
        self.send_header("Content-Type", "application/x-amz-json-1.0")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the base class's name
        pass


@contextmanager
def empty_dynamodb() -> Iterator[str]:
    """Serve it on a free port of the loopback interface. Yields its URL."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Empty)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def functions() -> list[str]:
    """The folders of all functions."""
    return sorted(path.parent.name for path in (REPOSITORY / "functions").glob("*/app.py"))


def loaded_by(function: str, endpoint_url: str) -> dict[str, list[str]]:
    """What importing a function loads, by kind."""
    folders = [str(REPOSITORY / "functions" / function), str(REPOSITORY / "layers" / "billing")]
    ended = subprocess.run(
        [sys.executable, "-c", PROBE, json.dumps([folders, ABSENT])],
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(REPOSITORY),
            "AWS_LAMBDA_RUNTIME_API": "127.0.0.1:1",  # as in Lambda: init makes the primed read
            "AWS_ENDPOINT_URL": endpoint_url,
            "AWS_DEFAULT_REGION": "ap-south-1",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "BILLING_TABLE": "billing",
            "SUMMARY_TABLE": "summary",
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    if ended.returncode:
        raise RuntimeError(f"{function} cannot be imported: {ended.stderr.strip()[-2000:]}")
    names = json.loads(ended.stdout)
    ours = sorted(name for name in names if name.split(".")[0] == "billing")
    tops = {name.split(".")[0] for name in names} - {"billing", "app"}
    python = {name for name in tops if name in sys.stdlib_module_names}
    return {
        "billing": ours,
        "packages": sorted(name for name in tops - python if name[0] != "_"),
        "python": sorted(name for name in python if name[0] != "_"),
    }


def measure() -> dict[str, dict[str, list[str]]]:
    """What every function loads."""
    with empty_dynamodb() as endpoint_url, ThreadPoolExecutor(2) as pool:
        names = functions()
        return dict(zip(names, pool.map(lambda name: loaded_by(name, endpoint_url), names), strict=True))


def pinned() -> dict[str, dict[str, set[str]]]:
    """What imports.json says of every function."""
    document = json.loads(PINNED.read_text(encoding="utf-8"))
    return {name: {kind: set(kinds[kind].split()) for kind in KINDS} for name, kinds in document.items()}


def main() -> None:
    """Write the file anew: one line for a function and kind, so that `git diff --word-diff` shows each name."""
    document = {name: {kind: " ".join(kinds[kind]) for kind in KINDS} for name, kinds in measure().items()}
    PINNED.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    print(f"wrote {PINNED.relative_to(REPOSITORY)}: look at its diff before you commit it")


if __name__ == "__main__":
    main()
