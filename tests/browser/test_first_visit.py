"""The first page that a browser opens: the server doesn't know its zone yet, and shows what it will show later."""

from datetime import timedelta

import pytest
import seed
from playwright.sync_api import Browser, expect

from adapters.clock import SystemClock
from adapters.store import SqlStore

pytestmark = pytest.mark.browser

LANGUAGES = pytest.mark.parametrize("language", ["en-US", "zh-TW", "zh-CN"])


@LANGUAGES
def test_dates_are_written_alike_by_the_page_and_by_the_server(
    browser: Browser, address: str, store: SqlStore, language: str
) -> None:
    now = SystemClock().now()
    item = seed.scored(75 * 60, "x", "patient", 12, 0.95, "Smoke, Lumenbread! Is anyone there?", now)
    case = seed.add_case(store, item, now - timedelta(hours=75))
    context = browser.new_context(base_url=address, locale=language, timezone_id="Asia/Taipei")
    page = context.new_page()
    page.goto(f"/?case={case.id}")
    ends = page.locator("#case .clock-ends")
    expect(ends).not_to_contain_text("UTC")
    first = ends.inner_text()
    page.reload()
    assert ends.inner_text() == first
    context.close()


@LANGUAGES
def test_who_is_paged_is_told_in_the_readers_own_time_at_once(browser: Browser, address: str, language: str) -> None:
    context = browser.new_context(base_url=address, locale=language, timezone_id="Asia/Taipei")
    page = context.new_page()
    page.goto("/policies")
    expect(page.locator(".foreseen time").first).to_be_visible()
    expect(page.locator("main")).not_to_contain_text("UTC")
    context.close()
