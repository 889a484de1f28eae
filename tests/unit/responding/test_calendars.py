from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import ConfigurationError
from responding.calendars import (
    add_working,
    closing,
    is_open,
    next_morning_end,
    next_opening,
    working_day_from,
)
from responding.settings import Calendar

TAIPEI = Calendar(zone="Asia/Taipei", holidays=frozenset({date(2026, 2, 16), date(2026, 2, 17)}))
NEW_YORK = Calendar(zone="America/New_York")
MOMENTS = st.datetimes(datetime(2025, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
CALENDARS = st.sampled_from([TAIPEI, NEW_YORK, Calendar(), Calendar(zone="Europe/Berlin", days=(0, 1, 2, 3, 4, 5))])
SPANS = st.timedeltas(timedelta(0), timedelta(days=5))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


@pytest.mark.parametrize(
    ("moment", "open_"),
    [
        ("2026-03-02T09:00+08:00", True),
        ("2026-03-02T08:59:59+08:00", False),
        ("2026-03-02T17:59:59+08:00", True),
        ("2026-03-02T18:00+08:00", False),
        ("2026-03-01T10:00+08:00", False),
        ("2026-02-16T10:00+08:00", False),
    ],
)
def test_hours_are_local_and_closed_on_weekends_and_holidays(moment: str, open_: bool) -> None:
    assert is_open(TAIPEI, utc(moment)) is open_


@pytest.mark.parametrize(
    ("moment", "opening"),
    [
        ("2026-03-02T10:00+08:00", "2026-03-02T10:00+08:00"),
        ("2026-03-02T07:00+08:00", "2026-03-02T09:00+08:00"),
        ("2026-03-02T23:59+08:00", "2026-03-03T09:00+08:00"),
        ("2026-03-06T18:00+08:00", "2026-03-09T09:00+08:00"),
        ("2026-02-13T20:00+08:00", "2026-02-18T09:00+08:00"),
    ],
)
def test_the_next_opening_jumps_nights_weekends_and_holidays(moment: str, opening: str) -> None:
    assert next_opening(TAIPEI, utc(moment)) == utc(opening)


@pytest.mark.parametrize(
    ("moment", "noon"),
    [
        ("2026-03-02T07:00+08:00", "2026-03-02T12:00+08:00"),
        ("2026-03-02T10:00+08:00", "2026-03-03T12:00+08:00"),
        ("2026-03-06T19:00+08:00", "2026-03-09T12:00+08:00"),
    ],
)
def test_the_next_working_morning_is_todays_only_before_work_begins(moment: str, noon: str) -> None:
    assert next_morning_end(TAIPEI, utc(moment)) == utc(noon)


@pytest.mark.parametrize(
    ("moment", "hours", "end"),
    [
        ("2026-03-02T10:00+08:00", 4, "2026-03-02T14:00+08:00"),
        ("2026-03-02T16:00+08:00", 4, "2026-03-03T11:00+08:00"),
        ("2026-03-06T17:00+08:00", 1, "2026-03-06T18:00+08:00"),
        ("2026-03-06T17:00+08:00", 24, "2026-03-09T17:00+08:00"),
        ("2026-03-06T19:00+08:00", 24, "2026-03-10T09:00+08:00"),
        ("2026-03-02T10:00+08:00", 48, "2026-03-04T10:00+08:00"),
        ("2026-03-02T10:00+08:00", 28, "2026-03-03T14:00+08:00"),
        ("2026-03-02T10:00+08:00", 20, "2026-03-04T12:00+08:00"),
    ],
)
def test_paused_clocks_count_days_as_working_days_and_the_rest_in_working_hours(
    moment: str, hours: int, end: str
) -> None:
    assert add_working(TAIPEI, utc(moment), timedelta(hours=hours)) == utc(end)


def test_a_working_day_is_the_same_local_time_across_daylight_saving() -> None:
    friday = utc("2026-03-06T10:00-05:00")
    assert add_working(NEW_YORK, friday, timedelta(hours=24)) == utc("2026-03-09T10:00-04:00")
    assert closing(NEW_YORK, utc("2026-10-30T10:00-04:00")) == utc("2026-10-30T18:00-04:00")
    assert next_opening(NEW_YORK, utc("2026-10-30T19:00-04:00")) == utc("2026-11-02T09:00-05:00")


@settings(deadline=None)
@given(calendar=CALENDARS, moment=MOMENTS, span=SPANS)
def test_a_paused_clock_ends_in_working_time_and_never_before_the_running_one(
    calendar: Calendar, moment: datetime, span: timedelta
) -> None:
    end = add_working(calendar, moment, span)
    assert end >= next_opening(calendar, moment) + (span % timedelta(days=1))
    assert is_open(calendar, end - timedelta(microseconds=1)) or is_open(calendar, end)


@settings(deadline=None)
@given(calendar=CALENDARS, one=MOMENTS, other=MOMENTS, span=SPANS)
def test_who_came_first_is_due_first(calendar: Calendar, one: datetime, other: datetime, span: timedelta) -> None:
    first, second = sorted((one, other))
    assert next_opening(calendar, first) <= next_opening(calendar, second)
    assert add_working(calendar, first, span) <= add_working(calendar, second, span)


def test_a_calendar_without_any_working_day_is_refused_in_words() -> None:
    never = Calendar(days=(0,), holidays=frozenset(date(2026, 3, 2) + timedelta(weeks=week) for week in range(80)))
    with pytest.raises(ConfigurationError, match="No working day"):
        working_day_from(never, date(2026, 3, 1))


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"zone": "Asia/Nowhere"}, "time zone"),
        ({"zone": "../etc"}, "time zone"),
        ({"opens": time(18), "closes": time(9)}, "Working hours"),
        ({"days": ()}, "Working days"),
        ({"days": (7,)}, "Working days"),
    ],
)
def test_an_impossible_calendar_is_refused_in_words(wrong: dict[str, object], words: str) -> None:
    with pytest.raises(ConfigurationError, match=words):
        Calendar(**wrong)  # type: ignore[arg-type]
