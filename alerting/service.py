"""The alerting worker: scored mentions in, incidents and alerts out."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial

import msgspec

from alerting.counting import entry_of, in_order
from alerting.evidence import Evidence, evidence, explained, heard, window_of
from alerting.held import Held, Work
from alerting.restoring import restored
from alerting.series import minute_of, moment_of
from alerting.settings import AlertingSettings
from alerting.shares import Shares
from alerting.sights import Sights
from alerting.surprise import block_of
from alerting.watch import Watch
from core.alert import Alert, AlertEvent, Incident, TallyEntry
from core.errors import ConflictError, InputError
from core.events import ALERTING, ALERTS, MENTIONS_SCORED, AlertFired, MentionScored, decode
from core.identity import identity
from core.mention import StoredMention
from core.model_error import KnownError
from core.ports.bus import Bus, Consumer, Message, Received
from core.ports.clock import Clock
from core.ports.store import Store
from core.ports.unit import Unit
from core.relay import Relay
from core.service import dead_letter

_ATTEMPTS = 3
_OPEN_AT_ONCE = 200


class AlertingService:
    """Counts what arrives on ``mentions.scored``, keeps incidents, and gives alerts to ``alerts``.

    Each batch is one transaction: counts, bands, incidents, alerts and the events in the outbox. Events say which
    mentions to count, the store says how: what they count as is what it keeps. A redelivered mention changes no count,
    and what changes no count is not evaluated. Brands are kept in memory together with the
    version of their counts; where another worker was there meanwhile, they are read anew.

    Args:
        bus: where scored mentions come from.
        store: where counts, incidents and alerts are kept.
        clock: says how far event time may have come, and when a mention was alerted.
        relay: brings alerts to the bus.
        settings: the settings.
        known_error: what is known of the model's error, by language.
        names: what brands are called, by their names; left out of what is said about them.
        brands: names of those that are configured: from now on they are watched, if they weren't before.
        batch: at most so many mentions in a step.
    """

    name = ALERTING

    def __init__(
        self,
        bus: Bus,
        store: Store,
        clock: Clock,
        relay: Relay,
        settings: AlertingSettings,
        *,
        known_error: KnownError | None = None,
        names: Mapping[str, Collection[str]] | None = None,
        brands: Sequence[str] = (),
        batch: int = 500,
    ) -> None:
        self._bus = bus
        self._store = store
        self._clock = clock
        self._relay = relay
        self._settings = settings
        self._known_error = known_error or {}
        self._names = names or {}
        self._brands = brands
        self._batch = batch
        self._sights = Sights(store, clock, settings)
        self._consumer: Consumer | None = None
        self._held: dict[str, Held] = {}
        self._ticked = -1

    def step(self, timeout: float) -> int:
        """Do one batch, waiting at most `timeout` seconds for it; say how many messages were done.

        When nothing more waits, time passes for brands with an open incident. After any error the group is left and
        memory is dropped, so that the batch is delivered again and begins from what the store knows.

        Raises:
            StorageError: the store or the bus can't be written.
            BackPressureError: the readers of the alerts are too far behind.
            ConflictError: another worker keeps changing the counts of the same brand.
        """
        if self._consumer is None:
            self._sights.begin(self._brands)
            self._consumer = self._bus.consumer(ALERTING, (MENTIONS_SCORED,))
        try:
            received = self._consumer.poll(self._batch, timeout)
            if received:
                self._do(received)
            if len(received) < self._batch:
                self._let_time_pass()
            self._relay.flush()
            if received:
                self._consumer.commit(received)
        except BaseException:
            self.close()
            raise
        return len(received)

    def close(self) -> None:
        """Leave the group; what was polled and not committed goes to the next worker."""
        self._held.clear()
        self._ticked = -1
        if self._consumer is not None:
            consumer, self._consumer = self._consumer, None
            consumer.close()

    def _do(self, received: Sequence[Received]) -> None:
        brands: dict[str, list[MentionScored]] = {}
        traces: dict[str, str] = {}
        letters: list[Message] = []
        for message in received:
            try:
                event = decode(message.value, MentionScored)
            except InputError as error:
                letters.append(dead_letter(message, str(error), self.name, self._clock))
                continue
            brands.setdefault(event.mention.brand, []).append(event)
            # An alert follows from many mentions and can belong to the trace of one: that of the last.
            traces[event.mention.brand] = message.trace
        self._transact(lambda: self._countings(brands, traces))
        if letters:
            self._bus.publish(letters)

    def _countings(self, brands: Mapping[str, Sequence[MentionScored]], traces: Mapping[str, str]) -> list[Work]:
        stored = self._store.mentions_by_id(list({e.mention_id for events in brands.values() for e in events}))
        return [self._counting(brand, events, stored, traces[brand]) for brand, events in sorted(brands.items())]

    def _counting(
        self, brand: str, events: Sequence[MentionScored], stored: Mapping[str, StoredMention], trace: str
    ) -> Work:
        oldest = min(event.mention.created_at for event in events)
        latest = self._clock.now() + timedelta(minutes=self._settings.future_minutes)

        def change(unit: Unit, held: Held) -> list[Alert] | None:
            counted, gone = self._entries(events, stored)
            changes = unit.tally(brand, counted, gone)
            if not changes:
                return None
            alerts: list[Alert] = []
            for made in in_order(counted, changes):
                alerts += held.watch.observe(made.at, made.counts, latest, made.segments)
            held.event_time, held.heard_at = held.watch.watermark or latest, self._clock.now()
            return alerts

        return Work(brand, oldest, change, trace)

    def _entries(
        self, events: Sequence[MentionScored], stored: Mapping[str, StoredMention]
    ) -> tuple[list[TallyEntry], list[str]]:
        """What to count, and what was deleted, as the store knows it now.

        An event can be older than the store: it may come again with another time, after an edit, or once its mention
        was erased. What isn't in the store (any more) isn't counted, an edit is counted when its own event comes.
        """
        entries: dict[str, TallyEntry] = {}
        gone: list[str] = []
        for event in events:
            kept = stored.get(event.mention_id)
            if event.kind == "deleted":
                gone.append(event.mention_id)
            elif kept is not None and event.mention.revision >= kept.mention.revision:
                entries[event.mention_id] = entry_of(kept.mention, kept.score, self._settings)
        return list(entries.values()), gone

    def _let_time_pass(self) -> None:
        now = self._clock.now()
        if minute_of(now) == self._ticked:
            return
        self._ticked = minute_of(now)
        for incident in self._store.incidents(open_only=True, limit=_OPEN_AT_ONCE).items:
            if incident.source:
                continue
            self._transact(partial(self._tickings, incident, now))

    def _tickings(self, incident: Incident, now: datetime) -> list[Work]:
        def change(_unit: Unit, held: Held) -> list[Alert] | None:
            before = held.watch.watermark
            alerts = held.watch.tick(held.time_passed(now, timedelta(minutes=self._settings.lateness_minutes)))
            return alerts if held.watch.watermark != before else None

        return [Work(incident.brand, incident.opened_at, change)]

    def _transact(self, plan: Callable[[], Sequence[Work]]) -> None:
        """Do work on some brands in one transaction; where another worker was there meanwhile, all is planned anew."""
        for _ in range(_ATTEMPTS):
            work = plan()
            # Read before the transaction begins: while it is open, other stages may wait.
            held = {one.brand: self._held.get(one.brand) or self._load(one.brand, one.oldest) for one in work}
            try:
                with self._store.unit() as unit:
                    changed = [held[one.brand] for one in work if self._work_on(unit, one, held[one.brand])]
            except _Overtaken as overtaken:
                brand = overtaken.brand
                # What the watches have seen was rolled back with everything else.
                for one in work:
                    self._held.pop(one.brand, None)
                continue
            for each in changed:
                each.version += 1
            return
        raise ConflictError(
            f"the counts of {brand} were changed by another worker {_ATTEMPTS} times in a row; they will be tried again"
        )

    def _work_on(self, unit: Unit, one: Work, held: Held) -> bool:
        """Whether it changed anything."""
        alerts = one.change(unit, held)
        if alerts is None:
            return False
        if not unit.claim_series(one.brand, held.version):
            raise _Overtaken(one.brand)
        self._keep(unit, held.watch, alerts, one.trace)
        return True

    def _load(self, brand: str, oldest: datetime) -> Held:
        """Read a brand's state. Its history is as long as the oldest mention at hand needs it."""
        now = self._clock.now()
        since = min(now, oldest) - timedelta(days=self._settings.history_days + 2)
        begin = block_of(minute_of(min(now, oldest))) - 2 * self._settings.history_days - 2
        version, tallies = self._store.series(brand, since)
        counted = [*tallies, *self._store.segments(brand, since)]
        series, peaks, segments = restored(counted, self._store.peaks(brand, begin), self._settings)
        incidents = self._store.latest_incidents(brand)
        past = [moment_of(series.last_minute)] if series.last_minute is not None else []
        past += [incident.updated_at for incident in incidents]
        latest = now + timedelta(minutes=self._settings.future_minutes)
        watermark = min(max(past), latest) if past else None
        shares = Shares(brand, self._known_error, self._store.label_counts, self._settings)
        watch = Watch(
            brand,
            self._settings,
            series,
            incidents,
            watermark,
            shares=shares if self._known_error else None,
            peaks=peaks,
            sight=partial(self._sights.of, brand),
            hear=partial(heard, self._store),
            segments=segments,
        )
        held = Held(watch, version, watermark or now, now)
        self._held[brand] = held
        return held

    def _keep(self, unit: Unit, watch: Watch, alerts: Sequence[Alert], trace: str) -> None:
        unit.put_band(watch.brand, watch.take_points())
        unit.put_peaks(watch.take_peaks())
        windows = watch.take_windows()
        firing: dict[str, list[tuple[datetime, str]]] = {}
        for alert in alerts:
            if alert.event in {AlertEvent.OPENED, AlertEvent.RAISED}:
                firing.setdefault(alert.incident, []).append((windows[alert.id], alert.segment))
        evidences: dict[str, Evidence] = {}
        for incident, ends in firing.items():
            found = evidences[incident] = evidence(self._store, watch.brand, ends, self._settings)
            watch.name_themes(incident, found.themes)
            unit.mark(found.mentions, "alerted", self._clock.now())
        opened: dict[str, datetime] = {}
        for changed in watch.take_incidents():
            opened[changed.id] = changed.opened_at
            unit.put_incident(changed)
        for alert in alerts:
            told = alert
            if alert.event in {AlertEvent.OPENED, AlertEvent.RAISED}:
                of_window = window_of(alert, windows[alert.id], self._settings)
                names = self._names.get(watch.brand, ())
                found = evidences[alert.incident]
                why = explained(self._store, alert, found, of_window, opened[alert.incident], names)
                told = msgspec.structs.replace(alert, why=why)
            if unit.put_alert(told):
                event = AlertFired(id=identity("fired", told.id), incident=told.incident, alert=told)
                unit.emit(ALERTS, told.brand, event, trace)


class _Overtaken(Exception):  # noqa: N818 - it rolls the transaction back and goes no further
    """Another worker changed the counts of a brand meanwhile."""

    def __init__(self, brand: str) -> None:
        super().__init__(brand)
        self.brand = brand
