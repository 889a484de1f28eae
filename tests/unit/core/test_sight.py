"""How it is known what is usual for a source."""

from datetime import timedelta

import pytest

from core.sight import Patience, SourceState, brought, failed, heard, nothing_since, patience
from tests.fakes import MONDAY

NEW = SourceState(name="x", watched_since=MONDAY)
SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)
SHORT = Patience(least=SECOND, most=HOUR)


def regular(step: timedelta, times: int = 200) -> SourceState:
    state = NEW
    for number in range(times):
        state = brought(heard(state, MONDAY + number * step), MONDAY + number * step)
    return state


@pytest.mark.parametrize("step", [0.25, 20.0, 600.0])
def test_patience_follows_the_usual_rhythm_within_bounds(step: float) -> None:
    state = regular(timedelta(seconds=step))
    assert state.gap == pytest.approx(step, rel=1e-3)
    assert patience(state, SHORT).total_seconds() == pytest.approx(max(1, 5 * step), rel=1e-3)
    assert patience(state, Patience(least=2 * HOUR, most=3 * HOUR)) == 2 * HOUR
    assert patience(state, Patience(times=1e6, least=SECOND, most=HOUR)) == HOUR


def test_a_new_source_has_the_least_patience() -> None:
    assert patience(heard(NEW, MONDAY), SHORT) == SECOND


def test_a_source_that_asks_by_itself_is_waited_for_until_it_has_asked() -> None:
    state = heard(heard(NEW, MONDAY), MONDAY + SECOND, next_within=1800)
    assert patience(state, Patience()) == timedelta(seconds=1860)
    assert patience(heard(state, MONDAY + 2 * SECOND), Patience()) == timedelta(seconds=60)


def test_an_outage_is_not_taken_for_the_usual_pause() -> None:
    state = regular(10 * SECOND)
    assert state.brought_at
    back = state.brought_at + timedelta(days=2)
    after = heard(state, back)
    assert after.seen_since == back
    assert after.gap == pytest.approx(10 + 0.05 * 50, rel=0.01), "no longer than what is waited for"
    assert patience(after, Patience()) < timedelta(seconds=70)
    brings = brought(after, back + 20 * SECOND)
    assert brings.longest_gap == pytest.approx(20)
    assert nothing_since(brings) == back + 20 * SECOND
    assert nothing_since(after) == back
    assert nothing_since(NEW) is None


def test_a_rhythm_that_has_become_slower_for_good_is_learnt() -> None:
    state = heard(regular(SECOND), MONDAY + HOUR)
    for number in range(1, 200):
        state = heard(state, MONDAY + HOUR + number * 100 * SECOND)
    assert patience(state, Patience()) > timedelta(seconds=100)


def test_one_long_silence_changes_the_rhythm_little_and_is_forgotten_in_time() -> None:
    state = regular(10 * SECOND)
    late = state.brought_at + HOUR if state.brought_at else MONDAY
    calm = Patience(least=2 * HOUR, most=2 * HOUR)
    after = brought(heard(state, late, calm), late)
    assert after.gap == pytest.approx(10 + 0.05 * 3590)
    assert after.longest_gap == pytest.approx(3600)
    assert after.brought_times == state.brought_times + 1
    weeks = after
    for day in range(1, 40):
        for number in range(24):
            weeks = brought(weeks, late + timedelta(days=day, hours=number))
    assert weeks.longest_gap == pytest.approx(3600, rel=0.3)
    assert brought(after, late + timedelta(seconds=5)).longest_gap == pytest.approx(3600, rel=1e-3)


def test_a_clock_that_is_set_back_takes_nothing_away() -> None:
    state = regular(10 * SECOND)
    back = brought(heard(state, MONDAY), MONDAY)
    assert back.gap < state.gap
    assert back.gap > 0
    assert back.longest_gap == pytest.approx(state.longest_gap)


def test_what_went_wrong_is_forgotten_with_the_next_sign_of_life() -> None:
    state = failed(regular(SECOND), "no route")
    assert state.reason == "no route"
    assert not heard(state, MONDAY).reason
    assert not heard(failed(NEW, "no route"), MONDAY).reason
