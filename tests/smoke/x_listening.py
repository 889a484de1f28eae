"""What the tests of X as a source have in common: an X, a clock that both go by, and steps until something holds."""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from adapters.clock import SystemClock
from core.brand import Brand
from core.mention import Mention
from core.ports.source import SourceItem
from ingest.settings import Networks
from ingest.sources.x import X
from ingest.sources.x_posts import id_at
from ingest.sources.x_rules import queries_of
from ingest.sources.x_wanted import Wanted
from tests.fakes import FakeClock
from tests.networks import x
from tests.networks.x_posts import Post, User

BRANDS = [
    Brand(name="Acme", aliases=("艾可美",), handles=("acme",)),
    Brand(name="Zenith", ambiguous=("Zenith",), context=("watch",)),
]
A_WHILE = 10.0
PATIENT = timedelta(days=1)
"""For tests that put the clock on while a stream is open: what was sent meanwhile takes its time to arrive."""


class World(x.XServer):
    """X with two people; `write` makes a post of one of them, now."""

    def __init__(self) -> None:
        self.time = FakeClock()
        super().__init__(self.time)
        self.users["7"] = User(id="7", username="ana", name="Ana", followers=1200)
        self.users["8"] = User(id="8", username="acme")
        self._written = 0

    def write(self, text: str, author: str = "ana", **more: Any) -> Post:
        """A post of this moment; only `publish` shows it to anybody."""
        self._written += 1
        moment = self.time.now()
        author_id = {"ana": "7", "acme": "8"}.get(author, "9")
        id_ = str(int(id_at(moment)) + self._written)
        return Post(id=id_, text=text, author=author, author_id=author_id, **{"created_at": moment, **more})

    def source(self, brands: Sequence[Brand] = BRANDS, **more: Any) -> X:
        """The source, against this X."""
        wanted = {"name": "x", "networks": self.networks(), "clock": self.time, "sweep": timedelta(0)}
        return X(Wanted(brands=brands, **{**wanted, **more}))

    def networks(self) -> Networks:
        """Where it is."""
        return Networks(x_base_url=self.url, x_bearer_token=self.app_token)


class Kept:
    """What a store keeps of X."""

    def __init__(self, ids: list[str]) -> None:
        self.ids = ids
        self.asked: list[tuple[str, datetime]] = []

    def __call__(self, source: str, since: datetime, limit: int, after: str = "") -> list[str]:
        self.asked.append((source, since))
        return [id_ for id_ in sorted(self.ids) if id_ > after][:limit]


@contextlib.contextmanager
def running(source: X, cursor: str = "") -> Iterator[Iterator[SourceItem]]:
    """Its items, let go of at the end."""
    with contextlib.closing(source.items(cursor)) as items:  # type: ignore[type-var]
        yield items


@contextlib.contextmanager
def listening(world: World, cursor: str = "", **more: Any) -> Iterator[Iterator[SourceItem]]:
    """Its items from when the stream is open and the first search is over."""
    source = world.source(**more)
    searches = len(queries_of(source.wanted.brands, source.name))
    with running(source, cursor) as items:
        until(items, lambda seen: world.streams.opened and sum(item.heard for item in seen) >= searches)
        yield items


def until(
    items: Iterator[SourceItem],
    holds: Callable[[list[SourceItem]], object],
    meanwhile: Callable[[], object] = lambda: None,
) -> list[SourceItem]:
    """What comes until the test has seen enough; `meanwhile` is done before each step."""
    ends = SystemClock().monotonic() + A_WHILE
    seen: list[SourceItem] = []
    while not holds(seen):
        assert SystemClock().monotonic() < ends, [item for item in seen if item.mentions or item.dead][-5:]
        meanwhile()
        seen.append(next(items))
    return seen


def mentions(seen: list[SourceItem]) -> list[Mention]:
    """All of theirs."""
    return [mention for item in seen for mention in item.mentions]


def texts(seen: list[SourceItem]) -> list[str]:
    """Those of the mentions."""
    return [mention.text for mention in mentions(seen)]


def read(seen: list[SourceItem], resource: str) -> list[str]:
    """What has to be paid for."""
    return [id_ for item in seen for each in item.read if each.resource == resource for id_ in each.ids]
