"""How it is known what is usual for a source."""

from datetime import timedelta

import pytest

from core.sight import SourceState, brought, failed, heard, patience
from tests.fakes import MONDAY

NEW = SourceState(name="x", watched_since=MONDAY)
SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)


def regular(step: timedelta, times: int = 200) -> SourceState:
    state = NEW
    for number in range(times):
        state = brought(heard(state, MONDAY + number * step), MONDAY + number * step)
    return state


@pytest.mark.parametrize("step", [0.25, 20.0, 600.0])
def test_patience_follows_the_usual_rhythm_within_bounds(step: float) -> None:
    state = regular(timedelta(seconds=step))
    assert state.gap == pytest.approx(step)
    assert patience(state, 5, SECOND, HOUR).total_seconds() == pytest.approx(max(1, 5 * step))
    assert patience(state, 5, 2 * HOUR, 3 * HOUR) == 2 * HOUR
    assert patience(state, 1e6, SECOND, HOUR) == HOUR


def test_a_new_source_has_the_least_patience() -> None:
    assert patience(heard(NEW, MONDAY), 5, SECOND, HOUR) == SECOND


def test_one_long_silence_changes_the_rhythm_little_and_is_forgotten_in_time() -> None:
    state = regular(10 * SECOND)
    late = state.brought_at + HOUR if state.brought_at else MONDAY
    after = brought(heard(state, late), late)
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
