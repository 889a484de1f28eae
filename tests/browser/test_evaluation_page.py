"""The report page of `sixminute evaluate` as a picture: nothing is cut off, on no screen and not on paper."""

from collections.abc import Iterator
from pathlib import Path

import evaluated
import pytest
import seed
from playwright.sync_api import Browser, Page, expect

from runtime.evaluation_report import page as report_page

pytestmark = pytest.mark.browser

AXE = Path(__file__).parent / "vendor" / "axe.min.js"
PAPER = 680
"""Pixels between the margins of A4."""


@pytest.fixture
def page(browser: Browser, tmp_path: Path) -> Iterator[Page]:
    """The report opened from its file; nothing may be complained of, least of all by its content security policy."""
    (tmp_path / "report.html").write_text(report_page(evaluated.report()), encoding="utf-8")
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.set_default_timeout(seed.PATIENCE)
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.goto((tmp_path / "report.html").as_uri())
    yield page
    context.close()
    assert complaints == []


def cut_off(page: Page, selector: str) -> list[str]:
    """Boxes whose content is wider than they are."""
    found: list[str] = page.evaluate(
        """selector => [...document.querySelectorAll(selector)].filter(box => box.scrollWidth > box.clientWidth + 1)
           .map(box => box.innerText.slice(0, 40))""",
        selector,
    )
    return found


@pytest.mark.parametrize("width", [360, 390, 1440])
def test_nothing_goes_past_the_edge(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert cut_off(page, ".tables .wide, h1, h2, .said, .note") == []


def test_all_figures_fit_a_desk_and_a_sheet(page: Page) -> None:
    assert cut_off(page, ".wide") == []
    page.emulate_media(media="print")
    page.set_viewport_size({"width": PAPER, "height": 900})
    assert page.evaluate("document.documentElement.scrollWidth") <= PAPER
    assert cut_off(page, "main, section, .tables .wide") == []


def test_on_a_phone_the_figures_scroll_beside_the_names(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    wide = page.get_by_role("group", name="All sets")
    name = page.get_by_role("rowheader", name="kettles")
    before = name.bounding_box()
    wide.focus()
    wide.evaluate("box => { box.scrollLeft = 200; }")
    assert wide.evaluate("box => box.scrollLeft") == 200
    assert name.bounding_box() == before


def test_a_diagram_shows_all_its_words_and_points(page: Page) -> None:
    outside: list[str] = page.evaluate(
        """[...document.querySelectorAll("svg")].flatMap(svg => {
             const frame = svg.getBoundingClientRect();
             return [...svg.querySelectorAll("text, circle, rect, line, polyline")].filter(part => {
               const box = part.getBoundingClientRect();
               return box.left < frame.left - .5 || box.right > frame.right + .5
                   || box.top < frame.top - .5 || box.bottom > frame.bottom + .5;
             }).map(part => part.outerHTML);
           })"""
    )
    assert outside == []
    diagram = page.get_by_role("img").first
    expect(diagram).to_contain_text("texts read right")
    expect(diagram).to_contain_text("probability that the model gave")


def test_a_text_stays_within_its_lines(page: Page) -> None:
    heights: list[float] = page.evaluate(
        """[...document.querySelectorAll(".said")].map(said =>
           said.getBoundingClientRect().height / parseFloat(getComputedStyle(said).lineHeight))"""
    )
    assert len(heights) > len(evaluated.HOSTILE)
    assert max(heights) < 6.1


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_bars_anybody(page: Page, theme: str) -> None:
    page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
    page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    assert [(item["id"], [node["html"] for node in item["nodes"]][:3]) for item in found["violations"]] == []
