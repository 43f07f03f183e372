"""What text may hold, and card numbers in every disguise we know."""

import pytest

from billing.domain.text import contains_card_number, has_forbidden_characters

VISA = "4111111111111111"


@pytest.mark.parametrize(
    "text",
    [
        "\x00", "a\nb", "a\tb", "\x7f", "a\x1bb", "\x85", "\u00ad", "\u200b", "\u200e", "\u202e", "\u2066", "\ufeff",
        "\ud800", "\ue000", "\U000e0001", "\u2028", "\u2029", "\u0378", "a\u200cb", "a\u200db",
    ],
)  # fmt: skip
def test_forbidden_characters(text):
    assert has_forbidden_characters(text)
    assert has_forbidden_characters("आशा " + text)


@pytest.mark.parametrize("text", ["", "Asha Rao", "~ !", "आशा राव", "José", "क्‍ष"[:1], "日本", "€ 5", "ñ"])
def test_ordinary_text(text):
    assert not has_forbidden_characters(text)


def test_joiners_are_part_of_indian_spelling_where_allowed():
    name = "क्\u200dष न्\u200cय"
    assert has_forbidden_characters(name)
    assert not has_forbidden_characters(name, allow_joiners=True)
    assert has_forbidden_characters(name + "\u200b", allow_joiners=True)
    assert has_forbidden_characters("ab\u202e", allow_joiners=True)
    assert has_forbidden_characters("a\x00", allow_joiners=True)


@pytest.mark.parametrize(
    "text",
    [
        VISA,
        "4111 1111 1111 1111",
        "4111-1111-1111-1111",
        "4111--1111 - 1111\u00a01111",
        "4111\u20101111\u20111111\u20121111",
        "4111\u20131111\u20141111\u20151111",
        "4111\u22121111\u22121111\u22121111",
        "４１１１１１１１１１１１１１１１",
        "٤١١١١١١١١١١١١١١١",
        "card 4111111111111111 exp",
        "card:4111111111111111.",
        "_4111111111111111_",
        "378282246310005",  # 15 digits
        "6304000000000000",
        "2221000000000009",
        "5555555555554444",
        "3566002020360505",
        "4222222222222",  # 13 digits
        "6799990100000000019",  # 19 digits
        "ref 1; 4111111111111111",
    ],
)
def test_card_numbers(text):
    assert contains_card_number(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "4111111111111112",  # fails Luhn
        "411111111111",  # 12 digits
        "4222222222220000000000000000002",
        "0000000000000000",
        "1111111111111117",  # begins with 1
        "7111111111111110",
        "9111111111111119",
        "SBIN4111111111111111",  # touches letters, as bank references do
        "4111111111111111X",
        "é4111111111111111",
        "612345678901",
        "UPI-TXN-123456",
        "4111.1111.1111.1111",
    ],
)
def test_other_numbers(text):
    assert not contains_card_number(text)


@pytest.mark.parametrize(
    ("digits", "is_card"),
    [
        ("411111111117", False),
        ("4111111111119", True),
        ("4111111111111111110", True),
        ("41111111111111111115", False),
        ("7111111111111114", False),
        ("1111111111111117", False),
    ],
)
def test_length_and_first_digit_of_numbers_whose_check_holds(digits, is_card):
    assert contains_card_number(digits) is is_card
