"""Every fault at every AWS call of every writing endpoint, then the caller's retry: exactly one effect.

Each case begins from the same tables. A fault strikes one call of one request, either once (the SDK's own
retry then meets whatever was written) or at every try of the SDK (so that the service's own patience is
what answers). The caller sees the answer or, when the function was killed, none, and sends the very same
request again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any

from billing.application.patience import Patience
from billing.settings import Settings
from billing.wiring import Services
from tests.http.api import Answer, Api, invoice_body, payment_body
from tests.in_process import serve
from tests.simulation.engine import BILLING, SUMMARY, InProcess, retries_sleep
from tests.simulation.faults import FAULTS, Fault, Killed, inflict
from tests.simulation.invariants import check_branches, check_history, check_numbers, check_summary, heads
from tests.simulation.operations import clock
from tests.simulation.run import seeded_ids
from tests.simulation.schedule import VirtualTime


@dataclass(frozen=True)
class Scenario:
    """A request, what must be there before it, and how to count its effects among the stored items.

    ``most`` effects are allowed: 2 where the request has no identity and is documented as at least once.
    """

    name: str
    request: Callable[[Api, str], Answer]
    effects: Callable[[list[dict[str, Any]]], int]
    prepare: Callable[[Api], str] = lambda _: ""
    most: int = 1


def _create(*, finalize: bool, key: str | None) -> Callable[[Api, str], Answer]:
    def request(api: Api, _: str) -> Answer:
        body = invoice_body(100, finalize=finalize, patient={"id": "NEW", "name": "Asha Rao"})
        return api("POST", "/invoices", body, headers={"Idempotency-Key": key} if key else {})

    return request


def _pay(amount: int, key: str | None = None, **members: Any) -> Callable[[Api, str], Answer]:
    def request(api: Api, invoice_id: str) -> Answer:
        headers = {"Idempotency-Key": key} if key else {}
        return api("POST", f"/invoices/{invoice_id}/payments", payment_body(amount, **members), headers=headers)

    return request


def _refund(amount: int, key: str | None = None, **members: Any) -> Callable[[Api, str], Answer]:
    def request(api: Api, invoice_id: str) -> Answer:
        body = {"amount": amount, "refund_mode": "cash", "refund_date": "2026-03-16", "reason": "returned", **members}
        headers = {"Idempotency-Key": key} if key else {}
        return api("POST", f"/invoices/{invoice_id}/refunds", body, headers=headers)

    return request


def _branch(branch_id: str, code: str, name: str) -> Callable[[Api, str], Answer]:
    body = {"name": name, "code": code, "state_code": "27"}
    return lambda api, _: api("PUT", f"/branches/{branch_id}", body)


def count_of(predicate: Callable[[dict[str, Any]], bool]) -> Callable[[list[dict[str, Any]]], int]:
    return lambda items: sum(1 for item in items if predicate(item))


def records_of(name: str) -> Callable[[list[dict[str, Any]]], int]:
    def count(items: list[dict[str, Any]]) -> int:
        return sum(len(head[name]["M"]) for head in heads(items))

    return count


def _invoice(*, finalize: bool = True) -> Callable[[Api], str]:
    return lambda api: str(api.invoice(1000, finalize=finalize)["id"])


def _paid_invoice(api: Api) -> str:
    invoice_id = str(api.invoice(1000)["id"])
    assert api.pay(invoice_id, 1000, payment_mode="upi", reference="BEFORE").status == 201
    return invoice_id


def _second_draft(api: Api) -> str:
    api.invoice(50)
    return str(api.invoice(1000, finalize=False)["id"])


_new = count_of(lambda item: item.get("patient_id") == {"S": "NEW"})
_numbered = count_of(lambda item: item["sk"]["S"] == "H" and "number" in item and item["total"]["N"] == "100000")
_upi = {"payment_mode": "upi", "reference": "612345678901"}

SCENARIOS = (
    Scenario("create a draft, with key", _create(finalize=False, key="k"), _new),
    Scenario("create and finalize the first, with key", _create(finalize=True, key="k"), _new),
    Scenario("create and finalize another, with key", _create(finalize=True, key="k"), _new, _invoice()),
    Scenario("create, without key", _create(finalize=True, key=None), _new, most=2),
    Scenario(
        "finalize the first",
        lambda api, i: api("POST", f"/invoices/{i}/finalize"),
        _numbered,
        _invoice(finalize=False),
    ),
    Scenario("finalize another", lambda api, i: api("POST", f"/invoices/{i}/finalize"), _numbered, _second_draft),
    Scenario("pay a part, with key", _pay(400, "k"), records_of("payments"), _invoice()),
    Scenario("pay a part, by reference", _pay(400, **_upi), records_of("payments"), _invoice()),
    Scenario("pay a part, by key and reference", _pay(400, "k", **_upi), records_of("payments"), _invoice()),
    Scenario("pay in full, with key", _pay(1000, "k"), records_of("payments"), _invoice()),
    Scenario("pay in full, by reference", _pay(1000, **_upi), records_of("payments"), _invoice()),
    Scenario("pay cash, without key or reference", _pay(400), records_of("payments"), _invoice(), most=2),
    Scenario("refund a part, with key", _refund(400, "k"), records_of("refunds"), _paid_invoice),
    Scenario("refund in full, by reference", _refund(1000, refund_mode="upi", reference="R1"), records_of("refunds"),
             _paid_invoice),
    Scenario("cancel", lambda api, i: api("POST", f"/invoices/{i}/cancel", {"reason": "entered twice"}),
             count_of(lambda item: item.get("status") == {"S": "cancelled"}), _invoice()),
    Scenario("register a branch", _branch("NEW-01", "NEW", "Powai"), count_of(lambda i: i.get("code") == {"S": "NEW"})),
    Scenario("change a branch's code", _branch("DEL-01", "NEW", "Powai"),
             count_of(lambda i: i.get("code") == {"S": "NEW"}), lambda api: str(api.branch("DEL-01")["id"])),
)  # fmt: skip


@dataclass
class Report:
    """All cases run: how many, what the callers saw, and what went wrong."""

    cases: int = 0
    calls_per_request: dict[str, int] = field(default_factory=dict)
    seen: Counter[str] = field(default_factory=Counter)
    violations: list[str] = field(default_factory=list)


class _Strike:
    """Lets one fault strike the n-th logical call, at one or at every try of the SDK."""

    def __init__(self, fault: Fault, call: int, *, every_try: bool) -> None:
        self.fault, self.call, self.every_try = fault, call, every_try
        self.calls = 0
        self.struck = 0
        self.late: list[Any] = []

    def __call__(self, operation: str, request: Any) -> Any:
        again = "attempt=1" not in str(request.headers.get("amz-sdk-request", "attempt=1"))
        if not again:
            self.calls += 1
        if self.calls == self.call and (not again or self.every_try):
            self.struck += 1
            return inflict(self.fault, operation, request, self.late.append)
        return serve(request)


def run(scenarios: tuple[Scenario, ...] = SCENARIOS, faults: tuple[Fault, ...] = FAULTS) -> Report:
    """Every scenario, fault and call."""
    engine, report, now = InProcess(), Report(), VirtualTime()
    patience = Patience(now.monotonic, now.sleep, Random("single").random)
    settings = Settings(BILLING, SUMMARY, "tenant_id", "local", None)
    services = Services(settings, client=engine.client, clock=clock, ids=seeded_ids("ids"), patience=patience)
    api = Api(services)
    with retries_sleep(now.sleep):
        for scenario in scenarios:
            engine.reset()
            api.branch()
            prepared = scenario.prepare(api)
            saved = engine.save()
            for fault, every_try, call in _cases(faults):
                if call > report.calls_per_request.get(scenario.name, 99):
                    continue
                engine.restore(saved)
                strike = _Strike(fault, call, every_try=every_try)
                _one(engine, api, scenario, prepared, strike, report)
                if not strike.struck:
                    report.calls_per_request[scenario.name] = strike.calls
    return report


def _cases(faults: tuple[Fault, ...]) -> Iterator[tuple[Fault, bool, int]]:
    for call in range(1, 12):
        for fault in faults:
            for every_try in (False, True):
                yield fault, every_try, call


def _one(engine: InProcess, api: Api, scenario: Scenario, prepared: str, strike: _Strike, report: Report) -> None:
    engine.intercept = strike
    try:
        first: Answer | None = scenario.request(api, prepared)
    except Killed:
        first = None
    engine.intercept = None
    if not strike.struck:
        return
    report.cases += 1
    second = scenario.request(api, prepared)
    for request in strike.late:
        serve(request)
    report.seen[f"first {first.status if first else 'none'}, then {second.status}"] += 1
    items = engine.items()
    effects = scenario.effects(items)
    faults = [*check_history(engine.stream()), *check_numbers(items), *check_branches(items)]
    if first is not None and first.status not in (200, 201, 503):
        faults.append(f"the first answer is {first.status}")
    if second.status not in (200, 201):
        faults.append(f"the retry is answered with {second.status}: {second.text}")
    if not 1 <= effects <= scenario.most:
        faults.append(f"{effects} effects")
    if first is not None and first.status in (200, 201) and scenario.most == 1:
        identity = _identity(first.json)
        if identity != _identity(second.json):
            faults.append(f"{identity} became {_identity(second.json)}")
    api.settle()
    faults += check_summary(items, engine.items(SUMMARY))
    where = f"{scenario.name}: {strike.fault} at call {strike.call}{' at every try' if strike.every_try else ''}"
    report.violations += [f"{where}: {fault}" for fault in faults]


def _identity(document: dict[str, Any]) -> object:
    record = document.get("payment") or document.get("refund") or document
    return record["id"], document.get("invoice_number"), record.get("amount")
