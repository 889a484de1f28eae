"""What the tests of Reddit as a source have in common: the source on a fake clock, and steps until something holds."""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from core.brand import Brand
from core.mention import Mention
from core.ports.source import Gap, SourceItem
from ingest.match import Matcher
from ingest.sources.reddit import Reddit
from ingest.sources.reddit_settings import Account
from ingest.sources.reddit_watch import places
from tests.fakes import FakeClock
from tests.networks import reddit
from tests.networks.reddit_things import Comment, Submission

BRANDS = [Brand(name="Acme", aliases=("艾可美",), handles=("acme",)), Brand(name="Zenith", products=("Zen One",))]
SUBREDDITS = ("acme", "help")
COMMENTS, SEARCH = "/r/acme+help/comments/", "/r/all/search/"
START = datetime(2026, 11, 22, 2, tzinfo=UTC)
MANY = 6_000
"""Items after which a test has waited long enough: each is a nap or an answer."""


class Kept:
    """What the store keeps of Reddit."""

    def __init__(self, *names: str) -> None:
        self.names = sorted(names)

    def __call__(self, source: str, since: datetime, limit: int, after: str = "") -> Sequence[str]:
        assert source == "reddit"
        return [name for name in self.names if name > after][:limit]


def source(
    server: reddit.RedditServer,
    clock: FakeClock,
    *,
    subreddits: Sequence[str] = SUBREDDITS,
    searches: Sequence[str] = (),
    inbox: str = "",
    kept: Sequence[str] = (),
    brands: Sequence[Brand] = BRANDS,
    timeout: float = 10.0,
    **account: str,
) -> Reddit:
    who = {"base_url": server.url, "client_id": "client-id", "client_secret": "client-secret"} | account
    wanted = places(subreddits, searches, inbox)
    return Reddit(Account(**who), wanted, Matcher(brands), Kept(*kept), clock, timeout=timeout)


@contextlib.contextmanager
def reading(made: Reddit, server: reddit.RedditServer, cursor: str = "") -> Iterator[Iterator[SourceItem]]:
    """The items once everything was looked at for the first time."""
    with contextlib.closing(made.items(cursor)) as items:  # type: ignore[type-var]
        if not cursor:
            until(items, lambda seen: seen and "began" in seen[-1].cursor)
        yield items


def until(items: Iterator[SourceItem], holds: Callable[[list[SourceItem]], object]) -> list[SourceItem]:
    """What comes until the test has seen enough."""
    seen: list[SourceItem] = []
    while not holds(seen):
        assert len(seen) < MANY, seen[-1]
        seen.append(next(items))
    return seen


def mentions(seen: list[SourceItem]) -> list[Mention]:
    return [mention for item in seen for mention in item.mentions]


def removed(seen: list[SourceItem]) -> list[str]:
    assert all(each.source == "reddit" and not each.author for item in seen for each in item.removed)
    return [each.network_id for item in seen for each in item.removed]


def lost(seen: list[SourceItem]) -> list[Gap]:
    return [gap for item in seen for gap in item.lost]


def names(seen: list[SourceItem]) -> list[str]:
    return [mention.network_id for mention in mentions(seen)]


def polled(server: reddit.RedditServer, path: str, times: int) -> Callable[[object], bool]:
    """Holds once a path was asked for so many times more than now, and the answer was dealt with."""
    enough = len(server.asked(path)) + times + 1
    return lambda _: len(server.asked(path)) >= enough


def comment(clock: FakeClock, number: int, body: str = "Acme is down", **more: Any) -> Comment:
    fields = {"author": "ana", "subreddit": "acme", "created": clock.now(), "link_id": "t3_s1"} | more
    return Comment(id=f"c{number:04}", body=body, **fields)


def submission(clock: FakeClock, number: int, title: str, **more: Any) -> Submission:
    fields = {"author": "ben", "subreddit": "help", "created": clock.now()} | more
    return Submission(id=f"s{number}", title=title, **fields)
