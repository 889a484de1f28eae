"""Mastodon: the public timeline of an instance, or its hashtags, as they happen; what was missed is fetched."""

import contextlib
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from core.errors import SourceError
from core.mention import Mention
from core.ports.clock import Clock
from core.ports.source import Gap, Removal, SourceItem
from ingest.match import Matcher
from ingest.sources.common import NAP, Recent, put_aside
from ingest.sources.mastodon_instance import Broken, Happening, Instance, Limited, Page, Told
from ingest.sources.mastodon_statuses import check_id, mentions_in, order, read_status
from ingest.sources.mastodon_timelines import Timeline, read_cursor, write_cursor

BATCH = 500
PATIENCE = timedelta(seconds=60)
"""A stream says something every 15 seconds: after so long without a word it is dead."""
PAUSE = 15.0
"""Seconds from one attempt to connect to the next one, at least."""
MOST_PAGES = 500
"""Pages of 40 statuses that are fetched of each timeline after an interruption; an instance allows 300 in 5 minutes."""
_SAVE_EVERY = 5.0
_LIMITED_SECONDS = 60.0
_LONGEST_LIMIT = 900.0
_REMEMBERED = 10_000


class _Batch:
    """What becomes the next item."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.mentions: list[Mention] = []
        self.dead: list[tuple[str, str]] = []
        self.removed: list[Removal] = []
        self.lost: list[Gap] = []
        self.skipped = 0
        self.filled = False

    def worth_saving(self) -> bool:
        """Whether it must not be forgotten where this was."""
        return bool(self.mentions or self.dead or self.removed or self.lost or self.filled)


class MastodonStatuses:
    """Statuses about the brands in the public timeline of an instance, in hashtags there, or both.

    The streams are opened first; what came since the cursor is fetched beside them. Edits replace, deletions are
    passed on. What can't be read is a dead row where it names a brand; else it is only counted.

    Args:
        matcher: finds the brands in a text.
        url: of the instance.
        token: of an account there, allowed to read statuses.
        timelines: ``""`` for everything public, and hashtags.
        clock: dates what arrives.
        patience: after so long without a sign of life a stream is given up.
    """

    def __init__(
        self,
        matcher: Matcher,
        url: str,
        token: str,
        timelines: Sequence[str],
        clock: Clock,
        *,
        patience: timedelta = PATIENCE,
    ) -> None:
        self._matcher = matcher
        self._url = url.rstrip("/")
        self._token = token
        self._host = urlsplit(url).hostname or ""
        self._names = tuple(dict.fromkeys(timelines))
        self._clock = clock
        self._patience = patience.total_seconds()
        self._recent: Recent[tuple[str, int], None] = Recent(_REMEMBERED)
        self._next_page = 0.0
        self.name = "mastodon"

    def items(self, cursor: str) -> Iterator[SourceItem]:
        """Deliver from the cursor on, or from now. Where nothing comes, items without mentions do.

        Raises:
            SourceError: the instance can't be reached, refuses us, ends a stream or falls silent.
        """
        began = self._clock.monotonic()
        try:
            with contextlib.closing(self._run(cursor)) as items:
                for item in items:
                    cursor = item.cursor
                    yield item
        except SourceError:
            # Whoever drives us may begin anew at once; an instance that has just failed is left alone for a while.
            while self._clock.monotonic() < began + PAUSE:
                self._clock.sleep(NAP)
                yield SourceItem((), (), cursor, heard=False)
            raise

    def _run(self, cursor: str) -> Generator[SourceItem]:
        places = read_cursor(cursor, self._host)
        self._recent.clear()
        self._next_page = began = self._clock.monotonic()
        timelines = {name: Timeline(name, *places.get(name, ("", 0.0)), began) for name in self._names}
        instance = Instance(self._url, self._token, self._patience)
        try:
            for name in timelines:
                instance.listen(name)
            yield from self._follow(instance, timelines, cursor)
        finally:
            instance.close()

    def _follow(self, instance: Instance, timelines: Mapping[str, Timeline], saved: str) -> Iterator[SourceItem]:
        told = self._clock.monotonic()
        while True:
            self._fetch(instance, timelines.values())
            happenings = instance.waiting(BATCH)
            if not happenings:
                self._clock.sleep(NAP)
            now = self._clock.monotonic()
            batch = _Batch(self._clock.now())
            for happening in happenings:
                self._take(happening, timelines, batch)
            if len(happenings) < BATCH:
                self._check_silence(timelines.values(), now)
            else:
                # More waits, of whichever stream: where we were held up, nobody has been silent.
                for timeline in timelines.values():
                    timeline.heard = now
            if batch.worth_saving() or now - told >= _SAVE_EVERY:
                saved, told = write_cursor(self._host, timelines.values()), now
            yield SourceItem(
                tuple(batch.mentions),
                tuple(batch.dead),
                saved,
                batch.skipped,
                removed=tuple(batch.removed),
                heard=any(not isinstance(happening, Limited) for happening in happenings),
                lost=tuple(batch.lost),
            )

    def _fetch(self, instance: Instance, timelines: Iterable[Timeline]) -> None:
        """Ask for the next page of a timeline that isn't filled, one at a time, once its stream is open."""
        waiting = [timeline for timeline in timelines if not timeline.filled]
        if any(timeline.asked for timeline in waiting) or self._clock.monotonic() < self._next_page:
            return
        for timeline in waiting:
            if timeline.open:
                timeline.asked = True
                if timeline.place:
                    instance.ask(timeline.name, timeline.after)
                else:
                    instance.ask(timeline.name, "", limit=1)
                return

    def _take(self, happening: Happening, timelines: Mapping[str, Timeline], batch: _Batch) -> None:
        if isinstance(happening, Broken):
            raise SourceError(f"Mastodon can't be read from {self._host} ({happening.reason}). Trying again.")
        timeline = timelines[happening.timeline]
        if isinstance(happening, Told):
            timeline.heard = self._clock.monotonic()
            self._event(happening, timeline, batch)
            return
        timeline.asked = False
        if isinstance(happening, Page):
            self._pause(happening.pause_until, batch.now, otherwise=0.0)
            self._page(happening, timeline, batch)
        elif isinstance(happening, Limited):
            self._pause(happening.until, batch.now, otherwise=_LIMITED_SECONDS)
        else:
            self._give_up(timeline, batch, f"{self._host} doesn't show what was missed ({happening.reason})")

    def _event(self, told: Told, timeline: Timeline, batch: _Batch) -> None:
        if told.event == "open":
            timeline.open = True
        elif told.event in ("update", "status.update"):
            self._status(told.data, timeline, batch)
        elif told.event == "delete":
            id_ = told.data.decode("utf-8", "replace").strip().strip('"')
            try:
                check_id(id_)
            except ValueError:
                batch.skipped += 1
                return
            batch.removed.append(Removal(source="mastodon", network_id=id_))
            # A page that was fetched before may still be on its way here.
            self._recent[id_, -1] = None

    def _status(self, given: object, timeline: Timeline, batch: _Batch) -> str:
        """Take one status; its id, or nothing where it can't be read."""
        try:
            status = read_status(given)
        except ValueError as error:
            reason = f"Mastodon sent what can't be read: {error}"
            batch.skipped += put_aside(_shown(given), reason, self._matcher, batch.dead)
            return ""
        id_ = str(status.id)
        if isinstance(given, bytes) and not status.revision:
            timeline.advance(id_, batch.now)
        known = (id_, status.revision)
        found = (
            [] if known in self._recent or (id_, -1) in self._recent else mentions_in(status, self._matcher, batch.now)
        )
        self._recent[known] = None
        batch.mentions += found
        batch.skipped += not found
        return id_

    def _page(self, page: Page, timeline: Timeline, batch: _Batch) -> None:
        if not timeline.place:
            self._begin(page, timeline, batch)
            return
        ids = [self._status(each, timeline, batch) for each in reversed(page.statuses)]
        newest = max(ids, key=order, default="")
        if ids and not newest:
            self._give_up(timeline, batch, f"what was missed on {self._host} can't be read")
        elif order(newest) <= order(timeline.after):
            self._filled(timeline, batch)
        else:
            timeline.after = newest
            timeline.place = max(timeline.place, newest, key=order)
            timeline.pages += 1
            if timeline.pages >= MOST_PAGES:
                self._give_up(timeline, batch, f"more was written on {self._host} than can be fetched")

    def _begin(self, page: Page, timeline: Timeline, batch: _Batch) -> None:
        """The newest status that was there at the beginning is where it goes on after a stop; it isn't delivered."""
        try:
            newest = str(read_status(page.statuses[0]).id) if page.statuses else "0"
        except ValueError:
            newest = ""
        timeline.place = newest
        self._filled(timeline, batch)

    def _filled(self, timeline: Timeline, batch: _Batch) -> None:
        timeline.fill()
        timeline.at = batch.now.timestamp()
        batch.filled = True

    def _give_up(self, timeline: Timeline, batch: _Batch, reason: str) -> None:
        """What was missed stays missing."""
        if timeline.place:
            batch.lost.append(Gap(since=datetime.fromtimestamp(timeline.at, UTC), until=batch.now, reason=reason))
        self._filled(timeline, batch)

    def _pause(self, until: float, now: datetime, otherwise: float) -> None:
        seconds = until - now.timestamp()
        self._next_page = self._clock.monotonic() + (min(seconds, _LONGEST_LIMIT) if seconds > 0 else otherwise)

    def _check_silence(self, timelines: Iterable[Timeline], now: float) -> None:
        for timeline in timelines:
            if now - timeline.heard > self._patience:
                named = f" of #{timeline.name}" if timeline.name else ""
                raise SourceError(
                    f"Mastodon's stream{named} from {self._host} has said nothing for {self._patience:.0f} s. "
                    "Connecting anew."
                )


def _shown(given: object) -> str | bytes:
    try:
        return given if isinstance(given, bytes) else str(given)
    except RecursionError:
        return ""
