"""One random life of a billing table, delivered to the stream function with faults, and what must hold after it."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from billing import wiring
from billing.application.patience import Patience
from billing.settings import Settings
from tests import in_process
from tests.http.api import Api, invoice_body
from tests.simulation.engine import retries_sleep
from tests.simulation.faults import FAULTS, Fault
from tests.streams.engine import faulty_client, stream_records
from tests.streams.lambda_stream import Handler, StreamModel
from tests.streams.recount import all_items, expected_rows, stored_rows
from tests.tables import create_tables
from tools.in_process.gateway import Context, function

BRANCHES = {"MUM-01": "MUM01", "MUM": "MUM", "PUN-01": "PUN01"}
MODES = ("cash", "card", "upi", "neft", "cheque", "online", "insurance")
FAULT_RATE = 0.12  # of calls; the SDK tries again what can be tried again
LATE_RATE = 0.3  # chance of a request given up to arrive before the next invocation
FORGOTTEN_RATE = 0.04  # calls beside which an invocation that Lambda gave up still runs
POISON_RATE = 0.03


@dataclass
class Outcome:
    """What a schedule did, and which promises it saw broken (none: all held)."""

    seed: int
    broken: list[str] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)


MakeHandler = Callable[[wiring.Services], Handler]


def real_handler(services: wiring.Services) -> Handler:
    """functions/update_summary/app.py."""
    handler = function("update_summary").handler

    def handle(event: dict[str, Any]) -> Any:
        wiring.use(services)
        return handler(event, Context())

    return handle


def run_schedule(seed: int, make_handler: MakeHandler = real_handler, operations: int = 60) -> Outcome:
    """Write, deliver, recount. Repeatable from the seed."""
    rng = random.Random(seed)
    outcome = Outcome(seed)
    world = World(rng, seed)
    try:
        with retries_sleep(world.wait):
            _play(rng, world, make_handler, operations, outcome)
    finally:
        wiring.use(None)
        world.close()
    return outcome


def _play(rng: random.Random, world: World, make_handler: MakeHandler, operations: int, outcome: Outcome) -> None:
    handler = make_handler(world.stream_services)
    model = StreamModel(rng, handler, batch_size=rng.choice((5, 25, 100, 500)), shards=rng.randint(1, 3))
    world.forgotten = lambda: handler({"Records": model.any_batch()})
    poison = 0
    for _ in range(operations):
        if rng.random() < POISON_RATE:
            poison += 1
            world.write_poison(poison)
        else:
            world.write_something()
        world.feed(model)
        if rng.random() < 0.3 and model.pending:
            world.deliver(model)
    while model.pending:
        world.deliver(model)
    world.late_requests_arrive(1)
    _check(world, model, poison, outcome)
    before = sorted(map(repr, all_items(world.admin, world.summary_table)))
    records = [record for shard in model.shards for record in shard.records]
    rng.shuffle(records)
    for start in range(0, len(records), 100):
        handler({"Records": records[start : start + 100]})
    if sorted(map(repr, all_items(world.admin, world.summary_table))) != before:
        outcome.broken.append("replaying everything changed something")
    outcome.counts |= model.counts | {"records": len(records), "poison": poison} | world.fault_counts


def _check(world: World, model: StreamModel, poison: int, outcome: Outcome) -> None:
    expected = expected_rows(all_items(world.admin, world.billing_table))
    stored = stored_rows(all_items(world.admin, world.summary_table))
    if stored != expected:
        differing = [key for key in stored.keys() | expected.keys() if stored.get(key) != expected.get(key)]
        outcome.broken.append(f"{len(differing)} rows differ from the recount, e.g. {min(differing)}")
    ever = dict.fromkeys(("billed", "outstanding", "collected"), 0)
    for (partition, period), row in stored.items():
        if partition.endswith("#S#*") and period.startswith("Y#"):
            for name in ("billed", "outstanding"):
                ever[name] += row.get(name, 0)
            ever["collected"] += sum(value for name, value in row.items() if name.startswith("c_"))
    if ever["billed"] - ever["collected"] != ever["outstanding"]:
        outcome.broken.append("billed - collected is not outstanding")
    bad = {record["dynamodb"]["Keys"]["pk"]["S"] for record in model.parked if "poison" in _image(record)}
    if len(bad) != poison:
        outcome.broken.append(f"{poison} poison records written, {len(bad)} parked")
    if any("poison" not in _image(record) for record in model.parked):
        outcome.broken.append("a good record was given up")


def _image(record: Any) -> Any:
    return record["dynamodb"]["NewImage"]


class World:
    """Two tables of one schedule, the API that writes into one and the services of the stream function."""

    def __init__(self, rng: random.Random, seed: int) -> None:
        self._rng = rng
        self.billing_table, self.summary_table = f"billing-{seed}", f"summary-{seed}"
        self.admin = in_process.client()
        create_tables(self.admin, billing=self.billing_table, summary=self.summary_table)
        settings = Settings(self.billing_table, self.summary_table, "tenant_id", "local", None)
        self._now = datetime(2026, 3, 1, 6, 30, tzinfo=UTC)
        self._waited = 0.0
        self._late: list[Any] = []
        patience = Patience(lambda: self._waited, self.wait, rng.random)
        self.api = Api(wiring.Services(settings, client=self.admin, clock=lambda: self._now, patience=patience))
        self.stream_services = wiring.Services(
            settings, client=faulty_client(self._fault, self._late.append), patience=patience
        )
        self.forgotten: Callable[[], Any] = lambda: None
        self.fault_counts: Counter[str] = Counter()
        self._delivering = False
        self._fed = 0
        self._open: list[dict[str, Any]] = []
        for branch_id, code in BRANCHES.items():
            self.api.branch(branch_id, code=code)

    def close(self) -> None:
        """Forget the tables."""
        in_process.drop_tables(self.billing_table, self.summary_table)

    def feed(self, model: StreamModel) -> None:
        """Hand the stream's new records over."""
        records = stream_records(self.billing_table)
        for record in records[self._fed :]:
            model.feed(record)
        self._fed = len(records)

    def deliver(self, model: StreamModel) -> None:
        """One invocation with faults."""
        self.late_requests_arrive(LATE_RATE)
        self._delivering = True
        try:
            model.step()
        finally:
            self._delivering = False

    def late_requests_arrive(self, chance: float) -> None:
        """Some of the requests whose sender stopped waiting are carried out now."""
        arriving = [request for request in self._late if self._rng.random() < chance]
        self._late[:] = [request for request in self._late if request not in arriving]
        for request in arriving:
            in_process.serve(request)

    def write_poison(self, number: int) -> None:
        """A record that is no invoice although its key says so."""
        item = {"pk": {"S": f"T#demo#I#POISON.{number}"}, "sk": {"S": "H"}, "poison": {"BOOL": True}}
        self.admin.put_item(TableName=self.billing_table, Item=item)

    def write_something(self) -> None:
        """One change as callers make them."""
        rng = self._rng
        self._now += timedelta(hours=rng.randint(0, 30))
        action = rng.random()
        if not self._open or action < 0.3:
            self._create()
            return
        invoice = rng.choice(self._open)
        path = f"/invoices/{invoice['id']}"
        if action < 0.4:
            self.api("POST", f"{path}/finalize")
        elif action < 0.46:
            self.api("POST", f"{path}/cancel", {"reason": "entered twice"})
        elif action < 0.56:
            body = {"amount": rng.randint(1, 200), "refund_mode": rng.choice(MODES), "reference": self._reference()}
            self.api("POST", f"{path}/refunds", body | {"refund_date": self._today(), "reason": "returned"})
        elif action < 0.6:
            # Many days of one document at once: more rows than one transaction holds.
            for _ in range(16):
                self._now += timedelta(days=1)
                self._pay(path, 7)
        else:
            self._pay(path, rng.choice((rng.randint(1, 900), 1500)))

    def _create(self) -> None:
        rng = self._rng
        lines = [
            invoice_body(rng.choice((350, 1499.5, 20000)))["line_items"][0]
            | {"department": rng.choice(("Radiology", "Pharmacy", "OPD")), "tax_rate": 18, "tax_treatment": "taxable"}
            for _ in range(rng.randint(1, 3))
        ]
        day = (self._now - timedelta(days=rng.randint(0, 40))).date().isoformat()
        branch_id = rng.choice(list(BRANCHES))
        body = invoice_body(branch_id=branch_id, line_items=lines, date=day, finalize=rng.random() < 0.7)
        answer = self.api("POST", "/invoices", body)
        assert answer.status == 201, answer.text
        self._open.append(answer.json)

    def _pay(self, path: str, amount: int) -> None:
        mode = self._rng.choice(MODES)
        body = {"amount": amount, "payment_mode": mode, "reference": self._reference(), "payment_date": self._today()}
        self.api("POST", f"{path}/payments", body)

    def _reference(self) -> str:
        return f"REF-{self._rng.randrange(10**9)}"

    def _today(self) -> str:
        return (self._now + timedelta(hours=5, minutes=30)).date().isoformat()

    def wait(self, seconds: float) -> None:
        """Time that passes without anybody waiting for it."""
        self._waited += seconds

    def _fault(self, operation: str) -> Fault | None:
        if not self._delivering:
            return None
        if operation == "TransactWriteItems" and self._rng.random() < FORGOTTEN_RATE:
            self._delivering = False
            self.forgotten()
            self._delivering = True
        if self._rng.random() < FAULT_RATE:
            self.fault_counts["faults"] += 1
            fault = self._rng.choice(FAULTS)
            self.fault_counts[fault] += 1
            return fault
        return None
