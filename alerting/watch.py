"""Watches one brand: counts come in, alerts come out. Service and backtest share it, so that they agree."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial

import msgspec

from alerting.causes import causes
from alerting.drawing import Drawing
from alerting.forecast import foretold
from alerting.gauge import Gauge, Parts
from alerting.incidents import advance
from alerting.relations import Relations
from alerting.rules import signals, sources_rule
from alerting.series import BrandSeries, Counts, hour_of, minute_of, moment_of
from alerting.settings import AlertingSettings
from alerting.shares import Shares
from alerting.signals import Signal, View
from alerting.surprise import Peaks
from alerting.voices import Hearing, Listening
from alerting.wording import joined
from core.alert import Alert, AlertEvent, BandPoint, Incident, Level, Peak
from core.segment import WHOLE, parted
from core.watched import Watched

_RISING = (AlertEvent.OPENED, AlertEvent.RAISED)

MOST_SEGMENTS = 60
"""Themes and sources of a brand that are watched by themselves: more than there are, unless they are made up."""

Sight = Callable[[str], Watched | None]
"""Of a segment (empty: of the brand): since when it is watched, and in which hours nobody looked."""


class Watch:
    """The alarm of one brand on event time.

    What it says depends only on the order in which changes come in, not on how they are cut into batches or on how fast
    they are played: whatever was posted is evaluated when it comes in, and while an incident is open every minute
    in between is evaluated as well, so that calm is seen when it begins.

    Args:
        brand: name of the brand.
        settings: the settings.
        series: its counts so far.
        incidents: the latest incident, open or closed, of the brand and of each segment that had one.
        watermark: event time up to which everything has been evaluated; None for a brand that is new.
        shares: its corrected shares; None where nothing is known of the model's error.
        peaks: how surprising its half-days were.
        sight: says since when it is watched and in which hours nobody looked, asked anew for every hour.
        hear: says how many voices spoke negatively between two moments (both included); None: nobody asks.
        segments: counts and peaks of its segments.
    """

    def __init__(  # noqa: PLR0917 - what a brand is made of
        self,
        brand: str,
        settings: AlertingSettings,
        series: BrandSeries,
        incidents: Iterable[Incident] = (),
        watermark: datetime | None = None,
        shares: Shares | None = None,
        peaks: Peaks | None = None,
        sight: Sight | None = None,
        hear: Hearing | None = None,
        segments: Mapping[str, tuple[BrandSeries, Peaks]] | None = None,
    ) -> None:
        self.brand = brand
        self.watermark = watermark
        self._settings = settings
        self._shares = shares
        self._sight = sight
        self._incidents = {incident.segment: incident for incident in incidents}
        self._listening = Listening(brand, hear, settings) if hear is not None else None
        whole = Parts(series, peaks or Peaks(settings.history_days), self._sight_of(WHOLE))
        self._whole = Gauge(brand, settings, whole, shares=shares)
        self._gauges: dict[str, Gauge] = {}
        self._segmented_since: int | None = None
        self._restore(segments or {})
        self._drawing = Drawing()
        self._changed: dict[str, Incident] = {}
        self._windows: dict[str, datetime] = {}

    @property
    def incident(self) -> Incident | None:
        """The latest incident, open ones before closed ones."""
        return max(self._incidents.values(), key=lambda each: (each.closed_at is None, each.opened_at), default=None)

    @property
    def open(self) -> bool:
        """Whether there is an open incident."""
        return any(incident.closed_at is None for incident in self._incidents.values())

    def observe(
        self,
        posted: datetime,
        change: Counts,
        latest: datetime | None = None,
        segments: Mapping[str, Counts] | None = None,
    ) -> list[Alert]:
        """Take in a change of the counts at `posted` (event time), and of those of some segments.

        Late changes are placed where they belong and judged by what they do to the present window. `latest` holds the
        watermark back where a mention is dated in the future: it counts when its time has come.
        """
        seen = posted if latest is None else min(posted, latest)
        alerts = self.tick(seen)
        if self.watermark is None or seen > self.watermark:
            self.watermark = seen
        self._whole.add(minute_of(posted), change)
        touched = self._count(minute_of(posted), segments or {})
        at, minute = self.watermark, minute_of(self.watermark)
        if change.negative > 0 or change.sensitive > 0 or self._whole.many(minute):
            return alerts + self._evaluate(at, minute, touched)
        self._whole.calm(minute)
        self._note(at, minute)
        return alerts

    def tick(self, until: datetime) -> list[Alert]:
        """Let event time pass, as far as an open incident needs it: evaluate the end of every minute up to `until`."""
        alerts: list[Alert] = []
        while self.open and self.watermark is not None:
            end = moment_of(minute_of(self.watermark) + 1)
            if end > until:
                break
            self.watermark = end
            alerts += self._evaluate(end, minute_of(end) - 1, ())
        return alerts

    def take_points(self) -> list[BandPoint]:
        """What was seen and expected since this was last asked, also of segments that an incident is about."""
        return self._drawing.take()

    def take_peaks(self) -> list[Peak]:
        """The half-days that became more surprising since this was last asked."""
        return [peak for gauge in (self._whole, *self._gauges.values()) for peak in gauge.take_peaks()]

    def take_incidents(self) -> list[Incident]:
        """The incidents that changed since this was last asked, as they are now: one may close and another open."""
        incidents, self._changed = list(self._changed.values()), {}
        return incidents

    def take_windows(self) -> dict[str, datetime]:
        """Where the windows end in which the alerts since this was last asked were seen, by alert.

        An alert at a full minute can stand for the minute that ends there or for the one that begins.
        """
        windows, self._windows = self._windows, {}
        return windows

    def name_themes(self, incident: str, themes: tuple[str, ...]) -> None:
        """Note what the mentions of an incident that has changed are about."""
        named = self._changed[incident] = msgspec.structs.replace(self._changed[incident], themes=themes)
        if self._incidents[named.segment].id == incident:
            self._incidents[named.segment] = msgspec.structs.replace(self._incidents[named.segment], themes=themes)

    def _count(self, minute: int, segments: Mapping[str, Counts]) -> list[str]:
        """Change the counts of segments; back come those in which more is negative than before."""
        if not self._settings.segment_rule:
            return []
        if any(change.total > 0 for change in segments.values()):
            self._segmented(minute // 60)
        for segment, change in segments.items():
            if segment not in self._gauges:
                if len(self._gauges) >= MOST_SEGMENTS:
                    continue
                self._begin(segment, BrandSeries(self._settings.history_days), Peaks(self._settings.history_days))
            self._gauges[segment].add(minute, change)
        return [segment for segment, change in segments.items() if change.negative > 0 and segment in self._gauges]

    def _restore(self, known: Mapping[str, tuple[BrandSeries, Peaks]]) -> None:
        """Watch those segments that were counted before: of too many those that were spoken of first, as before."""
        begun = {segment: hour for segment, (series, _) in known.items() if (hour := series.first_hour) is not None}
        if begun:
            self._segmented(min(begun.values()))
        for segment in sorted(begun, key=lambda each: (begun[each], each))[:MOST_SEGMENTS]:
            self._begin(segment, *known[segment])

    def _segmented(self, hour: int) -> None:
        """Segments are counted since an hour or before: that nobody had spoken of one is known from then on."""
        if self._segmented_since is None or hour < self._segmented_since:
            self._segmented_since = hour
            for gauge in self._gauges.values():
                gauge.count_since(hour)

    def _begin(self, segment: str, series: BrandSeries, peaks: Peaks) -> None:
        parts = Parts(series, peaks, self._sight_of(segment))
        gauge = self._gauges[segment] = Gauge(self.brand, self._settings, parts, segment=segment, whole=self._whole)
        if self._segmented_since is not None:
            gauge.count_since(self._segmented_since)

    def _sight_of(self, segment: str) -> Callable[[], Watched | None] | None:
        return partial(self._sight, segment) if self._sight is not None else None

    def _evaluate(self, at: datetime, minute: int, touched: Collection[str]) -> list[Alert]:
        views, found = self._look(at, minute, touched)
        point = self._note(at, minute)
        if not (self.open or any(found.values())):
            return []
        gauges = {WHOLE: self._whole, **self._gauges}
        relations = Relations(gauges, self._listening, self._settings, at=at, minute=minute)
        given = causes(found, self._incidents, relations.explained, relations.shared, at, self._settings)
        open_ = [segment for segment, incident in self._incidents.items() if incident.closed_at is None]
        alerts: list[Alert] = []
        for segment in dict.fromkeys((*given, *open_)):
            before = self._incidents.get(segment)
            gauge = self._gauges.get(segment)
            own = self._drawing.note(gauge.point(at, minute), minute) if gauge else point
            after, fired = advance((self.brand, segment), before, given.get(segment, ()), own, self._settings)
            if gauge and any(alert.event is AlertEvent.OPENED for alert in fired):
                self._drawing.add(gauge.day_before(minute))
            if after is not None:
                self._incidents[segment] = self._changed[after.id] = after
            alerts += [self._told(alert, views, at, minute, segment) for alert in fired]
        self._windows.update((alert.id, moment_of(minute + 1)) for alert in alerts)
        return alerts

    def _look(
        self, at: datetime, minute: int, touched: Collection[str]
    ) -> tuple[dict[str, View], dict[str, list[Signal]]]:
        """What the rules see and find in the whole and in those segments in which something may be to be seen."""
        self._whole.unusual_since = self._unusual(minute)
        ended = [each.closed_at or each.ended_before for each in self._incidents.values()]
        self._whole.over_at = max((minute_of(moment) for moment in ended if moment is not None), default=None)
        views = {WHOLE: self._whole.view(minute)}
        open_ = {segment for segment, incident in self._incidents.items() if incident.closed_at is None}
        alarms = self._settings.segment_alarms / max(1, len(self._gauges))
        for segment, gauge in sorted(self._gauges.items()):
            gauge.unusual_since = self._unusual(minute, segment)
            if segment in touched or segment in open_ or gauge.warm(minute):
                views[segment] = gauge.view(minute, alarms)
        whole = views[WHOLE]
        found = {segment: signals(view, self._settings) for segment, view in views.items() if not view.is_nearly(whole)}
        several = self._in_several(views)
        found[WHOLE] += [several] if several else []
        if self._listening is not None:
            found = {segment: self._heard(segment, of_segment, at) for segment, of_segment in found.items()}
        return views, found

    def _in_several(self, views: Mapping[str, View]) -> Signal | None:
        if not self._settings.sources_rule:
            return None
        sources = {segment: view for segment, view in views.items() if parted(segment)[0] == "source"}
        return sources_rule(views[WHOLE], sources, self._settings) if len(sources) > 1 else None

    def _heard(self, segment: str, found: Sequence[Signal], at: datetime) -> list[Signal]:
        """The signals, as far as different voices carry them where they would raise the incident they belong to."""
        if self._listening is None or not found:
            return list(found)
        levels = [
            incident.level
            for incident in self._incidents.values()
            if incident.closed_at is None and segment in {incident.segment, *incident.joined}
        ]
        return self._listening.judged(found, max(levels, default=Level.BLUE), at)

    def _told(self, alert: Alert, views: Mapping[str, View], at: datetime, minute: int, segment: str) -> Alert:
        """The alert with the corrected share and with what is foretold."""
        view = views.get(alert.segment, views[WHOLE])
        gauge = self._gauges.get(alert.segment, self._whole)
        alert = self._with_share(alert, view, at, minute, segment)
        return foretold(alert, view, partial(gauge.weekly_of, view, minute), gauge.series, minute, self._settings)

    def _with_share(self, alert: Alert, view: View, at: datetime, minute: int, segment: str) -> Alert:
        """The alert; where one opens or rises, with the corrected share of negative mentions in its reason."""
        shared = alert.rule == "share"
        if self._shares is None or alert.event not in _RISING or alert.segment:
            return alert
        if shared and view.corrected is not None:
            return alert
        told = self._shares.told(at, minute, counted_too=not shared)
        if told is None:
            return alert
        reason = joined(alert.reason, told)
        incident = self._incidents[segment]
        if incident.reason == alert.reason:
            self._incidents[segment] = msgspec.structs.replace(incident, reason=reason)
            self._changed[incident.id] = self._incidents[segment]
        return msgspec.structs.replace(alert, reason=reason)

    def _note(self, at: datetime, minute: int) -> BandPoint:
        self._whole.unusual_since = self._unusual(minute)
        return self._drawing.note(self._whole.point(at, minute), minute)

    def _unusual(self, minute: int, segment: str = WHOLE) -> int | None:
        """The hour since which something unusual goes on in the whole or in a segment, or may go on again.

        What goes on in any segment goes on in the whole, and what goes on in the whole is in all of them.
        """
        since = [
            hour_of(incident.opened_at)
            for incident in self._incidents.values()
            if segment in {WHOLE, *incident.joined} or incident.segment in {WHOLE, segment}
            if self._recent(incident, minute)
        ]
        return min(since, default=None)

    def _recent(self, incident: Incident, minute: int) -> bool:
        return incident.closed_at is None or minute - minute_of(incident.closed_at) <= self._settings.reopen_minutes
