"""A browser, and the application over a seeded store on a free loopback port."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

sys.path.insert(0, str(Path(__file__).parent))

import seed

from adapters.clock import SystemClock
from adapters.store import SqlStore
from core.ports.bus import Bus
from tests.backends import open_embedded
from tests.servers import missing

CHROMIUM = os.environ.get("SIXMINUTE_CHROMIUM", "/usr/bin/chromium")
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if not Path(CHROMIUM).exists():
        missing(f"There is no Chromium at {CHROMIUM}: install it, or name it in SIXMINUTE_CHROMIUM.")
    expect.set_options(timeout=seed.PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        yield browser
        browser.close()


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[tuple[Bus, SqlStore]]:
    bus, store = open_embedded(tmp_path, SystemClock())
    seed.seed(store, SystemClock().now())
    seed.explain(store, SystemClock().now())
    seed.page(store, SystemClock().now())
    yield bus, store
    store.close()
    bus.close()


@pytest.fixture
def store(opened: tuple[Bus, SqlStore]) -> SqlStore:
    return opened[1]


@pytest.fixture
def address(opened: tuple[Bus, SqlStore]) -> Iterator[str]:
    bus, store = opened
    with seed.serving(seed.make_parts(store, bus, SystemClock())) as address:
        yield address


class Complaints(list[str]):
    """What the browser complained of: errors, refused loads, violations of the content security policy."""


@pytest.fixture
def complaints() -> Complaints:
    return Complaints()


@pytest.fixture
def page(browser: Browser, address: str, complaints: Complaints) -> Iterator[Page]:
    """A page at desktop size in English; afterwards nothing may have been complained of."""
    context = browser.new_context(
        base_url=address, viewport={"width": 1440, "height": 900}, locale="en-GB", timezone_id="Asia/Taipei"
    )
    page = context.new_page()
    page.on(
        "console", lambda message: complaints.append(message.text) if message.type in ("error", "warning") else None
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    context.close()
    assert complaints == []
