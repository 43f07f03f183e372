"""List invoices: any page at the cost of the first, by counting before reading.

The summary's rows say how many invoices of a status lie in each year, month and day, so the day that holds
a page is found without reading what comes before it. One index query then starts there. An index and the
counts lag writes by moments: while writes are in flight a total may be off by as many.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from heapq import merge

from billing.application.get_summary import scopes_for
from billing.application.ports import (
    Caller,
    DaySpan,
    InvoiceIndex,
    ListedInvoice,
    Lookup,
    Position,
    StoreBusy,
    SummaryReader,
)
from billing.domain import errors
from billing.domain.invoice import STATUSES, Status
from billing.domain.summary import ALL_BRANCHES, PeriodSpan, periods_covering

FIRST_DAY, LAST_DAY = "0000-00-00", "9999-99-99"
DENSE_SHARE = 0.2  # a status with at least this share of a branch is filtered from the branch's own index
GUESSED_SHARE = 0.125  # share of one branch among an open status, before anything is known
AFTER_ANY_ID = "~"


@dataclass(frozen=True, slots=True)
class InvoiceFilter:
    """What to list; all given conditions hold together. Days are inclusive invoice dates."""

    patient_id: str | None = None
    status: Status | None = None
    date_from: date | None = None
    date_to: date | None = None
    branch_id: str | None = None

    def span(self) -> DaySpan:
        """The days as index keys."""
        return DaySpan(
            self.date_from.isoformat() if self.date_from else FIRST_DAY,
            self.date_to.isoformat() if self.date_to else LAST_DAY,
        )


@dataclass(frozen=True, slots=True)
class InvoiceList:
    """One page; ``total`` counts all pages (None on a cursor walk), ``next`` is where a walk goes on."""

    rows: Sequence[ListedInvoice]
    total: int | None
    next: Position | None


def list_page(
    index: InvoiceIndex,
    summary: SummaryReader,
    caller: Caller,
    wanted: InvoiceFilter,
    page: int,
    per_page: int,
) -> InvoiceList:
    """Page ``page`` (from 1) and the exact total.

    Raises:
        TemporarilyUnavailable.
    """
    offset = (page - 1) * per_page
    scopes = scopes_for(caller, wanted.branch_id)
    if not scopes:
        return InvoiceList((), 0, None)
    try:
        if wanted.patient_id is not None:
            return _patient_page(index, caller, wanted, offset, per_page)
        counts = _Counts(summary, caller.tenant, scopes, wanted)
        if offset and offset >= counts.total:
            return InvoiceList((), counts.total, None)
        start, skip = counts.locate(offset) if offset else (None, 0)
        rows, ended = _read(index, caller, wanted, scopes, start, skip + per_page + 1, counts)
    except StoreBusy as busy:
        raise errors.TemporarilyUnavailable from busy
    shown = rows[skip : skip + per_page]
    # The index is often fresher than the counts: what was seen is never denied.
    seen = offset + len(rows) - skip
    total = seen if ended else max(counts.total, seen)
    more = len(rows) > skip + per_page
    return InvoiceList(shown, total, _after(shown[-1]) if more else None)


def list_from(
    index: InvoiceIndex, caller: Caller, wanted: InvoiceFilter, start: Position, per_page: int
) -> InvoiceList:
    """The rows after a position: a walk that never repeats or skips, whatever is written meanwhile.

    Raises:
        TemporarilyUnavailable.
    """
    scopes = scopes_for(caller, wanted.branch_id)
    if not scopes:
        return InvoiceList((), None, None)
    try:
        if wanted.patient_id is not None:
            rows = [
                row for row in _patient_rows(index, caller, wanted)
                if (row.date, row.id) < (start.date, start.id)
            ]  # fmt: skip
        else:
            rows, _ = _read(index, caller, wanted, scopes, start, per_page + 1, None)
    except StoreBusy as busy:
        raise errors.TemporarilyUnavailable from busy
    shown = rows[:per_page]
    return InvoiceList(shown, None, _after(shown[-1]) if len(rows) > per_page else None)


class _Counts:
    """How many invoices match, and on which day a given offset lies."""

    def __init__(self, summary: SummaryReader, tenant: str, scopes: Sequence[str], wanted: InvoiceFilter) -> None:
        self._summary, self._tenant, self._scopes = summary, tenant, scopes
        self._statuses = (wanted.status,) if wanted.status else STATUSES
        self._days = wanted.span()
        self._month_counts: dict[str, dict[str, int]] = {}
        spans = periods_covering(wanted.date_from, wanted.date_to)
        self._load_months([month for span in spans for month in _months_of_days(span)])
        self.all_statuses = 0  # whatever the status: how dense the wanted one is
        self.periods: list[tuple[str, int]] = []  # oldest first
        for span in spans:
            if months := _months_of_days(span):
                for month in months:
                    self.periods.extend(self._days_of(month))
            else:
                self.periods.extend(self._rows_of(span))
        self.total = sum(count for _, count in self.periods)
        self.share = self.total / self.all_statuses if self.all_statuses else 1.0

    def locate(self, offset: int) -> tuple[Position, int]:
        """Where to start reading for this offset, and how many rows to skip there."""
        period, rest = _holding(self.periods, offset)
        if period.startswith("Y#"):
            year = period[2:]
            months = self._rows_of(PeriodSpan(f"M#{year}-01", f"M#{year}-12"))
            period, rest = _holding(months, rest)
        if period.startswith("M#"):
            self._load_months([period[2:]])
            period, rest = _holding(self._days_of(period[2:]), rest)
        day = period[2:]
        if tuple(self._scopes) != (ALL_BRANCHES,):
            return Position(day, AFTER_ANY_ID), rest
        return self._branch_within(day, rest)

    def _branch_within(self, day: str, rest: int) -> tuple[Position, int]:
        key = (ALL_BRANCHES, f"D#{day}")
        row = self._summary.get(self._tenant, [key]).get(key)
        per_branch: dict[str, int] = {}
        for name, count in row.figures.items() if row else ():
            if name.startswith("b:"):
                branch_id, status = name[2:].rsplit(":", 1)
                if status in self._statuses:
                    # Ids of a branch begin with its id and a dot: that is their order within a day.
                    prefix = f"{branch_id}."
                    per_branch[prefix] = per_branch.get(prefix, 0) + count
        for prefix in sorted(per_branch, reverse=True):
            if per_branch[prefix] > rest:
                return Position(day, prefix + AFTER_ANY_ID), rest
            rest -= per_branch[prefix]
        return Position(day, ""), rest

    def _load_months(self, months: Iterable[str]) -> None:
        missing = sorted({month for month in months if month not in self._month_counts})
        if not missing:
            return
        keys = [(scope, f"C#{month}") for month in missing for scope in self._scopes]
        found = self._summary.get(self._tenant, keys)
        for month in missing:
            summed: dict[str, int] = {}
            for scope in self._scopes:
                row = found.get((scope, f"C#{month}"))
                for name, count in row.figures.items() if row else ():
                    summed[name] = summed.get(name, 0) + count
            self._month_counts[month] = summed

    def _days_of(self, month: str) -> list[tuple[str, int]]:
        counts: dict[str, int] = {}
        for name, count in self._month_counts[month].items():
            day, status = f"{month}-{name[:2]}", name[3:]
            if self._days.first <= day <= self._days.last:
                self.all_statuses += count
                if status in self._statuses:
                    counts[day] = counts.get(day, 0) + count
        return [(f"D#{day}", counts[day]) for day in sorted(counts)]

    def _rows_of(self, span: PeriodSpan) -> list[tuple[str, int]]:
        counts: dict[str, int] = {}
        for scope in self._scopes:
            for row in self._summary.rows(self._tenant, scope, span):
                self.all_statuses += sum(row.figures.get(f"n_{status}", 0) for status in STATUSES)
                count = sum(row.figures.get(f"n_{status}", 0) for status in self._statuses)
                counts[row.period] = counts.get(row.period, 0) + count
        return sorted(counts.items())


def _months_of_days(span: PeriodSpan) -> list[str]:
    """The months that a span of days touches: one, or two when no whole month lies between; none for other spans."""
    if not span.first.startswith("D#"):
        return []
    return list(dict.fromkeys((span.first[2:9], span.last[2:9])))


def _holding(periods: Sequence[tuple[str, int]], offset: int) -> tuple[str, int]:
    """The period (newest first) in which an offset lies, and the offset within it."""
    for period, count in reversed(periods):
        if count > offset:
            return period, offset
        offset -= count
    return periods[0] if periods else ("D#0000-00-00", 0)


def _read(
    index: InvoiceIndex,
    caller: Caller,
    wanted: InvoiceFilter,
    scopes: Sequence[str],
    start: Position | None,
    need: int,
    counts: _Counts | None,
) -> tuple[list[ListedInvoice], bool]:
    """At least ``need`` rows from a position on, or all there are (then the flag is true)."""
    lookups, density = _lookups(wanted, scopes, counts.share if counts else 1.0)
    found: list[list[ListedInvoice]] = []
    ended = True
    for lookup in lookups:
        rows, end = _read_one(index, caller.tenant, lookup, wanted.span(), start, need, density)
        found.append(rows)
        ended = ended and end
    if len(found) == 1:
        return found[0], ended
    merged = list(merge(*found, key=lambda row: (row.date, row.id), reverse=True))
    return merged[:need], ended and len(merged) <= need


def _lookups(wanted: InvoiceFilter, scopes: Sequence[str], share: float) -> tuple[list[Lookup], float]:
    """Which index answers, and which share of the rows read will be kept."""
    everything = tuple(scopes) == (ALL_BRANCHES,)
    status = wanted.status
    if status is None or status == "paid" or (not everything and share >= DENSE_SHARE):
        density = share if status else 1.0
        if everything:
            return [Lookup(keep_status=status)], density
        return [Lookup(branch_id=scope, keep_status=status) for scope in scopes], density
    if everything:
        return [Lookup(open_status=status)], 1.0
    return [Lookup(open_status=status, keep_branches=frozenset(scopes))], GUESSED_SHARE


def _read_one(
    index: InvoiceIndex,
    tenant: str,
    lookup: Lookup,
    span: DaySpan,
    start: Position | None,
    need: int,
    density: float,
) -> tuple[list[ListedInvoice], bool]:
    rows: list[ListedInvoice] = []
    while True:
        missing = need - len(rows)
        limit = missing if density >= 1 else math.ceil(missing * 1.2 / max(density, 0.001)) + 8
        page = index.page(tenant, lookup, span, start, limit)
        rows.extend(page.rows)
        if page.next is None:
            return rows, True
        if len(rows) >= need:
            return rows[:need], False
        start = page.next
        density /= 4


def _patient_rows(index: InvoiceIndex, caller: Caller, wanted: InvoiceFilter) -> list[ListedInvoice]:
    rows: list[ListedInvoice] = []
    start: Position | None = None
    while True:
        page = index.page(caller.tenant, Lookup(patient_id=wanted.patient_id), wanted.span(), start, None)
        rows.extend(
            row
            for row in page.rows
            if wanted.status in (None, row.status)
            and wanted.branch_id in (None, row.branch_id)
            and caller.may_use(row.branch_id)
        )
        if page.next is None:
            return rows
        start = page.next


def _patient_page(
    index: InvoiceIndex, caller: Caller, wanted: InvoiceFilter, offset: int, per_page: int
) -> InvoiceList:
    """All of one patient's invoices are read: bounded by what one person can be billed."""
    rows = _patient_rows(index, caller, wanted)
    shown = rows[offset : offset + per_page]
    more = len(rows) > offset + per_page
    return InvoiceList(shown, len(rows), _after(shown[-1]) if more and shown else None)


def _after(row: ListedInvoice) -> Position:
    return Position(row.date, row.id)
