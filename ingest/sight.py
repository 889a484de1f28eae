"""Writes down how a source stands, for whoever watches it, and what it has missed."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from core import sight
from core.ports.clock import Clock
from core.ports.source import Gap, SourceItem
from core.ports.store import Store
from core.sight import SourceGap, SourceState

WRITTEN_EVERY = timedelta(seconds=5)


class Sight:
    """What is told of one source, beginning with what is known of it from before.

    Args:
        name: of the source, as it is configured.
        store: where it is kept.
        clock: dates what comes.
    """

    def __init__(self, name: str, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        now = clock.now()
        known = {state.name: state for state in store.source_states()}
        self._state = known.get(name) or SourceState(name=name, watched_since=now)
        self._written = now - WRITTEN_EVERY
        self._keep(now)

    def note(self, item: SourceItem) -> None:
        """What a source gave has reached the bus.

        Raises:
            StorageError: the store can't be written.
        """
        now = self._clock.now()
        before = self._state
        gaps = [_lost(before.name, each) for each in item.lost]
        if item.heard:
            gaps += self._silence(before, now)
            self._state = sight.heard(self._state, now)
        if item.mentions:
            self._state = sight.brought(self._state, now)
        if gaps or self._state.reason != before.reason or now - self._written >= WRITTEN_EVERY:
            self._keep(now, gaps)

    def failed(self, reason: str) -> None:
        """It couldn't be read.

        Raises:
            StorageError: the store can't be written.
        """
        self._state = sight.failed(self._state, reason)
        self._keep(self._clock.now())

    def _silence(self, before: SourceState, now: datetime) -> list[SourceGap]:
        if before.heard_at is None or now - before.heard_at <= sight.patience(
            before, sight.TIMES, sight.LEAST, sight.MOST
        ):
            return []
        return [SourceGap(source=before.name, since=before.heard_at, until=now, reason=before.reason)]

    def _keep(self, now: datetime, gaps: Sequence[SourceGap] = ()) -> None:
        with self._store.unit() as unit:
            unit.put_source_state(self._state)
            for gap in gaps:
                unit.put_source_gap(gap)
        self._written = now


def _lost(source: str, gap: Gap) -> SourceGap:
    return SourceGap(source=source, since=gap.since, until=gap.until, lost=True, reason=gap.reason)
