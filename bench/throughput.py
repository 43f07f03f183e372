"""Requests a second through the local stack: HTTP, token check, functions, DynamoDB, all on this machine.

It says nothing about AWS, where each request has a function's process of its own; it shows that nothing of ours
queues or fails under parallel callers. Bounded: a few hundred requests from a few threads, on the loopback interface.
"""

from __future__ import annotations

import http.client
import statistics
import threading
import time
from typing import Any
from urllib.parse import urlparse

from bench.subjects import FOLDER
from tools.dynamodb_local import free_port
from tools.local_stack import lifecycle
from tools.local_stack.settings import AUDIENCE, BASE_PATH, StackSettings
from tools.local_stack.tokens import Issuer

THREADS, REQUESTS_EACH = 4, 60


def measure() -> dict[str, Any]:
    """Requests a second and latencies of each reading endpoint. Starts and ends a stack of its own."""
    settings = StackSettings(FOLDER / "stack", api_port=free_port(), aws_port=free_port())
    settings.folder.mkdir(parents=True, exist_ok=True)
    lifecycle.up(settings, lambda _text: None)
    try:
        issuer = Issuer(settings.issuer, settings.key_file)
        token = issuer.token(audience=AUDIENCE, scope="billing:read", tenant="demo")
        listed = _get(settings, "/invoices", token, 1)[1]
        first = listed.decode().split('"id":"', 1)[1].split('"', 1)[0]
        paths = {"LIST": "/invoices", "GET": f"/invoices/{first}", "SUMMARY": "/summary"}
        return {name: _load(settings, path, token) for name, path in paths.items()}
    finally:
        lifecycle.stop(settings)


def _load(settings: StackSettings, path: str, token: str) -> dict[str, float]:
    _get(settings, path, token, 8)
    latencies: list[float] = []
    failures: list[int] = []

    def caller() -> None:
        connection = _connection(settings)
        for _ in range(REQUESTS_EACH):
            started = time.perf_counter()
            connection.request("GET", BASE_PATH + path, headers={"Authorization": f"Bearer {token}"})
            answer = connection.getresponse()
            answer.read()
            latencies.append((time.perf_counter() - started) * 1e3)
            if answer.status != 200:
                failures.append(answer.status)

    threads = [threading.Thread(target=caller) for _ in range(THREADS)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - started
    ordered = sorted(latencies)
    return {
        "requests": len(ordered),
        "failures": len(failures),
        "requests_per_second": round(len(ordered) / seconds, 1),
        "p50_ms": round(statistics.median(ordered), 1),
        "p95_ms": round(ordered[int(len(ordered) * 0.95)], 1),
    }


def _get(settings: StackSettings, path: str, token: str, times: int) -> tuple[int, bytes]:
    connection = _connection(settings)
    status, body = 0, b""
    for _ in range(times):
        connection.request("GET", BASE_PATH + path, headers={"Authorization": f"Bearer {token}"})
        answer = connection.getresponse()
        status, body = answer.status, answer.read()
    return status, body


def _connection(settings: StackSettings) -> http.client.HTTPConnection:
    parsed = urlparse(settings.api_url)
    assert parsed.hostname
    return http.client.HTTPConnection(parsed.hostname, parsed.port, timeout=30)
