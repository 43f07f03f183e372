"""GET /branches: the branches this caller may use."""

from typing import Any

from billing import wiring
from billing.application.branches import list_branches
from billing.http import present
from billing.http.endpoint import READ_SCOPE, Endpoint, respond
from billing.http.request import query_parameters

endpoint = Endpoint(READ_SCOPE)


@endpoint.route("GET", "/branches")
def get() -> Any:
    """Answer with an array of branches by id."""
    caller = endpoint.caller()
    query_parameters(endpoint.event, ())
    found = list_branches(wiring.services().branches, caller)
    return respond(200, [present.branch(branch) for branch in found])


handler = endpoint.handler(lambda services: list_branches(services.branches, wiring.NOBODY))
