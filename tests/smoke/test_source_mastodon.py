"""The source Mastodon on the real library, against an instance on loopback."""

import contextlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.brand import Brand
from core.errors import ConfigurationError, SourceError
from core.mention import mention_id
from core.ports.source import Removal, SourceItem
from ingest.match import Matcher
from ingest.settings import Networks, SourceSettings
from ingest.sources import mastodon, mastodon_instance
from ingest.sources.mastodon import MastodonStatuses
from ingest.sources.registry import make_source
from tests.networks.driving import MovedOn, mentions, until
from tests.networks.faults import Altered, Answer, Closed, Cut, Fault, Refuse, WrongJson, out_of_order, twice
from tests.networks.mastodon import HASHTAG, PUBLIC, MastodonServer, too_many_requests
from tests.networks.mastodon_statuses import Account, Status

BRANDS = [Brand(name="Acme", exclude_accounts=("own",)), Brand(name="Zenith")]
TIMELINE, TAG = "/api/v1/timelines/public", "/api/v1/timelines/tag/acme"
EVERYTHING = ("",)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> MovedOn:
    monkeypatch.setattr(mastodon, "NAP", 0.01)  # nobody waits here to stop it
    monkeypatch.setattr(mastodon, "PAUSE", 0.0)
    return MovedOn()


@pytest.fixture
def server() -> Iterator[MastodonServer]:
    with MastodonServer() as server:
        server.accounts = {
            "7": Account("7", "ana", "Ana", followers=1200),
            "8": Account("8", "ben@other.example"),
            "9": Account("9", "own"),
        }
        server.me = "7"
        yield server


def status(number: int, content: str = "<p>Acme is down</p>", account: str = "7", **more: Any) -> Status:
    return Status(str(number), account, content, **more)


def source(server: MastodonServer, clock: MovedOn, timelines: tuple[str, ...] = EVERYTHING) -> MastodonStatuses:
    return MastodonStatuses(Matcher(BRANDS), server.url, server.token, timelines, clock)


@contextlib.contextmanager
def listening(
    server: MastodonServer, clock: MovedOn, cursor: str = "", timelines: tuple[str, ...] = EVERYTHING
) -> Iterator[Iterator[SourceItem]]:
    """The source once its streams are open; without a cursor it also knows where it began."""
    with contextlib.closing(source(server, clock, timelines).items(cursor)) as items:  # type: ignore[type-var]
        opened = server.streams.opened
        until(items, lambda _: server.streams.opened == opened + len(timelines))
        if not cursor:
            until(
                items, lambda seen: seen and seen[-1].cursor.count('"0"') + seen[-1].cursor.count("1") >= len(timelines)
            )
        yield items


def brought(items: Iterator[SourceItem], count: int) -> list[SourceItem]:
    return until(items, lambda seen: len(mentions(seen)) >= count)


def begun(server: MastodonServer, clock: MovedOn, *statuses: Status) -> str:
    """The cursor after these."""
    with listening(server, clock) as items:
        server.publish(*statuses)
        return brought(items, len(statuses))[-1].cursor


def numbers(seen: list[SourceItem]) -> list[int]:
    return [int(mention.network_id) for mention in mentions(seen)]


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


def test_what_was_missed_is_fetched_in_order_of_time(server: MastodonServer, clock: MovedOn) -> None:
    cursor = begun(server, clock, status(10))
    server.statuses |= {str(number): status(number) for number in range(11, 111)}
    server.statuses["50"].edited_at = datetime(2026, 11, 22, 2, tzinfo=UTC)
    with listening(server, clock, cursor) as items:
        server.publish(status(200))
        seen = brought(items, 101)
        seen += until(items, lambda more: more and '"200"' in more[-1].cursor)
    assert sorted(numbers(seen)) == [*range(11, 111), 200]
    fetched = [number for number in numbers(seen) if number != 200]
    assert fetched == sorted(fetched)
    assert [mention.network_id for mention in mentions(seen) if mention.revision] == ["50"]
    assert not any(item.lost for item in seen)
    with listening(server, clock, seen[-1].cursor) as items:
        server.publish(status(201))
        assert numbers(brought(items, 1)) == [201]


def test_what_is_being_fetched_is_not_forgotten(server: MastodonServer, clock: MovedOn) -> None:
    """A stop in the middle: the cursor is where the pages are, although the stream is further."""
    cursor = begun(server, clock, status(10))
    server.statuses |= {str(number): status(number) for number in range(11, 61)}
    server.fail(Altered(lambda page: page), too_many_requests(), path=TIMELINE)
    asked = len(server.asked(TIMELINE)) + 2
    with listening(server, clock, cursor) as items:
        server.publish(status(200))
        cursor = brought(items, 41)[-1].cursor
        until(items, lambda _: len(server.asked(TIMELINE)) == asked)
    with listening(server, clock, cursor) as items:
        assert numbers(brought(items, 11)) == [*range(51, 61), 200]


NONSENSE = Altered(lambda page: [*page, {"id": None}, {"id": "9", "account": "Acme"}, 7])


@pytest.mark.parametrize(("fault", "dead"), [(twice(), 0), (out_of_order(), 0), (NONSENSE, 1)])
def test_a_page_comes_doubled_turned_round_or_with_nonsense(
    server: MastodonServer, clock: MovedOn, fault: Fault, dead: int
) -> None:
    cursor = begun(server, clock, status(1))
    server.statuses |= {str(number): status(number) for number in range(2, 8)}
    server.fail(fault, path=TIMELINE)
    with listening(server, clock, cursor) as items:
        seen = brought(items, 6)
        seen += until(items, lambda more: '"7"' in (seen + more)[-1].cursor)
    assert sorted(numbers(seen)) == [2, 3, 4, 5, 6, 7]
    reasons = [reason for item in seen for _, reason in item.dead]
    assert len(reasons) == dead
    assert all(reason.startswith("Mastodon sent what can't be read: ") for reason in reasons)


def test_pages_of_nothing_but_nonsense_are_told(server: MastodonServer, clock: MovedOn) -> None:
    cursor = begun(server, clock, status(1))
    server.statuses |= {"2": status(2)}
    server.fail(Altered(lambda page: [{"id": "../2"}, "Acme"]), path=TIMELINE)
    with listening(server, clock, cursor) as items:
        (lost,) = until(items, lambda seen: any(item.lost for item in seen))[-1].lost
    assert "can't be read" in lost.reason


def wait(server: MastodonServer, clock: MovedOn, items: Iterator[SourceItem], seconds: float) -> list[SourceItem]:
    """Let time go by on a stream that is alive."""
    seen: list[SourceItem] = []
    for _ in range(10):
        clock.forward(seconds / 10)
        server.say(b":thump\n")
        seen += until(items, lambda seen: any(item.heard for item in seen))
    return seen + until(items, lambda seen: len(seen) > 10)


def test_a_deleted_status_doesnt_come_back_from_a_page(server: MastodonServer, clock: MovedOn) -> None:
    cursor = begun(server, clock, status(1))
    server.statuses |= {"2": status(2), "3": status(3)}
    server.fail(too_many_requests(), path=TIMELINE)
    with listening(server, clock, cursor) as items:
        server.say(b"event: delete\ndata: 2\n\n")
        until(items, lambda seen: any(item.removed for item in seen))
        assert numbers(wait(server, clock, items, 301)) == [3]


@pytest.mark.parametrize("named", [True, False])
def test_the_rate_limit_is_waited_for(server: MastodonServer, clock: MovedOn, named: bool) -> None:
    cursor = begun(server, clock, status(1))
    server.statuses |= {"2": status(2)}
    until_then = f"{clock.now() + timedelta(seconds=600):%Y-%m-%dT%H:%M:%S.000Z}"
    server.fail(too_many_requests({"x-ratelimit-reset": until_then} if named else {}), path=TIMELINE)
    asked = len(server.asked(TIMELINE)) + 1
    with listening(server, clock, cursor) as items:
        until(items, lambda _: len(server.asked(TIMELINE)) == asked)
        assert not mentions(wait(server, clock, items, 550 if named else 50))
        assert len(server.asked(TIMELINE)) == asked
        assert numbers(wait(server, clock, items, 300)) == [2]


def test_an_instance_that_has_had_enough_is_left_alone_beforehand(server: MastodonServer, clock: MovedOn) -> None:
    cursor = begun(server, clock, status(1))
    server.statuses |= {"2": status(2)}
    asked = len(server.asked(TIMELINE)) + 1
    server.remaining = 3  # two times about the instance, and a page
    with listening(server, clock, cursor) as items:
        assert numbers(brought(items, 1)) == [2]
        assert not mentions(wait(server, clock, items, 200))
        assert len(server.asked(TIMELINE)) == asked
        server.remaining = 300
        wait(server, clock, items, 101)
        assert len(server.asked(TIMELINE)) == asked + 1


@pytest.mark.parametrize("refusal", [403, 404, 422])
def test_what_cant_be_fetched_is_told(server: MastodonServer, clock: MovedOn, refusal: int) -> None:
    before = clock.now()
    cursor = begun(server, clock, status(1))
    server.statuses |= {"2": status(2)}
    server.fail(Answer(refusal, '{"error": "Not here"}'), path=TIMELINE)
    with listening(server, clock, cursor) as items:
        (lost,) = until(items, lambda seen: any(item.lost for item in seen))[-1].lost
        server.publish(status(3))
        assert numbers(brought(items, 1)) == [3]
    assert before < lost.since < lost.until
    assert "127.0.0.1 doesn't show what was missed" in lost.reason
    assert str(refusal) in lost.reason


def test_what_is_too_much_to_fetch_is_told(
    server: MastodonServer, clock: MovedOn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mastodon, "MOST_PAGES", 2)
    cursor = begun(server, clock, status(1))
    server.statuses |= {str(number): status(number) for number in range(2, 102)}
    with listening(server, clock, cursor) as items:
        seen = until(items, lambda seen: any(item.lost for item in seen))
        server.publish(status(200))
        seen += brought(items, 1)
    assert numbers(seen) == [*range(2, 82), 200]
    assert '"200"' in seen[-1].cursor


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


@pytest.mark.parametrize("end", [MastodonServer.end_streams, MastodonServer.cut_streams, MastodonServer.cut_all])
def test_a_stream_that_ends_is_told_in_one_line(server: MastodonServer, clock: MovedOn, end: Any) -> None:
    with listening(server, clock) as items:
        server.say(b'event: update\ndata: {"id": "1", "con')
        end(server)
        with pytest.raises(SourceError, match=r"Mastodon can't be read from 127.0.0.1 \(.+\). Trying again") as caught:
            until(items, lambda _: False)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("fault", [Answer(503), Refuse(), Closed(), Answer(429)])
def test_a_stream_that_doesnt_open_is_told(server: MastodonServer, clock: MovedOn, fault: Fault) -> None:
    server.fail(fault, path=PUBLIC)
    with pytest.raises(SourceError, match="Trying again"):
        until(source(server, clock).items(""), lambda _: False)


def test_an_instance_that_fails_is_left_alone_for_a_while(
    server: MastodonServer, clock: MovedOn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mastodon, "PAUSE", 1_000.0)
    cursor = begun(server, clock, status(1))
    server.fail(Answer(503), path=PUBLIC)
    items = source(server, clock).items(cursor)
    asked = len(server.asked(PUBLIC)) + 1
    until(items, lambda _: len(server.asked(PUBLIC)) == asked)
    seen = until(items, lambda seen: len(seen) > 50)
    assert len(server.asked(PUBLIC)) == asked
    assert (seen[-1].cursor, seen[-1].heard) == (cursor, False)
    clock.forward(1_000)
    with pytest.raises(SourceError, match="Service Unavailable"):
        until(items, lambda _: False)


@pytest.mark.parametrize("fault", [Answer(503), Refuse(), WrongJson("x" * 5000), Cut(after=5), Answer(200, "7")])
def test_a_timeline_that_cant_be_read_is_told(server: MastodonServer, clock: MovedOn, fault: Fault) -> None:
    server.statuses = {"1": status(1)}
    server.fail(fault, path=TIMELINE)
    with pytest.raises(SourceError, match="Trying again") as caught:
        until(source(server, clock).items(""), lambda _: False)
    assert len(str(caught.value)) < 400


def test_a_wrong_token_is_told_and_not_shown(server: MastodonServer, clock: MovedOn) -> None:
    wrong = MastodonStatuses(Matcher(BRANDS), server.url, "wrong-token", EVERYTHING, clock)
    with pytest.raises(SourceError, match="SIXMINUTE_MASTODON_ACCESS_TOKEN") as caught:
        until(wrong.items(""), lambda _: False)
    assert "wrong-token" not in str(caught.value)


def test_a_timeline_that_is_shown_to_nobody_is_told(server: MastodonServer, clock: MovedOn) -> None:
    def closed(instance: Any) -> Any:
        access = {"local": "disabled", "remote": "disabled"}
        instance["configuration"]["timelines_access"] = {"live_feeds": access, "hashtag_feeds": access}
        return instance

    server.fail(*[Altered(closed)] * 4, path="/api/v2/instance/")
    with pytest.raises(SourceError, match="shows its public timeline to nobody"):
        until(source(server, clock).items(""), lambda _: False)


def test_silence_is_not_trusted_and_a_beat_is_life(server: MastodonServer, clock: MovedOn) -> None:
    with listening(server, clock) as items:
        for _ in range(3):
            wait(server, clock, items, mastodon.PATIENCE.total_seconds())
        server.streams.mute = True
        until(items, lambda seen: len(seen) > 5 and not any(item.heard for item in seen[-5:]))
        clock.forward(mastodon.PATIENCE.total_seconds() + 1)
        with pytest.raises(SourceError, match="has said nothing for 60 s"):
            until(items, lambda _: False)


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
