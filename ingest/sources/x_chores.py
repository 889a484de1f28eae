"""What the source asks X for besides the stream, one request at a time: rules, lists to their ends, who is gone."""

from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from msgspec.structs import replace

from core.ports.clock import Clock
from core.ports.source import Gap, RecentPosts, Removal, SourceItem
from ingest.sources.x_api import MOST_IDS, Api, RefusedError
from ingest.sources.x_attempts import Attempts
from ingest.sources.x_posts import LONGEST_ID, SOURCE, id_at
from ingest.sources.x_wire import billed, gone_of, next_token, posts_of, users_of

SETTLE = timedelta(seconds=60)
"""After so long the search knows what was posted (X itself leaves its last half minute out)."""
KEPT_BY_X = timedelta(days=7)
"""What the search has."""
_SLACK = timedelta(minutes=10)
"""X refuses a `since_id` that is older than its days, and its clock isn't ours."""
_SWEEP_EVERY = timedelta(hours=12).total_seconds()
_PAGE = 1000
_BETWEEN_SWEEPS = 4.0
"""Seconds between two requests of a sweep: X takes 300 in a quarter of an hour."""

NOTHING = SourceItem((), (), "", heard=False)
"""Only what brings posts is a sign of life: that X tells its rules or its accounts says nothing of what is posted."""


class Chore(Protocol):
    """Something that is asked for again and again."""

    attempts: Attempts

    @property
    def vital(self) -> bool:
        """Whether the source has nothing to go on with without it."""
        ...

    def request(self) -> Callable[[], bytes] | None:
        """What to ask next, None where nothing is due. It runs in another thread and changes nothing here."""
        ...

    def take(self, answer: bytes) -> SourceItem:
        """What the answer brings."""
        ...


Page = Callable[[str, str], bytes]
"""Asks for a page of a list by `since_id` and the token of the page, empty for the first."""


class Lists:
    """Reads lists of posts, `pages`, to their ends, in rounds. All that is older than `place` has been given.

    Args:
        read: makes mentions of the posts in an answer.
        clock: the clock.
        attempts: of this chore.
        place: where to begin.
        every: seconds from round to round at least.
        vital: whether the source has nothing else.
    """

    def __init__(
        self,
        read: Callable[[bytes], SourceItem],
        clock: Clock,
        attempts: Attempts,
        place: datetime,
        *,
        every: Callable[[], float],
        vital: bool = False,
    ) -> None:
        self.attempts = attempts
        self.vital = vital
        self.place = place
        self.pages: Sequence[Page] = ()
        self.began = place
        self.resting = False
        self._read = read
        self._clock = clock
        self._every = every
        self._due = clock.monotonic()
        self._since = ""
        self._left: deque[tuple[Page, str]] = deque()
        self._lost: tuple[Gap, ...] = ()

    def rest(self) -> None:
        """Begin no further round until `wake`."""
        self.resting = True

    def wake(self) -> None:
        """Begin a round now."""
        self.resting = False
        self._due = self._clock.monotonic()

    def go_back(self, place: datetime) -> None:
        """Read from a place on again, where that is before ours; a round under way is given up for that."""
        self.place = min(self.place, place)
        self._left.clear()
        self.wake()

    @property
    def done(self) -> bool:
        """Whether no round is under way."""
        return not self._left

    def request(self) -> Callable[[], bytes] | None:
        """As the protocol says."""
        if not self._left and (self.resting or self._clock.monotonic() < self._due):
            return None
        if not self._left:
            self._begin()
        if not self._left:
            return None
        page, token = self._left[0]
        since = self._since
        return lambda: page(since, token)

    def take(self, answer: bytes) -> SourceItem:
        """As the protocol says."""
        token = next_token(answer)
        page, before = self._left.popleft()
        if token and token != before:
            self._left.appendleft((page, token))
        item = replace(self._read(answer), lost=self._lost)
        self._lost = ()
        if not self._left:
            self._end()
        return item

    def _begin(self) -> None:
        now = self._clock.now()
        earliest = now - KEPT_BY_X + _SLACK
        self._due = self._clock.monotonic() + self._every()
        self.began = now
        if self.place < earliest:
            reason = f"X's search has only the last {KEPT_BY_X.days} days."
            self._lost = (Gap(since=self.place, until=earliest, reason=reason),)
            self.place = earliest
        self._since = id_at(self.place)
        self._left.extend((page, "") for page in self.pages)
        if not self._left:
            self._end()

    def _end(self) -> None:
        self.place = max(self.place, self.began - SETTLE)


class Accounts:
    """Looks the user ids of our accounts up, once, and hands the lists of what mentions them on."""

    vital = False

    def __init__(self, api: Api, usernames: Sequence[str], mentions: Lists) -> None:
        # One without the other is nothing: what keeps the accounts from us keeps their mentions from us.
        self.attempts = mentions.attempts
        self._api = api
        self._batches = [usernames[begin : begin + MOST_IDS] for begin in range(0, len(usernames), MOST_IDS)]
        self._left = deque(self._batches)
        self._mentions = mentions

    def request(self) -> Callable[[], bytes] | None:
        """As the protocol says."""
        some = self._left[0] if self._left else ()
        return (lambda: self._api.users(some)) if some else None

    def take(self, answer: bytes) -> SourceItem:
        """As the protocol says."""
        self._left.popleft()
        users = users_of(answer)
        self._mentions.pages = [*self._mentions.pages, *(self._page(user.id) for user in users)]
        if not self._left:
            if not self._mentions.pages:
                self._left.extend(self._batches)
                raise RefusedError("X knows none of the accounts in your brands' `handles`: correct them")
            self._mentions.wake()
        return replace(NOTHING, read=billed("user", (user.id for user in users)))

    def _page(self, user: str) -> Page:
        return lambda since, token: self._api.mentions(user, since, token)


class Sweep:
    """Looks up what was kept, to see what is deleted or hidden there: twice a day, since X bills a post once a day.

    Args:
        api: X.
        clock: the clock.
        attempts: of this chore.
        kept: tells which posts are kept.
        span: how far back posts are looked up.
    """

    vital = False

    def __init__(self, api: Api, clock: Clock, attempts: Attempts, kept: RecentPosts, span: timedelta) -> None:
        self.attempts = attempts
        self._api = api
        self._clock = clock
        self._kept = kept
        self._span = span
        # What came before a stop is looked up soon after it; the gap is filled first.
        self._due = clock.monotonic() + SETTLE.total_seconds()
        self._left: deque[tuple[str, ...]] = deque()

    def request(self) -> Callable[[], bytes] | None:
        """As the protocol says."""
        if self._clock.monotonic() < self._due:
            return None
        if not self._left:
            self._left.extend(self._batches())
        if not self._left:
            self._due = self._clock.monotonic() + _SWEEP_EVERY
            return None
        some = self._left[0]
        return lambda: self._api.look_up(some)

    def take(self, answer: bytes) -> SourceItem:
        """As the protocol says."""
        some = self._left.popleft()
        self._due = self._clock.monotonic() + (_BETWEEN_SWEEPS if self._left else _SWEEP_EVERY)
        removed = tuple(Removal(source=SOURCE, network_id=id_) for id_ in gone_of(answer, some))
        return replace(NOTHING, removed=removed, read=billed("post", posts_of(answer)))

    def _batches(self) -> list[tuple[str, ...]]:
        """What is kept, as many ids at a time as X takes."""
        since = self._clock.now() - self._span
        ids: list[str] = []
        while page := self._kept(SOURCE, since, _PAGE, ids[-1] if ids else ""):
            ids += page
        # A webhook or a form may call its mentions X's and name them as it likes; X refuses all for one such id.
        known = [id_ for id_ in ids if id_.isdecimal() and id_.isascii() and len(id_) <= LONGEST_ID]
        return [tuple(known[begin : begin + MOST_IDS]) for begin in range(0, len(known), MOST_IDS)]
