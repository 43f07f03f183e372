"""GET /summary: billed, collected and outstanding of a range of days, from at most three queries."""

from typing import Any

from billing import wiring
from billing.application.get_summary import SummaryRange, get_summary
from billing.http import present
from billing.http.endpoint import READ_SCOPE, Endpoint, respond
from billing.http.parameters import branch_filter, day_range
from billing.http.request import query_parameters

endpoint = Endpoint(READ_SCOPE)


@endpoint.route("GET", "/summary")
def get() -> Any:
    """Answer with the figures of the range."""
    caller = endpoint.caller()
    parameters = query_parameters(endpoint.event, ("date_from", "date_to", "branch_id"))
    date_from, date_to = day_range(parameters)
    wanted = SummaryRange(date_from, date_to, branch_filter(parameters))
    found = get_summary(wiring.services().summary, caller, wanted)
    asked = {name: parameters.get(name) for name in ("date_from", "date_to", "branch_id")}
    return respond(200, {**present.summary(found), **asked})


handler = endpoint.handler(
    lambda services: get_summary(services.summary, wiring.NOBODY, SummaryRange(None, None, None))
)
