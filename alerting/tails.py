"""Tail probabilities of counts: negative binomial (Poisson as its limit) and binomial."""

import math
from statistics import NormalDist

_NEARLY_POISSON = 1e-4
_TINY = 1e-300
_PRECISION = 1e-12


def beta_tail(a: float, b: float, x: float) -> float:
    """The regularised incomplete beta function I_x(a, b), for a, b > 0 and 0 <= x <= 1.

    Continued fraction by the modified Lentz method (Press et al., "Numerical Recipes", 3rd ed., section 6.4).
    It converges in the order of sqrt(max(a, b)) rounds.
    """
    if x <= 0.0:
        return 0.0
    if x >= 1.0:
        return 1.0
    log_front = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    front = math.exp(log_front)
    if x < (a + 1.0) / (a + b + 2.0):
        return min(1.0, front * _fraction(a, b, x) / a)
    return max(0.0, 1.0 - front * _fraction(b, a, 1.0 - x) / b)


def _fraction(a: float, b: float, x: float) -> float:
    c, d = 1.0, 1.0 / _away_from_zero(1.0 - (a + b) * x / (a + 1.0))
    value = d
    step, change = 0, 0.0
    while abs(change - 1.0) > _PRECISION:
        step += 1
        even = step * (b - step) * x / ((a + 2 * step - 1.0) * (a + 2 * step))
        d = 1.0 / _away_from_zero(1.0 + even * d)
        c = _away_from_zero(1.0 + even / c)
        value *= d * c
        odd = -(a + step) * (a + b + step) * x / ((a + 2 * step) * (a + 2 * step + 1.0))
        d = 1.0 / _away_from_zero(1.0 + odd * d)
        c = _away_from_zero(1.0 + odd / c)
        change = d * c
        value *= change
    return value


def _away_from_zero(value: float) -> float:
    return value if abs(value) > _TINY else _TINY


def count_tail(count: float, mean: float, dispersion: float) -> float:
    """Probability of `count` or more where `mean` is expected.

    The count is negative binomial with variance mean + dispersion * mean²: a Poisson count whose rate varies by the
    squared coefficient of variation `dispersion`. Towards 0 it becomes Poisson.
    """
    if count <= 0:
        return 1.0
    if mean <= 0:
        return 0.0
    size = 1.0 / max(dispersion, _NEARLY_POISSON)
    return beta_tail(count, size, mean / (mean + size))


def count_quantile(probability: float, mean: float, dispersion: float) -> int:
    """The smallest count that is not exceeded with at least this probability.

    Looked for around what an expansion by mean, variance and skewness says (Cornish and Fisher, "Moments and Cumulants
    in the Specification of Distributions", 1938), because every look costs a tail.
    """
    beyond = 1.0 - probability
    variance = mean + dispersion * mean**2
    deviation = math.sqrt(variance)
    normal = NormalDist().inv_cdf(probability)
    skewness = (mean + 3 * dispersion * mean**2 + 2 * dispersion**2 * mean**3) / max(variance * deviation, _TINY)
    guess = math.floor(mean + deviation * (normal + skewness * (normal**2 - 1) / 6))
    step = max(1, round(deviation / 16))
    low, high = max(guess - step, 0) - 1, max(guess, 0)
    while low >= 0 and count_tail(low + 1, mean, dispersion) <= beyond:
        low, high, step = max(low - step, -1), low, 2 * step
    while count_tail(high + 1, mean, dispersion) > beyond:
        low, high, step = high, high + step, 2 * step
    while high - low > 1:
        middle = (low + high) // 2
        if count_tail(middle + 1, mean, dispersion) > beyond:
            low = middle
        else:
            high = middle
    return high


def share_tail(successes: float, trials: float, share: float, correlation: float) -> float:
    """Probability of `successes` or more in `trials` that each succeed with probability `share`.

    Trials that resemble one another count for less: the number is divided by the design effect
    1 + (trials - 1) * correlation (Kish, "Survey Sampling", 1965, section 5.4).
    """
    if successes <= 0:
        return 1.0
    effect = 1.0 + (trials - 1.0) * correlation
    return beta_tail(successes / effect, (trials - successes) / effect + 1.0, share)
