"""The query parameters of lists and summaries, and the links that keep them."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping
from datetime import date
from urllib.parse import urlencode

from billing.application.list_invoices import InvoiceFilter
from billing.application.ports import Position
from billing.domain.calendar import parse_day
from billing.domain.identifiers import BRANCH_ID, INVOICE_ID, PATIENT_ID
from billing.domain.invoice import STATUSES
from billing.http.request import invalid_parameter

MAX_PAGE = 1_000_000_000
MAX_PER_PAGE = 100
DEFAULT_PER_PAGE = 20
# 2,000 rows of the longest names stay below the 6 MB that Lambda answers with, whatever the escaping.
MAX_CSV_ROWS = 2_000
FILTERS = ("patient_id", "status", "date_from", "date_to", "branch_id")


def day_range(parameters: Mapping[str, str]) -> tuple[date | None, date | None]:
    """``date_from`` and ``date_to``, inclusive.

    Raises:
        InvalidParameter: no such day, or from after to.
    """
    date_from, date_to = _day(parameters, "date_from"), _day(parameters, "date_to")
    if date_from and date_to and date_from > date_to:
        raise invalid_parameter("date_from", "range_reversed", "is after date_to")
    return date_from, date_to


def branch_filter(parameters: Mapping[str, str]) -> str | None:
    """``branch_id``.

    Raises:
        InvalidParameter.
    """
    value = parameters.get("branch_id")
    if value is not None and not BRANCH_ID.fullmatch(value):
        raise invalid_parameter("branch_id", "malformed", "is not a branch id")
    return value


def invoice_filter(parameters: Mapping[str, str]) -> InvoiceFilter:
    """The list's filters.

    Raises:
        InvalidParameter.
    """
    patient_id, status = parameters.get("patient_id"), parameters.get("status")
    if patient_id is not None and not PATIENT_ID.fullmatch(patient_id):
        raise invalid_parameter("patient_id", "malformed", "is not a patient id")
    if status is not None and status not in STATUSES:
        raise invalid_parameter("status", "not_allowed", f"must be one of {', '.join(STATUSES)}")
    date_from, date_to = day_range(parameters)
    return InvoiceFilter(patient_id, status, date_from, date_to, branch_filter(parameters))


def paging(
    parameters: Mapping[str, str], *, default_per_page: int = DEFAULT_PER_PAGE, max_per_page: int = MAX_PER_PAGE
) -> tuple[int, int]:
    """``page`` and ``per_page``, with their defaults.

    Raises:
        InvalidParameter.
    """
    page = _integer(parameters, "page", 1, MAX_PAGE)
    return page, _integer(parameters, "per_page", default_per_page, max_per_page)


def encode_cursor(position: Position, parameters: Mapping[str, str], tenant: str) -> str:
    """An opaque token for going on after a position, bound to tenant and filters."""
    text = f"{position.date}|{position.id}|{_binding(parameters, tenant)}"
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode_cursor(cursor: str, parameters: Mapping[str, str], tenant: str) -> Position:
    """The position of a cursor.

    Raises:
        InvalidParameter: not a cursor, or one of another list.
    """
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        text = base64.b64decode(padded, altchars=b"-_", validate=True).decode("ascii")
        day, invoice_id, binding = text.split("|")
        parse_day(day)
    except (binascii.Error, ValueError):
        raise invalid_parameter("cursor", "malformed", "is not a cursor of this list") from None
    if not INVOICE_ID.fullmatch(invoice_id) or binding != _binding(parameters, tenant):
        raise invalid_parameter("cursor", "malformed", "is not a cursor of this list")
    return Position(day, invoice_id)


def page_links(path: str, parameters: Mapping[str, str], page: int, per_page: int, total: int) -> str:
    """The ``Link`` header (RFC 8288): first, prev, next and last, with every filter kept."""
    last = max(1, -(-total // per_page))
    targets = [("first", 1)]
    if page > 1:
        targets.append(("prev", min(page - 1, last)))
    if page < last:
        targets.append(("next", page + 1))
    targets.append(("last", last))
    kept = {name: parameters[name] for name in FILTERS if name in parameters}
    if "per_page" in parameters:
        kept["per_page"] = str(per_page)
    return ", ".join(
        f'<{path}?{urlencode({**kept, "page": number})}>; rel="{relation}"' for relation, number in targets
    )


def neighbour_links(path: str, parameters: Mapping[str, str], page: int, *, more: bool) -> str:
    """The ``Link`` header of a list whose length is not known: first, prev and next."""
    targets = [("first", 1), *([("prev", page - 1)] if page > 1 else []), *([("next", page + 1)] if more else [])]
    kept = {name: value for name, value in parameters.items() if name != "page"}
    return ", ".join(
        f'<{path}?{urlencode({**kept, "page": number})}>; rel="{relation}"' for relation, number in targets
    )


def cursor_link(path: str, parameters: Mapping[str, str], cursor: str) -> str:
    """The ``Link`` header of a cursor walk: only next."""
    kept = {n: parameters[n] for n in (*FILTERS, "per_page") if n in parameters}
    return f'<{path}?{urlencode({**kept, "cursor": cursor})}>; rel="next"'


def _binding(parameters: Mapping[str, str], tenant: str) -> str:
    filters = [f"{name}={parameters[name]}" for name in FILTERS if name in parameters]
    return hashlib.sha256("&".join([tenant, *filters]).encode()).hexdigest()[:12]


def _day(parameters: Mapping[str, str], name: str) -> date | None:
    value = parameters.get(name)
    if value is None:
        return None
    try:
        return parse_day(value)
    except ValueError:
        raise invalid_parameter(name, "invalid_date", "must be a date as YYYY-MM-DD") from None


def _integer(parameters: Mapping[str, str], name: str, default: int, most: int) -> int:
    value = parameters.get(name)
    if value is None:
        return default
    if not (value.isascii() and value.isdigit() and len(value) <= 10) or value[0] == "0":
        raise invalid_parameter(name, "malformed", "must be a whole number from 1")
    number = int(value)
    if number > most:
        raise invalid_parameter(name, "out_of_range", f"must be at most {most}")
    return number
