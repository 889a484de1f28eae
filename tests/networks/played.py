"""Networks that play a steady stream of posts and go wrong, for measuring what sources make of it.

Each stands on its server here, which speaks the network's own wire format. Posts are dated by the clock that it is
given, which may run faster than the real one.
"""

from collections.abc import Sequence
from email.utils import format_datetime

from core.ports.clock import Clock
from ingest.settings import SourceSettings
from ingest.sources.x_posts import id_at
from tests.networks import bluesky, mastodon, x
from tests.networks.bluesky import JetstreamServer
from tests.networks.faults import Answer, Fault
from tests.networks.feeds import Entry, Feed, FeedServer
from tests.networks.mastodon import MastodonServer
from tests.networks.mastodon_statuses import Account, Status, timestamp
from tests.networks.playing import LIMITED, RESET, STALL, WRONG, Played, Polled, Streaming
from tests.networks.reddit import RedditServer
from tests.networks.reddit_things import Comment, Submission
from tests.networks.streams import Streams
from tests.networks.x import XServer
from tests.networks.x_posts import Post, User

_RETRIED = 4
"""praw tries again by itself so often that a single failure would never be seen."""


class PlayedBluesky(Streaming):
    """Bluesky's Jetstream."""

    name = "bluesky"
    path = bluesky.SUBSCRIBE
    half = '{"did": "did:plc:ana", "time_us": 17'
    wrong = '{"did": "did:plc:ana", "time_us": nobody}'

    def __init__(self, clock: Clock, every: float) -> None:
        super().__init__(clock)
        self.every = every
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
            events.append(self.jetstream.posted("did:plc:ana", f"3k{self.next():09}", text, langs=["en"]))
        self.jetstream.mute = self._stalled
        if len(texts) > 1:
            self.jetstream.deliver(*reversed(events))

    def again(self) -> None:
        """The latest post once more."""
        self.jetstream.deliver(self.jetstream.events[-1])

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


class PlayedX(Streaming):
    """X's filtered stream and its search."""

    name = "x"
    path = x.STREAM
    half = '{"data": {"id": "17", "text": "Ac'
    wrong = '{"data": nobody}\r\n'

    def __init__(self, clock: Clock, every: float) -> None:
        super().__init__(clock)
        self.every = every
        self.network = self.server = XServer(clock)
        self.network.users["7"] = User(id="7", username="ana", name="Ana", followers=1200)
        self.table = SourceSettings(name=self.name, kind="x", sweep_days=0)
        self.where = {"x_base_url": self.server.url, "x_bearer_token": self.network.app_token}
        self._latest: Post | None = None

    def write(self, *texts: str) -> None:
        """Somebody posts."""
        now = self.clock.now()
        # The lowest 22 bits of an id tell apart what was posted in one millisecond.
        ids = [str(int(id_at(now)) + self.next()) for _ in texts]
        posts = [Post(id_, text, "ana", "7", created_at=now) for id_, text in zip(ids, texts, strict=True)]
        self._latest = posts[-1]
        self.network.publish(*reversed(posts))

    def again(self) -> None:
        """The latest post once more."""
        if self._latest:
            self.network.publish(self._latest)

    def refill(self) -> None:
        """A new window."""
        self.network.new_window()

    def limited(self) -> Answer:
        """429, and when it ends."""
        return x.too_many_requests(int((self.clock.now() + RESET).timestamp()))

    def tell(self, words: str) -> None:
        """As it is."""
        self.network.say(words.encode())

    def end(self) -> None:
        """In order."""
        self.network.end_streams()

    def mute(self, yes: bool) -> None:
        """Nothing is sent."""
        self.network.streams.mute = yes

    def is_ready(self, cursor: str) -> bool:
        """Its stream is open."""
        return bool(cursor) and self.network.streams.opened > 0


class PlayedMastodon(Streaming):
    """The public timeline of an instance."""

    name = "mastodon"
    path = mastodon.PUBLIC
    half = 'event: update\ndata: {"id": "17", "con'
    wrong = "event: update\ndata: {nobody}\n\n"

    def __init__(self, clock: Clock, every: float) -> None:
        super().__init__(clock)
        self.every = every
        self.instance = self.server = MastodonServer(clock)
        self.instance.accounts["7"] = Account("7", "ana", "Ana", followers=1200)
        self.instance.me = "7"
        self.table = SourceSettings(name=self.name, kind="mastodon", public=True)
        self.where = {"mastodon_base_url": self.server.url, "mastodon_access_token": self.instance.token}
        self._latest: Status | None = None

    def write(self, *texts: str) -> None:
        """Somebody posts."""
        now = self.clock.now()
        ids = [str((int(now.timestamp() * 1000) << 16) + self.next() % 65_536) for _ in texts]
        posts = [
            Status(id_, "7", f"<p>{text}</p>", created_at=now) for id_, text in sorted(zip(ids, texts, strict=True))
        ]
        self._latest = posts[-1]
        self.instance.publish(*reversed(posts))

    def again(self) -> None:
        """The latest post once more."""
        if self._latest:
            self.instance.publish(self._latest)

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

    def tell(self, words: str) -> None:
        """As it is."""
        self.instance.say(words.encode())

    def end(self) -> None:
        """In order."""
        self.instance.end_streams()

    def mute(self, yes: bool) -> None:
        """Nothing is sent."""
        self.instance.streams.mute = yes

    def is_ready(self, cursor: str) -> bool:
        """It knows where it began."""
        return bool(cursor) and self.instance.streams.opened > 0


class PlayedReddit(Polled):
    """Comments and submissions of a subreddit."""

    name = "reddit"

    def __init__(self, clock: Clock, every: float) -> None:
        super().__init__(clock)
        self.every = every
        self.network = self.server = RedditServer()
        self.network.reset = 5  # else praw paces itself by the real clock
        self.table = SourceSettings(name=self.name, kind="reddit", subreddits=("acme",))
        self.where = {
            "reddit_base_url": self.server.url,
            "reddit_client_id": self.network.client[0],
            "reddit_client_secret": self.network.client[1],
        }

    def write(self, *texts: str) -> None:
        """Somebody posts: every fourth time a submission."""
        for text in reversed(texts):
            number = self.next()
            about = {"id": f"k{number:05}", "author": "ana", "subreddit": "acme", "created": self.clock.now()}
            if number % 4:
                self.network.things.append(Comment(body=text, **about))  # type: ignore[arg-type]
            else:
                self.network.things.append(Submission(title=text, **about))  # type: ignore[arg-type]

    def again(self) -> None:
        """The latest stands in its listing twice."""
        self.network.things.append(self.network.things[-1])

    def refill(self) -> None:
        """A new window."""
        self.network.remaining, self.network.used = 1000.0, 0

    def faults(self) -> dict[str, Sequence[Fault]]:
        """As elsewhere; what praw tries again by itself, so often that it gives up."""
        once = {LIMITED, "429", STALL}
        return {kind: [*faults] * (1 if kind in once else _RETRIED) for kind, faults in super().faults().items()}

    def is_ready(self, cursor: str) -> bool:
        """It has looked at both listings."""
        return '"comments"' in cursor and '"submissions"' in cursor


class PlayedFeeds(Polled):
    """Two feeds of a website, RSS and Atom, which show the latest entries."""

    name = "feeds"
    shown = 100
    paths = ("/news.xml", "/blog.xml")

    def __init__(self, clock: Clock, every: float) -> None:
        super().__init__(clock)
        self.every = every
        self.site = self.server = FeedServer()
        self.site.feeds = {self.paths[0]: Feed("News"), self.paths[1]: Feed("Blog", format="atom")}
        self.table = SourceSettings(
            name=self.name, kind="feeds", urls=tuple(self.server.url + path for path in self.paths)
        )
        self.where = {}

    def write(self, *texts: str) -> None:
        """Somebody publishes, now in one feed and now in the other."""
        for text in reversed(texts):
            number = self.next()
            now = self.clock.now()
            entry = Entry(text, "<p>More of it</p>", f"urn:{number}", published=now, updated=now)
            self._put(number, entry)

    def again(self) -> None:
        """The latest stands in its feed twice."""
        feed = self.site.feeds[self.paths[self._number % 2]]
        self._put(self._number, feed.entries[0])

    def faults(self) -> dict[str, Sequence[Fault]]:
        """As elsewhere; what is wrong is no JSON, but no feed either."""
        later = format_datetime(self.clock.now() + RESET, usegmt=True)
        return super().faults() | {
            LIMITED: [Answer(429, headers={"retry-after": later})],
            WRONG: [Answer(200, "<html><p>Welcome")],
        }

    def is_ready(self, cursor: str) -> bool:
        """It has looked at both."""
        return cursor.count('":"') == len(self.paths)

    def _put(self, number: int, entry: Entry) -> None:
        feed = self.site.feeds[self.paths[number % 2]]
        feed.entries = [entry, *feed.entries][: self.shown]


def everything(clock: Clock, faster: float) -> tuple[Played, ...]:
    """All networks, with four posts a second of the real clock where they stream, fewer where they are asked.

    Args:
        clock: dates the posts.
        faster: how many seconds of it pass in a real one.
    """
    made: tuple[Played, ...] = (
        PlayedBluesky(clock, faster / 4),
        PlayedX(clock, faster / 4),
        PlayedReddit(clock, faster),
        PlayedMastodon(clock, faster / 4),
        PlayedFeeds(clock, 2 * faster),
    )
    for streams in [one.server.streams for one in made if hasattr(one.server, "streams")]:
        assert isinstance(streams, Streams)
        streams.heartbeat_seconds /= faster
    return made
