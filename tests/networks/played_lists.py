"""Networks that are asked for what is posted, played: Reddit and feeds.

Each stands on its server here, which speaks the network's own wire format. Posts are dated by the clock that it is
given, which may run faster than the real one.
"""

from collections.abc import Sequence
from email.utils import format_datetime

from core.ports.clock import Clock
from ingest.settings import SourceSettings
from tests.networks.faults import Answer, Fault
from tests.networks.feeds import Entry, Feed, FeedServer
from tests.networks.playing import LIMITED, RESET, STALL, WRONG, Polled
from tests.networks.reddit import RedditServer
from tests.networks.reddit_things import Comment, Submission

_RETRIED = 4
"""praw tries again by itself so often that a single failure would never be seen."""


class PlayedReddit(Polled):
    """Comments and submissions of a subreddit."""

    name = "reddit"

    def __init__(self, clock: Clock, every: float) -> None:
        super().__init__(clock, every)
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
        super().__init__(clock, every)
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
