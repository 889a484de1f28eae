"""Measures what is said of a brand, or of one segment of it, against what is usual there."""

import math
from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

import msgspec

from alerting.baseline import Expected, Usual, learn, unseen
from alerting.reach import reach_surprise
from alerting.rules import mistakes, share_counts, usual_volume
from alerting.series import BrandSeries, Counts, moment_of
from alerting.settings import AlertingSettings
from alerting.shares import Shares
from alerting.signals import Judged, View
from alerting.surprise import WORTH_JUDGING, Peaks, block_of, by_the_model, surprise
from core.alert import BandPoint, Peak
from core.segment import WHOLE
from core.watched import Watched

_BAND_MINUTES = 5
_DAY_MINUTES = 24 * 60
_VOLUME, _REACH = 0, -1
"""Where surprises of all mentions, and of how many are reached, stand among those of negative ones (under minutes)."""

_FIRST_HOURS = 3
_OF_AN_INCIDENT = 2
"""Half-days over which an incident may reach."""

_LATE, _LATE_SHARE = 20, 0.1


class Parts(NamedTuple):
    """What a gauge is made of: counts, how surprising half-days were, and since when it is watched (None: unknown)."""

    series: BrandSeries
    peaks: Peaks
    sight: Callable[[], Watched | None] | None = None


class Gauge:
    """The counts of a brand or segment, what is usual of them, and how seldom so much comes.

    Args:
        brand: name of the brand.
        settings: the settings.
        parts: what is known so far; the sight is asked anew for every hour.
        segment: the segment; empty for the whole brand.
        whole: of a segment: the gauge of the brand as a whole.
        shares: corrected shares of the brand; None where nothing is known of the model's error.
    """

    def __init__(
        self,
        brand: str,
        settings: AlertingSettings,
        parts: Parts,
        *,
        segment: str = WHOLE,
        whole: "Gauge | None" = None,
        shares: Shares | None = None,
    ) -> None:
        self.segment = segment
        self.series = parts.series
        self.unusual_since: int | None = None
        """The hour (since 1970) from which on nothing is learned; None while what comes is usual."""
        self.over_at: int | None = None
        """The minute (since 1970) in which the last incident ended; a long window that reaches behind it remembers."""
        self._brand = brand
        self._settings = settings
        # What creeps through a single theme for hours can wait until it is seen in the whole.
        short = [minutes for minutes in settings.windows if minutes <= settings.window_minutes]
        self._windows = short or settings.windows[:1] if segment else settings.windows
        self._sight = parts.sight
        self._peaks = parts.peaks
        self._shares = shares
        self._of = whole
        self.unseen_hours: frozenset[int] = frozenset()
        """Hours (since 1970) of the whole's history in which nobody may have looked."""
        self._usual: tuple[int, Usual] | None = None
        self._band: tuple[int, tuple[int, int]] | None = None
        self._asked: tuple[int, Usual] | None = None
        self._answers: dict[int, Expected] = {}
        # So few false alarms are meant for a segment that one incident would keep it from being told of for a month.
        self._peaks.forgiven = _OF_AN_INCIDENT if segment else 0
        self._counted = 0
        self._learned = 0
        self._late = 0

    def add(self, minute: int, change: Counts) -> None:
        """Change the counts of a minute (since 1970)."""
        self.series.add(minute, change)
        self._counted += abs(change.total)
        if self._usual is not None and minute // 60 < self._usual[0]:
            self._late += abs(change.total)

    def count_since(self, hour: int) -> None:
        """Say that a segment is counted since an hour (since 1970): that nobody spoke of it before others did is known.

        It is looked at when somebody speaks of it, so that half-days of which nothing is noted were quiet.
        """
        self.series.first_hour = hour
        self._peaks.quiet_since = block_of(60 * hour) + 1

    def warm(self, minute: int) -> bool:
        """Whether there may be something to see although nothing new is said: enough negative mentions, and too many.

        It follows from the counts alone, so that a worker that starts anew looks where the one before it looked.
        """
        window = self._settings.window_minutes
        if self.series.trailing(minute, window).negative < self._settings.level_minimum[0]:
            return False
        return self._usual_at(minute).learning or self.excess(minute, window) > 0

    def take_peaks(self) -> list[Peak]:
        """The half-days that became more surprising since this was last asked."""
        return self._peaks.take(self._brand, self.segment)

    def many(self, minute: int) -> bool:
        """Whether so much is said that one more mention may be one too many, negative or not."""
        return self.series.trailing(minute, self._settings.window_minutes).total >= self._settings.trend_minimum

    def calm(self, minute: int) -> None:
        """Note that somebody looked and that there was nothing to see."""
        for minutes in (*self._windows, _VOLUME, _REACH):
            self._peaks.note(minutes, minute, 0.0)

    def view(self, minute: int, alarms: float = 1.0) -> View:
        """What the rules look at, of windows whose last minute (since 1970) is `minute`.

        `alarms` is the part of the false alarms put up with that is meant for this gauge.
        """
        window = self._settings.window_minutes
        usual, counts = self._usual_at(minute), self.series.trailing(minute, window)
        happier = counts.negative < usual.share * counts.total
        view = View(
            brand=self._brand,
            segment=self.segment,
            alarms=alarms,
            window=counts,
            expected=self._expected(minute, window, usual),
            usual=usual,
            judged=tuple(self._judged(minute, minutes, usual, happier=happier) for minutes in self._windows),
        )
        if self.segment:
            return view
        view = self._with_reach(self._with_volume(view, minute), minute)
        if self._shares is None or not (self._settings.correct_share and share_counts(view, self._settings)):
            return view
        return msgspec.structs.replace(view, corrected=self._shares.judged(minute, usual.share))

    def weekly_of(self, view: View, minute: int, count: float) -> float:
        """How many times a week so many negative mentions come in the window that is shown."""
        return self._weekly(minute, self._settings.window_minutes, view.usual, view.expected.surprise(count))

    def excess(self, minute: int, minutes: int) -> float:
        """By how many the negative mentions of a window exceed what is expected."""
        expected = self._expected(minute, minutes, self._usual_at(minute))
        return max(0.0, self.series.trailing(minute, minutes).negative - expected.mean)

    def point(self, at: datetime, minute: int) -> BandPoint:
        """What is seen and expected at a moment."""
        window = self.series.trailing(minute, self._settings.window_minutes)
        usual = self._usual_at(minute)
        low, high = self._band_at(minute, usual)
        return BandPoint(
            at=at,
            observed=window.negative,
            total=window.total,
            expected=round(self._expected(minute, self._settings.window_minutes, usual).mean, 2),
            low=low,
            high=high,
            learning=usual.learning,
            segment=self.segment,
        )

    def day_before(self, minute: int) -> list[tuple[int, BandPoint]]:
        """What a segment showed in the day before a minute (since 1970), by the minute, by what is known now."""
        watched = self.series.watched
        parts = Parts(self.series, self._peaks, lambda: watched)
        past = Gauge(self._brand, self._settings, parts, segment=self.segment, whole=self._of)
        past.unusual_since = self.unusual_since
        before = range(minute - _DAY_MINUTES, minute, _BAND_MINUTES)
        return [(each, past.point(moment_of(each + 1), each)) for each in before]

    def _judged(self, minute: int, minutes: int, usual: Usual, *, happier: bool) -> Judged:
        """A window, and how seldom so many negative mentions come in it: by the brand's own past once it has one."""
        counts, expected = self.series.trailing(minute, minutes), self._expected(minute, minutes, usual)
        negative, mistaken = counts.negative, mistakes(counts, expected, usual, self._settings, happier=happier)
        decades = expected.surprise(negative - mistaken)
        self._peaks.note(minutes, minute, decades)
        return Judged(
            minutes=minutes,
            negative=negative,
            before=self.series.window(minute - minutes, minutes).negative if decades >= WORTH_JUDGING else 0,
            expected=expected,
            weekly=self._weekly(minute, minutes, usual, decades),
            mistaken=mistaken,
        )

    def _weekly(self, minute: int, minutes: int, usual: Usual, decades: float) -> float:
        """How many times a week a surprise is reached in a window; infinite where that says nothing."""
        if decades < WORTH_JUDGING or self._too_early(minutes, usual) or self._remembers(minute, minutes):
            return math.inf
        return by_the_model(decades, minutes) if usual.learning else self._peaks.weekly(minutes, minute, decades)

    def _remembers(self, minute: int, minutes: int) -> bool:
        """Whether a long window holds what an incident was about that is over."""
        return minutes > self._settings.window_minutes and self.over_at is not None and minute - minutes < self.over_at

    def _too_early(self, minutes: int, usual: Usual) -> bool:
        """In its first hours nobody knows whether a brand is spoken of ten or a thousand times an hour.

        Of its segments nobody knows before it is judged by its own past.
        """
        if self.segment:
            return usual.learning
        return usual.hours < (_FIRST_HOURS if minutes < self._settings.window_minutes else 1)

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
            volume_before=self.series.window(minute - window, window).total,
            volume_weekly=self._peaks.weekly(_VOLUME, minute, decades),
        )

    def _with_reach(self, view: View, minute: int) -> View:
        """The view with how seldom negative mentions reach so many."""
        decades = reach_surprise(view.window.reach, view.usual.reach * self._settings.window_minutes / 60)
        self._peaks.note(_REACH, minute, decades)
        if decades < WORTH_JUDGING or view.usual.learning:
            return view
        return msgspec.structs.replace(view, reach_weekly=self._peaks.weekly(_REACH, minute, decades))

    def _usual_at(self, minute: int) -> Usual:
        """What is usual, learned anew for every hour from the hours before the window.

        What comes in while something unusual goes on isn't usual, until it has lasted so long that it may be the new
        level.
        """
        until = (minute - self._settings.window_minutes + 1) // 60
        if self.unusual_since is not None:
            until = min(until, max(self.unusual_since, minute // 60 - self._settings.level_shift_hours))
        if self._usual is None or self._usual[0] != until or self._much_is_late():
            self._late, self._learned = 0, self._counted
            self.series.forget(minute)
            self.series.watched = self._watched(self._sight() if self._sight is not None else None)
            if self._of is None:
                self.unseen_hours = unseen(self.series.hours(until), self._settings, self.series.watched)
            self._usual = until, learn(self.series.hours(until), self._settings, self.series.watched)
            self._band = None
        return self._usual[1]

    def _much_is_late(self) -> bool:
        """Whether so much of the past came in since it was learned that it must be learned again: a backlog, say."""
        return self._late >= max(_LATE, _LATE_SHARE * self._learned)

    def _watched(self, watched: Watched | None) -> Watched | None:
        """Since when it is watched.

        A segment is counted since the first mention of any segment, and nobody spoke of it where others spoke: it is
        blind in those hours only in which the brand as a whole is.
        """
        first = self.series.first_hour
        if self._of is None or first is None:
            return watched
        watched = watched or Watched(first + 1)
        return Watched(max(watched.since, first + 1), watched.blind | self._of.unseen_hours)

    def _expected(self, minute: int, minutes: int, usual: Usual) -> Expected:
        """What is usual in a window, kept for the minute: many mentions ask for the same."""
        if self._asked != (minute, usual):
            self._asked, self._answers = (minute, usual), {}
        known = self._answers.get(minutes)
        if known is None:
            known = self._answers[minutes] = usual.expected(minute, minutes)
        return known

    def _band_at(self, minute: int, usual: Usual) -> tuple[int, int]:
        """The band, worked out once for every few minutes: it moves slowly and costs more than all the rest."""
        stretch = minute // _BAND_MINUTES
        if self._band is None or self._band[0] != stretch:
            expected = usual.expected(stretch * _BAND_MINUTES, self._settings.window_minutes)
            self._band = stretch, expected.band()
        return self._band[1]
