"""Days and financial years as India counts them."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

IST = timezone(timedelta(hours=5, minutes=30), "IST")


def today_ist(now: datetime) -> date:
    """The calendar day in India at ``now`` (aware)."""
    return now.astimezone(IST).date()


def timestamp_ist(now: datetime) -> str:
    """RFC 3339 in IST with milliseconds, e.g. ``2026-11-22T09:05:00.123+05:30``."""
    return now.astimezone(IST).isoformat(timespec="milliseconds")


def financial_year(day: date) -> str:
    """The Indian financial year (1 April to 31 March) of a day: ``2627`` for 2026-04-01."""
    start = day.year if day.month >= 4 else day.year - 1
    return f"{start % 100:02d}{(start + 1) % 100:02d}"


def parse_day(text: str) -> date:
    """A ``YYYY-MM-DD`` day.

    Raises:
        ValueError: another form (week dates, non-ASCII digits), or no such day.
    """
    if len(text) != 10 or not text.isascii() or text[4] != "-" or text[7] != "-":
        raise ValueError("not a date")
    if not (text[:4].isdigit() and text[5:7].isdigit() and text[8:].isdigit()):
        raise ValueError("not a date")
    return date(int(text[:4]), int(text[5:7]), int(text[8:]))
