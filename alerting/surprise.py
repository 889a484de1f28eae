"""How improbable a count is, in decades, and how often such a count comes back.

A count is compared with the negative binomial distribution that is usual for its window, and then with what the brand
itself has shown: on real streams the tail of a model is too light, and how much too light differs from brand to brand.
So each window keeps the highest surprise of every half-day, and a surprise is judged by how many half-days of the last
weeks came near it.
"""

import math
from collections.abc import Iterable, Sequence

from core.alert import Peak
from core.segment import WHOLE

_NEARLY_POISSON = 1e-4
_DECADE = math.log(10)
_BLOCK_MINUTES = 12 * 60
_WEEK_MINUTES = 7 * 24 * 60

WORTH_JUDGING = 1.0
"""Surprises below one decade come many times a week with every brand."""

_PRIOR_DAYS = 2.0
_PRIOR_FROM = 1.5
_PRIOR_SCALE = 0.35
_WIDTH = 0.4
_ASSUMED = 8
_ASSUMED_SPREAD = 0.5
_CLUMPS = 3.0


def surprise(count: float, mean: float, dispersion: float) -> float:
    """Decades of improbability of `count` or more, where `mean` is usual; 0 up to the mean.

    The Chernoff bound of the upper tail of a negative binomial distribution with variance mean + dispersion * mean²,
    that is its rate function (Dembo and Zeitouni, "Large Deviations Techniques and Applications", section 2.2). It
    never says more than the exact tail, costs two logarithms, and doesn't underflow.
    """
    if count <= mean:
        return 0.0
    mean = max(mean, 1e-6)
    size = 1.0 / max(dispersion, _NEARLY_POISSON)
    rate = count * math.log(count / mean) - (count + size) * math.log((count + size) / (mean + size))
    return max(rate, 0.0) / _DECADE


def by_the_model(decades: float, minutes: int) -> float:
    """How many times a week a surprise is reached in a window of so many minutes, if the model were all there is.

    Looked at all the time, a trailing window crosses a line about three times as often as separate windows do
    (clumping of a moving sum; Aldous, "Probability Approximations via the Poisson Clumping Heuristic", 1989).
    """
    return float(_CLUMPS * _WEEK_MINUTES / minutes * 10.0**-decades)


def together(weekly: Sequence[float]) -> float:
    """What several windows that look at the same posts say together, each by how often a week its surprise comes.

    The harmonic mean, which holds however much they depend on one another (Wilson, "The harmonic mean p-value for
    combining dependent tests", PNAS 116, 2019).
    """
    seldom = sum(1.0 / max(each, 1e-300) for each in weekly)
    return len(weekly) / seldom if seldom else math.inf


def block_of(minute: int) -> int:
    """The half-day (UTC) since 1970 in which a minute since 1970 lies."""
    return minute // _BLOCK_MINUTES


def _width(heights: Sequence[float]) -> float:
    """How far beyond what was reached still counts as near it: further where half-days differ more from one another."""
    count = len(heights)
    mean = sum(heights) / count if count else 0.0
    varied = sum((each - mean) ** 2 for each in heights)
    return _WIDTH * math.sqrt((varied + _ASSUMED * _ASSUMED_SPREAD**2) / (count + _ASSUMED))


class Peaks:
    """The highest surprise of each half-day (UTC), for each window of a brand.

    Args:
        history_days: how far back they count.
        kept: those that a store kept.
    """

    def __init__(self, history_days: int, kept: Iterable[Peak] = ()) -> None:
        self.quiet_since: int | None = None
        """From this half-day on those of which nothing is noted were quiet; None: nobody looked then."""
        self.forgiven = 0
        """So many of the most surprising half-days don't count: one incident in four weeks is no habit."""
        self._blocks = 2 * history_days
        self._highest: dict[int, dict[int, float]] = {}
        self._changed: set[tuple[int, int]] = set()
        for peak in kept:
            self._highest.setdefault(peak.minutes, {})[peak.block] = peak.decades

    def note(self, minutes: int, minute: int, decades: float) -> None:
        """A surprise was seen at a minute (since 1970) in the window of so many minutes; 0 says that somebody looked.

        It goes into the half-day in which it is seen, however late the posts came.
        """
        block = block_of(minute)
        highest = self._highest.setdefault(minutes, {})
        before = highest.get(block)
        if before is None and len(highest) > self._blocks + 2:
            self._highest[minutes] = highest = {
                key: value for key, value in highest.items() if key >= block - self._blocks
            }
        if before is None or decades > before:
            highest[block] = decades
            self._changed.add((minutes, block))

    def weekly(self, minutes: int, minute: int, decades: float) -> float:
        """How many times a week such a surprise is reached, judged at a minute by what came until half a day ago.

        Each half-day counts as having reached it by how near it came: fully, or falling off with how far the logarithm
        of the surprise exceeds that of its own, in parts of how much half-days differ (an exponential kernel). To the
        half-days seen come two days of assumed ones, of which one a day reaches one and a half decades, so that a new
        brand isn't told of every whim.
        """
        if decades < WORTH_JUDGING:
            return math.inf
        height = math.log1p(decades)
        latest = block_of(minute) - 2
        past = [
            math.log1p(highest)
            for block, highest in self._highest.get(minutes, {}).items()
            if latest - self._blocks < block <= latest
        ]
        if self.quiet_since is not None:
            past += [0.0] * max(0, latest - max(latest - self._blocks, self.quiet_since - 1) - len(past))
        seen = len(past) / 2
        past = sorted(past)[: len(past) - self.forgiven] if self.forgiven else past
        width = _width(past)
        reached = sum(math.exp(min(0.0, each - height) / width) for each in past)
        assumed = _PRIOR_DAYS * math.exp(min(0.0, math.log1p(_PRIOR_FROM) - height) / _PRIOR_SCALE)
        return 7.0 * (reached + assumed) / (seen + _PRIOR_DAYS)

    def take(self, brand: str, segment: str = WHOLE) -> list[Peak]:
        """Those that rose since this was last asked, as those of a brand or segment."""
        changed, self._changed = self._changed, set()
        return [
            Peak(brand=brand, segment=segment, minutes=minutes, block=block, decades=self._highest[minutes][block])
            for minutes, block in sorted(changed)
            if block in self._highest[minutes]
        ]
