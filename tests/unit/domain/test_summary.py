"""What an invoice adds to the figures, how they roll up, and which rows cover a range."""

import re
from datetime import date, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from billing.domain.summary import (
    ALL_BRANCHES,
    Contribution,
    RollupKey,
    contribution_of,
    difference,
    periods_covering,
    roll_up,
    sum_rows,
)
from tests.unit.domain.make import head, payment, refund

PLACE = "at:00000"  # of make.head's id


def test_an_open_invoice_is_billed_on_its_date():
    added = contribution_of(head(total_paise=1049, balance_paise=1049, round_off_paise=49))
    figures = {"n_finalized": 1, PLACE: 1, "billed": 1049, "outstanding": 1049, "rounding": 49, "r:Medicine": 1000}
    assert added == Contribution("MUM-01", {"2026-03-10": figures})


@pytest.mark.parametrize("status", ["draft", "cancelled"])
def test_drafts_and_cancelled_invoices_are_only_counted(status):
    assert contribution_of(head(status=status)).days == {"2026-03-10": {f"n_{status}": 1, PLACE: 1}}


def test_money_belongs_to_the_day_it_moved():
    invoice = head(
        status="paid",
        balance_paise=0,
        payments={
            "a": payment(300),
            "b": payment(400, payment_mode="upi"),
            "c": payment(500, payment_date=date(2026, 3, 10)),
            "d": payment(25),
        },
        refunds={"x": refund(200), "y": refund(25, refund_date=date(2026, 3, 15))},
    )
    assert contribution_of(invoice).days == {
        "2026-03-10": {"n_paid": 1, PLACE: 1, "billed": 1000, "r:Medicine": 1000, "c_cash": 500},
        "2026-03-15": {"c_cash": 300, "c_upi": 400},
        "2026-03-16": {"c_cash": -200},
    }


def test_a_refunded_and_cancelled_invoice_keeps_its_movements():
    invoice = head(status="cancelled", payments={"a": payment(300)}, refunds={"x": refund(300)})
    assert contribution_of(invoice).days == {
        "2026-03-10": {"n_cancelled": 1, PLACE: 1}, "2026-03-15": {"c_cash": 300}, "2026-03-16": {"c_cash": -300},
    }  # fmt: skip


def test_the_first_contribution_is_all_new():
    new = Contribution("M", {"2026-03-10": {"billed": 5, "zero": 0}, "2026-03-11": {"zero": 0}})
    assert difference(new, None, "M") == {"2026-03-10": {"billed": 5}}


def test_only_what_changed_is_left():
    old = Contribution("M", {"d1": {"a": 5, "b": 1}, "d2": {"c": 7}})
    new = Contribution("M", {"d1": {"a": 5, "b": 4}, "d3": {"e": 2}})
    assert difference(new, old, "M") == {"d1": {"b": 3}, "d2": {"c": -7}, "d3": {"e": 2}}
    assert difference(new, new, "M") == {}
    assert new.days == {"d1": {"a": 5, "b": 4}, "d3": {"e": 2}}, "the contribution itself is left alone"


def test_a_document_stays_with_its_branch():
    with pytest.raises(ValueError, match=r"^a document never moves to another branch$"):
        difference(Contribution("M", {}), Contribution("N", {}), "M")


def test_every_change_reaches_day_month_and_year_of_branch_and_all():
    rows = roll_up("t", "M", {"2026-03-10": {"billed": 5, "n_paid": 1}, "2026-03-11": {"billed": -2, "n_draft": -1}})
    expected: dict[RollupKey, dict[str, int]] = {}
    for scope in ("M", "*"):
        expected |= {
            RollupKey("t", scope, "D#2026-03-10"): {"billed": 5, "n_paid": 1},
            RollupKey("t", scope, "D#2026-03-11"): {"billed": -2, "n_draft": -1},
            RollupKey("t", scope, "M#2026-03"): {"billed": 3, "n_paid": 1, "n_draft": -1},
            RollupKey("t", scope, "Y#2026"): {"billed": 3, "n_paid": 1, "n_draft": -1},
            RollupKey("t", scope, "C#2026-03"): {"10:paid": 1, "11:draft": -1},
        }
    expected[RollupKey("t", "*", "B#2026-03-10")] = {"M:paid": 1}
    expected[RollupKey("t", "*", "B#2026-03-11")] = {"M:draft": -1}
    assert rows == expected
    assert ALL_BRANCHES == "*"


def test_the_place_of_an_id_is_counted_for_all_branches_only():
    rows = roll_up("t", "M", {"2026-03-10": {"at:1kvs0": 1, "at:1kvsg": 2}})
    assert {key: row for key, row in rows.items() if row} == {
        RollupKey("t", "*", "P#2026-03-10"): {"M.1kvs0": 1, "M.1kvsg": 2}
    }


def test_money_alone_counts_no_documents():
    rows = roll_up("t", "M", {"2026-03-10": {"c_cash": 5}})
    assert {key.period[0] for key in rows} == {"D", "M", "Y"}
    assert all(figures == {"c_cash": 5} for figures in rows.values())


def test_sums():
    assert sum_rows([{"a": 1, "b": 2}, {}, {"a": 3}]) == {"a": 4, "b": 2}
    assert sum_rows([]) == {}


def _spans(date_from: str | None, date_to: str | None) -> list[tuple[str, str]]:
    def day(text: str | None) -> date | None:
        return date.fromisoformat(text) if text else None

    return [(span.first, span.last) for span in periods_covering(day(date_from), day(date_to))]


@pytest.mark.parametrize(
    ("date_from", "date_to", "spans"),
    [
        (None, None, [("Y#0000", "Y#9999")]),
        ("2026-03-10", "2026-03-10", [("D#2026-03-10", "D#2026-03-10")]),
        ("2026-03-10", "2026-03-09", []),
        ("2026-03-01", "2026-03-31", [("M#2026-03", "M#2026-03")]),
        ("2026-03-01", "2026-03-30", [("D#2026-03-01", "D#2026-03-30")]),
        ("2026-03-02", "2026-03-31", [("D#2026-03-02", "D#2026-03-31")]),
        ("2026-02-01", "2026-02-28", [("M#2026-02", "M#2026-02")]),
        ("2024-02-01", "2024-02-28", [("D#2024-02-01", "D#2024-02-28")]),
        ("2026-03-10", "2026-04-09", [("D#2026-03-10", "D#2026-04-09")]),
        ("2026-03-10", "2026-05-09",
         [("D#2026-03-10", "D#2026-03-31"), ("M#2026-04", "M#2026-04"), ("D#2026-05-01", "D#2026-05-09")]),
        ("2025-12-31", "2026-02-01",
         [("D#2025-12-31", "D#2025-12-31"), ("M#2026-01", "M#2026-01"), ("D#2026-02-01", "D#2026-02-01")]),
        ("2025-11-01", "2026-01-31", [("M#2025-11", "M#2026-01")]),
        ("2025-11-02", "2025-12-31", [("D#2025-11-02", "D#2025-11-30"), ("M#2025-12", "M#2025-12")]),
        (None, "2026-12-31", [("Y#0000", "Y#2026")]),
        (None, "2026-01-15", [("Y#0000", "Y#2025"), ("D#2026-01-01", "D#2026-01-15")]),
        (None, "2026-01-31", [("Y#0000", "Y#2025"), ("M#2026-01", "M#2026-01")]),
        (None, "2026-11-30", [("Y#0000", "Y#2025"), ("M#2026-01", "M#2026-11")]),
        (None, "2026-12-30", [("Y#0000", "Y#2025"), ("M#2026-01", "M#2026-11"), ("D#2026-12-01", "D#2026-12-30")]),
        ("2026-01-01", None, [("Y#2026", "Y#9999")]),
        ("2026-02-01", None, [("M#2026-02", "M#2026-12"), ("Y#2027", "Y#9999")]),
        ("2026-01-02", None, [("D#2026-01-02", "D#2026-01-31"), ("M#2026-02", "M#2026-12"), ("Y#2027", "Y#9999")]),
        ("2026-12-01", None, [("M#2026-12", "M#2026-12"), ("Y#2027", "Y#9999")]),
        ("2026-12-02", None, [("D#2026-12-02", "D#2026-12-31"), ("Y#2027", "Y#9999")]),
        ("9998-12-31", "9999-12-31", [("D#9998-12-31", "D#9998-12-31")]),
        (None, "9999-12-31", [("Y#0000", "Y#9998")]),
        ("9999-12-31", None, [("D#9998-12-31", "D#9998-12-31"), ("Y#9999", "Y#9999")]),
        ("0001-01-01", "0001-01-31", [("M#0001-01", "M#0001-01")]),
        (None, "0001-01-15", [("Y#0000", "Y#0000"), ("D#0001-01-01", "D#0001-01-15")]),
    ],
)  # fmt: skip
def test_spans_of_a_range(date_from, date_to, spans):
    assert _spans(date_from, date_to) == spans


@given(
    st.one_of(st.none(), st.dates(date(1, 1, 1), date(1001, 1, 1))),
    st.one_of(st.none(), st.dates(date(1, 1, 1), date(1001, 1, 1))),
)
@example(None, date(999, 12, 31))
@example(date(999, 1, 1), None)
def test_keys_of_years_below_1000_sort_like_the_others(date_from, date_to):
    for span in periods_covering(date_from, date_to):
        for bound in (span.first, span.last):
            assert re.fullmatch(r"[DMY]#\d{4}(-\d\d){0,2}", bound)


_DAYS = st.dates(date(2023, 12, 20), date(2026, 1, 10))


@settings(max_examples=60)
@given(st.one_of(st.none(), _DAYS), st.one_of(st.none(), _DAYS))
def test_spans_cover_each_day_of_a_range_once(date_from, date_to):
    spans = periods_covering(date_from, date_to)
    assert len(spans) <= 3
    day = date(2023, 11, 1)
    while day < date(2026, 3, 1):
        rows = (f"D#{day}", f"M#{day:%Y-%m}", f"Y#{day:%Y}")
        covering = sum(span.first <= row <= span.last for span in spans for row in rows)
        wanted = (date_from is None or date_from <= day) and (date_to is None or day <= date_to)
        assert covering == wanted, day
        day += timedelta(days=1)
