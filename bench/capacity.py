"""Calls and capacity units of each operation, as DynamoDB Local (AWS's own engine) bills them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bench.world import World
from tests.contract.test_cost import billed
from tests.http.api import Answer, invoice_body

STREAM_BATCH = 90


def measure(world: World) -> dict[str, Any]:
    """For each operation: its calls in order, read and write units."""
    api = world.api
    seen: dict[str, dict[str, Any]] = {}

    def bill(name: str, action: Callable[[], Answer | None], expected: int = 200) -> Answer | None:
        with billed(world.services.dynamodb) as cost:
            answer = action()
        if answer is not None and answer.status != expected:
            raise SystemExit(f"{name}: answered {answer.status}: {answer.text[:300]}")
        writes = any(call in ("UpdateItem", "PutItem", "TransactWriteItems") for call in cost.calls)
        seen[name] = {"calls": cost.calls, "units": cost.units, "kind": "write and read" if writes else "read"}
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
    _stream(world, paid=False)
    bill(stream, lambda: _stream(world, paid=True))
    seen[stream]["units_per_payment"] = round(seen[stream]["units"] / STREAM_BATCH, 2)
    return seen


def _stream(world: World, *, paid: bool) -> None:
    """One batch of the stream: invoices of one branch and day, finalized, or each with its first payment."""
    from billing.adapters.dynamodb.items import head_item
    from billing.streams.projection import project_batch
    from tests.contract.samples import a_head, a_payment

    heads = [
        a_head(
            world.api.tenant,
            id=f"MUM-01.{number:016d}",
            rev=2 if paid else 1,
            **(
                {"status": "partially_paid", "paid_paise": 10_000, "payments": {"n": a_payment(10_000)}} if paid else {}
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
    failures, _ = project_batch(world.services.ledger, world.services.patience, records)
    if failures:
        raise SystemExit(f"the batch was not counted: {failures}")
