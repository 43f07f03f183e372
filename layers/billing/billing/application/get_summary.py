"""Read the figures of a range of days: from rollup rows only, whatever the number of invoices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from billing.application.ports import Caller, StoreBusy, SummaryReader, SummaryRow
from billing.domain import errors
from billing.domain.summary import ALL_BRANCHES, PeriodSpan, periods_covering, sum_rows

MAX_DAILY_DAYS = 366


@dataclass(frozen=True, slots=True)
class SummaryRange:
    """Inclusive days (None: open) and a branch (None: every branch the caller may use)."""

    date_from: date | None
    date_to: date | None
    branch_id: str | None


@dataclass(frozen=True, slots=True)
class Summary:
    """Figures of a range (see :data:`billing.domain.summary.Figures`) and how fresh they are.

    ``as_of`` is when the newest change counted in them was made; None when nothing is counted.
    """

    figures: Mapping[str, int]
    as_of: str | None


def scopes_for(caller: Caller, branch_id: str | None) -> list[str]:
    """The summary scopes that answer for a branch filter and a caller's limits."""
    if branch_id is not None:
        return [branch_id] if caller.may_use(branch_id) else []
    return [ALL_BRANCHES] if caller.branches is None else sorted(caller.branches)


def get_summary(rows: SummaryReader, caller: Caller, wanted: SummaryRange) -> Summary:
    """At most three queries for each scope: one scope, unless the token is limited to some branches.

    Raises:
        TemporarilyUnavailable.
    """
    read: list[SummaryRow] = []
    try:
        for scope in scopes_for(caller, wanted.branch_id):
            for span in periods_covering(wanted.date_from, wanted.date_to):
                read.extend(rows.rows(caller.tenant, scope, span))
    except StoreBusy as busy:
        raise errors.TemporarilyUnavailable from busy
    return _summary_of(read)


def get_daily_summary(
    rows: SummaryReader, caller: Caller, date_from: date, date_to: date, branch_id: str | None
) -> list[tuple[date, Summary]]:
    """One summary a day, every day of the range present; at most :data:`MAX_DAILY_DAYS` days.

    Raises:
        InvalidParameter: the range is longer. TemporarilyUnavailable.
    """
    days = date_to.toordinal() - date_from.toordinal() + 1
    if days > MAX_DAILY_DAYS:
        raise errors.InvalidParameter(
            "The range is too long.",
            errors=(
                errors.FieldError("range_too_long", f"spans more than {MAX_DAILY_DAYS} days", parameter="date_to"),
            ),
        )
    span = PeriodSpan(f"D#{date_from.isoformat()}", f"D#{date_to.isoformat()}")
    by_day: dict[str, list[SummaryRow]] = {}
    try:
        for scope in scopes_for(caller, branch_id):
            for row in rows.rows(caller.tenant, scope, span):
                by_day.setdefault(row.period[2:], []).append(row)
    except StoreBusy as busy:
        raise errors.TemporarilyUnavailable from busy
    listed = [date.fromordinal(date_from.toordinal() + offset) for offset in range(days)]
    return [(day, _summary_of(by_day.get(day.isoformat(), []))) for day in listed]


def _summary_of(rows: list[SummaryRow]) -> Summary:
    as_of = max((row.as_of for row in rows), default=None)
    return Summary(sum_rows(row.figures for row in rows), as_of)
