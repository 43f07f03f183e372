"""POST /invoices/{id}/refunds: record money returned, never more than what was paid."""

from typing import Any

from billing import wiring
from billing.application.record_refund import NewRefund, record_refund
from billing.http import present
from billing.http.endpoint import WRITE_SCOPE, Endpoint, respond
from billing.http.request import idempotency_key, json_object
from billing.http.schemas import RefundBody, parse_body

endpoint = Endpoint(WRITE_SCOPE)


@endpoint.route("POST", "/invoices/<invoice_id>/refunds")
def post(invoice_id: str) -> Any:
    """Answer 201 with the refund, or 200 with the first one when it is recorded already."""
    caller, services = endpoint.caller(), wiring.services()
    key = idempotency_key(endpoint.event)
    body = parse_body(RefundBody, json_object(endpoint.event))
    new = NewRefund(body.amount, body.refund_mode, body.reference, body.refund_date, body.reason, body.payment_id)
    recorded = record_refund(
        services.invoices, services.clock, services.ids, services.patience, caller, invoice_id, new, key
    )
    answer = {"refund": present.refund(recorded.refund), "invoice": present.state(recorded.head)}
    if recorded.replayed:
        return respond(200, answer, {"Idempotent-Replayed": "true"})
    return respond(201, answer)


handler = endpoint.handler(lambda services: services.invoices.load_head(wiring.NOBODY.tenant, wiring.NO_INVOICE))
