"""The source X on the real tweepy, against an X on loopback: what it goes by while X refuses or limits a part of it."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from core.errors import SourceError
from core.ports.source import SourceItem
from tests.networks import x
from tests.networks.faults import Answer
from tests.smoke.x_listening import Kept, World, running, until

MENTIONS = "/2/users/8/mentions"
DAYS = timedelta(days=3)


@pytest.fixture
def world() -> Iterator[World]:
    with World() as world:
        yield world


def limit(world: World, *paths: str) -> None:
    for path in paths:
        world.fail(*[x.too_many_requests()] * 50, path=path)


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
