"""What is looked at on Reddit, how often, and what of it is new."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.brand import Brand
from ingest.sources import reddit_watch
from ingest.sources.reddit_sweep import BATCH, EVERY, STEP, Sweep, Swept
from ingest.sources.reddit_things import Page, Thing
from ingest.sources.reddit_watch import LONGEST, PAGE, SHORTEST, SLACK, Watch, places, queries

NOW = datetime(2026, 11, 22, 3, tzinfo=UTC)
AT = NOW.timestamp()


def page(*numbers: int, after: str = "", before: float = 0.0) -> Page:
    """Things posted so many seconds before now."""
    return Page(tuple(Thing(name=f"t1_{number}", created=AT - before - number) for number in numbers), (), after)


def watch(mark: float | None = AT - 50, searches: Sequence[str] = ()) -> Watch:
    place = places(() if searches else ("acme",), searches, "")[0]
    return Watch(place, mark, 0.0)


def test_brands_are_searched_by_every_name_once() -> None:
    brands = [
        Brand(name="Acme", aliases=("ACME", 'the "Acme"'), handles=("@acme", "acme_help")),
        Brand(name="艾可美", products=("Zen\\One",)),
    ]
    assert queries(brands) == ('"Acme" OR "the Acme" OR "acme_help" OR "艾可美" OR "Zen One"',)
    assert queries([]) == ()


@given(st.lists(st.text('abc "\\@', min_size=1, max_size=100), min_size=1, max_size=40))
def test_no_search_is_longer_than_reddit_allows(names: list[str]) -> None:
    found = queries([Brand(name="Acme", aliases=tuple(names))])
    assert all(len(text) <= 512 for text in found)
    assert all(text.count('"') % 2 == 0 and "\\" not in text for text in found)
    terms = [term for text in found for term in text.split(" OR ")]
    assert len(terms) == len(set(terms))


def test_a_look_goes_back_to_the_mark_and_no_further() -> None:
    looking = watch()
    assert not looking.reaches([page(1, 2, after="t1_2")])
    assert not looking.reaches([page(1, 50, after="t1_50")])
    assert looking.reaches([page(1, 51, after="t1_51")])
    assert looking.reaches([page(1, 2)])
    assert looking.reaches([page(1, after="t1_1"), page(2, after="t1_1")])
    assert looking.reaches([page(number, after=f"t1_{number}") for number in range(11)])
    assert watch(None).reaches([page(1, after="t1_1")])


def test_the_first_look_learns_what_there_is() -> None:
    looking = watch(None)
    pages = [page(1, 2, 3)]
    assert looking.news(pages) == []
    assert looking.lost(pages) == ()
    looking.move(pages, NOW)
    assert looking.mark == AT - 1
    assert [thing.name for thing in looking.news([page(0, 1, 2, 9)])] == ["t1_9", "t1_0"]
    assert looking.news([page(int(SLACK) + 2)]) == []


def test_what_was_seen_long_ago_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reddit_watch, "_REMEMBERED", 3)
    looking = watch()
    assert len(looking.news([page(1, 2, 3, 4)])) == 4
    assert [thing.name for thing in looking.news([page(1, 4)])] == ["t1_4"]


def test_a_mark_lies_neither_in_the_future_nor_further_back() -> None:
    looking = watch()
    looking.move([page(1, before=-3_600)], NOW)
    assert looking.mark == AT
    looking.move([page(30)], NOW)
    assert looking.mark == AT
    empty = watch(None)
    empty.move([Page()], NOW)
    assert empty.mark == AT - timedelta(days=1).total_seconds()


@pytest.mark.parametrize(
    ("count", "searches", "told"), [(899, (), 0), (900, (), 1), (224, ("x",), 0), (225, ("x",), 1)]
)
def test_a_loss_is_told_where_a_full_listing_ends_too_early(count: int, searches: tuple[str, ...], told: int) -> None:
    looking = watch(AT - 5_000, searches)
    pages = [page(*range(begin, min(begin + PAGE, count))) for begin in range(0, count, PAGE)]
    gaps = looking.lost(pages)
    assert len(gaps) == told
    for gap in gaps:
        assert (gap.since, gap.until) == (NOW - timedelta(seconds=5_000), NOW - timedelta(seconds=count - 1))
    assert looking.lost([*pages, page(5_001)]) == ()


@pytest.mark.parametrize(
    ("days", "span"), [(0.5, "day"), (0.995, "week"), (6, "week"), (8, "month"), (200, "year"), (400, "all")]
)
def test_the_search_looks_back_as_far_as_the_mark(days: float, span: str) -> None:
    assert watch(AT - days * 86_400, ["x"]).query("", NOW)["t"] == span


def test_pages_follow_one_another() -> None:
    assert watch().query("", NOW) == {"limit": PAGE}
    assert watch().query("t1_1", NOW) == {"limit": PAGE, "after": "t1_1"}


@given(st.lists(st.tuples(st.integers(0, 1_000), st.floats(0.0, 100.0)), min_size=1, max_size=20), st.floats(0.0, 90.0))
def test_looks_are_seconds_apart_but_as_far_as_the_rate_limit_wants(
    looks: list[tuple[int, float]], least: float
) -> None:
    looking, now = watch(), 0.0
    for found, later in looks:
        now = looking.due + later
        looking.pace(found, now, least)
        assert max(SHORTEST, least) - 1e-6 <= looking.due - now <= max(LONGEST, least) + 1e-6


def test_the_pace_follows_what_comes() -> None:
    looking = watch()
    looking.pace(100, 10.0, 0.0)
    assert looking.due == 11.0
    for _ in range(20):
        looking.pace(0, looking.due, 0.0)
    now = looking.due
    looking.pace(0, now, 0.0)
    assert looking.due - now == LONGEST
    looking.pace(90, now + 60.0, 0.0)
    assert looking.due - now - 60.0 == 2.0
    looking.pace(1, now + 120.0, 0.0)
    assert looking.due - now - 120.0 == 3.0


def test_a_sweep_rests_until_six_hours_after_it_began() -> None:
    fresh = Sweep(Swept(), AT, 0.0)
    assert fresh.due == 0.0
    full = [f"t1_{number}" for number in range(BATCH)]
    fresh.move(full, AT, 0.0, 0.0)
    assert (fresh.place, fresh.due) == (full[-1], STEP)
    assert fresh.stand == Swept(began=AT, place=full[-1])
    assert Sweep(fresh.stand, AT + 60, 0.0).due == 0.0
    fresh.move(full, AT + 60, 60.0, 9.0)
    assert fresh.due == 69.0
    fresh.move(["t1_1"], AT + 100, 100.0, 9.0)
    assert fresh.stand == Swept(swept=AT, began=AT)
    assert fresh.due == EVERY
    assert Sweep(fresh.stand, AT + 100, 0.0).due == EVERY - 100
    assert Sweep(Swept(swept=AT + 999, began=AT + 999), AT, 0.0).due == EVERY
