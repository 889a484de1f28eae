"""How far counts vary beyond Poisson noise: the dispersion of a negative binomial, by moments and a prior."""

import numpy as np
from numpy.typing import NDArray

from alerting.settings import AlertingSettings

_LEAST = 0.01
_EXTREME = 0.95

_Floats = NDArray[np.float64]


def estimate(counts: _Floats, means: _Floats, weights: _Floats, settings: AlertingSettings) -> float:
    """The dispersion of counts around their means, drawn towards the prior.

    Each hour weighs by how much it can say: next to nothing where so few mentions are expected that Poisson noise
    drowns the rest.
    """
    return _drawn_to_prior(((counts - means) ** 2 - means) / means**2, means, weights, settings)


def spreads(
    hours: NDArray[np.int64], counts: _Floats, *, means: _Floats, weights: _Floats, settings: AlertingSettings
) -> tuple[float, float]:
    """The dispersion of single hours, and of the longest window, from counts that aren't capped.

    `hours` are since 1970; those that aren't there were not seen.
    """
    single = _robust(counts, means, weights, settings)
    length = max(settings.windows) // 60
    if length <= 1 or len(hours) < 2 * length:
        return single, single
    ones = np.ones(length)
    whole = hours[length - 1 :] - hours[: len(hours) - length + 1] == length - 1
    slow = _robust(
        np.convolve(counts, ones, "valid")[whole],
        np.convolve(means, ones, "valid")[whole],
        weights[length - 1 :][whole] / length,
        settings,
    )
    return single, slow


def _robust(counts: _Floats, means: _Floats, weights: _Floats, settings: AlertingSettings) -> float:
    """As `estimate`, but that the most extreme twentieth is drawn in."""
    each = ((counts - means) ** 2 - means) / means**2
    if len(each):
        each = np.minimum(each, np.quantile(each, _EXTREME))
    return _drawn_to_prior(each, means, weights, settings)


def _drawn_to_prior(each: _Floats, means: _Floats, weights: _Floats, settings: AlertingSettings) -> float:
    tells = weights * (means * settings.usual_dispersion / (1 + means * settings.usual_dispersion)) ** 2
    prior = settings.usual_dispersion_hours
    estimated = (tells @ each + prior * settings.usual_dispersion) / (tells.sum() + prior)
    return max(float(estimated), _LEAST)
