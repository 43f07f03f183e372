"""POST /unapplied-receipts/{id}/apply: money that waits becomes a payment of an invoice."""

from typing import Any

from billing import wiring
from billing.application.apply_unapplied import apply_unapplied
from billing.http import present
from billing.http.endpoint import WRITE_SCOPE, Endpoint, respond
from billing.http.receipts import receipt_document
from billing.http.request import idempotency_key, json_object
from billing.http.schemas import ApplicationBody, parse_body

endpoint = Endpoint(WRITE_SCOPE)


@endpoint.route("POST", "/unapplied-receipts/<receipt_id>/apply")
def post(receipt_id: str) -> Any:
    """Answer 201 with the payment, or 200 with the first one when it is done already."""
    caller, services = endpoint.caller(), wiring.services()
    key = idempotency_key(endpoint.event)
    body = parse_body(ApplicationBody, json_object(endpoint.event))
    applied = apply_unapplied(
        services.receipts,
        services.clock,
        services.ids,
        services.patience,
        caller,
        receipt_id,
        body.invoice_id,
        body.amount,
        key,
    )
    answer = {
        "payment": present.payment(applied.payment),
        "invoice": present.state(applied.head),
        "receipt": receipt_document(applied.receipt),
    }
    if applied.replayed:
        return respond(200, answer, {"Idempotent-Replayed": "true"})
    return respond(201, answer)


handler = endpoint.handler(lambda services: services.receipts.load(wiring.NOBODY.tenant, wiring.NOTHING))
