"""Tries a served model's page in Chromium with the keyboard alone, and says as JSON what a person would see.

python try_page.py PORT SCREENSHOTS [FILE]

Runs in an environment of its own, with playwright and the system's Chromium.
"""

import json
import sys
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

port, pictures, *files = sys.argv[1:]
HERE = f"http://127.0.0.1:{port}/"


def reached(page: Page, wanted: str) -> int:
    """Press Tab until an element has the focus; how often that took."""
    for presses in range(1, 40):
        page.keyboard.press("Tab")
        if page.locator(f"{wanted}:focus").count():
            return presses
    raise AssertionError(f"{wanted} cannot be reached with the keyboard")


def answered(page: Page) -> dict[str, Any]:
    page.locator("#go:enabled").wait_for()
    page.locator("#answer .bars, #answer .said, #answer .error, #answer .vector").first.wait_for()
    return {
        "answer": page.locator("#answer").inner_text(),
        "error": page.locator("#answer .error").count(),
        "bars": page.locator("#answer .bars li").count(),
        "latency": page.locator("#latency").inner_text(),
        "curl": page.locator("#curl").inner_text(),
    }


def tried(page: Page) -> dict[str, Any]:
    page.goto(HERE)
    page.locator("#state.ready").wait_for()
    found: dict[str, Any] = {"title": page.title(), "heading": page.locator("h1").inner_text()}
    if files:
        page.set_input_files("#field-file", files[0])
        page.locator(".drop img").wait_for()
    else:
        found["presses"] = reached(page, "#fields textarea")
    page.keyboard.press("Tab")
    reached(page, "#go")
    page.keyboard.press("Enter")
    found["first"] = answered(page)
    if not files:
        page.locator("#fields textarea").first.focus()
        page.keyboard.press("Control+A")
        page.keyboard.type("<img src=x onerror=alert(1)> it's $HOME hello")
        page.keyboard.press("Control+Enter")
        page.wait_for_timeout(300)
        found["hostile"] = answered(page)
        found["markup"] = page.locator("#answer img").count()
    page.keyboard.press("Tab")
    return found


def main() -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        found: dict[str, Any] = {"asked": [], "said": []}
        for scheme in ("light",) if files else ("light", "dark"):
            page = browser.new_page(viewport={"width": 1200, "height": 820}, color_scheme=scheme)
            page.on("request", lambda request: found["asked"].append(request.url))
            page.on("console", lambda message: found["said"].append(message.text))
            page.on("pageerror", lambda error: found["said"].append(str(error)))
            found[scheme] = tried(page)
            found[scheme]["paper"] = page.locator("body").evaluate(
                "e => getComputedStyle(document.documentElement).backgroundColor"
            )
            page.screenshot(path=Path(pictures) / f"{scheme}.png", full_page=True)
            page.close()
        narrow = browser.new_page(viewport={"width": 360, "height": 700})
        narrow.goto(HERE)
        found["wider_than_a_telephone"] = narrow.locator("html").evaluate("e => e.scrollWidth > e.clientWidth")
        browser.close()
    sys.stdout.write(json.dumps(found) + "\n")


main()
