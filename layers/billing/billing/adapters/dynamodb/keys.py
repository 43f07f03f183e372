"""Primary keys. Every key begins with the tenant; ids hold no ``#``, so two pairs never make one key."""

from __future__ import annotations

from billing.domain.summary import RollupKey

Key = dict[str, dict[str, str]]

BY_DATE, BY_BRANCH, BY_PATIENT, BY_OPEN = "by_date", "by_branch", "by_patient", "by_open"


def _key(pk: str, sk: str) -> Key:
    return {"pk": {"S": pk}, "sk": {"S": sk}}


def invoice_partition(tenant: str, invoice_id: str) -> str:
    """The partition that holds an invoice's head and lines."""
    return f"T#{tenant}#I#{invoice_id}"


def head_key(tenant: str, invoice_id: str) -> Key:
    """The hot item: state and money."""
    return _key(invoice_partition(tenant, invoice_id), "H")


def lines_key(tenant: str, invoice_id: str) -> Key:
    """The cold item: lines and patient."""
    return _key(invoice_partition(tenant, invoice_id), "L")


def counter_key(tenant: str, branch_id: str, financial_year: str) -> Key:
    """The last serial of a branch in a financial year."""
    return _key(f"T#{tenant}#N#{branch_id}#{financial_year}", "N")


def marker_key(tenant: str, key_hash: str) -> Key:
    """The claim of an idempotency key on invoice creation."""
    return _key(f"T#{tenant}#K#{key_hash}", "K")


def branches_partition(tenant: str) -> str:
    """The partition of a tenant's branches and their codes."""
    return f"T#{tenant}#B"


def branch_key(tenant: str, branch_id: str) -> Key:
    """One branch."""
    return _key(branches_partition(tenant), f"B#{branch_id}")


def branch_code_key(tenant: str, code: str) -> Key:
    """The claim of a branch code, which is unique in the tenant."""
    return _key(branches_partition(tenant), f"C#{code}")


def rollup_partition(tenant: str, scope: str) -> str:
    """The partition of one scope's summary rows."""
    return f"T#{tenant}#S#{scope}"


def rollup_key(row: RollupKey) -> Key:
    """One summary row."""
    return _key(rollup_partition(row.tenant, row.scope), row.period)


def ledger_key(tenant: str, source_id: str) -> Key:
    """The last contribution counted for one document."""
    return _key(f"T#{tenant}#L#{source_id}", "L")
