"""What callers do: each operation with its own content, tried again under the same identity until answered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Literal

from botocore.exceptions import BotoCoreError, ClientError

from billing.application.branches import put_branch
from billing.application.cancel_invoice import cancel_invoice
from billing.application.create_invoice import NewInvoice, create_invoice
from billing.application.finalize_invoice import finalize_invoice
from billing.application.ports import Caller
from billing.application.record_payment import NewPayment, PaymentRecorded, record_payment
from billing.application.record_refund import NewRefund, record_refund
from billing.domain.branch import Branch
from billing.domain.errors import BillingError, TemporarilyUnavailable
from billing.domain.invoice import Patient
from billing.domain.tax import price_line
from billing.wiring import Services
from tests.simulation.faults import Killed

Verb = Literal["create", "finalize", "pay", "refund", "cancel", "put_branch"]
Pay = Callable[[Services, Caller, str, NewPayment, str | None], PaymentRecorded]
DAY = date(2026, 3, 15)
MAX_TRIES = 4


def clock() -> datetime:
    """20 March 2026, 12:00 IST, whatever happens."""
    return datetime(2026, 3, 20, 6, 30, tzinfo=UTC)


@dataclass
class Operation:
    """One thing a caller wants. ``tag`` is unique unless two callers send the very same request.

    ``slot`` names the invoice: one made before the run, or the place of a creation. ``tries`` counts
    attempts, ``result`` is what was acknowledged, ``refusal`` the definite error; neither: nobody knows.
    """

    verb: Verb
    tenant: str
    tag: str
    slot: str = ""
    key: str | None = None
    amount_paise: int = 0
    mode: Any = "cash"
    reference: str | None = None
    branch_id: str = "MUM-01"
    finalize: bool = False
    branch: Branch | None = None
    patient: int = MAX_TRIES
    tries: int = 0
    result: Any = None
    refusal: BillingError | None = None


@dataclass
class World:
    """What the actors of one run share: services, known invoice ids, and how a payment is made."""

    services: Services
    pay: Pay
    slots: dict[str, str] = field(default_factory=dict)
    unexpected: list[str] = field(default_factory=list)

    def perform(self, operation: Operation) -> None:
        """Try until there is an answer or the caller gives up."""
        if operation.slot and operation.verb != "create" and operation.slot not in self.slots:
            return
        for _ in range(operation.patient):
            operation.tries += 1
            try:
                operation.result = self._once(operation)
            except (Killed, TemporarilyUnavailable):
                continue
            except BillingError as refusal:
                operation.refusal = refusal
                return
            except (ClientError, BotoCoreError, AssertionError, KeyError, TypeError, ValueError) as defect:
                self.unexpected.append(f"{operation.verb} {operation.tag}: {defect!r}")
                continue
            if operation.verb == "create":
                self.slots.setdefault(operation.slot, operation.result.invoice.head.id)
            return

    def _once(self, wanted: Operation) -> Any:
        services, caller = self.services, Caller(wanted.tenant)
        if wanted.verb == "create":
            return create_invoice(
                services.invoices, services.branches, services.clock, services.ids, services.patience,
                caller, new_invoice(wanted), wanted.key,
            )  # fmt: skip
        if wanted.verb == "put_branch":
            assert wanted.branch
            return put_branch(services.branches, services.patience, caller, wanted.branch)
        invoice_id = self.slots[wanted.slot]
        if wanted.verb == "finalize":
            return finalize_invoice(
                services.invoices, services.branches, services.clock, services.patience, caller, invoice_id
            )
        if wanted.verb == "cancel":
            return cancel_invoice(services.invoices, services.clock, services.patience, caller, invoice_id, wanted.tag)
        if wanted.verb == "pay":
            new = NewPayment(wanted.amount_paise, wanted.mode, wanted.reference, DAY)
            return self.pay(services, caller, invoice_id, new, wanted.key)
        refund = NewRefund(wanted.amount_paise, wanted.mode, wanted.reference, DAY, "returned", None)
        return record_refund(
            services.invoices, services.clock, services.ids, services.patience,
            caller, invoice_id, refund, wanted.key,
        )  # fmt: skip


def pay(
    services: Services, caller: Caller, invoice_id: str, new: NewPayment, idempotency_key: str | None
) -> PaymentRecorded:
    """The service's own way to record a payment."""
    return record_payment(
        services.invoices, services.clock, services.ids, services.patience, caller, invoice_id, new, idempotency_key
    )


def new_invoice(wanted: Operation) -> NewInvoice:
    """One untaxed and one taxed line; the patient's id carries the tag."""
    lines = tuple(
        price_line(
            service_name=department,
            department=department,
            sac_hsn=None,
            quantity=Decimal(1),
            rate_paise=paise,
            discount_paise=0,
            tax_rate=rate,
            tax_treatment="taxable",
            supply_type="intra_state",
        )
        for department, paise, rate in (
            ("Medicine", wanted.amount_paise - 1000, Decimal(0)),
            ("Pharmacy", 1000, Decimal(5)),
        )
    )
    return NewInvoice(Patient(wanted.tag, "Asha Rao"), wanted.branch_id, DAY, "intra_state", lines, wanted.finalize)
