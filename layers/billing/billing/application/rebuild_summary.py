"""Make the summary right again while billing goes on.

Two steps, of which only the first needs the stream function to stand still:

1. :func:`correct_rows`: every rollup row becomes the sum of the ledger, each written only if it still is what was
   read. The ledger must not move meanwhile, or a change would be counted twice or not at all.
2. :func:`recount`: every document's present state is counted anew against the ledger, each in one transaction
   with its rows, conditional on the ledger entry's version: the same that the stream function does, so both
   may run at once. Entries that hold something else than their document's state are set right too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from billing.application.patience import Patience
from billing.application.ports import LedgerEntry, StoreBusy, SummaryLedger, SummaryRow
from billing.application.project_summary import apply_slices, slices
from billing.application.verify_summary import DayKey, Source, SummaryAudit, add_entry, expected_rows
from billing.domain.errors import TemporarilyUnavailable
from billing.domain.summary import Figures, RollupKey, difference


class SummaryRepair(SummaryAudit, Protocol):
    """What a rebuild needs besides reading."""

    def all_entries(self) -> Iterator[LedgerEntry]:
        """The whole ledger, strongly consistent."""

    def replace_row(self, key: RollupKey, found: Figures, figures: Figures) -> bool:
        """Write a row's figures if they still are what was found; False if not."""


@dataclass(slots=True)
class Recounted:
    """What a recount did."""

    documents: int = 0
    corrected: int = 0
    uncounted: int = 0


def correct_rows(repair: SummaryRepair) -> tuple[int, int]:
    """Returns how many rows were right, and how many were set right. The ledger must be standing still.

    Raises:
        LedgerMoved: a row changed while it was judged.
    """
    days: dict[DayKey, dict[str, int]] = {}
    for entry in repair.all_entries():
        add_entry(days, entry)
    expected = expected_rows(days)
    right, corrected = 0, 0
    rows: Iterator[tuple[RollupKey, SummaryRow]] = repair.rows()
    wrong: list[tuple[RollupKey, Figures, Figures]] = []
    for key, row in rows:
        should = _without_zeros(expected.pop(key, {}))
        if _without_zeros(row.figures) == should:
            right += 1
        else:
            wrong.append((key, row.figures, should))
    missing = {key: _without_zeros(figures) for key, figures in expected.items()}
    wrong += [(key, {}, figures) for key, figures in missing.items() if figures]
    for key, found, right_figures in wrong:
        if not repair.replace_row(key, found, right_figures):
            raise LedgerMoved(f"{key.scope} {key.period}")
        corrected += 1
    return right, corrected


class LedgerMoved(Exception):
    """Something counted while the rows were corrected: the stream function was not standing still."""


def recount(
    repair: SummaryRepair,
    ledger: SummaryLedger,
    patience: Patience,
    *,
    segments: int,
    cursors: dict[int, Any],
    finished: list[int],
    reread: Callable[[Source], LedgerEntry | None],
    progress: Callable[[Recounted], None] = lambda _: None,
) -> Recounted:
    """Count every document; ``cursors`` and ``finished`` are kept up to date so that one can resume."""
    done = Recounted()
    for segment in range(segments):
        while segment not in finished:
            states, _, cursor = repair.documents(segment, segments, cursors.get(segment))
            _recount_page(ledger, patience, states, reread, done)
            if cursor is None:
                finished.append(segment)
                cursors.pop(segment, None)
            else:
                cursors[segment] = cursor
            progress(done)
    return done


def _recount_page(
    ledger: SummaryLedger,
    patience: Patience,
    states: Sequence[LedgerEntry],
    reread: Callable[[Source], LedgerEntry | None],
    done: Recounted,
) -> None:
    pending = {(state.tenant, state.source_id): state for state in states}
    done.documents += len(pending)
    try:
        for _ in patience.attempts():
            try:
                stored = ledger.load(pending)
                _drop_right_ones(pending, stored, reread)
                for source, state in pending.items():
                    # An entry that disagrees with its document is replaced whatever its revision says.
                    if source in stored and stored[source].rev >= state.rev:
                        stored = {**stored, source: _outdated(stored[source], state.rev)}
                for part in apply_slices(ledger, slices(pending, stored)):
                    done.corrected += len(part.entries)
            except StoreBusy:
                continue
            if not pending:
                return
    except TemporarilyUnavailable:
        done.uncounted += len(pending)


def _drop_right_ones(
    pending: dict[Source, LedgerEntry],
    stored: Mapping[Source, LedgerEntry],
    reread: Callable[[Source], LedgerEntry | None],
) -> None:
    for source in list(pending):
        entry = stored.get(source)
        if entry is not None and entry.rev > pending[source].rev:
            # The stream function was faster; what the document is now decides.
            state = reread(source)
            if state is None:
                del pending[source]
                continue
            pending[source] = state
            if entry.rev < state.rev:
                # Newer still, and the stream will bring it.
                del pending[source]
                continue
        state = pending[source]
        if entry is not None and entry.rev == state.rev:
            changes = difference(state.contribution, entry.contribution, state.contribution.branch_id)
            if not changes:
                del pending[source]


def _outdated(entry: LedgerEntry, rev: int) -> LedgerEntry:
    return replace(entry, rev=rev - 1)


def _without_zeros(figures: Figures) -> dict[str, int]:
    return {name: value for name, value in figures.items() if value}
