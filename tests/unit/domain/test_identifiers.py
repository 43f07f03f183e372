"""Shapes of ids, to the character: keys are made of them."""

import pytest

from billing.domain import identifiers
from billing.domain.identifiers import SERIAL_ALPHABET, base32, branch_of, make_invoice_id, stretch_of

FORMS = {
    identifiers.TENANT: (
        ["a", "Z9", "demo", "a_b-c", "0" * 64],
        ["", "_a", "-a", "a" * 65, "a.b", "a#b", "a\n", "é", "a b", "٣"],
    ),
    identifiers.BRANCH_ID: (
        ["M", "MUM-01", "a_1", "x" * 32],
        ["", "-M", "_M", "x" * 33, "a.b", "a#b", "M\n", "M 1"],
    ),
    identifiers.PATIENT_ID: (
        ["P", "PAT-2026-00123", "a.b/c_d-e", "9" * 64],
        ["", ".a", "/a", "-a", "_a", "9" * 65, "a#b", "a b", "a\n"],
    ),
    identifiers.BRANCH_CODE: (["M", "MUM01", "12345"], ["", "mum", "MUMBAI", "M-1", "M\n", "É"]),
    identifiers.PHONE: (
        ["12345", "+91 98200 12345", "022-2345-6789", "9" * 20, "+" + "9" * 20],
        ["1234", "9" * 21, "+", "++9123", "12a45", " 12345", "12345\n", "१२३४५", "-12345"],
    ),
    identifiers.REFERENCE: (
        ["A", "1", "UPI-TXN 1.2_3:4/5#6", "z" * 64],
        ["", " A", "-A", "#A", "z" * 65, "a,b", "a\n", "a\t", "é", "a+b"],
    ),
    identifiers.IDEMPOTENCY_KEY: (
        ["!", "~", "k", "a b", "+-", "x" * 255, "{}"],
        ["", " ", " k", "k ", "a,b", ",", "x" * 256, "a\x7f", "a\x1fb", "k\n", "é", ",k", "k,"],
    ),
    identifiers.RECEIPT_ID: (
        ["rct_0123456789AZaz_-"],
        ["", "rct_", "rct_0123456789AZaz_", "rct_0123456789AZaz_-0", "ct_0123456789AZaz_-", "rct_0123456789AZaz_#",
         "rct_0123456789AZaz_-\n"],
    ),
    identifiers.CALLBACK_EVENT_ID: (
        ["evt_" + "0f" * 16],
        ["", "evt_", "evt_" + "0f" * 15 + "0", "evt_" + "0f" * 16 + "0", "vt_" + "0f" * 16, "evt_" + "0F" * 16],
    ),
    identifiers.INVOICE_ID: (
        ["M.0123456789abcdef", "MUM-01.zzzzzzzzzzzzzzzz", "x" * 32 + ".0000000000000000"],
        [
            "", "M", "M.", ".0123456789abcdef", "M.0123456789abcde", "M.0123456789abcdef0", "M.0123456789ABCDEF",
            "-M.0123456789abcdef", "x" * 33 + ".0000000000000000", "M.0123456789abcdef\n", "M.N.0123456789abcdef",
            "M#0123456789abcdef",
        ],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("form", "text"), [(form, text) for form, (good, _) in FORMS.items() for text in good])
def test_well_formed(form, text):
    assert form.fullmatch(text)


@pytest.mark.parametrize(("form", "text"), [(form, text) for form, (_, bad) in FORMS.items() for text in bad])
def test_malformed(form, text):
    assert not form.fullmatch(text)


def test_state_codes():
    assert {"01", "09", "10", "27", "38", "97"} <= identifiers.STATE_CODES
    assert not {"00", "1", "39", "96", "98", "99"} & identifiers.STATE_CODES
    assert len(identifiers.STATE_CODES) == 39


def test_an_invoice_id_names_its_branch():
    assert branch_of("MUM-01.0123456789abcdef") == "MUM-01"
    assert branch_of("MUM-01") is None
    assert branch_of("MUM-01.0123456789abcdef ") is None


def test_the_alphabet_is_crockfords_in_ascii_order():
    assert SERIAL_ALPHABET == "0123456789abcdefghjkmnpqrstvwxyz"
    assert list(SERIAL_ALPHABET) == sorted(SERIAL_ALPHABET)


@pytest.mark.parametrize(
    ("number", "length", "text"),
    [
        (0, 1, "0"),
        (31, 1, "z"),
        (32, 2, "10"),
        (33, 1, "1"),
        (1023, 2, "zz"),
        (1, 4, "0001"),
        (2**35 - 1, 7, "zzzzzzz"),
    ],
)
def test_base32(number, length, text):
    assert base32(number, length) == text


def test_invoice_ids_are_time_then_randomness():
    made = make_invoice_id("MUM-01", 32**8, 1)
    assert made == "MUM-01.1000000000000001"
    assert branch_of(made) == "MUM-01"
    early, late = make_invoice_id("M", 1000, 2**35 - 1), make_invoice_id("M", 1001, 0)
    assert early < late


def test_stretches_are_4_7_hours_long_and_sort_as_ids_do():
    begin = 1_780_000_000_000 >> 24 << 24
    for moment, stretch in ((begin, 0), (begin + 2**24 - 1, 0), (begin + 2**24, 1), (begin + 3 * 2**24, 3)):
        found = stretch_of(make_invoice_id("MUM-01", moment, 2**35 - 1))
        assert found == stretch_of(make_invoice_id("MUM-01", begin + stretch * 2**24, 0))
        assert make_invoice_id("MUM-01", begin + stretch * 2**24, 0) > f"MUM-01.{found}"
        assert make_invoice_id("MUM-01", begin + (stretch + 1) * 2**24, 0) > f"MUM-01.{found}~"


@pytest.mark.parametrize(
    ("serial", "stretch"),
    [
        ("0123000000000000", "01230"),
        ("0123fzzzzzzzzzzz", "01230"),
        ("0123g00000000000", "0123g"),
        ("0123zzzzzzzzzzzz", "0123g"),
    ],
)
def test_a_stretch_begins_at_the_fifth_characters_half(serial, stretch):
    assert stretch_of(f"MUM-01.{serial}") == stretch
