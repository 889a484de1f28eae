"""The source Reddit on the real praw, on a fake clock: what is deleted or edited there."""

import contextlib
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from core.events import MENTIONS_RAW, MentionReceived, decode
from core.ports.source import SourceItem
from ingest.poller import Poller
from ingest.settings import Networks, SourceSettings
from ingest.sources import reddit_sweep
from ingest.sources.registry import make_source
from tests.backends import open_embedded
from tests.contract.things import scored
from tests.fakes import FakeClock
from tests.networks import reddit
from tests.networks.faults import in_list
from tests.smoke.reddit.listening import (
    BRANDS,
    COMMENTS,
    START,
    SUBREDDITS,
    comment,
    mentions,
    polled,
    reading,
    removed,
    source,
    submission,
    until,
)


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
