"""The source X on the real tweepy, against an X on loopback: rules that somebody else changes under it."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from structlog.testing import capture_logs
from structlog.typing import EventDict

from core.brand import Brand
from ingest.sources.x_rules import TAG, rules_of
from tests.networks import x
from tests.networks.faults import Answer
from tests.smoke.x_listening import BRANDS, PATIENT, World, listening, mentions, texts, until

OURS = len(rules_of(BRANDS, "x"))


@pytest.fixture
def world() -> Iterator[World]:
    with World() as world:
        world.streams.heartbeat_seconds = 0.02
        yield world


def changed(logs: list[EventDict]) -> list[str]:
    return [line["reason"] for line in logs if line["event"] == "source_rules_changed"]


def test_what_other_rules_took_away_comes_by_the_search(world: World) -> None:
    with capture_logs() as logs, listening(world, patience=PATIENT) as items:
        until(items, lambda seen: len(seen) > 60, lambda: world.time.forward(seconds=10))
        searched = len(world.asked(x.RECENT))
        world.book.rules.clear()
        world.book.add([{"value": "other", "tag": f"{TAG}Other"}])
        world.time.forward(seconds=20)
        world.publish(world.write("Acme is down"))
        assert texts(until(items, mentions, lambda: world.time.forward(seconds=10))) == ["Acme is down"]
        until(items, lambda _: len(world.book.rules) == OURS)
        assert f"{TAG}Other" not in {rule["tag"] for rule in world.book.rules.values()}
        # The search goes on until the stream has what it finds late.
        until(items, lambda seen: len(seen) > 60, lambda: world.time.forward(seconds=10))
        assert len(world.asked(x.RECENT)) > searched + OURS
        world.publish(world.write("Acme is up"))
        assert texts(until(items, mentions)) == ["Acme is up"]
    assert world.streams.opened == 1
    (reason,) = changed(logs)
    assert reason.startswith(f"Somebody else changes our rules at X ({OURS} gone, 1 not ours): with a stream, one app")


def test_further_rules_with_our_tag_are_told_and_nothing_is_searched_for(world: World) -> None:
    with capture_logs() as logs, listening(world, patience=PATIENT) as items:
        until(items, lambda seen: len(seen) > 60, lambda: world.time.forward(seconds=10))
        searched = len(world.asked(x.RECENT))
        world.book.add([{"value": "other", "tag": f"{TAG}Other"}])
        until(items, lambda _: len(world.book.rules) == OURS, lambda: world.time.forward(seconds=10))
        until(items, lambda seen: len(seen) > 3)
    assert len(changed(logs)) == 1
    assert len(world.asked(x.RECENT)) == searched


def test_what_we_change_ourselves_is_not_told(world: World) -> None:
    spent = False
    with capture_logs() as logs, listening(world, patience=PATIENT, narrow=lambda: spent) as items:
        spent = True
        narrow = {rule.value for rule in rules_of(BRANDS, "x", narrow=True)}
        until(items, lambda _: {rule["value"] for rule in world.book.rules.values()} == narrow)
        asked = len(world.asked(x.RULES))
        until(items, lambda _: len(world.asked(x.RULES)) > asked + 2, lambda: world.time.forward(seconds=30))
    assert not changed(logs)
    assert [request.method for request in world.asked(x.RULES)[asked:]] == ["GET"] * (len(world.asked(x.RULES)) - asked)


def test_an_open_stream_goes_on_where_the_rules_cannot_be_looked_at(world: World) -> None:
    with capture_logs() as logs, listening(world, patience=PATIENT, brands=[Brand(name="Acme")]) as items:
        world.fail(*[Answer(503)] * 6, Answer(403), path=x.RULES)
        asked = len(world.asked(x.RULES))
        until(items, lambda _: len(world.asked(x.RULES)) >= asked + 8, lambda: world.time.forward(seconds=30))
        world.publish(world.write("Acme is up"))
        assert texts(until(items, mentions)) == ["Acme is up"]
    assert world.streams.opened == 1
    assert [line["event"] for line in logs if line["event"] == "source_refused"] == ["source_refused"]


def test_rules_are_looked_at_every_few_minutes(world: World) -> None:
    with listening(world, patience=PATIENT) as items:
        asked, began = len(world.asked(x.RULES)), world.time.now()
        until(items, lambda _: len(world.asked(x.RULES)) == asked + 4, lambda: world.time.forward(seconds=10))
        assert timedelta(minutes=15) < world.time.now() - began < timedelta(minutes=30)
