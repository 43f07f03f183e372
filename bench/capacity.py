"""Calls and capacity units of each operation, as DynamoDB Local (AWS's own engine) bills them.

Two things it does not tell are reckoned from the sizes of the items, as bench/scale/writes.py does: a transaction's
further items (two units for each begun kilobyte), and a write refused by its condition (the stored item's kilobytes;
AWS bills those as well). It doubles a transaction's index rows, which AWS does not: creations come out too dear.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from bench.scale.writes import MeteredLedger, item_bytes, transaction_units
from bench.world import World
from billing.adapters.dynamodb.summary_store import DynamoSummaryLedger, batch_get
from tests.contract.test_cost import billed
from tests.http.api import Answer, invoice_body

STREAM_BATCH = 90


def measure(world: World) -> dict[str, Any]:
    """For each operation: its calls in order, read and write units."""
    api = world.api
    seen: dict[str, dict[str, Any]] = {}

    def bill(name: str, action: Callable[[], Answer | None], expected: int = 200) -> Answer | None:
        with billed(world.services.dynamodb) as cost, _untold(world) as untold:
            answer = action()
        if answer is not None and answer.status != expected:
            raise SystemExit(f"{name}: answered {answer.status}: {answer.text[:300]}")
        writes = any(call in ("UpdateItem", "PutItem", "TransactWriteItems") for call in cost.calls)
        seen[name] = {
            "calls": cost.calls,
            "units": cost.units + untold(),
            "kind": "write and read" if writes else "read",
        }
        return answer

    bill("GET invoice of 20 lines", lambda: api("GET", f"/invoices/{world.invoice_id}"))
    bill("LIST page 1", lambda: api("GET", "/invoices"))
    bill("LIST page 3", lambda: api("GET", "/invoices", query={"page": 3}))
    bill("LIST open invoices", lambda: api("GET", "/invoices", query={"status": "finalized"}))
    month = {"date_from": "2026-03-01", "date_to": "2026-03-31"}
    bill("LIST of a month", lambda: api("GET", "/invoices", query=month))
    bill("SUMMARY of a month", lambda: api("GET", "/summary", query=month))
    years = {"date_from": "2024-01-10", "date_to": "2026-12-20"}
    bill("SUMMARY of 3 years", lambda: api("GET", "/summary", query=years))
    bill("CREATE and finalize", lambda: api("POST", "/invoices", invoice_body(1500, finalize=True)), 201)
    paid = api.invoice(1500)["id"]

    def pay(amount: int, reference: str) -> Callable[[], Answer]:
        return lambda: api.pay(paid, amount, payment_mode="upi", reference=reference)

    bill("PAYMENT, the first part", pay(500, "412345678901"), 201)
    bill("PAYMENT, a further part", pay(100, "412345678902"), 201)
    bill("PAYMENT, repeated", pay(100, "412345678902"))
    bill("PAYMENT, the rest", pay(900, "412345678903"), 201)
    stream = f"STREAM, {STREAM_BATCH} payments of one day in one batch"
    _stream(world, world.services.ledger, paid=False)
    ledger = MeteredLedger(world.services.dynamodb, world.services.settings.summary_table)
    with billed(world.services.dynamodb) as cost:
        _stream(world, ledger, paid=True)
    # The ledger reads what it wrote, to size it: those reads are the meter's own.
    calls = [call for place, call in enumerate(cost.calls) if not place or call != "BatchGetItem"]
    seen[stream] = {
        "calls": calls,
        "units": float(ledger.units),
        "kind": "write and read",
        "units_per_payment": round(ledger.units / STREAM_BATCH, 2),
    }
    return seen


@contextmanager
def _untold(world: World) -> Iterator[Callable[[], float]]:
    """Yields what tells by how much the engine's account of the block's writes is short."""
    client = world.services.dynamodb
    keys: list[Mapping[str, Any]] = []
    told, refused = 0.0, 0

    def ask(params: dict[str, Any], **_: Any) -> None:
        for write in params["TransactItems"]:
            ((_, what),) = write.items()
            keys.append({name: what.get("Key", what.get("Item"))[name] for name in ("pk", "sk")})

    def note(parsed: Mapping[str, Any], **_: Any) -> None:
        nonlocal told
        told += sum(part["Table"]["CapacityUnits"] for part in parsed["ConsumedCapacity"])

    def note_refusal(parsed: Mapping[str, Any], **_: Any) -> None:
        nonlocal refused
        if parsed.get("Error", {}).get("Code") == "ConditionalCheckFailedException":
            refused += math.ceil(item_bytes(parsed["Item"]) / 1024)

    def short() -> float:
        table = world.services.settings.billing_table
        return refused + (transaction_units(batch_get(client, table, keys, consistent=True)) - told if keys else 0.0)

    client.meta.events.register("provide-client-params.dynamodb.TransactWriteItems", ask)
    client.meta.events.register("after-call.dynamodb.TransactWriteItems", note)
    client.meta.events.register("after-call.dynamodb.UpdateItem", note_refusal)
    try:
        yield short
    finally:
        client.meta.events.unregister("provide-client-params.dynamodb.TransactWriteItems", ask)
        client.meta.events.unregister("after-call.dynamodb.TransactWriteItems", note)
        client.meta.events.unregister("after-call.dynamodb.UpdateItem", note_refusal)


def _stream(world: World, ledger: DynamoSummaryLedger, *, paid: bool) -> None:
    """One batch of the stream: invoices of one branch and day, finalized, or each with its first payment."""
    from billing.adapters.dynamodb.items import head_item
    from billing.streams.projection import project_batch
    from tests.contract.samples import DAY, a_head, a_payment

    heads = [
        a_head(
            world.api.tenant,
            id=f"MUM-01.{number:016d}",
            rev=2 if paid else 1,
            **(
                {
                    "status": "partially_paid",
                    "paid_paise": 10_000,
                    "payments": {"n": a_payment(10_000, payment_date=DAY)},
                }
                if paid
                else {}
            ),
        )
        for number in range(STREAM_BATCH)
    ]
    records = [
        {
            "dynamodb": {
                "Keys": {"pk": item["pk"], "sk": item["sk"]},
                "NewImage": item,
                "SequenceNumber": str(place),
            }
        }
        for place, item in enumerate(map(head_item, heads))
    ]
    failures, _ = project_batch(ledger, world.services.patience, records)
    if failures:
        raise SystemExit(f"the batch was not counted: {failures}")
