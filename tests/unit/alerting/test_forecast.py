"""When the next level is reached, if it goes on."""

from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.baseline import Expected, learn
from alerting.forecast import STEPS, damped, foretold, needed_for
from alerting.rules import baseline_rule
from alerting.series import BrandSeries, Counts, minute_of
from alerting.settings import AlertingSettings
from alerting.signals import Judged, View
from alerting.surprise import by_the_model
from core.alert import Alert, AlertEvent, Level
from core.why import Forecast
from tests.unit.alerting.timeline import START

SETTINGS = AlertingSettings()
AT = minute_of(START)
WORDS = {"en": "", "zh-Hant": "", "zh-Hans": ""}


def view(negative: int, usual: float = 5.0) -> View:
    history = learn([(hour, Counts(20, int(usual), 0)) for hour in range(24 * 14)], SETTINGS)
    return View(
        brand="Nimbus",
        window=Counts(3 * negative, negative, 0),
        expected=Expected(usual, usual, 0.05, usual, 0.05),
        usual=history,
    )


def weekly(count: float, usual: float = 5.0) -> float:
    """As if the brand had no past: by the distribution alone."""
    return by_the_model(Expected(usual, usual, 0.05, usual, 0.05).surprise(count), 60)


def forecast_of(
    by_step: list[int], level: Level = Level.BLUE, event: AlertEvent = AlertEvent.OPENED
) -> Forecast | None:
    """What is foretold after so many negative posts in each of the last steps of ten minutes, the oldest first."""
    series = BrandSeries(28)
    for back, count in enumerate(reversed(by_step)):
        series.add(AT - 10 * back, Counts(count, count, 0))
    seen = view(series.window(AT, 60).negative)
    alert = Alert(
        id="a", brand="Nimbus", incident="i", at=START, event=event, level=level, rule="baseline", reason=WORDS,
        observed=0, expected_low=0, expected_high=0,
    )  # fmt: skip
    return foretold(alert, seen, weekly, series, AT, SETTINGS).forecast


@pytest.mark.parametrize("level", list(Level))
def test_so_many_are_needed_and_no_fewer(level: Level) -> None:
    needed = needed_for(level, view(5), weekly, SETTINGS)
    assert needed is not None

    def reached(count: int) -> bool:
        seen = view(5)
        judged = Judged(minutes=60, negative=count, before=5, expected=seen.expected, weekly=weekly(count))
        changes = {"window": Counts(200, count, 0), "judged": (judged,)}
        signal = baseline_rule(View(**{**_fields(seen), **changes}), SETTINGS)  # type: ignore[arg-type]
        return signal is not None and signal.level >= level

    assert reached(needed)
    assert not reached(needed - 1)


def _fields(seen: View) -> dict[str, object]:
    return {name: getattr(seen, name) for name in seen.__struct_fields__}


def test_a_rise_that_goes_on_reaches_the_next_level_within_its_window() -> None:
    forecast = forecast_of([1, 1, 0, 1, 1, 0, 1, 0, 1, 2, 4, 7, 11])
    assert forecast is not None
    assert forecast.doubt == ""
    assert forecast.at is not None
    assert timedelta(minutes=1) < forecast.at - START <= timedelta(hours=1)
    assert forecast.expected >= forecast.needed


@pytest.mark.parametrize(
    ("by_step", "doubt"),
    [
        ([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 12], "few"),
        ([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1], "few"),
        ([0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 1, 9], "few"),
        ([9, 9, 9, 9, 9, 9, 9, 9, 3, 10, 2, 3, 2], "flat"),
        ([2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 3], "far"),
    ],
    ids=["one leap", "a handful", "just begun", "falling", "slow"],
)
def test_nothing_is_promised_where_too_little_is_known(by_step: list[int], doubt: str) -> None:
    forecast = forecast_of(by_step, Level.YELLOW, AlertEvent.RAISED)
    assert forecast is not None
    assert (forecast.doubt, forecast.at) == (doubt, None)


@pytest.mark.parametrize(
    ("level", "event"),
    [(Level.RED, AlertEvent.RAISED), (Level.BLUE, AlertEvent.LOWERED), (Level.BLUE, AlertEvent.CLOSED)],
    ids=["red", "lowered", "closed"],
)
def test_nothing_is_foretold_of_the_highest_level_or_when_it_falls(level: Level, event: AlertEvent) -> None:
    assert forecast_of([1, 2, 3, 4, 5, 6, 7], level, event) is None


@given(st.lists(st.integers(0, 500), min_size=STEPS + 1, max_size=STEPS + 1))
def test_a_damped_trend_stays_within_bounds(seen: list[int]) -> None:
    """Geometric: all steps together add less than damping / (1 - damping) of the trend."""
    ahead = damped(seen, 200)
    steepest = max(abs(after - before) for before, after in pairwise(seen))
    assert all(0 <= count <= seen[-1] + 9 * steepest + 1e-6 for count in ahead)
