"""Create an invoice, as a draft or finalized at once."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import date, datetime

from billing.application.dates import check_not_future
from billing.application.numbering import TRIES_FOR_A_NUMBER, Series, finalized
from billing.application.patience import Patience
from billing.application.ports import (
    BranchStore,
    Caller,
    Clock,
    CreationMarker,
    Ids,
    InvoiceStore,
    MarkerTaken,
    NumberingConflict,
    StoreBusy,
    Written,
)
from billing.domain import errors
from billing.domain.branch import Branch
from billing.domain.calendar import timestamp_ist, today_ist
from billing.domain.identity import check_same_content, fingerprint_of, short_hash
from billing.domain.invoice import (
    Invoice,
    InvoiceDetails,
    InvoiceHead,
    Patient,
    department_amounts,
    round_off_paise,
)
from billing.domain.money import MAX_AMOUNT_PAISE
from billing.domain.tax import LineItem, SupplyType

EARLIEST_INVOICE_DATE = date(2017, 7, 1)  # GST began


@dataclass(frozen=True, slots=True)
class NewInvoice:
    """What the caller asks for; lines are priced already. ``date`` None means today in India."""

    patient: Patient
    branch_id: str
    date: date | None
    supply_type: SupplyType
    lines: tuple[LineItem, ...]
    finalize: bool


@dataclass(frozen=True, slots=True)
class InvoiceCreated:
    """The invoice as it is now, and whether this was a replay that wrote nothing."""

    invoice: Invoice
    replayed: bool


def create_invoice(
    invoices: InvoiceStore,
    branches: BranchStore,
    clock: Clock,
    ids: Ids,
    patience: Patience,
    caller: Caller,
    new: NewInvoice,
    idempotency_key: str | None,
) -> InvoiceCreated:
    """Head, lines, number and idempotency marker in one transaction.

    Raises:
        UnknownBranch, InvalidFields, IdempotencyKeyReused, SeriesExhausted, BranchWithoutState,
        TemporarilyUnavailable.
    """
    if not caller.may_use(new.branch_id):
        raise unknown_branch()
    now = clock()
    if new.date is not None:
        _check_date(new.date, now)
    invoice_id = ids.invoice_id(new.branch_id, now)
    marker = None
    if idempotency_key is not None:
        key_hash = short_hash("invoice", idempotency_key)
        marker = CreationMarker(key_hash, _fingerprint(new), invoice_id)
    attempt = _Attempt(invoices, branches, caller, new, invoice_id, now, marker)
    return patience.until_done(attempt, tries=TRIES_FOR_A_NUMBER)


class _Attempt:
    """One creation, tried until its transaction meets no other; keeps what earlier tries have learnt."""

    def __init__(
        self,
        invoices: InvoiceStore,
        branches: BranchStore,
        caller: Caller,
        new: NewInvoice,
        invoice_id: str,
        now: datetime,
        marker: CreationMarker | None,
    ) -> None:
        self._invoices, self._branches, self._caller = invoices, branches, caller
        self._new, self._invoice_id, self._now, self._marker = new, invoice_id, now, marker
        self._day = new.date or today_ist(now)
        self._series = Series(invoices, branches, caller.tenant, new.branch_id, self._day)
        self._is_key_unused = marker is None

    def __call__(self) -> InvoiceCreated | None:
        """One try; None when another invoice took the number meanwhile."""
        invoices, tenant, marker = self._invoices, self._caller.tenant, self._marker
        if marker is not None and not self._is_key_unused:
            earlier = invoices.find_marker(tenant, marker.key_hash)
            if earlier is not None:
                return _replay(invoices, self._caller, marker, earlier)
            self._is_key_unused = True  # and if it is used from now on, the transaction says so
        number = None
        if self._new.finalize:
            issued = self._series.next()
            if issued is None:
                raise unknown_branch()
            number, branch = issued
        else:
            found = self._branches.get(tenant, self._new.branch_id)
            if found is None:
                raise unknown_branch()
            branch = found
        invoice = _draft(tenant, self._invoice_id, self._new, branch, self._day, timestamp_ist(self._now))
        if number is not None:
            invoice = finalized(invoice, branch, number, timestamp_ist(self._now))
            # Created in its final state: the stored invoice never was a draft of revision 1.
            invoice = replace(invoice, head=replace(invoice.head, rev=1))
        outcome = invoices.create(invoice, number, branch, marker)
        if isinstance(outcome, Written):
            return InvoiceCreated(replace(invoice, head=outcome.head), replayed=False)
        if isinstance(outcome, MarkerTaken) and marker is not None:
            return _replay(invoices, self._caller, marker, outcome.marker)
        if isinstance(outcome, NumberingConflict):
            self._series.moved(outcome)
        return None


def unknown_branch() -> errors.UnknownBranch:
    """The refusal of a branch that is not registered, or not this caller's to use."""
    return errors.UnknownBranch(
        "The branch is not registered.",
        errors=(errors.FieldError("unknown_branch", "names no registered branch", pointer="/branch_id"),),
    )


def _check_date(day: date, now: datetime) -> None:
    check_not_future(day, now, "/date")
    if day < EARLIEST_INVOICE_DATE:
        raise errors.InvalidFields(
            "The date is before GST began.",
            errors=(errors.FieldError("date_too_early", "must not be before 2017-07-01", pointer="/date"),),
        )


def _draft(tenant: str, invoice_id: str, new: NewInvoice, branch: Branch, day: date, at: str) -> Invoice:
    departments = department_amounts(new.lines)
    payable_paise = sum(departments.values())
    round_off = round_off_paise(payable_paise, enabled=branch.round_off)
    total_paise = payable_paise + round_off
    if total_paise > MAX_AMOUNT_PAISE:
        raise errors.InvalidFields(
            "The invoice's total is too large.",
            errors=(
                errors.FieldError("too_large", "sum to more than the largest amount accepted", pointer="/line_items"),
            ),
        )
    head = InvoiceHead(
        tenant=tenant,
        id=invoice_id,
        branch_id=new.branch_id,
        date=day,
        status="draft",
        number=None,
        patient_id=new.patient.id,
        patient_name=new.patient.name,
        branch=branch.snapshot(),
        total_paise=total_paise,
        paid_paise=0,
        refunded_paise=0,
        balance_paise=total_paise,
        round_off_paise=round_off,
        departments=departments,
        rev=1,
        created_at=at,
        updated_at=at,
    )
    return Invoice(head, InvoiceDetails(new.patient, new.supply_type, new.lines, branch.address))


def _fingerprint(new: NewInvoice) -> str:
    """Over the members of the body by the names a caller knows."""
    members = {member.name: getattr(new, member.name) for member in fields(new)}
    members["line_items"] = members.pop("lines")
    return fingerprint_of(members)


def _replay(invoices: InvoiceStore, caller: Caller, wanted: CreationMarker, earlier: CreationMarker) -> InvoiceCreated:
    check_same_content(wanted.fingerprint, earlier.fingerprint)
    invoice = invoices.load(caller.tenant, earlier.invoice_id)
    if invoice is None:
        raise StoreBusy("the marker's invoice is not readable")
    return InvoiceCreated(invoice, replayed=earlier.invoice_id != wanted.invoice_id)
