"""A branch: where care is given, and whose series numbers its invoices."""

from __future__ import annotations

from dataclasses import dataclass

from billing.domain import errors
from billing.domain.invoice import BranchSnapshot


@dataclass(frozen=True, slots=True)
class Branch:
    """A registered branch. ``numbered`` once it has issued an invoice number; ``rev`` grows per write."""

    id: str
    name: str
    code: str
    state_code: str
    gstin: str | None
    round_off: bool
    numbered: bool = False
    rev: int = 0

    def snapshot(self) -> BranchSnapshot:
        """What an invoice keeps of its branch."""
        return BranchSnapshot(self.name, self.state_code, self.gstin)


def check_branch_change(old: Branch, new: Branch) -> None:
    """Whether a branch may become another: code and state are frozen by its first invoice number.

    Raises:
        BranchInUse: ``code`` or ``state_code`` differs though numbers were issued.
    """
    if old.numbered and (old.code, old.state_code) != (new.code, new.state_code):
        raise errors.BranchInUse("code and state_code cannot change once the branch has issued an invoice number.")
