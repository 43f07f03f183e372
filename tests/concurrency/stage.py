"""The stage of a race: a clinic of its own, the requests that meet there, and how their callers behave.

A caller who is told to try again (503 at the API), or whose function was killed before it could answer, sends
the same request again, as a client would. The handlers themselves are not raced: a Lambda execution
environment answers one request at a time.
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
from tests.concurrency.wire import Start, tapped
from tests.simulation.faults import Killed

DAY = date(2026, 3, 15)
MAX_TRIES = 20
Action = Callable[[], Any]


@dataclass
class Outcome:
    """What one caller was told in the end: a result or a refusal; and how often nothing of use before."""

    result: Any = None
    refusal: errors.BillingError | None = None
    unavailable: int = 0
    killed: int = 0
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
    """One round of one race; ``lost`` counts the answers that were."""

    outcomes: list[Outcome] = field(default_factory=list)
    lost: Counter[str] = field(default_factory=Counter)

    @property
    def kinds(self) -> Counter[str]:
        """How many callers were told what."""
        return Counter(outcome.kind for outcome in self.outcomes)

    def of(self, *kinds: str) -> list[Outcome]:
        """The outcomes of some kinds."""
        return [outcome for outcome in self.outcomes if outcome.kind in kinds]

    def must_tell(self, **expected: int) -> None:
        """Assert how many callers were told what.

        A caller whose function was killed, or answered 503 after its write's answers were lost, learns of its
        record from the next function, as a replay.
        """
        told, wanted = self.kinds, Counter(expected)
        moved = wanted["created"] - told["created"]
        if 0 < moved <= sum(1 for outcome in self.of("replayed") if outcome.killed or outcome.unavailable):
            wanted["created"] -= moved
            wanted["replayed"] += moved
        assert told == wanted, f"told {dict(told)} instead of {expected}"


class Stage:
    """One tenant's clinic, and the requests that race on it."""

    def __init__(self, services: Services, tenant: str, threads: int, round_number: int) -> None:
        self.services = services
        self.caller = Caller(tenant)
        self.threads = threads
        self.round = round_number
        self.loses_answers = round_number // 4 % 2 == 1
        self.branch = Branch("MUM-01", "Andheri", "MUM01", "27", None, round_off=True)
        put_branch(services.branches, services.patience, self.caller, self.branch)

    def both(self, first: Sequence[Action], second: Sequence[Action]) -> Run:
        """Two kinds of callers at once; the round decides who starts a little earlier."""
        match self.round % 4:
            case 0:
                actions = [*first, *second]
                random.Random(self.round).shuffle(actions)
                return self.at_once(actions)
            case 1:
                return self.at_once([*first, *second], late=len(second))
            case 2:
                return self.at_once([*second, *first], late=len(first))
            case _:
                actions = [action for pair in zip(first, second, strict=True) for action in pair]
                return self.at_once(actions, by_turns=True)

    def at_once(self, actions: Sequence[Action], *, late: int = 0, by_turns: bool = False) -> Run:
        """Run every action in a thread of its own, all released together; defects are raised.

        late: so many of the last ones wait until the first one has sent a write.
        by_turns: each waits until the one before has sent something.
        """
        gate = threading.Barrier(len(actions))
        starts = [Start() for _ in actions]
        run = Run([Outcome() for _ in actions])
        defects: list[BaseException] = []

        def work(place: int) -> None:
            gate.wait()
            if by_turns and place:
                starts[place - 1].sent.wait()
            if place >= len(actions) - late:
                starts[0].written.wait()
            wire.begin(starts[place])
            try:
                _until_answered(actions[place], run.outcomes[place])
            except BaseException as defect:  # noqa: BLE001  a thread's defect belongs to the test that started it
                defects.append(defect)
            starts[place].done()

        with tapped(self.services.dynamodb, losing=self.loses_answers) as wire:
            threads = [threading.Thread(target=work, args=(place,)) for place in range(len(actions))]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            run.lost = wire.lost
        if defects:
            raise defects[0]
        return run

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


def _until_answered(action: Action, outcome: Outcome) -> None:
    started = time.monotonic()
    for _ in range(MAX_TRIES):
        try:
            outcome.result = action()
        except errors.TemporarilyUnavailable:
            outcome.unavailable += 1
            continue
        except Killed:
            outcome.killed += 1
            continue
        except errors.BillingError as refusal:
            outcome.refusal = refusal
        outcome.seconds = time.monotonic() - started
        return
    raise AssertionError(f"no answer after {MAX_TRIES} tries")
