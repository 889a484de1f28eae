import pytest

from alerting.settings import AlertingSettings
from core.errors import ConfigurationError


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
    ],
)
def test_a_senseless_setting_is_named(wrong: dict[str, object], named: str) -> None:
    with pytest.raises(ConfigurationError, match=named):
        AlertingSettings(**wrong)  # type: ignore[arg-type]
