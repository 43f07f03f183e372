"""List invoices: any page at the cost of the first, by counting before reading.

The summary's rows say how many invoices of a status lie in each year, month and day, so the day that holds
a page is found without reading what comes before it. One index query then starts there. An index and the
counts lag writes by moments: while writes are in flight a total may be off by as many.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from heapq import merge

from billing.application.get_summary import scopes_for
from billing.application.list_counts import Counts, Place, Width, span_of
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
from billing.domain.invoice import Status
from billing.domain.summary import ALL_BRANCHES

ROWS_PER_CALL = 40  # a call more costs about what 40 rows more cost
MOST_ROWS_PER_CALL = 4000  # about the megabyte at which a query ends anyway


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
        return span_of(self.date_from, self.date_to)


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
        counts = Counts(summary, caller.tenant, scopes, wanted.status, wanted.date_from, wanted.date_to)
        if offset and offset >= counts.total:
            return InvoiceList((), counts.total, None)
        readings = _readings(scopes, wanted.status)
        is_direct = len(readings) == 1 and readings[0].width is None
        # Where rows are read in vain, the counts of single days tell how many.
        place = counts.newest() if not offset and is_direct else counts.locate(offset)
        skip = place.skip
        need = skip + per_page + 1
        rows = _read_back(index, caller.tenant, readings[0], wanted.span(), place, need) if is_direct and skip else []
        if rows:
            return _shown(rows, counts.total, per_page)
        reading = _cheapest(readings, place, need)
        rows, ended = _read(index, caller.tenant, wanted.span(), reading, place, need)
    except StoreBusy as busy:
        raise errors.TemporarilyUnavailable from busy
    # The index is often fresher than the counts: what was seen is never denied.
    seen = offset + len(rows) - skip
    return _shown(rows[skip:], seen if ended else max(counts.total, seen), per_page)


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
            place = Place(start, 0, [])
            reading = _cheapest(_readings(scopes, wanted.status), place, per_page + 1)
            rows, _ = _read(index, caller.tenant, wanted.span(), reading, place, per_page + 1)
    except StoreBusy as busy:
        raise errors.TemporarilyUnavailable from busy
    return _shown(rows, None, per_page)


def _shown(rows: Sequence[ListedInvoice], total: int | None, per_page: int) -> InvoiceList:
    """The page at the beginning of these rows; one row more than it holds says that there is a next."""
    shown = rows[:per_page]
    return InvoiceList(shown, total, _after(shown[-1]) if len(rows) > per_page else None)


@dataclass(frozen=True, slots=True)
class _Reading:
    """Index queries that answer together, and which rows they read besides the matching ones (None: none)."""

    lookups: Sequence[Lookup]
    width: Width | None

    def limit(self, place: Place, need: int) -> int:
        """Rows for each query to read."""
        return need if self.width is None else max(need, place.rows_holding(need, self.width))


def _readings(scopes: Sequence[str], status: Status | None) -> list[_Reading]:
    """The ways to read a list: which index, and what it makes one read in vain."""
    open_status = status if status != "paid" else None
    if tuple(scopes) == (ALL_BRANCHES,):
        if status == "paid":
            return [_Reading([Lookup(keep_status=status)], lambda tally: tally.of_all)]
        return [_Reading([Lookup(open_status=open_status)], None)]
    own = [Lookup(branch_id=scope, keep_status=status) for scope in scopes]
    readings = [_Reading(own, (lambda tally: tally.of_branches) if status else None)]
    kept = frozenset(scopes)
    if open_status:
        lookup = Lookup(open_status=open_status, keep_branches=kept)
        readings.append(_Reading([lookup], lambda tally: tally.of_status))
    elif len(scopes) > 1:
        lookup = Lookup(keep_status=status, keep_branches=kept)
        readings.append(_Reading([lookup], lambda tally: tally.of_all))
    return readings


def _cheapest(readings: Sequence[_Reading], place: Place, need: int) -> _Reading:
    return min(readings, key=lambda way: len(way.lookups) * (way.limit(place, need) + ROWS_PER_CALL))


def _read(
    index: InvoiceIndex, tenant: str, span: DaySpan, reading: _Reading, place: Place, need: int
) -> tuple[list[ListedInvoice], bool]:
    """At least ``need`` rows from a place on, or all there are (then the flag is true)."""
    limit = reading.limit(place, need)
    found: list[list[ListedInvoice]] = []
    ended = True
    for lookup in reading.lookups:
        rows, end = _read_one(index, tenant, lookup, span, place.start, need, limit)
        found.append(rows)
        ended = ended and end
    if len(found) == 1:
        return found[0], ended
    merged = list(merge(*found, key=lambda row: (row.date, row.id), reverse=True))
    return merged[:need], ended and len(merged) <= need


def _read_back(
    index: InvoiceIndex, tenant: str, reading: _Reading, span: DaySpan, place: Place, need: int
) -> list[ListedInvoice]:
    """The rows after the skipped ones, read from the far end when that is nearer; none when it is not.

    While writes are in flight there may be fewer rows than were counted: none then, either.
    """
    end, count = place.from_beyond(need)
    if not 0 < count < need:
        return []
    rows = index.page(tenant, reading.lookups[0], span, end, count, oldest_first=True).rows
    return list(reversed(rows)) if len(rows) == count else []


def _read_one(
    index: InvoiceIndex,
    tenant: str,
    lookup: Lookup,
    span: DaySpan,
    start: Position | None,
    need: int,
    limit: int,
) -> tuple[list[ListedInvoice], bool]:
    rows: list[ListedInvoice] = []
    read = 0
    while True:
        page = index.page(tenant, lookup, span, start, limit)
        rows.extend(page.rows)
        read += limit
        if page.next is None:
            return rows, True
        if len(rows) >= need:
            return rows[:need], False
        start = page.next
        # Fewer were kept than the counts promised: go on at the rate seen, generously.
        missing = need - len(rows)
        limit = math.ceil(missing * read / len(rows) * 3) + 40 if rows else read * 4
        limit = min(limit, MOST_ROWS_PER_CALL)


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
