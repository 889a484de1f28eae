"""Drives one source: what it gives goes onto the bus, and the cursor is saved once the bus has it."""

from collections.abc import Callable, Iterator, Sequence

from msgspec import Struct

from core.errors import BackPressureError, SixminuteError, StorageError
from core.events import MENTIONS_RAW, encode, received_event, without_words
from core.mention import Mention
from core.ports.bus import Bus, Message
from core.ports.clock import Clock
from core.ports.source import Removal, Source, SourceItem
from core.ports.store import Store
from core.service import dead_row
from ingest.governor import Governor
from ingest.sight import Sight
from ingest.sources.common import Recent

PATIENCE = 1.0
"""Seconds that one attempt to publish waits for the next stage; a stop is heard between attempts."""
_REMEMBERED = 10_000
"""So many of the last mentions are known here, because they may not be in the store yet when their post is deleted."""


class Totals(Struct, frozen=True):
    """What a poller has done since it began, in mentions and rows.

    `removed` are mentions whose post is gone. `total` is what there was to do at the beginning, None where nobody
    knows.
    """

    accepted: int = 0
    skipped: int = 0
    dead: int = 0
    removed: int = 0
    total: int | None = None


class Poller:
    """Brings what a source gives to the bus: mentions to ``mentions.raw``, what can't be read to its dead letters.

    Delivery is at least once: after a crash between publishing and saving the cursor, the same events come again with
    the same ids. Where the next stage is too far behind, the poller waits and goes on.

    Args:
        cursor: the name under which the store keeps the cursor; by default that of the source.
        progress: is told the totals after each item that brought something.
        sight: is told how the source stands, where somebody watches that.
        governor: counts what has to be paid for, where the network bills.
    """

    name = "ingest"

    def __init__(
        self,
        source: Source,
        bus: Bus,
        store: Store,
        clock: Clock,
        *,
        cursor: str = "",
        progress: Callable[[Totals], None] | None = None,
        sight: Sight | None = None,
        governor: Governor | None = None,
    ) -> None:
        self._source = source
        self._bus = bus
        self._store = store
        self._clock = clock
        self._cursor = cursor or f"source:{source.name}"
        self._progress = progress
        self._sight = sight
        self._governor = governor
        self._items: Iterator[SourceItem] | None = None
        self._waiting: SourceItem | None = None
        self._came_at = clock.now()
        self._saved = ""
        self._recent: Recent[str, Mention] = Recent(_REMEMBERED)
        self.totals = Totals()
        self.finished = False

    def run(self, stop: Callable[[], bool]) -> Totals:
        """Go on until the source has no more or `stop` says so; give back the totals.

        Raises:
            StorageError: the bus or the store can't be written. Going on later delivers again what was not saved.
            InputError: the source can't be read.
        """
        while not (self.finished or stop()):
            self.step(0.0)
        return self.totals

    def step(self, timeout: float) -> int:
        """Deliver one item of the source; say how many mentions and rows it had.

        A finished source waits `timeout` seconds instead.

        Raises:
            StorageError: as `run`.
            InputError: as `run`.
        """
        if self.finished:
            self._clock.sleep(timeout)
            return 0
        item = self._waiting or self._next()
        if item is None:
            self.finished = True
            return 0
        self._waiting = item
        try:
            return self._accept(item)
        except BackPressureError:
            return 0

    def close(self) -> None:
        """Let go of the source; what it gave and the bus didn't take comes again next time."""
        self._items = None
        self._waiting = None

    def _next(self) -> SourceItem | None:
        if self._items is None:
            self._saved = self._store.cursor(self._cursor)
            self._items = self._source.items(self._saved)
        try:
            item = next(self._items, None)
        except Exception as error:
            # An iterator that has raised is spent: the next attempt begins at the saved cursor.
            self._items = None
            # Where the store itself fails, nothing can be told.
            if self._sight and not isinstance(error, StorageError):
                self._sight.failed(_explained(error))
            raise
        # What is read before midnight is billed before midnight, however long the bus has no room for it.
        self._came_at = self._clock.now()
        return item

    def _accept(self, item: SourceItem) -> int:
        gone = self._mentions_in(item.removed, item.mentions)
        messages = [received_message(mention) for mention in item.mentions]
        messages += [deleted_message(mention) for mention in gone]
        messages += [dead_row(raw, reason, self.name, MENTIONS_RAW, self._clock) for raw, reason in item.dead]
        if messages:
            self._bus.publish(messages, PATIENCE)
        self._remember(item.mentions, gone)
        if self._sight:
            self._sight.note(item)
        self._keep(item)
        self._waiting = None
        self._count(item, len(gone))
        if self._governor:
            self._governor.look()
        return len(messages)

    def _keep(self, item: SourceItem) -> None:
        """Save the place, and with it what the way there cost and what was missed: none is known without the others."""
        governor = self._governor if item.read else None
        sight = self._sight if self._sight and self._sight.due else None
        if item.cursor == self._saved and governor is None and sight is None:
            return
        with self._store.unit() as unit:
            unit.save_cursor(self._cursor, item.cursor)
            if governor:
                governor.count(unit, item.read, self._came_at)
            if sight:
                sight.put(unit)
        self._saved = item.cursor
        if sight:
            sight.written()

    def _mentions_in(self, removed: Sequence[Removal], fresh: Sequence[Mention]) -> list[Mention]:
        """The mentions in what was removed; those too that come with it or are still on their way to the store."""
        found: dict[str, Mention] = {}
        for source in {each.source for each in removed}:
            posts = {each.network_id for each in removed if each.source == source and each.network_id}
            authors = {each.author for each in removed if each.source == source and each.author}
            stored = self._store.mentions_in_posts(source, sorted(posts), sorted(authors))
            found.update((mention.id, mention) for mention in stored)
            found.update(
                (mention.id, mention)
                for mention in (*self._recent.values(), *fresh)
                if mention.source == source and (mention.network_id in posts or mention.author in authors)
            )
        return list(found.values())

    def _remember(self, accepted: Sequence[Mention], gone: Sequence[Mention]) -> None:
        for mention in accepted:
            self._recent[mention.id] = mention
        for mention in gone:
            self._recent.pop(mention.id, None)

    def _count(self, item: SourceItem, gone: int) -> None:
        before = self.totals
        self.totals = Totals(
            before.accepted + len(item.mentions),
            before.skipped + item.skipped,
            before.dead + len(item.dead),
            before.removed + gone,
            before.total if item.total is None else item.total,
        )
        if self._progress and self.totals != before:
            self._progress(self.totals)


def _explained(error: Exception) -> str:
    """Why a source failed. What isn't ours to say may hold anything, secrets too: the log has it, a page doesn't."""
    if isinstance(error, SixminuteError):
        return str(error)
    return f"This program failed while it read the source ({type(error).__name__}); the log says where. Trying again."


def received_message(mention: Mention) -> Message:
    """What tells the next stage of a mention, or of an edit of one."""
    event = received_event(mention, "edited" if mention.revision else "posted")
    return Message(MENTIONS_RAW, mention.id, encode(event))


def deleted_message(mention: Mention) -> Message:
    """What tells the next stage that a mention is gone."""
    return Message(MENTIONS_RAW, mention.id, encode(received_event(without_words(mention), "deleted")))
