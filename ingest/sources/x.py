"""X, through tweepy: the filtered stream, or plain search; the search fills what the stream missed.

The place is an id of X: everything that was posted before it has been given. While the stream runs it follows the
present at a distance; after an interruption the search reads from it on, until a round of it began so long after the
stream did that the two overlap. Nothing is lost as long as the search still has it, which is seven days.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import datetime, timedelta

from msgspec.structs import replace

from core.brand import Brand
from core.errors import ConfigurationError, SourceError
from core.ports.clock import Clock
from core.ports.source import RecentPosts, SourceItem, nothing_kept
from ingest.match import Matcher
from ingest.settings import Networks
from ingest.sources import x_trying
from ingest.sources.x_api import Api, MishapError, RateLimitedError
from ingest.sources.x_attempts import Attempts
from ingest.sources.x_chores import NOTHING, SETTLE, Accounts, Chore, Lists, Page, Rules, Sweep
from ingest.sources.x_door import TOKEN_VARIABLE
from ingest.sources.x_line import End, Line, Opened
from ingest.sources.x_posts import Reader, id_at, moment_of
from ingest.sources.x_rules import accounts_of, queries_of, rules_of
from ingest.sources.x_wire import end_of

BATCH = 500
NAP = 0.25
"""Seconds that the source waits at most before it gives its caller the chance to stop it."""
PATIENCE = timedelta(seconds=60)
"""X says something every 20 seconds; after so long the stream is dead, whatever it says."""
SPACING = 20.0
"""Seconds from one connection to the next at least: X allows 50 in a quarter of an hour."""
_BEHIND = timedelta(seconds=60)
"""The place stays so far behind the present: what was posted before has come down the stream."""
_STEP = timedelta(seconds=5)
_POLL_SECONDS = 30.0
_WINDOW_SECONDS = 900.0
_LIMITED = frozenset({420, 429})
_NO_RULES = 409
_AHEAD = timedelta(days=1)
_LONGEST_ID = 19
_FIRST_SECONDS = 2.0


def never() -> bool:
    """No."""
    return False


class X:
    """Posts about the brands.

    Args:
        brands: the configured ones.
        name: of the ``[[sources]]`` table.
        networks: X's address and the token.
        clock: the clock.
        stream: whether the filtered stream is listened to; else the search alone is asked again and again.
        mentions: whether the lists of what mentions the brands' accounts are read, too.
        kept: tells what is looked up for deletions.
        sweep: how far back it is.
        narrow: whether so little may be spent that only posts with a crisis word are asked for; asked all the time.
        patience: after so long without a sign of life the stream is given up.

    Raises:
        ConfigurationError: no token, no brand, or more than X takes.
    """

    def __init__(
        self,
        brands: Sequence[Brand],
        name: str,
        networks: Networks,
        clock: Clock,
        *,
        stream: bool = True,
        mentions: bool = False,
        kept: RecentPosts = nothing_kept,
        sweep: timedelta = timedelta(days=7),
        narrow: Callable[[], bool] = never,
        patience: timedelta = PATIENCE,
    ) -> None:
        if not networks.x_bearer_token:
            raise ConfigurationError(f"X needs a token: set {TOKEN_VARIABLE} to the bearer token of your app")
        if not rules_of(brands, name):
            raise ConfigurationError("X is searched for your brands, and none takes mentions from it; add [[brands]]")
        if mentions and not accounts_of(brands):
            raise ConfigurationError("`mentions` are those of your brands' accounts; add their `handles` to [[brands]]")
        self.name = name
        self.brands = brands
        self.networks = networks
        self.clock = clock
        self.stream = stream
        self.mentions = mentions
        self.kept = kept
        self.sweep = sweep
        self.narrow = narrow
        self.patience = patience
        self.matcher = Matcher(brands, name)

    def try_out(self) -> None:
        """As `x_trying.try_out`."""
        x_trying.try_out(self.networks, "" if self.stream else queries_of(self.brands, self.name)[0], self.clock)

    def items(self, cursor: str) -> Iterator[SourceItem]:
        """Deliver from the cursor on, or from a minute ago. Where nothing comes, items without mentions do.

        Raises:
            SourceError: X can't be reached, refuses us, or keeps ending the stream.
        """
        visit = _Visit(self, _place(cursor, self.clock.now()))
        try:
            while True:
                yield from visit.work()
                yield visit.listen(NAP)
        finally:
            visit.close()


class _Visit:
    """One time of listening, from a cursor until an error or the end of the process."""

    def __init__(self, x: X, place: datetime) -> None:
        self._x = x
        self._clock = x.clock
        self._address = x.networks.x_base_url, x.networks.x_bearer_token
        self._api = Api(*self._address)
        self._hand = ThreadPoolExecutor(1, "X")
        self._reader = Reader(x.matcher)
        self._narrow = x.narrow()
        self._line: Line | None = None
        self._connecting = Attempts(x.name, x.clock, SPACING)
        self._connected_at = self._heard_at = x.clock.monotonic()
        self._opened: datetime | None = None
        self._spoke = self._asked = False
        self._rules = Rules(self._api, self._attempts(), rules_of(x.brands, x.name, self._narrow))
        self._search = self._lists(place, self._queries(), vital=not x.stream)
        self._places = [self._search]
        self._chores: list[Chore] = [self._rules] if x.stream else []
        self._chores.append(self._search)
        if x.mentions:
            mentions = self._lists(place, (), resource="mention")
            mentions.rest()
            self._places.append(mentions)
            self._chores += [Accounts(self._api, self._attempts(), accounts_of(x.brands), mentions), mentions]
        if x.sweep:
            self._chores.append(Sweep(self._api, self._clock, self._attempts(), x.kept, x.sweep))

    def listen(self, seconds: float) -> SourceItem:
        """What the stream has brought, after so many seconds at most."""
        if self._line is None:
            if seconds:
                self._clock.sleep(seconds)
            return self._told(NOTHING, heard=False)
        events = self._line.events(BATCH, seconds)
        now = self._clock.monotonic()
        words = [event for event in events if isinstance(event, bytes)]
        ends = [event for event in events if isinstance(event, End)]
        for raw in filter(None, words):
            if reason := end_of(raw):
                ends.insert(0, End(f"X ends it ({reason})"))
        if any(isinstance(event, Opened) for event in events):
            self._opened = self._clock.now()
        if events:
            self._heard_at = now
            self._spoke |= bool(words)
        elif now - self._heard_at > self._x.patience.total_seconds():
            ends.append(End(f"it has said nothing for {self._x.patience.total_seconds():.0f} s"))
        posts = [raw for raw in words if raw and not end_of(raw)]
        item = self._reader.item(posts, self._clock.now()) if posts else NOTHING
        # What still waits may be old, where the next stage was slow.
        if words and len(events) < BATCH:
            self._follow()
        if ends:
            self._ended(ends[0])
        return self._told(item, heard=bool(words) or (bool(events) and not ends))

    def work(self) -> Iterator[SourceItem]:
        """Whatever is due besides listening."""
        self._keep_narrow()
        self._keep_connected()
        for chore in self._chores:
            if self._clock.monotonic() >= chore.attempts.due and (request := chore.request()):
                yield from self._ask(chore, request)

    def close(self) -> None:
        """Let go of everything, at once."""
        if self._line is not None:
            self._line.close()
        self._hand.shutdown(wait=False, cancel_futures=True)
        self._api.close()

    def _ask(self, chore: Chore, request: Callable[[], bytes]) -> Iterator[SourceItem]:
        """Ask in another thread, so that meanwhile the stream is listened to, and we can be stopped."""
        asked: Future[bytes] = self._hand.submit(request)
        if not self._asked:
            # A wrong token is told before anything was given: so the pauses of whoever starts us again grow.
            self._asked = True
            wait((asked,), _FIRST_SECONDS)
        while not asked.done():
            wait((asked,), NAP)
            yield self.listen(0.0)
        try:
            item = chore.take(asked.result())
        except RateLimitedError as error:
            chore.attempts.limited(str(error), error.reset)
        except (MishapError, ValueError) as error:
            chore.attempts.failed(str(error))
            if chore.vital and chore.attempts.exhausted:
                raise SourceError(f"{error}. Trying again.") from error
        else:
            chore.attempts.well()
            self._hand_over()
            yield self._told(item, heard=True)

    def _hand_over(self) -> None:
        """Let the stream do alone what the search did, once they overlap."""
        if self._opened and self._search.done and self._search.began >= self._opened + SETTLE:
            self._search.rest()

    def _follow(self) -> None:
        place = self._clock.now() - _BEHIND
        if self._search.resting and place - self._search.place >= _STEP:
            self._search.place = place

    def _keep_narrow(self) -> None:
        narrow = self._x.narrow()
        if narrow != self._narrow:
            self._narrow = narrow
            self._rules.look_again(rules_of(self._x.brands, self._x.name, narrow))
            self._search.pages = self._queries()

    def _keep_connected(self) -> None:
        if self._line or not (self._x.stream and self._rules.ready and self._rules.wanted):
            return
        if self._clock.monotonic() < self._connecting.due:
            return
        if self._connecting.exhausted:
            raise SourceError(f"X's stream doesn't hold: {self._connecting.reason}. Connecting anew.")
        self._connected_at = self._heard_at = self._clock.monotonic()
        self._spoke = False
        self._line = Line(*self._address)
        self._line.start()

    def _ended(self, end: End) -> None:
        """The stream is over: the search takes its place, until the next one."""
        if self._line:
            self._line.close()
        self._line = self._opened = None
        self._search.wake()
        self._rules.look_again()
        if self._spoke:
            left = self._connected_at + SPACING - self._clock.monotonic()
            self._connecting.interrupted(end.reason, max(0.0, left))
        elif end.status in _LIMITED:
            self._connecting.limited(end.reason, end.reset)
        else:
            refused = 400 <= end.status < 500 and end.status != _NO_RULES
            self._connecting.failed(end.reason, hopeless=refused)

    def _attempts(self) -> Attempts:
        return Attempts(self._x.name, self._clock)

    def _lists(self, place: datetime, pages: Sequence[Page], *, vital: bool = False, resource: str = "post") -> Lists:
        return Lists(
            self._reader, self._clock, self._attempts(), place, pages, self._poll_seconds, vital=vital,
            resource=resource,
        )  # fmt: skip

    def _queries(self) -> list[Page]:
        return [self._query(query) for query in queries_of(self._x.brands, self._x.name, self._narrow)]

    def _query(self, query: str) -> Page:
        return lambda since, token: self._api.search(query, since, token)

    def _poll_seconds(self) -> float:
        """From round to round, so that X's limit lasts, with some in reserve for further pages."""
        return max(_POLL_SECONDS, 1.5 * len(self._search.pages) * _WINDOW_SECONDS / self._api.searches_allowed)

    def _told(self, item: SourceItem, *, heard: bool) -> SourceItem:
        return replace(item, cursor=id_at(min(lists.place for lists in self._places)), heard=heard)


def _place(cursor: str, now: datetime) -> datetime:
    """Where a cursor stands; a place that can't be is as good as none, or it would silence the source.

    It is never so near the present that the search can't know what came after it.
    """
    latest = now - SETTLE
    if cursor.isascii() and cursor.isdecimal() and len(cursor) <= _LONGEST_ID:
        place = moment_of(cursor)
        if place <= now + _AHEAD:
            return min(place, latest)
    return latest
