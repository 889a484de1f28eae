"""A case that is long overdue: its clock reads calmly, and nothing stands on anything else."""

import re
from collections.abc import Mapping
from datetime import timedelta
from itertools import combinations

import pytest
import seed
from playwright.sync_api import Browser, expect

from adapters.clock import SystemClock
from adapters.store import SqlStore

pytestmark = pytest.mark.browser


def overlap(one: Mapping[str, float], other: Mapping[str, float]) -> bool:
    """Whether two boxes share more than a pixel, in both directions."""
    return all(
        one[start] + one[size] > other[start] + 1 and other[start] + other[size] > one[start] + 1
        for start, size in (("x", "width"), ("y", "height"))
    )


@pytest.mark.parametrize(
    ("language", "hours", "shown"),
    [
        pytest.param("en-GB", 20, r"^\+\d\d h \d+ min$", id="hours-in-english"),
        pytest.param("en-GB", 75, r"^\+\d d \d+ h$", id="days-in-english"),
        pytest.param("zh-TW", 20, r"^\+\d\d 小時 \d+ 分$", id="hours-in-traditional-chinese"),
    ],
)
def test_the_head_of_a_case_that_waits_for_long_does_not_overlap(
    browser: Browser, address: str, store: SqlStore, language: str, hours: int, shown: str
) -> None:
    now = SystemClock().now()
    item = seed.scored(60 * hours, "x", "patient", 12, 0.95, "Smoke, Lumenbread! Is anyone there?", now)
    case = seed.add_case(store, item, now - timedelta(hours=hours))
    context = browser.new_context(base_url=address, viewport={"width": 1440, "height": 900}, locale=language)
    page = context.new_page()
    page.goto(f"/?case={case.id}")
    head = page.locator("#case .case-head")
    expect(head.locator("[data-clock-time]")).to_have_text(re.compile(shown))
    texts = head.locator(".clock-time, .clock-words b, .clock-ends > span")
    boxes = [one.bounding_box() or {} for one in (*texts.all(), *head.locator("button").all())]
    assert not [(one, other) for one, other in combinations(boxes, 2) if overlap(one, other)]
    context.close()
