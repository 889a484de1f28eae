"""When an incident reaches its next level if it goes on as it does (pure).

The method is Holt's linear trend, damped (Gardner, McKenzie, "Forecasting Trends in Time Series", Management Science
31, 1985): what was counted last, and a trend that is smoothed over the last windows and loses a part of its force with
each step ahead, because no rise goes on for ever. It says what follows if nothing changes, and nothing where too little
is known, where nothing rises, or where the next level lies beyond two windows.
"""

import math
from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise

import msgspec

from alerting.rules import baseline_rule
from alerting.series import BrandSeries, moment_of
from alerting.settings import AlertingSettings
from alerting.signals import Judged, View
from core.alert import Alert, AlertEvent, Level
from core.why import Doubt, Forecast

DAMPING = 0.9
"""What is left of the trend after each step; 0.8 to 0.98 are usual."""
SMOOTHING = 0.5
"""How much the latest change counts for the trend."""

STEPS = 6
"""Steps in a window. As many are looked back at, and twice as many ahead."""

_LEAST_POSTS = 6
_LEAST_RISES = 2
_JUST_BEGUN = 2 / 3
"""A rise of which more lies in the last step has just begun: nobody knows yet how steep it is."""
_MOST = 1_000_000


Weekly = Callable[[float], float]
"""Of a count of negative posts in the trailing window: how many times a week so many come."""


def foretold(  # noqa: PLR0917 - what is seen, and what is made of it
    alert: Alert, view: View, weekly: Weekly, series: BrandSeries, minute: int, settings: AlertingSettings
) -> Alert:
    """An alert that opens or raises an incident, with the forecast; others, and red ones, as they are.

    `view` is what the rules saw of the window whose last minute is `minute`.
    """
    if alert.event not in {AlertEvent.OPENED, AlertEvent.RAISED} or alert.level == Level.RED:
        return alert
    level = Level(alert.level + 1)
    needed = needed_for(level, view, weekly, settings)
    if needed is None:
        return alert
    step = max(1, settings.window_minutes // STEPS)
    seen = [series.window(minute - back * step, settings.window_minutes).negative for back in range(STEPS, -1, -1)]
    ahead = damped(seen, 2 * STEPS)
    doubt, steps = _when(seen, ahead, needed)
    return msgspec.structs.replace(
        alert,
        forecast=Forecast(
            level=int(level),
            needed=needed,
            at=moment_of(minute + 1) + timedelta(minutes=steps * step) if not doubt else None,
            expected=round(ahead[-1]),
            until=moment_of(minute + 1 + 2 * STEPS * step),
            doubt=doubt,
        ),
    )


def needed_for(level: Level, view: View, weekly: Weekly, settings: AlertingSettings) -> int | None:
    """The fewest negative posts in the window by which counting alone gives a level; None where none does.

    The other lengths that are judged beside it say nothing here: they may bring the level with fewer.
    """
    of_window = [judged for judged in view.judged if judged.minutes == settings.window_minutes]
    others = tuple(
        msgspec.structs.replace(judged, weekly=math.inf) for judged in view.judged if judged not in of_window
    )
    mistaken = of_window[0].mistaken if of_window else 0.0

    def reaches(count: int) -> bool:
        window = view.window._replace(negative=count, total=max(count, view.window.total))
        judged = Judged(
            minutes=settings.window_minutes,
            negative=count,
            before=0,
            expected=view.expected,
            weekly=weekly(count - mistaken),
            mistaken=mistaken,
        )
        signal = baseline_rule(msgspec.structs.replace(view, window=window, judged=(judged, *others)), settings)
        return signal is not None and signal.level >= level

    return _least(reaches)


def damped(seen: list[int], steps: int) -> list[float]:
    """What is expected after each of some steps, from counts that were seen one step apart, the oldest first."""
    trend = 0.0
    for before, after in pairwise(seen):
        trend += SMOOTHING * (after - before - trend)
    ahead, count = [], float(seen[-1])
    for _ in range(steps):
        trend *= DAMPING
        count += trend
        ahead.append(max(0.0, count))
    return ahead


def _when(seen: list[int], ahead: list[float], needed: int) -> tuple[Doubt, int]:
    """Why nothing is foretold, or after how many steps so many are reached."""
    if seen[-1] < _LEAST_POSTS:
        return "few", 0
    if ahead[-1] <= seen[-1]:
        return "flat", 0
    rises = [after - before for before, after in pairwise(seen)]
    begun = rises[-1] > _JUST_BEGUN * (seen[-1] - min(seen))
    if begun or sum(rise > 0 for rise in rises) < _LEAST_RISES:
        return "few", 0
    reached = next((number for number, count in enumerate(ahead, 1) if count >= needed), 0)
    return ("", reached) if reached else ("far", 0)


def _least(holds: Callable[[int], bool]) -> int | None:
    """The least number up to a million that something holds for, which holds for all higher ones too."""
    if not holds(_MOST):
        return None
    low, high = 0, _MOST
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle + 1, high)
    return low
