"""A small chart as numbers for SVG: negative mentions in the trailing window over the band that is usual. Pure."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby, pairwise

from msgspec.structs import replace

from core.alert import BandPoint
from core.sight import SourceGap

WIDTH, HEIGHT = 600, 120
"""The drawing's own units; the page stretches it."""

_MOST_POINTS = 300
_LEAST_BAND = 3.0
"""The band is drawn at least so high, in the drawing's units: a narrow one must be seen too."""
_LEAST_STRETCH = 0.002
"""Of the drawing's width."""

_MINUTE = timedelta(minutes=1)
_GAP = timedelta(minutes=2)


@dataclass(frozen=True)
class Stretch:
    """A gap in the drawing's units: where it begins and how wide it is; `lost` if it wasn't filled later."""

    x: float
    width: float
    lost: bool


@dataclass(frozen=True)
class Band:
    """The outline of what is usual, over a stretch of time; while `learning` that isn't known yet."""

    outline: str
    learning: bool


@dataclass(frozen=True)
class SmallChart:
    """Paths in the drawing's units, and what stands at its edges. `x` and `y` mark the latest point in percent."""

    bands: tuple[Band, ...]
    line: str
    total: str
    top: int
    since: datetime
    until: datetime
    latest: BandPoint
    x: float
    y: float
    gaps: tuple[Stretch, ...] = ()


def stretches(gaps: Iterable[SourceGap], since: datetime, until: datetime, width: float) -> tuple[Stretch, ...]:
    """The gaps that touch a range, on a drawing so wide; the shortest can still be seen."""
    scale = width / (until - since).total_seconds()
    return tuple(
        Stretch(
            x=scale * (max(gap.since, since) - since).total_seconds(),
            width=max(scale * (min(gap.until, until) - max(gap.since, since)).total_seconds(), _LEAST_STRETCH * width),
            lost=gap.lost,
        )
        for gap in gaps
        if gap.since < until and since < gap.until
    )


def small_chart(
    points: Sequence[BandPoint], since: datetime, until: datetime, gaps: Iterable[SourceGap] = ()
) -> SmallChart | None:
    """The chart of the points between two moments, and of what wasn't seen; None with fewer than two points."""
    if len(points) < 2:
        return None
    shown = thinned(points, _MOST_POINTS)
    top = nice_top(max(max(point.observed, point.high) for point in shown))
    seconds = max((until - since).total_seconds(), 1.0)

    def x(at: datetime) -> float:
        return WIDTH * min(1.0, max(0.0, (at - since).total_seconds() / seconds))

    def y(value: float) -> float:
        return HEIGHT * (1 - min(1.0, max(0.0, value / top)))

    def path(points: Sequence[BandPoint], value: Callable[[BandPoint], float]) -> str:
        return " ".join(f"{x(point.at):.1f},{y(value(point)):.1f}" for point in points)

    def upper(point: BandPoint) -> float:
        return max(0.0, min(y(point.high), y(point.low) - _LEAST_BAND))

    def outline(points: Sequence[BandPoint]) -> str:
        above = " ".join(f"{x(point.at):.1f},{upper(point):.1f}" for point in points)
        return f"{above} {path(tuple(reversed(points)), lambda point: point.low)}"

    latest = shown[-1]
    return SmallChart(
        bands=tuple(Band(outline(points), points[0].learning) for points in _by_knowledge(shown)),
        line=path(shown, lambda point: point.observed),
        total=path(shown, lambda point: point.total),
        top=top,
        since=since,
        until=until,
        latest=latest,
        x=100 * x(latest.at) / WIDTH,
        y=100 * y(latest.observed) / HEIGHT,
        gaps=stretches(gaps, since, until, WIDTH),
    )


def _by_knowledge(points: Sequence[BandPoint]) -> list[list[BandPoint]]:
    """The points in stretches in which the usual level was known, or wasn't; each reaches to where the next begins."""
    runs = [list(run) for _, run in groupby(points, key=lambda point: point.learning)]
    for run, following in pairwise(runs):
        run.append(replace(run[-1], at=following[0].at))
    return runs


def held(points: Sequence[BandPoint], since: datetime, until: datetime, window: timedelta) -> list[BandPoint]:
    """The points of a range with its gaps filled: what was last seen holds until the next point, or to the end.

    A point that lies ahead is drawn at the end. Points are written with mentions, so nothing has come in during a gap,
    and after a `window` without mentions the trailing one holds none.
    """
    filled: list[BandPoint] = []
    points = [replace(point, at=until) if until < point.at else point for point in points]
    for at, point in enumerate(points):
        following = points[at + 1].at - _MINUTE if at + 1 < len(points) else until
        filled.append(point)
        if following - point.at < _GAP:
            continue
        emptied = point.at + window
        if emptied < following:
            nothing = replace(point, observed=0.0, total=0.0)
            filled += [replace(point, at=emptied), replace(nothing, at=emptied), replace(nothing, at=following)]
        else:
            filled.append(replace(point, at=following))
    within = [point for point in filled if since <= point.at <= until]
    before = [point for point in filled if point.at < since]
    return [replace(before[-1], at=since), *within] if before else within


def thinned(points: Sequence[BandPoint], most: int) -> Sequence[BandPoint]:
    """At most about `most` points, evenly picked; each stretch keeps its highest, and the last point stays."""
    if len(points) <= most:
        return points
    step = -(-len(points) // most)
    kept = [max(points[at : at + step], key=lambda point: point.observed) for at in range(0, len(points), step)]
    return kept if kept[-1] is points[-1] else [*kept, points[-1]]


def nice_top(value: float) -> int:
    """The next of 5, 10, 20, 50, 100 … that is not below a value: a scale that doesn't twitch."""
    top = 5
    while top < value:
        top = top * 2 if str(top)[0] in "15" else top * 5 // 2
    return top
