from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.instants import microseconds, moment

_moments = st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=8)), timezone(-timedelta(hours=3.5))]))


@given(_moments, _moments)
def test_order_and_equality_of_moments_are_those_of_their_numbers(one: datetime, other: datetime) -> None:
    assert (one < other) == (microseconds(one) < microseconds(other))
    assert (one == other) == (microseconds(one) == microseconds(other))


@given(st.datetimes(timezones=st.just(UTC)))
def test_a_moment_survives_the_way_there_and_back(at: datetime) -> None:
    assert moment(microseconds(at)) == at
    assert moment(microseconds(at)).tzinfo is UTC


def test_a_moment_without_time_zone_is_refused() -> None:
    with pytest.raises(TypeError):
        microseconds(datetime(2026, 3, 2))  # noqa: DTZ001 - the point of the test
