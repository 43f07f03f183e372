"""Random lists and summaries against brute force over the data set, on any engine."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from bench.scale.dataset import FIRST_DAY, TENANT, Row, branch_name, day_text
from bench.scale.model import Meter, patient_name
from billing.application.get_summary import SummaryRange, get_summary
from billing.application.list_invoices import InvoiceFilter, list_page
from billing.application.ports import Caller, InvoiceIndex, SummaryReader
from billing.domain.invoice import STATUSES

EVERYTHING = Caller(TENANT)


@dataclass(frozen=True, slots=True)
class Wanted:
    """One random question."""

    caller: Caller
    filter: InvoiceFilter
    page: int
    per_page: int


class BruteForce:
    """Answers by looking at every invoice."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self._newest_first = list(reversed(rows))

    def matching(self, caller: Caller, wanted: InvoiceFilter) -> list[Row]:
        """All invoices of a filter, in list order."""
        first = (wanted.date_from - FIRST_DAY).days if wanted.date_from else 0
        last = (wanted.date_to - FIRST_DAY).days if wanted.date_to else 10**9
        return [
            row
            for row in self._newest_first
            if first <= row.day <= last
            and wanted.status in (None, row.status)
            and wanted.branch_id in (None, branch_name(row.branch))
            and caller.may_use(branch_name(row.branch))
            and wanted.patient_id in (None, patient_name(row))
        ]

    def figures(self, first: date, last: date, branch: str | None) -> dict[str, int]:
        """The main figures of a range."""
        found = {"billed": 0, "outstanding": 0, "collected": 0}
        for row in self._newest_first:
            if branch not in (None, branch_name(row.branch)):
                continue
            day = FIRST_DAY + timedelta(row.day)
            if first <= day <= last and row.status not in ("draft", "cancelled"):
                found["billed"] += row.total_paise
                found["outstanding"] += row.total_paise - row.paid_paise
            if first <= day + timedelta(row.paid_after_days) <= last:
                found["collected"] += row.paid_paise
        return found


def random_filters(rng: random.Random, rows: Sequence[Row], count: int) -> Iterator[tuple[Caller, InvoiceFilter]]:
    """Every combination of filters turns up; some tokens are limited to a few branches."""
    days = max(row.day for row in rows) + 1
    branches = sorted({row.branch for row in rows})
    for _ in range(count):
        first, last = sorted(rng.choices(range(days), k=2))
        wanted = InvoiceFilter(
            patient_id=patient_name(rng.choice(rows)) if rng.random() < 0.1 else None,
            status=rng.choice((None, *STATUSES)),
            date_from=FIRST_DAY + timedelta(first) if rng.random() < 0.7 else None,
            date_to=FIRST_DAY + timedelta(last) if rng.random() < 0.7 else None,
            branch_id=branch_name(rng.choice(branches)) if rng.random() < 0.5 else None,
        )
        limited = frozenset(map(branch_name, rng.sample(branches, rng.randint(1, 3))))
        yield Caller(TENANT, limited) if rng.random() < 0.15 else EVERYTHING, wanted


def check_lists(
    index: InvoiceIndex, summary: SummaryReader, rows: Sequence[Row], meter: Meter, *, pages: int, seed: int
) -> tuple[int, int, float]:
    """Compare at least so many pages and their totals, five or fewer of each random filter; returns how many, and
    the most calls and units of one (full tokens only)."""
    rng = random.Random(seed)
    brute = BruteForce(rows)
    compared, most_calls, most_units = 0, 0, 0.0
    for caller, wanted in random_filters(rng, rows, pages):
        if compared >= pages:
            break
        matching = brute.matching(caller, wanted)
        per_page = rng.choice((1, 7, 20, 100))
        last = max(1, -(-len(matching) // per_page))
        for page in sorted({1, last, last + 1, rng.randint(1, last), rng.randint(1, last)}):
            meter.calls, meter.units = 0, 0.0
            found = list_page(index, summary, caller, wanted, page, per_page)
            expected = [row.id for row in matching[(page - 1) * per_page : page * per_page]]
            assert [row.id for row in found.rows] == expected, (wanted, page, per_page)
            assert found.total == len(matching), (wanted, page, per_page, found.total)
            compared += 1
            if caller.branches is None and wanted.patient_id is None:
                most_calls, most_units = max(most_calls, meter.calls), max(most_units, meter.units)
                assert meter.calls <= 5, (wanted, page, per_page, meter.calls)
    assert compared >= pages
    return compared, most_calls, most_units


def check_summaries(summary: SummaryReader, rows: Sequence[Row], meter: Meter, *, count: int, seed: int) -> float:
    """Compare ranges; returns the most units of one."""
    rng = random.Random(seed)
    brute = BruteForce(rows)
    days = max(row.day for row in rows) + 1
    branches = sorted({row.branch for row in rows})
    most = 0.0
    for _ in range(count):
        first, last = (FIRST_DAY + timedelta(day) for day in sorted(rng.choices(range(days), k=2)))
        branch = branch_name(rng.choice(branches)) if rng.random() < 0.5 else None
        meter.calls, meter.units = 0, 0.0
        figures = get_summary(summary, EVERYTHING, SummaryRange(first, last, branch)).figures
        found = {name: figures.get(name, 0) for name in ("billed", "outstanding")}
        found["collected"] = sum(value for name, value in figures.items() if name.startswith("c_"))
        assert found == brute.figures(first, last, branch), (first, last, branch)
        assert meter.calls <= 3
        most = max(most, meter.units)
    return most


__all__ = ["EVERYTHING", "BruteForce", "check_lists", "check_summaries", "day_text"]
