"""The source Mastodon on the real library: an instance on loopback that fails, refuses us or falls silent."""

import threading
from typing import Any

import pytest

from core.errors import SourceError
from ingest.match import Matcher
from ingest.sources import mastodon, mastodon_instance
from ingest.sources.mastodon import MastodonStatuses
from ingest.sources.mastodon_instance import Instance, Told
from ingest.sources.mastodon_timelines import Timeline
from tests.networks.driving import MovedOn, until
from tests.networks.faults import Altered, Answer, Closed, Cut, Fault, Refuse, WrongJson
from tests.networks.mastodon import PUBLIC, MastodonServer
from tests.smoke.mastodon.listening import BRANDS, EVERYTHING, TIMELINE, begun, listening, source, status, wait


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


class Waiting:
    """An instance that nobody has listened to for a while: much of everything waits, and behind it the other beat."""

    def __init__(self) -> None:
        self.queue = [Told("", "open"), Told("acme", "open")]

    def waiting(self, most: int) -> list[Told]:
        taken, self.queue = self.queue[:most], self.queue[most:]
        return taken

    def ask(self, *_: object, **__: object) -> None:
        """Nothing comes of it."""


def test_who_was_held_up_hears_all_that_waits_before_it_judges(server: MastodonServer, clock: MovedOn) -> None:
    instance = Waiting()
    began = clock.monotonic()
    timelines = {name: Timeline(name, "", 0.0, began) for name in ("", "acme")}
    items = source(server, clock, ("", "acme"))._follow(instance, timelines, "")  # type: ignore[arg-type]
    next(items)
    clock.forward(mastodon.PATIENCE.total_seconds() + 1)
    instance.queue = [*[Told("", "")] * (mastodon.BATCH + 1), Told("acme", "")]
    assert next(items).heard
    assert next(items).heard
    clock.forward(mastodon.PATIENCE.total_seconds() + 1)
    instance.queue = [Told("", "")]
    with pytest.raises(SourceError, match=r"stream of #acme .* has said nothing"):
        next(items)


def test_what_waits_is_bounded_in_bytes_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mastodon_instance, "_ROOM_BYTES", 1_000)
    instance = Instance("http://127.0.0.1:1", "token", 1.0)
    instance._tell(Told("", "update", b"x" * 2_000))
    teller = threading.Thread(target=instance._tell, args=(Told("", "update", b"y"),))
    teller.start()
    teller.join(0.1)
    assert teller.is_alive()
    assert len(instance.waiting(10)) == 1
    teller.join(10)
    assert [told.data for told in instance.waiting(10)] == [b"y"]  # type: ignore[union-attr]
    instance.close()
