"""Dates that callers give: nothing happened after today in India."""

from __future__ import annotations

from datetime import date, datetime

from billing.domain import errors
from billing.domain.calendar import today_ist


def check_not_future(day: date, now: datetime, pointer: str) -> None:
    """Refuse a date after today in India; ``pointer`` names the member that holds it.

    Raises:
        InvalidFields.
    """
    if day > today_ist(now):
        raise errors.InvalidFields(
            "The date is in the future.",
            errors=(errors.FieldError("date_in_future", "must not be after today (IST)", pointer=pointer),),
        )
