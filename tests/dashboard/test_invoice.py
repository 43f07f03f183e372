"""An invoice opened: the document the law wants, on screen and on paper, and a payment recorded once."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from playwright.sync_api import Page, Request, Route, expect

from tests.dashboard.conftest import Watched
from tests.dashboard.server import make_token
from tests.http.api import Api

Open = Callable[..., Page]

EXEMPT = {
    "service_name": "Consultation",
    "department": "General Medicine",
    "sac_hsn": "999312",
    "quantity": 1,
    "rate": 500,
    "tax_rate": 0,
    "tax_treatment": "exempt",
}
TAXED = {
    "service_name": "Chemical peel",
    "department": "Dermatology",
    "sac_hsn": "999722",
    "quantity": 2.5,
    "rate": 1000.05,
    "discount": 100,
    "tax_rate": 18,
}
GSTIN = "29AAFCA4521K1Z0"


def opened(open_page: Open, api: Api, lines: list[dict[str, Any]], **members: Any) -> Page:
    made = api.invoice(line_items=lines, **members)
    api.settle()
    page = open_page(f"#invoice={made['id']}")
    page.locator(".document").wait_for()
    return page


def totals(page: Page) -> dict[str, str]:
    names = page.locator(".totals dt").all_inner_texts()
    return dict(zip(names, page.locator(".totals dd").all_inner_texts(), strict=True))


# ---------------------------------------------------------------- the document


TITLES = [
    ([TAXED], "MUM-01", None, "Tax Invoice"),
    ([EXEMPT], "MUM-01", None, "Bill of Supply"),
    ([TAXED, EXEMPT], "MUM-01", None, "Invoice-cum-Bill of Supply"),
    # Rule 46A is for buyers without registration.
    ([TAXED, EXEMPT], "MUM-01", GSTIN, "Tax Invoice"),
    # A zero rate is nil-rated, which the Act counts as exempt.
    ([{**TAXED, "tax_rate": 0}], "MUM-01", None, "Bill of Supply"),
    # Who is not registered may not call it a tax invoice.
    ([EXEMPT], "PUN-01", None, "Invoice"),
]


def test_title_is_what_the_law_calls_it(open_page: Open, api: Api):
    page = open_page()
    for lines, branch, buyer, title in TITLES:
        patient = {"id": "PAT-1", "name": "Asha Rao", **({"gstin": buyer} if buyer else {})}
        made = api.invoice(line_items=lines, branch_id=branch, patient=patient)
        page.evaluate("address => { location.hash = address; }", f"invoice={made['id']}")
        expect(page.locator("#sheet-title")).to_have_text(made["invoice_number"])
        expect(page.locator("#document-title")).to_have_text(title)


def test_document_states_what_rule_46_asks_for(open_page: Open, api: Api):
    api.branch("BLR-01", name="Arogya Clinic, Jayanagar", address="7, 11th Main", state_code="29", gstin=GSTIN)
    patient = {
        "id": "PAT-7",
        "name": "Meera Iyer",
        "address": "4 Temple Street, Mysuru",
        "phone": "+91 98450 12345",
        "state_code": "29",
    }
    page = opened(open_page, api, [TAXED, EXEMPT], branch_id="BLR-01", patient=patient)
    text = page.locator(".document").inner_text()
    for stated in (
        "Arogya Clinic, Jayanagar",
        "7, 11th Main",
        GSTIN,
        "BLR01/2526/00001",
        "10 Mar 2026",
        "Meera Iyer",
        "4 Temple Street",
        "Karnataka (29)",
        "Reverse charge",
        "Place of supply",
        "999722",
        "999312",
        "Authorised signatory",
        "Original for recipient",
    ):
        assert stated in text, stated
    peel = [
        re.sub(r"\s+", " ", cell) for cell in page.locator(".lines tbody tr").first.locator("td, th").all_inner_texts()
    ]
    # 2.5 times 1000.05 = 2500.125, half up to the paisa; 9% of 2400.13 is 216.0117 each.
    assert peel == [
        "1",
        "Chemical peel Dermatology",
        "999722",
        "2.5",
        "1,000.05",
        "100.00",
        "2,400.13",
        "216.01 9%",
        "216.01 9%",
        "2,832.15",
    ]
    assert totals(page) == {
        "Sub-total": "3,000.13",
        "Discount": "−100.00",
        "Exempt value": "500.00",
        "Taxable value": "2,400.13",
        "CGST": "216.01",
        "SGST": "216.01",
        "Round-off": "−0.15",
        "Grand total": "₹3,332.00",
        "Paid": "0.00",
        "Balance": "₹3,332.00",
    }
    expect(page.locator("#amount-in-words")).to_have_text("Rupees Three Thousand Three Hundred Thirty-Two Only")
    summary = [re.sub(r"\s+", " ", row) for row in page.locator(".tax-summary tbody tr").all_inner_texts()]
    assert summary == ["999722 18% 2,400.13 216.01 216.01", "999312 Exempt 500.00 0.00 0.00"]


def test_goods_to_another_state_bear_igst(open_page: Open, api: Api):
    patient = {"id": "PAT-1", "name": "Asha Rao", "state_code": "29"}
    page = opened(open_page, api, [TAXED], supply_type="inter_state", patient=patient)
    heads = page.locator(".lines thead").inner_text()
    assert "IGST" in heads
    assert "CGST" not in heads
    assert totals(page)["IGST"] == "432.02"
    expect(page.locator(".titles")).to_contain_text("Karnataka (29)")
    expect(page.locator(".lines tbody")).to_contain_text("18%")


def test_union_territories_levy_utgst(open_page: Open, api: Api):
    api.branch("CHD-01", name="Arogya Clinic, Sector 17", state_code="04", code="CHD")
    page = opened(open_page, api, [TAXED], branch_id="CHD-01")
    assert "UTGST" in totals(page)


def test_draft_and_cancelled_say_so_and_take_no_payment(open_page: Open, api: Api):
    draft = api.invoice(500, finalize=False)
    gone = api.invoice(500)
    api("POST", f"/invoices/{gone['id']}/cancel", {"reason": "Billed twice"})
    page = open_page(f"#invoice={draft['id']}")
    expect(page.locator(".void")).to_have_text("Draft — not issued")
    expect(page.locator("#payment")).to_contain_text("must be finalized first")
    page.goto(page.url.partition("#")[0] + f"#invoice={gone['id']}")
    expect(page.locator(".void")).to_have_text("Cancelled")
    expect(page.locator(".document")).to_contain_text("Billed twice")
    expect(page.locator("#payment-form")).to_have_count(0)


def test_an_invoice_of_nobody_is_not_found(open_page: Open, api: Api, watched: Watched):
    watched.expected = ["404"]
    page = open_page("#invoice=MUM-01.0000000000000000")
    expect(page.locator("#sheet-document")).to_contain_text("Invoice not found")
    page.get_by_role("button", name="Back").click()
    expect(page.locator("#sheet")).to_be_hidden()


def test_paper_has_the_document_alone_on_as_many_pages_as_it_takes(open_page: Open, api: Api, tmp_path: Any):
    page = opened(
        open_page, api, [{**TAXED, "service_name": f"Service {place}"} for place in range(1, 71)], date="2026-03-10"
    )
    page.emulate_media(media="print", color_scheme="dark")
    for hidden in ("#workspace", ".sheet-bar", "#payment"):
        expect(page.locator(hidden)).to_be_hidden()
    shades = page.evaluate(
        """[getComputedStyle(document.querySelector('.document')).color,
            getComputedStyle(document.documentElement).backgroundColor]"""
    )
    assert shades == ["rgb(0, 0, 0)", "rgb(255, 255, 255)"]
    # A4 less its margins is narrower than the width below which a screen shows each line as a block.
    page.set_viewport_size({"width": 702, "height": 1017})
    assert page.locator(".lines tr").nth(1).evaluate("row => getComputedStyle(row).display") == "table-row"
    assert page.locator(".lines thead").evaluate("head => getComputedStyle(head).position") == "static"
    paper = page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", paper)) >= 3
    assert re.search(rb"/MediaBox\s*\[0 0 59[45]", paper)


def test_print_button_prints(open_page: Open, api: Api):
    page = opened(open_page, api, [EXEMPT])
    page.evaluate("() => { window.printed = 0; window.print = () => { window.printed += 1; }; }")
    page.get_by_role("button", name="Print").click()
    assert page.evaluate("window.printed") == 1
    assert page.title() == "MUM01/2526/00001 Asha Rao"


# ---------------------------------------------------------------- a payment


def pay_form(page: Page) -> Page:
    expect(page.locator("#payment-form")).to_be_visible()
    return page


def payments(api: Api, invoice_id: str) -> list[dict[str, Any]]:
    return list(api("GET", f"/invoices/{invoice_id}").json["payments"])


@pytest.fixture
def bill(api: Api) -> dict[str, Any]:
    made = api.invoice(123456.78, date="2026-03-10")
    api.settle()
    return made


def test_a_payment_in_parts_until_it_is_paid(open_page: Open, api: Api, bill: dict[str, Any]):
    page = open_page()
    page.get_by_role("link", name=bill["invoice_number"]).click()
    pay_form(page)
    expect(page.get_by_label("Amount in rupees")).to_have_value("1,23,456.78")
    page.get_by_label("Amount in rupees").fill("1,00,000.5")
    page.locator(".choices").get_by_text("UPI", exact=True).click()
    page.get_by_label("UPI reference (RRN)").fill("512345678901")
    page.get_by_role("button", name="Record ₹1,00,000.50").click()
    expect(page.locator("#payment-said")).to_have_text("₹1,00,000.50 by UPI recorded. Balance ₹23,456.28.")
    expect(page.locator(".moneys tbody")).to_contain_text("512345678901")
    assert totals(page)["Balance"] == "₹23,456.28"
    expect(page.locator("#sheet-status")).to_have_text("Partially paid")
    # The row behind is up to date at once, the tiles a moment later.
    assert "23,456.28" in page.locator("#invoice-rows tr").inner_text()
    expect(page.locator("#tile-collected")).to_contain_text("1,00,000")
    page.get_by_role("button", name="Record ₹23,456.28").click()
    expect(page.locator("#payment")).to_contain_text("Paid in full")
    recorded = sorted(payments(api, bill["id"]), key=lambda one: -one["amount"])
    assert [(one["amount"], one["payment_mode"], one["reference"], one["payment_date"]) for one in recorded] == [
        (Decimal("100000.50"), "upi", "512345678901", "2026-03-20"),
        (Decimal("23456.28"), "cash", None, "2026-03-20"),
    ]


def test_more_than_the_balance_is_refused_in_words(open_page: Open, api: Api, bill: dict[str, Any], watched: Watched):
    watched.expected = ["409"]
    page = pay_form(open_page(f"#invoice={bill['id']}"))
    page.get_by_label("Amount in rupees").fill("2,00,000")
    page.get_by_role("button", name="Record ₹2,00,000.00").click()
    fault = page.locator("#payment-amount-fault")
    expect(fault).to_contain_text("The amount is more than the balance of ₹1,23,456.78.")
    expect(page.get_by_label("Amount in rupees")).to_be_focused()
    expect(page.get_by_label("Amount in rupees")).to_have_attribute("aria-invalid", "true")
    assert payments(api, bill["id"]) == []
    fault.get_by_role("button", name="Use the balance").click()
    expect(page.get_by_label("Amount in rupees")).to_have_value("1,23,456.78")
    expect(fault).to_be_empty()
    page.keyboard.press("Enter")
    expect(page.locator("#payment")).to_contain_text("Paid in full")


FAULTS = [
    ("12.345", "Cash", "", "amount", "at most 2 decimals, like 1,23,456.78"),
    ("0", "Cash", "", "amount", "The amount must be above 0."),
    ("10", "NEFT", "", "reference", "The reference is required unless the mode is cash."),
    ("10", "Card", "4111 1111 1111 1111", "reference", "The reference must not hold a payment-card number."),
    ("10", "Online", "*?*", "reference", "begin with a letter or digit"),
]


def test_each_fault_is_told_beside_its_field(open_page: Open, api: Api, bill: dict[str, Any], watched: Watched):
    watched.expected = ["422"]
    page = pay_form(open_page(f"#invoice={bill['id']}"))
    for amount, mode, reference, field, said in FAULTS:
        page.get_by_label("Amount in rupees").fill(amount)
        page.locator(".choices").get_by_text(mode, exact=True).click()
        page.locator("#payment-reference").fill(reference)
        page.locator("#payment-submit").click()
        expect(page.locator(f"#payment-{field}-fault")).to_contain_text(said)
        expect(page.locator(f"#payment-{field}")).to_be_focused()
    page.locator(".choices").get_by_text("Cash", exact=True).click()
    page.locator("#payment-reference").fill("")
    page.get_by_label("Received on").fill("2026-03-25")
    page.locator("#payment-submit").click()
    expect(page.locator("#payment-date-fault")).not_to_be_empty()
    expect(page.locator("#payment-reference-fault")).to_be_empty()
    assert payments(api, bill["id"]) == []


def test_a_double_click_pays_once(open_page: Open, api: Api, bill: dict[str, Any]):
    page = pay_form(open_page(f"#invoice={bill['id']}"))
    sent: list[Request] = []
    page.on("request", lambda request: sent.append(request) if request.method == "POST" else None)
    page.get_by_label("Amount in rupees").fill("500")
    page.locator("#payment-submit").dblclick()
    expect(page.locator("#payment-said")).to_contain_text("₹500.00 by Cash recorded")
    assert len(payments(api, bill["id"])) == 1
    assert len(sent) == 1


def test_a_lost_answer_and_a_second_try_pay_once(open_page: Open, api: Api, bill: dict[str, Any], watched: Watched):
    watched.expected = ["ERR_"]
    page = pay_form(open_page(f"#invoice={bill['id']}"))
    keys: list[str] = []

    def lose(route: Route) -> None:
        keys.append(route.request.headers["idempotency-key"])
        if len(keys) == 1:
            route.fetch()  # the payment is recorded; its answer never arrives
            route.abort()
        else:
            route.continue_()

    page.route("**/payments", lose)
    page.get_by_label("Amount in rupees").fill("500")
    page.locator("#payment-submit").click()
    expect(page.locator("#payment-problem")).to_contain_text("this payment is recorded once")
    page.locator("#payment-submit").click()
    expect(page.locator("#payment-said")).to_contain_text("was recorded already; nothing was added")
    assert keys[0] == keys[1]
    assert len(payments(api, bill["id"])) == 1
    # The next form is another payment.
    page.get_by_label("Amount in rupees").fill("500")
    page.locator("#payment-submit").click()
    expect(page.locator("#payment-said")).to_contain_text("₹500.00 by Cash recorded")
    assert keys[2] != keys[0]
    assert len(payments(api, bill["id"])) == 2


def test_a_changed_form_after_a_lost_answer_does_not_pay_again(
    open_page: Open, api: Api, bill: dict[str, Any], watched: Watched
):
    watched.expected = ["ERR_", "422"]
    page = pay_form(open_page(f"#invoice={bill['id']}"))
    page.route("**/payments", lambda route: (route.fetch(), route.abort()), times=1)
    page.get_by_label("Amount in rupees").fill("500")
    page.locator("#payment-submit").click()
    expect(page.locator("#payment-problem")).to_be_visible()
    page.get_by_label("Amount in rupees").fill("600")
    page.locator("#payment-submit").click()
    expect(page.locator("#payment-said")).to_contain_text("An earlier attempt of this form was recorded")
    expect(page.locator(".moneys tbody")).to_contain_text("500.00")
    assert len(payments(api, bill["id"])) == 1


def test_paid_elsewhere_meanwhile(open_page: Open, api: Api, bill: dict[str, Any], watched: Watched):
    watched.expected = ["409"]
    page = pay_form(open_page(f"#invoice={bill['id']}"))
    api.pay(bill["id"], 123456.78)
    page.locator("#payment-submit").click()
    expect(page.locator("#payment-said")).to_contain_text("takes no payment")
    expect(page.locator("#sheet-status")).to_have_text("Paid")


def test_the_same_reference_twice_is_told(open_page: Open, api: Api, bill: dict[str, Any], watched: Watched):
    watched.expected = ["409"]
    api.pay(bill["id"], 100, payment_mode="upi", reference="512345678901")
    page = pay_form(open_page(f"#invoice={bill['id']}"))
    page.locator(".choices").get_by_text("UPI", exact=True).click()
    page.locator("#payment-reference").fill("512345678901")
    page.locator("#payment-submit").click()
    expect(page.locator("#payment-reference-fault")).to_contain_text(
        "already has a payment with this mode and reference"
    )


def test_warnings_of_the_api_are_shown(open_page: Open, api: Api):
    big = api.invoice(300000, date="2026-03-10")
    page = pay_form(open_page(f"#invoice={big['id']}"))
    page.locator("#payment-submit").click()
    expect(page.locator("#payment-said")).to_contain_text("2,00,000 rupees or more for one invoice is barred")


def test_a_reading_token_gets_no_form(open_page: Open, api: Api, bill: dict[str, Any]):
    page = open_page(f"#invoice={bill['id']}", token=make_token(api.tenant, scope="billing:read"))
    expect(page.locator("#payment")).to_contain_text("needs the scope billing:write")
    expect(page.locator("#payment-form")).to_have_count(0)
    expect(page.locator("#session-text")).to_contain_text("read only")
