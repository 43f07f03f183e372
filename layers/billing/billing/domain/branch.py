"""A branch: where care is given, and whose series numbers its invoices."""

from __future__ import annotations

from dataclasses import dataclass

from billing.domain import errors
from billing.domain.invoice import BranchSnapshot


@dataclass(frozen=True, slots=True)
class Branch:
    """A registered branch. ``numbered`` once it has issued an invoice number; ``rev`` grows per write.

    ``address`` is one of the particulars of a tax invoice (CGST Rules 2017, rule 46(a)); invoices keep it apart
    from the rest of the copy, see :class:`billing.domain.invoice.InvoiceDetails`.
    """

    id: str
    name: str
    code: str
    state_code: str
    gstin: str | None
    round_off: bool
    numbered: bool = False
    rev: int = 0
    address: str | None = None

    def snapshot(self) -> BranchSnapshot:
        """What the hot part of an invoice keeps of its branch."""
        return BranchSnapshot(self.name, self.state_code, self.gstin)


def check_branch_change(old: Branch, new: Branch) -> None:
    """Whether a branch may become another: code and state are frozen by its first invoice number.

    Raises:
        BranchInUse: ``code`` or ``state_code`` differs though numbers were issued.
    """
    if old.numbered and (old.code, old.state_code) != (new.code, new.state_code):
        raise errors.BranchInUse("code and state_code cannot change once the branch has issued an invoice number.")
