"""Several invocations that count the same documents at once: the rows stay the sum of the ledger."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

import pytest

from billing.application.patience import Patience
from billing.application.ports import LedgerEntry
from billing.application.project_summary import MAX_ACTIONS, MAX_DAYS_PER_STEP, Source, project_summary, slices
from billing.domain.summary import Contribution, Figures, RollupKey, roll_up


class Ledger:
    """The ledger's contract in memory; ``before`` runs ahead of each transaction."""

    def __init__(self) -> None:
        self.entries: dict[Source, LedgerEntry] = {}
        self.rows: dict[RollupKey, Counter[str]] = {}
        self.before: Callable[[], None] = lambda: None
        self.refused = 0

    def load(self, sources: Iterable[Source]) -> Mapping[Source, LedgerEntry]:
        return {source: self.entries[source] for source in sources if source in self.entries}

    def apply(
        self,
        entries: Sequence[tuple[LedgerEntry, int | None]],
        rows: Mapping[RollupKey, Figures],
        as_of: Mapping[RollupKey, str],
    ) -> bool:
        self.before()
        assert len(entries) + len(rows) <= MAX_ACTIONS
        for entry, replaced in entries:
            stored = self.entries.get((entry.tenant, entry.source_id))
            if (stored.version if stored else None) != replaced:
                self.refused += 1
                return False
        for entry, _ in entries:
            self.entries[entry.tenant, entry.source_id] = entry
        for key, figures in rows.items():
            self.rows.setdefault(key, Counter()).update(figures)
        return True

    def expected(self) -> dict[RollupKey, dict[str, int]]:
        """The rows that the entries add up to."""
        rows: dict[RollupKey, Counter[str]] = {}
        for entry in self.entries.values():
            contribution = entry.contribution
            for key, figures in roll_up(entry.tenant, contribution.branch_id, contribution.days).items():
                rows.setdefault(key, Counter()).update(figures)
        return nonzero(rows)


def nonzero(rows: Mapping[RollupKey, Counter[str]]) -> dict[RollupKey, dict[str, int]]:
    kept = {key: {name: value for name, value in row.items() if value} for key, row in rows.items()}
    return {key: row for key, row in kept.items() if row}


def state(rev: int, days: int, source: str = "M.1") -> LedgerEntry:
    """A document with money on so many days, another amount in every revision."""
    figures = {f"2026-03-{day + 1:02d}": {"c_cash": 100 * rev + day} for day in range(days)}
    return LedgerEntry("t", source, rev, Contribution("M", figures), f"2026-03-31T10:00:{rev:02d}")


def patience() -> Patience:
    waited = [0.0]
    return Patience(lambda: waited[0], lambda seconds: waited.__setitem__(0, waited[0] + seconds), lambda: 0.5)


@pytest.mark.parametrize("theirs", [2, 3])
def test_steps_after_one_that_was_overtaken_are_left_out(theirs: int):
    """The other invocation's step leaves the version that our next step replaces, with other contents."""
    ledger = Ledger()
    assert not project_summary(ledger, patience(), [state(1, 2)])

    def overtake() -> None:
        ledger.before = lambda: None
        first, *_ = slices({("t", "M.1"): state(theirs, 2 * MAX_DAYS_PER_STEP)}, ledger.entries)
        assert ledger.apply(first.entries, first.rows, first.as_of)

    ledger.before = overtake
    assert not project_summary(ledger, patience(), [state(4, 2 * MAX_DAYS_PER_STEP + 3)])
    assert ledger.refused == 1
    assert ledger.entries["t", "M.1"].rev == 4
    assert nonzero(ledger.rows) == ledger.expected()


@pytest.mark.parametrize("seed", range(60))
def test_invocations_within_invocations(seed: int):
    """Before any transaction another invocation may run, with older or newer states of the same documents."""
    rng = random.Random(seed)
    ledger = Ledger()
    depth = 0

    def states() -> list[LedgerEntry]:
        return [state(rng.randint(1, 9), rng.randint(0, 31), f"M.{rng.randint(1, 3)}") for _ in range(3)]

    def meet() -> None:
        nonlocal depth
        if depth < 3 and rng.random() < 0.3:
            depth += 1
            project_summary(ledger, patience(), states())
            depth -= 1

    ledger.before = meet
    for _ in range(10):
        assert not project_summary(ledger, patience(), states())
        assert nonzero(ledger.rows) == ledger.expected()
