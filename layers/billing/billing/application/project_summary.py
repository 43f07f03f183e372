"""Keep the summary: turn newest states of documents into changes of figures, each counted once.

States may come twice, late, out of order or after a half-done batch. The ledger holds what was last
counted for each document and from which revision, and changes with the figures in one transaction; an
older or equal revision has nothing left to add.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from billing.application.patience import Patience
from billing.application.ports import LedgerEntry, StoreBusy, SummaryLedger
from billing.domain.errors import TemporarilyUnavailable
from billing.domain.summary import Figures, RollupKey, difference, roll_up

MAX_ACTIONS = 100  # DynamoDB's limit for one transaction
MAX_DAYS_PER_STEP = 9  # each day is at most 10 rows: day, month, year, counts, of branch and all; branches, places

Source = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Slice:
    """One transaction: entries with the version each replaces, and all row changes they make."""

    entries: Sequence[tuple[LedgerEntry, int | None]]
    rows: Mapping[RollupKey, Figures]
    as_of: Mapping[RollupKey, str]


def newest_states(states: Iterable[LedgerEntry]) -> dict[Source, LedgerEntry]:
    """The newest state of each document, in order of first appearance."""
    newest: dict[Source, LedgerEntry] = {}
    for state in states:
        source = (state.tenant, state.source_id)
        known = newest.get(source)
        if known is None or state.rev > known.rev:
            newest[source] = state
    return newest


def project_summary(ledger: SummaryLedger, patience: Patience, states: Iterable[LedgerEntry]) -> set[Source]:
    """Count the states; returns the documents that could not be counted in time (empty: all done)."""
    pending = newest_states(states)
    try:
        for _ in patience.attempts():
            try:
                stored = ledger.load(pending)
                for source in [s for s in pending if _is_counted(pending[s], stored.get(s))]:
                    del pending[source]
                for part in slices(pending, stored):
                    if ledger.apply(part.entries, part.rows, part.as_of):
                        for entry, _ in part.entries:
                            source = (entry.tenant, entry.source_id)
                            if source in pending and _is_counted(pending[source], entry):
                                del pending[source]
            except StoreBusy:
                continue
            if not pending:
                break
    except TemporarilyUnavailable:
        pass
    return set(pending)


def slices(states: Mapping[Source, LedgerEntry], stored: Mapping[Source, LedgerEntry]) -> list[Slice]:
    """The states still to count, packed into few transactions: neighbours share rows, so they go together."""
    parts: list[Slice] = []
    open_part = _OpenSlice()
    for source, state in sorted(states.items(), key=lambda entry: _neighbourhood(entry[1])):
        old = stored.get(source)
        if _is_counted(state, old):
            continue
        for entry, replaced in _steps(state, old):
            changes = difference(
                entry.contribution,
                replaced.contribution if replaced else None,
                entry.contribution.branch_id,
            )
            changed = roll_up(entry.tenant, entry.contribution.branch_id, changes)
            if not open_part.fits(entry, changed):
                parts.append(open_part.close())
                open_part = _OpenSlice()
            open_part.add(entry, replaced, changed)
    if open_part.entries:
        parts.append(open_part.close())
    return parts


class _OpenSlice:
    """A slice still being packed."""

    def __init__(self) -> None:
        self.entries: dict[Source, tuple[LedgerEntry, int | None]] = {}
        self.rows: dict[RollupKey, dict[str, int]] = {}
        self.as_of: dict[RollupKey, str] = {}

    def fits(self, entry: LedgerEntry, changed: Mapping[RollupKey, Figures]) -> bool:
        """Whether a step still fits; two steps of one document never share a transaction."""
        actions = len(self.entries) + 1 + len(self.rows.keys() | changed.keys())
        return not self.entries or (actions <= MAX_ACTIONS and (entry.tenant, entry.source_id) not in self.entries)

    def add(
        self,
        entry: LedgerEntry,
        replaced: LedgerEntry | None,
        changed: Mapping[RollupKey, Figures],
    ) -> None:
        """Take a step in."""
        source = (entry.tenant, entry.source_id)
        self.entries[source] = (entry, replaced.version if replaced else None)
        for key, figures in changed.items():
            row = self.rows.setdefault(key, {})
            for name, value in figures.items():
                row[name] = row.get(name, 0) + value
            self.as_of[key] = max(self.as_of.get(key, ""), entry.changed_at)

    def close(self) -> Slice:
        """The finished slice, without rows whose changes cancelled out."""
        rows = {key: row for key, row in self.rows.items() if any(row.values())}
        return Slice(tuple(self.entries.values()), rows, self.as_of)


def _steps(state: LedgerEntry, old: LedgerEntry | None) -> Iterable[tuple[LedgerEntry, LedgerEntry | None]]:
    """The ledger entries that lead from the stored state to the new one: nearly always one.

    A document whose change touches more days than one transaction can hold is counted in several, each
    leaving a true intermediate contribution under the old revision.
    """
    version = old.version if old else 0
    changes = difference(state.contribution, old.contribution if old else None, state.contribution.branch_id)
    days = sorted(changes)
    if len(days) <= MAX_DAYS_PER_STEP:
        yield replace(state, version=version + 1), old
        return
    counted = dict(old.contribution.days) if old else {}
    for start in range(0, len(days), MAX_DAYS_PER_STEP):
        for day in days[start : start + MAX_DAYS_PER_STEP]:
            counted[day] = state.contribution.days.get(day, {})
        version += 1
        is_last = start + MAX_DAYS_PER_STEP >= len(days)
        step = replace(
            state,
            rev=state.rev if is_last else (old.rev if old else 0),
            version=version,
            contribution=replace(state.contribution, days=dict(counted)),
        )
        if is_last:
            step = replace(step, contribution=state.contribution)
        yield step, old
        old = step


def _neighbourhood(state: LedgerEntry) -> tuple[str, str, str]:
    return state.tenant, state.contribution.branch_id, min(state.contribution.days, default="")


def _is_counted(state: LedgerEntry, stored: LedgerEntry | None) -> bool:
    return stored is not None and stored.rev >= state.rev
