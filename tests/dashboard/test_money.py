"""The page's money, words and days, in the browser that runs them, against independent reckoning in Python."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser

from billing.domain.calendar import financial_year
from billing.domain.money import format_rupees
from tests.dashboard.server import BrowserServer

Call = Callable[..., Any]


@pytest.fixture(scope="module")
def call(browser: Browser, server: BrowserServer) -> Iterator[Call]:
    """call(module, function, [argument, …]) → results; integers travel as BigInt."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{server.origin}/blank")
    script = """async ([name, fn, calls]) => {
        const found = (await import(`/scripts/${name}.js`))[fn];
        const arrive = (value) => (value?.exactly && typeof value === "object" ? BigInt(value.exactly) : value);
        const leave = (value) => typeof value === "bigint" ? { exactly: String(value) }
          : Array.isArray(value) ? value.map(leave) : value;
        const called = (given) => {
            try { return leave(found(...given.map(arrive))); } catch (error) { return `thrown: ${error.name}`; }
        };
        return calls.map(called);
    }"""

    def run(module: str, function: str, *calls: Any) -> list[Any]:
        sent = [[_sent(value) for value in (given if isinstance(given, tuple) else (given,))] for given in calls]
        return [_received(value) for value in page.evaluate(script, [module, function, sent])]

    yield run
    context.close()


def _sent(value: Any) -> Any:
    return {"exactly": str(value)} if isinstance(value, int) and not isinstance(value, bool) else value


def _received(value: Any) -> Any:
    if isinstance(value, list):
        return [_received(member) for member in value]
    return int(value["exactly"]) if isinstance(value, dict) and "exactly" in value else value


def amounts(count: int = 1500) -> list[int]:
    """Paise of every size, the same in each run, ends and turns of each group among them."""
    drawn = random.Random(20260320)
    turns = [10**power + step for power in range(17) for step in (-1, 0, 1)]
    return [*turns, *(drawn.randrange(10 ** drawn.randrange(1, 17)) for _ in range(count))]


def test_amounts_are_read_and_written_without_losing_a_paisa(call: Call):
    paise = [*amounts(), *(-value for value in amounts(200))]
    texts = [format_rupees(value) for value in paise]
    assert call("money", "toPaise", *texts) == paise
    assert call("money", "toRupees", *paise) == texts
    # What a float would make of it.
    assert call("money", "toPaise", "45035996273704960.03", "0.1", "1500", "0.07") == [
        4503599627370496003,
        10,
        150000,
        7,
    ]
    assert call("money", "toPaise", "1.005", "1e3", "", "abc", "1,000") == ["thrown: RangeError"] * 5


def test_numbers_of_a_document_stay_text(call: Call):
    text = r'{"a":4503599627370496.03,"b":[-1.50,0,2e5],"c":"x \"12.5\" \\","12":null,"d":true,"e":"₹ 1.5\\"}'
    assert call("money", "parseDocument", text) == [
        {
            "a": "4503599627370496.03",
            "b": ["-1.50", "0", "2e5"],
            "c": 'x "12.5" \\',
            "12": None,
            "d": True,
            "e": "₹ 1.5\\",
        }
    ]
    assert call("money", "parseDocument", "{", '{"a":01x}') == ["thrown: SyntaxError"] * 2


@pytest.mark.parametrize(
    ("paise", "text"),
    [
        (0, "0.00"),
        (5, "0.05"),
        (99_99, "99.99"),
        (999_00, "999.00"),
        (1000_00, "1,000.00"),
        (99_999_00, "99,999.00"),
        (1_00_000_00, "1,00,000.00"),
        (1_23_456_78, "1,23,456.78"),
        (10_00_000_00, "10,00,000.00"),
        (1_00_00_000_00, "1,00,00,000.00"),
        (12_34_56_78_901_23, "12,34,56,78,901.23"),
        (-1_23_456_78, "−1,23,456.78"),
    ],
)
def test_indian_groups(call: Call, paise: int, text: str):
    assert call("money", "indian", paise) == [text]


def test_groups_are_three_then_twos(call: Call):
    paise = amounts()
    for value, text in zip(paise, call("money", "indian", *paise), strict=True):
        groups = text.partition(".")[0].split(",")
        assert text.replace(",", "") == format_rupees(value)
        assert len(groups) == 1 or (len(groups[-1]) == 3 and 1 <= len(groups[0]) <= 2)
        assert all(len(group) == 2 for group in groups[1:-1])


@pytest.mark.parametrize(
    ("paise", "words"),
    [
        (0, "Rupees Zero Only"),
        (1, "One Paisa Only"),
        (50, "Fifty Paise Only"),
        (1_00, "Rupees One Only"),
        (19_01, "Rupees Nineteen and One Paisa Only"),
        (100_00, "Rupees One Hundred Only"),
        (1_05_000_50, "Rupees One Lakh Five Thousand and Fifty Paise Only"),
        (1_23_456_78, "Rupees One Lakh Twenty-Three Thousand Four Hundred Fifty-Six and Seventy-Eight Paise Only"),
        (1_00_00_000_00, "Rupees One Crore Only"),
        (
            99_99_99_999_99,
            (
                "Rupees Ninety-Nine Crore Ninety-Nine Lakh Ninety-Nine Thousand Nine Hundred Ninety-Nine "
                "and Ninety-Nine Paise Only"
            ),
        ),
        (1_00_000_00_00_000_00, "Rupees One Lakh Crore Only"),
        (-250_00, "Minus Rupees Two Hundred Fifty Only"),
    ],
)
def test_amount_in_words(call: Call, paise: int, words: str):
    assert call("money", "amountInWords", paise) == [words]


UNITS_OF_TEN = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
TEENS = ("eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen")
ONES = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", *TEENS)
UNITS = {word: number for number, word in enumerate(ONES)}
TENS = {word: 10 * place for place, word in enumerate(UNITS_OF_TEN, 2)}
SCALES = {"crore": 10**7, "lakh": 10**5, "thousand": 1000}


def read_number(words: str) -> int:
    """The number that words of the Indian system name."""
    left, scale, right = words.rpartition(" crore")
    if scale:
        return read_number(left) * 10**7 + (read_number(right) if right.strip() else 0)
    total = current = 0
    for word in words.replace("-", " ").split():
        if word == "hundred":
            current *= 100
        elif word in SCALES:
            total, current = total + current * SCALES[word], 0
        else:
            current += UNITS.get(word, 0) + TENS.get(word, 0)
    return total + current


def test_words_read_back_are_the_amount(call: Call):
    paise = amounts()
    for value, said in zip(paise, call("money", "amountInWords", *paise), strict=True):
        words = said.lower().removesuffix(" only")
        rupees, _, rest = words.removeprefix("rupees ").partition(" and ")
        if not words.startswith("rupees "):
            rupees, rest = "zero", words
        assert read_number(rupees) * 100 + read_number(rest.replace(" paise", "").replace(" paisa", "")) == value, said


@pytest.mark.parametrize(
    ("typed", "paise"),
    [
        ("1500", 1500_00),
        ("1,500.5", 1500_50),
        ("1,23,456.78", 1_23_456_78),
        (" ₹ 12 ", 12_00),
        ("0.01", 1),
        ("5.", 5_00),
        ("100,000", 1_00_000_00),
        ("", None),
        ("abc", None),
        ("1.234", None),
        ("-5", None),
        ("1e3", None),
        ("1,2", None),
        ("१२", None),
        ("0x10", None),
        ("1 500", None),
        (",100", None),
        ("1..5", None),
    ],
)
def test_typed_amounts(call: Call, typed: str, paise: int | None):
    assert call("money", "typedPaise", typed) == [paise]


def test_axis_amounts_and_shares(call: Call):
    assert call("money", "compact", 0, 950_00, 12_500_00, 2_50_000_00, 1_20_00_000_00, -20_000_00) == [
        "₹0",
        "₹950",
        "₹12.5K",
        "₹2.5L",
        "₹1.2Cr",
        "−₹20K",
    ]
    assert call("money", "percent", (1, 3), (2, 3), (0, 5), (5, 5), (-1, 2), (1, 0)) == [
        "33.3",
        "66.7",
        "0.0",
        "100.0",
        "−50.0",
        None,
    ]
    assert call("money", "halfRate", "18", "5", "12.5", "0.25", "28", "0", "0.125") == [
        "9",
        "2.5",
        "6.25",
        "0.125",
        "14",
        "0",
        "0.0625",
    ]


@pytest.mark.parametrize("most", [1, 99, 4_103_00, 16_000_00, 7_77_77_777_77, 10**15])
@pytest.mark.parametrize("least", [0, -350_00])
def test_axis_holds_every_value(call: Call, least: int, most: int):
    (ticks,) = call("chart", "axisTicks", (least, most))
    steps = {after - before for before, after in itertools.pairwise(ticks)}
    assert ticks[0] <= least
    assert ticks[-1] >= most
    assert 0 in ticks
    assert len(steps) == 1
    assert str(steps.pop()).rstrip("0") in {"1", "2", "5"}
    assert len(ticks) <= 7


def test_days_are_those_of_india(call: Call):
    # A second apart: two days, two months and two financial years in India.
    before, after = (int(datetime(2026, 3, 31, 18, 29, 59, tzinfo=UTC).timestamp()) + step for step in (0, 1))
    milliseconds = [f"{second}000" for second in (before, after)]
    assert call("dates", "todayInIndia", *((float(text),) for text in milliseconds)) == ["2026-03-31", "2026-04-01"]
    ranges = call(
        "dates", "rangeOf", ("fy", "2026-03-31"), ("fy", "2026-04-01"), ("month", "2026-03-31"), ("today", "2026-03-31")
    )
    assert [(found["from"], found["to"]) for found in ranges] == [
        ("2025-04-01", "2026-03-31"),
        ("2026-04-01", "2026-04-01"),
        ("2026-03-01", "2026-03-31"),
        ("2026-03-31", "2026-03-31"),
    ]


def test_financial_years_agree_with_the_api(call: Call):
    days = [date(2017, 7, 1) + timedelta(days=97 * step) for step in range(60)]
    said = call("dates", "financialYear", *(day.isoformat() for day in days))
    assert [text[5:7] + text[8:10] for text in said] == [financial_year(day) for day in days]


def test_months_end_where_they_do(call: Call):
    found = call("dates", "monthOf", "2026-02-10", "2028-02-29", "2026-12-31", "2026-04-01")
    assert [(month["from"], month["to"]) for month in found] == [
        ("2026-02-01", "2026-02-28"),
        ("2028-02-01", "2028-02-29"),
        ("2026-12-01", "2026-12-31"),
        ("2026-04-01", "2026-04-30"),
    ]


def test_impossible_days_are_none(call: Call):
    assert call("dates", "isDay", "2026-02-28", "2026-02-29", "2026-13-01", "20260101", "", None) == [
        True,
        *[False] * 5,
    ]


def test_ranges_step_by_their_own_kind(call: Call):
    today = "2026-03-20"
    asked = [
        ("month", "2026-03-01", today, -1),
        ("custom", "2026-02-01", "2026-02-28", 1),
        ("custom", "2026-02-01", "2026-02-28", -1),
        ("fy", "2025-04-01", today, -1),
        ("custom", "2024-04-01", "2025-03-31", 1),
        ("today", today, today, -1),
        ("custom", "2026-03-19", "2026-03-19", 1),
        ("custom", "2026-01-05", "2026-01-14", -1),
        ("custom", "2026-03-11", "2026-03-18", 1),
        ("month", "2026-03-01", today, 1),
    ]
    calls = [({"range": name, "from": first, "to": last}, float(step), today) for name, first, last, step in asked]
    found = call("dates", "stepRange", *calls)
    assert [next_ and (next_["range"], next_["from"], next_["to"]) for next_ in found] == [
        ("custom", "2026-02-01", "2026-02-28"),
        ("month", "2026-03-01", today),
        ("custom", "2026-01-01", "2026-01-31"),
        ("custom", "2024-04-01", "2025-03-31"),
        ("fy", "2025-04-01", today),
        ("custom", "2026-03-19", "2026-03-19"),
        ("today", today, today),
        ("custom", "2025-12-26", "2026-01-04"),
        ("custom", "2026-03-19", today),
        None,
    ]
