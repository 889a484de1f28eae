"""The source X on the real tweepy, against an X on loopback: answers without end, and JSON without a bottom."""

import threading
from collections.abc import Iterator
from functools import partial

import pytest

from core.errors import SourceError
from ingest.sources import x_line
from ingest.sources.bounded import Bounded
from ingest.sources.x_api import Api, MishapError
from ingest.sources.x_line import End, Line, Opened
from ingest.sources.x_wire import end_of, gone_of, next_token, parts_of, posts_of, users_of
from tests.networks import x
from tests.networks.faults import Answer, Fault, Unending
from tests.networks.server import NetworkServer
from tests.smoke.x_listening import World, listening, mentions, running, texts, until

DEEP = b'{"data": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"


@pytest.fixture
def world() -> Iterator[World]:
    with World() as world:
        yield world


def reading() -> list[str]:
    """Threads that ask or listen."""
    names = [thread.name for thread in threading.enumerate()]
    return [name for name in names if name.startswith(("asking X", "Tweepy"))]


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Answers have little time."""
    monkeypatch.setattr(Bounded.__init__, "__defaults__", (1 << 20, 0.3))


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        (Unending(), "more than 1 MiB"),
        (Unending(b" ", 0.01), "longer than 0 s"),
        (Answer(200, DEEP), "nested without end"),
        (Answer(503, DEEP), "nested without end"),
        (Answer(307, "", {"location": "/elsewhere"}), "TooManyRedirects"),
    ],
)
@pytest.mark.usefixtures("hasty")
def test_an_answer_that_nobody_can_read_is_given_up_and_asked_for_again(world: World, fault: Fault, why: str) -> None:
    began = world.time.now()
    world.fail(*[fault] * 4, path=x.RECENT)
    with (
        running(world.source(stream=False)) as items,
        pytest.raises(SourceError, match=rf"^X can't be read \(.*{why}\)\. Trying again\.$"),
    ):
        until(items, lambda _: False)
    assert len(world.asked(x.RECENT)) == 4
    assert (world.time.now() - began).total_seconds() >= 5 + 10 + 20
    assert not world.asked("/elsewhere")
    assert reading() == []


@pytest.mark.parametrize("ask", [Api.rules, partial(Api.add_rules, rules=()), partial(Api.look_up, ids=["1"])])
@pytest.mark.parametrize("fault", [Unending(), Unending(b" ", 0.01)])
@pytest.mark.usefixtures("hasty")
def test_every_request_has_its_limits(world: World, ask: object, fault: Fault) -> None:
    world.fail(fault)
    api = Api(world.url, world.app_token)
    with pytest.raises(MishapError, match=r"MiB|longer than"):
        ask(api)  # type: ignore[operator]
    api.close()


def test_letting_go_ends_what_is_asked(world: World) -> None:
    world.fail(Unending(b" ", 0.01), path=x.RECENT)
    with running(world.source(stream=False)) as items:
        until(items, lambda _: world.asked(x.RECENT))
        assert reading() == ["asking X"]
        asking = next(thread for thread in threading.enumerate() if thread.name == "asking X")
    asking.join(5)
    assert reading() == []


def test_the_token_goes_nowhere_else(world: World) -> None:
    with NetworkServer([]) as other:
        world.fail(*[Answer(307, "", {"location": f"{other.url}/"})] * 9)
        api = Api(world.url, world.app_token)
        with pytest.raises(MishapError, match="TooManyRedirects"):
            api.rules()
        api.close()
        line = Line(world.url, world.app_token)
        line.start()
        assert [type(event) for event in line.events(9, 10.0)] == [End]
        line.close()
        assert not other.requests


def test_a_line_without_end_ends_the_stream(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(x_line, "_LONGEST_LINE", 100_000)
    world.fail(Unending(), path=x.STREAM)
    line = Line(world.url, world.app_token)
    line.start()
    events = []
    while not (events and isinstance(events[-1], End)):
        events += line.events(9, 10.0)
    line.close()
    assert events == [Opened(), End("it sends a line of more than 97 KiB")]
    assert reading() == []


def test_what_waits_of_a_stream_is_bounded_in_bytes_too(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(x_line, "_ROOM_BYTES", 50_000)
    world.fail(Unending(b"x" * 9_998 + b"\r\n"), path=x.STREAM)
    line = Line(world.url, world.app_token)
    line.start()
    thread = line.thread
    assert isinstance(line.events(1, 10.0)[0], Opened)
    for _ in range(3):
        assert 1 <= len(line.events(500, 10.0)) <= 7
    line.close()
    assert thread is not None
    assert not thread.is_alive()


@pytest.mark.parametrize("fault", [Unending(b"HTTP", 0.01), Answer(403, b" " * (2 << 20))])
@pytest.mark.usefixtures("hasty")
def test_letting_go_of_a_stream_ends_its_thread(world: World, fault: Fault) -> None:
    world.fail(fault, path=x.STREAM)
    line = Line(world.url, world.app_token)
    line.start()
    world.wait_for_requests(1, x.STREAM)
    line.close(5.0)
    assert reading() == []


def test_json_without_a_bottom_is_one_line_that_cannot_be_read(world: World) -> None:
    with listening(world) as items:
        world.say(DEEP + b'\r\n{"data": {"text": "Acme", "id": ' + b"[" * 100_000 + b"\r\n")
        world.publish(world.write("Acme is fine"))
        seen = until(items, mentions)
    assert texts(seen) == ["Acme is fine"]
    assert [reason for item in seen for _, reason in item.dead] == [
        "X sent what can't be read: maximum recursion depth exceeded while deserializing an object"
    ]
    assert sum(item.skipped for item in seen) == 1
    assert world.streams.opened == 1


@pytest.mark.parametrize("read", [next_token, users_of, posts_of, parts_of, lambda raw: gone_of(raw, ())])
def test_json_without_a_bottom_is_no_answer(read: object) -> None:
    with pytest.raises(ValueError, match="recursion"):
        read(DEEP)  # type: ignore[operator]
    assert end_of(DEEP) == ""
