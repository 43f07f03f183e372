"""GET /invoices: a page of invoices, newest first; any page costs what the first one costs."""

from typing import Any

from billing import wiring
from billing.application.list_invoices import InvoiceFilter, list_from, list_page
from billing.http import present
from billing.http.endpoint import READ_SCOPE, Endpoint, respond
from billing.http.parameters import (
    FILTERS,
    MAX_CSV_ROWS,
    cursor_link,
    decode_cursor,
    encode_cursor,
    invoice_filter,
    page_links,
    paging,
)
from billing.http.request import invalid_parameter, query_parameters, wants_csv

endpoint = Endpoint(READ_SCOPE)


@endpoint.route("GET", "/invoices")
def get() -> Any:
    """Answer with an array of summaries; ``X-Total-Count`` and ``Link`` tell the rest."""
    caller, services = endpoint.caller(), wiring.services()
    parameters = query_parameters(endpoint.event, (*FILTERS, "page", "per_page", "cursor"))
    wanted = invoice_filter(parameters)
    as_csv = wants_csv(endpoint.event)
    limits = {"default_per_page": MAX_CSV_ROWS, "max_per_page": MAX_CSV_ROWS} if as_csv else {}
    page, per_page = paging(parameters, **limits)
    path = endpoint.event["rawPath"]
    headers = {"Vary": "Accept"}
    if "cursor" in parameters:
        if "page" in parameters:
            raise invalid_parameter("cursor", "conflicting_parameters", "cannot be used with page")
        start = decode_cursor(parameters["cursor"], parameters, caller.tenant)
        found = list_from(services.index, caller, wanted, start, per_page)
    else:
        found = list_page(services.index, services.summary, caller, wanted, page, per_page)
        headers["X-Total-Count"] = str(found.total)
        headers["Link"] = page_links(path, parameters, page, per_page, found.total or 0)
    if found.next is not None:
        headers["X-Next-Cursor"] = encode_cursor(found.next, parameters, caller.tenant)
        if "cursor" in parameters:
            headers["Link"] = cursor_link(path, parameters, headers["X-Next-Cursor"])
    if as_csv:
        from billing.http.csv import list_table, respond_csv  # few ask for it

        return respond_csv(list_table(found.rows), "invoices.csv", headers)
    return respond(200, [present.listed(row) for row in found.rows], headers)


handler = endpoint.handler(
    lambda services: list_page(services.index, services.summary, wiring.NOBODY, InvoiceFilter(), 1, 1)
)
