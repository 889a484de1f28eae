"""The source Mastodon on the real library, against an instance on loopback: what comes down its streams."""

import contextlib
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.errors import ConfigurationError
from core.mention import mention_id
from core.ports.source import Removal
from ingest.settings import Networks, SourceSettings
from ingest.sources import mastodon, mastodon_instance
from ingest.sources.registry import make_source
from tests.networks.driving import MovedOn, mentions, until
from tests.networks.faults import Altered
from tests.networks.mastodon import HASHTAG, MastodonServer
from tests.smoke.mastodon.listening import (
    BRANDS,
    TIMELINE,
    brought,
    listening,
    numbers,
    source,
    status,
)


def test_statuses_about_the_brands_become_mentions(server: MastodonServer, clock: MovedOn) -> None:
    with listening(server, clock) as items:
        server.publish(
            status(1, "<p>Nothing about anybody</p>"),
            status(2, "<p>Acme &amp; Zenith</p><p>are down</p>", "8", language="de", in_reply_to_id="1"),
            status(3, account="9"),
            status(4, "<p>again</p>", spoiler_text="Zenith"),
        )
        seen = brought(items, 3)
    first, second, third = mentions(seen)
    assert (first.brand, second.brand, third.brand) == ("Acme", "Zenith", "Zenith")
    assert first.id == mention_id("mastodon", "2", "Acme")
    assert (first.text, first.author, first.language_hint) == ("Acme & Zenith\n\nare down", "ben@other.example", "de")
    assert (first.url, first.in_reply_to) == ("https://other.example/@ben/2", "1")
    assert (third.text, third.followers) == ("Zenith\n\nagain", 1200)
    assert first.created_at == datetime(2026, 11, 22, 1, tzinfo=UTC)
    assert sum(item.skipped for item in seen) == 2


def test_edits_and_deletions_are_passed_on(server: MastodonServer, clock: MovedOn) -> None:
    edited = datetime(2026, 11, 22, 2, tzinfo=UTC)
    with listening(server, clock) as items:
        server.publish(status(1))
        server.edit(status(1, "<p>Acme is up</p>", edited_at=edited))
        server.edit(status(1, "<p>Acme is up!</p>", edited_at=edited + timedelta(seconds=1)))
        server.delete("1")
        server.say(b"event: delete\ndata: ../2\n\n")
        seen = until(items, lambda seen: any(item.removed for item in seen) and sum(item.skipped for item in seen))
    assert [mention.text for mention in mentions(seen)] == ["Acme is down", "Acme is up", "Acme is up!"]
    before, after, last = mentions(seen)
    assert before.id == after.id == last.id
    assert 0 == before.revision < after.revision < last.revision
    assert [each for item in seen for each in item.removed] == [Removal(source="mastodon", network_id="1")]


def test_hashtags_have_streams_of_their_own_and_repeats_are_skipped(server: MastodonServer, clock: MovedOn) -> None:
    with listening(server, clock, timelines=("acme", "down")) as items:
        server.publish(status(1, "Acme"), status(2, "Acme #down"), status(3, "#Acme #down"), status(4, "#acme Acme"))
        seen = brought(items, 3)
        seen += until(items, lambda more: sum(item.skipped for item in seen + more) >= 1)
    assert sorted(numbers(seen)) == [2, 3, 4]
    assert sorted(request.query["tag"] for request in server.asked(HASHTAG)) == ["acme", "down"]


def test_what_was_there_before_it_began_is_not_delivered(server: MastodonServer, clock: MovedOn) -> None:
    server.statuses = {"1": status(1)}
    with listening(server, clock) as items:
        server.publish(status(2))
        assert numbers(brought(items, 1)) == [2]


def test_a_beginning_that_cant_be_read_is_none(server: MastodonServer, clock: MovedOn) -> None:
    server.fail(Altered(lambda _: [{"id": "../1"}]), path=TIMELINE)
    items = source(server, clock).items("")
    until(items, lambda _: server.asked(TIMELINE))
    server.publish(status(5))
    until(items, lambda seen: seen and '"5"' in seen[-1].cursor)


def test_nonsense_in_a_stream_ends_nothing(server: MastodonServer, clock: MovedOn) -> None:
    with listening(server, clock) as items:
        server.say(b"nonsense\n\xff\xff\n\nevent: update\ndata: {\n\ndata: 1\n\nevent: of tomorrow\ndata: Acme\n\n")
        server.say(b'event: update\ndata: {"id": 5, "content": "Acme", "account": 7}\n\n')
        server.say(b'event: update\ndata: {"id": "1", "con')
        server.say(b'tent": "half of Acme"}\n\n')
        seen = brought(items, 1)
    assert mentions(seen)[0].text == "half of Acme"
    assert len([row for item in seen for row in item.dead]) == 1
    assert sum(item.skipped for item in seen) == 1


@pytest.mark.parametrize("room", [1_000, 3])
def test_a_flood_is_delivered_whole(
    server: MastodonServer, clock: MovedOn, monkeypatch: pytest.MonkeyPatch, room: int
) -> None:
    monkeypatch.setattr(mastodon_instance, "_ROOM", room)
    monkeypatch.setattr(mastodon, "_REMEMBERED", 100)
    with listening(server, clock) as items:
        server.publish(*(status(number) for number in range(1, 2001)))
        assert numbers(brought(items, 2000)) == list(range(1, 2001))


@pytest.mark.parametrize(
    ("fields", "networks", "says"),
    [
        ({}, {}, "say what to follow"),
        ({"hashtags": ("a b",)}, {}, "no hashtag"),
        ({"public": True}, {"mastodon_base_url": ""}, "set SIXMINUTE_MASTODON_BASE_URL"),
        ({"public": True}, {"mastodon_access_token": ""}, "set SIXMINUTE_MASTODON_ACCESS_TOKEN"),
    ],
)
def test_the_registry_refuses_what_is_missing(
    clock: MovedOn, fields: dict[str, Any], networks: dict[str, str], says: str
) -> None:
    known = {"mastodon_base_url": "https://example.social", "mastodon_access_token": "token", **networks}
    table = SourceSettings(name="fediverse", kind="mastodon", **fields)
    with pytest.raises(ConfigurationError, match=says):
        make_source(table, BRANDS, clock, Networks(**known))
    with pytest.raises(ConfigurationError, match=r"add \[\[brands\]\] first"):
        make_source(table, (), clock, Networks(**known))


def test_the_registry_makes_it(server: MastodonServer, clock: MovedOn) -> None:
    table = SourceSettings(name="fediverse", kind="mastodon", hashtags=("#acme",), public=True)
    networks = Networks(mastodon_base_url=server.url + "/", mastodon_access_token="token")
    with contextlib.closing(make_source(table, BRANDS, clock, networks).items("")) as items:  # type: ignore[type-var]
        until(items, lambda _: server.streams.opened == 2)
        server.publish(status(1, "#Acme Zenith"))
        assert {mention.brand for mention in mentions(brought(items, 2))} == {"Acme", "Zenith"}
