"""From a payment's answer to its amount in the summary, on the running local stack (`make run`).

    python -m bench.freshness [--payments 100]

What it measures is this machine's emulator and the polling of its stream, not AWS: there the batching window of
the template (1 s) and Lambda's own polling (four times a second) come on top, the emulator's workers fall away.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import time
import urllib.request
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from billing.domain.calendar import IST

RESULTS = Path("bench/results/freshness.json")
GIVE_UP_SECONDS = 30


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--payments", type=int, default=100)
    parser.add_argument("--stack", type=Path, default=Path(".local/stack.json"))
    wanted = parser.parse_args()
    base_url = json.loads(wanted.stack.read_text())["base_url"]
    token = subprocess.run(
        ["make", "-s", "token", "SCOPE=billing:read billing:write", "TENANT=freshness"],
        capture_output=True, text=True, check=True,
    ).stdout.split()[-1]  # fmt: skip

    def ask(method: str, path: str, body: Any = None) -> Any:
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(base_url + path, data, headers, method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.loads(answer.read(), parse_float=Decimal)

    today = datetime.now(IST).date().isoformat()
    ask("PUT", "/branches/FRESH-1", {"name": "Freshness", "code": "FRESH", "state_code": "27"})
    line = {"service_name": "Consultation", "department": "OPD", "sac_hsn": "999312", "quantity": 1, "rate": 100_000}
    invoice = {
        "patient": {"id": "P-1", "name": "Asha Rao"}, "branch_id": "FRESH-1", "date": today, "finalize": True,
        "line_items": [line | {"tax_rate": 0, "tax_treatment": "exempt"}],
    }  # fmt: skip
    invoice_id = ask("POST", "/invoices", invoice)["id"]
    path = f"/summary?date_from={today}&date_to={today}"
    collected = ask("GET", path)["total_collected"]
    seconds = []
    for _ in range(wanted.payments):
        payment = {"amount": 1, "payment_mode": "cash", "payment_date": today}
        ask("POST", f"/invoices/{invoice_id}/payments", payment)
        paid_at = time.monotonic()
        collected += 1
        while ask("GET", path)["total_collected"] < collected:
            if time.monotonic() - paid_at > GIVE_UP_SECONDS:
                raise SystemExit("the summary does not follow")
            time.sleep(0.01)
        seconds.append(time.monotonic() - paid_at)
    seconds.sort()
    found = {
        "payments": len(seconds),
        "median_seconds": round(seconds[len(seconds) // 2], 3),
        "p99_seconds": round(seconds[min(len(seconds) - 1, len(seconds) * 99 // 100)], 3),
        "most_seconds": round(seconds[-1], 3),
    }
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text(json.dumps(found, indent=1) + "\n")
    print(json.dumps(found))


if __name__ == "__main__":
    main()
