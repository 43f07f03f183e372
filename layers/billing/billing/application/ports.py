"""What the use cases need from outside, as protocols; adapters implement them, wiring joins them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:  # each dataclass costs a cold start about as much as two modules
    from billing.domain.branch import Branch
    from billing.domain.identity import Identity
    from billing.domain.invoice import Invoice, InvoiceHead, Payment, Refund, Status
    from billing.domain.summary import Contribution, Figures, PeriodSpan, RollupKey

Clock = Callable[[], datetime]
"""Now, as an aware datetime."""


class Ids(Protocol):
    """Where new ids come from; injected so that seeds and simulations are repeatable."""

    def invoice_id(self, branch_id: str, now: datetime) -> str:
        """A new invoice id of a branch."""

    def payment_id(self) -> str:
        """A new payment id, ``pay_…``."""

    def refund_id(self) -> str:
        """A new refund id, ``rfd_…``."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: a tenant, and the branches a token is limited to (None: all of them)."""

    tenant: str
    branches: frozenset[str] | None = None

    def may_use(self, branch_id: str) -> bool:
        """Whether this caller may see and change things of a branch."""
        return self.branches is None or branch_id in self.branches


class StoreBusy(Exception):
    """The store asks to try again: throttling, a transaction conflict, an unknown outcome."""


@dataclass(frozen=True, slots=True)
class Written:
    """A conditional write that took effect, with the head as it is now."""

    head: InvoiceHead


@dataclass(frozen=True, slots=True)
class Refused:
    """A conditional write that did not take effect, with the head that made it fail (None: no item)."""

    head: InvoiceHead | None


@dataclass(frozen=True, slots=True)
class IssuedNumber:
    """An invoice number and the counter it moves: from ``serial - 1`` to ``serial``."""

    branch_id: str
    financial_year: str
    serial: int
    number: str


@dataclass(frozen=True, slots=True)
class CreationMarker:
    """The claim of an ``Idempotency-Key`` on ``POST /invoices``: which invoice, made from which body."""

    key_hash: str
    fingerprint: str
    invoice_id: str


@dataclass(frozen=True, slots=True)
class NumberingConflict:
    """The transaction failed on something that moved meanwhile: retry with the newest state.

    ``last_serial`` is the counter as it refused; None when it did not, or nothing is known of it.
    """

    last_serial: int | None = None


@dataclass(frozen=True, slots=True)
class MarkerTaken:
    """The idempotency key belongs to an earlier creation."""

    marker: CreationMarker


class InvoiceStore(Protocol):
    """Invoices. Every method may raise :class:`StoreBusy`."""

    def load(self, tenant: str, invoice_id: str) -> Invoice | None:
        """The whole invoice, strongly consistent: one call."""

    def load_head(self, tenant: str, invoice_id: str) -> InvoiceHead | None:
        """The hot part, strongly consistent."""

    def add_payment(
        self, tenant: str, invoice_id: str, identity: Identity, payment: Payment, *, settles: bool
    ) -> Written | Refused:
        """One conditional write; ``settles`` assumes the amount equals the balance, else it is below."""

    def add_refund(self, head: InvoiceHead, identity: Identity, refund: Refund, status: Status) -> Written | Refused:
        """One write conditional on the head's revision, leaving the given status."""

    def cancel(self, tenant: str, invoice_id: str, reason: str, cancelled_at: str) -> Written | Refused:
        """One write conditional on there being no money and no cancellation."""

    def last_serial(self, tenant: str, branch_id: str, financial_year: str) -> int:
        """The last serial issued (0: none), strongly consistent."""

    def finalize(
        self,
        draft: Invoice,
        number: IssuedNumber,
        branch: Branch,
        finalized: Invoice,
    ) -> Written | Refused | NumberingConflict:
        """Number, state and copy of the branch in one transaction; ``Refused`` when it is no longer that draft."""

    def create(
        self,
        invoice: Invoice,
        number: IssuedNumber | None,
        branch: Branch,
        marker: CreationMarker | None,
    ) -> Written | NumberingConflict | MarkerTaken:
        """Both items, the number and the marker in one transaction."""

    def find_marker(self, tenant: str, key_hash: str) -> CreationMarker | None:
        """What an idempotency key was used for, strongly consistent."""


class BranchStore(Protocol):
    """Branches. Every method may raise :class:`StoreBusy`."""

    def get(self, tenant: str, branch_id: str) -> Branch | None:
        """One branch, strongly consistent."""

    def list(self, tenant: str) -> Sequence[Branch]:
        """All branches of a tenant by id."""

    def put(self, tenant: str, new: Branch, old: Branch | None) -> bool:
        """Register or replace if the stored branch is still ``old``; False if it moved.

        Raises:
            BranchCodeTaken: another branch has the code.
        """


@dataclass(frozen=True, slots=True)
class ListedInvoice:
    """One row of a list, from an index; amounts in paise."""

    id: str
    number: str | None
    patient_name: str
    total_paise: int
    paid_paise: int
    balance_paise: int
    status: Status
    date: str
    branch_id: str


@dataclass(frozen=True, slots=True)
class Position:
    """A place in the order of a list (newest date first, then highest id): just beyond this date and id.

    No row needs to stand there: ``Position(day, "~")`` is before every row of that day, and read oldest
    first, ``Position(day, "")`` is.
    """

    date: str
    id: str


@dataclass(frozen=True, slots=True)
class DaySpan:
    """Invoice dates from ``first`` to ``last`` inclusive, as ISO days."""

    first: str
    last: str


@dataclass(frozen=True, slots=True)
class IndexPage:
    """Rows of one index query, and where to go on (None: the end)."""

    rows: Sequence[ListedInvoice]
    next: Position | None


@dataclass(frozen=True, slots=True)
class Lookup:
    """Which index partition to read: one patient's, one branch's, one open status's, or all by date.

    ``keep_status`` and ``keep_branches`` drop other rows after reading them (they are still paid for).
    """

    patient_id: str | None = None
    branch_id: str | None = None
    open_status: Status | None = None
    keep_status: Status | None = None
    keep_branches: frozenset[str] | None = None


class InvoiceIndex(Protocol):
    """The list indexes, eventually consistent. May raise :class:`StoreBusy`."""

    def page(
        self,
        tenant: str,
        lookup: Lookup,
        span: DaySpan,
        start: Position | None,
        limit: int | None,
        *,
        oldest_first: bool = False,
    ) -> IndexPage:
        """One query: rows of the span from ``start`` on, newest first unless asked otherwise.

        ``limit`` counts rows read, not kept.
        """


@dataclass(frozen=True, slots=True)
class SummaryRow:
    """One rollup row; ``as_of`` is when the newest change counted in it was made ("" for counts)."""

    period: str
    figures: Figures
    as_of: str


class SummaryReader(Protocol):
    """Rollup rows, eventually consistent."""

    def rows(self, tenant: str, scope: str, span: PeriodSpan) -> Sequence[SummaryRow]:
        """The rows of one contiguous span, ascending: one query."""

    def get(self, tenant: str, keys: Sequence[tuple[str, str]]) -> Mapping[tuple[str, str], SummaryRow]:
        """The rows of these (scope, period) pairs that exist: one call."""


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """The last contribution counted for one document, and the document's revision it came from.

    ``version`` counts the writes of the entry itself; each write is conditional on the one before.
    """

    tenant: str
    source_id: str
    rev: int
    contribution: Contribution
    changed_at: str
    version: int = 0


class SummaryLedger(Protocol):
    """The contribution ledger and the rollup rows, changed together or not at all."""

    def load(self, sources: Iterable[tuple[str, str]]) -> Mapping[tuple[str, str], LedgerEntry]:
        """Stored entries of (tenant, source id) pairs, strongly consistent."""

    def apply(
        self,
        entries: Sequence[tuple[LedgerEntry, int | None]],
        rows: Mapping[RollupKey, Figures],
        as_of: Mapping[RollupKey, str],
    ) -> bool:
        """One transaction: each entry (with the version it replaces) and all row changes.

        False if a stored version was not the expected one.
        """


__all__ = [
    "BranchStore",
    "Caller",
    "Clock",
    "CreationMarker",
    "DaySpan",
    "Ids",
    "IndexPage",
    "InvoiceIndex",
    "InvoiceStore",
    "IssuedNumber",
    "LedgerEntry",
    "ListedInvoice",
    "Lookup",
    "MarkerTaken",
    "NumberingConflict",
    "Position",
    "Refused",
    "StoreBusy",
    "SummaryLedger",
    "SummaryReader",
    "SummaryRow",
    "Written",
]
