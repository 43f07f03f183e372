"""The service beside a model of it: any sequence of calls, each answer foretold, each invariant checked each time.

The calls go through the real handlers; the model is a few dictionaries that know nothing of stores, keys
or conditions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from billing.application.patience import Patience
from billing.streams.projection import project_batch
from billing.wiring import Services
from tests.http.api import Answer, Api, invoice_body, payment_body
from tests.simulation.engine import BILLING, SUMMARY, InProcess
from tests.simulation.invariants import check_branches, check_history, check_numbers, check_summary, check_tenants
from tests.simulation.operations import clock
from tests.simulation.run import SETTINGS, seeded_ids
from tests.simulation.schedule import VirtualTime

BRANCHES = {"MUM-01": "MUM", "DEL-01": "DEL"}
MODES = ("cash", "card", "upi", "neft", "cheque", "online", "insurance")
DATES = ("2025-03-31", "2025-04-01", "2026-02-28", "2026-03-10")


@dataclass
class Money:
    """A payment or refund as it was asked for, and the id it got."""

    invoice: int
    body: dict[str, Any]
    key: str | None
    id: str

    @property
    def identified(self) -> bool:
        """Whether asking again is asking for the same one."""
        mode = self.body.get("payment_mode") or self.body.get("refund_mode")
        return self.key is not None or mode != "cash"

    @property
    def amount(self) -> int:
        """In whole rupees, as this model pays."""
        return int(self.body["amount"])


@dataclass
class Invoice:
    """What the model knows of one invoice; amounts in whole rupees."""

    id: str
    total: int
    date: str
    branch_id: str
    patient_id: str
    finalized: bool
    cancelled: bool = False
    payments: list[Money] = field(default_factory=list)
    refunds: list[Money] = field(default_factory=list)

    @property
    def paid(self) -> int:
        return sum(p.amount for p in self.payments) - sum(r.amount for r in self.refunds)

    @property
    def status(self) -> str:
        if self.cancelled:
            return "cancelled"
        if not self.finalized:
            return "draft"
        return "paid" if self.paid == self.total else "partially_paid" if self.paid else "finalized"

    @property
    def balance(self) -> int:
        return 0 if self.cancelled else self.total - self.paid


class BillingModel(RuleBasedStateMachine):
    """One tenant's invoices, and a neighbour who must never matter."""

    engine: ClassVar[InProcess | None] = None
    operations: ClassVar[Counter[str]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        cls = type(self)
        cls.engine = cls.engine or InProcess()
        self.store = cls.engine
        self.store.reset()
        now = VirtualTime()
        patience = Patience(now.monotonic, now.sleep, Random("model").random)
        ids = seeded_ids("model ids")
        self.services = Services(SETTINGS, client=self.store.client, clock=clock, ids=ids, patience=patience)
        self.api = Api(self.services)
        self.invoices: list[Invoice] = []
        self.created: list[tuple[str, dict[str, Any], int]] = []
        self.names = 0
        self.seen = 0

    @initialize()
    def branches(self) -> None:
        for branch_id, code in BRANCHES.items():
            self.api.branch(branch_id, code=code)
        # Two open invoices to begin with: most of what is worth trying needs one.
        for total in (100, 1500):
            body = invoice_body(total, finalize=True, branch_id="MUM-01", patient={"id": "P1", "name": "Asha Rao"})
            made = self._call("create", "POST", "/invoices", body)
            self.invoices.append(Invoice(made.json["id"], total, body["date"], "MUM-01", "P1", finalized=True))

    def _call(self, name: str, *arguments: Any, **options: Any) -> Answer:
        self.operations[name] += 1
        answer = self.api(*arguments, **options)
        assert answer.status < 500, answer.text
        return answer

    def _name(self) -> str:
        self.names += 1
        return f"N{self.names}"

    # --- Creation, finalizing, cancelling ---------------------------------------------------------------------

    @rule(
        total=st.sampled_from([0, 1, 100, 1500]), day=st.sampled_from(DATES),
        branch_id=st.sampled_from(sorted(BRANCHES)),
        patient=st.integers(1, 3), finalize=st.booleans(), keyed=st.booleans(),
    )  # fmt: skip
    def create(self, total: int, day: str, branch_id: str, patient: int, finalize: bool, keyed: bool) -> None:
        body = invoice_body(
            total, finalize=finalize, date=day, branch_id=branch_id, patient={"id": f"P{patient}", "name": "Asha Rao"}
        )
        key = self._name() if keyed else None
        answer = self._call("create", "POST", "/invoices", body, headers={"Idempotency-Key": key} if key else {})
        assert answer.status == 201, answer.text
        self.invoices.append(Invoice(answer.json["id"], total, day, branch_id, f"P{patient}", finalize))
        if key:
            self.created.append((key, body, len(self.invoices) - 1))

    @precondition(lambda self: self.created)
    @rule(data=st.data(), same=st.booleans())
    def create_again(self, data: st.DataObject, same: bool) -> None:
        key, body, place = data.draw(st.sampled_from(self.created))
        if not same:
            body = {**body, "date": next(day for day in DATES if day != body["date"])}
        answer = self._call("create again", "POST", "/invoices", body, headers={"Idempotency-Key": key})
        if same:
            assert (answer.status, answer.json["id"]) == (200, self.invoices[place].id)
        else:
            assert (answer.status, answer.code) == (422, "idempotency_key_reused")
            assert [fault["pointer"] for fault in answer.json["errors"]] == ["/date"]

    @precondition(lambda self: self.invoices)
    @rule(data=st.data())
    def finalize(self, data: st.DataObject) -> None:
        invoice = data.draw(st.sampled_from(self.invoices))
        answer = self._call("finalize", "POST", f"/invoices/{invoice.id}/finalize")
        if invoice.cancelled:
            assert (answer.status, answer.code) == (409, "not_finalizable")
            return
        invoice.finalized = True
        assert (answer.status, answer.json["status"]) == (200, invoice.status)

    @precondition(lambda self: self.invoices)
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        invoice = data.draw(st.sampled_from(self.invoices))
        answer = self._call("cancel", "POST", f"/invoices/{invoice.id}/cancel", {"reason": "entered twice"})
        if invoice.paid and not invoice.cancelled:
            assert (answer.status, answer.code) == (409, "has_payments")
            return
        invoice.cancelled = True
        assert (answer.status, answer.json["status"]) == (200, "cancelled")

    # --- Money ------------------------------------------------------------------------------------------------

    @precondition(lambda self: self.invoices)
    @rule(data=st.data(), part=st.sampled_from([1, 2, 3]), mode=st.sampled_from(MODES), keyed=st.booleans())
    def pay(self, data: st.DataObject, part: int, mode: str, keyed: bool) -> None:
        self._pay(data, part, mode, keyed=keyed)

    @precondition(lambda self: self.invoices)
    @rule(data=st.data(), part=st.sampled_from([2, 3, 5]), mode=st.sampled_from(MODES[1:]))
    def pay_a_part_by_reference(self, data: st.DataObject, part: int, mode: str) -> None:
        self._pay(data, part, mode, keyed=False)

    def _pay(self, data: st.DataObject, part: int, mode: str, *, keyed: bool) -> None:
        place = data.draw(st.integers(0, len(self.invoices) - 1))
        invoice = self.invoices[place]
        amount = max(1, invoice.balance // part) + data.draw(st.sampled_from([0, 0, 0, 1]))
        body = payment_body(amount, payment_mode=mode, payment_date="2026-03-15")
        if mode != "cash":
            body["reference"] = self._name()
        key = self._name() if keyed else None
        answer = self._call("pay", "POST", f"/invoices/{invoice.id}/payments", body, headers=_header(key))
        if invoice.status not in ("finalized", "partially_paid"):
            assert (answer.status, answer.code) == (409, "not_payable")
        elif amount > invoice.balance:
            assert (answer.status, answer.code, answer.json["balance"]) == (409, "overpayment", invoice.balance)
        else:
            assert answer.status == 201, answer.text
            invoice.payments.append(Money(place, body, key, answer.json["payment"]["id"]))
            self._shows(answer.json["invoice"], invoice)

    @precondition(lambda self: any(i.payments for i in self.invoices))
    @rule(data=st.data(), part=st.sampled_from([1, 2, 3]), mode=st.sampled_from(MODES), keyed=st.booleans())
    def refund(self, data: st.DataObject, part: int, mode: str, keyed: bool) -> None:
        place = data.draw(st.sampled_from([n for n, i in enumerate(self.invoices) if i.payments]))
        invoice = self.invoices[place]
        amount = max(1, invoice.paid // part) + data.draw(st.sampled_from([0, 0, 0, 1]))
        body = {"amount": amount, "refund_mode": mode, "refund_date": "2026-03-16", "reason": "returned"}
        if mode != "cash":
            body["reference"] = self._name()
        key = self._name() if keyed else None
        answer = self._call("refund", "POST", f"/invoices/{invoice.id}/refunds", body, headers=_header(key))
        if invoice.paid == 0:
            assert (answer.status, answer.code) == (409, "not_refundable")
        elif amount > invoice.paid:
            assert (answer.status, answer.code, answer.json["refundable"]) == (409, "over_refund", invoice.paid)
        else:
            assert answer.status == 201, answer.text
            invoice.refunds.append(Money(place, body, key, answer.json["refund"]["id"]))
            self._shows(answer.json["invoice"], invoice)

    def _moved(self) -> Iterator[tuple[str, Money]]:
        for invoice in self.invoices:
            for kind, records in (("payment", invoice.payments), ("refund", invoice.refunds)):
                yield from ((kind, record) for record in records if record.identified)

    @precondition(lambda self: any(True for _ in self._moved()))
    @rule(data=st.data())
    def replay(self, data: st.DataObject) -> None:
        kind, record = data.draw(st.sampled_from(list(self._moved())))
        invoice = self.invoices[record.invoice]
        path = f"/invoices/{invoice.id}/{kind}s"
        answer = self._call("replay", "POST", path, record.body, headers=_header(record.key))
        assert (answer.status, answer.json[kind]["id"]) == (200, record.id), answer.text
        assert answer.headers["Idempotent-Replayed"] == "true"
        self._shows(answer.json["invoice"], invoice)

    @precondition(lambda self: any(True for _ in self._moved()))
    @rule(data=st.data(), other_key=st.booleans())
    def mismatch(self, data: st.DataObject, other_key: bool) -> None:
        kind, record = data.draw(st.sampled_from(list(self._moved())))
        path = f"/invoices/{self.invoices[record.invoice].id}/{kind}s"
        natural = "reference" in record.body
        key = self._name() if other_key and natural else record.key
        body = {**record.body, "amount": record.amount + 1}
        answer = self._call("mismatch", "POST", path, body, headers=_header(key))
        if key is not None and key == record.key:
            assert (answer.status, answer.code) == (422, "idempotency_key_reused")
            assert [fault["pointer"] for fault in answer.json["errors"]] == ["/amount"]
        else:
            assert (answer.status, answer.code) == (409, "duplicate_reference")
            assert answer.json[f"{kind}_id"] == record.id

    # --- Reading ----------------------------------------------------------------------------------------------

    @precondition(lambda self: self.invoices)
    @rule(data=st.data())
    def get(self, data: st.DataObject) -> None:
        invoice = data.draw(st.sampled_from(self.invoices))
        answer = self._call("get", "GET", f"/invoices/{invoice.id}")
        assert answer.status == 200
        self._shows({**answer.json, "total": answer.json["totals"]["grand_total"]}, invoice)
        for kind, records in (("payments", invoice.payments), ("refunds", invoice.refunds)):
            shown = {(record["id"], record["amount"]) for record in answer.json[kind]}
            assert shown == {(record.id, record.amount) for record in records}

    @rule(
        status=st.sampled_from([None, "draft", "finalized", "partially_paid", "paid", "cancelled"]),
        branch_id=st.sampled_from([None, *sorted(BRANCHES)]), patient=st.sampled_from([None, 1, 2]),
        first=st.sampled_from([None, *DATES]), last=st.sampled_from([None, *DATES]), page=st.integers(1, 3),
    )  # fmt: skip
    def list(
        self, status: str | None, branch_id: str | None, patient: int | None, first: str | None, last: str | None,
        page: int,
    ) -> None:  # fmt: skip
        if first and last and first > last:
            first, last = last, first
        patient_id = f"P{patient}" if patient else None
        asked = {
            "status": status, "branch_id": branch_id, "patient_id": patient_id, "date_from": first, "date_to": last,
        }  # fmt: skip
        query = {name: value for name, value in asked.items() if value}
        answer = self._call("list", "GET", "/invoices", query={**query, "page": page, "per_page": 3})
        matching = sorted(
            (i.date, i.id)
            for i in self.invoices
            if status in (None, i.status)
            and branch_id in (None, i.branch_id)
            and patient_id in (None, i.patient_id)
            and (first or "") <= i.date <= (last or "9")
        )[::-1]
        assert [(row["date"], row["id"]) for row in answer.json] == matching[3 * page - 3 : 3 * page], query
        assert int(answer.headers["X-Total-Count"]) == len(matching), (query, answer.headers, matching)

    @rule(branch_id=st.sampled_from([None, *sorted(BRANCHES)]))
    def summary(self, branch_id: str | None) -> None:
        query = {"branch_id": branch_id} if branch_id else {}
        figures = self._call("summary", "GET", "/summary", query=query).json
        counted = [i for i in self.invoices if branch_id in (None, i.branch_id)]
        billed = [i for i in counted if i.status in ("finalized", "partially_paid", "paid")]
        assert figures["total_billed"] == sum(i.total for i in billed)
        assert figures["total_outstanding"] == sum(i.balance for i in billed)
        assert figures["total_collected"] == sum(i.paid for i in counted)
        by_mode: Counter[str] = Counter(dict.fromkeys(MODES, 0))
        for invoice in counted:
            for payment in invoice.payments:
                by_mode[payment.body["payment_mode"]] += payment.amount
            for refund in invoice.refunds:
                by_mode[refund.body["refund_mode"]] -= refund.amount
        assert figures["collection_by_mode"] == dict(by_mode)
        assert sum(figures["revenue_by_department"].values()) == figures["total_billed"]
        assert figures["total_billed"] - figures["total_collected"] == figures["total_outstanding"]

    @precondition(lambda self: self.invoices)
    @rule(data=st.data())
    def neighbour(self, data: st.DataObject) -> None:
        invoice = data.draw(st.sampled_from(self.invoices))
        path = f"/invoices/{invoice.id}"
        answers = [
            self._call("neighbour", "GET", path, tenant="other"),
            self._call("neighbour", "POST", f"{path}/payments", payment_body(1), tenant="other"),
            self._call("neighbour", "POST", f"{path}/cancel", {"reason": "not mine"}, tenant="other"),
        ]
        assert {(answer.status, answer.code) for answer in answers} == {(404, "invoice_not_found")}
        assert self._call("neighbour", "GET", "/invoices", tenant="other").json == []

    @staticmethod
    def _shows(document: dict[str, Any], invoice: Invoice) -> None:
        expected = (invoice.status, invoice.total, invoice.paid, invoice.balance)
        assert (document["status"], document["total"], document["paid"], document["balance"]) == expected

    # --- After every step -------------------------------------------------------------------------------------

    @invariant()
    def the_books_are_right(self) -> None:
        records = self.store.stream(self.seen)
        failures, unreadable = project_batch(self.services.ledger, self.services.patience, records)
        assert (failures, unreadable) == ([], 0)
        self.seen += len(records)
        items = self.store.items(BILLING)
        faults = [*check_history(records), *check_branches(items), *check_tenants(items)]
        faults += check_numbers(items)
        faults += check_summary(items, self.store.items(SUMMARY))
        assert not faults, faults


def _header(key: str | None) -> dict[str, str]:
    return {"Idempotency-Key": key} if key else {}
