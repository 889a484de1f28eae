"""The report page of `sixminute evaluate` as HTML; how it looks is for `tests/browser`."""

import re
import sys
from pathlib import Path

import pytest
from msgspec.structs import replace

from runtime.evaluation_report import page

sys.path.insert(0, str(Path(__file__).parents[2] / "browser"))

import evaluated

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def html() -> str:
    return page(evaluated.report())


def section(html: str, number: int) -> str:
    return re.split(r'<section aria-labelledby="(?:all|set-\d+)">', html)[number + 1]


def test_it_says_which_model_when_and_on_how_much(html: str) -> None:
    assert "&lt;kettle&gt;@1, measured on 5 March 2026, 14:07 UTC, on 1,227 texts in 3 sets." in html
    report = evaluated.report()
    alone = page(replace(report, sets={"small": report.sets["small"]}))
    assert "on 1 text in 1 set." in alone


def test_texts_and_names_are_only_text(html: str) -> None:
    assert "<script" not in html
    assert "<img" not in html
    assert '<b>"set"' not in html
    assert "&lt;script&gt;alert(1)" in html
    name = section(html, 2).split("</h2>")[0]
    assert "<bdi>a &lt;b&gt;" in name
    assert re.sub("<[^>]+>", "", name).strip().endswith("\u202eto_the_end.csv")


def test_a_long_text_shows_that_it_goes_on(html: str) -> None:
    assert "茶壺漏水" * 74 + "茶壺漏…" in html
    assert "W" * 299 + "…" in html


def test_languages_are_told_by_name(html: str) -> None:
    assert (
        "1,219 texts: 1,200 English, 9 Traditional Chinese, 8 Simplified Chinese, 1 Russian, 1 language unknown."
        in html
    )
    assert "labelled <b>positive</b>, Simplified Chinese</p>" in section(html, 1)
    assert "7 texts: English. With so few texts" in section(html, 2)
    assert "With so few texts" not in section(html, 1)


def test_an_unheard_of_language_is_told_by_its_code() -> None:
    report = evaluated.report()
    small = report.sets["small"]
    odd = replace(small, languages={"xx": small.overall, "not a language": small.overall})
    assert "1 text: 1 xx, 1 not a language." in page(replace(report, sets={"small": odd}))


def test_every_bar_of_the_diagram_has_its_number_and_its_row(html: str) -> None:
    figure, tables = section(html, 1).split("</figure>")
    assert figure.count('class="dot"') == figure.count('class="range"') == figure.count('class="amount"') == 6
    counts = [int(count) for count in re.findall(r'class="count"[^>]*>(\d+)<', figure)]
    assert sum(counts) == 1219
    rows = re.findall(r'<th scope="row">(\d+)–(\d+)%</th><td>(\d+)%</td><td>(\d+)</td>', tables)
    assert [int(row[3]) for row in rows] == counts
    assert all(int(low) <= int(mean) <= int(high) for low, high, mean, _ in rows)


def test_many_texts_are_told_briefly_over_a_bar() -> None:
    report = evaluated.report()
    small = report.sets["small"]
    bins = tuple(replace(each, texts=12_345 * each.texts) for each in small.overall.bins)
    many = replace(small, overall=replace(small.overall, bins=bins))
    assert ">12k</text>" in page(replace(report, sets={"small": many}))


def test_brackets_are_explained_where_there_are_any(html: str) -> None:
    assert '<span class="offered">(' in html
    assert "In brackets: the macro recall if the model had to choose" in html
    kettles = evaluated.report().sets["kettles"]
    whole = replace(kettles, languages={"en": kettles.languages["en"]})
    full = page(replace(evaluated.report(), sets={"kettles": whole}))
    assert '<span class="offered">(' not in full
    assert "In brackets" not in full


def test_no_mistake_is_said_as_such(html: str) -> None:
    assert "None: every text was read as it is labelled." in section(html, 3)
    assert "<ol>" not in section(html, 3)


def test_the_colours_are_those_of_the_pages(html: str) -> None:
    tokens = re.findall(
        r"(--[a-z0-9-]+): ([^;]+);", (ROOT / "api/web/static/app.css").read_text("utf-8").split("\n}\n")[0]
    )
    own = re.findall(r"(--[a-z0-9-]+): ([^;]+);", html.split("\n}\n", maxsplit=1)[0])
    assert len(own) > 20
    assert set(own) <= set(tokens)
