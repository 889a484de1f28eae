"""How soon alarms came and how many were false, over a recorded stream of which somebody says what really happened."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from statistics import median

from msgspec import Struct

from core.alert import Alert, AlertEvent, Level

_QUARTER = timedelta(minutes=15)
_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)
_WEEK = timedelta(days=7)
_HALF = 0.5
_TOLD = (AlertEvent.OPENED, AlertEvent.RAISED)


class RealEvent(Struct, frozen=True, kw_only=True):
    """Something that did happen to a brand, at some time between two moments (UTC)."""

    brand: str
    name: str
    since: datetime
    until: datetime


class Seen(Struct, frozen=True, kw_only=True):
    """A real event: when it began as far as the posts tell, when it was told first, and the highest level.

    `onset` is None where nothing was posted in its time, `told` where no alarm came in it.
    """

    event: RealEvent
    onset: datetime | None
    told: datetime | None
    level: Level | None

    @property
    def delay(self) -> timedelta | None:
        """From onset to alarm; below zero where the alarm came while the rise was still below half of its height."""
        return self.told - self.onset if self.told is not None and self.onset is not None else None


class BrandReview(Struct, frozen=True, kw_only=True):
    """A brand over its time: its real events, the moments of false alarms, and the weeks in which nothing happened."""

    brand: str
    mentions: int
    negative: int
    seen: tuple[Seen, ...]
    false_alarms: tuple[Alert, ...]
    quiet_weeks: float

    @property
    def false_per_week(self) -> float:
        """False alarms in a quiet week."""
        return len(self.false_alarms) / self.quiet_weeks if self.quiet_weeks else 0.0


def onset(negative: Sequence[datetime], event: RealEvent, usual_per_hour: float) -> datetime | None:
    """When an event began, in hindsight: its first quarter of an hour that reached half of its height.

    Its height is by how much its busiest quarter of an hour exceeds the usual number. `negative` are the times of
    negative mentions, in order.
    """
    inside = negative[bisect_left(negative, event.since) : bisect_left(negative, event.until)]
    if not inside:
        return None
    counts = [bisect_left(inside, at + _QUARTER) - index for index, at in enumerate(inside)]
    usual = usual_per_hour / 4
    enough = usual + _HALF * (max(counts) - usual)
    return next(at for at, count in zip(inside, counts, strict=True) if count >= enough)


def review(
    posts: Mapping[str, Sequence[tuple[datetime, bool]]], alerts: Sequence[Alert], events: Sequence[RealEvent]
) -> list[BrandReview]:
    """What each brand's alarms were worth.

    `posts` are the times of each brand's mentions, in order, and whether they are negative. An incident that opened
    within an hour of a real event belongs to it; every other one is a false alarm, trends excepted: they only tell.
    """
    return [_of_brand(brand, ours, [a for a in alerts if a.brand == brand], events) for brand, ours in posts.items()]


def _of_brand(
    brand: str, posts: Sequence[tuple[datetime, bool]], alerts: Sequence[Alert], events: Sequence[RealEvent]
) -> BrandReview:
    negative = [at for at, is_negative in posts if is_negative]
    ours = [event for event in events if event.brand == brand]
    told = [alert for alert in alerts if alert.event in _TOLD and alert.rule != "trend"]
    usual = _usual_per_hour(negative, posts[0][0], posts[-1][0])
    real = {alert.incident for alert in told if any(_around(event, alert.at) for event in ours)}
    opened: dict[str, Alert] = {}
    for alert in told:
        if alert.incident not in real:
            opened.setdefault(alert.incident, alert)
    # Days without any mention don't count: nobody knows whether somebody collected then.
    days = {at.date() for at, _ in posts}
    quiet = len(days) * _DAY - sum((event.until - event.since for event in ours), timedelta())
    return BrandReview(
        brand=brand,
        mentions=len(posts),
        negative=len(negative),
        seen=tuple(_seen(event, negative, told, usual) for event in ours),
        false_alarms=tuple(opened.values()),
        quiet_weeks=max(quiet, timedelta()) / _WEEK,
    )


def _seen(event: RealEvent, negative: Sequence[datetime], told: Sequence[Alert], usual: float) -> Seen:
    during = [alert for alert in told if event.since <= alert.at < event.until]
    return Seen(
        event=event,
        onset=onset(negative, event, usual),
        told=during[0].at if during else None,
        level=max((alert.level for alert in during), default=None),
    )


def _around(event: RealEvent, at: datetime) -> bool:
    return event.since - _HOUR <= at < event.until + _HOUR


def _usual_per_hour(negative: Sequence[datetime], first: datetime, last: datetime) -> float:
    """The median of the hours from the first mention to the last, silent ones included."""
    hours = max(1, (last - first) // _HOUR + 1)
    counts = [0] * hours
    for at in negative:
        counts[(at - first) // _HOUR] += 1
    return float(median(counts))
