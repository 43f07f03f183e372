"""The tables of README.md and docs/performance.md, from bench/results/performance.json.

python -m bench.readme_table            # rewrite what stands between the markers
python -m bench.readme_table --check    # fail when that is not what the results say
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[1]
RESULTS = REPOSITORY / "bench" / "results" / "performance.json"
WRITES = ("create_", "record_", "finalize_", "cancel_", "put_", "apply_", "payment_callback")


def renew(document: dict[str, Any], *, check: bool = False) -> bool:
    """Rewrite the tables; True when something changed (or, with ``check``, would have)."""
    changed = False
    for path, blocks in (
        (REPOSITORY / "README.md", {"performance": summary(document)}),
        (REPOSITORY / "docs" / "performance.md", {"performance": summary(document), "functions": functions(document)}),
    ):
        if not path.exists():
            continue
        text = path.read_text(encoding="utf-8")
        new = text
        for name, table in blocks.items():
            begin, end = f"<!-- bench:{name} -->", f"<!-- /bench:{name} -->"
            if begin in new and end in new:
                new = new[: new.index(begin) + len(begin)] + "\n" + table + "\n" + new[new.index(end) :]
        if new != text:
            changed = True
            if not check:
                path.write_text(new, encoding="utf-8")
    return changed


def summary(document: dict[str, Any]) -> str:
    """The bars and what was measured against them."""
    functions_ = document["cold"]["functions"]
    shares = {name: row["share_of_typical"] for name, row in functions_.items() if name != "typical"}
    writes = {name: share for name, share in shares.items() if name.startswith(WRITES)}
    stream = {"update_summary": shares["update_summary"]}
    reads = {name: share for name, share in shares.items() if name not in writes and name not in stream}
    requests, capacity, dollars = document["requests"], document["capacity"], document["cost"]["usd_per_million"]
    rie, sizes, throughput = document["rie"], document["sizes"], document["throughput"]
    first = {
        title: requests[name]["ours"]["first_cpu_ms"]
        for name, title in (("get_invoice", "invoice"), ("list_invoices", "list"), ("record_payment", "payment"))
    }
    slowest = max((value["times_bare"], name) for name, value in rie.items() if name not in ("bare", "typical"))
    payment = capacity["PAYMENT, a further part"]
    stream_name = next(name for name in capacity if name.startswith("STREAM"))
    rows = [
        ("Cold start of reads, instructions, of the reference handler's", _range(reads), "<= 17 %"),
        ("Cold start of writes and callbacks", _range(writes), "<= 22 %"),
        ("Cold start of the stream function", _range(stream), "<= 15 %"),
        (
            "Runtime Interface Emulator, init against a bare handler",
            f"{slowest[0]:.1f}x at most (reference handler {rie['typical']['times_bare']:.0f}x)",
            "<= 8x",
        ),
        (
            "First request after init, CPU",
            (
                ", ".join(f"{title} {milliseconds:.1f}" for title, milliseconds in first.items())
                + f" ms (reference handler {requests['get_invoice']['typical']['first_cpu_ms']:.0f} ms)"
            ),
            "<= 4 ms",
        ),
        *(
            (
                f"Warm CPU, {title}",
                (
                    f"{requests[name]['ours']['warm_cpu_ms']:.2f} ms, "
                    f"{requests[name]['warm_share_of_typical'] * 100:.0f} % of the reference handler's; "
                    f"instructions {requests[name]['warm_instructions_share_of_typical'] * 100:.0f} %"
                ),
                "<= 45 %",
            )
            for name, title in (
                ("get_invoice", "invoice of 20 lines"),
                ("list_invoices", "list of 20 with its total"),
                ("list_invoices by cursor", "list of 20 by cursor"),
            )
        ),
        (
            "Layer",
            (
                f"{sizes['layer_zipped_mb']:.1f} MB zipped, byte code for "
                f"{sizes['layer_modules_with_byte_code']} of {sizes['layer_modules']} modules"
            ),
            "<= 12 MB, all",
        ),
        ("A payment", f"{_calls(payment)}, {payment['units']:g} write units", "1 call, <= 6 units"),
        (
            "A payment that changes the status",
            f"{_calls(capacity['PAYMENT, the first part'])}, {capacity['PAYMENT, the first part']['units']:g} write units",
            "<= 8 units",
        ),
        (
            "Reading an invoice of 20 lines, strongly consistent",
            _reads(capacity["GET invoice of 20 lines"]),
            "1 call, 1 unit",
        ),
        (
            "A page of the list, first and third",
            f"{_reads(capacity['LIST page 1'])}; {_reads(capacity['LIST page 3'])}",
            "<= 5 calls",
        ),
        ("Summary of three years", _reads(capacity["SUMMARY of 3 years"]), "<= 3 queries, <= 8 units"),
        ("Stream, write units a payment, coalesced", f"{capacity[stream_name]['units_per_payment']:g}", "<= 3"),
        *(
            (f"USD for a million: {title}", f"{dollars[name]['total']:.2f}", bar)
            for name, title, bar in (
                ("LIST page 1", "lists", "<= 2.50"),
                ("GET invoice of 20 lines", "invoices read", "<= 1.50"),
                ("PAYMENT, a further part", "payments", "<= 6"),
            )
        ),
        (
            "Local stack, 4 callers, list / invoice",
            (
                f"{throughput['LIST']['requests_per_second']:.0f} / {throughput['GET']['requests_per_second']:.0f} requests a second, "
                f"{throughput['LIST']['failures'] + throughput['GET']['failures']} failed"
            ),
            "",
        ),
    ]
    lines = ["| What | Measured | Bar |", "|---|---|---|", *(f"| {' | '.join(row)} |" for row in rows)]
    lines.append("")
    lines.append(f"Measured by `make bench` at {document['at']} on {document['machine']}, Python {document['python']}.")
    return "\n".join(lines)


def functions(document: dict[str, Any]) -> str:
    """Each function's cold start."""
    counted = document["cold"]["functions"]
    lines = [
        "| Function | Instructions above bare, millions | Of the reference handler's | Modules |",
        "|---|---|---|---|",
    ]
    for name, row in sorted(counted.items(), key=lambda entry: entry[1]["share_of_typical"]):
        lines.append(
            f"| {name} | {row['millions_above_bare']:,.0f} | {row['share_of_typical'] * 100:.1f} % | {row['modules']} |"
        )
    return "\n".join(lines)


def _range(shares: dict[str, float]) -> str:
    least, most = min(shares.values()) * 100, max(shares.values()) * 100
    return f"{most:.1f} %" if f"{least:.1f}" == f"{most:.1f}" else f"{least:.1f} to {most:.1f} %"


def _calls(row: dict[str, Any]) -> str:
    return f"{len(row['calls'])} call{'s' if len(row['calls']) != 1 else ''}"


def _reads(row: dict[str, Any]) -> str:
    return f"{_calls(row)}, {row['units']:g} read unit{'s' if row['units'] != 1 else ''}"


def main() -> None:
    """Rewrite the tables, or check them."""
    changed = renew(json.loads(RESULTS.read_text(encoding="utf-8")), check="--check" in sys.argv)
    if changed and "--check" in sys.argv:
        raise SystemExit("README.md or docs/performance.md does not say what bench/results says: make bench-tables")


if __name__ == "__main__":
    main()
