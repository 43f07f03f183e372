"""POST /invoices/{id}/finalize: give a draft its number and make it payable."""

from typing import Any

from billing import wiring
from billing.application.finalize_invoice import finalize_invoice
from billing.http import present
from billing.http.endpoint import WRITE_SCOPE, Endpoint, respond
from billing.http.request import no_body

endpoint = Endpoint(WRITE_SCOPE)


@endpoint.route("POST", "/invoices/<invoice_id>/finalize")
def post(invoice_id: str) -> Any:
    """Answer with the whole invoice; repeated, the same again and no second number."""
    caller, services = endpoint.caller(), wiring.services()
    no_body(endpoint.event)
    invoice = finalize_invoice(
        services.invoices, services.branches, services.clock, services.patience, caller, invoice_id
    )
    return respond(200, present.invoice(invoice))


handler = endpoint.handler(
    lambda services: services.branches, lambda services: services.invoices.load(wiring.NOBODY.tenant, wiring.NO_INVOICE)
)
