"""Gateways that repeat, reorder and overlap their callbacks, while people pay, apply and refund: the books.

A seed draws captured payments of several kinds, every event any gateway would send about them (some twice,
some never answered and sent again), refunds before and after, and tills that work on the same invoices.
Each actor is one sender; :mod:`tests.simulation.schedule` decides who goes on at each AWS call and what it
meets. A gateway repeats until it is answered 200, as they all do.

PYTHONPATH=.:layers/billing python -m tests.simulation.callbacks --seeds 1000
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from billing.application.apply_unapplied import apply_unapplied
from billing.application.patience import Patience
from billing.application.ports import Caller
from billing.application.process_callback import receive_callback
from billing.application.record_payment import NewPayment, record_payment
from billing.domain import errors
from billing.settings import Settings
from billing.streams.projection import project_batch
from billing.wiring import Services
from tests.http.api import Api
from tests.http.gateway_support import TOKENS, Accounts, money, refund, same_money_again
from tests.simulation.engine import BILLING, SUMMARY, InProcess, retries_sleep
from tests.simulation.faults import Killed
from tests.simulation.invariants import Item, check_head, check_summary, heads, integer
from tests.simulation.operations import DAY, clock
from tests.simulation.run import seeded_ids
from tests.simulation.schedule import Schedule, VirtualTime
from tests.unit.gateways import shapes

PROVIDERS = ("razorpay", "cashfree", "stripe", "payu")
REFUNDING = ("razorpay", "cashfree", "stripe")
SETTINGS = Settings(BILLING, SUMMARY, "tenant_id", "local", None)
CALLER = Caller("demo")
MOST_TRIES = 60


@dataclass
class Capture:
    """One captured payment, what it names, and the refunds of it."""

    provider: str
    key: str
    amount_paise: int
    invoice_id: str | None
    named_later: str | None = None
    refunds: dict[str, int] = field(default_factory=dict)

    def events(self, rng: Random) -> list[Any]:
        """Every event about it, some of them more than once, in any order."""
        events = [money(self.provider, self.invoice_id, self.amount_paise, self.key)]
        named = self.invoice_id or self.named_later
        if named is not None and self.amount_paise == 150000:
            events.append(same_money_again(self.provider, named, self.key))
        events += [refund(self.provider, self.key, amount, key) for key, amount in self.refunds.items()]
        events += [rng.choice(events) for _ in range(rng.randint(0, 3))]
        rng.shuffle(events)
        return events


@dataclass
class Result:
    """What one seed did."""

    seed: int
    violations: list[str]
    counts: Counter[str]


def draw(rng: Random, invoices: Sequence[str]) -> list[Capture]:
    """Some captures: for an invoice, for none, for one that is not there."""
    captures = []
    for number in range(rng.randint(1, 5)):
        provider = rng.choice(PROVIDERS)
        amount = rng.choice((10000, 60000, 150000, 150000))
        invoice_id = rng.choice((*invoices, *invoices, None, "MUM-01.0000000000000000"))
        capture = Capture(provider, f"{1000 + number}", amount, invoice_id)
        if invoice_id is None and rng.random() < 0.5:
            capture.named_later = rng.choice(invoices)
        if provider in REFUNDING and rng.random() < 0.5:
            for place in range(rng.randint(1, 2)):
                capture.refunds[f"{capture.key}9{place}"] = rng.choice((2500, amount // 2))
        captures.append(capture)
    return captures


def books(captures: Sequence[Capture], items: Sequence[Item]) -> list[str]:
    """Every captured rupee is on an invoice, waits, or went back; and it is so exactly once."""
    faults = []
    receipts = {(i["provider"]["S"], i["money_key"]["S"]): i for i in items if i["sk"]["S"] == "R"}
    payments = {
        record["M"]["id"]["S"]: (integer(record["M"], "a"), record["M"]["r"]["S"])
        for head in heads(items)
        for record in head["payments"]["M"].values()
        if record["M"]["s"]["S"] in PROVIDERS
    }
    refunds: Counter[str] = Counter()
    for head in heads(items):
        for record in head["refunds"]["M"].values():
            refunds[record["M"]["p"]["S"]] += integer(record["M"], "a")
    for capture in captures:
        receipt = receipts.pop((capture.provider, capture.key), None)
        name = f"{capture.provider} {capture.key}"
        if receipt is None or integer(receipt, "amount") != capture.amount_paise:
            faults.append(f"{name} was captured and is not there")
            continue
        applied = [(a["M"]["p"]["S"], integer(a["M"], "a")) for a in receipt["applications"]["L"]]
        returned = {key: integer(r["M"], "a") for key, r in receipt["refunds"]["M"].items()}
        unapplied = sum(integer(r["M"], "f") for r in receipt["refunds"]["M"].values())
        total = sum(amount for _, amount in applied) + integer(receipt, "remaining") + unapplied
        if total != capture.amount_paise or integer(receipt, "remaining") < 0:
            faults.append(f"{name}: {total} paise of {capture.amount_paise} are accounted for")
        if returned != capture.refunds or receipt["waiting"]["M"]:
            faults.append(f"{name}: refunds are {returned} instead of {capture.refunds}")
        if sum(refunds[payment] for payment, _ in applied) != sum(returned.values()) - unapplied:
            faults.append(f"{name}: the invoices returned something else")
        for payment_id, amount in applied:
            if payments.pop(payment_id, None) != (amount, capture.key):
                faults.append(f"{name}: its payment {payment_id} is not on the invoice")
    faults += [f"nobody captured {key}" for key in (*receipts, *payments)]
    return faults


class Simulator:
    """Runs seeds on one engine."""

    def __init__(self) -> None:
        self.engine = InProcess()

    def run(self, seed: int) -> Result:
        """One seed, to the verdict."""
        now = VirtualTime()
        with retries_sleep(now.sleep):
            return self._run(seed, now)

    def _run(self, seed: int, now: VirtualTime) -> Result:
        engine, rng = self.engine, Random(f"callbacks {seed}")
        engine.reset()
        patience = Patience(now.monotonic, now.sleep, Random(f"jitter {seed}").random)
        ids = seeded_ids(f"ids {seed}")
        services = Services(
            SETTINGS, client=engine.client, clock=clock, ids=ids, patience=patience, accounts=Accounts()
        )
        api = Api(services)
        api.branch()
        invoices = [str(api.invoice(rate)["id"]) for rate in (1500, 1000, 2000)]
        captures = draw(rng, invoices)
        if rng.random() < 0.5:
            self._standing(services, captures, invoices)
        schedule = Schedule(engine, Random(f"schedule {seed}"))
        answers: Counter[str] = Counter()
        for capture in captures:
            events = capture.events(rng)
            for place in range(rng.randint(1, 3)):
                batch = events[place::2] if place else events
                schedule.add(f"{capture.key}.{place}", self._gateway(services, capture.provider, batch, answers))
        if rng.random() < 0.7:
            schedule.add("till", self._till(services, rng.choice(invoices), rng.choice((5000, 100000)), answers))
        for desk in range(rng.randint(0, 2)):
            wanted = rng.sample(invoices, 3)
            schedule.add(f"desk {desk}", self._desk(services, wanted, answers))
        schedule.run()
        # What was sent last may have been struck and given up on; gateways go on for a day.
        for capture in captures:
            self._gateway(services, capture.provider, capture.events(Random(seed)), answers)()
        return Result(seed, self._judge(services, captures), answers + schedule.counts)

    def _standing(self, services: Services, captures: list[Capture], invoices: Sequence[str]) -> None:
        """Money that waits before the run begins: desks and refunds then want it at once."""
        waiting = Capture("razorpay", "999", 150000, None, invoices[0], {"99990": 70000, "99991": 50000})
        captures.append(waiting)
        self._gateway(services, "razorpay", [money("razorpay", None, 150000, "999")], Counter())()

    def _gateway(
        self, services: Services, provider: str, documents: Sequence[Any], answers: Counter[str]
    ) -> Callable[[], None]:
        def deliver() -> None:
            for document in documents:
                body = document if isinstance(document, bytes) else shapes.encode(document)
                sent, headers = shapes.signed(provider, body, at=int(clock().timestamp()))
                for _ in range(MOST_TRIES):
                    try:
                        event = receive_callback(services.callbacks, provider, TOKENS[provider], sent, headers)
                    except (errors.TemporarilyUnavailable, Killed) as problem:
                        answers[type(problem).__name__] += 1
                        continue
                    answers[event.outcome.code] += 1
                    break
                else:
                    raise AssertionError("never answered")

        return deliver

    def _till(self, services: Services, invoice_id: str, paise: int, answers: Counter[str]) -> Callable[[], None]:
        def pay() -> None:
            new = NewPayment(paise, "cash", "till", DAY)
            for _ in range(MOST_TRIES):
                try:
                    record_payment(
                        services.invoices, services.clock, services.ids, services.patience, CALLER, invoice_id, new, "k"
                    )
                except (errors.TemporarilyUnavailable, Killed):
                    continue
                except errors.BillingError as refused:
                    answers[type(refused).__name__] += 1
                return

        return pay

    def _desk(self, services: Services, invoices: Sequence[str], answers: Counter[str]) -> Callable[[], None]:
        """Somebody who applies whatever waits to whatever takes it."""

        def apply() -> None:
            for invoice_id in invoices:
                try:
                    waiting = services.receipts.list_receipts("demo", ("open",), None, 0, 5)
                    for receipt in waiting:
                        apply_unapplied(
                            services.receipts, services.clock, services.ids, services.patience, CALLER,
                            receipt.id, invoice_id, None, None,
                        )  # fmt: skip
                        answers["applied"] += 1
                except (errors.BillingError, Killed) as problem:
                    answers[type(problem).__name__] += 1
                except Exception as problem:
                    if type(problem).__name__ != "StoreBusy":
                        raise

        return apply

    def _judge(self, services: Services, captures: Sequence[Capture]) -> list[str]:
        items = self.engine.items()
        faults = [fault for head in heads(items) for fault in check_head(head)]
        faults += books(captures, items)
        states = Counter(i["state"]["S"] for i in items if i["sk"]["S"] == "G")
        if states.keys() - {"settled"}:
            faults.append(f"events are left {dict(states)}")
        stream = self.engine.stream()
        for start in range(0, len(stream), 100):
            failures, _ = project_batch(services.ledger, services.patience, stream[start : start + 100])
            if failures:
                faults.append("the stream function gave up")
        faults += check_summary(items, self.engine.items(SUMMARY))
        return faults


def main() -> int:
    """Run a range of seeds and say which break a promise."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seeds", type=int, default=100)
    parser.add_argument("--first", type=int, default=0)
    given = parser.parse_args()
    simulator, counts, broken = Simulator(), Counter[str](), 0
    for seed in range(given.first, given.first + given.seeds):
        result = simulator.run(seed)
        counts += result.counts
        if result.violations:
            broken += 1
            print(f"seed {seed}: {'; '.join(result.violations[:4])}", flush=True)
    print(f"{given.seeds} seeds, {broken} broken; {dict(counts.most_common())}")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
