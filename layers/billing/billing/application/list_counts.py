"""How many invoices match a filter, on which day a page of them begins, and how many rows must be read for it.

All from the summary's rows: years, months, the days of a month and the branches of a day each have their
counts, so an offset is found by descending, not by reading what comes before it.
"""

from __future__ import annotations

import math
from calendar import monthrange
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from billing.application.ports import DaySpan, Position, SummaryReader
from billing.domain.invoice import STATUSES, Status
from billing.domain.summary import ALL_BRANCHES, PeriodSpan, periods_covering

FIRST_DAY, LAST_DAY = "0000-00-00", "9999-99-99"
AFTER_ANY_ID = "~"
DEVIATIONS = 4  # a limit is short for less than one filtered page in ten thousand
UNKNOWN_SHARE = 0.05  # the own branches' share of a status where nothing tells it


@dataclass(frozen=True, slots=True)
class Tally:
    """Invoices of one period: those that match, and those that lie between them in each index.

    ``of_branches`` are the asked branches' in any status, ``of_status`` every branch's in the asked status,
    ``of_all`` every branch's in any status; the last two are None where they were not read. ``end`` is the
    place behind the period's oldest invoice.
    """

    end: Position
    matching: int
    of_branches: int
    of_status: int | None = None
    of_all: int | None = None


Width = Callable[[Tally], int | None]
"""Which invoices of a period an index query reads to find the matching ones."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where to start reading (None: the newest), how many rows to skip there, and what lies ahead."""

    start: Position | None
    skip: int
    ahead: Sequence[Tally]

    def from_beyond(self, need: int) -> tuple[Position | None, int]:
        """The nearest known place behind the next ``need`` matching rows, or behind all there are (None: the
        oldest), and how many rows lie between it and the first one after ``skip``."""
        rows = -self.skip
        for tally in self.ahead:
            rows += tally.matching
            if rows + self.skip >= need:
                return tally.end, rows
        return None, rows

    def rows_holding(self, need: int, width: Width) -> int:
        """How many rows a query should read to find ``need`` matching ones: nearly always enough.

        Within a period matching rows are taken to lie at random among the others (a negative
        hypergeometric draw); the mean and a few deviations are read.
        """
        known = [tally for tally in self.ahead if width(tally) is not None]
        matching = sum(tally.matching for tally in known)
        ratio = sum(width(tally) or 0 for tally in known) / matching if matching else 1 / UNKNOWN_SHARE
        # A share seen on few invoices is doubted the more.
        ratio *= 1.2 + 2 / math.sqrt(matching + 1)
        rows = 0
        for tally in self.ahead:
            size = width(tally)
            if size is None:
                size = math.ceil(tally.matching * ratio)
            if tally.matching >= need:
                return rows + min(size, _rows_for(need, tally.matching, max(size, tally.matching)))
            rows, need = rows + size, need - tally.matching
        return rows + need


def _rows_for(need: int, matching: int, size: int) -> int:
    mean = need * (size + 1) / (matching + 1)
    variance = mean * (size - matching) * (matching - need + 1) / ((matching + 1) * (matching + 2))
    return math.ceil(mean + DEVIATIONS * math.sqrt(variance)) + 1


class Counts:
    """Counts of one filter, read as far as they are needed: at most two calls for the total, and at most two
    more for a place (for each branch, when a token is limited to several)."""

    def __init__(
        self,
        summary: SummaryReader,
        tenant: str,
        scopes: Sequence[str],
        status: Status | None,
        date_from: date | None,
        date_to: date | None,
    ) -> None:
        self._summary, self._tenant, self._scopes = summary, tenant, tuple(scopes)
        self._statuses: Sequence[Status] = (status,) if status else STATUSES
        self._days = span_of(date_from, date_to)
        self._every_branch = self._scopes == (ALL_BRANCHES,)
        # What lies between the matching rows must be known where an index query reads other branches' rows.
        self._compares = not self._every_branch and (status not in (None, "paid") or len(self._scopes) > 1)
        self._months: dict[str, list[tuple[str, Tally]]] = {}
        edges, whole = _parts(date_from, date_to)
        self._load(edges)
        self._periods: list[tuple[str, Tally]] = []  # oldest first
        if whole is not None:
            self._periods = [entry for entry in self._rows(whole) if entry[0][2:] not in edges]
        for month in edges:
            self._periods.extend(self._months[month])
        self._periods.sort(key=lambda entry: entry[0][2:])
        self.total = sum(tally.matching for _, tally in self._periods)

    def newest(self) -> Place:
        """The very beginning, known no finer than the total is."""
        return Place(None, 0, [tally for _, tally in reversed(self._periods)])

    def locate(self, offset: int) -> Place:
        """Where the matching invoice number ``offset`` (from 0, newest first) lies."""
        periods = list(self._periods)
        skip, rest = _holding(periods, offset)
        for kind in ("Y#", "M#"):
            if skip < len(periods) and periods[-1 - skip][0].startswith(kind):
                period = periods[-1 - skip][0][2:]
                older = periods[: -1 - skip]
                periods = older + self._inside(kind, period)
                skip, rest = _holding(periods, rest)
        if skip >= len(periods):
            return Place(Position(FIRST_DAY, ""), rest, [])
        day = periods[-1 - skip][0][2:]
        older_days = [tally for _, tally in reversed(periods[: -1 - skip])]
        if len(self._scopes) == 1 and not self._every_branch:
            return Place(Position(day, AFTER_ANY_ID), rest, [periods[-1 - skip][1], *older_days])
        return self._within(day, rest, older_days)

    def _within(self, day: str, rest: int, older: Sequence[Tally]) -> Place:
        """The branch of a day, and in any status the stretch of its ids: they sort by both, in this order."""
        tallies = self._branches(day) if len(self._statuses) == 1 else self._stretches(day)
        start = Position(day, AFTER_ANY_ID)
        for place, tally in enumerate(tallies):
            if tally.matching > rest:
                return Place(start, rest, [*tallies[place:], *older])
            rest -= tally.matching
            start = tally.end
        return Place(Position(day, ""), rest, older)

    def _branches(self, day: str) -> list[Tally]:
        """By branch, newest id first. Ids begin with their branch and a dot."""
        counted: dict[str, dict[str, int]] = {}
        for name, count in self._of_day("B#", day).items():
            branch_id, status = name.rsplit(":", 1)
            counted.setdefault(f"{branch_id}.", {})[status] = count
        return [
            self._part(Position(day, prefix), counted[prefix].get(self._statuses[0], 0), sum(counted[prefix].values()))
            for prefix in sorted(counted, reverse=True)
        ]

    def _stretches(self, day: str) -> list[Tally]:
        """By branch and stretch of ids, newest id first."""
        counted = self._of_day("P#", day)
        return [self._part(Position(day, name), counted[name], counted[name]) for name in sorted(counted, reverse=True)]

    def _part(self, end: Position, of_status: int, of_all: int) -> Tally:
        if self._every_branch or end.id.rpartition(".")[0] in self._scopes:
            return Tally(end, of_status, of_all, of_status, of_all)
        return Tally(end, 0, 0, of_status, of_all)

    def _of_day(self, kind: str, day: str) -> Mapping[str, int]:
        key = (ALL_BRANCHES, f"{kind}{day}")
        row = self._summary.get(self._tenant, [key]).get(key)
        return row.figures if row else {}

    def _inside(self, kind: str, period: str) -> list[tuple[str, Tally]]:
        if kind == "Y#":
            return self._rows(PeriodSpan(f"M#{period}-01", f"M#{period}-12"))
        self._load([period])
        return self._months[period]

    def _load(self, months: Iterable[str]) -> None:
        """Count rows of months, in one call."""
        missing = sorted({month for month in months if month not in self._months})
        if not missing:
            return
        compared = (ALL_BRANCHES,) if self._compares else ()
        keys = [(scope, f"C#{month}") for month in missing for scope in (*self._scopes, *compared)]
        found = self._summary.get(self._tenant, keys)
        for month in missing:
            own: dict[str, dict[str, int]] = {}
            every: dict[str, dict[str, int]] = {}
            for scope, into in [*((scope, own) for scope in self._scopes), *((scope, every) for scope in compared)]:
                row = found.get((scope, f"C#{month}"))
                for name, count in row.figures.items() if row else ():
                    day = into.setdefault(f"{month}-{name[:2]}", {})
                    day[name[3:]] = day.get(name[3:], 0) + count
            listed = [day for day in sorted(own | every) if self._days.first <= day <= self._days.last]
            self._months[month] = [
                (f"D#{day}", self._tally(day, own.get(day, {}), every.get(day, {}) if self._compares else None))
                for day in listed
            ]

    def _tally(self, period: str, own: dict[str, int], every: dict[str, int] | None) -> Tally:
        end = Position(f"{period}-00-00"[: len(FIRST_DAY)], "")
        matching = sum(own.get(status, 0) for status in self._statuses)
        if self._every_branch:
            return Tally(end, matching, sum(own.values()), matching, sum(own.values()))
        if every is None:
            return Tally(end, matching, sum(own.values()))
        of_status = sum(every.get(status, 0) for status in self._statuses)
        return Tally(end, matching, sum(own.values()), of_status, sum(every.values()))

    def _rows(self, span: PeriodSpan) -> list[tuple[str, Tally]]:
        counted: dict[str, dict[str, int]] = {}
        for scope in self._scopes:
            for row in self._summary.rows(self._tenant, scope, span):
                period = counted.setdefault(row.period, {})
                for status in STATUSES:
                    period[status] = period.get(status, 0) + row.figures.get(f"n_{status}", 0)
        return [(period, self._tally(period[2:], counted[period], None)) for period in sorted(counted)]


def span_of(date_from: date | None, date_to: date | None) -> DaySpan:
    """Inclusive days as index keys."""
    return DaySpan(date_from.isoformat() if date_from else FIRST_DAY, date_to.isoformat() if date_to else LAST_DAY)


def _parts(date_from: date | None, date_to: date | None) -> tuple[list[str], PeriodSpan | None]:
    """The months of which only some days count, and one span of whole periods (which may hold those too)."""
    if date_from is not None and date_to is not None:
        spans = periods_covering(date_from, date_to)
        # One span of days may reach from one month into the next.
        broken = [span for span in spans if span.first.startswith("D#")]
        edges = sorted({bound[2:9] for span in broken for bound in (span.first, span.last)})
        return edges, next((span for span in spans if span.first.startswith("M#")), None)
    if date_from is not None:
        edges = [] if date_from.day == 1 else [f"{date_from.isoformat()[:7]}"]
        return edges, PeriodSpan(f"M#{date_from.isoformat()[:7]}", "M#9999-12")
    if date_to is not None:
        is_whole = date_to.day == monthrange(date_to.year, date_to.month)[1]
        month = date_to.isoformat()[:7]
        return [] if is_whole else [month], PeriodSpan("M#0000-01", f"M#{month}")
    return [], PeriodSpan("Y#0000", "Y#9999")


def _holding(periods: Sequence[tuple[str, Tally]], offset: int) -> tuple[int, int]:
    """How many periods from the newest lie before an offset, and the offset within the next."""
    for place, (_, tally) in enumerate(reversed(periods)):
        if tally.matching > offset:
            return place, offset
        offset -= tally.matching
    return len(periods), offset
