"""The source Reddit on the real praw, on a fake clock: what was missed, and what can't be had any more."""

from datetime import timedelta

import pytest

from core.errors import SourceError
from ingest.sources.reddit_watch import queries
from tests.fakes import FakeClock
from tests.networks import reddit
from tests.networks.faults import Answer
from tests.smoke.reddit.listening import (
    BRANDS,
    COMMENTS,
    SEARCH,
    comment,
    lost,
    mentions,
    names,
    polled,
    reading,
    source,
    submission,
    until,
)


def test_after_a_stop_everything_that_was_missed_comes_each_once_the_oldest_first(
    server: reddit.RedditServer, clock: FakeClock
) -> None:
    server.things = [comment(clock, 1)]
    with reading(source(server, clock), server) as items:
        cursor = until(items, polled(server, COMMENTS, 1))[-1].cursor
    for number in range(2, 352):
        clock.forward(seconds=1)
        server.things.append(comment(clock, number))
    clock.forward(hours=1)
    asked = len(server.asked(COMMENTS))
    with reading(source(server, clock), server, cursor) as items:
        seen = until(items, polled(server, COMMENTS, 6))
    found = [name for name in names(seen) if name != "t1_c0001"]
    assert found == [f"t1_c{number:04}" for number in range(2, 352)]
    pages = [request.query.get("after") for request in server.asked(COMMENTS)[asked:]]
    assert pages[:4] == [None, "t1_c0252", "t1_c0152", "t1_c0052"]
    assert pages[4] is None
    assert not lost(seen)


def test_a_cursor_is_never_ahead_of_what_was_given(server: reddit.RedditServer, clock: FakeClock) -> None:
    with reading(source(server, clock), server) as items:
        first = until(items, polled(server, COMMENTS, 1))[-1].cursor
    for number in range(250):
        clock.forward(seconds=1)
        server.things.append(comment(clock, number))
    server.fail(Answer(200, '{"kind": "Listing", "data": {"children": 1}}'), path=COMMENTS)
    with reading(source(server, clock), server, first) as items, pytest.raises(SourceError, match="no listing"):
        until(items, mentions)
    with reading(source(server, clock), server, first) as items:
        assert len(mentions(until(items, mentions))) == 250


def test_more_than_a_page_between_two_looks_is_noticed_and_fetched(
    server: reddit.RedditServer, clock: FakeClock
) -> None:
    server.things = [comment(clock, 0)]
    with reading(source(server, clock), server) as items:
        clock.forward(seconds=1)
        server.things += [comment(clock, number) for number in range(1, 231)]
        seen = until(items, polled(server, COMMENTS, 5))
    assert sorted(names(seen)) == [f"t1_c{number:04}" for number in range(1, 231)]


def test_what_was_seen_last_may_be_deleted(server: reddit.RedditServer, clock: FakeClock) -> None:
    server.things = [comment(clock, 1)]
    with reading(source(server, clock), server) as items:
        server.delete("t1_c0001")
        clock.forward(minutes=1)
        server.things.append(comment(clock, 2))
        assert names(until(items, mentions)) == ["t1_c0002"]


def test_where_the_listing_ends_before_what_is_known_the_loss_is_told(
    server: reddit.RedditServer, clock: FakeClock
) -> None:
    server.things = [comment(clock, 0)]
    with reading(source(server, clock), server) as items:
        cursor = until(items, polled(server, COMMENTS, 1))[-1].cursor
    stopped = clock.now().replace(microsecond=0)
    clock.forward(hours=1)
    oldest = clock.now() + timedelta(seconds=100)
    for number in range(1, 1_101):
        clock.forward(seconds=1)
        server.things.append(comment(clock, number, "nothing"))
    with reading(source(server, clock), server, cursor) as items:
        seen = until(items, polled(server, COMMENTS, 14))
    (gap,) = lost(seen)
    assert gap.since <= stopped
    assert gap.until == oldest + timedelta(seconds=1)
    assert "1,000" in gap.reason
    assert sum(item.skipped for item in seen) == 1_000


def test_a_short_listing_that_is_all_new_is_no_loss(server: reddit.RedditServer, clock: FakeClock) -> None:
    with reading(source(server, clock), server) as items:
        server.things = [comment(clock, number) for number in range(130)]
        seen = until(items, polled(server, COMMENTS, 5))
    assert len(mentions(seen)) == 130
    assert not lost(seen)


def test_after_days_the_search_looks_back_as_far_and_tells_where_it_ends(
    server: reddit.RedditServer, clock: FakeClock
) -> None:
    made = source(server, clock, subreddits=(), searches=queries(BRANDS))
    with reading(made, server) as items:
        cursor = until(items, polled(server, SEARCH, 1))[-1].cursor
    clock.forward(days=10)
    server.things = [submission(clock, number, "Acme again") for number in range(300)]
    with reading(made, server, cursor) as items:
        seen = until(items, mentions)
    assert len(mentions(seen)) == 250
    assert server.asked(SEARCH)[-1].query["t"] == "month"
    assert lost(seen)[0].until == mentions(seen)[0].created_at


@pytest.mark.parametrize("cursor", ["nonsense", '{"marks":{"comments":"x"}}', '{"marks":{"comments":99999999999}}'])
def test_a_cursor_that_cant_be_begins_now(server: reddit.RedditServer, clock: FakeClock, cursor: str) -> None:
    server.things = [comment(clock, 1)]
    with reading(source(server, clock), server, cursor) as items:
        until(items, polled(server, COMMENTS, 1))
        clock.forward(seconds=1)
        server.things.append(comment(clock, 2))
        assert names(until(items, mentions)) == ["t1_c0002"]
