import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.surprise import Peaks, by_the_model, surprise, together
from alerting.tails import count_tail

DAY = 24 * 60


def lived(days: int, decades: float) -> Peaks:
    """So many days in whose half-days that surprise was reached."""
    peaks = Peaks(28)
    for half in range(2 * days):
        peaks.note(60, half * 12 * 60, decades)
    return peaks


@given(st.integers(0, 400), st.floats(0.05, 100.0), st.floats(0.0, 2.0))
def test_it_never_says_more_than_the_exact_tail(count: int, mean: float, dispersion: float) -> None:
    tail = count_tail(count, mean, max(dispersion, 1e-4))
    assert surprise(count, mean, dispersion) <= -math.log10(tail) + 1e-6 if tail > 1e-290 else True


@pytest.mark.parametrize(("count", "decades"), [(10, 0.0), (20, 1.7), (40, 11.0), (10**9, 1e9)])
def test_up_to_the_mean_nothing_is_surprising_and_beyond_it_no_count_is_too_large(count: int, decades: float) -> None:
    assert surprise(count, 10.0, 0.0) == pytest.approx(decades, rel=0.1) or surprise(count, 10.0, 0.0) > decades > 1e6


def test_what_varies_more_surprises_less() -> None:
    assert surprise(40, 10.0, 0.5) < surprise(40, 10.0, 0.05) < surprise(40, 10.0, 0.0)


def test_short_windows_have_more_chances_in_a_week() -> None:
    assert by_the_model(3.0, 5) == pytest.approx(12 * by_the_model(3.0, 60))
    assert by_the_model(3.0, 60) == pytest.approx(0.504)


def test_two_windows_say_more_than_one_and_less_than_both_apart() -> None:
    assert together([1.0, 1.0]) == pytest.approx(1.0)
    assert together([1.0, math.inf]) == pytest.approx(2.0)
    assert 0.01 < together([0.01, math.inf, math.inf]) < 1.0
    assert together([math.inf, math.inf]) == math.inf


def test_what_came_every_day_comes_about_fourteen_times_a_week() -> None:
    assert lived(28, 3.0).weekly(60, 28 * DAY, 3.0) == pytest.approx(13.0, rel=0.1)
    assert lived(28, 3.0).weekly(60, 28 * DAY, 1.2) == pytest.approx(14.0, rel=0.1)


def test_what_never_came_near_comes_seldom() -> None:
    often = [lived(28, 2.0).weekly(60, 28 * DAY, decades) for decades in (2.0, 3.0, 5.0, 9.0, 30.0)]
    assert often == sorted(often, reverse=True)
    assert often[-1] < 0.01 < often[1]


def test_a_restless_brand_surprises_less_than_a_calm_one() -> None:
    restless, calm = lived(28, 8.0), lived(28, 1.0)
    assert restless.weekly(60, 28 * DAY, 6.0) > 100 * calm.weekly(60, 28 * DAY, 6.0)


def test_the_running_half_day_and_the_one_before_dont_judge_themselves() -> None:
    peaks = lived(14, 1.0)
    before = peaks.weekly(60, 14 * DAY, 6.0)
    peaks.note(60, 14 * DAY, 6.0)
    peaks.note(60, 14 * DAY - 1, 6.0)
    assert peaks.weekly(60, 14 * DAY, 6.0) == pytest.approx(before)
    assert peaks.weekly(60, 15 * DAY, 6.0) > 5 * before


def test_what_is_older_than_the_history_is_forgotten() -> None:
    peaks = Peaks(7)
    peaks.note(60, 0, 9.0)
    for half in range(1, 40):
        peaks.note(60, half * 12 * 60, 1.0)
    assert peaks.weekly(60, 40 * 12 * 60, 9.0) < 0.05


def test_a_little_is_never_worth_judging() -> None:
    assert Peaks(28).weekly(60, 0, 0.9) == math.inf


def test_a_new_brand_has_assumed_days() -> None:
    assert Peaks(28).weekly(60, 0, 1.5) == pytest.approx(7.0)
    assert Peaks(28).weekly(60, 0, 6.0) < 0.5


def test_what_rose_is_given_once_and_can_be_read_back() -> None:
    peaks = Peaks(28)
    for minute, decades in ((0, 1.0), (1, 2.0), (2, 1.5), (12 * 60, 0.0)):
        peaks.note(60, minute, decades)
    told = peaks.take("Nimbus")
    assert [(peak.brand, peak.minutes, peak.block, peak.decades) for peak in told] == [
        ("Nimbus", 60, 0, 2.0),
        ("Nimbus", 60, 1, 0.0),
    ]
    assert peaks.take("Nimbus") == []
    again = Peaks(28, told)
    assert again.weekly(60, 3 * DAY, 3.0) == peaks.weekly(60, 3 * DAY, 3.0)
