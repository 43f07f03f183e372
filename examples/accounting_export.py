"""Hand every new payment and refund to the books, each once: `accounting_export.py STATE.json BOOK.csv [--full]`.

Run it as often as you like (BILLING_URL and BILLING_TOKEN say where and who). It walks the invoices of the last 400
days by cursor, opens those whose status or paid amount changed since the run before, and appends what the book does
not have yet. Payments and refunds never change once recorded, so their ids are enough to know them by.

A payment and a refund of one amount between two runs leave both as they were: `--full` opens every invoice, once a
month before the books are closed. The book is written before the state: a run that dies is repeated without harm.
"""

from __future__ import annotations

import csv
import json
import os
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from client import Billing

COLUMNS = ("id", "kind", "day", "invoice_id", "invoice_number", "mode", "reference", "amount")
WINDOW_DAYS = 400


def movements(invoice: dict[str, Any]) -> list[dict[str, Any]]:
    """The invoice's money as rows of the book; refunds are negative."""
    return [
        {
            "id": record["id"],
            "kind": kind,
            "day": record[f"{kind}_date"],
            "invoice_id": invoice["id"],
            "invoice_number": invoice["invoice_number"],
            "mode": record[f"{kind}_mode"],
            "reference": record["reference"] or "",
            "amount": sign * record["amount"],
        }
        for kind, sign, records in (("payment", 1, invoice["payments"]), ("refund", -1, invoice["refunds"]))
        for record in records
    ]


def export(billing: Billing, state_file: Path, book_file: Path, *, full: bool = False) -> int:
    """How many rows were added."""
    state: dict[str, str] = json.loads(state_file.read_text()) if state_file.exists() else {}
    known: set[str] = set()
    if book_file.exists():
        with book_file.open(newline="", encoding="utf-8") as book:
            known = {row["id"] for row in csv.DictReader(book)}
    added = 0
    with book_file.open("a", newline="", encoding="utf-8") as book:
        writer = csv.DictWriter(book, COLUMNS)
        if book.tell() == 0:
            writer.writeheader()
        for listed in billing.invoices(date_from=date.today() - timedelta(days=WINDOW_DAYS)):  # noqa: DTZ011
            mark = f"{listed['status']} {listed['paid']}"
            if listed["status"] == "draft" or (state.get(listed["id"]) == mark and not full):
                continue
            invoice, _ = billing.call("GET", f"/invoices/{listed['id']}")
            for row in movements(invoice):
                if row["id"] not in known:
                    writer.writerow(row)
                    known.add(row["id"])
                    added += 1
            state[listed["id"]] = mark
    new = state_file.with_suffix(".new")
    new.write_text(json.dumps(state))
    new.replace(state_file)
    return added


if __name__ == "__main__":
    client = Billing(os.environ["BILLING_URL"], os.environ["BILLING_TOKEN"])
    count = export(client, Path(sys.argv[1]), Path(sys.argv[2]), full="--full" in sys.argv[3:])
    print(f"{count} new rows")
