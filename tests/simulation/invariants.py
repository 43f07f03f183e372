"""What must hold whatever happened, judged from the stored items and from every image of the stream.

Nothing here uses the service's own arithmetic: sums, statuses and figures are worked out again.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tests.simulation.operations import Operation

Item = Mapping[str, Any]
OVERTAKEN = "refused, yet stored"
STEPS = {
    "draft": {"draft", "finalized", "paid", "cancelled"},
    "finalized": {"finalized", "partially_paid", "paid", "cancelled"},
    "partially_paid": {"partially_paid", "paid", "finalized"},
    "paid": {"paid", "partially_paid", "finalized", "cancelled"},  # a total of nothing is paid, and holds no money
    "cancelled": {"cancelled"},
}


def text(item: Item, name: str) -> str | None:
    """A string attribute."""
    return item[name]["S"] if name in item else None


def integer(item: Item, name: str) -> int:
    """A number attribute."""
    return int(item[name]["N"])


def amounts(item: Item, name: str) -> list[int]:
    """The amounts of an invoice's payments or refunds, in paise."""
    return [integer(record["M"], "a") for record in item[name]["M"].values()]


def heads(items: Iterable[Item]) -> list[Item]:
    """The invoices among a table's items."""
    return [item for item in items if item["sk"]["S"] == "H"]


def check_head(head: Item) -> list[str]:
    """The arithmetic of one image of one invoice."""
    return [f"{head['pk']['S']}: {fault}" for fault in (*_check_sums(head), *_check_state(head))]


def _check_sums(head: Item) -> list[str]:
    faults = []
    total, balance = integer(head, "total"), integer(head, "balance")
    received, returned = sum(amounts(head, "payments")), sum(amounts(head, "refunds"))
    net = received - returned
    if (integer(head, "paid"), integer(head, "refunded")) != (net, returned):
        faults.append("sums differ from the records")
    if not 0 <= net <= total:
        faults.append("more refunded than paid, or more paid than owed")
    if balance != (0 if text(head, "status") == "cancelled" else total - net) or balance < 0:
        faults.append("payments - refunds + balance is not the total")
    if sum(int(value["N"]) for value in head["departments"]["M"].values()) + integer(head, "round_off") != total:
        faults.append("the departments do not sum to the total")
    return faults


def _check_state(head: Item) -> list[str]:
    faults = []
    total, status, numbered = integer(head, "total"), text(head, "status"), "number" in head
    net = sum(amounts(head, "payments")) - sum(amounts(head, "refunds"))
    if status in ("draft", "cancelled"):
        if net:
            faults.append(f"{status} with money")
    elif status != (expected := "paid" if net == total else "partially_paid" if net else "finalized"):
        faults.append(f"status {status} where arithmetic says {expected}")
    if numbered != ("finalized_at" in head) or (status != "cancelled" and numbered == (status == "draft")):
        faults.append("number and state disagree")
    if text(head, "open_status") != (None if status == "paid" else status):
        faults.append("the index of open invoices disagrees")
    faults += [
        f"a key leads to no {kind}"
        for kind in ("payment", "refund")
        if not {entry["S"] for entry in head[f"{kind}_keys"]["M"].values()} <= head[f"{kind}s"]["M"].keys()
    ]
    return faults


def check_history(records: Sequence[Mapping[str, Any]]) -> list[str]:
    """Every step every item ever took: nothing written is changed, no step is skipped."""
    faults = []
    for record in records:
        change = record["dynamodb"]
        old, new = change.get("OldImage"), change.get("NewImage")
        pk, sk = change["Keys"]["pk"]["S"], change["Keys"]["sk"]["S"]
        if new is None:
            if not sk.startswith(("C#", "M")):  # code claims are released; M is a planted bug's own
                faults.append(f"{pk} {sk} was deleted")
            continue
        if sk == "H":
            faults += check_head(new)
            if old is not None:
                faults += [f"{pk}: {fault}" for fault in _step(old, new)]
        elif old is not None and sk in ("L", "K"):
            faults.append(f"{pk} {sk} was changed")
    return faults


def _step(old: Item, new: Item) -> list[str]:
    faults = []
    if integer(new, "rev") != integer(old, "rev") + 1:
        faults.append("rev did not grow by one")
    if new["status"]["S"] not in STEPS[old["status"]["S"]]:
        faults.append(f"{old['status']['S']} became {new['status']['S']}")
    for name in ("payments", "refunds", "payment_keys", "refund_keys"):
        if any(new[name]["M"].get(entry) != record for entry, record in old[name]["M"].items()):
            faults.append(f"one of the {name} was changed")
        if len(new[name]["M"]) > len(old[name]["M"]) + 1:
            faults.append(f"two {name} in one step")
    constant = ["tenant", "id", "date", "patient_id", "patient_name", "departments", "created_at"]
    if "number" in old:
        constant += ["number", "total", "round_off", "branch", "finalized_at"]
    faults += [f"{name} was changed" for name in constant if old.get(name) != new.get(name)]
    return faults


def check_numbers(items: Sequence[Item]) -> list[str]:
    """Consecutive from 1 per tenant, branch and financial year; the counter at the last one."""
    faults = []
    issued: dict[str, list[str]] = defaultdict(list)
    for head in heads(items):
        number = text(head, "number")
        if number:
            # Not by the number's prefix: a branch may change its code until its first number.
            day = head["date"]["S"]
            begins = int(day[2:4]) - (day[5:7] < "04")
            series = f"T#{text(head, 'tenant')}#N#{text(head, 'branch_id')}#{begins:02d}{begins + 1:02d}"
            issued[series].append(number)
            if number.split("/")[1] != series[-4:]:
                faults.append(f"{number} is of another year than {day}")
    counters = {item["pk"]["S"]: integer(item, "last") for item in items if item["sk"]["S"] == "N"}
    if counters != {series: len(numbers) for series, numbers in issued.items()}:
        faults.append("a counter differs from the numbers issued")
    for series, numbers in issued.items():
        if sorted(int(n.rpartition("/")[2]) for n in numbers) != list(range(1, len(numbers) + 1)):
            faults.append(f"{series}: gap or duplicate in {sorted(numbers)}")
        if len({n.rpartition("/")[0] for n in numbers}) != 1:
            faults.append(f"{series}: two prefixes")
    return faults


def check_branches(items: Sequence[Item]) -> list[str]:
    """Each branch holds the claim of its code, and no claim is left over."""
    found: dict[tuple[str, str], str] = {}
    claims: dict[tuple[str, str], str] = {}
    for item in items:
        sk = item["sk"]["S"]
        if sk.startswith("B#"):
            found[item["pk"]["S"], item["code"]["S"]] = item["id"]["S"]
        elif sk.startswith("C#"):
            claims[item["pk"]["S"], sk[2:]] = item["branch_id"]["S"]
    return [] if found == claims else [f"branch codes {found} but claims {claims}"]


def check_tenants(items: Sequence[Item]) -> list[str]:
    """Every item lies under its own tenant's keys."""
    return [
        f"{item['pk']['S']} belongs to {item['tenant']['S']}"
        for item in items
        if "tenant" in item and not item["pk"]["S"].startswith(f"T#{item['tenant']['S']}#")
    ]


def check_effects(operations: Sequence[Operation], items: Sequence[Item], slots: Mapping[str, str]) -> list[str]:
    """Acknowledged means stored, once; refused means not stored; unknown means at most once."""
    faults: list[str] = []
    by_id = {item["id"]["S"]: item for item in heads(items)}
    requests: dict[tuple[str, str], list[Operation]] = defaultdict(list)
    for operation in operations:
        if operation.tries and operation.verb in ("create", "pay", "refund"):
            requests[operation.verb, operation.tag].append(operation)
    for (verb, tag), tried in requests.items():
        if verb == "create":
            stored = {(i, 0) for i, head in by_id.items() if text(head, "patient_id") == tag}
        else:
            head = by_id[slots[tried[0].slot]]
            records = (r["M"] for r in head["payments" if verb == "pay" else "refunds"]["M"].values())
            stored = {(r["id"]["S"], integer(r, "a")) for r in records if text(r, "r") == tag}
            if head["tenant"]["S"] != tried[0].tenant and stored:
                faults.append(f"{tag}: stored on another tenant's invoice")
        told = {_told(operation) for operation in tried if operation.result is not None}
        faults += [f"{tag}: {fault}" for fault in _check_request(tried, stored, told)]
    return [*faults, *_check_ends(operations, by_id, slots)]


def _told(operation: Operation) -> tuple[str, int]:
    """Id and amount as the caller was told."""
    result = operation.result
    if operation.verb == "create":
        return result.invoice.head.id, 0
    record = result.payment if operation.verb == "pay" else result.refund
    return record.id, record.amount_paise


def _check_request(
    tried: Sequence[Operation], stored: set[tuple[str, int]], told: set[tuple[str, int]]
) -> Iterable[str]:
    first = tried[0]
    identified = first.key is not None or (first.verb != "create" and first.mode != "cash")
    if not told <= stored:
        yield f"acknowledged {told}, stored {stored}"
    if len(stored) > (1 if identified else sum(operation.tries for operation in tried)):
        yield f"stored {len(stored)} times, acknowledged {len(told)}"
    # What has no identity is another request each time: the refusal of a later try says nothing about an earlier one.
    is_judged = identified or all(operation.tries == 1 for operation in tried)
    if stored and is_judged and all(operation.refusal for operation in tried):
        yield OVERTAKEN


def _check_ends(operations: Sequence[Operation], by_id: Mapping[str, Item], slots: Mapping[str, str]) -> Iterable[str]:
    for operation in operations:
        if operation.result is None or operation.verb not in ("finalize", "cancel"):
            continue
        head = by_id[slots[operation.slot]]
        if operation.verb == "cancel" and text(head, "status") != "cancelled":
            yield f"{operation.tag}: cancelled, yet {text(head, 'status')}"
        if operation.verb == "finalize" and text(head, "number") != operation.result.head.number:
            yield f"{operation.tag}: acknowledged another number"


def check_summary(billing: Sequence[Item], summary: Sequence[Item]) -> list[str]:
    """Every row recomputed from the invoices, once the stream is drained."""
    wanted = {key: value for key, value in _recount(billing).items() if value}
    stored = {
        (item["pk"]["S"], item["sk"]["S"], name): int(value["N"])
        for item in summary
        if "#S#" in item["pk"]["S"]
        for name, value in item.items()
        if "N" in value and int(value["N"])
    }
    faults = []
    if stored != wanted:
        different = sorted(k for k in stored.keys() | wanted.keys() if stored.get(k) != wanted.get(k))
        faults.append(f"the summary differs from the invoices in {different[:3]}")
    for tenant in {key[0].split("#")[1] for key in stored}:
        ever: Counter[str] = Counter()
        for (pk, sk, name), value in stored.items():
            if pk == f"T#{tenant}#S#*" and sk.startswith("Y#"):
                ever[name] += value
        collected = sum(value for name, value in ever.items() if name.startswith("c_"))
        if ever["billed"] - collected != ever["outstanding"]:
            faults.append("billed - collected is not outstanding")
    return faults


def _recount(billing: Sequence[Item]) -> Counter[tuple[str, str, str]]:
    counted: Counter[tuple[str, str, str]] = Counter()
    for head in heads(billing):
        tenant, branch_id, status = head["tenant"]["S"], head["branch_id"]["S"], head["status"]["S"]
        day = head["date"]["S"]
        for scope in (branch_id, "*"):
            for moved, name, value in _figures(head):
                for period in (f"D#{moved}", f"M#{moved[:7]}", f"Y#{moved[:4]}"):
                    counted[f"T#{tenant}#S#{scope}", period, name] += value
            counted[f"T#{tenant}#S#{scope}", f"C#{day[:7]}", f"{day[8:]}:{status}"] += 1
        counted[f"T#{tenant}#S#*", f"B#{day}", f"{branch_id}:{status}"] += 1
        serial = head["id"]["S"].split(".")[1]
        half = "0" if serial[4] in "0123456789abcdef" else "g"
        counted[f"T#{tenant}#S#*", f"P#{day}", f"{branch_id}.{serial[:4]}{half}"] += 1
    for receipt in billing:
        # Money a gateway captured that waits for an invoice, on the day it was received.
        if receipt["sk"]["S"] == "R":
            tenant, day = receipt["tenant"]["S"], receipt["received_date"]["S"]
            for scope in (receipt["branch_id"]["S"], "*"):
                for period in (f"D#{day}", f"M#{day[:7]}", f"Y#{day[:4]}"):
                    counted[f"T#{tenant}#S#{scope}", period, "unapplied"] += integer(receipt, "remaining")
    return counted


def _figures(head: Item) -> Iterable[tuple[str, str, int]]:
    """Day, figure and value of everything an invoice adds."""
    status, day = head["status"]["S"], head["date"]["S"]
    yield day, f"n_{status}", 1
    if status in ("finalized", "partially_paid", "paid"):
        yield day, "billed", integer(head, "total")
        yield day, "outstanding", integer(head, "balance")
        yield day, "rounding", integer(head, "round_off")
        for name, value in head["departments"]["M"].items():
            yield day, f"r:{name}", int(value["N"])
    for name, sign in (("payments", 1), ("refunds", -1)):
        for record in head[name]["M"].values():
            fields = record["M"]
            yield fields["d"]["S"], f"c_{fields['m']['S']}", sign * integer(fields, "a")


def check_store(
    items: Sequence[Item],
    records: Sequence[Mapping[str, Any]],
    operations: Sequence[Operation],
    slots: Mapping[str, str],
) -> list[str]:
    """All faults of the billing table after a run."""
    return [
        *check_history(records),
        *check_numbers(items),
        *check_branches(items),
        *check_tenants(items),
        *check_effects(operations, items, slots),
    ]
