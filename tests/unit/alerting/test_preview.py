"""What other settings would have done: the same as the alarm itself, from counts alone."""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

import pytest

from alerting.backtest import backtest_mentions
from alerting.counting import entry_of
from alerting.preview import outcome
from alerting.settings import AlertingSettings
from alerting.trying import CHANGEABLE, changed, written
from core.alert import AlertEvent, Level, Tally
from core.errors import InputError
from core.mention import ScoredMention
from tests.unit.alerting.timeline import START, burst, in_time, ordinary

SETTINGS = AlertingSettings()
CRISIS = START + timedelta(days=4, hours=12)
STREAM = in_time(ordinary(6, rate=0.5), burst(CRISIS, 60, 40))
END = START + timedelta(days=7)


def tallies(stream: Sequence[ScoredMention]) -> list[Tally]:
    total, negative = Counter[object](), Counter[object]()
    for one in stream:
        entry = entry_of(one.mention, one.score, SETTINGS)
        minute = entry.at.replace(second=0, microsecond=0)
        total[minute] += 1
        negative[minute] += entry.negative
    minutes = sorted({one.mention.created_at.replace(second=0, microsecond=0) for one in stream})
    return [Tally(minute=at, total=total[at], negative=negative[at], sensitive=0) for at in minutes]


def test_with_the_present_settings_it_is_what_the_alarm_did() -> None:
    opened = [alert for alert in backtest_mentions(STREAM, SETTINGS) if alert.event == AlertEvent.OPENED]
    found = outcome("Nimbus", tallies(STREAM), SETTINGS, START, END).incidents
    assert len(found) == len(opened) == 1
    assert abs(found[0].opened_at - opened[0].at) <= timedelta(minutes=1)
    assert found[0].closed_at is not None
    assert (found[0].peak, found[0].rule) == (Level.RED, "baseline")


def test_what_lies_before_the_range_is_learned_from_and_not_told() -> None:
    later = outcome("Nimbus", tallies(STREAM), SETTINGS, CRISIS + timedelta(days=1), END)
    assert later.incidents == ()
    assert sum(later.by_level.values()) == 0
    within = outcome("Nimbus", tallies(STREAM), SETTINGS, CRISIS - timedelta(days=1), END)
    assert within.by_level[Level.RED] == 1


def test_stricter_settings_give_fewer_incidents_and_laxer_ones_more() -> None:
    def count(**changes: str) -> int:
        return len(outcome("Nimbus", tallies(STREAM), changed(SETTINGS, changes), START, END).incidents)

    assert count(level_minimum="5000,6000,7000,8000", share_minimum="5000", trend_minimum="5000") == 0
    assert count(false_alarms_per_week="50", level_minimum="2,4,8,16", level_ratio="1.1,1.2,1.3,1.4") > count()


def test_settings_are_read_as_they_are_written() -> None:
    assert changed(SETTINGS, written(SETTINGS)) == SETTINGS
    made = changed(SETTINGS, {"fixed_counts": "5, 10, 20, 40", "sensitive_rule": "false", "window_minutes": "30"})
    assert (made.fixed_counts, made.sensitive_rule, made.window_minutes) == ((5, 10, 20, 40), False, 30)
    assert "page_language" not in CHANGEABLE


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("window_minute", "30", "did you mean 'window_minutes'"),
        ("sensitive_kinds", "legal", "can't be tried on counts"),
        ("window_minutes", "half", "can't be"),
        ("window_minutes", "0", "from 1 to"),
        ("level_minimum", "1,2,3", "can't be"),
        ("close_minutes", "5", "must not be shorter"),
    ],
)
def test_what_can_not_be_tried_is_told_in_words(name: str, value: str, says: str) -> None:
    with pytest.raises(InputError, match=says):
        changed(SETTINGS, {name: value})
