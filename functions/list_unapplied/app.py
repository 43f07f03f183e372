"""GET /unapplied-receipts: money a gateway captured that waits for an invoice, or did."""

from typing import Any

from billing import wiring
from billing.application.list_unapplied import list_unapplied
from billing.http.endpoint import READ_SCOPE, Endpoint, respond
from billing.http.parameters import branch_filter, neighbour_links, paging
from billing.http.receipts import receipt_document, receipt_status
from billing.http.request import query_parameters

endpoint = Endpoint(READ_SCOPE)


@endpoint.route("GET", "/unapplied-receipts")
def get() -> Any:
    """Answer with an array, newest first; ``Link`` leads on."""
    caller, services = endpoint.caller(), wiring.services()
    parameters = query_parameters(endpoint.event, ("status", "branch_id", "page", "per_page"))
    status, branch_id = receipt_status(parameters), branch_filter(parameters)
    page, per_page = paging(parameters)
    receipts, more = list_unapplied(services.receipts, caller, status, branch_id, page, per_page)
    link = neighbour_links(endpoint.event["rawPath"], parameters, page, more=more)
    return respond(200, [receipt_document(receipt) for receipt in receipts], {"Link": link})


handler = endpoint.handler(lambda services: list_unapplied(services.receipts, wiring.NOBODY, None, None, 1, 1))
