import math
from dataclasses import fields
from datetime import timedelta

import pytest

from alerting.backtest import backtest_mentions
from alerting.settings import BOUNDS, AlertingSettings
from core.alert import Level
from core.errors import ConfigurationError
from tests.unit.alerting.timeline import START, burst, in_time, ordinary


def test_the_defaults_ask_for_one_false_alarm_a_week() -> None:
    assert AlertingSettings().blue_probability == pytest.approx(1 / (3 * 168))


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"false_alarms_per_week": 0.0}, "false_alarms_per_week"),
        ({"window_minutes": 0}, "window_minutes"),
        ({"fixed_counts": (5, 10)}, "fixed_counts"),
        ({"fixed_counts": (5, 10, 8, 20)}, "fixed_counts"),
        ({"fixed_counts": (0, 1, 2, 3)}, "fixed_counts"),
        ({"calm_minutes": 90}, "close_minutes"),
        ({"false_alarms_per_week": 101.0}, "at most 100"),
        ({"window_minutes": 1441}, "at most 1440"),
    ],
)
def test_a_senseless_setting_is_named(wrong: dict[str, object], named: str) -> None:
    with pytest.raises(ConfigurationError, match=named):
        AlertingSettings(**wrong)  # type: ignore[arg-type]


NUMBERS = [field.name for field in fields(AlertingSettings) if type(field.default) in {int, float}]
COUNTS = [field.name for field in fields(AlertingSettings) if isinstance(field.default, tuple)]


@pytest.mark.parametrize("value", [-1, math.nan, math.inf, 10**12, 1e300])
@pytest.mark.parametrize("name", NUMBERS)
def test_no_number_is_below_zero_or_endless(name: str, value: float) -> None:
    with pytest.raises(ConfigurationError, match=f"{name} must be"):
        AlertingSettings(**{name: value})  # type: ignore[arg-type]


@pytest.mark.parametrize("name", COUNTS)
def test_no_count_of_a_level_is_zero(name: str) -> None:
    with pytest.raises(ConfigurationError, match=f"{name} must be"):
        AlertingSettings(**{name: (0, 10, 20, 40)})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "name",
    ["half_life_days", "learning_hours", "prior_per_hour", "usual_dispersion_hours", "rhythm_days"],
)
def test_what_is_divided_by_is_above_zero(name: str) -> None:
    with pytest.raises(ConfigurationError, match=f"{name} must be"):
        AlertingSettings(**{name: 0})  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["share_rise", "prior_share", "share_correlation", "least_sensitive_share"])
def test_a_share_is_at_most_one(name: str) -> None:
    with pytest.raises(ConfigurationError, match="from 0 to 1"):
        AlertingSettings(**{name: 1.01})  # type: ignore[arg-type]


LARGEST = {name: highest for _, highest, _, names in BOUNDS for name in names if name in NUMBERS}


@pytest.mark.parametrize("name", [name for name in LARGEST if name not in {"false_alarms_per_week", "window_minutes"}])
def test_each_number_at_its_most_still_gives_an_alarm_that_works(name: str) -> None:
    highest = type(getattr(AlertingSettings(), name))(LARGEST[name])
    settings = AlertingSettings(
        **{"close_minutes": 90, name: highest, **({"close_minutes": highest} if name == "calm_minutes" else {})}
    )
    list(backtest_mentions(in_time(burst(START, 10, 30)), settings))


def test_every_number_at_its_least_still_gives_an_alarm_that_works() -> None:
    settings = AlertingSettings(
        learning_hours=1,
        prior_dispersion=0,
        hour_variation=0,
        usual_dispersion=0,
        weekday_weeks=0,
        blind_hours=0,
        blind_mentions=0,
        level_shift_hours=0,
        prior_share=0,
        share_correlation=0,
        least_sensitive_share=0,
        calm_minutes=0,
        close_minutes=0,
    )
    stream = in_time(ordinary(3, rate=0.3), burst(START + timedelta(days=2), 80, 30))
    assert any(alert.level == Level.RED for alert in backtest_mentions(stream, settings))
