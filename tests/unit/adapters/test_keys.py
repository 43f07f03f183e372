"""Primary keys, to the character: changing one loses every item stored under it."""

from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from billing.adapters.dynamodb import keys
from billing.domain.identifiers import BRANCH_ID, INVOICE_ID, TENANT
from billing.domain.summary import RollupKey


def _pair(key: keys.Key) -> tuple[str, str]:
    assert {name: list(value) for name, value in key.items()} == {"pk": ["S"], "sk": ["S"]}
    return key["pk"]["S"], key["sk"]["S"]


def test_keys():
    invoice_id = "MUM-01.0123456789abcdef"
    assert keys.invoice_partition("t", invoice_id) == f"T#t#I#{invoice_id}"
    assert _pair(keys.head_key("t", invoice_id)) == (f"T#t#I#{invoice_id}", "H")
    assert _pair(keys.lines_key("t", invoice_id)) == (f"T#t#I#{invoice_id}", "L")
    assert _pair(keys.counter_key("t", "MUM-01", "2627")) == ("T#t#N#MUM-01#2627", "N")
    assert _pair(keys.marker_key("t", "hash")) == ("T#t#K#hash", "K")
    assert keys.branches_partition("t") == "T#t#B"
    assert _pair(keys.branch_key("t", "MUM-01")) == ("T#t#B", "B#MUM-01")
    assert _pair(keys.branch_code_key("t", "MUM")) == ("T#t#B", "C#MUM")
    assert keys.rollup_partition("t", "*") == "T#t#S#*"
    assert _pair(keys.rollup_key(RollupKey("t", "MUM-01", "D#2026-03-10"))) == ("T#t#S#MUM-01", "D#2026-03-10")
    assert _pair(keys.ledger_key("t", "source")) == ("T#t#L#source", "L")
    assert (keys.BY_DATE, keys.BY_BRANCH, keys.BY_PATIENT, keys.BY_OPEN) == (
        "by_date",
        "by_branch",
        "by_patient",
        "by_open",
    )


_TENANTS = st.from_regex(TENANT, fullmatch=True)


@given(_TENANTS, _TENANTS, st.from_regex(INVOICE_ID, fullmatch=True), st.from_regex(BRANCH_ID, fullmatch=True))
def test_no_two_tenants_or_kinds_share_a_key(one, other, invoice_id, branch_id):
    def all_keys(tenant: str) -> list[tuple[str, str]]:
        return [
            _pair(key)
            for key in (
                keys.head_key(tenant, invoice_id),
                keys.lines_key(tenant, invoice_id),
                keys.counter_key(tenant, branch_id, "2627"),
                keys.marker_key(tenant, invoice_id),
                keys.branch_key(tenant, branch_id),
                keys.branch_code_key(tenant, branch_id),
                keys.rollup_key(RollupKey(tenant, branch_id, "D#2026-03-10")),
                keys.ledger_key(tenant, invoice_id),
            )
        ]

    first, second = all_keys(one), all_keys(other)
    assert len(set(first)) == len(first)
    if one != other:
        assert not any(a == b for a, b in product(first, second))
        assert all(pk.startswith(f"T#{one}#") for pk, _ in first)
