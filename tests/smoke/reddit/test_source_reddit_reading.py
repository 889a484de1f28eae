"""The source Reddit on the real praw, on a fake clock: what is read, and from where."""

from datetime import timedelta

import pytest

from core.brand import Brand
from core.mention import mention_id
from core.ports.source import nothing_kept
from ingest.settings import Networks, SourceSettings
from ingest.sources import reddit as reddit_module
from ingest.sources.reddit_watch import queries
from ingest.sources.registry import make_source
from tests.fakes import FakeClock
from tests.networks import reddit
from tests.networks.faults import Fault, out_of_order, twice
from tests.smoke.reddit.listening import (
    BRANDS,
    COMMENTS,
    SEARCH,
    comment,
    mentions,
    names,
    polled,
    reading,
    source,
    submission,
    until,
)


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
