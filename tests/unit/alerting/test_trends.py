"""Whole weeks of made-up brands whose labels are wrong for three in ten, on event time."""

import random
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

import pytest

from alerting.backtest import new_watch
from alerting.series import Counts
from alerting.settings import AlertingSettings
from core.alert import Alert, AlertEvent, Level
from tests.unit.alerting.timeline import START

SETTINGS = AlertingSettings()
NOISE = 0.3
EVENT = START + timedelta(days=9, hours=14)
USUAL_SHARE = 0.2


def stream(
    dice: random.Random,
    an_hour: float,
    *,
    days: float = 10,
    more: float = 0.0,
    share: float = 0.0,
    noise: float = NOISE,
) -> list[tuple[datetime, bool]]:
    """Mentions with their labels until two hours after `EVENT`, from which on there are `more`, some negative.

    `days` says how long before it they begin.
    """
    usual = _arrivals(dice, an_hour, EVENT - timedelta(days=days))
    extra = _arrivals(dice, more, EVENT) if more else ()
    posts = [(at, dice.random() < USUAL_SHARE) for at in usual] + [(at, dice.random() < share) for at in extra]
    return sorted((at, negative != (dice.random() < noise)) for at, negative in posts)


def _arrivals(dice: random.Random, an_hour: float, at: datetime) -> Iterator[datetime]:
    while (at := at + timedelta(hours=dice.expovariate(an_hour))) < EVENT + timedelta(hours=2):
        yield at


def alarms(posts: Iterable[tuple[datetime, bool]], settings: AlertingSettings = SETTINGS) -> list[Alert]:
    watch = new_watch("Nimbus", settings)
    found = []
    for at, negative in posts:
        found += watch.observe(at, Counts(1, int(negative), 0))
        watch.take_points()
    return [alert for alert in found if alert.event in {AlertEvent.OPENED, AlertEvent.RAISED}]


@pytest.mark.parametrize(("an_hour", "days"), [(1.0, 20), (10.0, 10), (100.0, 6), (1000.0, 1.5)])
def test_a_crisis_is_told_from_noise_at_every_size(an_hour: float, days: float) -> None:
    found = alarms(stream(random.Random(7), an_hour, days=days, more=max(40.0, an_hour), share=0.9))
    told = [alert for alert in found if alert.rule == "baseline" and alert.at > EVENT - timedelta(days=1)]
    assert told
    assert timedelta() < told[0].at - EVENT < timedelta(minutes=45)


def test_a_joke_that_goes_viral_is_a_trend_and_no_crisis() -> None:
    found = alarms(stream(random.Random(3), 30.0, more=900.0, share=0.03, noise=0.1))
    assert found
    assert {alert.rule for alert in found} == {"trend"}
    assert {alert.level for alert in found} == {Level.BLUE}
    assert "little of it is negative" in found[0].reason["en"]
    assert found[0].observed > 90


def test_even_where_three_in_ten_labels_are_wrong_a_joke_pages_nobody() -> None:
    found = alarms(stream(random.Random(3), 30.0, more=900.0, share=0.03), AlertingSettings(label_noise=NOISE))
    assert {alert.level for alert in found} == {Level.BLUE}


def test_anger_among_much_talk_is_a_crisis() -> None:
    found = alarms(stream(random.Random(3), 30.0, more=900.0, share=0.6), AlertingSettings(label_noise=NOISE))
    assert max(alert.level for alert in found) == Level.RED
    assert {alert.rule for alert in found if alert.level > Level.BLUE} == {"baseline"}


def test_the_trend_rule_can_be_switched_off() -> None:
    off = AlertingSettings(trend_rule=False)
    assert alarms(stream(random.Random(3), 30.0, more=900.0, share=0.03, noise=0.1), off) == []
