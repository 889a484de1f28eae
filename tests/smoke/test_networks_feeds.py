"""The feeds' server speaks to httpx and feedparser as websites do, those that do it badly included."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import feedparser
import httpx
import pytest

from tests.networks.faults import Answer, Cut, Stall
from tests.networks.feeds import Entry, Feed, FeedServer

NEWS = "/news.xml"
MORNING = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with FeedServer() as server:
        server.feeds[NEWS] = Feed(
            "News", [Entry("Acme is down", "<b>Again</b> &amp; again", "urn:1", published=MORNING)]
        )
        yield server


@pytest.fixture
def client(server: FeedServer) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, timeout=10) as client:
        yield client


def parsed(answer: httpx.Response) -> feedparser.FeedParserDict:
    assert answer.status_code == 200
    return feedparser.parse(answer.content, response_headers=dict(answer.headers))


@pytest.mark.parametrize(("kind", "version"), [("rss", "rss20"), ("atom", "atom10")])
def test_a_feed_comes_with_its_entries(server: FeedServer, client: httpx.Client, kind: str, version: str) -> None:
    full = Entry("Acme & Co", "<b>down</b>", "urn:2", "https://example.org/2", "Ana", MORNING, MORNING)
    server.feeds[NEWS] = Feed("Zürich 東京", [full, Entry("bare")], format=kind)
    read = parsed(client.get(NEWS))
    assert (read.bozo, read.version, read.feed.title) == (False, version, "Zürich 東京")
    first, bare = read.entries
    assert (first.title, first.summary, first.id, first.link) == (
        "Acme & Co",
        "<b>down</b>",
        "urn:2",
        "https://example.org/2",
    )
    assert (first.author, first.published_parsed[:5]) == ("Ana", (2026, 11, 22, 8, 30))
    assert bare.title == "bare"
    assert not {"id", "link", "author", "published"} & bare.keys()


def test_what_has_not_changed_is_not_sent_again(server: FeedServer, client: httpx.Client) -> None:
    first = client.get(NEWS)
    tag, modified = first.headers["etag"], first.headers["last-modified"]
    for validator in ({"if-none-match": f'"other", W/{tag}'}, {"if-modified-since": modified}):
        again = client.get(NEWS, headers=validator)
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)


def test_what_has_changed_is_sent(server: FeedServer, client: httpx.Client) -> None:
    first = client.get(NEWS)
    server.feeds[NEWS].entries.insert(0, Entry("More"))
    by_tag = {"if-none-match": first.headers["etag"], "if-modified-since": first.headers["last-modified"]}
    assert [entry.title for entry in parsed(client.get(NEWS, headers=by_tag)).entries] == ["More", "Acme is down"]
    by_date = {"if-modified-since": first.headers["last-modified"]}
    assert client.get(NEWS, headers=by_date).status_code == 304
    server.feeds[NEWS].modified += timedelta(seconds=1)
    assert client.get(NEWS, headers=by_date).status_code == 200


def test_a_feed_may_have_no_validators(server: FeedServer, client: httpx.Client) -> None:
    tag = client.get(NEWS).headers["etag"]
    server.feeds[NEWS].validators = frozenset()
    answer = client.get(NEWS, headers={"if-none-match": tag})
    assert answer.status_code == 200
    assert not {"etag", "last-modified"} & set(answer.headers)


def test_a_feed_that_has_moved_says_where_to(server: FeedServer, client: httpx.Client) -> None:
    server.move(NEWS, "/feed/")
    server.moved["/old"] = (302, server.url + NEWS)
    assert client.get(NEWS).headers["location"] == "/feed/"
    answer = client.get("/old", follow_redirects=True)
    assert [each.status_code for each in answer.history] == [302, 301]
    assert (answer.url.path, parsed(answer).feed.title) == ("/feed/", "News")


def test_a_feed_that_leads_in_circles_never_comes(server: FeedServer, client: httpx.Client) -> None:
    server.moved = {"/a": (301, "/b"), "/b": (301, "/a")}
    with pytest.raises(httpx.TooManyRedirects):
        client.get("/a", follow_redirects=True)


def test_a_feed_is_gone_or_never_was(server: FeedServer, client: httpx.Client) -> None:
    server.gone.add("/old")
    assert [client.get(path).status_code for path in ("/old", "/never")] == [410, 404]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "iso-8859-1", "shift_jis"])
def test_the_encoding_that_is_declared_is_read(server: FeedServer, client: httpx.Client, encoding: str) -> None:
    server.feeds[NEWS] = Feed("Zürich 東京", encoding=encoding)
    read = parsed(client.get(NEWS))
    assert (read.bozo, read.feed.title) == (False, "Zürich 東京")


def test_a_wrong_encoding_is_noticed_where_it_cannot_be_right(server: FeedServer, client: httpx.Client) -> None:
    server.feeds[NEWS] = Feed("Zürich", encoding="iso-8859-1", declared="utf-8")
    read = parsed(client.get(NEWS))
    assert (read.bozo, type(read.bozo_exception)) == (True, feedparser.CharacterEncodingOverride)
    assert read.feed.title == "Zürich"


def test_a_wrong_charset_in_the_header_spoils_the_text(server: FeedServer, client: httpx.Client) -> None:
    server.feeds[NEWS] = Feed("Zürich", charset="windows-1251")
    assert parsed(client.get(NEWS)).feed.title == "ZГјrich"


def test_a_feed_that_breaks_off_gives_what_came_and_a_page_is_no_feed(server: FeedServer, client: httpx.Client) -> None:
    whole = server.feeds[NEWS].body()
    server.fail(Answer(200, whole[:-20]), Answer(200, "<html><body>Sorry</body></html>", {"content-type": "text/html"}))
    broken = parsed(client.get(NEWS))
    assert (bool(broken.bozo), broken.entries[0].title) == (True, "Acme is down")
    assert [parsed(client.get(NEWS)).version for _ in range(2)] == ["", "rss20"]


def test_the_service_fails(server: FeedServer, client: httpx.Client) -> None:
    server.fail(Answer(503, headers={"retry-after": "120"}), Cut(after=50), Stall())
    assert client.get(NEWS).headers["retry-after"] == "120"
    with pytest.raises(httpx.RemoteProtocolError):
        client.get(NEWS)
    with pytest.raises(httpx.ReadTimeout):
        client.get(NEWS, timeout=0.2)
