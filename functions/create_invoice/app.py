"""POST /invoices: create an invoice as a draft, or finalized at once."""

from typing import Any

from billing import wiring
from billing.application.create_invoice import create_invoice
from billing.http import present
from billing.http.endpoint import BASE_PATH, WRITE_SCOPE, Endpoint, respond
from billing.http.invoice_body import new_invoice
from billing.http.request import LARGE_BODY_LIMIT_BYTES, idempotency_key, json_object
from billing.http.schemas import InvoiceBody, parse_body
from billing.http.warnings import gstin_warnings

endpoint = Endpoint(WRITE_SCOPE)


@endpoint.route("POST", "/invoices")
def post() -> Any:
    """Answer 201 with the whole invoice, or 200 when this key made it already."""
    caller, services = endpoint.caller(), wiring.services()
    key = idempotency_key(endpoint.event)
    body = parse_body(InvoiceBody, json_object(endpoint.event, LARGE_BODY_LIMIT_BYTES))
    warnings = gstin_warnings("/patient/gstin", body.patient.gstin, services.settings.stage)
    created = create_invoice(
        services.invoices, services.branches, services.clock, services.ids, services.patience, caller,
        new_invoice(body), key,
    )  # fmt: skip
    answer = {**present.invoice(created.invoice), **warnings}
    location = {"Location": f"{BASE_PATH}/invoices/{created.invoice.head.id}"}
    if created.replayed:
        return respond(200, answer, {**location, "Idempotent-Replayed": "true"})
    return respond(201, answer, location)


handler = endpoint.handler(
    lambda services: services.invoices, lambda services: services.branches.get(wiring.NOBODY.tenant, wiring.NOTHING)
)
