"""What happened at the demo clinics, day by day, drawn from one fixed random seed.

The history ends on LAST_DAY whatever today is, so that every answer in the README stays true.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from billing.domain.calendar import IST
from billing.domain.invoice import PAYMENT_MODES, Patient, PaymentMode
from billing.domain.tax import LineItem, SupplyType, price_line
from tools.seed import catalogue
from tools.seed.catalogue import DEMO_TENANT, OTHER_TENANT, Service

LAST_DAY = date(2026, 10, 31)
DAYS = 400
RANDOM_SEED = 20261031
INVOICES = {DEMO_TENANT: 2600, OTHER_TENANT: 400}
PATIENTS = {DEMO_TENANT: 620, OTHER_TENANT: 90}
MODE_WEIGHTS = {"cash": 22, "card": 14, "upi": 38, "neft": 6, "cheque": 4, "online": 8, "insurance": 8}
BANKS = ("HDFC", "ICIC", "SBIN", "UTIB", "KKBK")


@dataclass(frozen=True)
class Receipt:
    """Money received: on which moment, in which part of what is then open (1 settles it)."""

    at: datetime
    share: Decimal
    mode: PaymentMode
    reference: str | None


@dataclass(frozen=True)
class Return:
    """Money given back from the last receipt."""

    at: datetime
    share: Decimal
    mode: PaymentMode
    reference: str
    reason: str


@dataclass(frozen=True)
class Visit:
    """One invoice and all that became of it."""

    tenant: str
    at: datetime
    branch_id: str
    patient: Patient
    supply_type: SupplyType
    lines: tuple[LineItem, ...]
    finalize: bool = True
    receipts: tuple[Receipt, ...] = ()
    refund: Return | None = None
    cancelled_at: datetime | None = None
    cancel_reason: str = ""


@dataclass
class Narrator:
    """Draws the history; every choice comes from its one source of randomness."""

    tenant: str
    random: random.Random
    patients: list[Patient] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.patients = [self._patient(number) for number in range(1, PATIENTS[self.tenant] + 1)]

    def visits(self) -> Iterator[Visit]:
        """All visits, oldest first."""
        moments = sorted(self._moment() for _ in range(INVOICES[self.tenant]))
        for moment in moments:
            yield self._visit(moment)

    def _moment(self) -> datetime:
        """Some minute of a working day; the clinics grew, so later days are busier; Sundays are quiet."""
        while True:
            ago = int(DAYS * (1 - self.random.random() ** 0.7))
            day = LAST_DAY - timedelta(days=ago)
            if day.weekday() != 6 or self.random.random() < 0.15:
                break
        return self._at(day)

    def _at(self, day: date) -> datetime:
        minutes, milliseconds = self.random.randrange(600), self.random.randrange(60_000)
        return datetime.combine(day, time(9), IST) + timedelta(minutes=minutes, milliseconds=milliseconds)

    def _patient(self, number: int) -> Patient:
        draw = self.random
        name = f"{draw.choice(catalogue.FIRST_NAMES)} {draw.choice(catalogue.LAST_NAMES)}"
        return Patient(
            id=f"PAT-{number:04d}",
            name=name,
            phone=f"+91 {draw.randrange(70000, 99999)} {draw.randrange(10000, 99999)}" if draw.random() < 0.8 else None,
            address=f"{draw.randrange(1, 200)}, {draw.choice(catalogue.STREETS)}" if draw.random() < 0.5 else None,
        )

    def _visit(self, at: datetime) -> Visit:
        draw = self.random
        branches = catalogue.BRANCHES[self.tenant]
        branch = draw.choices(branches, weights=(40, 30, 20, 10)[: len(branches)])[0]
        # Half of the visits are by one patient in six.
        regulars = len(self.patients) // 6
        patient = self.patients[draw.randrange(regulars if draw.random() < 0.5 else len(self.patients))]
        supply_type: SupplyType = "inter_state" if draw.random() < 0.02 else "intra_state"
        services = catalogue.DENTAL_SERVICES if self.tenant == OTHER_TENANT else catalogue.SERVICES
        chosen = draw.sample(services, k=min(draw.choices((1, 2, 3, 5), weights=(50, 28, 16, 6))[0], len(services)))
        lines = tuple(self._line(service, supply_type) for service in chosen)
        age_days = (LAST_DAY - at.date()).days
        fate = draw.random()
        plain = Visit(self.tenant, at, branch.id, patient, supply_type, lines)
        if fate < (0.03 if age_days > 30 else 0.12):
            return Visit(self.tenant, at, branch.id, patient, supply_type, lines, finalize=False)
        if fate > 0.965:
            cancelled_at = self._later(at, most_days=5)
            reason = draw.choice(catalogue.CANCEL_REASONS)
            return Visit(
                self.tenant, at, branch.id, patient, supply_type, lines, cancelled_at=cancelled_at, cancel_reason=reason
            )
        return self._paid(plain, age_days)

    def _line(self, service: Service, supply_type: SupplyType) -> LineItem:
        draw = self.random
        quantity = draw.randint(1, service.most)
        gross_paise = quantity * service.rate_rupees * 100
        discount_paise = gross_paise * draw.choice((5, 10, 15)) // 100 if draw.random() < 0.12 else 0
        return price_line(
            service_name=service.name,
            department=service.department,
            sac_hsn=service.sac_hsn,
            quantity=Decimal(quantity),
            rate_paise=service.rate_rupees * 100,
            discount_paise=discount_paise,
            tax_rate=service.tax_rate,
            tax_treatment=service.treatment,
            supply_type=supply_type,
        )

    def _paid(self, visit: Visit, age_days: int) -> Visit:
        draw = self.random
        settled = draw.random() < (0.93 if age_days > 60 else 0.72)
        parts = draw.choices((1, 2, 3), weights=(78, 17, 5))[0]
        if not settled:
            parts = draw.choices((0, 1, 2), weights=(55, 35, 10))[0]
        receipts: list[Receipt] = []
        at = visit.at
        for part in range(parts):
            at = at + timedelta(minutes=draw.randint(1, 20)) if part == 0 else self._later(at, most_days=25)
            last = settled and part == parts - 1
            share = Decimal(1) if last else Decimal(draw.randint(20, 60)) / 100
            mode = draw.choices(PAYMENT_MODES, weights=[MODE_WEIGHTS[mode] for mode in PAYMENT_MODES])[0]
            receipts.append(Receipt(at, share, mode, self._reference(mode)))
        refund = None
        if receipts and draw.random() < 0.025:
            mode = receipts[-1].mode
            refund = Return(
                at=self._later(at, most_days=10),
                share=Decimal(draw.choice((25, 50, 100))) / 100,
                mode=mode,
                reference=self._reference(mode) or f"RV-{draw.randrange(10000, 99999)}",
                reason=draw.choice(catalogue.REFUND_REASONS),
            )
        return Visit(
            visit.tenant, visit.at, visit.branch_id, visit.patient, visit.supply_type, visit.lines,
            receipts=tuple(receipts), refund=refund,
        )  # fmt: skip

    def _later(self, at: datetime, most_days: int) -> datetime:
        """Some later moment, on LAST_DAY at the latest."""
        day = min(at.date() + timedelta(days=self.random.randint(1, most_days)), LAST_DAY)
        return max(self._at(day), at + timedelta(minutes=1))

    def _reference(self, mode: PaymentMode) -> str | None:
        """A reference as the mode's own system writes it; only cash may go without."""
        draw = self.random
        if mode == "cash":
            return f"R-{draw.randrange(10000, 99999)}" if draw.random() < 0.4 else None
        if mode == "upi":
            return f"{draw.randrange(400_000_000_000, 699_999_999_999)}"
        if mode == "neft":
            return f"{draw.choice(BANKS)}N{draw.randrange(10**10, 10**11)}"
        if mode == "cheque":
            return f"{draw.randrange(100_000, 999_999)}"
        if mode == "card":
            return f"AUTH {draw.randrange(100_000, 999_999)}"
        if mode == "insurance":
            return f"CLM/{draw.randrange(100_000, 999_999)}"
        return f"order-{draw.randrange(10**8, 10**9)}"


def history(tenant: str) -> Iterator[Visit]:
    """The visits to a tenant's clinics, oldest first; always the same."""
    return Narrator(tenant, random.Random(f"{RANDOM_SEED} {tenant}")).visits()


def showcase() -> Visit:
    """One invoice of 1,500 rupees on the last evening, nothing paid yet: the README pays it."""
    services = {service.name: service for service in catalogue.SERVICES}
    lines = tuple(
        price_line(
            service_name=service.name,
            department=service.department,
            sac_hsn=service.sac_hsn,
            quantity=Decimal(1),
            rate_paise=service.rate_rupees * 100,
            discount_paise=0,
            tax_rate=service.tax_rate,
            tax_treatment=service.treatment,
            supply_type="intra_state",
        )
        for service in (services["Consultation"], services["X-ray, chest"], services["ECG"])
    )
    at = datetime.combine(LAST_DAY, time(19, 30), IST)
    patient = Patient("PAT-0001", "Asha Kulkarni", phone="+91 98220 55512")
    return Visit(DEMO_TENANT, at, "pune", patient, "intra_state", lines)
