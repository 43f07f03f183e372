"""Take the pictures of docs/images from a running local stack: `python -m tools.dashboard_screenshots`.

Needs `make run` and Chromium. The pages' clock stands on the last day of the demo data, so that the pictures stay the same.
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
            page = browser.new_context(device_scale_factor=1.5, locale="en-IN", **options).new_page()
            page.clock.set_fixed_time(NOW)
            page.goto(address + fragment)
            page.get_by_label("Bearer token").fill(token)
            page.keyboard.press("Enter")
            page.locator("#overview[aria-busy=false] .figure").first.wait_for()
            page.locator("#invoice-rows a").first.wait_for()
            page.locator("#chart svg").wait_for()
            return page

        def open_first(page: Page, number: str) -> None:
            page.get_by_role("link", name=number).first.click()
            page.locator(".document").wait_for()

        def take(page: Page, name: str, **options: Any) -> None:
            page.wait_for_timeout(300)
            page.screenshot(path=IMAGES / f"{name}.png", **options)
            print(name)

        mixed = "#list_from=2026-09-01&status=partially_paid"
        for scheme in ("light", "dark"):
            page = opened("", viewport=DESKTOP, color_scheme=scheme)
            take(page, f"dashboard-{scheme}", full_page=True)
            page = opened(mixed, viewport=DESKTOP, color_scheme=scheme)
            open_first(page, "")
            take(page, f"invoice-{scheme}")
        phone = {"viewport": PHONE, "is_mobile": True, "has_touch": True}
        page = opened("", color_scheme="light", **phone)
        take(page, "dashboard-phone", clip={"x": 0, "y": 0, "width": 360, "height": 1500}, full_page=True)
        page = opened("#range=fy", color_scheme="dark", **phone)
        open_first(page, "")
        take(page, "invoice-phone-dark", clip={"x": 0, "y": 0, "width": 360, "height": 740})
        page = opened(mixed, viewport={"width": 794, "height": 1123}, color_scheme="light")
        open_first(page, "")
        page.emulate_media(media="print")
        take(page, "invoice-print")
        browser.close()


if __name__ == "__main__":
    main()
