"""POST /invoices/{id}/payments: record money received, exactly once and for good."""

from datetime import date
from typing import Any

from billing import wiring
from billing.application.record_payment import NewPayment, record_payment
from billing.domain.identity import Identity
from billing.domain.invoice import Payment
from billing.http import present
from billing.http.endpoint import WRITE_SCOPE, Endpoint, respond
from billing.http.request import idempotency_key, json_object
from billing.http.schemas import PaymentBody, parse_body
from billing.http.warnings import payment_warnings

endpoint = Endpoint(WRITE_SCOPE)


@endpoint.route("POST", "/invoices/<invoice_id>/payments")
def post(invoice_id: str) -> Any:
    """Answer 201 with the payment, or 200 with the first one when it is recorded already."""
    caller, services = endpoint.caller(), wiring.services()
    key = idempotency_key(endpoint.event)
    body = parse_body(PaymentBody, json_object(endpoint.event))
    new = NewPayment(body.amount, body.payment_mode, body.reference, body.payment_date)
    recorded = record_payment(
        services.invoices, services.clock, services.ids, services.patience, caller, invoice_id, new, key
    )
    answer = {
        "payment": present.payment(recorded.payment),
        "invoice": present.state(recorded.head),
        **payment_warnings(recorded.payment, recorded.head),
    }
    if recorded.replayed:
        return respond(200, answer, {"Idempotent-Replayed": "true"})
    return respond(201, answer)


def _refused_write(services: wiring.Services) -> None:
    # Not a read: the SDK keeps much for each operation, and payments are updates. The update's condition asks for a
    # balance, which what does not exist has not: it is refused and writes nothing.
    payment = Payment("-", 1, "cash", None, date.min, "-", "api")
    services.invoices.add_payment(wiring.NOBODY.tenant, wiring.NO_INVOICE, Identity("-", None), payment, settles=False)


handler = endpoint.handler(_refused_write)
