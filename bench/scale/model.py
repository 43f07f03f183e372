"""The list indexes and the summary's rows in memory, with DynamoDB's own arithmetic of calls and read units.

The ports are the service's, so the code that lists and sums is the real one. A query costs half a unit
(eventually consistent) for each begun 4 kB of all it read, a batch read the same for each item; a query ends
after a megabyte. Source: DynamoDB developer guide, "Read and write capacity units".
"""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence

from bench.scale.dataset import TENANT, Row, branch_name, contributions, day_text
from billing.application.ports import DaySpan, IndexPage, ListedInvoice, Lookup, Position, SummaryRow
from billing.domain.summary import PeriodSpan, RollupKey, roll_up

QUERY_BYTES = 1024 * 1024
UNIT_BYTES = 4096


class Meter:
    """Calls and read units since the last reset."""

    def __init__(self) -> None:
        self.calls, self.units = 0, 0.0

    def reset(self) -> None:
        """Start anew."""
        self.calls, self.units = 0, 0.0

    def read(self, size_bytes: int) -> None:
        """One query, or one item of a batch."""
        self.units += max(1, math.ceil(size_bytes / UNIT_BYTES)) * 0.5


class ModelIndex:
    """Implements :class:`billing.application.ports.InvoiceIndex`."""

    def __init__(self, rows: Sequence[Row], meter: Meter) -> None:
        self._rows, self.meter = rows, meter
        self._days = [day_text(day) for day in range(max((row.day for row in rows), default=0) + 1)]
        self._keys = [f"{self._days[row.day]}|{row.id}" for row in rows]
        self._partitions: dict[tuple[str, str], array[int]] = {}
        for place, row in enumerate(rows):
            names = [("date", ""), ("branch", branch_name(row.branch)), ("patient", patient_name(row))]
            if row.status != "paid":
                names.append(("open", row.status))
            for name in names:
                self._partitions.setdefault(name, array("L")).append(place)

    def page(
        self,
        tenant: str,
        lookup: Lookup,
        span: DaySpan,
        start: Position | None,
        limit: int | None,
        *,
        oldest_first: bool = False,
    ) -> IndexPage:
        """One query."""
        assert tenant == TENANT
        self.meter.calls += 1
        places = self._partitions.get(_partition(lookup), array("L"))
        first = bisect_left(places, bisect_left(self._keys, f"{span.first}|"))
        end = bisect_left(places, bisect_right(self._keys, f"{span.last}|~"))
        if start is not None:
            key = f"{start.date}|{start.id}"
            if oldest_first:
                first = max(first, bisect_left(places, bisect_right(self._keys, key)))
            else:
                end = min(end, bisect_left(places, bisect_left(self._keys, key)))
        ahead = range(first, end) if oldest_first else range(end - 1, first - 1, -1)
        kept: list[ListedInvoice] = []
        size, read = 0, 0
        while read < len(ahead) and (limit is None or read < limit) and size < QUERY_BYTES:
            listed = self.listed(self._rows[places[ahead[read]]])
            size += row_bytes(listed, lookup)
            read += 1
            if lookup.keep_status in (None, listed.status) and (
                lookup.keep_branches is None or listed.branch_id in lookup.keep_branches
            ):
                kept.append(listed)
        self.meter.read(size)
        # As the engine: a query that stopped at its limit does not know that it was at the end.
        stopped = read < len(ahead) or (limit is not None and read == limit)
        last = self._rows[places[ahead[read - 1]]] if stopped and read else None
        return IndexPage(kept, Position(self._days[last.day], last.id) if last else None)

    def listed(self, row: Row) -> ListedInvoice:
        """A row as an index query answers it."""
        number = None if row.status == "draft" else f"C{row.branch:02d}/2627/{row.patient % 100_000:05d}"
        balance = 0 if row.status == "cancelled" else row.total_paise - row.paid_paise
        name = f"Asha Rao {row.patient % 1000}"
        return ListedInvoice(
            row.id, number, name, row.total_paise, row.paid_paise, balance,
            row.status, self._days[row.day], branch_name(row.branch),  # type: ignore[arg-type]
        )  # fmt: skip


class ModelSummary:
    """Implements :class:`billing.application.ports.SummaryReader`; the rows are made by the service's roll-up."""

    def __init__(self, rows: Sequence[Row], meter: Meter) -> None:
        self.meter = meter
        self._scopes: dict[str, dict[str, dict[str, int]]] = {}
        for contribution in contributions(rows):
            for key, figures in roll_up(TENANT, contribution.branch_id, contribution.days).items():
                row = self._scopes.setdefault(key.scope, {}).setdefault(key.period, {})
                for name, value in figures.items():
                    row[name] = row.get(name, 0) + value
        self._sorted = {scope: sorted(periods) for scope, periods in self._scopes.items()}

    def items(self) -> list[tuple[RollupKey, Mapping[str, int]]]:
        """All rows, for an engine to be filled with."""
        return [
            (RollupKey(TENANT, scope, period), figures)
            for scope, periods in self._scopes.items()
            for period, figures in periods.items()
        ]

    def rows(self, tenant: str, scope: str, span: PeriodSpan) -> Sequence[SummaryRow]:
        """One query (and one more for each megabyte)."""
        assert tenant == TENANT
        periods = self._sorted.get(scope, [])
        found = periods[bisect_left(periods, span.first) : bisect_right(periods, span.last)]
        answer = [SummaryRow(period, self._scopes[scope][period], "2026-12-31T10:00:00") for period in found]
        size = sum(summary_row_bytes(scope, row) for row in answer)
        self.meter.calls += max(1, math.ceil(size / QUERY_BYTES))
        self.meter.read(size)
        return answer

    def get(self, tenant: str, keys: Sequence[tuple[str, str]]) -> Mapping[tuple[str, str], SummaryRow]:
        """One batch read for each hundred keys; a key that is not there costs as the smallest item."""
        assert tenant == TENANT
        self.meter.calls += math.ceil(len(keys) / 100)
        answer = {}
        for scope, period in keys:
            figures = self._scopes.get(scope, {}).get(period)
            if figures is None:
                self.meter.read(0)
                continue
            answer[scope, period] = SummaryRow(period, figures, "2026-12-31T10:00:00")
            self.meter.read(summary_row_bytes(scope, answer[scope, period]))
        return answer


def patient_name(row: Row) -> str:
    """The patient id of an invoice."""
    return f"PAT-{row.patient:06d}"


def row_bytes(row: ListedInvoice, lookup: Lookup) -> int:
    """The size of an index row: names and values of its keys and projected attributes."""
    texts = (TENANT, row.id, row.number or "", row.patient_name, row.status, row.date, row.branch_id)
    numbers = (row.total_paise, row.paid_paise, row.balance_paise)
    names = f"pkT#{TENANT}#I#skHtenantdateidpatient_namestatustotalpaidbalancebranch_id"
    key = {"open_status": lookup.open_status, "patient_id": lookup.patient_id}
    keys = sum(len(name) + len(value) for name, value in key.items() if value is not None)
    number = len("number") if row.number is not None else 0
    return len(names) + len(row.id) + number + keys + sum(map(len, texts)) + sum(map(number_bytes, numbers))


def summary_row_bytes(scope: str, row: SummaryRow) -> int:
    """The size of a rollup row."""
    keys = len(f"pkT#{TENANT}#S#{scope}sk{row.period}as_of2026-12-31T10:00:00.000+05:30")
    return keys + sum(len(name) + number_bytes(value) for name, value in row.figures.items())


def number_bytes(value: int) -> int:
    """The size of a number: a byte for each begun two significant digits, one more, and one for a minus."""
    return (len(str(abs(value)).rstrip("0") or "0") + 1) // 2 + 1 + (value < 0)


def _partition(lookup: Lookup) -> tuple[str, str]:
    if lookup.patient_id is not None:
        return "patient", lookup.patient_id
    if lookup.open_status is not None:
        return "open", lookup.open_status
    if lookup.branch_id is not None:
        return "branch", lookup.branch_id
    return "date", ""
