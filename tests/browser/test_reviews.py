"""Saying what is right at a browser: by pointer, by keyboard, and without JavaScript."""

import pytest
import seed
from playwright.sync_api import Browser, Page, expect

from adapters.store import SqlStore
from core.mention import Label
from core.ports.queries import MentionQuery

pytestmark = pytest.mark.browser


def label_of(store: SqlStore, author: str) -> Label:
    (item,) = [one for one in store.mentions(MentionQuery(limit=50)).items if one.mention.author == author]
    return item.score.label


def test_a_label_is_corrected_in_its_place_and_taken_back(page: Page, store: SqlStore) -> None:
    page.goto("/mentions?sentiment=negative")
    mention = page.locator(".mention", has_text="Is anyone from Lumenbread")
    others = page.locator("#mention-list .mention").count()
    mention.get_by_role("button", name="neutral").click()
    expect(mention).to_contain_text("Mei-Ling corrected this; the model said negative.")
    expect(mention.locator(".sentiment-neutral")).to_be_visible()
    assert label_of(store, "metro_food") is Label.NEUTRAL
    assert page.url.endswith("/mentions?sentiment=negative")
    expect(page.locator("#mention-list .mention")).to_have_count(others)
    mention.get_by_role("button", name="Undo").click()
    expect(mention.locator(".sentiment-negative")).to_be_visible()
    expect(mention.get_by_role("button", name="neutral")).to_be_visible()
    assert label_of(store, "metro_food") is Label.NEGATIVE


@pytest.mark.parametrize("room", ["/mentions", "/alarm", "/"])
def test_the_keyboard_goes_on_where_it_was(page: Page, room: str) -> None:
    page.goto(room)
    review = page.locator(".mention-meta .review, .said .review").first
    review.get_by_role("button", name="No, ").last.focus()
    page.keyboard.press("Enter")
    undo = page.get_by_role("button", name="Undo")
    expect(undo).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".mention-meta .review, .said .review").first.get_by_role("button").first).to_be_focused()


def test_saying_what_is_right_works_without_javascript(browser: Browser, address: str, store: SqlStore) -> None:
    context = browser.new_context(base_url=address, java_script_enabled=False)
    context.set_default_timeout(seed.PATIENCE)
    page = context.new_page()
    page.goto("/mentions?sentiment=negative")
    page.locator(".mention", has_text="Is anyone from Lumenbread").get_by_role("button", name="neutral").click()
    expect(page.locator(".noted")).to_contain_text("Noted: this post is neutral.")
    assert label_of(store, "metro_food") is Label.NEUTRAL
    expect(page.locator("#mention-list")).not_to_contain_text("Is anyone from Lumenbread")
    page.locator(".noted").get_by_role("button", name="Undo").click()
    expect(page.locator(".noted")).to_contain_text("Taken back")
    expect(page.locator("#mention-list")).to_contain_text("Is anyone from Lumenbread")
    assert label_of(store, "metro_food") is Label.NEGATIVE
    context.close()


def test_marks_that_what_was_said_rules_out_are_hidden_at_once(page: Page) -> None:
    page.goto("/mentions?sentiment=negative")
    mention = page.locator(".mention", has_text="Is anyone from Lumenbread")
    upset, complaint, urgent = (
        mention.get_by_text(words, exact=True) for words in ("anger", "complaint", "asks for help")
    )
    expect(upset).to_be_visible()
    mention.get_by_role("button", name="No, positive").click()
    expect(upset).to_be_hidden()
    expect(complaint).to_be_hidden()
    expect(urgent).to_be_visible()
    mention.get_by_role("button", name="Undo").click()
    expect(upset).to_be_visible()
    mention.get_by_role("button", name="No, neutral").click()
    expect(upset).to_be_hidden()
    expect(complaint).to_be_visible()


def test_the_marks_of_a_post_are_a_list(page: Page) -> None:
    page.goto("/mentions")
    marks = page.locator(".mention", has_text="Is anyone from Lumenbread").locator(".tags").get_by_role("listitem")
    expect(marks).to_have_text(["safety", "asks for help", "complaint", "anger", "Open on X"])
