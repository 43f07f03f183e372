"""A real browser before the real handlers. Installs nothing: what is missing is said, and the tests fail."""

from __future__ import annotations

import itertools
import os
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, sync_playwright

from billing import wiring
from billing.application.patience import Patience
from billing.settings import Settings
from tests import in_process
from tests.dashboard.server import BrowserServer, make_token
from tests.http.api import BASE, Api, fixed_clock
from tests.tables import create_tables

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
BILLING, SUMMARY = "dashboard-billing", "dashboard-summary"
_tenants = itertools.count(1)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The Chromium of this machine."""
    found = os.environ.get("CHROMIUM") or next((path for name in NAMES if (path := shutil.which(name))), None)
    if found is None:
        pytest.fail("No Chromium: apt-get install -y chromium, or name one with CHROMIUM=/path/to/it", pytrace=False)
    with sync_playwright() as playwright:
        try:
            launched = playwright.chromium.launch(executable_path=found, args=FLAGS)
        except Error as error:
            pytest.fail(f"{found} did not start: {error.message}", pytrace=False)
        yield launched
        launched.close()


@pytest.fixture(scope="session")
def server() -> Iterator[BrowserServer]:
    """The API on a port, its clock standing at noon of 20 March 2026 in India."""
    client = in_process.client()
    create_tables(client, billing=BILLING, summary=SUMMARY)
    settings = Settings(BILLING, SUMMARY, "tenant_id", "local", None)
    patience = Patience(lambda: 0.0, lambda _: None, lambda: 0.5)
    services = wiring.Services(settings, client=client, clock=fixed_clock, patience=patience)
    running = BrowserServer(services, lambda: fixed_clock().timestamp())
    yield running
    running.close()
    wiring.use(None)
    in_process.drop_tables(BILLING, SUMMARY)


@pytest.fixture
def api(server: BrowserServer) -> Api:
    """An empty tenant of the test's own, with two branches."""
    api = Api(server.services, f"clinic-{next(_tenants)}")
    api.branch("MUM-01", name="Arogya Clinic, Andheri", gstin="27AAFCA4521K1Z4", round_off=False)
    api.branch("PUN-01", name="Arogya Clinic, Kothrud")
    return api


class Watched:
    """What a page must never do while a test uses it."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.complaints: list[str] = []
        self.expected: list[str] = []

    def follow(self, page: Page) -> None:
        page.on("console", lambda message: self._said(message.type, message.text))
        page.on("pageerror", lambda error: self.complaints.append(f"uncaught: {error.message}"))
        page.on("request", lambda request: self._asked(request.url))
        page.on("dialog", lambda dialog: self.complaints.append(f"dialog: {dialog.message}"))

    def _said(self, kind: str, text: str) -> None:
        # The browser itself reports each refused request; tests of refusals say which status they provoke.
        if kind in ("error", "warning") and not any(status in text for status in self.expected):
            self.complaints.append(f"{kind}: {text}")

    def _asked(self, url: str) -> None:
        if not url.startswith((self.origin + "/", "data:", "blob:")):
            self.complaints.append(f"foreign request: {url}")


@pytest.fixture
def watched(server: BrowserServer) -> Iterator[Watched]:
    """Fails the test for console errors, refused content, dialogs and requests to another origin."""
    watched = Watched(server.origin)
    yield watched
    assert watched.complaints == []


@pytest.fixture
def open_page(browser: Browser, server: BrowserServer, api: Api, watched: Watched) -> Iterator[Callable[..., Page]]:
    """Open the dashboard in a browser of its own, signed in unless ``token`` is None."""
    contexts: list[BrowserContext] = []

    def open_it(
        fragment: str = "", *, token: str | None = "", width: int = 1280, height: int = 900, **options: Any
    ) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": height}, locale="en-IN", timezone_id="America/New_York", **options
        )
        contexts.append(context)
        context.set_default_timeout(8_000)
        page = context.new_page()
        watched.follow(page)
        page.clock.set_fixed_time(datetime.fromtimestamp(fixed_clock().timestamp(), UTC))
        page.goto(f"{server.origin}{BASE}/dashboard{fragment}")
        if token is not None:
            sign_in(page, token or make_token(api.tenant))
        return page

    yield open_it
    for context in contexts:
        context.close()


def sign_in(page: Page, token: str) -> None:
    """Paste a token and wait for the figures."""
    page.get_by_label("Bearer token").fill(token)
    page.get_by_role("button", name="Open the dashboard").click()
    page.locator("#overview[aria-busy=false] .figure").first.wait_for()
    page.locator("#invoices-region[aria-busy=false]").wait_for()
