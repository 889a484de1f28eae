"""The source Reddit on the real praw: answers without end, JSON without a bottom, addresses that are others'."""

import threading
from contextlib import closing

import prawcore
import pytest

from core.errors import SourceError
from ingest.sources.bounded import Bounded
from tests.fakes import FakeClock
from tests.networks import reddit
from tests.networks.faults import Answer, Fault, Unending
from tests.networks.server import NetworkServer
from tests.smoke.reddit.listening import COMMENTS, source, until

DEEP = b'{"data": {"children": ' + b"[" * 100_000 + b"]" * 100_000 + b"}}"
TOKEN = "/api/v1/access_token"


@pytest.fixture
def _hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Answers have little time and room."""
    init = Bounded.__init__
    monkeypatch.setattr(Bounded, "__init__", lambda self, *_: init(self, 1 << 20, 0.3))


def asking() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "asking Reddit"]


@pytest.mark.parametrize("path", [TOKEN, COMMENTS])
@pytest.mark.parametrize(
    ("fault", "why"),
    [
        (Unending(), "it answers with more than 1 MiB"),
        (Unending(b" ", 0.01), "it takes longer than 0 s"),
        (Answer(200, DEEP), "its answer is nested without end"),
    ],
)
@pytest.mark.usefixtures("_hasty")
def test_an_answer_that_nobody_can_read_is_given_up_and_told(
    server: reddit.RedditServer, clock: FakeClock, path: str, fault: Fault, why: str
) -> None:
    server.fail(fault, path=path)
    with pytest.raises(SourceError, match=rf"Reddit can't be read from .* \({why}\)\. Trying again\.$"):
        until(source(server, clock).items(""), lambda _: False)
    assert len(server.asked(path)) == 1
    assert asking() == []


@pytest.mark.parametrize("path", [TOKEN, COMMENTS])
def test_letting_go_ends_what_is_asked(server: reddit.RedditServer, clock: FakeClock, path: str) -> None:
    server.fail(Unending(b" ", 0.01), path=path)
    with closing(source(server, clock).items("")) as items:  # type: ignore[type-var]
        until(items, lambda _: server.asked(path))
        (thread,) = asking()
    thread.join(5)
    assert not thread.is_alive()
    assert len(server.asked(path)) == 1


def test_a_limit_without_end_holds_no_thread(
    server: reddit.RedditServer, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    naps: list[float] = []
    monkeypatch.setattr(prawcore.rate_limit.time, "sleep", naps.append)
    server.remaining, server.reset = 0.0, 10**9
    began = clock.now()
    with closing(source(server, clock).items("")) as items:  # type: ignore[type-var]
        until(items, lambda _: len(server.requests) == 3)
    assert (clock.now() - began).total_seconds() >= 899
    assert all(nap <= 1.0 for nap in naps)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
@pytest.mark.parametrize("path", [TOKEN, COMMENTS])
def test_nothing_that_is_secret_goes_elsewhere(
    server: reddit.RedditServer, clock: FakeClock, status: int, path: str
) -> None:
    server.users = {"acme": "password-1"}
    with NetworkServer([]) as other:
        server.fail(*[Answer(status, "", {"location": f"{other.url}/stolen"})] * 9, path=path)
        with pytest.raises(SourceError, match=f"HTTP {status}") as caught:
            until(source(server, clock, username="acme", password="password-1").items(""), lambda _: False)
        assert not other.requests
    assert "password-1" not in str(caught.value)
