"""Reddit, by praw: what is new in chosen subreddits, in a search for the brands, and in an inbox.

The loop is one of our own. praw's streams would take an `exception_handler`, but they give one thing at a time and
remember 301 of them: what comes faster is lost without a word. They also sleep where nobody can stop them, and can't be
asked how far they are. To go back page by page to a mark is less than to mend that.
"""

from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime
from functools import partial

import msgspec
import structlog
from msgspec import Struct

from core.errors import SourceError
from core.mention import Mention
from core.ports.clock import Clock
from core.ports.source import Gap, RecentPosts, Removal, SourceItem
from ingest.match import Matcher
from ingest.sources.aside import aside, meanwhile
from ingest.sources.common import NAP, Recent, put_aside
from ingest.sources.reddit_api import LONGEST_PAUSE, TIMEOUT, RedditApi, RefusedError, TooManyError
from ingest.sources.reddit_settings import Account
from ingest.sources.reddit_sweep import BATCH, Sweep, Swept
from ingest.sources.reddit_things import SOURCE, Broken, Page, Thing, is_name, mentions_in, read_page
from ingest.sources.reddit_watch import Place, Watch

_FIRST_PAUSE = 15.0
"""Seconds to wait where Reddit doesn't say how long; twice as many each further time."""
_BREATHER = 15.0
"""Seconds from an error to its being told, and with that to the next attempt."""
_PATIENCE = 120.0
"""Seconds for one request, with praw's own pauses and two more attempts."""
_REFUSED = 3600.0
"""Seconds until what Reddit refuses is asked for again."""
_INSTANT = 0.001
"""Seconds that aren't worth a nap: a clock may not even know so few."""
_EVERYTHING = datetime(1970, 1, 1, tzinfo=UTC)
_INFO = "api/info/"
_INFO_REFUSED = "this app may not look up posts; ask Reddit to approve it"
_REMEMBERED = 10_000
_AHEAD = 86_400.0
"""Seconds that a mark may lie ahead, where our clock was set back: as far as a post may."""


log = structlog.get_logger(__name__)


class _Stand(Struct, frozen=True, omit_defaults=True):
    """What stands in the cursor: the marks of the watches by their keys, and how far the sweep is."""

    marks: dict[str, float] = {}
    sweep: Swept = Swept()


class Reddit:
    """Comments and submissions about the brands, their edits and their deletions.

    A post is dated as Reddit says. A deleted author takes all of a post away. What can't be read is a dead row where it
    names a brand; else it is only counted.

    Args:
        account: where Reddit is, and who we are there.
        places: what to look at.
        matcher: finds the brands in a text.
        recent: says what is kept of Reddit, to look whether it is still there.
        clock: dates what arrives, and tells when to look again.
        timeout: seconds that Reddit may be silent within one request.
    """

    def __init__(
        self,
        account: Account,
        places: Sequence[Place],
        matcher: Matcher,
        recent: RecentPosts,
        clock: Clock,
        *,
        timeout: float = TIMEOUT,
    ) -> None:
        self._account = account
        self._places = places
        self._matcher = matcher
        self._recent = recent
        self._clock = clock
        self._timeout = timeout
        self.name = SOURCE

    def items(self, cursor: str) -> Iterator[SourceItem]:
        """Deliver from the cursor on, or from now. Where nothing comes, items without mentions do.

        Raises:
            SourceError: Reddit can't be reached, refuses us, or answers what can't be read.
        """
        stand = _stand(cursor, self._clock.now())
        now, monotonic = self._clock.now().timestamp(), self._clock.monotonic()
        watches = [Watch(place, stand.marks.get(place.key), monotonic) for place in self._places]
        sweep = Sweep(stand.sweep, now, monotonic)
        with closing(RedditApi(self._account, self._timeout)) as api:
            going = _Round(api, watches, sweep, matcher=self._matcher, recent=self._recent, clock=self._clock)
            try:
                yield from going.items()
            except SourceError:
                # Whoever drives us begins anew within seconds: too soon for a network that is ill or refuses us.
                yield from going.rest(_BREATHER)
                raise


class _Round:
    """Goes from one watch to the next, whichever is due, as long as the connection lasts."""

    def __init__(
        self,
        api: RedditApi,
        watches: Sequence[Watch],
        sweep: Sweep,
        *,
        matcher: Matcher,
        recent: RecentPosts,
        clock: Clock,
    ) -> None:
        self._api = api
        self._watches = watches
        self._sweep = sweep
        self._matcher = matcher
        self._recent = recent
        self._clock = clock
        self._not_before = clock.monotonic()
        self._told: Recent[str, int] = Recent(_REMEMBERED)

    def items(self) -> Iterator[SourceItem]:
        """What the watches and the sweep bring, without end; what is refused of it, the others don't wait for."""
        while True:
            watch = min(self._watches, key=lambda watch: watch.due)
            yield from self._rest(min(watch.due, self._sweep.due))
            turn = watch if watch.due <= self._sweep.due else self._sweep
            try:
                yield from self._look(watch) if turn is watch else self._sweep_on()
            except RefusedError as error:
                if all(each is turn or each.refusal for each in self._watches):
                    raise
                self._put_off(turn, str(error))

    def _put_off(self, turn: Watch | Sweep, refusal: str) -> None:
        turn.due = self._clock.monotonic() + _REFUSED
        if refusal != turn.refusal:
            turn.refusal = refusal
            log.warning("source_refused", source=SOURCE, reason=refusal, again_in_seconds=_REFUSED)

    def rest(self, seconds: float) -> Iterator[SourceItem]:
        """Nothing for so long."""
        yield from self._rest(self._clock.monotonic() + seconds)

    def _look(self, watch: Watch) -> Iterator[SourceItem]:
        """Go back in one place to what is known, and give what is new in one item, so that its mark can't be ahead."""
        pages: list[Page] = []
        while not (pages and watch.reaches(pages)):
            query = watch.query(pages[-1].after if pages else "", self._clock.now())
            pages.append((yield from self._ask(watch.place.path, query, watch.place.refused)))
            yield self._item(heard=True)
        things, broken, lost = watch.news(pages), list(watch.broken(pages)), watch.lost(pages)
        watch.move(pages, self._clock.now())
        watch.pace(len(things), self._clock.monotonic(), self._least)
        removed = tuple(Removal(source=SOURCE, network_id=thing.name) for thing in things if thing.gone)
        yield self._item(things, broken, removed, lost, heard=True, addressed=watch.place.addressed)

    def _sweep_on(self) -> Iterator[SourceItem]:
        """Look up the next batch of what is kept."""
        kept = self._recent(SOURCE, _EVERYTHING, BATCH, self._sweep.place)
        # A webhook or a form may call its mentions Reddit's and name them as it likes.
        names = [name for name in kept if is_name(name)]
        page = Page()
        if names:
            page = yield from self._ask(_INFO, {"id": ",".join(names)}, _INFO_REFUSED)
        edited, removed = self._sweep.edited(page), self._sweep.removed(names, page)
        self._sweep.move(kept, self._clock.now().timestamp(), self._clock.monotonic(), self._least)
        yield self._item(edited, (), removed, heard=bool(names))

    def _ask(self, path: str, query: dict[str, str | int], refused: str) -> Generator[SourceItem, None, Page]:
        """One answer, waiting as long as the rate limit demands."""
        pause = _FIRST_PAUSE
        while True:
            yield from self._rest(self._not_before)
            asking = aside(partial(self._api.get, path, query, refused), _PATIENCE, "Reddit")
            try:
                answer = yield from meanwhile(asking, self._item)
            except TooManyError as limit:
                self._not_before = self._clock.monotonic() + (pause if limit.seconds is None else limit.seconds)
                pause = min(2 * pause, LONGEST_PAUSE)
                continue
            self._not_before = self._clock.monotonic() + self._api.rate.pause
            return read_page(answer, self._clock.now())

    def _rest(self, until: float) -> Iterator[SourceItem]:
        while (left := until - self._clock.monotonic()) > _INSTANT:
            self._clock.sleep(min(NAP, left))
            yield self._item()

    def _item(
        self,
        things: Sequence[Thing] = (),
        broken: Sequence[Broken] = (),
        removed: tuple[Removal, ...] = (),
        lost: tuple[Gap, ...] = (),
        *,
        heard: bool = False,
        addressed: str = "",
    ) -> SourceItem:
        now = self._clock.now()
        mentions: list[Mention] = []
        dead: list[tuple[str, str]] = []
        skipped = 0
        for thing in things:
            found = [each for each in mentions_in(thing, self._matcher, now, addressed) if self._is_news(each)]
            mentions += found
            skipped += not found and not thing.gone
        for each in broken:
            skipped += put_aside(each.raw, each.reason, self._matcher, dead)
        refusals = [*(watch.refusal for watch in self._watches), self._sweep.refusal]
        return SourceItem(
            tuple(mentions),
            tuple(dead),
            self._cursor(),
            skipped,
            removed=removed,
            heard=heard,
            next_within=self._next_within(),
            trouble=" ".join(filter(None, refusals)),
            lost=lost,
        )

    def _next_within(self) -> float:
        """Seconds until it looks again where Reddit lets it in."""
        due = min((watch.due for watch in self._watches if not watch.refusal), default=0.0)
        return max(0.0, max(due, self._not_before) - self._clock.monotonic())

    def _is_news(self, mention: Mention) -> bool:
        """Whether it wasn't given so already: what stands in a subreddit is found by the search, too."""
        known = self._told.get(mention.id) == mention.revision
        self._told[mention.id] = mention.revision
        return not known

    @property
    def _least(self) -> float:
        """Seconds between two looks of a watch at which the requests last."""
        return self._api.rate.spacing * (len(self._watches) + 1)

    def _cursor(self) -> str:
        """The marks: where several watches share one, that of the last of them; none until all have theirs."""
        marks: dict[str, float | None] = {}
        for watch in self._watches:
            key, mark = watch.place.key, watch.mark
            known = marks.get(key, mark)
            marks[key] = None if mark is None or known is None else min(known, mark)
        stand = _Stand({key: mark for key, mark in marks.items() if mark is not None}, self._sweep.stand)
        return "" if stand == _Stand() else msgspec.json.encode(stand).decode()


def _stand(cursor: str, now: datetime) -> _Stand:
    """What a cursor says; nothing of it that can't be."""
    try:
        stand = msgspec.json.decode(cursor, type=_Stand)
    except msgspec.DecodeError:
        return _Stand()
    marks = {key: mark for key, mark in stand.marks.items() if 0 < mark <= now.timestamp() + _AHEAD}
    return _Stand(marks, stand.sweep)
