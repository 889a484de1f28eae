"""The source X on the real tweepy, against an X on loopback: what it goes by while X refuses or limits a part of it."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from structlog.testing import capture_logs
from structlog.typing import EventDict

from core.errors import SourceError
from core.ports.source import SourceItem
from ingest.sources.x_posts import moment_of
from tests.networks import x
from tests.networks.faults import Answer
from tests.smoke.x_listening import PATIENT, Kept, World, mentions, running, texts, until

MENTIONS = "/2/users/8/mentions"
FORBIDDEN = Answer(403, '{"title": "Client Forbidden", "detail": "not in your access"}')
DAYS = timedelta(days=3)


@pytest.fixture
def world() -> Iterator[World]:
    with World() as world:
        yield world


def limit(world: World, *paths: str) -> None:
    for path in paths:
        world.fail(*[x.too_many_requests()] * 50, path=path)


def refused(logs: list[EventDict]) -> list[str]:
    return [line["reason"] for line in logs if line["event"] == "source_refused"]


def test_rules_that_are_kept_well_are_no_sign_of_life(world: World) -> None:
    limit(world, x.RECENT, x.STREAM)
    seen: list[SourceItem] = []
    with running(world.source()) as items, pytest.raises(SourceError, match="stream doesn't hold"):
        until(items, lambda steps: seen.extend(steps[-1:]))
    assert world.asked(x.RULES)
    assert len(world.asked(x.STREAM)) == 4
    assert not any(item.heard for item in seen)


def test_accounts_and_posts_that_are_looked_up_are_no_sign_of_life(world: World) -> None:
    limit(world, x.RECENT, MENTIONS)
    kept = Kept([post.id for post in [world.write("Acme")]])
    with running(world.source(stream=False, mentions=True, kept=kept, sweep=DAYS)) as items:
        seen = until(items, lambda _: world.asked(x.LOOKUP) and world.asked(MENTIONS))
        seen += until(items, lambda seen: len(seen) > 5)
    assert not any(item.heard for item in seen)


def test_a_stream_that_says_nothing_but_its_end_is_no_sign_of_life(world: World) -> None:
    limit(world, x.RECENT)
    ends = b'{"title": "ConnectionException", "connection_issue": "TooManyConnections"}\r\n'
    world.fail(*[Answer(200, ends.decode())] * 9, path=x.STREAM)
    seen: list[SourceItem] = []
    with running(world.source()) as items, pytest.raises(SourceError, match="TooManyConnections"):
        until(items, lambda steps: seen.extend(steps[-1:]))
    assert not any(item.heard for item in seen)


@pytest.mark.parametrize("path", [x.LOOKUP, MENTIONS, x.USERS_BY, x.RECENT])
def test_what_x_refuses_beside_the_stream_is_told_once_and_tried_seldom(world: World, path: str) -> None:
    world.streams.heartbeat_seconds = 0.02
    world.fail(*[FORBIDDEN] * 2, path=path)
    kept = Kept([post.id for post in [world.write("Acme")]])
    source = world.source(mentions=True, kept=kept, sweep=DAYS, patience=PATIENT)
    with capture_logs() as logs, running(source) as items:
        until(items, lambda _: world.asked(path) and len(world.streams), lambda: world.time.forward(seconds=5))
        began = world.time.now()
        world.publish(world.write("Acme is down"))
        assert texts(until(items, mentions)) == ["Acme is down"]
        until(items, lambda _: len(world.asked(path)) >= 3, lambda: world.time.forward(minutes=1))
    assert timedelta(hours=2) <= world.time.now() - began < timedelta(hours=3)
    assert world.streams.opened == 1
    (reason,) = refused(logs)
    assert reason.startswith(f"X answers 403 at {path} (not in your access): your app may not do this")


def test_handles_that_x_does_not_know_are_told_once_and_asked_for_again(world: World) -> None:
    world.streams.heartbeat_seconds = 0.02
    known = world.users.pop("8")
    with capture_logs() as logs, running(world.source(mentions=True, patience=PATIENT)) as items:
        until(items, lambda _: len(world.asked(x.USERS_BY)) == 2, lambda: world.time.forward(minutes=1))
        world.users["8"] = known
        until(items, lambda _: world.asked(MENTIONS), lambda: world.time.forward(minutes=1))
    assert world.streams.opened == 1
    (reason,) = refused(logs)
    assert reason == "X knows none of the accounts in your brands' `handles`: correct them"


@pytest.mark.parametrize("path", [MENTIONS, x.USERS_BY])
def test_the_place_does_not_wait_for_mentions_that_x_refuses(world: World, path: str) -> None:
    world.fail(*[FORBIDDEN] * 50, path=path)
    with running(world.source(mentions=True, stream=False)) as items:
        began = world.time.now()
        until(items, lambda _: world.asked(path), lambda: world.time.forward(seconds=5))
        until(items, lambda seen: seen and moment_of(seen[-1].cursor) > began + timedelta(minutes=5))
    assert len(world.asked(path)) == 1


def test_ids_that_cannot_be_xs_are_not_looked_up(world: World) -> None:
    kept = Kept([world.write("Acme").id, "9" * 30, "٣", "form-7"])
    with running(world.source(stream=False, kept=kept, sweep=DAYS)) as items:
        until(items, lambda _: world.asked(x.LOOKUP))
    assert world.asked(x.LOOKUP)[0].query["ids"] == kept.ids[0]
