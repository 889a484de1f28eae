"""What is usual for a brand at a moment: expected counts of the trailing window, and how far they vary.

The model is a negative binomial count whose mean is a level times a factor for the hour of the day (and, once there are
weeks of history, for the day of the week). A brand without history has the Gamma prior of its level updated by what
came so far (Gelman et al., section 2.6). Factors are shrunk towards 1 by how little is known about them (precision
weighting as in empirical Bayes; Gelman et al., "Bayesian Data Analysis", 3rd ed., section 5.4), and what remains
unknown widens the margin. Past incidents are held back by capping each hour near the median of its like (winsorising;
Noufaily et al., "An improved algorithm for outbreak detection in multiple surveillance systems", Statistics in Medicine
32, 2013, do the same by down-weighting in the method of Farrington). Over-dispersion is estimated by moments from the
capped counts and a prior.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alerting.dispersion import estimate, spreads
from alerting.series import Counts
from alerting.settings import AlertingSettings
from alerting.surprise import surprise
from alerting.tails import count_quantile
from core.watched import Watched

_BAND_TAIL = 0.05
_CAP_DEVIATIONS = 3.0
_SLOW = 120
"""Windows longer than so many minutes vary less than an hour does, for what is odd in single hours evens out."""

_MONDAY_HOURS = 3 * 24
"""Hour 0 of 1970 was a Thursday: so many hours later than the beginning of its week."""

_Floats = NDArray[np.float64]
_Hours = NDArray[np.int64]


@dataclass(frozen=True)
class Expected:
    """Negative mentions that are usual in a trailing window, as a negative binomial distribution.

    `upper_mean` is above `mean` as long as the rhythm of the day is not well known. A high count is judged by
    `judged_mean` and `judged_dispersion`: halfway (in proportion) between the hour's mean and that of all hours. What
    is a storm at noon is one at night as well, but five voices at four in the morning are not.
    """

    mean: float
    upper_mean: float
    dispersion: float
    judged_mean: float
    judged_dispersion: float

    def surprise(self, count: float) -> float:
        """Decades of improbability of so many or more."""
        return surprise(count, self.judged_mean, self.judged_dispersion)

    def band(self) -> tuple[int, int]:
        """Lowest and highest usual count: nine windows in ten fall between them (both included)."""
        return (
            count_quantile(_BAND_TAIL, self.mean, self.dispersion),
            count_quantile(1 - _BAND_TAIL, self.upper_mean, self.dispersion),
        )


@dataclass(frozen=True)
class Usual:
    """What history says of a brand.

    `rates` and `dispersions` stand for the hours of the day (UTC), `weekday` for Monday to Sunday; `upper_rates` are
    the rates by which a high count is judged. `share` is the usual
    share of negative mentions, `sensitive_share` that of mentions with sensitive words. `learning` is true while there
    is too little history to judge the brand by its own past; `hours` of it are known. `reach` are the followers that
    negative mentions reach in an hour on average.
    """

    rates: tuple[float, ...]
    upper_rates: tuple[float, ...]
    dispersions: tuple[float, ...]
    weekday: tuple[float, ...]
    share: float
    sensitive_share: float
    learning: bool
    judged_dispersion: float
    slow_dispersion: float
    hours: int
    reach: float = 0.0

    @cached_property
    def upper_level(self) -> float:
        """Negative mentions an hour, over all hours of the day."""
        return sum(self.upper_rates) / len(self.upper_rates)

    def expected(self, minute: int, window_minutes: int) -> Expected:
        """For the window of so many minutes whose last one is `minute` (minutes since 1970)."""
        end = minute + 1
        start = end - window_minutes
        mean = upper_mean = weighted = 0.0
        for hour in range(start // 60, minute // 60 + 1):
            part = (min(end, 60 * hour + 60) - max(start, 60 * hour)) / 60
            part *= self.weekday[(hour + _MONDAY_HOURS) // 24 % 7]
            mean += part * self.rates[hour % 24]
            upper_mean += part * self.upper_rates[hour % 24]
            weighted += part * self.rates[hour % 24] * self.dispersions[hour % 24]
        flat = self.upper_level * window_minutes / 60
        return Expected(
            mean=mean,
            upper_mean=upper_mean,
            dispersion=weighted / mean,
            judged_mean=math.sqrt(upper_mean * flat),
            judged_dispersion=self.judged_dispersion if window_minutes <= _SLOW else self.slow_dispersion,
        )


def learn(history: Iterable[tuple[int, Counts]], settings: AlertingSettings, watched: Watched | None = None) -> Usual:
    """What is usual, from whole hours of history: hours since 1970 with their counts, oldest first, empty ones too.

    Stretches in which nothing at all came in for far longer than usual are left out, unless it is known that somebody
    watched: else the source may have been blind.
    """
    rows = _seeing(list(history), settings, watched)
    hours: _Hours = np.array([hour for hour, _ in rows], dtype=np.int64)
    counts: _Floats = np.array([counts for _, counts in rows], dtype=np.float64).reshape(-1, len(Counts()))
    negative = counts[:, 1]
    age_days = (hours[-1] - hours) / 24 if len(hours) else hours.astype(np.float64)
    weights: _Floats = 0.5 ** (age_days / settings.half_life_days)

    if len(rows) < settings.learning_hours:
        rate, upper_rate, spread = _unknown(float(negative.sum()), len(rows), settings)
        rates, upper_rates, dispersions = np.full(24, rate), np.full(24, upper_rate), np.full(24, spread)
        weekday = np.ones(7)
        ordinary = weights
        judged = slow = spread
    else:
        capped = np.minimum(negative, _caps(hours, negative, settings))
        ordinary = np.where(negative <= capped, weights, 0.0)
        rates, dispersions, dispersion = _by_hour(hours, capped, weights, settings)
        weekday = _by_weekday(hours, capped, weights, rates=rates, dispersion=dispersion, settings=settings)
        upper_rates = _upper(rates, len(rows) / 24, settings)
        means = rates[hours % 24] * weekday[(hours + _MONDAY_HOURS) // 24 % 7]
        judged, slow = spreads(hours, negative, means=means, weights=weights, settings=settings)
    total, bad, sensitive, reach = ordinary @ counts if len(rows) else [0.0] * len(Counts())
    return Usual(
        rates=tuple(rates.tolist()),
        upper_rates=tuple(upper_rates.tolist()),
        dispersions=tuple(dispersions.tolist()),
        weekday=tuple(weekday.tolist()),
        share=float(
            (bad + settings.prior_share * settings.prior_share_mentions) / (total + settings.prior_share_mentions)
        ),
        sensitive_share=max(settings.least_sensitive_share, float(sensitive / (total + settings.prior_share_mentions))),
        learning=len(rows) < settings.learning_hours,
        judged_dispersion=judged,
        slow_dispersion=slow,
        hours=len(rows),
        reach=float(reach / ordinary.sum()) if len(rows) and ordinary.any() else 0.0,
    )


def unseen(
    history: Iterable[tuple[int, Counts]], settings: AlertingSettings, watched: Watched | None = None
) -> frozenset[int]:
    """The hours of a history that `learn` leaves out because nobody may have looked."""
    rows = list(history)
    kept = {hour for hour, _ in _seeing(rows, settings, watched)}
    return frozenset(hour for hour, _ in rows if hour not in kept)


def _unknown(negative: float, hours: int, settings: AlertingSettings) -> tuple[float, float, float]:
    """Mean, upper mean and dispersion for a brand that has been watched for a few hours only.

    The mean is that of the Gamma prior after what came. Quiet hours may have been the night: as far as other brands are
    as busy, the next ones may bring a multiple, and the dispersion stays as wide as the rhythm of a day may be.
    """
    shape = 1 / max(settings.prior_dispersion, 1e-3)
    rate = (shape + negative) / (shape / settings.prior_per_hour + hours)
    upper = max(rate, min(settings.rhythm_ratio * rate, settings.prior_per_hour))
    return rate, upper, max(1 / (shape + negative), min(settings.prior_dispersion, settings.rhythm_dispersion))


def _seeing(
    rows: list[tuple[int, Counts]], settings: AlertingSettings, watched: Watched | None
) -> list[tuple[int, Counts]]:
    busy = [counts.total for _, counts in rows if counts.total > 0]
    if not busy:
        return [row for row in rows if watched is not None and watched.sees(row[0])]
    longest = max(float(settings.blind_hours), settings.blind_mentions * len(busy) / sum(busy))
    kept: list[tuple[int, Counts]] = []
    silent: list[tuple[int, Counts]] = []
    for row in rows:
        if watched is not None and watched.sees(row[0]):
            kept.append(row)
        elif row[1].total > 0:
            kept += silent if len(silent) <= longest else []
            silent = []
            kept.append(row)
        else:
            silent.append(row)
    return kept + (silent if len(silent) <= longest else [])


def _caps(hours: _Hours, negative: _Floats, settings: AlertingSettings) -> _Floats:
    """The most that an hour may count: near the median of the same hour and its neighbours on all days."""
    level = float(negative.mean())
    caps = np.empty(24)
    for hour in range(24):
        apart = (hours - hour + 12) % 24 - 12
        like = negative[np.abs(apart) <= 1]
        middle = float(np.median(like)) + 1 / 3 if len(like) else level
        caps[hour] = middle + _CAP_DEVIATIONS * np.sqrt(middle + settings.usual_dispersion * middle**2) + 1
    return caps[hours % 24]


def _by_hour(
    hours: _Hours, counts: _Floats, weights: _Floats, settings: AlertingSettings
) -> tuple[_Floats, _Floats, float]:
    """Mean and dispersion for each hour of the day, and the dispersion without what is unknown of the means."""
    of_day = hours % 24
    level = float((weights @ counts + 0.5) / (weights.sum() + 1))
    known = _smooth(np.bincount(of_day, weights, 24))
    own = np.divide(_smooth(np.bincount(of_day, weights * counts, 24)), known, out=np.full(24, level), where=known > 0)
    prior = settings.hour_variation**2
    dispersion = settings.usual_dispersion
    rates = np.full(24, level)
    for _ in range(2):
        unsure = (1 / np.maximum(rates, 1 / 3) + dispersion) / np.maximum(known, 1e-6)
        rates = np.maximum((prior * own + unsure * level) / (prior + unsure), level / 20)
        dispersion = estimate(counts, rates[of_day], weights, settings)
    unsure = (1 / np.maximum(rates, 1 / 3) + dispersion) / np.maximum(known, 1e-6)
    return rates, dispersion + prior * unsure / (prior + unsure), dispersion


def _by_weekday(
    hours: _Hours,
    counts: _Floats,
    weights: _Floats,
    *,
    rates: _Floats,
    dispersion: float,
    settings: AlertingSettings,
) -> _Floats:
    """Factors for Monday to Sunday; 1 until there are enough weeks. A whole day counts as one observation."""
    weeks = len(hours) / (7 * 24)
    if weeks < settings.weekday_weeks:
        return np.ones(7)
    day = (hours + _MONDAY_HOURS) // 24 % 7
    usual = np.bincount(day, weights * rates[hours % 24], 7)
    own = np.divide(np.bincount(day, weights * counts, 7), usual, out=np.ones(7), where=usual > 0)
    prior = (settings.hour_variation / 2) ** 2
    unsure = (1 / max(24 * float(rates.mean()), 1.0) + dispersion) / weeks
    return (prior * own + unsure) / (prior + unsure)


def _smooth(totals: NDArray[Any]) -> _Floats:
    """Each hour of the day with a quarter of either neighbour."""
    around_the_clock: _Floats = totals.astype(np.float64)
    return 0.5 * around_the_clock + 0.25 * (np.roll(around_the_clock, 1) + np.roll(around_the_clock, -1))


def _upper(rates: _Floats, days: float, settings: AlertingSettings) -> _Floats:
    """The rates, lifted towards the busier half of the day as long as the rhythm of the day is not known."""
    busy = float(np.sort(rates)[12:].mean())
    unknown = min(max(2 - days / settings.rhythm_days, 0.0), 1.0)
    return rates + unknown * np.maximum(busy - rates, 0.0)
