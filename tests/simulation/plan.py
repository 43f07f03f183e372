"""What a seed makes the callers do. Plans are drawn before the run, so that faults do not change them."""

from __future__ import annotations

from random import Random

from billing.domain.branch import Branch
from tests.simulation.operations import Operation, Verb

TENANTS = ("alpha", "beta")
BRANCHES = {"MUM-01": "MUM", "DEL-01": "DEL"}
VERBS: tuple[Verb, ...] = ("pay", "refund", "create", "finalize", "cancel", "put_branch")
# What everybody begins with in some runs: most bugs of money show where two callers meet.
RUSHES: tuple[tuple[Verb, ...], ...] = (
    ("pay",),
    ("refund",),
    ("finalize", "create"),
    ("pay", "cancel"),
    ("pay", "refund"),
)
RUSH_SLOTS: dict[Verb, tuple[str, ...]] = {"refund": ("s1",), "finalize": ("draft", "draft 2")}
DUE_PAISE = {2000: 2100, 150_000: 150_100, 100_050: 100_100}  # of lines before tax and rounding: what is due


def branch(branch_id: str, name: str = "Andheri", code: str | None = None) -> Branch:
    """A branch as a caller would register it."""
    return Branch(branch_id, name, code or BRANCHES[branch_id], "27", None, round_off=True)


class Planner:
    """Draws the operations of one run."""

    def __init__(self, rng: Random, prefix: str = "") -> None:
        self.rng = rng
        self._prefix = prefix
        self._count = 0
        self._identified: list[Operation] = []
        self._rush = rng.choice(RUSHES) if rng.random() < 0.5 else ()

    def standing(self) -> list[Operation]:
        """What was done in peace before the run: two contended invoices, two drafts, another tenant's."""
        made = [
            self._create("alpha", "s0", finalize=True),
            self._create("alpha", "s1", finalize=True),
            self._create("alpha", "draft", finalize=False),
            self._create("alpha", "draft 2", finalize=False),
            self._create("beta", "other", finalize=True),
        ]
        for operation in made[:2] + made[3:]:
            operation.branch_id = "MUM-01"
        paid = Operation("pay", "alpha", "before", "s1", mode="upi", reference="before")
        paid.amount_paise = DUE_PAISE[made[1].amount_paise] // self.rng.choice((1, 2))
        return [*made, paid]

    def client(self, tenant: str) -> list[Operation]:
        """A few operations of one caller, some of them another caller's very own request."""
        own: list[str] = []
        operations = []
        for place in range(self.rng.randint(3, 6)):
            rushes = place == 0 and tenant == "alpha" and self._rush
            if self._identified and not rushes and self.rng.random() < 0.2:
                operations.append(self._again(self.rng.choice(self._identified)))
                continue
            operation = self._one(tenant, own, self.rng.choice(self._rush) if rushes else None)
            if operation.verb == "create":
                own.append(operation.slot)
            if operation.verb in ("pay", "refund") and (operation.key or operation.mode != "cash"):
                self._identified.append(operation)
            operations.append(operation)
        return operations

    def _one(self, tenant: str, own: list[str], rushed: Verb | None = None) -> Operation:
        rng = self.rng
        # The second tenant also tries the first one's invoice.
        standing = ["s0", "s0", "s1", "draft", "draft 2"] if tenant == "alpha" else ["other", "other", "s0"]
        verb = rushed or rng.choices(VERBS, (10, 8, 4, 5, 2, 1))[0]
        drafts = [slot for slot in standing if slot.startswith("draft")] or standing
        # Refunds mostly go where money is, which also lets two of them meet.
        likely = {"finalize": drafts, "refund": ["s1", "s1", "s1", *standing]}.get(verb, standing) + own
        slot = rng.choice(likely if rushed is None else RUSH_SLOTS.get(rushed, ("s0",)))
        if verb == "create":
            return self._create(tenant, self._tag("new"), finalize=rushed is not None or rng.random() < 0.6)
        if verb == "put_branch":
            branch_id = rng.choice(sorted(BRANCHES))
            code = rng.choice((BRANCHES[branch_id], "XYZ"))
            return Operation(
                "put_branch", tenant, self._tag("branch"), branch=branch(branch_id, f"Name {rng.randrange(3)}", code)
            )
        tag = self._tag(verb)
        operation = Operation(verb, tenant, tag, slot=slot, patient=rng.choice((1, 4, 4, 4)))
        if verb in ("pay", "refund"):
            # Cash references are remarks: here they tell which request a stored record came from.
            operation.mode = rng.choice(("cash", "upi", "card", "cheque"))
            operation.reference = tag
            operation.key = f"key {tag}" if rng.random() < 0.6 else None
            due_paise = rng.choice(tuple(DUE_PAISE.values()))
            parts = (1, 500, due_paise // 3, due_paise // 2, due_paise)
            # One amount in two is small enough for the smallest invoice, so that most refunds find their money.
            operation.amount_paise = rng.choice(parts if verb == "pay" else (*parts, 1, 500, 700))
        return operation

    def _create(self, tenant: str, slot: str, *, finalize: bool) -> Operation:
        rng = self.rng
        tag = self._tag("P")
        return Operation(
            "create",
            tenant,
            tag,
            slot=slot,
            key=f"key {tag}" if rng.random() < 0.8 else None,
            amount_paise=rng.choice(tuple(DUE_PAISE)),
            branch_id=rng.choice(("MUM-01", "MUM-01", "DEL-01")),
            finalize=finalize,
        )

    def _again(self, first: Operation) -> Operation:
        """The same request from a second till: mostly the same content, sometimes another amount."""
        amount_paise = first.amount_paise if self.rng.random() < 0.8 else first.amount_paise + 1
        return Operation(
            first.verb, first.tenant, first.tag, first.slot, first.key, amount_paise, first.mode, first.reference
        )

    def _tag(self, kind: str) -> str:
        self._count += 1
        return f"{self._prefix}{kind}-{self._count}"
