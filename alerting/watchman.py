"""Looks whether all sources still see, and raises the alarm where one doesn't: a dead source can't say so itself."""

from collections.abc import Sequence
from datetime import datetime

from alerting.blindness import advance, no_longer_watched, silence_of
from alerting.settings import AlertingSettings
from core.alert import Alert, Incident
from core.events import ALERTS, AlertFired
from core.identity import identity
from core.ports.clock import Clock
from core.ports.store import Store
from core.relay import Relay
from core.sight import BLIND, SourceGap, SourceState, blind_since

_EVERY_SECONDS = 5.0
_LATEST = 200


class Watchman:
    """Answers the `Service` port; one at a time is enough.

    A source that was never run counts from when the watchman began, so that one without credentials is noticed too.
    Incidents of sources that are no longer configured are closed.

    Args:
        sources: the names of the live sources that are configured.
        store: where sources write how they stand, and incidents are kept.
        clock: says what time it is.
        relay: brings alerts to the bus.
        settings: the settings.
    """

    name = "watchman"

    def __init__(
        self, sources: Sequence[str], store: Store, clock: Clock, relay: Relay, settings: AlertingSettings
    ) -> None:
        self._sources = sources
        self._store = store
        self._clock = clock
        self._relay = relay
        self._settings = settings
        self._began = clock.now()
        self._looked = -_EVERY_SECONDS

    def step(self, timeout: float) -> int:
        """Look once in a while, else wait; say how many alerts there were.

        Raises:
            StorageError: the store can't be read or written.
        """
        if self._clock.monotonic() - self._looked < _EVERY_SECONDS:
            self._clock.sleep(timeout)
            return 0
        self._looked = self._clock.monotonic()
        fired = self._look(self._clock.now())
        self._relay.flush()
        return fired

    def close(self) -> None:
        """Nothing is held."""

    def _look(self, now: datetime) -> int:
        known = {state.name: state for state in self._store.source_states()}
        states = {name: known.get(name) or SourceState(name=name, watched_since=self._began) for name in self._sources}
        latest = self._latest()
        still = {name: incident for name, incident in latest.items() if incident.closed_at is None}
        silences = {
            # Sources get their time to connect after a start; an incident from before goes on until they have.
            name: silence_of(state, now, self._settings, awake_since=None if name in still else self._began)
            for name, state in states.items()
        }
        all_blind = all(silence is not None and silence.rule == BLIND for silence in silences.values())
        fired = 0
        for name in sorted({*states, *still}):
            before, state = latest.get(name), states.get(name)
            if state is not None:
                after, alerts = advance(state, before, silences[name], now, all_blind=all_blind)
            else:
                after, alerts = no_longer_watched(name, still[name], now)
                self._note_gap(still[name], now)
            if after is not None and (alerts or (before and int(after.observed) != int(before.observed))):
                fired += self._keep(name, after, alerts)
        return fired

    def _note_gap(self, incident: Incident, now: datetime) -> None:
        """What a source missed is noted by itself when it sees again, which one that was taken out never will."""
        if incident.rule != BLIND:
            return
        reason = "It was taken out of the configuration."
        with self._store.unit() as unit:
            unit.put_source_gap(
                SourceGap(source=incident.source, since=blind_since(incident), until=now, lost=True, reason=reason)
            )

    def _keep(self, name: str, incident: Incident, alerts: Sequence[Alert]) -> int:
        """Write an incident and what is said of it; a minute of blindness more is written too, for the page."""
        with self._store.unit() as unit:
            unit.put_incident(incident)
            for alert in alerts:
                if unit.put_alert(alert):
                    event = AlertFired(id=identity("fired", alert.id), incident=alert.incident, alert=alert)
                    unit.emit(ALERTS, name, event)
        return len(alerts)

    def _latest(self) -> dict[str, Incident]:
        """The latest incident of each source, open ones before closed ones."""
        found: dict[str, Incident] = {}
        open_ones = self._store.incidents(open_only=True, limit=_LATEST).items
        for incident in (*open_ones, *self._store.incidents(limit=_LATEST).items):
            if incident.source:
                found.setdefault(incident.source, incident)
        return found
