"""The dashboard for everybody: keyboard, screen readers (axe-core's rules), phones, light and dark."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.dashboard.conftest import sign_in
from tests.dashboard.server import make_token
from tests.http.api import Api

Open = Callable[..., Page]


@pytest.fixture
def bill(api: Api) -> dict[str, Any]:
    lines = [
        {
            "service_name": f"Procedure {place} with a rather long name",
            "department": "Dermatology",
            "sac_hsn": "999722",
            "quantity": 2,
            "rate": 12345.67,
            "discount": 10,
            "tax_rate": 18,
        }
        for place in range(3)
    ]
    patient = {"id": "PAT-1", "name": "Venkatanarasimharajuvaripeta Subramanian Lakshminarayanan"}
    made = api.invoice(line_items=lines, date="2026-03-10", patient=patient)
    api.pay(made["id"], 5000, payment_mode="upi", reference="512345678901")
    api.invoice(1500, date="2026-03-12")
    api.settle()
    return made


def faults(page: Page) -> list[str]:
    """What axe-core has against the page as it stands, by WCAG 2.2 AA and its best practices."""
    found = Axe().run(page).response["violations"]
    return [f"{fault['id']}: {node['target']} {node['failureSummary']}" for fault in found for node in fault["nodes"]]


@pytest.mark.parametrize(("scheme", "width", "height"), [("light", 1280, 900), ("dark", 360, 740)])
def test_axe_has_nothing_to_say(open_page: Open, api: Api, bill: dict[str, Any], scheme: str, width: int, height: int):
    page = open_page(token=None, width=width, height=height, color_scheme=scheme)
    assert faults(page) == []
    sign_in(page, make_token(api.tenant))
    page.get_by_text("The chart as a table").click()
    assert faults(page) == []
    page.locator(f'a[href*="{bill["id"]}"]').click()
    page.locator(".document").wait_for()
    page.get_by_label("Amount in rupees").fill("x")
    page.locator("#payment-submit").click()
    expect(page.locator("#payment-amount-fault")).not_to_be_empty()
    assert faults(page) == []


def test_no_width_scrolls_sideways(open_page: Open, bill: dict[str, Any]):
    page = open_page("#range=custom&from=2026-03-01&to=2026-03-20")
    overflowing = """() => [...document.querySelectorAll('body *')]
        .filter((one) => one.getBoundingClientRect().right > innerWidth + 0.5)
        .filter((one) => !one.closest('.scroller, .moneys, .unseen, thead'))
        .map((one) => one.id || one.className || one.tagName)"""
    widths = (320, 360, 768, 1024)
    for width in widths:
        page.set_viewport_size({"width": width, "height": 740})
        assert (width, page.evaluate("document.scrollingElement.scrollWidth"), page.evaluate(overflowing)) == (
            width,
            width,
            [],
        )
    page.locator(f'a[href*="{bill["id"]}"]').click()
    page.locator(".document").wait_for()
    for width in widths:
        page.set_viewport_size({"width": width, "height": 740})
        assert (width, page.evaluate(overflowing)) == (width, [])


def test_everything_is_reached_by_keyboard(open_page: Open, bill: dict[str, Any]):
    page = open_page()
    page.evaluate("document.activeElement.blur()")
    order = []
    for _ in range(40):
        page.keyboard.press("Tab")
        order.append(page.evaluate("document.activeElement.id || document.activeElement.textContent.trim()"))
        if order[-1] == bill["invoice_number"]:
            break
    steps = [
        "skip",
        "branch",
        "range-month",
        "sign-out",
        "refresh",
        "unit-day",
        "chart",
        "list-status",
        "list-patient",
        "list-branch",
        "list-from",
        "list-to",
        "list-clear",
        bill["invoice_number"],
    ]
    places = [order.index(step) for step in steps]
    assert places == sorted(places)
    page.keyboard.press("Enter")
    page.locator(".document").wait_for()
    assert page.evaluate("document.querySelector('#sheet').contains(document.activeElement)")
    page.get_by_label("Amount in rupees").fill("100")
    page.keyboard.press("Enter")
    expect(page.locator("#payment-said")).to_contain_text("₹100.00 by Cash recorded")
    page.keyboard.press("Escape")
    expect(page.locator("#sheet")).to_be_hidden()
    assert page.evaluate("document.activeElement.textContent") == bill["invoice_number"]
    assert "invoice=" not in page.url


def test_skip_leads_to_the_figures(open_page: Open, bill: dict[str, Any]):
    page = open_page()
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_back_closes_the_invoice(open_page: Open, bill: dict[str, Any]):
    page = open_page()
    page.get_by_role("link", name=bill["invoice_number"]).click()
    page.locator(".document").wait_for()
    page.go_back()
    expect(page.locator("#sheet")).to_be_hidden()
    page.go_forward()
    expect(page.locator(".document")).to_be_visible()


def test_dark_is_dark_and_light_is_light(open_page: Open, bill: dict[str, Any]):
    page = open_page(color_scheme="dark")
    ground = "getComputedStyle(document.documentElement).backgroundColor"
    assert page.evaluate(ground) == "rgb(15, 21, 24)"
    page.emulate_media(color_scheme="light")
    assert page.evaluate(ground) == "rgb(244, 246, 247)"


def test_a_finger_finds_the_controls(open_page: Open, bill: dict[str, Any]):
    page = open_page(f"#invoice={bill['id']}", width=360, height=740, has_touch=True, is_mobile=True)
    page.locator(".document").wait_for()
    page.get_by_role("button", name="Record payment").tap()
    expect(page.get_by_label("Amount in rupees")).to_be_focused()
    small = page.evaluate("""() => [...document.querySelectorAll('#sheet button, #sheet input, .choices span')]
        .filter((one) => one.offsetParent && one.type !== 'radio' && one.getBoundingClientRect().height < 43.5)
        .map((one) => one.id || one.textContent)""")
    assert small == []
