from datetime import timedelta

import pytest

from alerting.backtest import alert_line, backtest_counts, backtest_mentions
from alerting.counting import entry_of
from alerting.settings import AlertingSettings
from core.alert import AlertEvent
from core.language import LANGUAGES
from core.mention import Label
from tests.unit.alerting.timeline import START, burst, in_time, mention, ordinary

SETTINGS = AlertingSettings()
CRISIS = START + timedelta(days=4, hours=14)


def test_alerts_of_several_brands_come_in_order_of_time_and_end_with_calm() -> None:
    stream = in_time(
        ordinary(5),
        burst(CRISIS, 120, 60),
        ordinary(5, seed=7, brand="Kumo"),
        burst(CRISIS + timedelta(hours=8), 90, 60, brand="Kumo"),
        burst(CRISIS + timedelta(minutes=20), 100, 60, brand="Kumo"),
    )
    alerts = list(backtest_mentions(stream, SETTINGS))
    assert [alert.at for alert in alerts] == sorted(alert.at for alert in alerts)
    for brand in ("Nimbus", "Kumo"):
        of_brand = [alert for alert in alerts if alert.brand == brand]
        assert of_brand[0].event == AlertEvent.OPENED
        assert of_brand[-1].event == AlertEvent.CLOSED


def test_after_the_last_mention_time_goes_on_until_all_is_closed() -> None:
    stream = in_time(ordinary(4.5), burst(CRISIS - timedelta(hours=3), 60, 30))
    alerts = list(backtest_mentions(stream, SETTINGS))
    assert alerts[-1].event == AlertEvent.CLOSED
    assert alerts[-1].at > stream[-1].mention.created_at


def test_the_same_mention_twice_counts_once() -> None:
    stream = in_time(ordinary(4.5), burst(CRISIS - timedelta(hours=3), 60, 30))
    twice = [one for pair in zip(stream, stream, strict=True) for one in pair]
    assert list(backtest_mentions(twice, SETTINGS)) == list(backtest_mentions(stream, SETTINGS))


def test_an_edit_that_takes_the_anger_out_takes_the_count_back() -> None:
    storm = burst(CRISIS - timedelta(hours=3), 60, 30)
    soothed = [
        version
        for one in storm
        for version in (
            one,
            mention(one.mention.created_at, id=one.mention.id, label=Label.NEUTRAL, revision=1),
        )
    ]
    assert list(backtest_mentions(in_time(ordinary(4.4), storm), SETTINGS)) != []
    assert list(backtest_mentions(in_time(ordinary(4.4), soothed), SETTINGS)) == []


@pytest.mark.parametrize(
    ("label", "kinds", "counts"),
    [
        (Label.NEGATIVE, ("legal",), True),
        (Label.NEUTRAL, ("media",), True),
        (Label.POSITIVE, ("legal",), False),
        (Label.POSITIVE, ("safety",), True),
        (Label.NEGATIVE, (), False),
        (Label.NEGATIVE, ("unheard of",), False),
    ],
)
def test_which_mentions_count_as_sensitive(label: Label, kinds: tuple[str, ...], counts: bool) -> None:
    scored = mention(START, label=label, sensitive=kinds)
    entry = entry_of(scored.mention, scored.score, SETTINGS)
    assert (entry.sensitive, entry.negative) == (counts, label == Label.NEGATIVE)


def test_two_sensitive_mentions_raise_at_once_and_only_blue() -> None:
    quiet = [mention(START + timedelta(hours=hour)) for hour in range(48)]
    fire, second = (mention(START + timedelta(hours=30, minutes=minute), sensitive=("safety",)) for minute in (7, 9))
    opened, closed = backtest_mentions(in_time(quiet, [fire, second]), SETTINGS)
    assert (opened.event, opened.level, opened.rule) == (AlertEvent.OPENED, 1, "sensitive")
    assert opened.at == second.mention.created_at
    assert closed.event == AlertEvent.CLOSED


def test_ready_made_counts_give_the_moments_of_crossing() -> None:
    step = timedelta(minutes=5)
    rows = [("calls", START + number * step, 10.0 + number % 3) for number in range(3 * 288)]
    for number in range(800, 812):
        rows[number] = ("calls", rows[number][1], 60.0)
    other = [("mails", moment, 4.4) for _, moment, _ in rows]
    both = [row for pair in zip(rows, other, strict=True) for row in pair]
    found = list(backtest_counts(both, SETTINGS))
    assert len(found) == 1
    series, moment = found[0]
    assert series == "calls"
    assert rows[800][1] <= moment <= rows[811][1]


def test_a_line_has_the_keys_that_scripts_rely_on() -> None:
    alert = next(backtest_mentions(in_time(ordinary(4.5), burst(CRISIS - timedelta(hours=3), 60, 30)), SETTINGS))
    line = alert_line(alert)
    assert list(line) == [
        "brand",
        "incident",
        "at",
        "event",
        "level",
        "rule",
        "reason",
        "reasons",
        "observed",
        "expected_low",
        "expected_high",
        "segment",
    ]
    assert (type(line["level"]), line["event"], line["reason"]) == (int, "opened", alert.reason["en"])
    assert set(line["reasons"]) == set(LANGUAGES)
