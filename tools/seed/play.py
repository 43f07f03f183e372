"""Act the history out through the use cases: the rules that guard the API guard the seed as well."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from billing import wiring
from billing.application.branches import put_branch
from billing.application.cancel_invoice import cancel_invoice
from billing.application.create_invoice import NewInvoice, create_invoice
from billing.application.patience import Patience
from billing.application.ports import Caller
from billing.application.record_payment import NewPayment, record_payment
from billing.application.record_refund import NewRefund, record_refund
from billing.domain.invoice import InvoiceHead
from billing.settings import Settings
from tools.seed import catalogue
from tools.seed.catalogue import DEMO_TENANT
from tools.seed.history import LAST_DAY, RANDOM_SEED, Receipt, Return, Visit, history, showcase


@dataclass
class Player:
    """Plays visits on a store, with the clock wherever the visit is."""

    client: Any
    settings: Settings
    now: datetime = field(default_factory=lambda: showcase().at)

    def __post_init__(self) -> None:
        patience = Patience(lambda: 0.0, lambda _seconds: None, lambda: 0.5)
        ids = wiring.RandomIds(random.Random(RANDOM_SEED).getrandbits)
        self.services = wiring.Services(
            self.settings, client=self.client, clock=lambda: self.now, ids=ids, patience=patience
        )

    def branches(self, tenant: str) -> None:
        """Register a tenant's branches."""
        for branch in catalogue.BRANCHES[tenant]:
            put_branch(self.services.branches, self.services.patience, Caller(tenant), branch)

    def visit(self, visit: Visit) -> InvoiceHead:
        """One invoice from its creation to what became of it."""
        parts, caller = self.services, Caller(visit.tenant)
        self.now = visit.at
        new = NewInvoice(
            visit.patient, visit.branch_id, visit.at.date(), visit.supply_type, visit.lines, finalize=visit.finalize
        )
        head = create_invoice(
            parts.invoices, parts.branches, parts.clock, parts.ids, parts.patience, caller, new, None
        ).invoice.head
        for receipt in visit.receipts:
            head = self._receive(caller, head, receipt)
        if visit.refund and head.paid_paise:
            head = self._return(caller, head, visit.refund)
        if visit.cancelled_at:
            self.now = visit.cancelled_at
            head = cancel_invoice(
                parts.invoices, parts.clock, parts.patience, caller, head.id, visit.cancel_reason
            ).head
        return head

    def _receive(self, caller: Caller, head: InvoiceHead, receipt: Receipt) -> InvoiceHead:
        if not head.balance_paise:
            return head
        self.now = receipt.at
        amount_paise = _share_of(head.balance_paise, receipt.share)
        new = NewPayment(amount_paise, receipt.mode, receipt.reference, receipt.at.date())
        parts = self.services
        return record_payment(parts.invoices, parts.clock, parts.ids, parts.patience, caller, head.id, new, None).head

    def _return(self, caller: Caller, head: InvoiceHead, refund: Return) -> InvoiceHead:
        self.now = refund.at
        last = max(head.payments.values(), key=lambda payment: payment.recorded_at)
        new = NewRefund(
            _share_of(last.amount_paise, refund.share),
            refund.mode,
            refund.reference,
            refund.at.date(),
            refund.reason,
            last.id,
        )
        parts = self.services
        return record_refund(parts.invoices, parts.clock, parts.ids, parts.patience, caller, head.id, new, None).head


def _share_of(amount_paise: int, share: Decimal) -> int:
    """A part of an amount in whole rupees where that is possible, at least one paisa."""
    part = int(amount_paise * share)
    return max(part - part % 100 if part >= 100 and part < amount_paise else part, 1)


def play(client: Any, settings: Settings) -> dict[str, Any]:
    """Seed both tenants. Returns what `stack.json` says about it: ids worth trying, and counts."""
    player = Player(client, settings)
    counts: dict[str, Counter[str]] = {}
    examples: dict[str, str] = {}
    for tenant in catalogue.BRANCHES:
        player.branches(tenant)
        counts[tenant] = Counter()
        for visit in history(tenant):
            head = player.visit(visit)
            counts[tenant][head.status] += 1
            if tenant == DEMO_TENANT:
                examples[head.status] = head.id
    to_pay = player.visit(showcase())
    counts[DEMO_TENANT][to_pay.status] += 1
    return {
        "tenants": list(catalogue.BRANCHES),
        "branches": {tenant: [branch.id for branch in branches] for tenant, branches in catalogue.BRANCHES.items()},
        "last_day": LAST_DAY.isoformat(),
        "invoices": {tenant: dict(sorted(count.items())) for tenant, count in counts.items()},
        "invoice_to_pay": to_pay.id,
        "invoice_of_each_status": dict(sorted(examples.items())),
        "patient_id": "PAT-0001",
    }
