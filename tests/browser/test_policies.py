"""Policies on the page, from the keyboard and on a phone."""

import pytest
from playwright.sync_api import Browser, Page, expect

from adapters.clock import SystemClock
from adapters.store import SqlStore
from core.policies import Policy, PolicyChange, PolicyDeed, Step

pytestmark = pytest.mark.browser


def test_a_policy_is_changed_and_taken_back_from_the_keyboard(page: Page, store: SqlStore) -> None:
    page.goto("/policies")
    page.get_by_role("link", name="Change “grave”").press("Enter")
    form = page.locator("#policy-form")
    page.get_by_role("button", name="Move step 1 down").press("Enter")
    expect(page.get_by_role("button", name="Move step 2 up")).to_be_focused()
    expect(form.locator("[name=to-1][value=Bo]")).to_be_checked()
    page.get_by_role("button", name="Add a step").press("Space")
    first = form.locator("[name=to-2]").first
    expect(first).to_be_focused()
    page.keyboard.press("Space")
    expect(first).to_be_checked()
    minutes = form.locator("[name=after-2]")
    minutes.fill("0")
    minutes.press("Enter")
    expect(minutes).to_have_attribute("aria-invalid", "true")
    expect(form.locator("#faults-after-2")).to_contain_text("Choose a number from 0.1")
    expect(form.locator("#faults-levels")).to_have_count(0)
    minutes.fill("4")
    page.get_by_role("button", name="Save").press("Enter")
    expect(page.locator("main [role=status]")).to_contain_text("holds within seconds")
    (kept,) = store.policies()
    assert (kept.name, kept.version, kept.by) == ("grave", 1, "Mei-Ling")
    assert kept.policy is not None
    assert [step.to for step in kept.policy.steps] == [("role:manager",), ("rotation:desk", "Bo"), ("rotation:desk",)]
    page.get_by_role("button", name="As it was before").press("Enter")
    expect(page.locator(".policy").first).to_contain_text("As in the configuration.")
    assert store.policies()[0].what is PolicyDeed.CONFIGURED


def test_of_two_who_save_at_once_the_second_is_told_and_keeps_what_was_written(page: Page, store: SqlStore) -> None:
    page.goto("/policies/edit?name=grave")
    page.locator("[name=after-0]").fill("9")
    theirs = Policy(name="grave", steps=(Step(to=("Wren",)),))
    with store.unit() as unit:
        unit.change_policy(
            PolicyChange(name="grave", version=1, at=SystemClock().now(), by="Bo", what=PolicyDeed.SAVED, policy=theirs)
        )
    page.get_by_role("button", name="Save").click()
    expect(page.locator("[role=alert]")).to_contain_text("Somebody else has changed this policy")
    expect(page.locator("[role=alert]")).to_contain_text("Wren")
    expect(page.locator("[name=after-0]")).to_have_value("9")
    page.get_by_role("button", name="Save mine all the same").click()
    expect(page.locator("main [role=status]")).to_be_visible()
    assert [change.by for change in store.policy_changes("grave")] == ["Mei-Ling", "Bo"]


def test_it_works_without_javascript(browser: Browser, address: str) -> None:
    context = browser.new_context(base_url=address, java_script_enabled=False)
    page = context.new_page()
    page.goto("/policies/edit")
    page.locator("[name=name]").fill("At night")
    page.get_by_role("button", name="Add a step").click()
    page.locator("[name=to-0][value=Bo]").check()
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#faults-to-1")).to_contain_text("Tick at least one person")
    page.get_by_role("button", name="Remove step 2").click()
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".policy").first).to_contain_text("At night")
    context.close()
