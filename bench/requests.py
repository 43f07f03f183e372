"""CPU of requests, in the function's process alone: the first, the second, and warm ones.

The engine is behind TLS, as in AWS; what it does with a request is another process's time. Each subject reads the
bundle of root certificates it would read in production, with the front's own root added.
"""

from __future__ import annotations

import json
import statistics
from pathlib import Path
from typing import Any

from bench import subjects
from bench.subjects import FOLDER, Subject
from bench.tls_front import tls_front
from bench.world import World, request

ROUNDS = 5
WARM_REQUESTS = 220


def measure(ours: dict[str, Subject], typical: Subject, world: World) -> dict[str, Any]:
    """Milliseconds of CPU for each operation, and the ratio to the reference handler's where it has the same one."""
    with tls_front(world.port, FOLDER / "tls") as (url, root):
        layer = ours["get_invoice"].packages[0]
        bundles = {
            "ours": _bundle(layer / "billing" / "amazon_roots.pem", root, "ours"),
            "typical": _bundle(typical.packages[0] / "botocore" / "cacert.pem", root, "typical"),
        }
        operations = _operations(world)
        seen: dict[str, list[dict[str, float]]] = {}
        for number in range(ROUNDS):
            for name, (function, events, repeat) in operations.items():
                for whose, subject in (("typical", typical), ("ours", ours.get(function))):
                    if subject is None or (whose == "typical" and name not in ("get_invoice", "list_invoices")):
                        continue
                    sent = _typical_events(name) if whose == "typical" else events(number)
                    result = subjects.run(subject, subjects.environment(url, bundles[whose]), sent, repeat)
                    seen.setdefault(f"{name}/{whose}", []).append(result)
    medians = {
        name: {key: round(statistics.median(row[key] for row in rows), 3) for key in rows[0] if key.endswith("cpu_ms")}
        for name, rows in seen.items()
    }
    document: dict[str, Any] = {}
    for name in operations:
        entry: dict[str, Any] = {"ours": medians[f"{name}/ours"]}
        if f"{name}/typical" in medians:
            entry["typical"] = medians[f"{name}/typical"]
            # Ratios of the same round first, then their median: a slow minute slows both.
            pairs = zip(seen[f"{name}/ours"], seen[f"{name}/typical"], strict=True)
            entry["warm_share_of_typical"] = round(
                statistics.median(a["warm_cpu_ms"] / b["warm_cpu_ms"] for a, b in pairs), 3
            )
        document[name] = entry
    return document


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
        "list_invoices page 3": ("list_invoices", always(request("GET", "/invoices", query="page=3")), WARM_REQUESTS),
        "get_summary": (
            "get_summary",
            always(request("GET", "/summary", query="date_from=2026-03-01&date_to=2026-03-31")),
            WARM_REQUESTS,
        ),
        "record_payment": ("record_payment", payments, 1),
    }


def _typical_events(name: str) -> list[dict[str, Any]]:
    return [request("GET", "/invoices/inv-0" if name == "get_invoice" else "/invoices")]


def _bundle(roots: Path, added: Path, name: str) -> Path:
    path = FOLDER / "tls" / f"{name}.pem"
    path.write_text(roots.read_text(encoding="utf-8") + "\n" + added.read_text(encoding="utf-8"), encoding="utf-8")
    return path
