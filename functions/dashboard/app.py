"""GET /dashboard: the clinic's figures and invoices as a page; GET /dashboard/{asset}: its script, style and icon."""

from pathlib import Path
from typing import Any

from billing.http.endpoint import Endpoint
from billing.http.static_files import StaticFiles

PAGE = "index.html"
# In the order of their imports.
SCRIPTS = (
    "dom", "money", "dates", "words", "session", "api", "problem_view", "overview", "chart", "invoices",
    "invoice_document", "payment_form", "invoice_sheet", "address", "app",
)  # fmt: skip
STYLES = ("base", "controls", "page", "figures", "list", "invoice", "touch", "print")

endpoint = Endpoint(None)
files = StaticFiles(
    Path(__file__).parent,
    {
        PAGE: ["page/index.html"],
        "app.js": [f"scripts/{name}.js" for name in SCRIPTS],
        "style.css": [f"styles/{name}.css" for name in STYLES],
        "icon.svg": ["page/icon.svg"],
    },
)


@endpoint.route("GET", "/dashboard")
def page() -> Any:
    """Answer with the page. It asks for nothing and knows nothing: every figure comes from the API, with a token."""
    return files.answer(endpoint.event, PAGE)


@endpoint.route("GET", "/dashboard/<asset>")
def asset(asset: str) -> Any:
    """Answer with one of the page's files; the page itself has one address only."""
    return files.answer(endpoint.event, "" if asset == PAGE else asset)


handler = endpoint.handler()
