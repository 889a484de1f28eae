"""Numbers for a chart, thinned to what a screen can show. Pure."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from api.schemas.series import SeriesBand, SeriesStep
from core.alert import BandPoint, Tally

MOST_STEPS = 600
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = timedelta(days=1)
_STEPS = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 5, 10, 15, 30, 60, 120, 240, 480))


def step_of(since: datetime, until: datetime) -> timedelta:
    """The shortest step that needs at most about 600 for a range: a round part of a day, or whole days."""
    least = (until - since) / MOST_STEPS
    days = _DAY * -(-least // _DAY)
    return next((step for step in _STEPS if step >= least), days)


def begin(at: datetime, step: timedelta) -> datetime:
    """When the step begins that a moment lies in; steps are counted from 1970, in UTC."""
    return at - (at - _EPOCH) % step


def counts(tallies: Iterable[Tally], since: datetime, until: datetime, step: timedelta) -> tuple[SeriesStep, ...]:
    """Mentions of every step that touches the range; a minute belongs to the step that it begins in."""
    sums: dict[datetime, tuple[int, int]] = {}
    for tally in tallies:
        at = begin(tally.minute, step)
        total, negative = sums.get(at, (0, 0))
        sums[at] = total + tally.total, negative + tally.negative
    steps = []
    at = begin(since, step)
    while at < until:
        total, negative = sums.get(at, (0, 0))
        steps.append(SeriesStep(at=at, total=total, negative=negative))
        at += step
    return tuple(steps)


def band(points: Sequence[BandPoint], step: timedelta) -> tuple[SeriesBand, ...]:
    """Of each step the point with the most negative mentions, so that thinning hides no peak."""
    highest: dict[datetime, BandPoint] = {}
    for point in points:
        at = begin(point.at, step)
        if at not in highest or point.observed > highest[at].observed:
            highest[at] = point
    return tuple(SeriesBand.model_validate(point) for _, point in sorted(highest.items()))
