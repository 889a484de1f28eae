"""The source Reddit on the real praw, on a fake clock: how often it asks, and how long it waits."""

import contextlib
from datetime import timedelta
from typing import Any

import prawcore
import pytest
import requests

from core.errors import SourceError
from tests.fakes import FakeClock
from tests.networks import reddit
from tests.networks.faults import Answer, Fault
from tests.smoke.reddit.listening import (
    COMMENTS,
    START,
    comment,
    mentions,
    reading,
    source,
    until,
)


@pytest.mark.parametrize(
    ("fault", "least"),
    [
        (reddit.too_many_requests(700), 700.0),
        (Answer(429, "", {"retry-after": "99999999"}), 900.0),
        (Answer(429, "", {"retry-after": "Sun, 22 Nov 2026 03:00:00 GMT", "x-ratelimit-remaining": "0"}), 60.0),
        (Answer(429, "", {"x-ratelimit-remaining": "0", "x-ratelimit-used": "9", "x-ratelimit-reset": "500"}), 500.0),
        (reddit.too_many_requests(), 60.0),
    ],
)
def test_a_spent_rate_limit_is_waited_for(
    server: reddit.RedditServer, clock: FakeClock, fault: Fault, least: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prawcore.rate_limit.RateLimiter, "delay", lambda _: None)  # it knows the real clock only
    with reading(source(server, clock, subreddits=("acme",)), server) as items:
        clock.forward(seconds=1)
        server.things = [comment(clock, 1)]
        before = len(server.requests)
        server.fail(fault)
        began = len(until(items, lambda _: len(server.requests) > before)) and clock.now()
        seen = until(items, mentions)
    assert clock.now() - began >= timedelta(seconds=least - 1)
    assert not any(item.heard for item in seen[: int(least)])


def test_without_a_word_how_long_each_wait_is_longer(server: reddit.RedditServer, clock: FakeClock) -> None:
    server.fail(*[Answer(429)] * 3)
    with contextlib.closing(source(server, clock).items("")) as items:  # type: ignore[type-var]
        waits = []
        for asked in range(2, 5):
            began = clock.now()
            until(items, lambda _, asked=asked: len(server.requests) >= asked)
            waits.append(clock.now() - began)
        assert until(items, lambda seen: seen and seen[-1].heard)
    assert waits[0] < waits[1] < waits[2]


def test_when_no_request_is_left_the_next_ones_wait(
    server: reddit.RedditServer, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prawcore.rate_limit.RateLimiter, "delay", lambda _: None)
    server.remaining, server.reset = 1.5, 400
    with contextlib.closing(source(server, clock).items("")) as items:  # type: ignore[type-var]
        until(items, lambda _: server.asked(COMMENTS))
        asked = len(server.requests)
        until(items, lambda _: len(server.requests) > asked)
    assert clock.now() - START >= timedelta(seconds=399)


def test_the_more_comes_the_sooner_it_looks(server: reddit.RedditServer, clock: FakeClock) -> None:
    def looks(minutes: int, posts: int) -> int:
        asked = len(server.asked(COMMENTS))
        for _ in range(minutes * 60):
            ends = clock.now() + timedelta(seconds=1)
            for _ in range(posts):
                server.things.append(comment(clock, len(server.things), "nothing"))
            while clock.now() < ends:
                next(items)
        return len(server.asked(COMMENTS)) - asked

    server.remaining = 1e6
    with reading(source(server, clock), server) as items:
        looks(5, 0)
        quiet = looks(5, 0)
        looks(2, 5)
        busy = looks(1, 5)
    assert quiet == 5
    assert busy > 4 * quiet


def test_whoever_begins_anew_at_once_asks_reddit_seldom(server: reddit.RedditServer, clock: FakeClock) -> None:
    server.private = {"secret"}
    while clock.now() < START + timedelta(minutes=2):
        with pytest.raises(SourceError):
            until(source(server, clock, subreddits=["secret"]).items(""), lambda _: False)
    # A token, comments, submissions.
    assert len(server.requests) <= 3 * 2 * 60 / 15


def test_every_request_has_its_limit_of_time(
    server: reddit.RedditServer, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = []
    send = requests.Session.request

    def noting(self: requests.Session, *args: Any, **more: Any) -> requests.Response:
        limits.append(more["timeout"])
        return send(self, *args, **more)

    monkeypatch.setattr(requests.Session, "request", noting)
    with reading(source(server, clock, timeout=7.5), server):
        assert limits == [7.5] * len(server.requests)
