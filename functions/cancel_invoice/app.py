"""POST /invoices/{id}/cancel: cancel an invoice that holds no money; its number stays used."""

from typing import Any

from billing import wiring
from billing.application.cancel_invoice import cancel_invoice
from billing.http import present
from billing.http.endpoint import WRITE_SCOPE, Endpoint, respond
from billing.http.request import json_object
from billing.http.schemas import CancelBody, parse_body

endpoint = Endpoint(WRITE_SCOPE)


@endpoint.route("POST", "/invoices/<invoice_id>/cancel")
def post(invoice_id: str) -> Any:
    """Answer with the whole invoice; repeated, the same again with its first reason."""
    caller, services = endpoint.caller(), wiring.services()
    body = parse_body(CancelBody, json_object(endpoint.event))
    invoice = cancel_invoice(services.invoices, services.clock, services.patience, caller, invoice_id, body.reason)
    return respond(200, present.invoice(invoice))


handler = endpoint.handler(lambda services: services.invoices.load(wiring.NOBODY.tenant, wiring.NO_INVOICE))
