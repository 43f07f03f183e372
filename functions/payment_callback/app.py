"""POST /callbacks/{provider}/{account_token}: a payment gateway tells what happened."""

from typing import Any

from billing import wiring
from billing.application.process_callback import receive_callback
from billing.domain.errors import CallbackRefused
from billing.http.endpoint import Endpoint, respond
from billing.http.request import LARGE_BODY_LIMIT_BYTES, raw_body
from billing.telemetry import callback_metrics

endpoint = Endpoint(scope=None)


@endpoint.route("POST", "/callbacks/<provider>/<account_token>")
def post(provider: str, account_token: str) -> Any:
    """Answer 200 once the event is stored and processed, 5xx when the gateway shall send it again."""
    body = raw_body(endpoint.event, LARGE_BODY_LIMIT_BYTES)
    headers = {name.lower(): str(value) for name, value in (endpoint.event.get("headers") or {}).items()}
    services = wiring.services()
    try:
        event = receive_callback(services.callbacks, provider, account_token, body, headers)
    except CallbackRefused:
        callback_metrics(services.settings.stage, "refused", "")
        raise
    callback_metrics(services.settings.stage, event.outcome.state, event.outcome.code)
    return respond(200, {"received": True, "event_id": event.id})


handler = endpoint.handler(
    lambda services: services.callbacks,
    lambda services: services.receipts.get_event(wiring.NOBODY.tenant, wiring.NOTHING),
)
