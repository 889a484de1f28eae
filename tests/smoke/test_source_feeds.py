"""The source of feeds with httpx and feedparser, against a website on loopback."""

import contextlib
import gzip
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.brand import Brand
from core.errors import ConfigurationError, SourceError
from core.mention import Mention, mention_id
from core.ports.source import SourceItem
from core.sight import Patience, SourceState, heard, patience
from ingest.match import Matcher
from ingest.settings import Networks, SourceSettings
from ingest.sources import feeds, feeds_looks, feeds_web
from ingest.sources.feeds import LONGEST, SHORTEST, Feeds
from ingest.sources.feeds_reader import Reader
from ingest.sources.feeds_web import Fetched, Web
from ingest.sources.registry import make_source
from tests.networks.driving import A_WHILE, MovedOn, until
from tests.networks.faults import Answer, Cut, Fault, Refuse, Slow, Stall
from tests.networks.feeds import Entry, Feed, FeedServer

BRANDS = [Brand(name="Acme"), Brand(name="Zenith")]
NEWS, BLOG = "/news.xml", "/blog.xml"
MORNING = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> MovedOn:
    monkeypatch.setattr(feeds, "NAP", 0.01)  # nobody waits here to stop it
    return MovedOn()


class Shared(Reader):
    """One for all tests, because a process takes its time to start."""

    def close(self) -> None:
        pass

    def close_now(self) -> None:
        super().close()


@pytest.fixture(scope="module")
def reader() -> Iterator[Shared]:
    reader = Shared()
    yield reader
    reader.close_now()


@pytest.fixture(autouse=True)
def _reading(reader: Shared, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeds_looks, "Reader", lambda: reader)


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with FeedServer() as server:
        server.feeds[NEWS] = Feed(
            "News", [Entry("Acme is down", "<b>Again</b> &amp; again", "urn:1", published=MORNING)]
        )
        yield server


@pytest.fixture
def source(server: FeedServer, clock: MovedOn) -> Feeds:
    return made(server, clock, NEWS)


def made(server: FeedServer, clock: MovedOn, *paths: str) -> Feeds:
    return Feeds(Matcher(BRANDS), [server.url + path for path in paths], clock)


def look(items: Iterator[SourceItem]) -> SourceItem:
    """What the next look at a feed brings."""
    return until(items, lambda seen: seen and seen[-1].heard)[-1]


def look_again(items: Iterator[SourceItem], clock: MovedOn) -> SourceItem:
    clock.forward(LONGEST)
    return look(items)


def texts(item: SourceItem) -> list[str]:
    return [mention.text for mention in item.mentions]


def test_entries_about_the_brands_become_mentions(server: FeedServer, source: Feeds, clock: MovedOn) -> None:
    server.feeds[NEWS].entries += [
        Entry("Weather", "Rain", "urn:2"),
        Entry("Acme and Zenith", "", "urn:3", "https://example.org/3", "Ana"),
    ]
    item = look(source.items(""))
    both, zenith, first = item.mentions
    assert (both.brand, zenith.brand, both.text) == ("Acme", "Zenith", "Acme and Zenith")
    assert (both.author, both.url) == ("Ana", "https://example.org/3")
    assert both.ingested_at == both.created_at
    assert first.network_id == "127.0.0.1 urn:1"
    assert first.id == mention_id("feeds", first.network_id, "Acme")
    assert (first.source, first.author, first.text) == ("feeds", "News", "Acme is down\n\nAgain & again")
    assert (first.created_at, first.revision, first.origin) == (MORNING, 0, "live")
    assert item.skipped == 1


def test_only_what_is_new_comes_again(server: FeedServer, source: Feeds, clock: MovedOn) -> None:
    items = source.items("")
    first = look(items)
    unchanged = look_again(items, clock)
    assert (unchanged.mentions, unchanged.skipped, unchanged.cursor) == ((), 0, first.cursor)
    assert server.requests[-1].headers["if-none-match"]
    assert server.requests[-1].headers["if-modified-since"]
    server.feeds[NEWS].entries.insert(0, Entry("Acme is up", "", "urn:2"))
    more = look_again(items, clock)
    assert texts(more) == ["Acme is up"]
    assert more.cursor != first.cursor


def test_a_stop_loses_nothing_and_repeats_nothing(server: FeedServer, clock: MovedOn) -> None:
    cursor = look(made(server, clock, NEWS).items("")).cursor
    server.feeds[NEWS].entries = [Entry("Acme is up", "", "urn:2"), *server.feeds[NEWS].entries]
    item = look(made(server, clock, NEWS).items(cursor))
    assert texts(item) == ["Acme is up"]
    assert len(item.cursor) < 60
    # What wasn't accepted comes again, although the server was told of the document already.
    source = made(server, clock, NEWS)
    assert texts(look(source.items(cursor))) == ["Acme is up"]
    clock.forward(LONGEST)
    assert texts(look(source.items(cursor))) == ["Acme is up"]
    assert texts(look(made(server, clock, NEWS).items("nonsense"))) == ["Acme is up", "Acme is down\n\nAgain & again"]


def test_a_changed_entry_is_an_edit(server: FeedServer, source: Feeds, clock: MovedOn) -> None:
    items = source.items("")
    first = look(items)
    server.feeds[NEWS].entries[0].title = "Acme was down"
    second = look_again(items, clock)
    server.feeds[NEWS].entries[0].summary = "It's <i>over</i>"
    third = look(made(server, clock, NEWS).items(second.cursor))
    server.feeds[NEWS].entries[0].summary = "<p>It's over</p>"
    fourth = look(made(server, clock, NEWS).items(third.cursor))
    (before,), (after,), (last,) = first.mentions, second.mentions, third.mentions
    assert before.id == after.id == last.id
    assert 0 == before.revision < after.revision < last.revision
    assert (after.text, last.text) == ("Acme was down\n\nAgain & again", "Acme was down\n\nIt's over")
    assert fourth.mentions == ()


def test_an_entry_that_was_away_for_a_while_is_no_news(server: FeedServer, source: Feeds, clock: MovedOn) -> None:
    items = source.items("")
    look(items)
    whole = server.feeds[NEWS].entries
    server.feeds[NEWS].entries = []
    cursor = look_again(items, clock).cursor
    server.feeds[NEWS].entries = whole
    assert look(made(server, clock, NEWS).items(cursor)).mentions == ()


def test_an_entry_of_the_future_is_of_now(server: FeedServer, source: Feeds, clock: MovedOn) -> None:
    server.feeds[NEWS].entries[0].published = clock.now() + timedelta(days=300)
    (mention,) = look(source.items("")).mentions
    assert mention.created_at == mention.ingested_at


@pytest.mark.parametrize(
    "fault",
    [
        Answer(500),
        Answer(304),
        Answer(404, "Acme"),
        Answer(200, "<html>Acme</html>"),
        Answer(200, b"\x1f\x8bnonsense", {"content-encoding": "gzip"}),
        Answer(200, gzip.compress(b"<rss>")[:-9], {"content-encoding": "gzip"}),
        Answer(200, "Acme", {"content-encoding": "br"}),
        Answer(302, headers={"location": "ftp://127.0.0.1/x"}),
        Answer(302, headers={"location": "http://[/"}),
        Answer(302, headers={"location": NEWS}),
        Answer(200, b"\x1f\x8b", {"content-type": "text/\xff"}),
        Cut(after=50),
        Refuse(),
    ],
)
def test_a_broken_feed_never_stops_the_others(server: FeedServer, clock: MovedOn, fault: Fault) -> None:
    server.feeds[BLOG] = Feed("Blog", [Entry("Zenith", "", "urn:1")])
    if isinstance(fault, Answer) and fault.headers.get("location") == NEWS:
        server.moved[NEWS] = (302, NEWS)
    else:
        server.fail(fault, path=NEWS)
    source = made(server, clock, NEWS, BLOG)
    items = source.items("")
    assert texts(look(items)) == ["Zenith"]
    until(items, lambda _: source._feeds[0].trouble)
    server.moved.clear()
    clock.forward(SHORTEST)
    server.feeds[BLOG].entries.clear()
    assert texts(look(items)) == ["Acme is down\n\nAgain & again"]


def test_a_broken_feed_is_told_while_the_others_go_on(server: FeedServer, clock: MovedOn) -> None:
    server.feeds[BLOG] = Feed("Blog", [])
    server.fail(Answer(404), path=BLOG)
    items = made(server, clock, NEWS, BLOG).items("")
    seen = until(items, lambda seen: any(item.trouble for item in seen) and any(item.heard for item in seen))
    (told, *_) = (item.trouble for item in seen if item.trouble)
    assert told == f"{server.url}{BLOG} can't be read (HTTP 404 Not Found)."
    clock.forward(LONGEST)
    assert not until(items, lambda seen: sum(item.heard for item in seen) == 2)[-1].trouble


def test_feeds_that_are_asked_seldom_are_never_taken_for_blind(server: FeedServer, clock: MovedOn) -> None:
    """A healthy feed is asked again after minutes, however short the first answers of several lay apart."""
    server.feeds[BLOG] = Feed("Blog", [])
    items = made(server, clock, NEWS, BLOG).items("")
    state = SourceState(name="feeds", watched_since=clock.now())
    for _ in range(6):
        for item in (look(items), look(items)):
            state = heard(state, clock.now(), next_within=item.next_within)
        assert item.next_within >= SHORTEST
        assert patience(state, Patience()).total_seconds() > item.next_within
        clock.forward(item.next_within)


def test_a_slow_feed_holds_nobody_up(server: FeedServer, clock: MovedOn) -> None:
    paths = [f"/{number}" for number in range(6)]
    for path in paths:
        server.feeds[path] = Feed("Blog", [Entry(f"Zenith {path}", "", "urn:1")])
    server.fail(Stall(), path="/0")
    seen = until(made(server, clock, *paths).items(""), lambda seen: sum(len(item.mentions) for item in seen) == 5)
    assert {text for item in seen for text in texts(item)} == {f"Zenith {path}" for path in paths[1:]}


def test_a_feed_that_takes_for_ever_to_read_holds_nobody_up(
    server: FeedServer, clock: MovedOn, monkeypatch: pytest.MonkeyPatch
) -> None:
    processes = []

    def impatient() -> Reader:
        processes.append(Reader(patience=0.5))
        return processes[-1]

    monkeypatch.setattr(feeds_looks, "Reader", impatient)
    server.feeds[NEWS].entries[0].author = "a" * 400_000
    server.feeds[BLOG] = Feed("Blog", [Entry("Zenith", "", "urn:1")])
    source = made(server, clock, NEWS, BLOG)
    items = source.items("")
    assert texts(look(items)) == ["Zenith"]
    until(items, lambda _: source._feeds[0].trouble)
    assert source._feeds[0].trouble.endswith("to read")
    items.close()  # type: ignore[attr-defined]
    assert [each._process for each in processes] == [None]


def test_a_feed_that_never_ends_is_given_up(server: FeedServer, source: Feeds, clock: MovedOn) -> None:
    server.fail(Slow(0.05, piece=20))
    until(source.items(""), lambda _: clock.forward(1) or (source._feeds and source._feeds[0].trouble))
    assert source._feeds[0].trouble == "it takes longer than 30 s"


class Dripping:
    """A server whose answers begin and never come to an end: one more header every moment."""

    def __init__(self) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.lines = 0
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Take no more."""
        self._listening.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                line, _ = self._listening.accept()
                threading.Thread(target=self._drip, args=(line,), daemon=True).start()

    def _drip(self, line: socket.socket) -> None:
        self.lines += 1
        with contextlib.suppress(OSError), line:
            line.sendall(b"HTTP/1.1 200 OK\r\n")
            line.settimeout(0.05)
            while True:
                line.sendall(b"x-more: 1\r\n")
                with contextlib.suppress(TimeoutError):
                    if not line.recv(1 << 16):
                        break
        self.lines -= 1


def test_servers_that_drip_headers_free_their_places(server: FeedServer, clock: MovedOn) -> None:
    with contextlib.closing(Dripping()) as dripping:
        urls = [f"{dripping.url}/{number}" for number in range(feeds._AT_ONCE)]
        source = Feeds(Matcher(BRANDS), [*urls, server.url + NEWS], clock)
        items = source.items("")
        until(items, lambda _: dripping.lines == feeds._AT_ONCE)
        clock.forward(feeds_web.PATIENCE + 1)
        assert texts(look(items)) == ["Acme is down\n\nAgain & again"]
        until(items, lambda _: {feed.trouble for feed in source._feeds[:-1]} == {"it takes longer than 30 s"})
        until(items, lambda _: dripping.lines == 0)


def test_an_answer_that_comes_too_late_is_none(
    server: FeedServer, clock: MovedOn, monkeypatch: pytest.MonkeyPatch
) -> None:
    let = threading.Event()
    monkeypatch.setattr(feeds_web.Call, "give_up", lambda _: None)
    fetch = Web.fetch

    def slow(web: Web, *given: Any) -> Fetched:
        let.wait(A_WHILE)
        return fetch(web, *given)

    monkeypatch.setattr(Web, "fetch", slow)
    source = made(server, clock, NEWS)
    items = source.items("")
    next(items)
    clock.forward(feeds_web.PATIENCE + 1)
    until(items, lambda _: source._feeds[0].failures == 1)
    let.set()
    server.wait(lambda _: server.requests)
    assert not any(item.heard for item in until(items, lambda seen: len(seen) == 20))
    clock.forward(SHORTEST)
    assert texts(look(items)) == ["Acme is down\n\nAgain & again"]
    assert source._feeds[0].failures == 0


@pytest.mark.parametrize("coding", ["identity", "gzip"])
def test_too_large_a_feed_is_given_up(
    server: FeedServer, source: Feeds, coding: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feeds_web, "LARGEST", 1 << 20)
    body = b"<rss version='2.0'>" + b" " * (1 << 20)
    body = gzip.compress(body) if coding == "gzip" else body
    server.fail(Answer(200, body, {"content-encoding": coding}))
    until(source.items(""), lambda _: source._feeds and source._feeds[0].trouble)
    assert source._feeds[0].trouble.startswith("it is larger than 1 MiB")


def test_a_small_answer_never_becomes_a_large_one_at_once() -> None:
    bomb = gzip.compress(bytes(64 << 20))
    pieces = feeds_web._unpacked(iter([bomb]))
    assert len(next(pieces)) <= feeds_web.LARGEST + 1
    with pytest.raises(feeds_web.UnreadableError, match="larger than 5 MiB"):
        next(pieces)


def test_a_packed_feed_is_unpacked(server: FeedServer, source: Feeds) -> None:
    body = gzip.compress(server.feeds[NEWS].body())
    server.fail(Answer(200, body, {"content-encoding": "gzip"}))
    assert len(look(source.items("")).mentions) == 1
    assert server.requests[0].headers["accept-encoding"] == "gzip"


def test_a_feed_that_has_moved_is_followed(server: FeedServer, source: Feeds, clock: MovedOn) -> None:
    server.move(NEWS, "/feed/")
    items = source.items("")
    assert len(look(items).mentions) == 1
    assert look_again(items, clock).mentions == ()
    assert server.asked("/feed/")[-1].headers["if-none-match"]


def test_the_password_of_a_feed_stands_in_no_mention(server: FeedServer, clock: MovedOn) -> None:
    server.feeds[NEWS].entries = [Entry("Acme", "", "urn:1", "/1"), Entry("Acme too", "", "", "/2")]
    source = Feeds(Matcher(BRANDS), [server.url.replace("http://", "http://ana:s3cret@") + f"{NEWS}?key=s3cret"], clock)
    found = look(source.items("")).mentions
    assert [mention.url for mention in found] == [f"{server.url}/1", f"{server.url}/2"]
    assert "s3cret" not in str(found)


def test_a_redirect_that_cant_be_followed_tells_no_password(server: FeedServer, source: Feeds) -> None:
    server.fail(Answer(302, headers={"location": "ftp://ana:s3cret@x.example/?key=s3cret"}))
    until(source.items(""), lambda _: source._feeds and source._feeds[0].trouble)
    assert "s3cret" not in source._feeds[0].trouble


def test_a_server_is_left_alone_for_as_long_as_it_says(server: FeedServer, clock: MovedOn) -> None:
    until_then = (clock.now() + timedelta(hours=2)).strftime("%a, %d %b %Y %H:%M:%S GMT")
    server.fail(Answer(429, headers={"retry-after": "7200"}), path=NEWS)
    server.fail(Answer(503, headers={"retry-after": until_then}), path=BLOG)
    server.feeds["/third"] = Feed("Third")
    source = made(server, clock, NEWS, BLOG, "/third")
    items = source.items("")
    look(items)
    until(items, lambda _: all(feed.trouble for feed in source._feeds[:2]))
    for _ in range(3):
        look_again(items, clock)
    assert len(server.asked(NEWS)) == len(server.asked(BLOG)) == 1
    assert len(server.asked("/third")) == 4
    look_again(items, clock)
    server.wait(lambda _: len(server.asked(NEWS)) == len(server.asked(BLOG)) == 2)


@pytest.mark.parametrize(
    "kept", [{"cache-control": "public, max-age=1200"}, {"cache-control": 'no-transform,Max-Age="1200"'}, {}]
)
def test_what_stays_fresh_is_not_asked_for(
    server: FeedServer, clock: MovedOn, kept: dict[str, str], source: Feeds
) -> None:
    body = server.feeds[NEWS].body()
    body = body if kept else body.replace(b"<item>", b"<ttl>20</ttl><item>", 1)
    server.fail(Answer(200, body, kept))
    items = source.items("")
    look(items)
    clock.forward(1_190)
    until(items, lambda seen: len(seen) == 2)
    assert len(server.requests) == 1
    clock.forward(11)
    look(items)


def fail(source: Feeds, items: Iterator[SourceItem], clock: MovedOn, failures: int) -> None:
    """Until every feed has failed so often."""

    def failed(seen: list[SourceItem]) -> bool:
        if seen and len(seen) % 5 == 0:
            clock.forward(SHORTEST)
        return bool(source._feeds) and all(feed.failures >= failures for feed in source._feeds)

    until(items, failed)


def test_the_source_fails_where_every_feed_does_again_and_again(server: FeedServer, clock: MovedOn) -> None:
    secret = server.url.replace("http://", "http://ana:secret@")
    source = Feeds(Matcher(BRANDS), [f"{secret}/1?key=secret", f"{secret}/2?key=secret"], clock)
    items = source.items("")
    fail(source, items, clock, 2)
    with pytest.raises(SourceError) as caught:
        fail(source, items, clock, 4)
    assert str(caught.value).startswith(f"None of the feeds can be read ({server.url}/")
    assert str(caught.value).endswith("HTTP 404 Not Found). Trying again.")
    assert "secret" not in str(caught.value)
    assert server.requests[0].headers["authorization"].startswith("Basic ")
    server.feeds["/2"] = Feed("Two", [Entry("Acme")])
    items = source.items("")
    assert texts(look(items)) == ["Acme"]
    fail_one = [source._feeds[0]]
    until(items, lambda _: fail_one[0].failures)
    clock.forward(LONGEST)
    assert look(items).heard


def test_a_feed_that_asks_to_be_left_alone_isnt_asked_anew(server: FeedServer, source: Feeds, clock: MovedOn) -> None:
    server.fail(*[Answer(429, headers={"retry-after": "60"})] * 4)
    fail(source, source.items(""), clock, 4)


def test_one_website_cant_speak_in_the_name_of_another(server: FeedServer, clock: MovedOn) -> None:
    other = server.url.replace("127.0.0.1", "localhost")
    source = Feeds(Matcher(BRANDS), [server.url + NEWS, other + NEWS], clock)
    seen = until(source.items(""), lambda seen: sum(len(item.mentions) for item in seen) == 2)
    first, second = [mention for item in seen for mention in item.mentions]
    assert first.id != second.id


@pytest.mark.parametrize(
    ("urls", "says"),
    [
        ((), "feeds need `urls`"),
        (("https://example.org/feed", "ftp://secret@x/y"), "address 2 of `urls` is none"),
        (("example.org/feed",), "address 1"),
        (("http://",), "address 1"),
        (("http://[::1/",), "address 1"),
        (("http://x:99999/",), "address 1"),
        (("https://x/a b",), "address 1"),
    ],
)
def test_the_registry_refuses_what_is_no_address(urls: tuple[str, ...], says: str, clock: MovedOn) -> None:
    table = SourceSettings(name="news", kind="feeds", urls=urls)
    with pytest.raises(ConfigurationError) as caught:
        make_source(table, BRANDS, clock, Networks())
    assert says in str(caught.value)
    assert "secret" not in str(caught.value)


def test_the_registry_makes_it(server: FeedServer, clock: MovedOn) -> None:
    table = SourceSettings(name="news", kind="feeds", urls=(server.url + NEWS,))
    with pytest.raises(ConfigurationError, match=r"add \[\[brands\]\] first"):
        make_source(table, (), clock, Networks())
    mentions: tuple[Mention, ...] = look(make_source(table, BRANDS, clock, Networks()).items("")).mentions
    assert [mention.brand for mention in mentions] == ["Acme"]
