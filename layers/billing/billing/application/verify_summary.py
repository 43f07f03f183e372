"""Recount the summary from the documents themselves and tell every difference.

Writes go on meanwhile, so three questions are asked, each of which has an exact answer at any time:

- Is the last state of each document counted? One that is not yet is looked at again after a grace.
- Does the ledger hold what that state adds up to?
- Do the rollup rows hold the sum of the ledger? A ledger entry and its rows change in one transaction, so this
  is asked of the rows that did not change between the begin and the end of the count; rows in motion are only
  told by their number, and the next run judges them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from billing.application.ports import LedgerEntry, SummaryRow
from billing.domain.summary import Figures, RollupKey, difference, roll_up

Source = tuple[str, str]
DayKey = tuple[str, str, str]
"""Tenant, branch, day."""


class SummaryAudit(Protocol):
    """Both tables from end to end. May raise :class:`billing.application.ports.StoreBusy`."""

    def documents(self, segment: int, segments: int, cursor: Any) -> tuple[Sequence[LedgerEntry], int, Any]:
        """A page of the documents' present states, strongly consistent, how many items were unreadable, and
        where to go on (None: the end of the segment)."""

    def entries(self, sources: Iterable[Source]) -> Mapping[Source, LedgerEntry]:
        """Ledger entries, strongly consistent."""

    def rows(self) -> Iterator[tuple[RollupKey, SummaryRow]]:
        """All rollup rows, strongly consistent."""


@dataclass(frozen=True, slots=True)
class Drift:
    """One figure that is not what the documents add up to; ``what`` says which of the three questions failed."""

    what: str
    tenant: str
    branch_id: str
    period: str
    figure: str
    expected: int
    found: int


@dataclass(slots=True)
class Progress:
    """A count under way; plain data, so that it can be put aside and taken up again."""

    segments: int
    cursors: dict[int, Any] = field(default_factory=dict)  # of the segments begun
    finished: list[int] = field(default_factory=list)
    days: dict[DayKey, dict[str, int]] = field(default_factory=dict)  # the ledger's sum
    fingerprints: dict[RollupKey, str] | None = None  # of the rows at the begin
    late: dict[Source, int] = field(default_factory=dict)  # documents not counted yet, with their revision
    drifts: list[Drift] = field(default_factory=list)
    documents: int = 0
    unreadable: int = 0

    @property
    def is_counted(self) -> bool:
        """Every segment was read to its end."""
        return len(self.finished) == self.segments


@dataclass(frozen=True, slots=True)
class Report:
    """The result of one run: no drift is what should be."""

    documents: int
    unreadable: int
    rows: int
    rows_in_motion: int
    drifts: Sequence[Drift]


def count(audit: SummaryAudit, progress: Progress, may_go_on: Callable[[], bool] = lambda: True) -> bool:
    """Read on, page by page, while ``may_go_on`` says so; true when all is read."""
    if progress.fingerprints is None:
        progress.fingerprints = {key: _fingerprint(row) for key, row in audit.rows()}
    for segment in range(progress.segments):
        while segment not in progress.finished:
            if not may_go_on():
                return False
            states, unreadable, cursor = audit.documents(segment, progress.segments, progress.cursors.get(segment))
            _count_page(audit, progress, states)
            progress.unreadable += unreadable
            if cursor is None:
                progress.finished.append(segment)
                progress.cursors.pop(segment, None)
            else:
                progress.cursors[segment] = cursor
    return True


def judge(audit: SummaryAudit, progress: Progress, wait: Callable[[], None]) -> Report:
    """The report of a finished count; ``wait`` is the grace for documents that were late."""
    if progress.late:
        wait()
    for source, entry in audit.entries(progress.late).items():
        if entry.rev >= progress.late[source]:
            del progress.late[source]
    drifts = [*progress.drifts]
    drifts += [
        Drift("not counted", tenant, "", "", source_id, rev, 0) for (tenant, source_id), rev in progress.late.items()
    ]
    expected = expected_rows(progress.days)
    before = progress.fingerprints or {}
    rows, in_motion = 0, 0
    for key, row in audit.rows():
        rows += 1
        should = expected.pop(key, {})
        if before.get(key) != _fingerprint(row):
            in_motion += 1
            continue
        drifts += _row_drifts(key, should, row.figures)
    for key, should in expected.items():
        if key not in before:  # else it was removed meanwhile, which nothing of ours does
            drifts += _row_drifts(key, should, {})
    return Report(progress.documents, progress.unreadable, rows, in_motion, drifts)


def expected_rows(days: Mapping[DayKey, Figures]) -> dict[RollupKey, dict[str, int]]:
    """The rollup rows that these sums by tenant, branch and day make."""
    expected: dict[RollupKey, dict[str, int]] = {}
    for (tenant, branch_id, day), figures in days.items():
        for key, changes in roll_up(tenant, branch_id, {day: figures}).items():
            row = expected.setdefault(key, {})
            for name, value in changes.items():
                row[name] = row.get(name, 0) + value
    return expected


def add_entry(days: dict[DayKey, dict[str, int]], entry: LedgerEntry) -> None:
    """Add what an entry contributes to the sums by tenant, branch and day."""
    for day, figures in entry.contribution.days.items():
        summed = days.setdefault((entry.tenant, entry.contribution.branch_id, day), {})
        for name, value in figures.items():
            summed[name] = summed.get(name, 0) + value


def _count_page(audit: SummaryAudit, progress: Progress, states: Sequence[LedgerEntry]) -> None:
    stored = audit.entries([(state.tenant, state.source_id) for state in states])
    progress.documents += len(states)
    for state in states:
        source = (state.tenant, state.source_id)
        entry = stored.get(source)
        if entry is not None:
            add_entry(progress.days, entry)
        if entry is None or entry.rev < state.rev:
            progress.late[source] = state.rev
        elif entry.rev == state.rev:
            branch_id = state.contribution.branch_id
            changes = difference(state.contribution, entry.contribution, branch_id)
            for day, figures in changes.items():
                for name, missing in figures.items():
                    should = state.contribution.days.get(day, {}).get(name, 0)
                    progress.drifts.append(
                        Drift("miscounted", state.tenant, branch_id, f"D#{day}", name, should, should - missing)
                    )


def _row_drifts(key: RollupKey, expected: Figures, found: Figures) -> Iterator[Drift]:
    for name in sorted(expected.keys() | found.keys()):
        should, is_now = expected.get(name, 0), found.get(name, 0)
        if should != is_now:
            yield Drift("row", key.tenant, key.scope, key.period, name, should, is_now)


def _fingerprint(row: SummaryRow) -> str:
    text = repr((sorted(row.figures.items()), row.as_of))
    return hashlib.sha256(text.encode()).hexdigest()[:16]
