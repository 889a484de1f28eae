import math
from dataclasses import replace

import msgspec
import pytest

from alerting.baseline import Expected, Usual
from alerting.rules import baseline_rule, fixed_rule, sensitive_rule, share_rule, signals
from alerting.series import Counts
from alerting.settings import AlertingSettings
from alerting.signals import Judged, View
from core.alert import Level
from core.language import LANGUAGES

SETTINGS = AlertingSettings()
KNOWN = Usual(
    rates=(12.0,) * 24,
    upper_rates=(12.0,) * 24,
    dispersions=(0.05,) * 24,
    weekday=(1.0,) * 7,
    share=0.4,
    sensitive_share=0.002,
    learning=False,
    judged_dispersion=0.05,
    slow_dispersion=0.05,
    hours=500,
)


def expected(mean: float, dispersion: float = 0.05) -> Expected:
    return Expected(mean, mean, dispersion, mean, dispersion)


def view(
    negative: int,
    *,
    total: int = 0,
    sensitive: int = 0,
    before: int = 12,
    mean: float = 12.0,
    learning: bool = False,
    weekly: float = 0.001,
) -> View:
    return View(
        brand="Nimbus",
        window=Counts(total or 2 * negative, negative, sensitive),
        expected=expected(mean),
        usual=replace(KNOWN, learning=learning),
        judged=(Judged(minutes=60, negative=negative, before=before, expected=expected(mean), weekly=weekly),),
    )


@pytest.mark.parametrize(
    ("weekly", "level"),
    [(math.inf, 0), (2.0, 0), (1.7, Level.BLUE), (0.4, Level.YELLOW), (0.1, Level.ORANGE), (0.02, Level.RED)],
)
def test_the_more_seldom_so_many_come_the_higher_the_level(weekly: float, level: int) -> None:
    signal = baseline_rule(view(100, weekly=weekly), SETTINGS)
    assert (signal.level if signal else 0) == level


def test_more_false_alarms_that_one_puts_up_with_make_it_more_sensitive() -> None:
    patient = replace(SETTINGS, false_alarms_per_week=4.0)
    assert baseline_rule(view(100, weekly=5.0), SETTINGS) is None
    assert baseline_rule(view(100, weekly=5.0), patient)


def test_several_windows_are_judged_together_and_the_oddest_is_told() -> None:
    short = Judged(minutes=5, negative=30, before=2, expected=expected(1.0), weekly=0.9)
    hour = Judged(minutes=60, negative=40, before=12, expected=expected(12.0), weekly=2.9)
    both, alone = (replace_view(view(40), judged=windows) for windows in ((short, hour), (short, quiet(hour))))
    signal = baseline_rule(both, SETTINGS)
    assert signal
    assert "rose from 2 to 30 in 5 minutes" in signal.reason["en"]
    assert signal.observed == 30
    assert baseline_rule(alone, SETTINGS)
    assert baseline_rule(replace_view(view(40), judged=(quiet(short), hour)), SETTINGS) is None


def test_a_long_window_doesnt_keep_an_alarm_that_is_over() -> None:
    long = Judged(minutes=360, negative=200, before=70, expected=expected(72.0), weekly=0.01)
    over = replace_view(view(12), judged=(long,))
    assert baseline_rule(over, SETTINGS) is None
    # A third more than on average is within what an hour varies by.
    assert baseline_rule(replace_view(view(16), judged=(long,)), SETTINGS) is None
    going_on = replace_view(view(24), judged=(long,))
    signal = baseline_rule(going_on, SETTINGS)
    assert signal
    assert "rose from 70 to 200 in 6 hours" in signal.reason["en"]
    assert "6 小時內" in signal.reason["zh-Hant"]
    assert "6 小时内" in signal.reason["zh-Hans"]


def replace_view(seen: View, judged: tuple[Judged, ...]) -> View:
    return msgspec.structs.replace(seen, judged=judged)


def quiet(window: Judged) -> Judged:
    return msgspec.structs.replace(window, weekly=math.inf)


@pytest.mark.parametrize(
    ("negative", "level"), [(5, 0), (6, Level.BLUE), (9, Level.BLUE), (10, Level.YELLOW), (20, Level.ORANGE)]
)
def test_a_few_complaints_about_a_small_brand_page_nobody_high_up(negative: int, level: int) -> None:
    signal = baseline_rule(view(negative, mean=0.05), SETTINGS)
    assert (signal.level if signal else 0) == level


def test_a_large_brand_needs_more_than_a_significant_trifle() -> None:
    assert expected(10_000.0, 0.0001).surprise(12_000) > 10
    assert baseline_rule(view(12_000, mean=10_000.0), SETTINGS) is None
    assert baseline_rule(view(13_100, mean=10_000.0), SETTINGS)


def test_the_reason_says_what_moved_and_what_is_usual() -> None:
    signal = baseline_rule(view(43), SETTINGS)
    assert signal
    assert signal.reason["en"] == (
        "Negative posts about Nimbus rose from 12 to 43 an hour; usual at this time: "
        f"{signal.expected_low:.0f} to {signal.expected_high:.0f}."
    )
    assert (signal.observed, signal.rule) == (43, "baseline")


def test_a_count_that_stays_high_is_not_said_to_rise() -> None:
    signal = baseline_rule(view(43, before=45), SETTINGS)
    assert signal
    assert "stay high at 43 an hour" in signal.reason["en"]


def test_while_learning_the_reason_admits_it() -> None:
    signal = baseline_rule(view(60, learning=True), SETTINGS)
    assert signal
    assert "not known yet" in signal.reason["en"]


def test_a_turned_mood_warns_the_team_but_nobody_above() -> None:
    signal = share_rule(view(100, total=100, mean=60.0), SETTINGS)
    assert signal
    assert signal.level == Level.YELLOW
    assert (signal.observed, signal.rule) == (1.0, "share")
    assert 0.2 < signal.expected_low < 0.4 < signal.expected_high < 0.6
    assert signal.reason["en"] == (
        "100% of the posts about Nimbus are negative (100 of 100 in an hour); usual: about 40%."
    )


@pytest.mark.parametrize(
    "calm",
    [
        view(20, total=20),  # too few to tell
        view(22, total=40),  # hardly above the usual share
        view(18, total=31),  # above it, but within chance
        view(50, total=60, mean=55.0),  # fewer complaints than usual: only the praise is missing
        view(60, total=60, learning=True),  # nobody knows the usual share yet
    ],
)
def test_the_share_rule_keeps_still(calm: View) -> None:
    assert share_rule(calm, SETTINGS) is None


@pytest.mark.parametrize(
    ("total", "sensitive", "level"),
    [
        (10, 0, 0),
        (10, 1, 0),
        (10, 2, Level.BLUE),
        (10, 3, Level.YELLOW),
        (10, 6, Level.ORANGE),
        (10, 10, Level.ORANGE),
        (1000, 1, 0),  # two in a thousand are usual: up to five
        (1000, 6, 0),
        (1000, 7, Level.BLUE),
    ],
)
def test_sensitive_words_count_above_what_is_usual(total: int, sensitive: int, level: int) -> None:
    signal = sensitive_rule(view(5, total=total, sensitive=sensitive), SETTINGS)
    assert (signal.level if signal else 0) == level


def test_the_rule_of_sensitive_words_can_be_switched_off() -> None:
    assert sensitive_rule(view(5, total=10, sensitive=3), replace(SETTINGS, sensitive_rule=False)) is None


def test_the_reason_counts_sensitive_posts() -> None:
    wary = replace(SETTINGS, sensitive_levels=(1, 3, 6))
    one, many = (sensitive_rule(view(5, total=10, sensitive=count), wary) for count in (1, 4))
    assert one
    assert many
    assert one.reason["en"].startswith("1 post about")
    assert many.reason["en"].startswith("4 posts about")
    usual = sensitive_rule(view(5, total=1000, sensitive=9), SETTINGS)
    assert usual
    assert "usual: up to 5" in usual.reason["en"]


def test_fixed_counts_are_off_until_somebody_sets_them() -> None:
    assert fixed_rule(view(500), SETTINGS) is None


@pytest.mark.parametrize(("negative", "level"), [(9, 0), (10, Level.BLUE), (45, Level.ORANGE), (80, Level.RED)])
def test_fixed_counts_give_their_levels(negative: int, level: int) -> None:
    signal = fixed_rule(view(negative), replace(SETTINGS, fixed_counts=(10, 20, 40, 80)))
    assert (signal.level if signal else 0) == level
    if signal:
        assert signal.expected_high == 9


def test_signals_come_gravest_first_and_in_every_language() -> None:
    everything = replace(SETTINGS, fixed_counts=(10, 20, 40, 80))
    found = signals(view(60, total=60, sensitive=4), everything)
    assert [(signal.rule, signal.level) for signal in found] == [
        ("baseline", Level.RED),
        ("fixed", Level.ORANGE),
        ("sensitive", Level.YELLOW),
        ("share", Level.YELLOW),
    ]
    for signal in found:
        assert set(signal.reason) == set(LANGUAGES)
        assert all(
            ("Nimbus" in words and str(60) in words) or signal.rule == "sensitive" for words in signal.reason.values()
        )
        assert len(set(signal.reason.values())) == 3


def test_other_windows_are_named_by_their_minutes() -> None:
    half = tuple(msgspec.structs.replace(window, minutes=30) for window in view(43).judged)
    signal = baseline_rule(replace_view(view(43), half), replace(SETTINGS, window_minutes=30))
    assert signal
    assert "from 12 to 43 in 30 minutes" in signal.reason["en"]
    assert "30 分鐘內" in signal.reason["zh-Hant"]
    share = share_rule(view(100, total=100, mean=60.0), replace(SETTINGS, window_minutes=30))
    assert share
    assert "in 30 minutes" in share.reason["en"]
