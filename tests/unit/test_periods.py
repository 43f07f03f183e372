"""The spans of rows that cover a range, for any days a caller may ask for."""

from __future__ import annotations

from datetime import date

from hypothesis import example, given
from hypothesis import strategies as st

from billing.domain.summary import periods_covering


@given(st.dates(), st.dates())
@example(date(300, 4, 26), date(2026, 3, 16))
@example(date(1, 1, 1), date(9999, 12, 31))
def test_spans_run_forwards_whatever_the_years(one: date, other: date) -> None:
    for span in periods_covering(min(one, other), max(one, other)):
        assert span.first <= span.last
        assert len(span.first) == len(span.last)
