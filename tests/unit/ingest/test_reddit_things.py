"""What Reddit's answers hold."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.brand import Brand
from core.errors import SourceError
from ingest.match import Matcher
from ingest.sources.reddit_things import is_name, mentions_in, newest, oldest, read_page

NOW = datetime(2026, 11, 23, tzinfo=UTC)
LISTING = json.loads((Path(__file__).parents[2] / "fixtures/reddit_listing.json").read_text(encoding="utf-8"))
MATCHER = Matcher([Brand(name="Northfold", aliases=("北摺",), handles=("northfold_help",))])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda parts: st.lists(parts, max_size=3) | st.dictionaries(st.text(max_size=5), parts, max_size=3),
    max_leaves=8,
)
FIELDS = (
    "author",
    "body",
    "title",
    "selftext",
    "permalink",
    "context",
    "link_id",
    "parent_id",
    "edited",
    "created_utc",
)


def child(**fields: Any) -> dict[str, Any]:
    data = {"name": "t1_c1", "created_utc": 1795312800, "author": "ana", "body": "Northfold"} | fields
    return {"kind": data["name"][:2], "data": data}


def listing(*children: object) -> dict[str, Any]:
    return {"kind": "Listing", "data": {"after": None, "children": list(children)}}


def test_a_recorded_answer_is_read() -> None:
    page = read_page(LISTING, NOW)
    comment, link, deleted, inbox = page.things
    assert page.after == "t3_1p0fix2"
    assert not page.broken
    assert (comment.name, comment.author, comment.text) == (
        "t1_nq0fix1", "lamp_owner", "My Northfold lamp & its plug get hot.\n\nIs that normal?",
    )  # fmt: skip
    assert (comment.created, comment.edited) == (1795312800.0, 1795313100.0)
    assert (comment.conversation, comment.parent) == ("t3_1p0fix2", "t1_nq0fix0")
    assert (link.text, link.edited, link.conversation, link.parent) == ("北摺的檯燈很燙 🔥", 0.0, "t3_1p0fix2", "")
    assert link.url.isascii()
    assert link.url.startswith("https://www.reddit.com/r/northfold/comments/1p0fix2/%E5%8C%97")
    assert [thing.gone for thing in page.things] == [False, False, True, False]
    assert (inbox.conversation, inbox.url) == (
        "t3_1p0fix9", "https://www.reddit.com/r/lamps/comments/1p0fix9/hot_plug/nq0fix0/",
    )  # fmt: skip
    assert (newest(page.things), oldest(page.things)) == (1795312800.0, 1795305600.0)
    found = [mentions_in(thing, MATCHER, NOW) for thing in page.things]
    assert [len(each) for each in found] == [1, 1, 0, 1]
    assert (found[0][0].revision, found[1][0].revision) == (1795313100, 0)
    other = Matcher([Brand(name="Northfold", ambiguous=("help",), context=("lamp",), handles=("help",))])
    assert not mentions_in(inbox, other, NOW)
    (addressed,) = mentions_in(inbox, other, NOW, "help")
    assert addressed.text == inbox.text
    assert deleted.author == "[deleted]"


@pytest.mark.parametrize(
    ("fields", "gone"),
    [
        ({"body": "[deleted]"}, True),
        ({"body": "[removed]"}, True),
        ({"body": "[ Removed by Reddit ]"}, True),
        ({"body": "Northfold said [removed]"}, False),
        ({"author": None}, True),
        ({"author": "[deleted]"}, True),
        ({"name": "t3_s1", "title": "[deleted by user]"}, True),
        ({"name": "t3_s1", "title": "Northfold", "removed_by_category": "moderator"}, True),
        ({"name": "t3_s1", "title": "Northfold", "removed_by_category": None}, False),
    ],
)
def test_what_was_taken_away_is_seen(fields: dict[str, Any], gone: bool) -> None:
    (thing,) = read_page(listing(child(**fields)), NOW).things
    assert thing.gone is gone
    assert bool(mentions_in(thing, MATCHER, NOW)) is not gone


@pytest.mark.parametrize(
    "fields",
    [
        {"name": "t1_" + "c" * 40},
        {"name": "t1_c1\n"},
        {"name": "t1_c1,t1_c2"},
        {"name": None},
        {"created_utc": float("nan")},
        {"created_utc": float("inf")},
        {"created_utc": 10**400},
        {"created_utc": 0},
        {"created_utc": NOW.timestamp() + 90_000},
        {"edited": float("inf")},
        {"permalink": "http://["},
        {"body": 7},
    ],
)
def test_what_cant_be_read_is_kept_as_it_came(fields: dict[str, Any]) -> None:
    given = child(body="Northfold") | {}
    given["data"] |= fields
    page = read_page(listing(given, child(name="t1_c2")), NOW)
    assert [thing.name for thing in page.things] == ["t1_c2"]
    (broken,) = page.broken
    assert broken.name == ("" if "name" in fields else "t1_c1")
    assert broken.reason.startswith("Reddit sent what can't be read: ")
    assert "created_utc" in broken.raw


def test_what_is_nested_without_end_is_broken_and_known_by_its_name() -> None:
    nested: list[Any] = []
    for _ in range(10_000):
        nested = [nested]
    broken = child(created_utc=0, more=nested)
    page = read_page(listing(broken, child(name="t1_c2")), NOW)
    assert [thing.name for thing in page.things] == ["t1_c2"]
    assert [(each.name, each.raw) for each in page.broken] == [("t1_c1", "")]


def test_an_edit_without_a_time_is_none() -> None:
    (thing,) = read_page(listing(child(edited=True)), NOW).things
    assert thing.edited == 0.0


@pytest.mark.parametrize("path", ["", None, "//evil.example/r/x", "https://evil.example/r/x", "javascript:alert(1)"])
def test_links_lead_to_reddit_or_nowhere(path: str | None) -> None:
    (thing,) = read_page(listing(child(permalink=path)), NOW).things
    assert thing.url in {"", "https://www.reddit.com/r/x"}
    assert thing.conversation == ""


@pytest.mark.parametrize("answer", [None, [], "", {}, {"data": []}, {"data": {"children": {}}}])
def test_what_is_no_listing_is_an_error(answer: object) -> None:
    with pytest.raises(SourceError, match="no listing"):
        read_page(answer, NOW)


@given(st.lists(JSON, max_size=3), st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=4))
def test_nothing_in_a_listing_can_break_the_others(children: list[Any], fields: dict[str, Any]) -> None:
    page = read_page(listing(*children, child(**fields), child(name="t3_ok", title="Northfold")), NOW)
    assert page.things[-1].name == "t3_ok"
    assert len(page.things) + len(page.broken) <= len(children) + 2
    for thing in page.things:
        for mention in mentions_in(thing, MATCHER, NOW):
            assert is_name(mention.network_id)
            assert mention.created_at <= NOW
