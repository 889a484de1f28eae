"""Since when each brand is watched, as the store knows it."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from alerting.settings import AlertingSettings
from core.ports.clock import Clock
from core.ports.store import Store
from core.segment import WHOLE, parted
from core.sight import SourceGap, SourceState
from core.watched import Watched, watched

_FRESH_SECONDS = 60.0


class Sights:
    """Asked for every brand at every hour, so what is the same for all of them is read once a minute.

    Args:
        store: where sources write how they stand, and where it is noted since when a brand is configured.
        clock: says what time it is.
        settings: the settings; of them how far back history goes.
    """

    def __init__(self, store: Store, clock: Clock, settings: AlertingSettings) -> None:
        self._store = store
        self._clock = clock
        self._history = timedelta(days=settings.history_days + 2)
        self._read_at = -_FRESH_SECONDS
        self._states: Sequence[SourceState] = ()
        self._gaps: Sequence[SourceGap] = ()
        self._begun: dict[str, datetime] = {}

    def begin(self, brands: Sequence[str]) -> None:
        """From now on these are watched, unless they were before."""
        now = self._clock.now()
        new = [brand for brand in brands if not self._store.cursor(_name(brand))]
        if new:
            with self._store.unit() as unit:
                for brand in new:
                    unit.begin_cursor(_name(brand), now.astimezone(UTC).isoformat())

    def of(self, brand: str, segment: str = WHOLE) -> Watched | None:
        """Since when a brand or segment is watched and when not; None where nothing is known of that."""
        if brand not in self._begun:
            noted = self._store.cursor(_name(brand))
            if not noted:
                return None
            self._begun[brand] = datetime.fromisoformat(noted)
        now = self._clock.now()
        if self._clock.monotonic() - self._read_at >= _FRESH_SECONDS:
            self._read_at = self._clock.monotonic()
            self._states = self._store.source_states()
            self._gaps = self._store.source_gaps(now - self._history, now)
        kind, name = parted(segment)
        source = name if kind == "source" else ""
        return watched(self._begun[brand], self._states, self._gaps, now, source)


def _name(brand: str) -> str:
    return f"watched:{brand}"
