"""Watches one brand: counts come in, alerts come out. Service and backtest share it, so that they agree."""

import math
from collections.abc import Callable
from datetime import datetime
from functools import partial

import msgspec

from alerting.baseline import Expected, Usual, learn
from alerting.forecast import foretold
from alerting.incidents import advance
from alerting.rules import Judged, View, mistakes, share_counts, signals, usual_volume
from alerting.series import BrandSeries, Counts, hour_of, minute_of, moment_of
from alerting.settings import AlertingSettings
from alerting.shares import Shares
from alerting.surprise import WORTH_JUDGING, Peaks, by_the_model, surprise
from alerting.voices import Hearing, Listening
from alerting.wording import joined
from core.alert import Alert, AlertEvent, BandPoint, Incident, Level, Peak
from core.watched import Watched

_BAND_MINUTES = 5
_VOLUME = 0
"""Where the surprises of all mentions together stand among those of negative ones, which stand under their minutes."""

_FIRST_HOURS = 3
_RISING = (AlertEvent.OPENED, AlertEvent.RAISED)


class Watch:
    """The alarm of one brand on event time.

    What it says depends only on the order in which changes come in, not on how they are cut into batches or on how fast
    they are played: whatever was posted is evaluated when it comes in, and while an incident is open every minute
    in between is evaluated as well, so that calm is seen when it begins.

    Args:
        brand: name of the brand.
        settings: the settings.
        series: its counts so far.
        incident: its latest incident, open or closed.
        watermark: event time up to which everything has been evaluated; None for a brand that is new.
        shares: its corrected shares; None where nothing is known of the model's error.
        peaks: how surprising its half-days were.
        hear: says how many voices spoke negatively between two moments (both included); None: nobody asks.
        sight: says since when it is watched and in which hours nobody looked, asked anew for every hour.
    """

    def __init__(  # noqa: PLR0917 - what a brand is made of
        self,
        brand: str,
        settings: AlertingSettings,
        series: BrandSeries,
        incident: Incident | None = None,
        watermark: datetime | None = None,
        shares: Shares | None = None,
        peaks: Peaks | None = None,
        sight: Callable[[], Watched | None] | None = None,
        hear: Hearing | None = None,
    ) -> None:
        self.brand = brand
        self.incident = incident
        self.watermark = watermark
        self._settings = settings
        self._series = series
        self._shares = shares
        self._sight = sight
        self._listening = Listening(brand, hear, settings) if hear is not None else None
        self._peaks = peaks or Peaks(settings.history_days)
        self._usual: tuple[int, Usual] | None = None
        self._band: tuple[int, tuple[int, int]] | None = None
        self._asked: tuple[int, Usual] | None = None
        self._answers: dict[int, Expected] = {}
        self._points: dict[int, BandPoint] = {}
        self._changed: dict[str, Incident] = {}
        self._windows: dict[str, datetime] = {}

    @property
    def open(self) -> bool:
        """Whether there is an open incident."""
        return self.incident is not None and self.incident.closed_at is None

    def observe(self, posted: datetime, change: Counts, latest: datetime | None = None) -> list[Alert]:
        """Take in a change of the counts at `posted` (event time).

        Late changes are placed where they belong and judged by what they do to the present window. `latest` holds the
        watermark back where a mention is dated in the future: it counts when its time has come.
        """
        seen = posted if latest is None else min(posted, latest)
        alerts = self.tick(seen)
        if self.watermark is None or seen > self.watermark:
            self.watermark = seen
        self._series.add(minute_of(posted), change)
        if change.negative > 0 or change.sensitive > 0:
            alerts += self._evaluate(self.watermark, minute_of(self.watermark))
        else:
            alerts += self._glance(self.watermark, minute_of(self.watermark))
        return alerts

    def tick(self, until: datetime) -> list[Alert]:
        """Let event time pass, as far as an open incident needs it: evaluate the end of every minute up to `until`."""
        alerts: list[Alert] = []
        while self.open and self.watermark is not None:
            end = moment_of(minute_of(self.watermark) + 1)
            if end > until:
                break
            self.watermark = end
            alerts += self._evaluate(end, minute_of(end) - 1)
        return alerts

    def take_points(self) -> list[BandPoint]:
        """What was seen and expected since this was last asked, at most one row a minute."""
        points, self._points = list(self._points.values()), {}
        return points

    def take_peaks(self) -> list[Peak]:
        """The half-days that became more surprising since this was last asked."""
        return self._peaks.take(self.brand)

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
        if self.incident is not None and self.incident.id == incident:
            self.incident = msgspec.structs.replace(self.incident, themes=themes)
        self._changed[incident] = msgspec.structs.replace(self._changed[incident], themes=themes)

    def _evaluate(self, at: datetime, minute: int) -> list[Alert]:
        view = self._view(minute)
        found = signals(view, self._settings)
        if self._listening is not None:
            now = self.incident.level if self.open and self.incident is not None else Level.BLUE
            found = self._listening.judged(found, now, at)
        if not (found or self.open):
            self._note(at, minute)
            return []
        self.incident, alerts = advance(self.brand, self.incident, found, self._note(at, minute), self._settings)
        alerts = tuple(self._with_share(alert, view, at, minute) for alert in alerts)
        weekly = partial(self._weekly_of, view, minute)
        alerts = tuple(foretold(alert, view, weekly, self._series, minute, self._settings) for alert in alerts)
        if self.incident is not None:
            self._changed[self.incident.id] = self.incident
        self._windows.update((alert.id, moment_of(minute + 1)) for alert in alerts)
        return list(alerts)

    def _glance(self, at: datetime, minute: int) -> list[Alert]:
        """What a mention that isn't negative can do: be one too many for a usual day, if there are very many."""
        if self._series.trailing(minute, self._settings.window_minutes).total >= self._settings.trend_minimum:
            return self._evaluate(at, minute)
        for minutes in (*self._settings.windows, _VOLUME):
            self._peaks.note(minutes, minute, 0.0)
        self._note(at, minute)
        return []

    def _view(self, minute: int) -> View:
        window = self._settings.window_minutes
        usual, counts = self._usual_at(minute), self._series.trailing(minute, window)
        happier = counts.negative < usual.share * counts.total
        view = View(
            brand=self.brand,
            window=counts,
            expected=self._expected(minute, window, usual),
            usual=usual,
            judged=tuple(self._judged(minute, minutes, usual, happier=happier) for minutes in self._settings.windows),
        )
        view = self._with_volume(view, minute)
        if self._shares is None or not (self._settings.correct_share and share_counts(view, self._settings)):
            return view
        return msgspec.structs.replace(view, corrected=self._shares.judged(minute, usual.share))

    def _judged(self, minute: int, minutes: int, usual: Usual, *, happier: bool) -> Judged:
        """A window, and how seldom so many negative mentions come in it: by the brand's own past once it has one."""
        counts, expected = self._series.trailing(minute, minutes), self._expected(minute, minutes, usual)
        negative, mistaken = counts.negative, mistakes(counts, expected, usual, self._settings, happier=happier)
        decades = expected.surprise(negative - mistaken)
        self._peaks.note(minutes, minute, decades)
        return Judged(
            minutes=minutes,
            negative=negative,
            before=self._series.window(minute - minutes, minutes).negative if decades >= WORTH_JUDGING else 0,
            expected=expected,
            weekly=self._weekly(minute, minutes, usual, decades),
            mistaken=mistaken,
        )

    def _weekly(self, minute: int, minutes: int, usual: Usual, decades: float) -> float:
        """How many times a week a surprise is reached in a window; infinite where that says nothing."""
        if decades < WORTH_JUDGING or self._too_early(minutes, usual):
            return math.inf
        return by_the_model(decades, minutes) if usual.learning else self._peaks.weekly(minutes, minute, decades)

    def _weekly_of(self, view: View, minute: int, count: float) -> float:
        """How many times a week so many negative mentions come in the window that is shown."""
        return self._weekly(minute, self._settings.window_minutes, view.usual, view.expected.surprise(count))

    def _with_volume(self, view: View, minute: int) -> View:
        """The view with how seldom so many mentions of any kind come."""
        expected, total = view.expected, view.window.total
        decades = surprise(total, usual_volume(expected, view.usual), expected.judged_dispersion)
        self._peaks.note(_VOLUME, minute, decades)
        if decades < WORTH_JUDGING or view.usual.learning:
            return view
        window = self._settings.window_minutes
        return msgspec.structs.replace(
            view,
            volume_before=self._series.window(minute - window, window).total,
            volume_weekly=self._peaks.weekly(_VOLUME, minute, decades),
        )

    def _too_early(self, minutes: int, usual: Usual) -> bool:
        """In its first hours nobody knows whether a brand is spoken of ten or a thousand times an hour."""
        return usual.hours < (_FIRST_HOURS if minutes < self._settings.window_minutes else 1)

    def _with_share(self, alert: Alert, view: View, at: datetime, minute: int) -> Alert:
        """The alert; where one opens or rises, with the corrected share of negative mentions in its reason."""
        shared = alert.rule == "share"
        if self._shares is None or alert.event not in _RISING or (shared and view.corrected is not None):
            return alert
        told = self._shares.told(at, minute, counted_too=not shared)
        if told is None:
            return alert
        reason = joined(alert.reason, told)
        if self.incident is not None and self.incident.reason == alert.reason:
            self.incident = msgspec.structs.replace(self.incident, reason=reason)
        return msgspec.structs.replace(alert, reason=reason)

    def _note(self, at: datetime, minute: int) -> BandPoint:
        window = self._series.trailing(minute, self._settings.window_minutes)
        usual = self._usual_at(minute)
        low, high = self._band_at(minute, usual)
        point = BandPoint(
            at=at,
            observed=window.negative,
            total=window.total,
            expected=round(self._expected(minute, self._settings.window_minutes, usual).mean, 2),
            low=low,
            high=high,
            learning=usual.learning,
        )
        self._points[minute] = msgspec.structs.replace(point, at=moment_of(minute + 1))
        return point

    def _usual_at(self, minute: int) -> Usual:
        """What is usual, learned anew for every hour from the hours before the window.

        What comes in while an incident is open, or may open again, isn't usual, until it has lasted so long that it may
        be the new level.
        """
        until = (minute - self._settings.window_minutes + 1) // 60
        if self.incident is not None and self._recent(self.incident, minute):
            shifted = minute // 60 - self._settings.level_shift_hours
            until = min(until, max(hour_of(self.incident.opened_at), shifted))
        if self._usual is None or self._usual[0] != until:
            self._series.forget(minute)
            if self._sight is not None:
                self._series.watched = self._sight()
            self._usual = until, learn(self._series.hours(until), self._settings, self._series.watched)
            self._band = None
        return self._usual[1]

    def _expected(self, minute: int, minutes: int, usual: Usual) -> Expected:
        """What is usual in a window, kept for the minute: many mentions ask for the same."""
        if self._asked != (minute, usual):
            self._asked, self._answers = (minute, usual), {}
        known = self._answers.get(minutes)
        if known is None:
            known = self._answers[minutes] = usual.expected(minute, minutes)
        return known

    def _recent(self, incident: Incident, minute: int) -> bool:
        return incident.closed_at is None or minute - minute_of(incident.closed_at) <= self._settings.reopen_minutes

    def _band_at(self, minute: int, usual: Usual) -> tuple[int, int]:
        """The band, worked out once for every few minutes: it moves slowly and costs more than all the rest."""
        stretch = minute // _BAND_MINUTES
        if self._band is None or self._band[0] != stretch:
            expected = usual.expected(stretch * _BAND_MINUTES, self._settings.window_minutes)
            self._band = stretch, expected.band()
        return self._band[1]
