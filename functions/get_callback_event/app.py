"""GET /callbacks/events/{id}: what became of a callback, and why."""

from typing import Any

from billing import wiring
from billing.application.get_callback_event import get_callback_event
from billing.http.endpoint import READ_SCOPE, Endpoint, respond
from billing.http.receipts import event_document

endpoint = Endpoint(READ_SCOPE)


@endpoint.route("GET", "/callbacks/events/<event_id>")
def get(event_id: str) -> Any:
    """Answer with the event's state, its effect, and the reason in a sentence."""
    event = get_callback_event(wiring.services().receipts, endpoint.caller(), event_id)
    return respond(200, event_document(event))


handler = endpoint.handler(lambda services: services.receipts.get_event(wiring.NOBODY.tenant, wiring.NOTHING))
