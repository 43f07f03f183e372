"""CPU of requests, in the function's process alone: the first, the second, and warm ones.

The engine is behind TLS, as in AWS; what it does with a request is another process's time. Each subject reads the
bundle of root certificates it would read in production, with the front's own root added. The reference handler's
traces go to a socket that stands for the X-Ray daemon, and none arriving is an error: its Tracer must be at work.
Beside milliseconds, which a busy machine stretches, stand instructions, which it does not.
"""

from __future__ import annotations

import base64
import json
import socket
import statistics
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench import subjects
from bench.subjects import FOLDER, Subject
from bench.tls_front import tls_front
from bench.world import World, request

ROUNDS = 5
WARM_REQUESTS = 220
FEW, MANY = 5, 25  # requests of the two counts whose difference is what a warm one takes
TYPICAL = ("get_invoice", "list_invoices", "list_invoices by cursor")
# A place in the reference handler's list; any will do, the index only compares with it.
TYPICAL_START = {"pk": "inv-30", "tenant": "demo", "date": "2026-03-12"}


def measure(ours: dict[str, Subject], typical: Subject, world: World) -> dict[str, Any]:
    """Milliseconds of CPU for each operation, and the ratio to the reference handler's where it has the same one."""
    with tls_front(world.port, FOLDER / "tls") as (url, root), _trace_daemon() as (daemon, received):
        layer = ours["get_invoice"].packages[0]
        bundles = {
            "ours": _bundle(layer / "billing" / "amazon_roots.pem", root, "ours"),
            "typical": _bundle(typical.packages[0] / "botocore" / "cacert.pem", root, "typical"),
        }

        def variables(whose: str) -> dict[str, str]:
            return subjects.environment(url, bundles[whose]) | {"AWS_XRAY_DAEMON_ADDRESS": daemon}

        operations = _operations(world)
        compared = [
            (name, whose, subject)
            for name, (function, _, _) in operations.items()
            for whose, subject in (("typical", typical), ("ours", ours[function]))
            if whose == "ours" or name in TYPICAL
        ]
        seen: dict[str, list[dict[str, float]]] = {}
        for number in range(ROUNDS):
            for name, whose, subject in compared:
                _, events, repeat = operations[name]
                sent = _typical_events(name) if whose == "typical" else events(number)
                result = subjects.run(subject, variables(whose), sent, repeat)
                seen.setdefault(f"{name}/{whose}", []).append(result)
        if received.count < ROUNDS * len(TYPICAL) * WARM_REQUESTS:
            raise SystemExit("the reference handler sent no traces: its Tracer was not at work")
        millions = {}
        for name, whose, subject in compared:
            _, events, repeat = operations[name]
            if repeat > 1:
                sent = _typical_events(name) if whose == "typical" else events(0)
                few, many = (subjects.count_instructions(subject, variables(whose), sent, n)[0] for n in (FEW, MANY))
                millions[f"{name}/{whose}"] = round((many - few) / (MANY - FEW), 2)
    medians = {
        name: {key: round(statistics.median(row[key] for row in rows), 3) for key in rows[0] if key.endswith("cpu_ms")}
        | ({"warm_million_instructions": millions[name]} if name in millions else {})
        for name, rows in seen.items()
    }
    document: dict[str, Any] = {}
    for name in operations:
        entry: dict[str, Any] = {"ours": medians[f"{name}/ours"]}
        if name in TYPICAL:
            entry["typical"] = medians[f"{name}/typical"]
            # Ratios of the same round first, then their median: a slow minute slows both.
            pairs = zip(seen[f"{name}/ours"], seen[f"{name}/typical"], strict=True)
            entry["warm_share_of_typical"] = round(
                statistics.median(a["warm_cpu_ms"] / b["warm_cpu_ms"] for a, b in pairs), 3
            )
            entry["warm_instructions_share_of_typical"] = round(
                millions[f"{name}/ours"] / millions[f"{name}/typical"], 3
            )
        document[name] = entry
    return document


class _Received:
    count = 0


@contextmanager
def _trace_daemon() -> Iterator[tuple[str, _Received]]:
    """A socket that takes what is sent to the X-Ray daemon. Yields its address and a counter."""
    received = _Received()

    def drain(daemon: socket.socket) -> None:
        while daemon.recv(65536) != b"end":
            received.count += 1

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as daemon:
        daemon.bind(("127.0.0.1", 0))
        thread = threading.Thread(target=drain, args=(daemon,), daemon=True)
        thread.start()
        try:
            yield f"127.0.0.1:{daemon.getsockname()[1]}", received
        finally:
            daemon.sendto(b"end", daemon.getsockname())
            thread.join()


def _operations(world: World) -> dict[str, tuple[str, Any, int]]:
    """Function, the events of a round, and how often they are sent."""

    def always(event: dict[str, Any]) -> Any:
        return lambda _round: [event]

    def payments(number: int) -> list[dict[str, Any]]:
        invoice_id = world.api.invoice(90_000)["id"]
        body = {"amount": 10, "payment_mode": "upi", "payment_date": "2026-03-15"}
        return [
            request(
                "POST",
                f"/invoices/{invoice_id}/payments",
                body=json.dumps(body | {"reference": f"4{number:02d}{place:09d}"}),
            )
            for place in range(60)
        ]

    return {
        "get_invoice": ("get_invoice", always(request("GET", f"/invoices/{world.invoice_id}")), WARM_REQUESTS),
        "list_invoices": ("list_invoices", always(request("GET", "/invoices")), WARM_REQUESTS),
        "list_invoices by cursor": (
            "list_invoices",
            always(
                request("GET", "/invoices", query=f"cursor={world.api('GET', '/invoices').headers['X-Next-Cursor']}")
            ),
            WARM_REQUESTS,
        ),
        "list_invoices page 3": ("list_invoices", always(request("GET", "/invoices", query="page=3")), WARM_REQUESTS),
        "get_summary": (
            "get_summary",
            always(request("GET", "/summary", query="date_from=2026-03-01&date_to=2026-03-31")),
            WARM_REQUESTS,
        ),
        "record_payment": ("record_payment", payments, 1),
    }


def _typical_events(name: str) -> list[dict[str, Any]]:
    if name == "get_invoice":
        return [request("GET", "/invoices/inv-0")]
    if name == "list_invoices":
        return [request("GET", "/invoices")]
    return [
        request(
            "GET", "/invoices", query=f"cursor={base64.urlsafe_b64encode(json.dumps(TYPICAL_START).encode()).decode()}"
        )
    ]


def _bundle(roots: Path, added: Path, name: str) -> Path:
    path = FOLDER / "tls" / f"{name}.pem"
    path.write_text(roots.read_text(encoding="utf-8") + "\n" + added.read_text(encoding="utf-8"), encoding="utf-8")
    return path
