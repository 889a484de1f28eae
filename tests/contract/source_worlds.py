"""Networks that sources are held to the contract with: a toy, and those where it is simple.

A world can be told what to do in the network's own words, whatever these are: somebody writes, edits, deletes; the
network repeats itself, tells in the wrong order, limits us or falls silent.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from core.brand import Brand
from core.mention import Mention, mention_id
from core.ports.source import Removal, Source, SourceItem
from ingest.match import Matcher
from ingest.sources import bluesky, feeds
from ingest.sources.bluesky import Bluesky
from ingest.sources.feeds import LONGEST, Feeds
from tests.networks.bluesky import JetstreamServer
from tests.networks.driving import MovedOn
from tests.networks.faults import Answer, Stall
from tests.networks.feeds import Entry, Feed, FeedServer
from tests.networks.server import NetworkServer

BRANDS = (Brand(name="Acme"),)
ANA = "did:plc:ana"
NEWS = "/news.xml"


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

    def delete(self, key: str) -> None:
        """The post is deleted, where the network says so."""
        raise NotImplementedError

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


class ServedWorld(World):
    """A network on a server of its own."""

    server: NetworkServer

    def asked(self) -> int:
        """Requests."""
        return len(self.server.requests)

    def close(self) -> None:
        """Close the server."""
        self.server.close()


class BlueskyWorld(ServedWorld):
    """A Jetstream."""

    def __init__(self) -> None:
        super().__init__()
        self.server = self.jetstream = JetstreamServer()
        self.jetstream.__enter__()
        self.jetstream.time_us = int((self.clock.now() - timedelta(minutes=1)).timestamp() * 1e6)
        # A place to begin at: without one it begins at what is posted once it listens.
        self.jetstream.posted(ANA, "0", "Nothing about anybody")

    def source(self) -> Source:
        """The real one."""
        return Bluesky(Matcher(BRANDS), self.server.url.replace("http://", "ws://"), self.clock)

    def write(self, *keys: str) -> None:
        """Posts."""
        silent, self.jetstream.mute = self.jetstream.mute, self.jetstream.mute or len(keys) > 1
        events = [self.jetstream.posted(ANA, key, f"Acme {key}") for key in keys]
        self.jetstream.mute = silent
        if len(keys) > 1:
            self.jetstream.deliver(*reversed(events))

    def edit(self, key: str, text: str) -> None:
        """An edit."""
        self.jetstream.edited(ANA, key, text)

    def delete(self, key: str) -> None:
        """A deletion."""
        self.jetstream.deleted(ANA, key)

    def repeat(self) -> None:
        """The latest once more."""
        self.jetstream.deliver(self.jetstream.events[-1])

    def limit(self) -> None:
        """The line is cut, and the next one refused."""
        self.server.fail(Answer(429))
        self.server.cut_all()

    def stall(self) -> None:
        """Silence."""
        self.jetstream.mute = True

    def mend(self) -> None:
        """No silence, on a new line."""
        self.server.cut_all()
        self.jetstream.mute = False


class FeedsWorld(ServedWorld):
    """A feed; it doesn't say what was deleted."""

    def __init__(self) -> None:
        super().__init__()
        self.server = self.site = FeedServer()
        self.site.__enter__()
        self.feed = self.site.feeds[NEWS] = Feed("News")

    def source(self) -> Source:
        """The real one."""
        return Feeds(Matcher(BRANDS), [self.server.url + NEWS], self.clock)

    def write(self, *keys: str) -> None:
        """Entries."""
        self.feed.entries = [*(Entry(f"Acme {key}", "", f"urn:{key}") for key in keys), *self.feed.entries]

    def edit(self, key: str, text: str) -> None:
        """An edit."""
        next(entry for entry in self.feed.entries if entry.id == f"urn:{key}").title = text

    def repeat(self) -> None:
        """The latest stands there twice."""
        self.feed.entries = [self.feed.entries[0], *self.feed.entries]

    def limit(self) -> None:
        """Once."""
        self.server.fail(Answer(429))

    def stall(self) -> None:
        """The next request hangs."""
        self.server.fail(Stall())

    def mend(self) -> None:
        """What hangs ends."""
        self.server.cut_all()

    def pass_time(self) -> None:
        """The longest time between two looks."""
        self.clock.forward(LONGEST)


WORLDS: dict[str, Callable[[], World]] = {"toy": ToyWorld, "bluesky": BlueskyWorld, "feeds": FeedsWorld}
DELETING = ("toy", "bluesky")
"""Those that say what was deleted."""


def without_naps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits here to stop a source."""
    for module in (bluesky, feeds):
        monkeypatch.setattr(module, "NAP", 0.01)
