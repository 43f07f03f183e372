"""Answers as CSV (RFC 4180) for spreadsheets, when ``Accept`` asks for ``text/csv``.

UTF-8 without a byte order mark: RFC 4180 knows none, and programs would read it as part of the first name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.event_handler import Response

from billing.domain.invoice import PAYMENT_MODES
from billing.domain.money import format_rupees
from billing.http import present
from billing.http.json import Rupees

if TYPE_CHECKING:
    from billing.application.ports import ListedInvoice

CONTENT_TYPE = "text/csv; charset=utf-8; header=present"

# A spreadsheet takes a cell that begins so for a formula; the full-width forms are read the same.
# Source: OWASP, CSV injection.
_FORMULA = re.compile(r"[\s\u200c\u200d\ufeff]*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n]")
_QUOTED = re.compile(r'[",\r\n]')
_MEDIA_RANGE = re.compile(r"\s*([!#$%&'*+.^_`|~0-9a-z-]+/[!#$%&'*+.^_`|~0-9a-z-]+)\s*(;.*)?", re.IGNORECASE)
_WEIGHT = re.compile(r";\s*q\s*=\s*(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)\s*(?:;|$)", re.IGNORECASE)


def prefers_csv(accept: str) -> bool:
    """Whether an ``Accept`` header names ``text/csv`` and does not prefer ``application/json``.

    A wildcard is no wish for CSV: what browsers and curl send gets JSON.
    """
    weights: dict[str, float] = {}
    for part in accept.split(","):
        match = _MEDIA_RANGE.fullmatch(part)
        if match:
            weight = _WEIGHT.search(match[2] or "")
            weights[match[1].lower()] = float(weight[1]) if weight else 1.0
    return weights.get("text/csv", 0.0) > weights.get("application/json", 0.0)


LIST_COLUMNS = ("id", "invoice_number", "date", "status", "patient_name", "total", "paid", "balance")


def list_table(rows: Iterable[ListedInvoice]) -> Iterator[Sequence[Any]]:
    """The list as a table, names first."""
    yield LIST_COLUMNS
    for row in rows:
        document = present.listed(row)
        yield [document[name] for name in LIST_COLUMNS]


def daily_table(days: Sequence[present.Document]) -> Iterator[Sequence[Any]]:
    """The days of the daily summary as a table, names first: one column a mode and a department."""
    plain = ("date", "total_billed", "total_collected", "total_outstanding", "total_unapplied", "invoice_count")
    departments = sorted({name for day in days for name in day["revenue_by_department"]})
    yield [
        *plain,
        *(f"collected_{mode}" for mode in PAYMENT_MODES),
        *(f"revenue {department}" for department in departments),
    ]
    for day in days:
        yield [
            *(day[name] for name in plain),
            *(day["collection_by_mode"][mode] for mode in PAYMENT_MODES),
            *(day["revenue_by_department"].get(department, Rupees(0)) for department in departments),
        ]


def text(rows: Iterable[Sequence[Any]]) -> str:
    """Rows of cells as CSV; every line ends with CRLF. Amounts have two decimals, None is empty."""
    return "".join(",".join([_cell(cell) for cell in row]) + "\r\n" for row in rows)


def respond_csv(rows: Iterable[Sequence[Any]], filename: str, headers: Mapping[str, str]) -> Response[str]:
    """A 200 with a table to be saved as a file; the first row holds the names."""
    return Response(
        status_code=200,
        content_type=CONTENT_TYPE,
        body=text(rows),
        headers={**headers, "Content-Disposition": f'attachment; filename="{filename}"'},
    )


def _cell(value: Any) -> str:
    kind = type(value)
    if kind is Rupees:
        # Ours, and a number: -12.50 stays one.
        return format_rupees(value)
    if value is None:
        return ""
    if kind is not str:
        return str(value)
    cell = f"'{value}" if _FORMULA.match(value) else str(value)
    return '"' + cell.replace('"', '""') + '"' if _QUOTED.search(cell) else cell
