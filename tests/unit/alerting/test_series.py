from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from alerting.series import BrandSeries, Counts, hour_of, minute_of, moment_of
from core.alert import Tally
from core.watched import Watched
from tests.unit.alerting.timeline import START

MINUTE = minute_of(START)


def test_moments_and_minutes_go_both_ways() -> None:
    assert moment_of(minute_of(START + timedelta(seconds=59))) == START
    assert hour_of(START + timedelta(minutes=59)) == MINUTE // 60


def test_the_window_holds_its_last_minute_and_not_the_one_before_its_first() -> None:
    series = BrandSeries(28)
    for minute in (MINUTE, MINUTE + 1, MINUTE + 60):
        series.add(minute, Counts(1, 1, 0))
    assert series.window(MINUTE + 59, 60) == Counts(2, 2, 0)
    assert series.window(MINUTE + 60, 60) == Counts(2, 2, 0)
    assert series.window(MINUTE + 61, 60) == Counts(1, 1, 0)


def test_history_begins_after_the_hour_of_the_first_mention() -> None:
    series = BrandSeries(28)
    series.load([Tally(minute=START + timedelta(minutes=59), total=3, negative=2, sensitive=1)])
    assert list(series.hours(MINUTE // 60 + 2)) == [(MINUTE // 60 + 1, Counts())]
    assert series.last_minute == MINUTE + 59


def test_a_brand_without_mentions_has_no_history() -> None:
    assert list(BrandSeries(28).hours(MINUTE // 60)) == []


def test_what_is_too_old_is_forgotten_and_the_rest_stays() -> None:
    series = BrandSeries(1)
    series.add(MINUTE, Counts(1, 0, 0))
    later = MINUTE + 5 * 24 * 60
    series.add(later, Counts(2, 1, 0))
    series.forget(later)
    series.forget(later)
    assert series.window(MINUTE, 60) == Counts()
    assert series.window(later, 60) == Counts(2, 1, 0)
    assert [counts.total for _, counts in series.hours(later // 60 + 1)] == [0] * 23 + [2]


@given(st.lists(st.tuples(st.integers(0, 200), st.booleans(), st.booleans()), max_size=60), st.integers(0, 260))
def test_the_window_is_the_sum_of_its_minutes_and_taking_back_leaves_nothing(
    added: list[tuple[int, bool, bool]], end: int
) -> None:
    series = BrandSeries(28)
    for offset, negative, sensitive in added:
        series.add(MINUTE + offset, Counts(1, int(negative), int(sensitive)))
    for looked in range(0, end, 37):
        assert series.trailing(MINUTE + looked, 60) == series.window(MINUTE + looked, 60)
    inside = [one for one in added if end - 60 < one[0] <= end]
    assert series.window(MINUTE + end, 60) == Counts(
        len(inside), sum(n for _, n, _ in inside), sum(s for *_, s in inside)
    )
    for offset, negative, sensitive in added:
        series.add(MINUTE + offset, Counts(1, int(negative), int(sensitive)).negated())
    assert series.window(MINUTE + end, 60) == Counts()
    assert series.trailing(MINUTE + end, 60) == Counts()


@given(st.lists(st.tuples(st.integers(0, 300), st.integers(0, 300)), max_size=60), st.sampled_from([1, 5, 60, 200]))
def test_a_trailing_window_is_right_in_whichever_order_posts_come_and_questions_are_asked(
    steps: list[tuple[int, int]], minutes: int
) -> None:
    series = BrandSeries(28)
    for posted, looked in steps:
        series.add(MINUTE + posted, Counts(1, posted % 2, 0))
        assert series.trailing(MINUTE + looked, minutes) == series.window(MINUTE + looked, minutes)


def test_history_begins_when_a_brand_was_first_watched_and_leaves_blind_hours_out() -> None:
    series = BrandSeries(28)
    series.watched = Watched(MINUTE // 60, frozenset({MINUTE // 60 + 1}))
    assert [hour - MINUTE // 60 for hour, _ in series.hours(MINUTE // 60 + 3)] == [0, 2]
    series.add(MINUTE + 180, Counts(1, 1, 0))
    assert [hour - MINUTE // 60 for hour, _ in series.hours(MINUTE // 60 + 5)] == [0, 2, 3, 4]
