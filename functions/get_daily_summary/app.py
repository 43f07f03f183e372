"""GET /summary/daily: the summary's figures for each day of a range, for charts; one query."""

from datetime import date
from typing import Any

from billing import wiring
from billing.application.get_summary import get_daily_summary
from billing.http import present
from billing.http.endpoint import READ_SCOPE, Endpoint, respond
from billing.http.parameters import branch_filter, day_range
from billing.http.request import invalid_parameter, query_parameters, wants_csv

endpoint = Endpoint(READ_SCOPE)


@endpoint.route("GET", "/summary/daily")
def get() -> Any:
    """Answer with an array of days, oldest first, each with the summary's members."""
    caller = endpoint.caller()
    parameters = query_parameters(endpoint.event, ("date_from", "date_to", "branch_id"))
    date_from, date_to = day_range(parameters)
    if date_from is None or date_to is None:
        missing = "date_from" if date_from is None else "date_to"
        raise invalid_parameter(missing, "required", "is required")
    branch_id = branch_filter(parameters)
    found = get_daily_summary(wiring.services().summary, caller, date_from, date_to, branch_id)
    days = [{"date": day.isoformat(), **present.summary(row)} for day, row in found]
    headers = {"Vary": "Accept"}
    if wants_csv(endpoint.event):
        from billing.http.csv import daily_table, respond_csv  # few ask for it

        return respond_csv(daily_table(days), "daily-summary.csv", headers)
    return respond(200, days, headers)


handler = endpoint.handler(
    lambda services: get_daily_summary(services.summary, wiring.NOBODY, date.min, date.min, None)
)
