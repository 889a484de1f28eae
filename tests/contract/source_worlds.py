"""Networks that sources are held to the contract with: a toy, and all that are live, played on loopback.

A world can be told what to do in the network's own words, whatever these are: somebody writes, edits, deletes; the
network repeats itself, tells in the wrong order, limits us or falls silent.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import partial

import prawcore
import pytest

from core.brand import Brand
from core.mention import Mention, mention_id
from core.ports.clock import Clock
from core.ports.source import Removal, Source, SourceItem
from ingest.settings import Networks
from ingest.sources import aside, bluesky, feeds, mastodon, reddit, reddit_watch, x_visit
from ingest.sources.registry import make_source
from tests.networks.driving import MovedOn
from tests.networks.played_lists import PlayedFeeds, PlayedReddit
from tests.networks.played_streams import PlayedBluesky, PlayedMastodon, PlayedX, PlayedXSearch
from tests.networks.playing import LIMITED, STALL, Played

BRANDS = (Brand(name="Acme"),)


class World(ABC):
    """One network, and the clock that its source goes by."""

    def __init__(self) -> None:
        self.clock = MovedOn()

    @abstractmethod
    def source(self) -> Source:
        """Its source, as if the process began anew."""

    @abstractmethod
    def write(self, *keys: str) -> None:
        """Posts about Acme; where there are several the last one is told first."""

    @abstractmethod
    def edit(self, key: str, text: str) -> None:
        """The post says something else now."""

    @abstractmethod
    def delete(self, key: str) -> None:
        """The post is deleted, and the time goes by in which a source can know of it."""

    @abstractmethod
    def repeat(self) -> None:
        """The latest post is told again."""

    @abstractmethod
    def limit(self) -> None:
        """The next request is one too many."""

    @abstractmethod
    def stall(self) -> None:
        """Nothing more is said, not even that there is nothing."""

    @abstractmethod
    def mend(self) -> None:
        """Speak again."""

    @abstractmethod
    def asked(self) -> int:
        """How many requests there were."""

    def is_ready(self, cursor: str) -> bool:
        """Whether the source has begun: what is written from now on must come."""
        return self.asked() > 0

    def pass_time(self) -> None:  # noqa: B027 - most tell by themselves
        """Let so much time pass that a source which asks asks again."""

    def close(self) -> None:  # noqa: B027 - not all are served
        """End it."""


class ToyNetwork:
    """Keeps what happened in order, and gives it from a place on. `asked` counts requests."""

    def __init__(self) -> None:
        self.events: list[tuple[str, str, int]] = []
        self.silent = self.limited = False
        self.asked = 0

    def since(self, place: int) -> list[tuple[str, str, int]] | None:
        """What happened, as (key, text, revision), no text for a deletion; None if it says nothing at all."""
        self.asked += 1
        if self.limited:
            self.limited = False
            raise PermissionError("429")
        return None if self.silent else self.events[place:]


class Toy:
    """Holds the contract; the cursor is the number of events that were given."""

    name = "toy"

    def __init__(self, network: ToyNetwork, clock: MovedOn) -> None:
        self.network, self.clock, self.due = network, clock, clock.monotonic()

    def items(self, cursor: str) -> Iterator[SourceItem]:
        """From the cursor on, or from the beginning."""
        place = int(cursor or 0)
        while True:
            self.clock.sleep(0.01)
            events = None
            if self.clock.monotonic() >= self.due:
                try:
                    events = self.network.since(place)
                except PermissionError:
                    self.due = self.clock.monotonic() + 60
            place += len(events or ())
            gone = tuple(Removal(source="toy", network_id=key) for key, text, _ in events or () if not text)
            mentions = tuple(self.mention(*event) for event in events or () if event[1])
            yield SourceItem(mentions, (), str(place), removed=gone, heard=events is not None)

    def mention(self, key: str, text: str, revision: int) -> Mention:
        """What became of an event."""
        now, what = self.clock.now(), mention_id("toy", key, "Acme")
        about = {"brand": "Acme", "source": "toy", "network_id": key, "text": text, "revision": revision}
        return Mention(id=what, created_at=now, ingested_at=now, **about)  # type: ignore[arg-type]


class ToyWorld(World):
    """The toy."""

    def __init__(self) -> None:
        super().__init__()
        self.network = ToyNetwork()

    def source(self) -> Source:
        """The toy source."""
        return Toy(self.network, self.clock)

    def write(self, *keys: str) -> None:
        """Posts."""
        self.network.events += [(key, f"Acme {key}", 0) for key in reversed(keys)]

    def edit(self, key: str, text: str) -> None:
        """An edit."""
        self.network.events.append((key, text, len(self.network.events)))

    def delete(self, key: str) -> None:
        """A deletion."""
        self.network.events.append((key, "", 0))

    def repeat(self) -> None:
        """The latest once more."""
        self.network.events.append(self.network.events[-1])

    def limit(self) -> None:
        """Once."""
        self.network.limited = True

    def stall(self) -> None:
        """Silence."""
        self.network.silent = True

    def mend(self) -> None:
        """No silence."""
        self.network.silent = False

    def asked(self) -> int:
        """Requests."""
        return self.network.asked

    def pass_time(self) -> None:
        """A minute, the time that it waits when it is limited."""
        self.clock.forward(61)


class PlayedWorld(World):
    """A live network, played on loopback and read with the real library.

    Args:
        make: plays it.
        seconds: after these a source that asks asks again, and one that listens connects anew.
    """

    def __init__(self, make: Callable[[Clock, float], Played], seconds: float) -> None:
        super().__init__()
        self.played = make(self.clock, 1.0)
        self._seconds = seconds
        self.played.server.__enter__()

    def source(self) -> Source:
        """The real one."""
        return make_source(self.played.table, BRANDS, self.clock, Networks(**self.played.where), self._kept)

    def write(self, *keys: str) -> None:
        """Posts."""
        self.played.write(*(f"Acme {key}" for key in keys))

    def edit(self, key: str, text: str) -> None:
        """An edit."""
        self.played.edit(f"Acme {key}", text)

    def delete(self, key: str) -> None:
        """A deletion, and so much time that it is looked for."""
        self.played.delete(f"Acme {key}")
        self.clock.forward(self.played.deleted_after or 0.0)

    def repeat(self) -> None:
        """The latest once more."""
        self.played.again()

    def limit(self) -> None:
        """The next request, and where there is a stream that is cut."""
        self.played.go_wrong(LIMITED)

    def stall(self) -> None:
        """Silence, in streams and whatever is asked."""
        self.played.server.silent = True
        self.played.go_wrong(STALL)

    def mend(self) -> None:
        """No silence; what hangs ends."""
        self.played.server.silent = False
        self.played.mend()
        self.played.server.cut_all()

    def asked(self) -> int:
        """Requests that the limit is for."""
        server, path = self.played.server, self.played.path
        return len(server.asked(path) if path else server.requests)

    def is_ready(self, cursor: str) -> bool:
        """It has a place; where nothing is posted some have none."""
        if not self.played.is_ready(cursor):
            self.played.write("Nothing about anybody")
            return False
        return True

    def pass_time(self) -> None:
        """The longest time between two looks, or to the next connection."""
        self.clock.forward(self._seconds)

    def close(self) -> None:
        """Close the server."""
        self.played.server.close()

    def _kept(self, source: str, since: datetime, limit: int, after: str = "") -> Sequence[str]:
        """Answers `RecentPosts`: everything that was written is kept."""
        return [id_ for id_ in sorted(self.played.ids.values()) if id_ > after][:limit]


class OneFeed(PlayedFeeds):
    """A single feed, for each is limited on its own; and nothing but titles, for these are what the contract reads."""

    paths = ("/news.xml",)
    summary = ""


PLAYED: dict[str, tuple[type[Played], float]] = {
    "bluesky": (PlayedBluesky, 6.0),
    "x": (PlayedX, x_visit.SPACING),
    "x search": (PlayedXSearch, 60.0),
    "reddit": (PlayedReddit, reddit_watch.LONGEST),
    "mastodon": (PlayedMastodon, mastodon.PAUSE),
    "feeds": (OneFeed, feeds.LONGEST),
}
WORLDS: dict[str, Callable[[], World]] = {
    "toy": ToyWorld,
    **{name: partial(PlayedWorld, *parts) for name, parts in PLAYED.items()},
}
DELETING = ("toy", *(name for name, (played, _) in PLAYED.items() if played.deleted_after is not None))
"""Those of which a source can know what was deleted."""


def without_naps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits here to stop a source; and praw, which knows the real clock only, doesn't wait either."""
    for module in (aside, bluesky, feeds, mastodon, reddit, x_visit):
        monkeypatch.setattr(module, "NAP", 0.01)
    monkeypatch.setattr(prawcore.sessions.FiniteRetryStrategy, "sleep", lambda _: None)
    monkeypatch.setattr(prawcore.rate_limit.RateLimiter, "delay", lambda _: None)
