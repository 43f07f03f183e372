"""Reading a request strictly: who calls, with which parameters, headers and body.

The event is API Gateway's HTTP API payload 2.0. What cannot be read without guessing is refused.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote_to_bytes

from billing.application.ports import Caller
from billing.domain import errors
from billing.domain.identifiers import BRANCH_ID, IDEMPOTENCY_KEY, TENANT
from billing.http import json

Event = Mapping[str, Any]

BODY_LIMIT_BYTES = 16 * 1024
LARGE_BODY_LIMIT_BYTES = 256 * 1024  # invoices of 200 lines
_JSON_TYPE = re.compile(r'application/json(?:\s*;\s*charset\s*=\s*"?utf-8"?)?', re.IGNORECASE)


def caller_of(event: Event, scope: str, tenant_claim: str) -> Caller:
    """The verified caller.

    API Gateway has checked signature, issuer, audience, times and the route's scopes; scope and tenant are
    checked again here, so that a route without an authorizer opens nothing.

    Raises:
        MissingCredentials, MissingScope, MissingTenant.
    """
    authorizer = (event.get("requestContext") or {}).get("authorizer") or {}
    jwt = authorizer.get("jwt") or {}
    claims = jwt.get("claims")
    if not claims:
        raise errors.MissingCredentials("A bearer token is required.")
    held = set(_words(claims.get("scope"))) | set(jwt.get("scopes") or ())
    if scope not in held and scope.replace(":", "/") not in held:
        raise errors.MissingScope(f"The token lacks the scope {scope}.")
    tenant = claims.get(tenant_claim)
    if not isinstance(tenant, str) or not TENANT.fullmatch(tenant):
        raise errors.MissingTenant("The token names no tenant.")
    limit = claims.get("branches")
    if limit is None:
        return Caller(tenant)
    # A claim that is there but holds nothing usable limits the token to nothing, never to everything.
    branches = frozenset(name for name in _words(limit) if BRANCH_ID.fullmatch(name))
    return Caller(tenant, branches)


def _words(claim: object) -> list[str]:
    """A claim's words: claims arrive as strings, a JSON array as ``[a b]``."""
    if isinstance(claim, str):
        return claim.strip("[]").replace(",", " ").split()
    if isinstance(claim, list | tuple):
        return [word for word in claim if isinstance(word, str)]
    return []


def query_parameters(event: Event, known: tuple[str, ...]) -> dict[str, str]:
    """The query's parameters, each at most once, none unknown or empty.

    Raises:
        InvalidParameter.
    """
    raw = event.get("rawQueryString") or ""
    parameters: dict[str, str] = {}
    for pair in raw.split("&") if raw else ():
        raw_name, _, raw_value = pair.partition("=")
        try:
            name = _unquote(raw_name)
            value = _unquote(raw_value)
        except ValueError:
            raise invalid_parameter("query", "malformed", "is not valid percent-encoded UTF-8") from None
        if name not in known:
            raise invalid_parameter(_shown(name), "unknown_parameter", "is not a parameter of this endpoint")
        if name in parameters:
            raise invalid_parameter(name, "repeated_parameter", "is given more than once")
        if not value:
            raise invalid_parameter(name, "empty_parameter", "is empty: leave it out instead")
        parameters[name] = value
    return parameters


def invalid_parameter(name: str, code: str, detail: str) -> errors.InvalidParameter:
    """The refusal of one parameter."""
    return errors.InvalidParameter(
        f"The parameter {name} {detail}.",
        errors=(errors.FieldError(code, detail, parameter=name),),
    )


def _unquote(text: str) -> str:
    if re.search(r"%(?![0-9A-Fa-f]{2})", text):
        raise ValueError("bad percent-encoding")
    return unquote_to_bytes(text.replace("+", " ")).decode("utf-8")


def _shown(name: str) -> str:
    # Without digits: a name may be a card or phone number that came in the wrong place.
    return name if re.fullmatch(r"[A-Za-z_-]{1,40}", name, re.ASCII) else "query"


def header(event: Event, name: str) -> str | None:
    """A header by its lower-case name; API Gateway joins repeated ones with commas."""
    for key, value in (event.get("headers") or {}).items():
        if key.lower() == name:
            return str(value)
    return None


def wants_csv(event: Event) -> bool:
    """Whether the answer shall be ``text/csv``; see :func:`billing.http.csv.prefers_csv`."""
    accept = header(event, "accept")
    if accept is None or "text/csv" not in accept.lower():
        return False
    # Few ask: the others do not pay for it.
    from billing.http.csv import prefers_csv

    return prefers_csv(accept)


def idempotency_key(event: Event) -> str | None:
    """The ``Idempotency-Key``, a quoted string and the bare value being the same key.

    Source: draft-ietf-httpapi-idempotency-key-header.

    Raises:
        InvalidParameter: empty, longer than 255, a comma (a repeated header), or not printable ASCII.
    """
    value = header(event, "idempotency-key")
    if value is None:
        return None
    bare = value.strip(" \t")
    if len(bare) >= 2 and bare[0] == bare[-1] == '"':
        bare = bare[1:-1]
    if not IDEMPOTENCY_KEY.fullmatch(bare):
        raise invalid_parameter(
            "Idempotency-Key", "invalid_header", "must be 1 to 255 printable ASCII characters without comma"
        )
    return bare


def raw_body(event: Event, limit_bytes: int) -> bytes:
    """The body's bytes.

    Raises:
        PayloadTooLarge. MalformedRequest: base64 that is none.
    """
    body = event.get("body") or ""
    if event.get("isBase64Encoded"):
        if len(body) > limit_bytes * 2:
            raise errors.PayloadTooLarge(f"The body is larger than {limit_bytes} bytes.")
        try:
            content = base64.b64decode(body, validate=True)
        except (binascii.Error, ValueError):
            raise errors.MalformedRequest("The body cannot be read.") from None
    else:
        content = body.encode("utf-8", "surrogatepass")
    if len(content) > limit_bytes:
        raise errors.PayloadTooLarge(f"The body is larger than {limit_bytes} bytes.")
    return content


def json_object(event: Event, limit_bytes: int = BODY_LIMIT_BYTES) -> dict[str, Any]:
    """The body as a JSON object.

    Raises:
        UnsupportedMediaType, PayloadTooLarge, MalformedRequest.
    """
    if header(event, "content-encoding") is not None:
        raise errors.UnsupportedMediaType("A Content-Encoding is not accepted.")
    content_type = header(event, "content-type") or ""
    if not _JSON_TYPE.fullmatch(content_type.strip()):
        raise errors.UnsupportedMediaType("The Content-Type must be application/json.")
    content = raw_body(event, limit_bytes)
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        raise errors.MalformedRequest("The body is not valid UTF-8.") from None
    value = json.loads(text)
    if not isinstance(value, dict):
        raise errors.MalformedRequest("The body must be a JSON object.")
    return value


def no_body(event: Event) -> None:
    """Check that an endpoint without content got none, or an empty object.

    Raises:
        UnsupportedMediaType, PayloadTooLarge, MalformedRequest.
    """
    if raw_body(event, BODY_LIMIT_BYTES) and json_object(event):
        raise errors.MalformedRequest("This endpoint takes no content.")
