"""The counts of one brand in memory: minutes for the trailing window, hours for what is usual."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from core.alert import Tally
from core.watched import Watched

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Counts(NamedTuple):
    """Mentions in a stretch of time: all of them, the negative ones, those with sensitive words.

    `reach` are the followers of those who wrote the negative ones, once for each mention.
    """

    total: int = 0
    negative: int = 0
    sensitive: int = 0
    reach: int = 0

    def plus(self, other: "Counts") -> "Counts":
        """Both together."""
        return Counts(self[0] + other[0], self[1] + other[1], self[2] + other[2], self[3] + other[3])

    def negated(self) -> "Counts":
        """What takes these back."""
        return Counts(-self[0], -self[1], -self[2], -self[3])


def tallied(tally: Tally) -> Counts:
    """What a store counted of a minute."""
    return Counts(tally.total, tally.negative, tally.sensitive, tally.reach)


_NONE = Counts()
_KEPT_MINUTES = 3 * 24 * 60
"""Two of the longest windows that may be set, and a day for what comes late."""


class _Trailing:
    """The counts of a trailing window, moved along with time instead of being added up anew."""

    def __init__(self, length: int, minutes: dict[int, Counts]) -> None:
        self._length = length
        self._minutes = minutes
        self._last = -1
        self._sum = [0] * len(_NONE)

    def add(self, minute: int, change: Counts) -> None:
        if self._last - self._length < minute <= self._last:
            self._change(1, change)

    def at(self, minute: int) -> Counts:
        if not self._last <= minute < self._last + self._length:
            self._sum = [0] * len(_NONE)
            self._last = minute - self._length
            for key in range(minute - self._length + 1, minute + 1):
                self._change(1, self._minutes.get(key))
            self._last = minute
        for key in range(self._last + 1, minute + 1):
            self._change(1, self._minutes.get(key))
            self._change(-1, self._minutes.get(key - self._length))
        self._last = minute
        return Counts(*self._sum)

    def _change(self, times: int, counts: Counts | None) -> None:
        if counts is not None:
            for index in range(len(_NONE)):
                self._sum[index] += times * counts[index]


def minute_of(moment: datetime) -> int:
    """Minutes since 1970 at which the minute of `moment` begins."""
    return (moment - _EPOCH) // MINUTE


def hour_of(moment: datetime) -> int:
    """Hours since 1970 at which the hour of `moment` begins."""
    return (moment - _EPOCH) // HOUR


def moment_of(minute: int) -> datetime:
    """The moment (UTC) at which a minute begins."""
    return _EPOCH + minute * MINUTE


class BrandSeries:
    """Counts of one brand, changed by tallies, forgetting what is older than needed.

    Args:
        history_days: how many days of hourly counts are kept.
    """

    def __init__(self, history_days: int) -> None:
        self._history_hours = history_days * 24
        self._minutes: dict[int, Counts] = {}
        self._hours: dict[int, Counts] = {}
        self._trailing: dict[int, _Trailing] = {}
        self._forgotten_before = 0
        self.watched: Watched | None = None
        self.first_hour: int | None = None
        self.last_minute: int | None = None

    def load(self, tallies: Iterable[Tally]) -> None:
        """Add what a store kept."""
        for tally in tallies:
            self.add(minute_of(tally.minute), tallied(tally))

    def add(self, minute: int, change: Counts) -> None:
        """Change the counts of a minute; a change may be below zero."""
        hour = minute // 60
        self._minutes[minute] = self._minutes.get(minute, _NONE).plus(change)
        self._hours[hour] = self._hours.get(hour, _NONE).plus(change)
        for trailing in self._trailing.values():
            trailing.add(minute, change)
        if change.total > 0:
            self.first_hour = hour if self.first_hour is None else min(hour, self.first_hour)
            self.last_minute = minute if self.last_minute is None else max(minute, self.last_minute)

    def window(self, minute: int, minutes: int) -> Counts:
        """Counts of the window of so many minutes whose last one is `minute`, added up."""
        within = (self._minutes.get(one) for one in range(minute - minutes + 1, minute + 1))
        found = [counts for counts in within if counts is not None]
        return Counts(*map(sum, zip(*found, strict=True))) if found else _NONE

    def trailing(self, minute: int, minutes: int) -> Counts:
        """Counts of the trailing window of so many minutes whose last one is `minute`; cheap where time goes on."""
        trailing = self._trailing.get(minutes)
        if trailing is None:
            trailing = self._trailing[minutes] = _Trailing(minutes, self._minutes)
        return trailing.at(minute)

    def hours(self, until: int) -> Iterator[tuple[int, Counts]]:
        """The whole hours of history before the hour `until`, oldest first, empty ones included.

        It begins after the hour of the first mention, or when the brand was first watched if that is known: nothing is
        known of the time before. Hours in which sources were blind are left out.
        """
        begun = [] if self.first_hour is None else [self.first_hour + 1]
        begun += [] if self.watched is None else [self.watched.since]
        if begun:
            blind = self.watched.blind if self.watched is not None else frozenset()
            for hour in range(max(min(begun), until - self._history_hours), until):
                if hour not in blind:
                    yield hour, self._hours.get(hour, _NONE)

    def forget(self, minute: int) -> None:
        """Drop what can't matter any more at `minute`: minutes and hours too old for window and history."""
        hour = minute // 60
        if hour <= self._forgotten_before:
            return
        self._forgotten_before = hour
        oldest_minute, oldest_hour = minute - _KEPT_MINUTES, hour - self._history_hours - 48
        self._minutes = {key: counts for key, counts in self._minutes.items() if key >= oldest_minute}
        self._trailing.clear()
        self._hours = {key: counts for key, counts in self._hours.items() if key >= oldest_hour}
