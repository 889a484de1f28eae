"""How many posts a second one core takes from each network: read from its wire format and matched to many brands."""

import json
import multiprocessing
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from multiprocessing.connection import Connection

from measure_matching import brands, posts

from adapters.clock import SystemClock
from ingest.match import Matcher
from ingest.sources.bluesky import BATCH, Bluesky
from ingest.sources.feeds_entries import read_document
from ingest.sources.feeds_reader import Reader as FeedReader
from ingest.sources.mastodon_statuses import Lines, mentions_in, read_status
from ingest.sources.reddit_things import mentions_in as mentions_in_thing
from ingest.sources.reddit_things import read_page
from ingest.sources.x_posts import Reader
from tests.networks.bluesky import POSTS, JetstreamServer
from tests.networks.feeds import Entry, Feed
from tests.networks.mastodon_statuses import Account, Status
from tests.networks.reddit_things import Comment
from tests.networks.x_posts import Post, User

AMBIGUOUS = 0.1
ROUNDS = 3
PAGE = 100
ENTRIES = 50
STREAM = {"kind": "commit", "did": "did:plc:vxqrhx7eh5zkwtkvkb5a2dqe"}
NOW = datetime(2026, 11, 22, 1, tzinfo=UTC)
ANA = User(id="7", username="ana", followers=1200)


def jetstream(texts: Sequence[str]) -> list[dict[str, object]]:
    """As Jetstream tells of posts."""
    first = int(NOW.timestamp() * 1e6)
    return [
        {
            **STREAM,
            "time_us": first + 20_000 * number,
            "commit": {
                "rev": f"3lbk{number:09}",
                "operation": "create",
                "collection": POSTS,
                "rkey": f"3lbk{number:09}",
                "record": {"$type": POSTS, "createdAt": "2026-11-22T01:00:00.000Z", "langs": ["en"], "text": text},
                "cid": "bafyreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy",
            },
        }
        for number, text in enumerate(texts)
    ]


def bluesky(matcher: Matcher, texts: Sequence[str]) -> Callable[[], int]:
    """Reading and matching alone."""
    source = Bluesky(matcher, "ws://nowhere", SystemClock())
    events = [json.dumps(event).encode() for event in jetstream(texts)]

    def work() -> int:
        batches = (events[at : at + BATCH] for at in range(0, len(events), BATCH))
        return sum(len(source._item(batch, 0)[0].mentions) for batch in batches)  # noqa: SLF001 - what is timed

    return work


def x(matcher: Matcher, texts: Sequence[str]) -> Callable[[], int]:
    """Lines of the filtered stream."""
    lines = [
        json.dumps(
            {
                "data": Post(str(number), text, "ana", "7").all_fields() | {"author_id": "7"},
                "includes": {"users": [ANA.all_fields()]},
                "matching_rules": [{"id": "1", "tag": "sixminute Acme"}],
            }
        ).encode()
        for number, text in enumerate(texts, 1)
    ]

    def work() -> int:
        reader = Reader(matcher)
        return sum(len(reader.item(lines[at : at + BATCH], NOW).mentions) for at in range(0, len(lines), BATCH))

    return work


def reddit(matcher: Matcher, texts: Sequence[str]) -> Callable[[], int]:
    """Pages of a listing."""
    things = [Comment(id=f"k{number}", author="ana", subreddit="a", body=text) for number, text in enumerate(texts)]
    pages = [
        json.dumps({"kind": "Listing", "data": {"children": [{"kind": "t1", "data": each.fields()} for each in part]}})
        for part in (things[at : at + PAGE] for at in range(0, len(things), PAGE))
    ]

    def work() -> int:
        return sum(
            len(mentions_in_thing(thing, matcher, NOW))
            for page in pages
            for thing in read_page(json.loads(page), NOW).things
        )

    return work


def mastodon(matcher: Matcher, texts: Sequence[str]) -> Callable[[], int]:
    """The lines of a stream."""
    people = {"7": Account("7", "ana", "Ana", followers=1200)}
    statuses = [Status(str(number), "7", f"<p>{text}</p>") for number, text in enumerate(texts, 1)]
    pieces = [f"event: update\ndata: {json.dumps(each.fields(people))}\n\n".encode() for each in statuses]

    def work() -> int:
        lines = Lines()
        return sum(
            len(mentions_in(read_status(said.data), matcher, NOW)) for piece in pieces for said in lines.add(piece)
        )

    return work


def feeds(matcher: Matcher, texts: Sequence[str]) -> Callable[[], int]:
    """RSS of fifty entries each, read here."""
    documents = _documents(texts)

    def work() -> int:
        return sum(
            len(matcher.brands_of(entry.text, entry.author))
            for document in documents
            for entry in read_document(document, "application/rss+xml", "https://example.org/feed").entries
        )

    return work


def feeds_aside(matcher: Matcher, texts: Sequence[str]) -> tuple[float, float]:
    """Posts a second of the wall and of our own processor time, read in a process of its own as the source does."""
    reader = FeedReader()
    documents = _documents(texts)
    read = lambda document: reader.read(document, "application/rss+xml", "https://example.org/feed")  # noqa: E731
    read(documents[0])
    wall, own = time.perf_counter(), time.process_time()
    for document in documents:
        for entry in read(document).entries:
            matcher.brands_of(entry.text, entry.author)
    wall, own = time.perf_counter() - wall, time.process_time() - own
    reader.close()
    return len(texts) / wall, len(texts) / own


def _documents(texts: Sequence[str]) -> list[bytes]:
    entries = [
        Entry(text[:60], f"<p>{text}</p>", f"urn:{number}", f"https://example.org/{number}", "Ana", NOW)
        for number, text in enumerate(texts)
    ]
    return [Feed("News", entries[at : at + ENTRIES]).body() for at in range(0, len(entries), ENTRIES)]


def _serve(texts: Sequence[str], line: Connection) -> None:
    with JetstreamServer() as server:
        server.events = jetstream(texts)
        server.time_us = server.events[-1]["time_us"] + 1
        line.send(server.url.replace("http://", "ws://"))
        line.recv()


def over_websocket(matcher: Matcher, texts: Sequence[str]) -> tuple[float, float]:
    """Posts a second of the wall and of the source's own processor time; the server is another process."""
    here, there = multiprocessing.get_context("spawn").Pipe()
    server = multiprocessing.get_context("spawn").Process(target=_serve, args=(texts, there))
    server.start()
    items = Bluesky(matcher, here.recv(), SystemClock()).items(str(int(NOW.timestamp() * 1e6)))
    next(items)
    wall, own, done = time.perf_counter(), time.process_time(), 0
    while done < 0.9 * len(texts):  # the first item is not counted
        item = next(items)
        done += item.skipped + len({mention.network_id for mention in item.mentions})
    wall, own = time.perf_counter() - wall, time.process_time() - own
    items.close()  # type: ignore[attr-defined]
    here.send("")
    server.join()
    return done / wall, done / own


def measure(number: int, count: int) -> None:
    """Print a table."""
    known = brands(number, AMBIGUOUS)
    texts = posts(count, known)
    matcher = Matcher(known)
    print(f"{count} posts, {number} brands; the best of {ROUNDS} rounds, by the processor's time")
    for name, make in {"bluesky": bluesky, "x": x, "reddit": reddit, "mastodon": mastodon, "feeds": feeds}.items():
        work = make(matcher, texts)
        best, found = float("inf"), 0
        for _ in range(ROUNDS):
            began = time.process_time()
            found = work()
            best = min(best, time.process_time() - began)
        print(f"{name:<10}{count / best:>9,.0f} posts/s, {found} mentions", flush=True)
    wall, own = feeds_aside(matcher, texts)
    print(f"feeds through their own process: {own:,.0f} posts/s of ours, {wall:,.0f}/s by the clock")
    wall, own = over_websocket(matcher, texts)
    print(f"bluesky over a websocket: {own:,.0f} posts/s of its own processor time, {wall:,.0f}/s by the clock")
