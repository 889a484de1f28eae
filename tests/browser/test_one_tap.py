"""The page behind a link in a message, on a phone."""

from pathlib import Path

import pytest
import seed
from playwright.sync_api import Browser, Page, expect

from adapters.clock import SystemClock
from adapters.store import SqlStore
from core.links import Links, link_key

pytestmark = pytest.mark.browser

AXE = Path(__file__).parent / "vendor" / "axe.min.js"


def link(store: SqlStore, address: str, person: str = "Mei-Ling") -> str:
    incident = next(each for each in store.incidents(open_only=True).items if each.brand and not each.acknowledged_by)
    return Links(lambda: link_key(store), address).acknowledge(incident.id, person, SystemClock().now())


def test_one_tap_without_javascript(browser: Browser, address: str, store: SqlStore) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 740}, java_script_enabled=False, locale="zh-TW")
    context.set_default_timeout(seed.PATIENCE)
    page = context.new_page()
    page.goto(link(store, address))
    page.get_by_role("button", name="我來處理").click()
    expect(page.get_by_role("heading")).to_have_text("由你處理中")
    expect(page.get_by_role("button")).to_have_count(0)
    context.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "zh-Hant", "zh-Hans"])
def test_it_fits_a_phone_and_bars_nobody(page: Page, address: str, store: SqlStore, theme: str, language: str) -> None:
    page.set_viewport_size({"width": 360, "height": 640})
    page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
    page.context.add_cookies([{"name": "sixminute_language", "value": language, "url": address}])
    page.goto(link(store, address))
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    button = page.get_by_role("button").bounding_box()
    assert button is not None
    assert button["height"] >= 64
    assert button["width"] >= 280
    assert button["y"] + button["height"] <= 640
    page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    assert [item["id"] for item in found["violations"] if item["impact"] in ("serious", "critical")] == []
