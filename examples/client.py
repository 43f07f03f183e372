"""A client of the Billing API in 40 lines of the standard library: retries are safe, amounts are exact."""

import json
import time
import uuid
from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen


class Billing:
    def __init__(self, url: str, token: str, tries: int = 5) -> None:
        self.url, self.token, self.tries = url.rstrip("/"), token, tries

    def call(self, method: str, path: str, body: Any = None, key: str = "", **query: Any) -> tuple[Any, Any]:
        """The answer's JSON and headers. Every try carries the same key: it takes effect once."""
        url = f"{self.url}{path}?{urlencode(query)}".rstrip("?")
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        if method == "POST":
            headers["Idempotency-Key"] = key or str(uuid.uuid4())
        data = None if body is None else json.dumps(body).encode()
        for attempt in range(self.tries):
            try:
                with urlopen(Request(url, data, headers, method=method), timeout=30) as answer:  # noqa: S310
                    return json.loads(answer.read(), parse_float=Decimal), answer.headers
            except OSError as error:
                if attempt + 1 == self.tries or (isinstance(error, HTTPError) and error.code not in (429, 502, 503)):
                    raise
            time.sleep(2**attempt / 4)
        raise ValueError("tries must be at least 1")

    def invoices(self, **filters: Any) -> Iterator[Any]:
        """Every invoice that matches, newest first, none twice, whatever is written meanwhile."""
        while filters.get("cursor", "first"):
            page, headers = self.call("GET", "/invoices", per_page=100, **filters)
            yield from page
            filters["cursor"] = headers["X-Next-Cursor"]
