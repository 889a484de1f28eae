"""The source Reddit on the real praw, on a fake clock: answers that fail, make no sense or refuse us."""

import contextlib
import itertools
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from core.errors import SourceError
from core.events import MENTIONS_RAW, DeadLetter, decode
from ingest.poller import Poller
from tests.backends import open_embedded
from tests.fakes import FakeClock
from tests.networks import reddit
from tests.networks.faults import Answer, Cut, Fault, Refuse, Stall, WrongJson, in_list
from tests.smoke.reddit.listening import (
    COMMENTS,
    MANY,
    SEARCH,
    comment,
    mentions,
    names,
    polled,
    reading,
    source,
    submission,
    until,
)


@pytest.mark.parametrize("fault", [Answer(503), Cut(after=5), Refuse()])
def test_one_error_is_nothing_and_many_are_told_in_one_line(
    server: reddit.RedditServer, clock: FakeClock, fault: Fault
) -> None:
    with reading(source(server, clock), server) as items:
        server.fail(fault)
        clock.forward(seconds=1)
        server.things = [comment(clock, 1)]
        assert names(until(items, mentions)) == ["t1_c0001"]
        server.fail(*[fault] * 3)
        with pytest.raises(SourceError, match=r"Reddit can't be read from .+ \(.+\)\. Trying again") as caught:
            until(items, lambda _: False)
    assert "\n" not in str(caught.value)
    assert "token-" not in str(caught.value)


def test_a_stall_keeps_nobody_from_stopping(server: reddit.RedditServer, clock: FakeClock) -> None:
    with reading(source(server, clock, timeout=0.6), server) as items:
        server.fail(Stall())
        clock.forward(seconds=1)
        server.things = [comment(clock, 1)]
        before = len(server.requests)
        until(items, lambda _: len(server.requests) > before)
        assert not next(items).heard
        assert names(until(items, mentions)) == ["t1_c0001"]
    with reading(source(server, clock, timeout=60.0), server) as items:
        server.fail(Stall())
        before = len(server.requests)
        until(items, lambda _: len(server.requests) > before)
        items.close()  # type: ignore[attr-defined]


@pytest.mark.parametrize("fault", [WrongJson(), Answer(200, "[1, 2]"), Answer(200, '{"data": null}')])
def test_an_answer_that_is_no_listing_is_told(server: reddit.RedditServer, clock: FakeClock, fault: Fault) -> None:
    with reading(source(server, clock), server) as items:
        server.fail(fault)
        with pytest.raises(SourceError, match=r"no JSON|no listing"):
            until(items, lambda _: False)


def test_one_thing_that_cant_be_read_doesnt_stop_the_others(server: reddit.RedditServer, clock: FakeClock) -> None:
    def spoil(children: list[Any]) -> list[Any]:
        about = {"kind": "t1", "data": {"name": "t1_x1", "body": "Acme"}}
        return [
            about, None, {}, {"kind": "t4", "data": {}}, {"kind": ["t1"]},
            {"kind": "t1", "data": {"name": "t1_x2", "created_utc": 1e300, "body": "nobody"}},
            *children,
        ]  # fmt: skip

    spoiled = in_list("data", "children", change=spoil)
    with reading(source(server, clock), server) as items:
        server.fail(spoiled, spoiled, spoiled, path=COMMENTS)
        clock.forward(seconds=1)
        server.things = [comment(clock, 1)]
        seen = until(items, polled(server, COMMENTS, 3))
    assert names(seen) == ["t1_c0001"]
    ((raw, reason),) = [row for item in seen for row in item.dead]
    assert "t1_x1" in raw
    assert reason.startswith("Reddit sent what can't be read: ")
    assert sum(item.skipped for item in seen) == 4


def test_half_a_surrogate_pair_in_what_cant_be_read_blocks_nothing(
    server: reddit.RedditServer, clock: FakeClock, tmp_path: Path
) -> None:
    def spoil(children: list[Any]) -> list[Any]:
        children[1]["data"] |= {"created_utc": "\ud800", "body": "Acme \ud800"}
        return children

    server.things = [comment(clock, 1), comment(clock, 2)]
    server.fail(in_list("data", "children", change=spoil), path=COMMENTS)
    with contextlib.ExitStack() as house:
        bus, store = open_embedded(tmp_path, clock)
        house.callback(bus.close)
        house.callback(store.close)
        with store.unit() as unit:
            unit.save_cursor("source:reddit", f'{{"marks":{{"comments":{clock.now().timestamp() - 60}}}}}')
        poller = Poller(source(server, clock), bus, store, clock)
        house.callback(poller.close)
        steps = itertools.count()
        poller.run(lambda: next(steps) > MANY or poller.totals.dead > 0)
        (letter,) = [decode(each.value, DeadLetter) for each in bus.browse(f"{MENTIONS_RAW}.dead")]
    assert "Acme \\ud800" in letter.value
    assert poller.totals.accepted == 1


def test_hostile_text_is_only_text(server: reddit.RedditServer, clock: FakeClock) -> None:
    with reading(source(server, clock), server) as items:
        server.things = [
            comment(clock, 1, "Acme\u202e\x00 <script>" + "x" * 100_000, author="\u202eevil\n" * 100),
            submission(clock, 2, "Acme", subreddit="help/../../..//evil.example"),
        ]
        server.things[1].subreddit = "help"
        first, second = mentions(until(items, lambda seen: len(mentions(seen)) == 2))
    if first.network_id == "t3_s2":
        first, second = second, first
    assert first.text.startswith("Acme <script>x")
    assert len(first.text) == 25_000
    assert "\n" not in first.author
    assert len(first.author) <= 100
    assert second.url.startswith("https://www.reddit.com/r/help/")


def test_a_token_that_has_expired_is_asked_for_anew(server: reddit.RedditServer, clock: FakeClock) -> None:
    with reading(source(server, clock), server) as items:
        server.expire_tokens()
        clock.forward(seconds=1)
        server.things = [comment(clock, 1)]
        assert names(until(items, mentions)) == ["t1_c0001"]


@pytest.mark.parametrize(
    ("account", "says"),
    [
        ({"client_secret": "wrong-one"}, "SIXMINUTE_REDDIT_CLIENT_ID and SIXMINUTE_REDDIT_CLIENT_SECRET"),
        ({"username": "acme", "password": "wrong-one"}, "SIXMINUTE_REDDIT_USERNAME and SIXMINUTE_REDDIT_PASSWORD"),
    ],
)
def test_wrong_credentials_are_named_and_not_shown(
    server: reddit.RedditServer, clock: FakeClock, account: dict[str, str], says: str
) -> None:
    with pytest.raises(SourceError, match=says) as caught:
        until(source(server, clock, **account).items(""), lambda _: False)
    assert "wrong-one" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_who_refuses_us_is_told_with_what_to_do(server: reddit.RedditServer, clock: FakeClock) -> None:
    server.private, server.banned = {"secret"}, {"gone"}
    for subreddit, status in (("secret", 403), ("gone", 404)):
        with pytest.raises(SourceError, match=rf"Reddit refuses us \(HTTP {status}\): .*correct `subreddits`"):
            until(source(server, clock, subreddits=[subreddit]).items(""), lambda _: False)
    with pytest.raises(SourceError, match=r"\(HTTP 403\): .*`inbox = false`"):
        until(source(server, clock, subreddits=(), inbox="acme").items(""), lambda _: False)
    server.fail(*[Answer(401)] * 3, path=COMMENTS)
    with pytest.raises(SourceError, match=r"\(HTTP 401\)"):
        until(source(server, clock).items(""), lambda _: False)


REFUSALS = [
    ({"subreddits": ("secret",), "searches": ['"Acme"']}, "/r/secret/comments/", SEARCH, 2),
    ({"inbox": "acme"}, "/message/mentions", COMMENTS, 1),
    ({"kept": ("t1_c0001",)}, "/api/info/", COMMENTS, 1),
]


@pytest.mark.parametrize(("places", "path", "other", "refusals"), REFUSALS)
def test_a_place_that_refuses_us_is_told_once_and_asked_seldom_while_the_others_go_on(
    server: reddit.RedditServer, clock: FakeClock, places: dict[str, Any], path: str, other: str, refusals: int
) -> None:
    server.private = {"secret"}
    server.fail(*[Answer(403)] * 2, path=path)
    with capture_logs() as logs, contextlib.closing(source(server, clock, **places).items("")) as items:  # type: ignore[type-var]
        until(items, lambda _: server.asked(path))
        began = clock.now()
        until(items, polled(server, other, 3))
        server.things = [submission(clock, 2, "Acme is down"), comment(clock, 1, subreddit="help")]
        assert names(until(items, mentions))
        assert len(server.asked(path)) == 1
        again = polled(server, path, 1)
        until(items, lambda _: clock.forward(seconds=30) or again(_))
    assert timedelta(hours=2) <= clock.now() - began < timedelta(hours=3)
    told = [line for line in logs if line["event"] == "source_refused"]
    assert len(told) == refusals
    assert {line["source"] for line in told} == {"reddit"}
    assert all("(HTTP 403)" in line["reason"] for line in told)


def test_where_every_place_refuses_us_that_is_told(server: reddit.RedditServer, clock: FakeClock) -> None:
    server.private = {"secret"}
    server.fail(*[Answer(404)] * 9, path=SEARCH)
    made = source(server, clock, subreddits=("secret",), searches=['"Acme"'])
    with pytest.raises(SourceError, match="Reddit refuses us"):
        until(made.items(""), lambda _: False)
    assert server.asked("/r/secret/new/")
    assert server.asked(SEARCH)
