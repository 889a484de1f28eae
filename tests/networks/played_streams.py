"""Networks that tell by themselves what is posted, played: Bluesky, X and Mastodon.

Each stands on its server here, which speaks the network's own wire format. Posts are dated by the clock that it is
given, which may run faster than the real one.
"""

from abc import abstractmethod
from datetime import datetime
from typing import Generic, TypeVar

from msgspec.structs import replace

from core.ports.clock import Clock
from ingest.settings import SourceSettings
from ingest.sources.x_posts import id_at
from tests.networks import bluesky, mastodon, x
from tests.networks.bluesky import JetstreamServer
from tests.networks.faults import Answer
from tests.networks.mastodon import MastodonServer
from tests.networks.mastodon_statuses import Account, Status, timestamp
from tests.networks.playing import RESET, Streaming
from tests.networks.streams import StreamingServer
from tests.networks.x import XServer
from tests.networks.x_posts import Post, User

P = TypeVar("P", Post, Status)
_ANA = "did:plc:ana"


class PlayedBluesky(Streaming):
    """Bluesky's Jetstream."""

    name = "bluesky"
    path = bluesky.SUBSCRIBE
    half = '{"did": "did:plc:ana", "time_us": 17'
    wrong = '{"did": "did:plc:ana", "time_us": nobody}'

    def __init__(self, clock: Clock, every: float) -> None:
        super().__init__(clock, every)
        self.jetstream = self.server = JetstreamServer()
        self.table = SourceSettings(name=self.name, kind="bluesky")
        self.where = {"bluesky_url": self.server.url.replace("http://", "ws://")}
        self._stalled = False

    def write(self, *texts: str) -> None:
        """Somebody posts."""
        # Told in another order than it happened: kept first, sent then.
        self.jetstream.mute = self._stalled or len(texts) > 1
        events = []
        for text in texts:
            self.jetstream.time_us = max(self.jetstream.time_us, int(self.clock.now().timestamp() * 1e6))
            self.ids[text] = f"3k{self.next():09}"
            events.append(self.jetstream.posted(_ANA, self.ids[text], text, langs=["en"]))
        self.jetstream.mute = self._stalled
        if len(texts) > 1:
            self.jetstream.deliver(*reversed(events))

    def again(self) -> None:
        """The latest post once more."""
        self.jetstream.deliver(self.jetstream.events[-1])

    def edit(self, text: str, words: str) -> None:
        """Put again under its key."""
        self.jetstream.edited(_ANA, self.ids[text], words)

    def delete(self, text: str) -> None:
        """Everybody is told."""
        self.jetstream.deleted(_ANA, self.ids[text])

    def limited(self) -> Answer:
        """429, and when it ends."""
        return Answer(429, headers={"retry-after": str(int(RESET.total_seconds()))})

    def tell(self, words: str) -> None:
        """As it is."""
        self.jetstream.say(words)

    def end(self) -> None:
        """In order."""
        self.jetstream.close_all()

    def mute(self, yes: bool) -> None:
        """Nothing is sent."""
        self._stalled = self.jetstream.mute = yes

    def is_ready(self, cursor: str) -> bool:
        """It has a place."""
        return bool(cursor)


class EndlessAnswer(Streaming, Generic[P]):
    """A network whose stream is an answer that doesn't end, and whose posts are `P`."""

    server: StreamingServer

    def __init__(self, clock: Clock, every: float) -> None:
        super().__init__(clock, every)
        self._latest: P | None = None

    def write(self, *texts: str) -> None:
        """Somebody posts."""
        now = self.clock.now()
        posts = [self.made(text, now) for text in texts]
        self.ids |= {text: post.id for text, post in zip(texts, posts, strict=True)}
        self._latest = posts[-1]
        self.publish(*reversed(posts))

    def again(self) -> None:
        """The latest post once more."""
        if self._latest is not None:
            self.publish(self._latest)

    @abstractmethod
    def made(self, text: str, now: datetime) -> P:
        """A post of this moment; nobody knows of it yet."""

    @abstractmethod
    def publish(self, *posts: P) -> None:
        """Tell of these."""

    def tell(self, words: str) -> None:
        """As it is."""
        self.server.say(words.encode())

    def end(self) -> None:
        """In order."""
        self.server.end_streams()

    def mute(self, yes: bool) -> None:
        """Nothing is sent."""
        self.server.streams.mute = yes

    def is_ready(self, cursor: str) -> bool:
        """It knows where it began, and its stream is open."""
        return bool(cursor) and self.server.streams.opened > 0


class PlayedX(EndlessAnswer[Post]):
    """X's filtered stream and its search."""

    name = "x"
    path = x.STREAM
    half = '{"data": {"id": "17", "text": "Ac'
    wrong = '{"data": nobody}\r\n'
    deleted_after = 43_200.0

    def __init__(self, clock: Clock, every: float) -> None:
        super().__init__(clock, every)
        self.network = self.server = XServer(clock)
        self.network.users["7"] = User(id="7", username="ana", name="Ana", followers=1200)
        self.table = SourceSettings(name=self.name, kind="x")
        self.where = {"x_base_url": self.server.url, "x_bearer_token": self.network.app_token}

    def made(self, text: str, now: datetime) -> Post:
        """Of Ana."""
        # The lowest 22 bits of an id tell apart what was posted in one millisecond.
        return Post(str(int(id_at(now)) + self.next()), text, "ana", "7", created_at=now)

    def publish(self, *posts: Post) -> None:
        """To those whose rules match."""
        self.network.publish(*posts)

    def edit(self, text: str, words: str) -> None:
        """A post of its own, which knows its earlier versions."""
        edited = self.made(words, self.clock.now())
        edited.edit_of = self._versions(text)
        self.publish(edited)

    def delete(self, text: str) -> None:
        """It isn't found any more."""
        for id_ in self._versions(text):
            del self.network.posts[id_]

    def _versions(self, text: str) -> list[str]:
        first = self.ids[text]
        return [post.id for post in self.network.posts.values() if first in {post.id, *post.edit_of}]

    def refill(self) -> None:
        """A new window."""
        self.network.new_window()

    def limited(self) -> Answer:
        """429, and when it ends."""
        return x.too_many_requests(int((self.clock.now() + RESET).timestamp()))


class PlayedXSearch(PlayedX):
    """X's search alone: where the stream may not be used."""

    path = x.RECENT

    def __init__(self, clock: Clock, every: float) -> None:
        super().__init__(clock, every)
        self.table = replace(self.table, mode="search")

    def is_ready(self, cursor: str) -> bool:
        """It was asked."""
        return bool(cursor and self.server.asked(self.path))


class PlayedMastodon(EndlessAnswer[Status]):
    """The public timeline of an instance."""

    name = "mastodon"
    path = mastodon.PUBLIC
    half = 'event: update\ndata: {"id": "17", "con'
    wrong = "event: update\ndata: {nobody}\n\n"

    def __init__(self, clock: Clock, every: float) -> None:
        super().__init__(clock, every)
        self.instance = self.server = MastodonServer(clock)
        self.instance.accounts["7"] = Account("7", "ana", "Ana", followers=1200)
        self.instance.me = "7"
        self.table = SourceSettings(name=self.name, kind="mastodon", public=True)
        self.where = {"mastodon_base_url": self.server.url, "mastodon_access_token": self.instance.token}

    def made(self, text: str, now: datetime) -> Status:
        """Of Ana."""
        # The lowest 16 bits of an id tell apart what was posted in one millisecond.
        id_ = str((int(now.timestamp() * 1000) << 16) + self.next() % 65_536)
        return Status(id_, "7", f"<p>{text}</p>", created_at=now)

    def publish(self, *posts: Status) -> None:
        """To everybody."""
        self.instance.publish(*posts)

    def edit(self, text: str, words: str) -> None:
        """Everybody is told."""
        status = self.instance.statuses[self.ids[text]]
        self.instance.edit(replace(status, content=f"<p>{words}</p>", edited_at=self.clock.now()))

    def delete(self, text: str) -> None:
        """Everybody is told."""
        self.instance.delete(self.ids[text])

    def refill(self) -> None:
        """A new window."""
        self.instance.remaining = self.instance.limit

    def limited(self) -> Answer:
        """429, and when it ends."""
        return mastodon.too_many_requests(
            {
                "x-ratelimit-limit": "300",
                "x-ratelimit-remaining": "0",
                "x-ratelimit-reset": timestamp(self.clock.now() + RESET),
            }
        )
