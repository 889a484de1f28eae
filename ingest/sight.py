"""Notes how a source stands, for whoever watches it, and what it has missed."""

from collections.abc import Callable
from datetime import datetime, timedelta

from core import sight
from core.ports.clock import Clock
from core.ports.source import Gap, SourceItem
from core.ports.store import Store
from core.ports.unit import Unit
from core.sight import Patience, SourceGap, SourceState

WRITTEN_EVERY = timedelta(seconds=5)


class Sight:
    """What is told of one source, beginning with what is known of it from before.

    What is noted stays here until it is written: together with the source's place, so that a gap that the source tells
    of once isn't forgotten.

    Args:
        name: of the source, as it is configured.
        store: where it is kept.
        clock: dates what comes.
        allowed: how long its network may be silent.
        blot: takes secrets out of the reasons that are kept and shown.
    """

    def __init__(
        self,
        name: str,
        store: Store,
        clock: Clock,
        allowed: Patience | None = None,
        *,
        blot: Callable[[str], str] = str,
    ) -> None:
        self._store = store
        self._clock = clock
        self._allowed = allowed or Patience()
        self._blot = blot
        now = clock.now()
        known = {state.name: state for state in store.source_states()}
        self._state = known.get(name) or SourceState(name=name, watched_since=now)
        self._gaps: list[SourceGap] = []
        self._at_once = True
        self._written = now - WRITTEN_EVERY
        self._write()

    @property
    def due(self) -> bool:
        """Whether there is something that has to be written now."""
        return self._at_once or bool(self._gaps) or self._clock.now() - self._written >= WRITTEN_EVERY

    def note(self, item: SourceItem) -> None:
        """What a source gave has reached the bus."""
        now, before = self._clock.now(), self._state
        self._gaps += [self._lost(each) for each in item.lost]
        if item.heard:
            self._gaps += self._silence(before, now)
            self._state = sight.heard(before, now, self._allowed, item.next_within)
        if item.trouble:
            self._state = sight.failed(self._state, self._blot(item.trouble))
        if item.mentions:
            self._state = sight.brought(self._state, now)
        self._at_once = self._at_once or self._state.reason != before.reason

    def failed(self, reason: str) -> None:
        """It couldn't be read.

        Raises:
            StorageError: the store can't be written.
        """
        self._state = sight.failed(self._state, self._blot(reason))
        self._write()

    def put(self, unit: Unit) -> None:
        """Write what was noted; call `written` once the unit is committed."""
        unit.put_source_state(self._state)
        for gap in self._gaps:
            unit.put_source_gap(gap)

    def written(self) -> None:
        """What was put is kept."""
        self._gaps, self._at_once, self._written = [], False, self._clock.now()

    def _write(self) -> None:
        with self._store.unit() as unit:
            self.put(unit)
        self.written()

    def _silence(self, before: SourceState, now: datetime) -> list[SourceGap]:
        since = before.heard_at or before.watched_since
        if now - since <= sight.patience(before, self._allowed):
            return []
        return [SourceGap(source=before.name, since=since, until=now, reason=before.reason)]

    def _lost(self, gap: Gap) -> SourceGap:
        reason = self._blot(gap.reason)
        return SourceGap(source=self._state.name, since=gap.since, until=gap.until, lost=True, reason=reason)
