"""The same invoices for every engine: three years of a chain of clinics, repeatable from a seed.

20 branches of unequal size, quiet Sundays, slow growth. A few recent invoices are drafts or unpaid; of the
older ones 94 % are paid, as in a table that has grown up.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from billing.adapters.dynamodb.items import head_item
from billing.domain.identifiers import make_invoice_id
from billing.domain.invoice import STATUSES, BranchSnapshot, InvoiceHead, Payment, status_after
from billing.domain.summary import Contribution, contribution_of

FIRST_DAY = date(2024, 1, 1)
DAYS = 1096  # 2024, 2025, 2026
TENANT = "demo"
DEPARTMENTS = ("General Medicine", "Pathology", "Radiology", "Pharmacy", "Dental", "Paediatrics", "Cardiology", "OPD")
MODES = ("upi", "cash", "card", "insurance", "neft", "online", "cheque")
MODE_WEIGHTS = (45, 25, 15, 6, 4, 4, 1)
RECENT = ((3, (15, 25, 20, 38, 2)), (45, (1, 6, 9, 81, 3)))  # age in days below → weights of STATUSES
SETTLED = (0.1, 0.9, 1.5, 94.5, 3.0)


@dataclass(frozen=True, slots=True)
class Row:
    """One invoice, in as few members as everything else follows from."""

    day: int  # since FIRST_DAY
    branch: int
    id: str
    status: str
    patient: int
    total_paise: int
    paid_paise: int
    mode: str
    paid_after_days: int
    department: str


def branch_name(branch: int) -> str:
    """The id of a branch by its place."""
    return f"CLN-{branch:02d}"


def day_text(day: int) -> str:
    """The ISO day of a day's place."""
    return (FIRST_DAY + timedelta(day)).isoformat()


def rows(count: int, seed: int = 7, *, days: int = DAYS, branches: int = 20) -> list[Row]:
    """Invoices in list order, oldest first."""
    rng = random.Random(seed)
    branch_weights = [1 / (place + 1) ** 0.6 for place in range(branches)]
    day_weights = [
        (0.35 if (FIRST_DAY + timedelta(day)).weekday() == 6 else 1) * (0.7 + 0.6 * day / days) for day in range(days)
    ]
    chosen = zip(
        rng.choices(range(days), day_weights, k=count), rng.choices(range(branches), branch_weights, k=count),
        strict=True,
    )  # fmt: skip
    start = int(datetime(2024, 1, 1, 4, tzinfo=UTC).timestamp() * 1000)
    made = [_row(rng, day, branch, start, count, days) for day, branch in chosen]
    made.sort(key=lambda row: (row.day, row.id))
    return made


def _row(rng: random.Random, day: int, branch: int, start: int, count: int, days: int) -> Row:
    age = days - 1 - day
    weights: Sequence[float] = next((weights for limit, weights in RECENT if age < limit), SETTLED)
    status = rng.choices(STATUSES, weights)[0]
    total = rng.randint(200, 30_000) * 100
    paid = {"paid": total, "partially_paid": rng.randint(1, total - 1)}.get(status, 0)
    invoice_id = make_invoice_id(
        branch_name(branch), start + day * 86_400_000 + rng.randrange(36_000_000), rng.getrandbits(35)
    )
    lag = min(rng.choice((0, 0, 0, 1, 7, 20)), age)
    mode = rng.choices(MODES, MODE_WEIGHTS)[0]
    patient = rng.randrange(max(1, count // 8))
    return Row(day, branch, invoice_id, status, patient, total, paid, mode, lag, rng.choice(DEPARTMENTS))


def head(row: Row) -> InvoiceHead:
    """The invoice as the domain knows it."""
    day = FIRST_DAY + timedelta(row.day)
    moment = f"{day.isoformat()}T10:00:00.000+05:30"
    payments = {}
    if row.paid_paise:
        paid_on = day + timedelta(row.paid_after_days)
        mode: Any = row.mode
        payments["n:upi:REF"] = Payment(
            f"pay_{row.id[-16:]}", row.paid_paise, mode, "UPI-4051236789", paid_on, moment, "api"
        )
    if row.status in ("finalized", "partially_paid", "paid"):
        assert status_after(row.total_paise, row.paid_paise) == row.status
    branch = branch_name(row.branch)
    return InvoiceHead(
        tenant=TENANT, id=row.id, branch_id=branch, date=day,
        status=row.status,  # type: ignore[arg-type]
        number=None if row.status == "draft" else f"C{row.branch:02d}/2627/{row.patient % 100_000:05d}",
        patient_id=f"PAT-{row.patient:06d}", patient_name=f"Asha Rao {row.patient % 1000}",
        branch=BranchSnapshot("Andheri West", "27", None),
        total_paise=row.total_paise, paid_paise=row.paid_paise, refunded_paise=0,
        balance_paise=0 if row.status == "cancelled" else row.total_paise - row.paid_paise,
        round_off_paise=0, departments={row.department: row.total_paise},
        rev=1 + bool(row.paid_paise), created_at=moment, updated_at=moment,
        finalized_at=None if row.status == "draft" else moment, payments=payments,
    )  # fmt: skip


def item(row: Row) -> dict[str, Any]:
    """The invoice as an item of the billing table."""
    return head_item(head(row))


def contributions(listed: Sequence[Row]) -> Iterator[Contribution]:
    """What all invoices of a branch add up to, one contribution a branch: as if each branch were a document."""
    days: dict[int, dict[str, dict[str, int]]] = {}
    for row in listed:
        branch = days.setdefault(row.branch, {})
        for day, figures in contribution_of(head(row)).days.items():
            summed = branch.setdefault(day, {})
            for name, value in figures.items():
                summed[name] = summed.get(name, 0) + value
    for branch_place, by_day in days.items():
        yield Contribution(branch_name(branch_place), by_day)
