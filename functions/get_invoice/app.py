"""GET /invoices/{id}: one invoice with its lines, totals and payments, strongly consistent."""

from typing import Any

from billing import wiring
from billing.application.get_invoice import get_invoice
from billing.http import present
from billing.http.endpoint import READ_SCOPE, Endpoint, respond

endpoint = Endpoint(READ_SCOPE)


@endpoint.route("GET", "/invoices/<invoice_id>")
def get(invoice_id: str) -> Any:
    """Answer with the whole invoice."""
    invoice = get_invoice(wiring.services().invoices, endpoint.caller(), invoice_id)
    return respond(200, present.invoice(invoice))


handler = endpoint.handler(lambda services: get_invoice(services.invoices, wiring.NOBODY, wiring.NO_INVOICE))
