"""The dashboard in a real browser: signing in, the figures, the list, what is said when something fails."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.dashboard.conftest import Watched, sign_in
from tests.dashboard.server import make_token
from tests.http.api import Api, fixed_clock

Open = Callable[..., Page]


@pytest.fixture
def clinic(api: Api) -> Api:
    """Three days of March in two branches, one invoice of February, one of the year before."""
    first = api.invoice(123456.78, date="2026-03-10")
    api.pay(first["id"], 100000, payment_mode="neft", reference="SBIN526123456789", payment_date="2026-03-12")
    second = api.invoice(1500, date="2026-03-12", patient={"id": "PAT-2", "name": "Bhavna Shah"})
    api.pay(second["id"], 1500, payment_mode="upi", reference="512345678901", payment_date="2026-03-20")
    api.invoice(800, date="2026-03-20", branch_id="PUN-01")
    api.invoice(250, date="2026-02-27", branch_id="PUN-01")
    api.invoice(90, date="2025-03-31")
    api.settle()
    return api


def tile(page: Page, name: str) -> str:
    return page.locator(f"#tile-{name}").inner_text().replace("\n", "")


def rows(page: Page) -> list[str]:
    expect(page.locator("#invoices-region")).to_have_attribute("aria-busy", "false")
    return page.locator("#invoice-rows .number").all_inner_texts()


# ---------------------------------------------------------------- signing in


def test_without_a_token_the_page_asks_for_one(open_page: Open):
    page = open_page(token=None)
    expect(page.get_by_label("Bearer token")).to_be_focused()
    expect(page.locator("#workspace")).to_be_hidden()


def test_a_useless_token_is_told_apart(open_page: Open):
    page = open_page(token=None)
    expired = make_token("x", expires_at=fixed_clock().timestamp() - 5)
    for token, said in (
        ("hello", "This is not a token"),
        (expired, "The token has expired"),
        ("a.e30x.x", "This is not a token"),
    ):
        page.get_by_label("Bearer token").fill(token)
        page.keyboard.press("Enter")
        expect(page.locator("#sign-in-problem")).to_contain_text(said)
        expect(page.get_by_label("Bearer token")).to_be_focused()


def test_a_refused_token_and_one_without_scope_are_told_apart(open_page: Open, watched: Watched, server: Any):
    watched.expected = ["401", "403"]
    page = open_page(token=None)
    page.route("**/branches", lambda route: route.fulfill(status=401, json={"message": "Unauthorized"}), times=1)
    page.get_by_label("Bearer token").fill(make_token("x"))
    page.keyboard.press("Enter")
    expect(page.locator("#sign-in-problem")).to_contain_text("The token was refused")
    page.get_by_label("Bearer token").fill(make_token("x", scope="other"))
    page.keyboard.press("Enter")
    expect(page.locator("#sign-in-problem")).to_contain_text("does not hold the scope")


def test_token_stays_in_the_tab_and_out_of_the_address(open_page: Open, clinic: Api):
    page = open_page()
    token = page.evaluate("sessionStorage.getItem('billing.token')")
    assert token
    assert page.evaluate("[localStorage.length, document.cookie]") == [0, ""]
    page.reload()
    expect(page.locator("#tile-billed .figure")).to_be_visible()
    assert token not in page.url
    page.get_by_role("button", name="Sign out").click()
    assert page.evaluate("sessionStorage.length") == 0
    expect(page.locator("#workspace")).to_be_hidden()
    page.reload()
    expect(page.get_by_label("Bearer token")).to_be_visible()


def test_a_token_pasted_with_its_header_works(open_page: Open, clinic: Api):
    page = open_page(token=None)
    sign_in(page, f'  "Bearer {make_token(clinic.tenant)}"\n')
    assert tile(page, "billed") == "₹1,25,756.78"


def test_expiry_while_open_asks_again_and_keeps_the_choice(open_page: Open, clinic: Api, watched: Watched):
    watched.expected = ["401"]
    page = open_page("#range=fy&status=paid")
    page.route("**/invoices?**", lambda route: route.fulfill(status=401, json={"message": "Unauthorized"}), times=1)
    page.get_by_role("button", name="Refresh").click()
    expect(page.locator("#sign-in-problem")).to_contain_text("refused")
    expect(page.locator("#workspace")).to_be_hidden()
    sign_in(page, make_token(clinic.tenant))
    expect(page.locator("#list-status")).to_have_value("paid")
    expect(page.locator("#range-fy")).to_be_checked()


# ---------------------------------------------------------------- figures


def test_figures_are_those_of_the_summary(open_page: Open, clinic: Api):
    page = open_page()
    assert tile(page, "billed") == "₹1,25,756.78"
    assert tile(page, "collected") == "₹1,01,500.00"
    assert tile(page, "outstanding") == "₹24,256.78"
    modes = page.locator("#modes tbody tr").all_inner_texts()
    assert len(modes) == 7
    assert re.sub(r"\s+", " ", modes[3]) == "NEFT 1,00,000.00 98.5%"
    departments = [re.sub(r"\s+", " ", text) for text in page.locator("#departments tbody tr").all_inner_texts()]
    assert departments[0].startswith("General Medicine 1,25,756.78")
    assert page.locator("#note-billed").inner_text() == "3 invoices"


def test_ranges_and_branches_choose_what_is_shown(open_page: Open, clinic: Api):
    page = open_page()
    page.get_by_text("Today", exact=True).click()
    expect(page.locator("#tile-billed")).to_contain_text("800")
    assert rows(page) == ["PUN01/2526/00001"]
    page.get_by_text("FY 2025–26").click()
    expect(page.locator("#tile-billed")).to_contain_text("1,26,006")
    page.get_by_label("Branch", exact=True).first.select_option("PUN-01")
    expect(page.locator("#tile-billed")).to_contain_text("1,050")
    expect(page.locator("#list-branch")).to_have_value("PUN-01")
    page.get_by_text("Custom", exact=True).click()
    page.locator("#from").fill("2026-02-01")
    page.locator("#to").fill("2026-02-28")
    expect(page.locator("#tile-billed")).to_contain_text("250")
    page.reload()
    expect(page.locator("#tile-billed")).to_contain_text("250")
    expect(page.locator("#range-text")).to_have_text("1 Feb – 28 Feb 2026")
    page.go_back()
    expect(page.locator("#tile-billed")).not_to_contain_text("250")


def test_a_reversed_range_is_told_and_asks_nothing(open_page: Open, clinic: Api):
    page = open_page("#range=custom&from=2026-03-01&to=2026-03-10")
    page.locator("#from").fill("2026-03-15")
    expect(page.locator("#custom-fault")).to_have_text("The first day is after the last.")


def test_chart_speaks_each_day_and_has_a_table(open_page: Open, clinic: Api):
    page = open_page()
    chart = page.get_by_role("slider", name="Chart of billed and collected per day")
    chart.focus()
    page.keyboard.press("End")
    expect(chart).to_have_attribute("aria-valuetext", "20 Mar 2026: billed ₹800.00, collected ₹1,500.00")
    expect(page.locator("#chart-readout")).to_contain_text("20 Mar 2026")
    page.keyboard.press("ArrowLeft")
    expect(chart).to_have_attribute("aria-valuenow", "19")
    assert page.locator("#chart rect.billed").count() == 3
    assert page.locator("#chart rect.collected").count() == 2
    page.get_by_text("The chart as a table").click()
    table = [re.sub(r"\s+", " ", text) for text in page.locator("#chart-rows tr").all_inner_texts()]
    assert table[0] == "10 Mar 2026 1,23,456.78 0.00"
    assert len(table) == 3


def test_a_year_is_drawn_by_month_or_by_day(open_page: Open, clinic: Api):
    page = open_page("#range=fy")
    expect(page.locator("#chart-title")).to_have_text("Billed and collected per month")
    assert page.get_by_role("slider").get_attribute("aria-valuemax") == "12"
    page.locator("label:has(#unit-day)").click()
    expect(page.get_by_role("slider")).to_have_attribute("aria-valuemax", "354")
    expect(page.locator("#chart path.collected")).to_be_visible()


def test_bars_are_as_tall_as_their_amounts(open_page: Open, clinic: Api):
    page = open_page()
    heights = page.locator("#chart rect.billed").evaluate_all(
        "all => all.map(one => Number(one.getAttribute('height')))"
    )
    assert heights[0] / heights[1] == pytest.approx(123456.78 / 1500, rel=0.05)


# ---------------------------------------------------------------- list


def test_filters_narrow_the_list(open_page: Open, clinic: Api):
    page = open_page()
    assert rows(page) == ["PUN01/2526/00001", "MUM01/2526/00002", "MUM01/2526/00001"]
    page.get_by_label("Status").select_option("paid")
    expect(page.locator("#invoice-count")).to_have_text("1 invoice")
    assert rows(page) == ["MUM01/2526/00002"]
    page.get_by_label("Patient ID").fill("PAT-1")
    page.keyboard.press("Enter")
    expect(page.locator("#invoice-rows")).to_contain_text("No invoice matches these filters.")
    page.get_by_role("button", name="Clear filters").click()
    expect(page.locator("#invoice-count")).to_have_text("5 invoices")
    page.locator("#list-to").fill("2025-12-31")
    page.locator("#list-to").press("Tab")
    expect(page.locator("#invoice-count")).to_have_text("1 invoice")
    page.reload()
    expect(page.locator("#invoice-count")).to_have_text("1 invoice")


def test_pages_follow_the_links(open_page: Open, api: Api):
    for place in range(25):
        api.invoice(100 + place, date="2026-03-10")
    api.settle()
    page = open_page()
    expect(page.locator("#page-text")).to_have_text("1–20 of 25")
    expect(page.get_by_role("button", name="Previous")).to_have_attribute("aria-disabled", "true")
    first = rows(page)
    page.get_by_role("button", name="Next").click()
    expect(page.locator("#page-text")).to_have_text("21–25 of 25")
    assert not set(first) & set(rows(page))
    expect(page.get_by_role("button", name="Next")).to_have_attribute("aria-disabled", "true")
    page.get_by_label("Per page").select_option("50")
    expect(page.locator("#page-text")).to_have_text("1–25 of 25")
    page.goto(page.url.partition("#")[0] + "#page=9")
    page.reload()
    page.get_by_role("button", name="First page").click()
    expect(page.locator("#page-text")).to_have_text("1–20 of 25")


def test_an_empty_month_points_to_the_latest(open_page: Open, api: Api):
    api.invoice(700, date="2025-11-05")
    api.settle()
    page = open_page()
    expect(page.locator("#departments")).to_contain_text("Nothing was billed in these days.")
    expect(page.locator("#chart")).to_have_text("Nothing was billed or collected in these days.")
    # Where the page begins, not below what is empty.
    page.locator("#elsewhere").get_by_role("button", name="Show Nov 2025").click()
    expect(page.locator("#elsewhere")).to_be_empty()
    expect(page.locator("#chart rect.billed")).to_have_count(1)
    page.locator("#list-patient").fill("PAT-NOBODY")
    page.keyboard.press("Enter")
    expect(page.locator("#invoice-rows")).to_contain_text("No invoice matches")
    expect(page.get_by_role("button", name="the latest with invoices")).to_have_count(0)
    expect(page.locator("#tile-billed")).to_contain_text("700")
    expect(page.locator("#range-text")).to_have_text("1 Nov – 30 Nov 2025")


def test_a_tenant_without_anything(open_page: Open, api: Api):
    page = open_page()
    assert tile(page, "billed") == "₹0.00"
    expect(page.locator("#invoice-rows")).to_contain_text("No invoice matches")
    page.get_by_role("button", name="Clear filters").click()
    expect(page.locator("#invoice-rows")).to_contain_text("There is no invoice yet.")


# ---------------------------------------------------------------- failures and hostile data


def test_a_failure_is_told_in_the_words_of_the_api_and_can_be_tried_again(
    open_page: Open, clinic: Api, watched: Watched
):
    watched.expected = ["500"]
    page = open_page()
    problem = {
        "type": "urn:x",
        "title": "Internal error",
        "status": 500,
        "code": "internal_error",
        "detail": "It broke.",
    }
    page.route(
        "**/summary?**",
        lambda route: route.fulfill(status=500, json=problem, headers={"X-Request-Id": "req-77"}),
        times=1,
    )
    page.get_by_text("Today", exact=True).click()
    panel = page.locator("#overview-problem")
    expect(panel).to_contain_text("Internal error")
    expect(panel).to_contain_text("req-77")
    panel.get_by_role("button", name="Try again").click()
    expect(page.locator("#tile-billed")).to_contain_text("800")
    expect(panel).to_be_empty()


def test_a_busy_service_is_asked_again_when_it_says(open_page: Open, clinic: Api, watched: Watched):
    watched.expected = ["503"]
    page = open_page()
    page.route("**/summary?**", lambda route: route.fulfill(status=503, headers={"Retry-After": "0"}), times=1)
    page.get_by_text("Today", exact=True).click()
    expect(page.locator("#tile-billed")).to_contain_text("800")


def test_no_connection_is_told(open_page: Open, clinic: Api, watched: Watched):
    watched.expected = ["ERR_"]
    page = open_page()
    page.route("**/invoices?**", lambda route: route.abort(), times=1)
    page.get_by_label("Status").select_option("paid")
    expect(page.locator("#invoice-rows")).to_contain_text("could not be reached")
    page.get_by_role("button", name="Try again").click()
    assert rows(page) == ["MUM01/2526/00002"]


HOSTILE = '<img src=x onerror="alert(1)"><script>alert(2)</script>"\'><svg onload=alert(3)>'


def test_names_are_text_whatever_they_hold(open_page: Open, api: Api):
    made = api.invoice(
        1500,
        date="2026-03-10",
        patient={"id": "PAT-9", "name": HOSTILE, "address": HOSTILE},
        line_items=[
            {
                "service_name": HOSTILE,
                "department": HOSTILE[:60],
                "quantity": 1,
                "rate": 10,
                "tax_rate": 0,
                "tax_treatment": "exempt",
            }
        ],
    )
    api.settle()
    page = open_page(f"#invoice={made['id']}")
    expect(page.locator(".recipient-name")).to_have_text(HOSTILE)
    expect(page.locator("#invoice-rows .patient")).to_have_text(HOSTILE)
    assert page.locator("main img[src=x], dialog img, svg[onload], #departments img").count() == 0


def test_a_senseless_address_is_as_good_as_none(open_page: Open, clinic: Api):
    page = open_page(
        "#range=constructor&status=__proto__&page=-1&list_from=2026-99-99&per_page=7&branch=%3Cb%3E&unit=x"
    )
    expect(page.locator("#range-month")).to_be_checked()
    expect(page.locator("#page-text")).to_contain_text("1–5 of 5")
