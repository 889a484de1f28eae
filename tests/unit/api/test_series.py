"""Charts: few enough steps, and nothing lost on the way."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.series import MOST_STEPS, band, begin, counts, step_of
from core.alert import BandPoint, Tally
from tests.fakes import MONDAY

moments = st.integers(2, 1_000 * 365).map(
    lambda days: datetime(1971, 1, 1, tzinfo=UTC) + timedelta(days=days, seconds=7)
)
ranges = st.tuples(moments, st.timedeltas(timedelta(seconds=1), timedelta(days=20_000))).map(
    lambda pair: (pair[0], min(pair[0] + pair[1], datetime(2998, 12, 31, tzinfo=UTC)))
)


@pytest.mark.parametrize(
    ("length", "step"),
    [
        (timedelta(minutes=5), timedelta(minutes=1)),
        (timedelta(hours=10), timedelta(minutes=1)),
        (timedelta(hours=10, seconds=1), timedelta(minutes=2)),
        (timedelta(days=1), timedelta(minutes=5)),
        (timedelta(days=7), timedelta(minutes=30)),
        (timedelta(days=200), timedelta(hours=8)),
        (timedelta(days=365), timedelta(days=1)),
        (timedelta(days=3650), timedelta(days=7)),
    ],
)
def test_the_step_follows_the_range(length: timedelta, step: timedelta) -> None:
    assert step_of(MONDAY, MONDAY + length) == step


@given(ranges)
def test_there_are_never_many_more_steps_than_a_screen_shows(between: tuple[datetime, datetime]) -> None:
    since, until = between
    step = step_of(since, until)
    steps = counts([], since, until, step)
    assert len(steps) <= MOST_STEPS + 1
    assert steps[0].at <= since < steps[0].at + step
    assert steps[-1].at < until <= steps[-1].at + step


@given(moments, st.lists(st.tuples(st.integers(0, 100_000), st.integers(0, 50), st.integers(0, 50)), max_size=30))
def test_no_mention_is_lost_or_counted_twice(since: datetime, minutes: list[tuple[int, int, int]]) -> None:
    until = since + timedelta(minutes=100_001)
    step = step_of(since, until)
    start = begin(since, timedelta(minutes=1))
    tallies = [
        Tally(minute=start + timedelta(minutes=minute), total=total + negative, negative=negative, sensitive=0)
        for minute, total, negative in minutes
    ]
    steps = counts(tallies, since, until, step)
    assert sum(each.total for each in steps) == sum(tally.total for tally in tallies)
    assert sum(each.negative for each in steps) == sum(tally.negative for tally in tallies)


@given(st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 99)), max_size=50))
def test_thinning_the_band_hides_no_peak(values: list[tuple[int, int]]) -> None:
    points = [
        BandPoint(at=MONDAY + timedelta(minutes=minute), observed=observed, total=99, expected=5, low=0, high=9)
        for minute, observed in values
    ]
    step = timedelta(minutes=30)
    shown = band(points, step)
    assert [point.at for point in shown] == sorted(point.at for point in shown)
    assert len(shown) == len({begin(point.at, step) for point in points})
    for point in points:
        (mine,) = [each for each in shown if begin(each.at, step) == begin(point.at, step)]
        assert mine.observed >= point.observed
