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
    deleted_after = 21_600.0

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
            thing = Comment(body=text, **about) if number % 4 else Submission(title=text, **about)  # type: ignore[arg-type]
            self.ids[text] = thing.fullname
            self.network.things.append(thing)

    def edit(self, text: str, words: str) -> None:
        """It says when."""
        thing = self.network.thing(self.ids[text])
        thing.edited = self.clock.now()
        if isinstance(thing, Comment):
            thing.body = words
        else:
            thing.title = words

    def delete(self, text: str) -> None:
        """Its author does; only who asks for it by its name is told."""
        self.network.delete(self.ids[text])

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
    summary = "<p>More of it</p>"
    deleted_after = None
    paths = ("/news.xml", "/blog.xml")

    def __init__(self, clock: Clock, every: float) -> None:
        super().__init__(clock, every)
        self.site = self.server = FeedServer()
        self.site.feeds = {path: Feed(path, format="atom" if at % 2 else "rss") for at, path in enumerate(self.paths)}
        self.table = SourceSettings(
            name=self.name, kind="feeds", urls=tuple(self.server.url + path for path in self.paths)
        )
        self.where = {}

    def write(self, *texts: str) -> None:
        """Somebody publishes, now in one feed and now in the other."""
        for text in reversed(texts):
            number = self.next()
            now = self.clock.now()
            self.ids[text] = f"urn:{number}"
            self._put(number, Entry(text, self.summary, self.ids[text], published=now, updated=now))

    def again(self) -> None:
        """The latest stands in its feed twice."""
        self._put(self._number, self._feed(self._number).entries[0])

    def edit(self, text: str, words: str) -> None:
        """It stands there otherwise."""
        feeds = self.site.feeds.values()
        next(entry for feed in feeds for entry in feed.entries if entry.id == self.ids[text]).title = words

    def delete(self, text: str) -> None:
        """What isn't shown any more is only old."""
        raise NotImplementedError

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

    def _feed(self, number: int) -> Feed:
        return self.site.feeds[self.paths[number % len(self.paths)]]

    def _put(self, number: int, entry: Entry) -> None:
        feed = self._feed(number)
        feed.entries = [entry, *feed.entries][: self.shown]
