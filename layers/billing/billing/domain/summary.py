"""What one invoice adds to the figures, and how figures roll up into days, months and years.

A *contribution* is pure arithmetic on one document's newest state. The projection stores each document's
last contribution and applies only the difference to the next, so it does not matter how often, how late or
in which order states arrive.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from billing.domain.identifiers import stretch_of
from billing.domain.invoice import BILLED_STATUSES, InvoiceHead

Figures = Mapping[str, int]
"""Figure name → value. ``n_<status>`` are counts; ``billed``, ``outstanding``, ``rounding``, ``unapplied``,
``c_<payment mode>`` and ``r:<department>`` are paise. Three more kinds of count serve the lists:
``<dd>:<status>`` in the count row of a month, ``<branch>:<status>`` in the branches row of a day, and
``<branch>.<stretch>`` in its places row (``at:<stretch>`` in a contribution)."""

ALL_BRANCHES = "*"
_PLACE = "at:"
_LATEST = date(9998, 12, 31)  # leaves room to step past a month's end


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one document of one branch adds to each day's figures (day as ``YYYY-MM-DD``)."""

    branch_id: str
    days: Mapping[str, Figures]


@dataclass(frozen=True, slots=True, order=True)
class RollupKey:
    """One summary row: a branch (or :data:`ALL_BRANCHES`) and a period.

    ``period`` is ``D#YYYY-MM-DD``, ``M#YYYY-MM`` or ``Y#YYYY`` for figures. Lists descend through two rows
    of numbers of documents: ``C#YYYY-MM`` per day and status of a month, one small row where they would else
    read 31, and then, for all branches only, one of two of the day: ``B#YYYY-MM-DD`` per branch and status, or
    ``P#YYYY-MM-DD`` in any status per branch and stretch of ids, which no payment ever changes.
    """

    tenant: str
    scope: str
    period: str


def contribution_of(head: InvoiceHead) -> Contribution:
    """What an invoice in its present state adds to the figures.

    Billed, outstanding and revenue belong to the invoice's date; money belongs to the day it moved.
    """
    days: dict[str, dict[str, int]] = {}
    issued = days.setdefault(head.date.isoformat(), {})
    issued[f"n_{head.status}"] = 1
    issued[f"{_PLACE}{stretch_of(head.id)}"] = 1
    if head.status in BILLED_STATUSES:
        issued["billed"] = head.total_paise
        issued["outstanding"] = head.balance_paise
        issued["rounding"] = head.round_off_paise
        for department, amount_paise in head.departments.items():
            issued[f"r:{department}"] = amount_paise
    for payment in head.payments.values():
        _add(days, payment.payment_date, f"c_{payment.payment_mode}", payment.amount_paise)
    for refund in head.refunds.values():
        _add(days, refund.refund_date, f"c_{refund.refund_mode}", -refund.amount_paise)
    return Contribution(head.branch_id, {day: _without_zeros(figures) for day, figures in days.items()})


def difference(new: Contribution, old: Contribution | None, branch_id: str) -> dict[str, dict[str, int]]:
    """Day → figure → change from an older contribution of the same document to a newer one."""
    changes: dict[str, dict[str, int]] = {day: dict(figures) for day, figures in new.days.items()}
    if old is not None:
        if old.branch_id != branch_id:
            raise ValueError("a document never moves to another branch")
        for day, figures in old.days.items():
            change = changes.setdefault(day, {})
            for name, value in figures.items():
                change[name] = change.get(name, 0) - value
    return {day: left for day, change in changes.items() if (left := _without_zeros(change))}


def roll_up(tenant: str, branch_id: str, changes: Mapping[str, Figures]) -> dict[RollupKey, dict[str, int]]:
    """The change of every row: branch and all branches, each by day, month and year, and the counts."""
    rows: dict[RollupKey, dict[str, int]] = {}
    for day, change in changes.items():
        figures = {name: value for name, value in change.items() if not name.startswith(_PLACE)}
        for name in change.keys() - figures.keys():
            places = rows.setdefault(RollupKey(tenant, ALL_BRANCHES, f"P#{day}"), {})
            places[f"{branch_id}.{name.removeprefix(_PLACE)}"] = change[name]
        for period in (f"D#{day}", f"M#{day[:7]}", f"Y#{day[:4]}"):
            for scope in (branch_id, ALL_BRANCHES):
                row = rows.setdefault(RollupKey(tenant, scope, period), {})
                for name, value in figures.items():
                    row[name] = row.get(name, 0) + value
        counts = {name[2:]: value for name, value in figures.items() if name.startswith("n_")}
        for status, count in counts.items():
            branches = rows.setdefault(RollupKey(tenant, ALL_BRANCHES, f"B#{day}"), {})
            branches[f"{branch_id}:{status}"] = count
            for scope in (branch_id, ALL_BRANCHES):
                row = rows.setdefault(RollupKey(tenant, scope, f"C#{day[:7]}"), {})
                row[f"{day[8:]}:{status}"] = count
    return rows


@dataclass(frozen=True, slots=True)
class PeriodSpan:
    """Rows from ``first`` to ``last`` inclusive, contiguous under one partition."""

    first: str
    last: str


def periods_covering(date_from: date | None, date_to: date | None) -> list[PeriodSpan]:
    """At most three contiguous spans of rows that cover a range exactly, newest last.

    Open ends are covered by whole years. Two closed ends are covered by the days of the broken months at
    the edges and the months between.
    """
    if date_to is not None:
        date_to = min(date_to, _LATEST)
    if date_from is None and date_to is None:
        return [PeriodSpan("Y#0000", "Y#9999")]
    if date_from is None:
        assert date_to is not None
        return _up_to(date_to)
    if date_to is None:
        return _onwards_from(min(date_from, _LATEST))
    if date_from > date_to:
        return []
    first_full = date_from if date_from.day == 1 else _next_month(date_from)
    ends_month = _is_month_end(date_to)
    after_last_full = _next_month(date_to) if ends_month else date_to.replace(day=1)
    if first_full >= after_last_full:
        return [_days(date_from, date_to)]
    spans = []
    if date_from < first_full:
        spans.append(_days(date_from, _before(first_full)))
    spans.append(PeriodSpan(f"M#{first_full.isoformat()[:7]}", f"M#{_before(after_last_full).isoformat()[:7]}"))
    if after_last_full <= date_to:
        spans.append(_days(after_last_full, date_to))
    return spans


def sum_rows(rows: Iterable[Figures]) -> dict[str, int]:
    """Figures added up over rows."""
    total: dict[str, int] = {}
    for row in rows:
        for name, value in row.items():
            total[name] = total.get(name, 0) + value
    return total


def _up_to(day: date) -> list[PeriodSpan]:
    spans = [PeriodSpan("Y#0000", f"Y#{day.year - 1:04d}")]
    if _is_month_end(day) and day.month == 12:
        return [PeriodSpan("Y#0000", f"Y#{day.year:04d}")]
    last_full = day.month if _is_month_end(day) else day.month - 1
    if last_full:
        spans.append(PeriodSpan(f"M#{day.year:04d}-01", f"M#{day.year:04d}-{last_full:02d}"))
    if not _is_month_end(day):
        spans.append(_days(day.replace(day=1), day))
    return spans


def _onwards_from(day: date) -> list[PeriodSpan]:
    if day.day == 1 and day.month == 1:
        return [PeriodSpan(f"Y#{day.year:04d}", "Y#9999")]
    spans = []
    first_full = day.month if day.day == 1 else day.month + 1
    if day.day != 1:
        spans.append(PeriodSpan(f"D#{day.isoformat()}", f"D#{day.year:04d}-{day.month:02d}-31"))
    if first_full <= 12:
        spans.append(PeriodSpan(f"M#{day.year:04d}-{first_full:02d}", f"M#{day.year:04d}-12"))
    spans.append(PeriodSpan(f"Y#{day.year + 1:04d}", "Y#9999"))
    return spans


def _days(first: date, last: date) -> PeriodSpan:
    return PeriodSpan(f"D#{first.isoformat()}", f"D#{last.isoformat()}")


def _next_month(day: date) -> date:
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def _before(day: date) -> date:
    return date.fromordinal(day.toordinal() - 1)


def _is_month_end(day: date) -> bool:
    return date.fromordinal(day.toordinal() + 1).day == 1


def _add(days: dict[str, dict[str, int]], day: date, name: str, value: int) -> None:
    figures = days.setdefault(day.isoformat(), {})
    figures[name] = figures.get(name, 0) + value


def _without_zeros(figures: Figures) -> dict[str, int]:
    return {name: value for name, value in figures.items() if value}
