"""What a person at a browser sees and does."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
import seed
from playwright.sync_api import Browser, Page, Route, expect

from adapters.clock import SystemClock
from adapters.store import SqlStore
from api.parts import Parts
from core import casework
from core.case import CaseState
from tests.backends import open_embedded

pytestmark = pytest.mark.browser

AXE = Path(__file__).parent / "vendor" / "axe.min.js"
ROOMS = ("/", "/alarm", "/mentions", "/sources", "/outbox", "/policies", "/policies/edit?name=grave")


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_opens_without_complaint(page: Page, room: str) -> None:
    page.goto(room)
    expect(page.locator("main")).to_be_visible()
    expect(page.locator("#demonstration")).to_contain_text("invented")


def test_the_clock_of_a_case_ticks_down(page: Page) -> None:
    page.goto("/")
    clock = page.locator("#case [data-clock-time]")
    first = clock.inner_text()
    expect(clock).not_to_have_text(first)


def test_approve_undo_approve_outbox(page: Page, store: SqlStore) -> None:
    page.goto("/")
    page.locator("[data-card]").first.click()
    expect(page).to_have_url(page.url)
    case = page.locator("#case").get_attribute("data-case") or ""
    page.locator("#case [data-do=approve]").first.click()
    expect(page.locator("#case .delivery-waiting")).to_be_visible()
    expect(page.locator(f"#queue [data-key='{case}']")).to_have_count(0)
    page.locator("#case [data-do=undo]").click()
    expect(page.locator("#case .delivery-withdrawn")).to_be_visible()
    expect(page.locator(f"#queue [data-key='{case}']")).to_have_count(1)
    page.locator("#case [data-do=approve]").first.click()
    expect(page.locator("#case .delivery-waiting")).to_be_visible()
    changed = store.case(case)
    assert changed is not None
    assert changed.state is CaseState.APPROVED
    page.goto("/outbox")
    expect(page.locator(".delivery-waiting")).to_contain_text("Approved by Mei-Ling")


def test_a_reply_is_checked_while_it_is_written(page: Page) -> None:
    page.goto("/")
    page.locator("[data-card]", has_text="burned my hand").click()
    expect(page.locator("#case .said")).to_contain_text("burned my hand")
    draft = page.locator(".draft").first
    draft.locator("[data-do=edit]").click()
    draft.locator("textarea").fill("Call me at 0912-345-678 and send us your order number here. " * 80)
    expect(draft.locator(".length-over, .findings li").first).to_be_visible()
    expect(draft.locator("[data-do=approve]")).to_have_count(0)
    draft.locator("textarea").fill("I am sorry. We are looking into this now and answer you here within the hour.")
    expect(draft.locator("[data-do=approve]")).to_be_enabled()


def press(page: Page, key: str, seen: Callable[[float], None]) -> None:
    """Press a key until what it does is seen: one pressed while a part of the page is exchanged can be lost."""
    for _ in range(8):
        page.keyboard.press(key)
        try:
            seen(4_000)
        except AssertionError:
            continue
        return
    seen(4_000)


def test_the_path_from_the_keyboard(page: Page, store: SqlStore) -> None:
    page.goto("/")
    cards = page.locator("[data-card]")
    press(page, "j", lambda wait: expect(cards.nth(1)).to_be_focused(timeout=wait))
    press(page, "k", lambda wait: expect(cards.nth(0)).to_be_focused(timeout=wait))
    page.keyboard.press("Enter")
    page.wait_for_url("**/?case=*")
    expect(page.locator("#case .said")).to_be_visible()
    press(page, "c", lambda wait: expect(page.locator("#case .claimed")).to_contain_text("Mei-Ling", timeout=wait))
    press(page, "e", lambda wait: expect(page.locator(".draft textarea").first).to_be_focused(timeout=wait))
    page.keyboard.press("Escape")
    press(page, "?", lambda wait: expect(page.locator("#help")).to_be_visible(timeout=wait))
    page.keyboard.press("Escape")
    press(page, "a", lambda wait: expect(page.locator("#case .delivery-waiting")).to_be_visible(timeout=wait))


def test_the_language_is_switched_and_kept(page: Page) -> None:
    page.goto("/")
    page.get_by_role("button", name="繁體中文").click()
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hant-TW")
    expect(page.locator("#queue-title")).to_have_text("等待回覆")
    page.get_by_role("button", name="简体中文").click()
    page.goto("/alarm")
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hans-CN")


def test_new_cases_wait_while_the_pointer_is_in_the_queue(page: Page, store: SqlStore) -> None:
    page.goto("/")
    page.locator("[data-card]").first.hover()
    before = page.locator("#queue [data-key]").count()
    now = SystemClock().now()
    with page.expect_response("**/"):
        seed.add_case(store, seed.scored(1, "x", "late_riser", 12, 0.95, "Smoke again, Lumenbread!", now), now)
    pill = page.locator("#queue [data-pill]")
    expect(pill).to_have_text("1 new")
    expect(page.locator("#queue [data-key]")).to_have_count(before)
    pill.click()
    expect(page.locator("#queue [data-key]")).to_have_count(before + 1)


def test_new_mentions_arrive_by_themselves(page: Page, store: SqlStore) -> None:
    page.goto("/")
    expect(page.locator("#live .mention").first).to_be_visible()
    item = seed.scored(0, "x", "just_now", None, 0.9, "And another one, Lumenbread.", SystemClock().now())
    with store.unit() as unit:
        unit.put_mentions([item])
    expect(page.locator("#live")).to_contain_text("And another one")


def test_what_comes_before_the_page_listens_is_shown_too(page: Page, store: SqlStore) -> None:
    def held_up(route: Route) -> None:
        item = seed.scored(0, "x", "too_soon", None, 0.9, "Nobody heard of this, Lumenbread.", SystemClock().now())
        with store.unit() as unit:
            unit.put_mentions([item])
        route.continue_()

    page.route("**/api/v1/stream", held_up)
    page.goto("/")
    expect(page.locator("#live")).to_contain_text("Nobody heard of this")


def test_an_edit_is_never_overwritten(page: Page, store: SqlStore) -> None:
    page.goto("/")
    case_id = page.locator("#case").get_attribute("data-case") or ""
    page.locator("[data-do=edit]").first.click()
    page.locator(".draft textarea").first.fill("My own words.")
    other = store.case(case_id)
    assert other is not None
    with store.unit() as unit:
        assert unit.change_case(other)
    expect(page.locator("[data-changed]")).to_be_visible()
    expect(page.locator(".draft textarea").first).to_have_value("My own words.")


@pytest.mark.parametrize("language", ["en-GB", "zh-TW", "zh-CN"])
@pytest.mark.parametrize("room", [*ROOMS, "case"])
def test_no_sideways_scroll_at_360_pixels(
    browser: Browser, address: str, store: SqlStore, room: str, language: str
) -> None:
    context = browser.new_context(base_url=address, viewport={"width": 360, "height": 740}, locale=language)
    context.set_default_timeout(seed.PATIENCE)
    page = context.new_page()
    page.goto("/")
    target = page.locator("[data-card]").first.get_attribute("href") if room == "case" else room
    page.goto(target or "")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    context.close()


@pytest.mark.parametrize("room", ["/alarm", "/mentions"])
def test_paper_shows_what_is_said_and_no_buttons(page: Page, room: str) -> None:
    page.set_viewport_size({"width": 680, "height": 900})
    page.goto(room)
    expect(page.locator(".choose").first).to_be_visible()
    page.emulate_media(media="print")
    for control in page.locator(".rooms, .languages, .button, .choose, .filters").all():
        expect(control).to_be_hidden()
    expect(page.locator(".mention-text").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 680
    if room == "/alarm":
        panel, chart = page.locator("#chart-panel").bounding_box(), page.locator("#chart canvas").bounding_box()
        assert panel is not None
        assert chart is not None
        assert 0.85 * panel["width"] < chart["width"] < panel["width"]
        assert chart["y"] + chart["height"] <= panel["y"] + panel["height"]


def test_on_a_phone_the_search_has_a_line_of_its_own(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/mentions")
    search, form = page.get_by_role("searchbox").bounding_box(), page.locator(".filters").bounding_box()
    assert search is not None
    assert form is not None
    assert search["width"] == form["width"]


def test_the_alarm_leaves_no_hole_beside_what_changed(page: Page) -> None:
    page.goto("/alarm")
    above, below = page.locator("#timeline").bounding_box(), page.locator("#incidents").bounding_box()
    assert above is not None
    assert below is not None
    assert 0 < below["y"] - above["y"] - above["height"] <= 16


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("room", ROOMS)
def test_nothing_bars_anybody(page: Page, room: str, theme: str) -> None:
    page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
    page.goto(room)
    page.wait_for_load_state("load")
    page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    grave = [
        (item["id"], [node["html"] for node in item["nodes"]][:3])
        for item in found["violations"]
        if item["impact"] in ("serious", "critical")
    ]
    assert grave == []


def test_reading_and_approving_work_without_javascript(browser: Browser, address: str) -> None:
    context = browser.new_context(base_url=address, java_script_enabled=False)
    context.set_default_timeout(seed.PATIENCE)
    page = context.new_page()
    page.goto("/")
    page.locator("[data-card]").first.click()
    page.locator("#case [data-do=approve]").first.click()
    expect(page.locator("#case .delivery-waiting")).to_be_visible()
    page.locator("#case [data-do=undo]").click()
    expect(page.locator("#case .delivery-withdrawn")).to_be_visible()
    context.close()


def empty_house(folder: Path) -> tuple[SqlStore, Parts]:
    """Nothing is configured, no demonstration was begun, and no mention has come."""
    bus, store = open_embedded(folder, SystemClock())
    return store, seed.make_parts(store, bus, SystemClock(), brands=tuple, demonstration=seed.Showing("absent"))


def test_a_page_opened_before_the_first_mention_comes_alive_with_it(browser: Browser, tmp_path: Path) -> None:
    store, parts = empty_house(tmp_path)
    with seed.serving(parts) as address:
        context = browser.new_context(base_url=address, viewport={"width": 360, "height": 740})
        context.set_default_timeout(seed.PATIENCE)
        now_page, alarm_page = context.new_page(), context.new_page()
        now_page.goto("/")
        expect(now_page.locator("#welcome")).to_be_visible()
        assert now_page.evaluate("document.documentElement.scrollWidth") <= 360
        alarm_page.goto("/alarm")
        expect(alarm_page.locator("#chart")).to_be_hidden()
        seed.seed(store, SystemClock().now())
        expect(now_page.locator("#queue [data-card]").first).to_be_visible()
        expect(alarm_page.locator("#chart canvas")).to_be_visible()
        expect(alarm_page.locator("#timeline li").first).to_be_visible()
        context.close()
    store.close()


def test_an_incident_is_passed_on_and_resolved_where_it_stands(page: Page) -> None:
    page.goto("/alarm")
    expect(page.locator("#paged li").first).to_contain_text("no answer yet")
    page.locator("#pass-on summary").click()
    page.get_by_label("To whom").select_option("Wren")
    page.get_by_role("button", name="Pass on", exact=True).click()
    expect(page.locator("#alarm-head")).to_contain_text("In the hands of Mei-Ling")
    page.locator("#promise summary").click()
    page.get_by_label("30 minutes").check()
    page.get_by_role("button", name="Promise it").click()
    expect(page.locator("#timeline")).to_contain_text("Mei-Ling promised the next update by")
    page.locator("#resolve summary").click()
    page.get_by_role("button", name="Resolve").click()
    expect(page.locator("#timeline")).to_contain_text("Mei-Ling said that it is over.")


@pytest.mark.parametrize("scripts", [True, False], ids=["with-javascript", "without-javascript"])
def test_who_came_second_is_told_so_and_is_offered_no_approval(
    browser: Browser, address: str, store: SqlStore, scripts: bool
) -> None:
    context = browser.new_context(
        base_url=address, java_script_enabled=scripts, viewport={"width": 1440, "height": 700}
    )
    page = context.new_page()
    page.route("**/api/v1/stream", lambda route: route.abort())  # the page hears nothing of what Bo does
    page.goto("/")
    page.locator("[data-card]").first.click()
    expect(page).to_have_url(re.compile("case="))
    case = page.locator("#case").get_attribute("data-case") or ""
    mine = page.locator(".draft").last
    mine.locator("[data-do=edit]").click()
    mine.locator("textarea").fill("I am sorry. We look into this right now.")
    casework.claim(store, case, "Bo", SystemClock().now())
    page.locator("#case [data-do=approve]").last.click()
    said = page.get_by_role("alert")
    expect(said).to_contain_text("Nothing was changed: somebody was faster")
    expect(said).to_be_in_viewport()
    expect(page.locator("#case #held")).to_contain_text("Bo has this case in hand")
    expect(page.locator("#case .delivery-text")).to_have_text("I am sorry. We look into this right now.")
    assert page.locator("#case [data-do=approve], #case [data-do=edit], #case [data-do=resolve]").count() == 0
    expect(page.locator("#case .button-main").first).to_be_disabled()
    page.locator("#case [data-do=take-over]").click()
    expect(page.locator("#case #held")).to_have_count(0)
    expect(page.locator("#case details[open] textarea")).to_have_value("I am sorry. We look into this right now.")
    expect(page.locator("#case [data-do=approve]").last).to_be_enabled()
    context.close()
