"""Take the pictures of docs/images from a running local stack: `python -m tools.dashboard_screenshots`.

Needs `make run` and Chromium. The pages' clock stands on the last day of the demo data: the pictures stay the same.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

IMAGES = Path(__file__).resolve().parents[1] / "docs" / "images"
NOW = datetime(2026, 10, 31, 12, 40, tzinfo=UTC)  # 18:10 in India
DAY = "#range=custom&from=2026-10-26&to=2026-10-26"
NUMBER = "MUM/2627/00491"  # taxed and exempt lines, two payments
DESKTOP, PHONE = {"width": 1280, "height": 860}, {"width": 360, "height": 740}


def main() -> None:
    """Take every picture."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--api-port", type=int, default=3000)
    parser.add_argument("--token", help="default: what `make -s token` prints")
    given = parser.parse_args()
    token = (
        given.token
        or subprocess.run(
            ["make", "-s", "token", "EXPIRES_IN=90000"], check=True, capture_output=True, text=True
        ).stdout.strip()
    )
    address = f"http://127.0.0.1:{given.api_port}/api/v1/billing/dashboard"
    browser_path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=browser_path, args=["--headless", "--no-sandbox", "--disable-gpu", "--lang=en-IN"]
        )

        def opened(fragment: str, **options: Any) -> Page:
            page = browser.new_context(locale="en-IN", **options).new_page()
            page.clock.set_fixed_time(NOW)
            page.goto(address + fragment)
            page.get_by_label("Bearer token").fill(token)
            page.keyboard.press("Enter")
            page.locator("#overview[aria-busy=false] .figure").first.wait_for()
            page.locator("#invoice-rows a").first.wait_for()
            page.locator("#chart svg").wait_for()
            return page

        def open_invoice(page: Page) -> None:
            page.get_by_role("link", name=NUMBER).click()
            page.locator(".document").wait_for()

        def take(page: Page, name: str, **options: Any) -> None:
            page.wait_for_timeout(300)
            page.screenshot(path=IMAGES / f"{name}.png", **options)
            print(name)

        for scheme in ("light", "dark"):
            page = opened("", viewport=DESKTOP, color_scheme=scheme)
            take(page, f"dashboard-{scheme}", full_page=True)
            page = opened(DAY, viewport=DESKTOP, color_scheme=scheme)
            open_invoice(page)
            take(page, f"invoice-{scheme}")
        phone = {"viewport": PHONE, "is_mobile": True, "has_touch": True, "device_scale_factor": 2}
        page = opened("", color_scheme="light", **phone)
        take(page, "dashboard-phone", clip={"x": 0, "y": 0, "width": 360, "height": 1180}, full_page=True)
        page = opened(DAY, color_scheme="dark", **phone)
        open_invoice(page)
        page.locator("#sheet").evaluate("sheet => sheet.scrollTo(0, 250)")
        take(page, "invoice-phone-dark")
        page = opened(DAY, viewport={"width": 794, "height": 1123}, color_scheme="light")
        open_invoice(page)
        page.emulate_media(media="print")
        page.locator("#sheet").evaluate("sheet => Object.assign(sheet.style, {inset: '14mm 12mm', width: 'auto'})")
        take(page, "invoice-print")
        browser.close()


if __name__ == "__main__":
    main()
