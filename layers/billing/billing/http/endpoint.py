"""One Lambda function as one HTTP endpoint: the resolver, error answers, and one log line a request."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError, ServiceError

from billing import wiring
from billing.application.ports import Caller
from billing.domain import errors
from billing.http import json
from billing.http.problems import (
    INTERNAL_ERROR,
    PROBLEM_JSON,
    RETRY_AFTER_SECONDS,
    problem_document,
    problem_for,
)
from billing.http.request import caller_of
from billing.telemetry import logger, places_of

BASE_PATH = "/api/v1/billing"
READ_SCOPE, WRITE_SCOPE = "billing:read", "billing:write"

# Answered 404 during init, so that the first request finds the resolver's lazy halves in place.
NO_REQUEST: dict[str, Any] = {
    "version": "2.0",
    "routeKey": "$default",
    "rawPath": "/",
    "headers": {},
    "requestContext": {"stage": "$default", "http": {"method": "GET", "path": "/"}},
}

Handler = Callable[[dict[str, Any], Any], dict[str, Any]]


class Endpoint:
    """A resolver with this service's rules around it.

    ``scope`` is what the caller's token must hold; None for an endpoint without a bearer token. Nothing is
    read from the environment until the first request or :meth:`warm`.
    """

    def __init__(self, scope: str | None) -> None:
        self.scope = scope
        self.app = APIGatewayHttpResolver()
        self.app.exception_handler(errors.BillingError)(self._billing_error)
        self.app.exception_handler(ServiceError)(self._service_error)
        self.app.not_found(self._route_not_found)
        self.app.exception_handler(Exception)(self._defect)

    @property
    def event(self) -> Mapping[str, Any]:
        """The event being answered."""
        event: Mapping[str, Any] = self.app.current_event.raw_event
        return event

    def caller(self) -> Caller:
        """The verified caller.

        Raises:
            MissingCredentials, MissingScope, MissingTenant.
        """
        if self.scope is None:
            raise errors.MissingCredentials("This endpoint has no callers with tokens.")
        return caller_of(self.event, self.scope, wiring.services().settings.tenant_claim)

    def route(self, method: str, path: str) -> Callable[[Any], Any]:
        """Register the endpoint's operation; ``path`` follows the base path."""
        return self.app.route(BASE_PATH + path, method=[method])

    def handler(self, *parts: Callable[[wiring.Services], Any]) -> Handler:
        """The Lambda handler; ``parts`` are what :func:`billing.wiring.warm` does before the first request."""
        log = logger()
        context: Any = None
        wiring.warm(lambda _: self.app.resolve(NO_REQUEST, context), *parts)

        def handle(event: dict[str, Any], context: Any) -> dict[str, Any]:
            http = event.get("requestContext", {})
            request_id = http.get("requestId") or getattr(context, "aws_request_id", "")
            answer: dict[str, Any] = self.app.resolve(event, context)
            answer.setdefault("headers", {})["X-Request-Id"] = request_id
            log.info(
                "request",
                request_id=request_id,
                route=event.get("routeKey", ""),
                status=answer["statusCode"],
            )
            return answer

        return handle

    def _billing_error(self, error: errors.BillingError) -> Response[str]:
        status, code, title = problem_for(error)
        document = problem_document(status, code, title, detail=error.detail, instance=self._instance(), error=error)
        headers = {"Retry-After": str(RETRY_AFTER_SECONDS)} if status in (429, 503) else {}
        return respond(status, document, headers, content_type=PROBLEM_JSON)

    def _service_error(self, error: ServiceError) -> Response[str]:
        document = problem_document(error.status_code, "request_refused", str(error.msg))
        return respond(error.status_code, document, content_type=PROBLEM_JSON)

    def _route_not_found(self, _: NotFoundError) -> Response[str]:
        return self._billing_error(errors.RouteNotFound("There is nothing at this path."))

    def _defect(self, error: Exception) -> Response[str]:
        # The type and place tell what is broken; the message might carry what a caller sent.
        logger().error("defect", error=type(error).__name__, trace=places_of(error))
        status, code, title = INTERNAL_ERROR
        document = problem_document(status, code, title, instance=self._instance())
        return respond(status, document, content_type=PROBLEM_JSON)

    def _instance(self) -> str | None:
        return None if self.scope is None else str(self.event.get("rawPath", "")) or None


def respond(
    status: int,
    body: Any,
    headers: Mapping[str, str] | None = None,
    *,
    content_type: str = "application/json",
) -> Response[str]:
    """An answer with a JSON body."""
    return Response(
        status_code=status,
        content_type=content_type,
        body=json.dumps(body),
        headers=dict(headers or {}),
    )
