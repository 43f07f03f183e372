"""Days are counted in India, and financial years begin on 1 April."""

from datetime import UTC, date, datetime, timedelta

import pytest

from billing.domain.calendar import IST, financial_year, parse_day, timestamp_ist, today_ist


@pytest.mark.parametrize(
    ("utc", "day"),
    [
        (datetime(2026, 3, 31, 18, 29, 59, tzinfo=UTC), date(2026, 3, 31)),
        (datetime(2026, 3, 31, 18, 30, 0, tzinfo=UTC), date(2026, 4, 1)),
        (datetime(2026, 4, 1, 0, 0, 0, tzinfo=UTC), date(2026, 4, 1)),
    ],
)
def test_the_day_turns_at_half_past_six_in_the_evening_utc(utc, day):
    assert today_ist(utc) == day


def test_timestamps_carry_milliseconds_and_the_offset():
    assert timestamp_ist(datetime(2026, 11, 22, 3, 35, 0, 123456, tzinfo=UTC)) == "2026-11-22T09:05:00.123+05:30"
    assert IST.utcoffset(None) == timedelta(minutes=330)
    assert str(IST) == "IST"


@pytest.mark.parametrize(
    ("day", "year"),
    [
        (date(2026, 3, 31), "2526"),
        (date(2026, 4, 1), "2627"),
        (date(2026, 5, 1), "2627"),
        (date(2026, 12, 31), "2627"),
        (date(2027, 1, 1), "2627"),
        (date(2017, 7, 1), "1718"),
        (date(2009, 4, 1), "0910"),
        (date(2099, 4, 1), "9900"),
        (date(2100, 3, 31), "9900"),
    ],
)
def test_financial_years(day, year):
    assert financial_year(day) == year


def test_reads_a_day():
    assert parse_day("2026-03-01") == date(2026, 3, 1)
    assert parse_day("2024-02-29") == date(2024, 2, 29)


@pytest.mark.parametrize(
    "text",
    [
        "", "2026-3-01", "2026-03-1", "20260301", "2026-W10-1", "2026-060", "2026-02-29", "2026-13-01", "2026-00-10",
        "2026-03-00", "0000-01-01", "2026/03/01", "2026-03/01", "2026/03-01", "26-03-2001", " 2026-03-1", "2026-03-01 ",
        "2026-03-01T00:00", "+026-03-01", "2026-+3-01", "2026-03-+1", "２０２６-03-01", "2026-0३-01",
        "2026-03-0१", "-026-03-01", "abcd-ef-gh",
    ],
)  # fmt: skip
def test_other_forms_are_no_day(text):
    with pytest.raises(ValueError):
        parse_day(text)
