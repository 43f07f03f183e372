"""The same rows in PostgreSQL, as anyone would keep them: OFFSET + COUNT for a page, SUM + GROUP BY for a summary.

A cluster of its own in a temporary folder (Debian package postgresql), as a user without rights, stopped by its
own control program.
"""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.scale.dataset import Row, branch_name, day_text

USER = "postgres"
SCHEMA = """
CREATE TABLE invoices (
  tenant text, date date, id text, number text, branch_id text, patient_id text, patient_name text, status text,
  total bigint, paid bigint, mode text, paid_on date, department text, PRIMARY KEY (tenant, id));
"""
INDEXES = """
CREATE INDEX by_date ON invoices (tenant, date DESC, id DESC);
CREATE INDEX by_branch ON invoices (tenant, branch_id, date DESC, id DESC);
CREATE INDEX by_paid_on ON invoices (tenant, paid_on);
VACUUM ANALYZE invoices;
"""
LISTED = "id, number, patient_name, total, paid, total - paid, status, date"


class Postgres:
    """A running cluster with the rows in it."""

    def __init__(self, folder: Path, port: int) -> None:
        self._folder, self._port = folder, port

    def run(self, sql: str) -> str:
        """What psql prints."""
        command = [
            "psql",
            "-h",
            str(self._folder),
            "-p",
            str(self._port),
            "-d",
            "postgres",
            "-qAtX",
            "-v",
            "ON_ERROR_STOP=1",
        ]
        return subprocess.run(_as_user(command), input=sql, capture_output=True, text=True, check=True).stdout

    def measure(self, sql: str) -> dict[str, float]:
        """The best of three runs: milliseconds and the 8 kB pages touched."""
        runs: list[dict[str, float]] = []
        for _ in range(3):
            (plan,) = json.loads(self.run(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {sql}"))
            pages = plan["Plan"]["Shared Hit Blocks"] + plan["Plan"]["Shared Read Blocks"]
            runs.append({"milliseconds": plan["Execution Time"], "pages": pages})
        return min(runs, key=lambda run: run["milliseconds"])

    def fill(self, rows: Sequence[Row]) -> None:
        """Load and index the rows."""
        source = self._folder / "rows.csv"
        with source.open("w", newline="") as file:
            writer = csv.writer(file)
            for row in rows:
                paid_on = day_text(row.day + row.paid_after_days) if row.paid_paise else ""
                writer.writerow(
                    ("demo", day_text(row.day), row.id, f"C{row.branch:02d}/2627/{row.patient % 100_000:05d}",
                     branch_name(row.branch), f"PAT-{row.patient:06d}", f"Asha Rao {row.patient % 1000}", row.status,
                     row.total_paise, row.paid_paise, row.mode, paid_on, row.department)
                )  # fmt: skip
        source.chmod(0o644)
        self.run(SCHEMA + f"COPY invoices FROM '{source}' WITH (FORMAT csv, NULL '');\n" + INDEXES)

    def page(self, page: int) -> dict[str, Any]:
        """One page of twenty, and the count that X-Total-Count needs."""
        where = "FROM invoices WHERE tenant = 'demo' AND date BETWEEN '2024-01-01' AND '2026-12-31'"
        listed = self.measure(f"SELECT {LISTED} {where} ORDER BY date DESC, id DESC LIMIT 20 OFFSET {(page - 1) * 20}")
        counted = self.measure(f"SELECT count(*) {where}")
        return {"page": page, "list": listed, "count": counted}

    def summary(self, first: str, last: str) -> dict[str, float]:
        """Billed, by department, and collected, by mode, of a range."""
        billed = self.measure(
            f"SELECT department, sum(total), sum(total - paid) FROM invoices WHERE tenant = 'demo'"
            f" AND date BETWEEN '{first}' AND '{last}' AND status NOT IN ('draft', 'cancelled') GROUP BY department"
        )
        collected = self.measure(
            f"SELECT mode, sum(paid) FROM invoices WHERE tenant = 'demo'"
            f" AND paid_on BETWEEN '{first}' AND '{last}' GROUP BY mode"
        )
        return {name: billed[name] + collected[name] for name in billed}


@contextmanager
def postgres(port: int) -> Iterator[Postgres]:
    """An empty cluster for the length of the block."""
    programs = max(Path("/usr/lib/postgresql").glob("*/bin"))
    folder = Path(tempfile.mkdtemp(prefix="bench-postgres-"))
    folder.chmod(0o755)
    if os.geteuid() == 0:
        shutil.chown(folder, USER)
    data = folder / "data"
    try:
        _run([str(programs / "initdb"), "-D", str(data), "-A", "trust", "-U", USER, "--no-sync"])
        options = f"-p {port} -k {folder} -c listen_addresses= -c shared_buffers=1GB -c fsync=off"
        control = [str(programs / "pg_ctl"), "-D", str(data), "-w"]
        _run([*control, "-l", str(folder / "log"), "-o", options, "start"])
        try:
            yield Postgres(folder, port)
        finally:
            _run([*control, "-m", "immediate", "stop"])
    finally:
        shutil.rmtree(folder)


def _run(command: list[str]) -> None:
    subprocess.run(_as_user(command), check=True, stdout=subprocess.DEVNULL, cwd="/")


def _as_user(command: list[str]) -> list[str]:
    return ["runuser", "-u", USER, "--", *command] if os.geteuid() == 0 else command
