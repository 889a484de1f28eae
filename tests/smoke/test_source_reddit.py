"""The source Reddit on the real praw, against Reddit's API on loopback. The clock is a fake one: waits take no time."""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import prawcore
import pytest
import requests

from core.brand import Brand
from core.errors import SourceError
from core.events import MENTIONS_RAW, MentionReceived, decode
from core.mention import Mention, mention_id
from core.ports.source import Gap, SourceItem, nothing_kept
from ingest.match import Matcher
from ingest.poller import Poller
from ingest.settings import Networks, SourceSettings
from ingest.sources import reddit as reddit_module
from ingest.sources import reddit_sweep
from ingest.sources.reddit import Reddit
from ingest.sources.reddit_api import Account
from ingest.sources.reddit_watch import places, queries
from ingest.sources.registry import make_source
from tests.backends import open_embedded
from tests.contract.things import scored
from tests.fakes import FakeClock
from tests.networks import reddit
from tests.networks.faults import Answer, Cut, Fault, Refuse, Stall, WrongJson, in_list, out_of_order, twice
from tests.networks.reddit_things import Comment, Submission

BRANDS = [Brand(name="Acme", aliases=("艾可美",), handles=("acme",)), Brand(name="Zenith", products=("Zen One",))]
SUBREDDITS = ("acme", "help")
COMMENTS, NEW, SEARCH = "/r/acme+help/comments/", "/r/acme+help/new/", "/r/all/search/"
START = datetime(2026, 11, 22, 2, tzinfo=UTC)
MANY = 6_000
"""Items after which a test has waited long enough: each is a nap or an answer."""


@pytest.fixture(autouse=True)
def _without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """praw pauses for seconds of the real clock before it tries again."""
    monkeypatch.setattr(prawcore.sessions.FiniteRetryStrategy, "sleep", lambda _: None)


@pytest.fixture
def server() -> Iterator[reddit.RedditServer]:
    with reddit.RedditServer() as server:
        server.reset = 60  # else praw paces the many requests of a test by the real clock
        yield server


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(START)


class Kept:
    """What the store keeps of Reddit."""

    def __init__(self, *names: str) -> None:
        self.names = sorted(names)

    def __call__(self, source: str, since: datetime, limit: int, after: str = "") -> Sequence[str]:
        assert source == "reddit"
        return [name for name in self.names if name > after][:limit]


def source(
    server: reddit.RedditServer,
    clock: FakeClock,
    *,
    subreddits: Sequence[str] = SUBREDDITS,
    searches: Sequence[str] = (),
    inbox: str = "",
    kept: Sequence[str] = (),
    brands: Sequence[Brand] = BRANDS,
    timeout: float = 10.0,
    **account: str,
) -> Reddit:
    who = {"base_url": server.url, "client_id": "client-id", "client_secret": "client-secret"} | account
    wanted = places(subreddits, searches, inbox)
    return Reddit(Account(**who), wanted, Matcher(brands), Kept(*kept), clock, timeout=timeout)


@contextlib.contextmanager
def reading(made: Reddit, server: reddit.RedditServer, cursor: str = "") -> Iterator[Iterator[SourceItem]]:
    """The items once everything was looked at for the first time."""
    with contextlib.closing(made.items(cursor)) as items:  # type: ignore[type-var]
        if not cursor:
            until(items, lambda seen: seen and "began" in seen[-1].cursor)
        yield items


def until(items: Iterator[SourceItem], holds: Callable[[list[SourceItem]], object]) -> list[SourceItem]:
    """What comes until the test has seen enough."""
    seen: list[SourceItem] = []
    while not holds(seen):
        assert len(seen) < MANY, seen[-1]
        seen.append(next(items))
    return seen


def mentions(seen: list[SourceItem]) -> list[Mention]:
    return [mention for item in seen for mention in item.mentions]


def removed(seen: list[SourceItem]) -> list[str]:
    assert all(each.source == "reddit" and not each.author for item in seen for each in item.removed)
    return [each.network_id for item in seen for each in item.removed]


def lost(seen: list[SourceItem]) -> list[Gap]:
    return [gap for item in seen for gap in item.lost]


def names(seen: list[SourceItem]) -> list[str]:
    return [mention.network_id for mention in mentions(seen)]


def polled(server: reddit.RedditServer, path: str, times: int) -> Callable[[object], bool]:
    """Holds once a path was asked for so many times more than now, and the answer was dealt with."""
    enough = len(server.asked(path)) + times + 1
    return lambda _: len(server.asked(path)) >= enough


def comment(clock: FakeClock, number: int, body: str = "Acme is down", **more: Any) -> Comment:
    fields = {"author": "ana", "subreddit": "acme", "created": clock.now(), "link_id": "t3_s1"} | more
    return Comment(id=f"c{number:04}", body=body, **fields)


def submission(clock: FakeClock, number: int, title: str, **more: Any) -> Submission:
    fields = {"author": "ben", "subreddit": "help", "created": clock.now()} | more
    return Submission(id=f"s{number}", title=title, **fields)


def test_what_is_new_becomes_mentions_with_all_that_is_known(server: reddit.RedditServer, clock: FakeClock) -> None:
    server.things = [comment(clock, 1, "Acme of old")]
    with reading(source(server, clock), server) as items:
        clock.forward(minutes=1)
        posted = clock.now()
        server.things += [
            comment(clock, 2, "Acme &amp; Zen\u200b One are down", parent_id="t1_c0001"),
            submission(clock, 3, "艾可美", selftext="的客服不理人"),
            submission(clock, 4, "nothing about anybody"),
            submission(clock, 5, "Acme elsewhere", subreddit="other"),
        ]
        seen = until(items, lambda seen: len(mentions(seen)) == 3 and sum(item.skipped for item in seen) == 1)
    first, second = sorted((each for each in mentions(seen) if each.network_id == "t1_c0002"), key=lambda x: x.brand)
    assert (first.brand, second.brand) == ("Acme", "Zenith")
    assert first.id == mention_id("reddit", "t1_c0002", "Acme")
    assert (first.source, first.text, first.author, first.origin) == (
        "reddit", "Acme & Zen One are down", "ana", "live",
    )  # fmt: skip
    assert (first.conversation, first.in_reply_to, first.revision) == ("t3_s1", "t1_c0001", 0)
    assert first.url == "https://www.reddit.com/r/acme/comments/s1/a_title/c0002/"
    assert first.created_at == posted <= first.ingested_at
    (third,) = (each for each in mentions(seen) if each.network_id == "t3_s3")
    assert (third.text, third.conversation, third.in_reply_to) == ("艾可美\n\n的客服不理人", "t3_s3", "")
    assert third.url == "https://www.reddit.com/r/help/comments/s3/a_title/"


def test_the_user_agent_says_who_we_are_and_the_token_stays_in_its_header(
    server: reddit.RedditServer, clock: FakeClock
) -> None:
    with reading(source(server, clock, username="acme", password="password"), server):
        pass
    asked = server.asked(COMMENTS)[0]
    assert asked.headers["user-agent"].startswith("python:sixminute:")
    assert "(by /u/acme)" in asked.headers["user-agent"]
    assert "token" not in str(asked.query)


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


def test_the_search_finds_the_brands_anywhere_and_what_is_found_twice_is_given_once(
    server: reddit.RedditServer, clock: FakeClock
) -> None:
    made = source(server, clock, searches=queries(BRANDS))
    with reading(made, server) as items:
        clock.forward(seconds=1)
        server.things = [
            submission(clock, 1, "my Zen One broke", subreddit="elsewhere"),
            submission(clock, 2, "Acme", subreddit="acme"),
        ]
        seen = until(items, polled(server, SEARCH, 3))
    assert sorted(names(seen)) == ["t3_s1", "t3_s2"]
    query = server.asked(SEARCH)[0].query
    assert query["q"] == '"Acme" OR "艾可美" OR "Zenith" OR "Zen One"'
    assert (query["sort"], query["t"], query["limit"]) == ("new", "day", "100")


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


def test_the_inbox_speaks_to_the_brand_however_it_writes_it(server: reddit.RedditServer, clock: FakeClock) -> None:
    gap = [Brand(name="Gap", ambiguous=("Gap", "gap"), context=("jeans",), handles=("gap",))]
    server.users = {"gap": "secret"}
    made = source(server, clock, subreddits=(), inbox="gap", brands=gap, username="gap", password="secret")
    with reading(made, server) as items:
        clock.forward(seconds=1)
        server.things = [
            comment(clock, 1, "help me, u/gap", subreddit="anywhere"),
            comment(clock, 2, "mind the gap", subreddit="anywhere"),
        ]
        (found,) = mentions(until(items, mentions))
    assert (found.network_id, found.brand, found.text) == ("t1_c0001", "Gap", "help me, u/gap")
    assert (found.conversation, found.in_reply_to) == ("t3_s1", "t3_s1")
    assert found.url == "https://www.reddit.com/r/anywhere/comments/s1/a_title/c0001/"


def test_only_the_last_that_were_given_are_remembered(
    server: reddit.RedditServer, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reddit_module, "_REMEMBERED", 1)
    with reading(source(server, clock, searches=queries(BRANDS)), server) as items:
        clock.forward(seconds=1)
        server.things = [submission(clock, number, "Acme", subreddit="acme") for number in (1, 2)]
        seen = until(items, polled(server, SEARCH, 3))
    assert sorted(names(seen)) == ["t3_s1", "t3_s1", "t3_s2", "t3_s2"]


@pytest.mark.parametrize("fault", [twice("data", "children"), out_of_order("data", "children")])
def test_doubles_and_disorder_change_nothing(server: reddit.RedditServer, clock: FakeClock, fault: Fault) -> None:
    with reading(source(server, clock), server) as items:
        for number in range(150):
            clock.forward(seconds=1)
            server.things.append(comment(clock, number))
        server.fail(fault, fault, path=COMMENTS)
        seen = until(items, polled(server, COMMENTS, 6))
    assert names(seen) == [f"t1_c{number:04}" for number in range(150)]
    assert sum(item.skipped for item in seen) == 0


def test_what_appears_late_is_still_taken(server: reddit.RedditServer, clock: FakeClock) -> None:
    server.things = [comment(clock, 1)]
    late = comment(clock, 2, created=clock.now() - timedelta(minutes=1))
    with reading(source(server, clock), server) as items:
        server.things.insert(0, late)
        server.things.insert(0, comment(clock, 3, created=clock.now() - timedelta(days=1)))
        assert names(until(items, polled(server, COMMENTS, 3))) == ["t1_c0002"]


def test_edits_come_again_with_a_higher_revision_and_deletions_at_once(
    server: reddit.RedditServer, clock: FakeClock
) -> None:
    with reading(source(server, clock), server) as items:
        server.things = [comment(clock, number) for number in (1, 2, 3)]
        first = mentions(until(items, mentions))[0]
        for minutes in (1, 2):
            clock.forward(minutes=minutes)
            server.things[0].edited = clock.now()
            server.things[0].body = f"Acme is up again {minutes}"  # type: ignore[union-attr]
            (again,) = mentions(until(items, mentions))
            assert (again.id, again.text) == (first.id, f"Acme is up again {minutes}")
            assert again.revision > first.revision
            first = again
        server.things[1].author = None
        server.things[2].body = "[removed]"  # type: ignore[union-attr]
        seen = until(items, polled(server, COMMENTS, 3))
    assert removed(seen) == ["t1_c0002", "t1_c0003"]
    assert not mentions(seen)


def swept(server: reddit.RedditServer, clock: FakeClock, *kept: str, times: int = 1) -> list[SourceItem]:
    """What comes until everything that is kept was looked up so many times."""
    made = source(server, clock, kept=kept)
    seen: list[SourceItem] = []
    with reading(made, server, '{"marks":{}}') as items:
        for _ in range(times):
            enough = len(server.asked(reddit.INFO)) + 1
            seen += until(items, lambda _, enough=enough: len(server.asked(reddit.INFO)) >= enough)
            seen += until(items, lambda more: more and more[-1].heard)
            clock.forward(seconds=reddit_sweep.EVERY)
    return seen


def test_what_is_taken_away_is_found_by_the_sweep(server: reddit.RedditServer, clock: FakeClock) -> None:
    things = [comment(clock, number) for number in range(1, 4)]
    server.things = [*things, *(submission(clock, number, "Acme", url="https://acme.example/") for number in (1, 2))]
    server.delete("t1_c0001")
    server.remove("t1_c0002")
    server.remove("t3_s1")
    seen = swept(server, clock, *(thing.fullname for thing in server.things))
    assert removed(seen) == ["t1_c0001", "t1_c0002", "t3_s1"]
    assert not mentions(seen)


def test_what_was_edited_after_it_was_read_is_found_by_the_sweep(server: reddit.RedditServer, clock: FakeClock) -> None:
    old = START - timedelta(days=3)
    server.things = [comment(clock, 1, created=old), comment(clock, 2, created=old)]
    server.things[0].edited = START - timedelta(hours=1)
    server.things[0].body = "Acme has answered"  # type: ignore[union-attr]
    (found,) = mentions(swept(server, clock, "t1_c0001", "t1_c0002"))
    assert (found.network_id, found.text) == ("t1_c0001", "Acme has answered")
    assert found.revision == int(server.things[0].edited.timestamp())


def test_what_is_missing_is_looked_for_twice(server: reddit.RedditServer, clock: FakeClock) -> None:
    server.things = [comment(clock, 1)]
    seen = swept(server, clock, "t1_c0001", "t1_c0002", times=2)
    assert removed(seen) == ["t1_c0002"]


def test_a_whole_batch_that_is_missing_is_a_mistake_of_the_network(
    server: reddit.RedditServer, clock: FakeClock
) -> None:
    kept = [f"t1_c{number:04}" for number in range(10)]
    assert removed(swept(server, clock, *kept, times=3)) == []
    server.things = [comment(clock, 0)]
    assert removed(swept(server, clock, *kept, times=2)) == kept[1:]


@pytest.mark.parametrize("field", ["created_utc", "name"])
def test_what_cant_be_read_is_not_missing(server: reddit.RedditServer, clock: FakeClock, field: str) -> None:
    server.things = [comment(clock, 1), comment(clock, 2)]

    def spoil(children: list[Any]) -> list[Any]:
        children[0]["data"][field] = "yesterday"
        return children

    server.fail(in_list("data", "children", change=spoil), in_list("data", "children", change=spoil), path=reddit.INFO)
    assert removed(swept(server, clock, "t1_c0001", "t1_c0002", times=2)) == []


def test_a_sweep_goes_on_where_it_was_and_then_rests(server: reddit.RedditServer, clock: FakeClock) -> None:
    server.things = [comment(clock, number) for number in range(250)]
    kept = [thing.fullname for thing in server.things] + ["invented by a form", "t9_c1"]
    made = source(server, clock, kept=kept)
    with reading(made, server) as items:
        cursor = until(items, lambda seen: seen and "place" in seen[-1].cursor)[-1].cursor
    with reading(made, server, cursor) as items:
        cursor = until(items, lambda more: more and "place" not in more[-1].cursor)[-1].cursor
    with reading(made, server, cursor) as items:
        until(items, polled(server, COMMENTS, 3))
        assert len(server.asked(reddit.INFO)) == 3
        clock.forward(seconds=reddit_sweep.EVERY)
        until(items, lambda _: len(server.asked(reddit.INFO)) == 4)
    looked_up = [request.query["id"].split(",") for request in server.asked(reddit.INFO)]
    assert [len(batch) for batch in looked_up] == [99, 100, 51, 99]
    assert sorted(name for batch in looked_up[:3] for name in batch) == kept[:250]


@pytest.mark.parametrize(
    ("fault", "least"),
    [
        (reddit.too_many_requests(700), 700.0),
        (Answer(429, "", {"retry-after": "99999999"}), 900.0),
        (Answer(429, "", {"retry-after": "Sun, 22 Nov 2026 03:00:00 GMT", "x-ratelimit-remaining": "0"}), 60.0),
        (Answer(429, "", {"x-ratelimit-remaining": "0", "x-ratelimit-used": "9", "x-ratelimit-reset": "500"}), 500.0),
        (reddit.too_many_requests(), 60.0),
    ],
)
def test_a_spent_rate_limit_is_waited_for(
    server: reddit.RedditServer, clock: FakeClock, fault: Fault, least: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prawcore.rate_limit.RateLimiter, "delay", lambda _: None)  # it knows the real clock only
    with reading(source(server, clock, subreddits=("acme",)), server) as items:
        clock.forward(seconds=1)
        server.things = [comment(clock, 1)]
        before = len(server.requests)
        server.fail(fault)
        began = len(until(items, lambda _: len(server.requests) > before)) and clock.now()
        seen = until(items, mentions)
    assert clock.now() - began >= timedelta(seconds=least - 1)
    assert not any(item.heard for item in seen[: int(least)])


def test_without_a_word_how_long_each_wait_is_longer(server: reddit.RedditServer, clock: FakeClock) -> None:
    server.fail(*[Answer(429)] * 3)
    with contextlib.closing(source(server, clock).items("")) as items:  # type: ignore[type-var]
        waits = []
        for asked in range(2, 5):
            began = clock.now()
            until(items, lambda _, asked=asked: len(server.requests) >= asked)
            waits.append(clock.now() - began)
        assert until(items, lambda seen: seen and seen[-1].heard)
    assert waits[0] < waits[1] < waits[2]


def test_when_no_request_is_left_the_next_ones_wait(
    server: reddit.RedditServer, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prawcore.rate_limit.RateLimiter, "delay", lambda _: None)
    server.remaining, server.reset = 1.5, 400
    with contextlib.closing(source(server, clock).items("")) as items:  # type: ignore[type-var]
        until(items, lambda _: server.asked(COMMENTS))
        asked = len(server.requests)
        until(items, lambda _: len(server.requests) > asked)
    assert clock.now() - START >= timedelta(seconds=399)


def test_the_more_comes_the_sooner_it_looks(server: reddit.RedditServer, clock: FakeClock) -> None:
    def looks(minutes: int, posts: int) -> int:
        asked = len(server.asked(COMMENTS))
        for _ in range(minutes * 60):
            ends = clock.now() + timedelta(seconds=1)
            for _ in range(posts):
                server.things.append(comment(clock, len(server.things), "nothing"))
            while clock.now() < ends:
                next(items)
        return len(server.asked(COMMENTS)) - asked

    server.remaining = 1e6
    with reading(source(server, clock), server) as items:
        looks(5, 0)
        quiet = looks(5, 0)
        looks(2, 5)
        busy = looks(1, 5)
    assert quiet == 5
    assert busy > 4 * quiet


@pytest.mark.parametrize("fault", [Answer(503), Cut(after=5), Refuse()])
def test_one_error_is_nothing_and_many_are_told_in_one_line(
    server: reddit.RedditServer, clock: FakeClock, fault: Fault
) -> None:
    with reading(source(server, clock), server) as items:
        server.fail(fault)
        clock.forward(seconds=1)
        server.things = [comment(clock, 1)]
        assert names(until(items, mentions)) == ["t1_c0001"]
        server.fail(*[fault] * 3)
        with pytest.raises(SourceError, match=r"Reddit can't be read from .+ \(.+\)\. Trying again") as caught:
            until(items, lambda _: False)
    assert "\n" not in str(caught.value)
    assert "token-" not in str(caught.value)


def test_whoever_begins_anew_at_once_asks_reddit_seldom(server: reddit.RedditServer, clock: FakeClock) -> None:
    server.private = {"secret"}
    while clock.now() < START + timedelta(minutes=2):
        with pytest.raises(SourceError):
            until(source(server, clock, subreddits=["secret"]).items(""), lambda _: False)
    assert len(server.requests) <= 2 * 2 * 60 / 15


def test_a_stall_keeps_nobody_from_stopping(server: reddit.RedditServer, clock: FakeClock) -> None:
    with reading(source(server, clock, timeout=0.6), server) as items:
        server.fail(Stall())
        clock.forward(seconds=1)
        server.things = [comment(clock, 1)]
        before = len(server.requests)
        until(items, lambda _: len(server.requests) > before)
        assert not next(items).heard
        assert names(until(items, mentions)) == ["t1_c0001"]
    with reading(source(server, clock, timeout=60.0), server) as items:
        server.fail(Stall())
        before = len(server.requests)
        until(items, lambda _: len(server.requests) > before)
        items.close()  # type: ignore[attr-defined]


def test_every_request_has_its_limit_of_time(
    server: reddit.RedditServer, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = []
    send = requests.Session.request

    def noting(self: requests.Session, *args: Any, **more: Any) -> requests.Response:
        limits.append(more["timeout"])
        return send(self, *args, **more)

    monkeypatch.setattr(requests.Session, "request", noting)
    with reading(source(server, clock, timeout=7.5), server):
        assert limits == [7.5] * len(server.requests)


@pytest.mark.parametrize("fault", [WrongJson(), Answer(200, "[1, 2]"), Answer(200, '{"data": null}')])
def test_an_answer_that_is_no_listing_is_told(server: reddit.RedditServer, clock: FakeClock, fault: Fault) -> None:
    with reading(source(server, clock), server) as items:
        server.fail(fault)
        with pytest.raises(SourceError, match=r"no JSON|no listing"):
            until(items, lambda _: False)


def test_one_thing_that_cant_be_read_doesnt_stop_the_others(server: reddit.RedditServer, clock: FakeClock) -> None:
    def spoil(children: list[Any]) -> list[Any]:
        about = {"kind": "t1", "data": {"name": "t1_x1", "body": "Acme"}}
        return [
            about, None, {}, {"kind": "t4", "data": {}}, {"kind": ["t1"]},
            {"kind": "t1", "data": {"name": "t1_x2", "created_utc": 1e300, "body": "nobody"}},
            *children,
        ]  # fmt: skip

    spoiled = in_list("data", "children", change=spoil)
    with reading(source(server, clock), server) as items:
        server.fail(spoiled, spoiled, spoiled, path=COMMENTS)
        clock.forward(seconds=1)
        server.things = [comment(clock, 1)]
        seen = until(items, polled(server, COMMENTS, 3))
    assert names(seen) == ["t1_c0001"]
    ((raw, reason),) = [row for item in seen for row in item.dead]
    assert "t1_x1" in raw
    assert reason.startswith("Reddit sent what can't be read: ")
    assert sum(item.skipped for item in seen) == 4


def test_hostile_text_is_only_text(server: reddit.RedditServer, clock: FakeClock) -> None:
    with reading(source(server, clock), server) as items:
        server.things = [
            comment(clock, 1, "Acme\u202e\x00 <script>" + "x" * 100_000, author="\u202eevil\n" * 100),
            submission(clock, 2, "Acme", subreddit="help/../../..//evil.example"),
        ]
        server.things[1].subreddit = "help"
        first, second = mentions(until(items, lambda seen: len(mentions(seen)) == 2))
    if first.network_id == "t3_s2":
        first, second = second, first
    assert first.text.startswith("Acme <script>x")
    assert len(first.text) == 25_000
    assert "\n" not in first.author
    assert len(first.author) <= 100
    assert second.url.startswith("https://www.reddit.com/r/help/")


def test_a_token_that_has_expired_is_asked_for_anew(server: reddit.RedditServer, clock: FakeClock) -> None:
    with reading(source(server, clock), server) as items:
        server.expire_tokens()
        clock.forward(seconds=1)
        server.things = [comment(clock, 1)]
        assert names(until(items, mentions)) == ["t1_c0001"]


@pytest.mark.parametrize(
    ("account", "says"),
    [
        ({"client_secret": "wrong-one"}, "SIXMINUTE_REDDIT_CLIENT_ID and SIXMINUTE_REDDIT_CLIENT_SECRET"),
        ({"username": "acme", "password": "wrong-one"}, "SIXMINUTE_REDDIT_USERNAME and SIXMINUTE_REDDIT_PASSWORD"),
    ],
)
def test_wrong_credentials_are_named_and_not_shown(
    server: reddit.RedditServer, clock: FakeClock, account: dict[str, str], says: str
) -> None:
    with pytest.raises(SourceError, match=says) as caught:
        until(source(server, clock, **account).items(""), lambda _: False)
    assert "wrong-one" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_who_refuses_us_is_told_with_what_to_do(server: reddit.RedditServer, clock: FakeClock) -> None:
    server.private, server.banned = {"secret"}, {"gone"}
    for subreddit, status in (("secret", 403), ("gone", 404)):
        with pytest.raises(SourceError, match=rf"Reddit refuses us \(HTTP {status}\): .*correct `subreddits`"):
            until(source(server, clock, subreddits=[subreddit]).items(""), lambda _: False)
    with pytest.raises(SourceError, match=r"\(HTTP 403\): .*`inbox = false`"):
        until(source(server, clock, subreddits=(), inbox="acme").items(""), lambda _: False)
    server.fail(*[Answer(401)] * 3, path=COMMENTS)
    with pytest.raises(SourceError, match=r"\(HTTP 401\)"):
        until(source(server, clock).items(""), lambda _: False)


@pytest.mark.parametrize("cursor", ["nonsense", '{"marks":{"comments":"x"}}', '{"marks":{"comments":99999999999}}'])
def test_a_cursor_that_cant_be_begins_now(server: reddit.RedditServer, clock: FakeClock, cursor: str) -> None:
    server.things = [comment(clock, 1)]
    with reading(source(server, clock), server, cursor) as items:
        until(items, polled(server, COMMENTS, 1))
        clock.forward(seconds=1)
        server.things.append(comment(clock, 2))
        assert names(until(items, mentions)) == ["t1_c0002"]


def test_the_registry_makes_it_at_the_address_that_is_set(server: reddit.RedditServer, clock: FakeClock) -> None:
    table = SourceSettings(name="forum", kind="reddit", subreddits=("r/acme", "/r/Acme_Help/", "acme"), search=True)
    networks = Networks(reddit_base_url=server.url, reddit_client_id="client-id", reddit_client_secret="client-secret")
    with reading(make_source(table, BRANDS, clock, networks, nothing_kept), server) as items:
        clock.forward(seconds=1)
        server.things.append(comment(clock, 2, "Zenith again"))
        (found,) = mentions(until(items, mentions))
    assert found.brand == "Zenith"
    assert server.asked("/r/acme+Acme_Help/comments/")
    assert {request.path for request in server.requests} == {
        reddit.ACCESS_TOKEN, "/r/acme+Acme_Help/comments/", "/r/acme+Acme_Help/new/", SEARCH,
    }  # fmt: skip


def test_what_is_deleted_there_is_deleted_here(server: reddit.RedditServer, clock: FakeClock, tmp_path: Path) -> None:
    table = SourceSettings(name="forum", kind="reddit", subreddits=SUBREDDITS)
    networks = Networks(reddit_base_url=server.url, reddit_client_id="client-id", reddit_client_secret="client-secret")
    server.things = [comment(clock, 1), comment(clock, 2)]
    server.delete("t1_c0001")
    stored = [
        scored(number, source="reddit", origin="live", network_id=f"t1_c000{number}", text="Acme is down")
        for number in (1, 2)
    ]
    with contextlib.ExitStack() as house:
        bus, store = open_embedded(tmp_path, clock)
        house.callback(bus.close)
        house.callback(store.close)
        with store.unit() as unit:
            unit.put_mentions(stored)
        poller = Poller(make_source(table, BRANDS, clock, networks, store.recent_posts), bus, store, clock)
        poller.run(lambda: poller.totals.removed > 0)
        poller.close()
        (told,) = [decode(each.value, MentionReceived) for each in bus.browse(MENTIONS_RAW)]
    assert (told.mention.id, told.kind) == (stored[0].mention.id, "deleted")
    assert not told.mention.text
