"""Register, change and list branches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from billing.application.patience import Patience
from billing.application.ports import BranchStore, Caller, StoreBusy
from billing.domain import errors
from billing.domain.branch import Branch, check_branch_change


@dataclass(frozen=True, slots=True)
class BranchPut:
    """The branch as stored, and whether it was new."""

    branch: Branch
    created: bool


def put_branch(branches: BranchStore, patience: Patience, caller: Caller, new: Branch) -> BranchPut:
    """Register a branch or replace it; the same request again changes nothing.

    Raises:
        BranchNotFound: not among the caller's branches. BranchCodeTaken, BranchInUse,
        TemporarilyUnavailable.
    """
    if not caller.may_use(new.id):
        raise errors.BranchNotFound
    created = False

    def attempt() -> BranchPut | None:
        nonlocal created
        old = branches.get(caller.tenant, new.id)
        if old is None:
            wanted = replace(new, numbered=False, rev=1)
        else:
            check_branch_change(old, new)
            wanted = replace(new, numbered=old.numbered, rev=old.rev)
            if wanted == old:
                return BranchPut(old, created)
            wanted = replace(wanted, rev=old.rev + 1)
        # Set before the write: after a lost answer the next round finds our own branch.
        created = created or old is None
        return BranchPut(wanted, created) if branches.put(caller.tenant, wanted, old) else None

    return patience.until_done(attempt, tries=1)


def list_branches(branches: BranchStore, caller: Caller) -> Sequence[Branch]:
    """The branches this caller may use, by id.

    Raises:
        TemporarilyUnavailable.
    """
    try:
        found = branches.list(caller.tenant)
    except StoreBusy as busy:
        raise errors.TemporarilyUnavailable from busy
    return [branch for branch in found if caller.may_use(branch.id)]
