import random
from collections.abc import Callable

import numpy as np
import pytest

from alerting.baseline import Usual, learn
from alerting.series import Counts, hour_of
from alerting.settings import AlertingSettings
from core.watched import Watched
from tests.unit.alerting.timeline import START, day_rhythm

SETTINGS = AlertingSettings()
FIRST = hour_of(START)


def history(hours: int, rate: Callable[[int], float], seed: int = 5) -> list[tuple[int, Counts]]:
    dice = np.random.default_rng(seed)
    rows = []
    for hour in range(FIRST, FIRST + hours):
        negative = int(dice.poisson(rate(hour)))
        rows.append((hour, Counts(2 * negative, negative, 0)))
    return rows


def mean_at(usual: Usual, hour_of_day: int, day: int = 0) -> float:
    return usual.expected((FIRST + 24 * day + hour_of_day) * 60 + 59, 60).mean


def test_a_new_brand_is_judged_by_the_prior_within_a_wide_margin() -> None:
    usual = learn([], SETTINGS)
    expected = usual.expected(FIRST * 60, 60)
    assert usual.learning
    assert expected.mean == pytest.approx(20.0)
    assert expected.surprise(60) < 1.0 < 2.5 < expected.surprise(300)


def test_a_new_brand_is_soon_known_by_its_own_hours_but_not_by_its_mornings() -> None:
    usual = learn(history(8, lambda _: 1.0), SETTINGS)
    expected = usual.expected(FIRST * 60 + 8 * 60, 60)
    assert expected.mean == pytest.approx(1.0, abs=0.6)
    assert expected.upper_mean == pytest.approx(3 * expected.mean)
    assert expected.surprise(10) < 1.5 < 5.0 < expected.surprise(60)


def test_long_windows_vary_less_than_hours() -> None:
    dice = random.Random(3)
    usual = learn(history(21 * 24, lambda _: 40.0 * dice.gammavariate(4, 0.25)), SETTINGS)
    assert usual.slow_dispersion < usual.judged_dispersion / 2
    minute = FIRST * 60 + 30 * 24 * 60
    assert usual.expected(minute, 360).judged_dispersion == usual.slow_dispersion
    assert usual.expected(minute, 20).judged_dispersion == usual.judged_dispersion


def test_a_storm_at_night_is_judged_halfway_to_the_day() -> None:
    usual = learn(history(21 * 24, lambda hour: day_rhythm(hour % 24)), SETTINGS)
    night, day = (usual.expected((FIRST + hour) * 60 + 59, 60) for hour in (3, 14))
    assert night.mean < 5 < night.judged_mean < 9
    assert night.judged_mean < day.judged_mean < day.mean


def test_a_busy_new_brand_is_judged_by_its_own_mean() -> None:
    usual = learn(history(5, lambda _: 80.0), SETTINGS)
    assert usual.learning
    assert mean_at(usual, 3) == pytest.approx(80.0, rel=0.15)


def test_two_weeks_teach_the_rhythm_of_the_day() -> None:
    usual = learn(history(14 * 24, lambda hour: day_rhythm(hour % 24)), SETTINGS)
    assert not usual.learning
    assert mean_at(usual, 3) == pytest.approx(4.0, rel=0.25)
    assert mean_at(usual, 14) == pytest.approx(16.0, rel=0.15)
    assert usual.upper_rates == usual.rates


def test_in_the_first_week_a_quiet_hour_may_become_as_busy_as_the_day() -> None:
    usual = learn(history(3 * 24, lambda hour: day_rhythm(hour % 24)), SETTINGS)
    night = usual.expected((FIRST + 3) * 60 + 59, 60)
    assert night.mean < 8
    assert night.upper_mean > 13
    assert night.surprise(25) < 2.0


def test_a_window_across_two_hours_expects_parts_of_both() -> None:
    usual = learn(history(14 * 24, lambda hour: day_rhythm(hour % 24)), SETTINGS)
    across = usual.expected((FIRST + 12) * 60 + 29, 60).mean
    assert across == pytest.approx((mean_at(usual, 11) + mean_at(usual, 12)) / 2)


def test_a_past_incident_hardly_moves_what_is_usual() -> None:
    quiet = history(10 * 24, lambda _: 10.0)
    struck = [(hour, Counts(300, 200, 0) if 100 <= number < 104 else c) for number, (hour, c) in enumerate(quiet)]
    before, after = learn(quiet, SETTINGS), learn(struck, SETTINGS)
    hour = 100 % 24 + 1
    assert mean_at(after, hour) < 1.2 * mean_at(before, hour)
    assert after.dispersions[hour] < before.dispersions[hour] + 0.05
    assert after.share == pytest.approx(before.share, abs=0.01)


def test_a_blind_source_is_no_quiet_period() -> None:
    seen = history(6 * 24, lambda _: 10.0)
    blind = [(hour, Counts() if 50 <= number < 98 else counts) for number, (hour, counts) in enumerate(seen)]
    usual = learn(blind, SETTINGS)
    assert mean_at(usual, 60 % 24) == pytest.approx(10.0, rel=0.2)


def test_silence_at_the_end_is_blind_only_where_it_is_long() -> None:
    seen = history(4 * 24, lambda _: 10.0)
    hour = seen[-1][0]
    short = [*seen, *((hour + n, Counts()) for n in range(1, 4))]
    long = [*seen, *((hour + n, Counts()) for n in range(1, 30))]
    assert learn(short, SETTINGS).rates != learn(seen, SETTINGS).rates
    assert learn(long, SETTINGS).rates == learn(seen, SETTINGS).rates


def test_a_brand_that_is_seldom_spoken_of_is_not_blind_between_mentions() -> None:
    rows = [(FIRST + n, Counts(1, 1, 0) if n % 20 == 0 else Counts()) for n in range(400)]
    assert mean_at(learn(rows, SETTINGS), 12) < 0.15


def test_weekdays_are_told_apart_after_weeks_only() -> None:
    def rate(hour: int) -> float:
        return 4.0 if (hour - FIRST) // 24 % 7 >= 5 else 16.0

    young, old = learn(history(14 * 24, rate), SETTINGS), learn(history(28 * 24, rate), SETTINGS)
    assert young.weekday == (1.0,) * 7
    assert mean_at(old, 12, day=28) == pytest.approx(16.0, rel=0.2)
    assert mean_at(old, 12, day=33) < 7.0


def test_restless_hours_widen_the_margin() -> None:
    dice = random.Random(4)
    calm = learn(history(14 * 24, lambda _: 30.0), SETTINGS)
    restless = learn(history(14 * 24, lambda _: 30.0 * dice.gammavariate(4, 0.25)), SETTINGS)
    assert min(restless.dispersions) > 2 * max(calm.dispersions)
    assert restless.expected(FIRST * 60, 60).band()[1] > calm.expected(FIRST * 60, 60).band()[1]


def test_the_band_holds_about_nine_hours_in_ten() -> None:
    usual = learn(history(21 * 24, lambda hour: day_rhythm(hour % 24)), SETTINGS)
    fresh = history(21 * 24, lambda hour: day_rhythm(hour % 24), seed=8)
    bands = [usual.expected(hour * 60 + 59, 60).band() for hour, _ in fresh]
    inside = sum(low <= c.negative <= high for (low, high), (_, c) in zip(bands, fresh, strict=True))
    assert 0.88 < inside / len(fresh) <= 1.0


def test_silence_is_quiet_where_somebody_watched_and_blind_where_nobody_did() -> None:
    busy = history(6 * 24, lambda _: 10.0)
    silent = [(hour, Counts() if 50 <= number < 98 else counts) for number, (hour, counts) in enumerate(busy)]
    quiet = learn(silent, SETTINGS, Watched(FIRST))
    assert mean_at(quiet, 60 % 24) < 8.0 < mean_at(learn(silent, SETTINGS), 60 % 24)
    blind = Watched(FIRST, frozenset(range(FIRST + 50, FIRST + 98)))
    assert mean_at(learn(silent, SETTINGS, blind), 60 % 24) == pytest.approx(mean_at(learn(silent, SETTINGS), 60 % 24))


def test_a_brand_nobody_spoke_of_for_days_is_known_to_be_quiet() -> None:
    nothing = [(FIRST + number, Counts()) for number in range(48)]
    assert learn(nothing, SETTINGS).learning
    known = learn(nothing, SETTINGS, Watched(FIRST))
    assert not known.learning
    assert known.expected((FIRST + 49) * 60, 20).surprise(6) > 4


def test_where_no_long_stretch_was_seen_the_long_window_is_taken_to_vary_as_assumed() -> None:
    every_other = [row for row in history(10 * 24, lambda _: 10.0) if row[0] % 2 == 0]
    assert learn(every_other, SETTINGS).slow_dispersion == pytest.approx(SETTINGS.usual_dispersion)
