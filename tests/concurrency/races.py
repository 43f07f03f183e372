"""Races: many threads run the real use cases at once, on an engine that keeps its promises under threads.

Each race sets its stage, lets every thread go at one moment, and then asserts what must hold whoever was
first. A caller who is told to try again (503 at the API) does, with the same request, as a client would.
The handlers themselves are not raced: a Lambda execution environment answers one request at a time.
"""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from billing.application.branches import put_branch
from billing.application.cancel_invoice import cancel_invoice
from billing.application.create_invoice import NewInvoice, create_invoice
from billing.application.finalize_invoice import finalize_invoice
from billing.application.get_invoice import get_invoice
from billing.application.ports import Caller
from billing.application.record_payment import NewPayment, record_payment
from billing.application.record_refund import NewRefund, record_refund
from billing.domain import errors
from billing.domain.branch import Branch
from billing.domain.invoice import InvoiceHead, Patient, status_after
from billing.domain.tax import LineItem
from billing.wiring import Services

DAY = date(2026, 3, 15)
MAX_RETRIES = 20
Action = Callable[[], Any]


@dataclass
class Outcome:
    """What one caller was told in the end: a result or a refusal; and how often to try again before."""

    result: Any = None
    refusal: errors.BillingError | None = None
    unavailable: int = 0
    seconds: float = 0.0

    @property
    def kind(self) -> str:
        """``created``, ``replayed``, ``done`` or the refusal's class."""
        if self.refusal is not None:
            return type(self.refusal).__name__
        replayed = getattr(self.result, "replayed", None)
        return "done" if replayed is None else "replayed" if replayed else "created"


@dataclass
class Run:
    """One round of one race."""

    outcomes: list[Outcome] = field(default_factory=list)

    @property
    def kinds(self) -> Counter[str]:
        """How many callers were told what."""
        return Counter(outcome.kind for outcome in self.outcomes)

    def of(self, kind: str) -> list[Outcome]:
        """The outcomes of one kind."""
        return [outcome for outcome in self.outcomes if outcome.kind == kind]


def at_once(actions: Sequence[Action]) -> Run:
    """Run every action in a thread of its own, all released together; defects are raised."""
    gate = threading.Barrier(len(actions))
    run = Run([Outcome() for _ in actions])
    defects: list[BaseException] = []

    def work(action: Action, outcome: Outcome) -> None:
        gate.wait()
        started = time.monotonic()
        try:
            while True:
                try:
                    outcome.result = action()
                    break
                except errors.TemporarilyUnavailable:
                    outcome.unavailable += 1
                    if outcome.unavailable > MAX_RETRIES:
                        raise
                except errors.BillingError as refusal:
                    outcome.refusal = refusal
                    break
        except BaseException as defect:  # noqa: BLE001  a thread's defect belongs to the test that started it
            defects.append(defect)
        outcome.seconds = time.monotonic() - started

    threads = [threading.Thread(target=work, args=pair) for pair in zip(actions, run.outcomes, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if defects:
        raise defects[0]
    return run


class Stage:
    """One tenant's clinic, and the requests that race on it."""

    def __init__(self, services: Services, tenant: str, threads: int, round_number: int) -> None:
        self.services = services
        self.caller = Caller(tenant)
        self.threads = threads
        self.round = round_number
        self.branch = Branch("MUM-01", "Andheri", "MUM01", "27", None, round_off=True)
        put_branch(services.branches, services.patience, self.caller, self.branch)

    def both(self, first: Sequence[Action], second: Sequence[Action]) -> Run:
        """Two kinds of callers at once, in an order of their own each round."""
        actions = [*first, *second]
        random.Random(self.round).shuffle(actions)
        return at_once(actions)

    def create(self, rupees: int, *, finalize: bool = True, key: str | None = None) -> Any:
        """POST /invoices."""
        line = LineItem(
            "Consultation", "General Medicine", "999312", Decimal(1), rupees * 100, 0, Decimal(0), "exempt",
            rupees * 100, 0, 0, 0,
        )  # fmt: skip
        new = NewInvoice(
            Patient("PAT-1", "Asha Rao"), "MUM-01", date(2026, 3, 10), "intra_state", (line,), finalize=finalize
        )
        s = self.services
        return create_invoice(s.invoices, s.branches, s.clock, s.ids, s.patience, self.caller, new, key)

    def invoice(self, rupees: int, *, finalize: bool = True) -> str:
        """The id of a new invoice."""
        return str(self.create(rupees, finalize=finalize).invoice.head.id)

    def pay(self, invoice_id: str, rupees: int, reference: str | None = None, key: str | None = None) -> Action:
        """POST /invoices/{id}/payments: UPI with a reference, else cash."""
        new = NewPayment(rupees * 100, "upi" if reference else "cash", reference, DAY)
        s = self.services
        return lambda: record_payment(
            s.invoices, s.clock, s.ids, s.patience, self.caller, invoice_id, new, key
        )  # fmt: skip

    def refund(self, invoice_id: str, rupees: int, key: str | None = None) -> Action:
        """POST /invoices/{id}/refunds in cash."""
        new = NewRefund(rupees * 100, "cash", None, DAY, "charged twice", None)
        s = self.services
        return lambda: record_refund(s.invoices, s.clock, s.ids, s.patience, self.caller, invoice_id, new, key)

    def cancel(self, invoice_id: str) -> Action:
        """POST /invoices/{id}/cancel."""
        s = self.services
        return lambda: cancel_invoice(s.invoices, s.clock, s.patience, self.caller, invoice_id, "entered twice")

    def finalize(self, invoice_id: str) -> Action:
        """POST /invoices/{id}/finalize."""
        s = self.services
        return lambda: finalize_invoice(s.invoices, s.branches, s.clock, s.patience, self.caller, invoice_id)

    def change_code(self, code: str) -> Action:
        """PUT /branches/MUM-01 with another code."""
        wanted = Branch("MUM-01", "Andheri", code, "27", None, round_off=True)
        return lambda: put_branch(self.services.branches, self.services.patience, self.caller, wanted)

    def head(self, invoice_id: str) -> InvoiceHead:
        """The invoice as stored, after checking that it is consistent in itself."""
        head = get_invoice(self.services.invoices, self.caller, invoice_id).head
        paid = sum(payment.amount_paise for payment in head.payments.values())
        returned = sum(refund.amount_paise for refund in head.refunds.values())
        assert head.paid_paise == paid - returned
        assert head.refunded_paise == returned
        assert 0 <= head.paid_paise <= head.total_paise
        if head.status == "cancelled":
            assert (head.balance_paise, head.paid_paise) == (0, 0)
        elif head.status != "draft":
            assert head.balance_paise == head.total_paise - head.paid_paise
            assert head.status == status_after(head.total_paise, head.paid_paise)
        return head


def identical(stage: Stage) -> Run:
    """One payment sent by everybody: recorded once, and everybody is shown that one."""
    invoice_id = stage.invoice(1500)
    # By turns the two identities a payment can have: its own reference, and the caller's key.
    key, reference = ("till-7-0001", None) if stage.round % 2 else (None, "412345678901")
    run = at_once([stage.pay(invoice_id, 500, reference, key)] * stage.threads)
    assert run.kinds == {"created": 1, "replayed": stage.threads - 1}
    assert len({outcome.result.payment.id for outcome in run.outcomes}) == 1
    assert stage.head(invoice_id).paid_paise == 500_00
    return run


def distinct_that_fit(stage: Stage) -> Run:
    """As many different payments as the balance holds: all recorded, the last one settles."""
    invoice_id = stage.invoice(25 * stage.threads)
    run = at_once([stage.pay(invoice_id, 25, f"UPI-{n}" if n % 2 else None) for n in range(stage.threads)])
    assert run.kinds == {"created": stage.threads}
    head = stage.head(invoice_id)
    assert (head.status, len(head.payments)) == ("paid", stage.threads)
    assert {p.id for p in head.payments.values()} == {outcome.result.payment.id for outcome in run.outcomes}
    return run


def six_fit(stage: Stage) -> Run:
    """More payments than the balance holds: exactly six are recorded."""
    invoice_id = stage.invoice(1500)
    run = at_once([stage.pay(invoice_id, 250, key=f"k-{n}") for n in range(stage.threads)])
    assert run.kinds["created"] == 6
    assert set(run.kinds) <= {"created", "Overpayment", "NotPayable"}
    head = stage.head(invoice_id)
    assert (head.status, len(head.payments)) == ("paid", 6)
    return run


def full_balance(stage: Stage) -> Run:
    """Everybody pays everything: one does."""
    invoice_id = stage.invoice(1500)
    run = at_once([stage.pay(invoice_id, 1500, f"UPI-{n}") for n in range(stage.threads)])
    assert run.kinds == {"created": 1, "NotPayable": stage.threads - 1}
    assert len(stage.head(invoice_id).payments) == 1
    return run


def same_reference_distinct_keys(stage: Stage) -> Run:
    """One bank reference under different keys: recorded once, everybody else is told which."""
    invoice_id = stage.invoice(1500)
    run = at_once([stage.pay(invoice_id, 500, "412345678901", f"k-{n}") for n in range(stage.threads)])
    assert run.kinds == {"created": 1, "DuplicateReference": stage.threads - 1}
    (first,) = run.of("created")
    told = {outcome.refusal.members["payment_id"] for outcome in run.of("DuplicateReference") if outcome.refusal}
    assert told == {first.result.payment.id}
    assert len(stage.head(invoice_id).payments) == 1
    return run


def one_key_two_contents(stage: Stage) -> Run:
    """One key for two amounts: one amount is recorded, the other refused."""
    invoice_id = stage.invoice(1500)
    half = stage.threads // 2
    run = stage.both([stage.pay(invoice_id, 500, key="k")] * half, [stage.pay(invoice_id, 501, key="k")] * half)
    assert run.kinds == {"created": 1, "replayed": half - 1, "IdempotencyKeyReused": half}
    assert len(stage.head(invoice_id).payments) == 1
    return run


def payment_against_cancel(stage: Stage) -> Run:
    """An invoice ends cancelled without money, or with money and not cancelled."""
    invoice_id = stage.invoice(1500)
    half = stage.threads // 2
    run = stage.both([stage.pay(invoice_id, 10, f"UPI-{n}") for n in range(half)], [stage.cancel(invoice_id)] * half)
    head = stage.head(invoice_id)
    if head.status == "cancelled":
        assert not head.payments
        assert run.kinds == {"done": half, "NotPayable": half}
    else:
        assert len(head.payments) == half
        assert run.kinds == {"created": half, "NotCancellable": half}
    return run


def refund_against_refund(stage: Stage) -> Run:
    """More refunds than was paid: exactly as many as the money allows."""
    invoice_id = stage.invoice(1500)
    stage.pay(invoice_id, 1000)()
    run = at_once([stage.refund(invoice_id, 300, f"k-{n}") for n in range(stage.threads)])
    assert run.kinds == {"created": 3, "OverRefund": stage.threads - 3}
    assert stage.head(invoice_id).paid_paise == 100_00
    return run


def refunds_that_fit(stage: Stage) -> Run:
    """As many refunds as the money holds: all recorded."""
    invoice_id = stage.invoice(10 * stage.threads)
    stage.pay(invoice_id, 10 * stage.threads)()
    run = at_once([stage.refund(invoice_id, 10, f"k-{n}") for n in range(stage.threads)])
    assert run.kinds == {"created": stage.threads}
    head = stage.head(invoice_id)
    assert (head.status, head.paid_paise, len(head.refunds)) == ("finalized", 0, stage.threads)
    return run


def payment_against_refund(stage: Stage) -> Run:
    """Money comes and goes at once: every movement counts once."""
    half = stage.threads // 2
    invoice_id = stage.invoice(40 * half)
    stage.pay(invoice_id, 20 * half)()
    run = stage.both(
        [stage.pay(invoice_id, 20, key=f"k-{n}") for n in range(half)],
        [stage.refund(invoice_id, 20, key=f"k-{n}") for n in range(half)],
    )
    assert run.kinds == {"created": 2 * half}
    head = stage.head(invoice_id)
    assert (len(head.payments), len(head.refunds), head.paid_paise) == (half + 1, half, 2_000 * half)
    return run


def finalizations(stage: Stage) -> Run:
    """One branch and year finalizes many drafts at once: consecutive numbers, no gap, no duplicate."""
    drafts = [stage.invoice(100, finalize=False) for _ in range(stage.threads)]
    run = at_once([stage.finalize(draft) for draft in drafts])
    assert run.kinds == {"done": stage.threads}
    _check_numbers(stage, drafts)
    return run


def finalizations_repeated(stage: Stage) -> Run:
    """Each draft is finalized by two callers at once: one number each."""
    drafts = [stage.invoice(100, finalize=False) for _ in range(stage.threads // 2)]
    run = stage.both([stage.finalize(draft) for draft in drafts], [stage.finalize(draft) for draft in drafts])
    assert run.kinds == {"done": len(drafts) * 2}
    _check_numbers(stage, drafts)
    return run


def one_creation(stage: Stage) -> Run:
    """Sixteen identical POST /invoices with one key: one invoice with one number."""
    run = at_once([lambda: stage.create(1500, key="visit-7")] * 16)
    assert run.kinds == {"created": 1, "replayed": 15}
    assert {outcome.result.invoice.head.number for outcome in run.outcomes} == {"MUM01/2526/00001"}
    assert len({outcome.result.invoice.head.id for outcome in run.outcomes}) == 1
    assert stage.services.invoices.last_serial(stage.caller.tenant, "MUM-01", "2526") == 1
    return run


def branch_change_against_first_number(stage: Stage) -> Run:
    """The branch's code changes while its first numbers are issued: no number bears another code."""
    few = min(stage.threads // 2, 8)
    drafts = [stage.invoice(100, finalize=False) for _ in range(few)]
    run = stage.both([stage.finalize(draft) for draft in drafts], [stage.change_code(f"NEW{n}") for n in range(few)])
    assert set(run.kinds) <= {"done", "BranchInUse"}
    branch = stage.services.branches.get(stage.caller.tenant, "MUM-01")
    assert branch
    assert branch.numbered
    _check_numbers(stage, drafts, branch.code)
    return run


def _check_numbers(stage: Stage, invoice_ids: Sequence[str], code: str = "MUM01") -> None:
    numbers = sorted(str(stage.head(invoice_id).number) for invoice_id in invoice_ids)
    assert numbers == [f"{code}/2526/{serial:05d}" for serial in range(1, len(invoice_ids) + 1)]
    assert stage.services.invoices.last_serial(stage.caller.tenant, "MUM-01", "2526") == len(invoice_ids)


RACES: tuple[Callable[[Stage], Run], ...] = (
    identical,
    distinct_that_fit,
    six_fit,
    full_balance,
    same_reference_distinct_keys,
    one_key_two_contents,
    payment_against_cancel,
    refund_against_refund,
    refunds_that_fit,
    payment_against_refund,
    finalizations,
    finalizations_repeated,
    one_creation,
    branch_change_against_first_number,
)
