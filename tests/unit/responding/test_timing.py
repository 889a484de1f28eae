from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.case import Grade
from core.errors import ConfigurationError
from responding.settings import Calendar, PlaceWindow, RespondingSettings
from responding.timing import promise, windows

TAIPEI = RespondingSettings(calendar=Calendar(zone="Asia/Taipei"))
MOMENTS = st.datetimes(datetime(2025, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
GRADES = st.sampled_from(list(Grade))
SETTINGS = st.sampled_from(
    [
        RespondingSettings(),
        TAIPEI,
        RespondingSettings(calendar=Calendar(zone="America/New_York", holidays=frozenset({date(2026, 11, 26)}))),
    ]
)
RUNNING = ("x", "twitter", "bluesky", "mastodon", "weibo", "reddit", "ptt", "something_new", "in_person")
PAUSING = ("form", "email", "voice")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


MONDAY_TEN = "2026-03-02T10:00+08:00"
FRIDAY_NIGHT = "2026-03-06T21:00+08:00"


@pytest.mark.parametrize(
    ("channel", "created", "golden", "limit"),
    [
        ("x", MONDAY_TEN, "2026-03-02T10:06+08:00", "2026-03-02T11:00+08:00"),
        ("X", FRIDAY_NIGHT, "2026-03-06T21:06+08:00", "2026-03-06T22:00+08:00"),
        ("twitter", MONDAY_TEN, "2026-03-02T10:06+08:00", "2026-03-02T11:00+08:00"),
        ("bluesky", FRIDAY_NIGHT, "2026-03-06T21:06+08:00", "2026-03-06T22:00+08:00"),
        ("weibo", MONDAY_TEN, "2026-03-02T10:06+08:00", "2026-03-02T11:00+08:00"),
        ("facebook", MONDAY_TEN, "2026-03-02T10:06+08:00", "2026-03-02T11:00+08:00"),
        ("reddit", FRIDAY_NIGHT, "2026-03-06T22:00+08:00", "2026-03-06T22:00+08:00"),
        ("ptt", MONDAY_TEN, "2026-03-02T11:00+08:00", "2026-03-02T11:00+08:00"),
        ("something_new", MONDAY_TEN, "2026-03-02T11:00+08:00", "2026-03-02T11:00+08:00"),
        ("form", MONDAY_TEN, MONDAY_TEN, "2026-03-03T10:00+08:00"),
        ("form", FRIDAY_NIGHT, FRIDAY_NIGHT, "2026-03-10T09:00+08:00"),
        ("email", MONDAY_TEN, "2026-03-02T18:00+08:00", "2026-03-03T10:00+08:00"),
        ("email", "2026-03-06T16:00+08:00", "2026-03-06T18:00+08:00", "2026-03-09T16:00+08:00"),
        ("email", FRIDAY_NIGHT, "2026-03-09T12:00+08:00", "2026-03-09T12:00+08:00"),
        ("email", "2026-03-02T07:00+08:00", "2026-03-02T12:00+08:00", "2026-03-02T12:00+08:00"),
        ("voice", MONDAY_TEN, "2026-03-03T10:00+08:00", "2026-03-03T10:00+08:00"),
        ("voice", FRIDAY_NIGHT, "2026-03-09T12:00+08:00", "2026-03-09T12:00+08:00"),
        ("in_person", FRIDAY_NIGHT, FRIDAY_NIGHT, FRIDAY_NIGHT),
        ("product_safety", MONDAY_TEN, MONDAY_TEN, MONDAY_TEN),
    ],
)
def test_the_table_of_places(channel: str, created: str, golden: str, limit: str) -> None:
    found = windows(channel, Grade.STANDARD, utc(created), TAIPEI)
    assert (found.golden_at, found.limit_at) == (utc(golden), utc(limit))


@pytest.mark.parametrize(
    ("grade", "limit"),
    [
        (Grade.URGENT, "2026-03-02T11:00+08:00"),
        (Grade.HIGH, "2026-03-02T14:00+08:00"),
        (Grade.STANDARD, "2026-03-03T10:00+08:00"),
        (Grade.MINOR, "2026-03-04T10:00+08:00"),
    ],
)
def test_the_table_of_grades(grade: Grade, limit: str) -> None:
    patient = RespondingSettings(
        calendar=Calendar(zone="Asia/Taipei"),
        windows={"form": PlaceWindow(limit_span=timedelta(days=30), pauses=True)},
    )
    assert windows("form", grade, utc(MONDAY_TEN), patient).limit_at == utc(limit)


def test_an_urgent_grade_doesnt_wait_for_monday() -> None:
    found = windows("email", Grade.URGENT, utc(FRIDAY_NIGHT), TAIPEI)
    assert found.limit_at == utc("2026-03-06T22:00+08:00")
    assert found.golden_at == found.limit_at


def test_a_public_place_pauses_only_where_that_is_configured() -> None:
    resting = RespondingSettings(
        calendar=Calendar(zone="Asia/Taipei"),
        windows={"x": PlaceWindow(limit_span=timedelta(hours=1), pauses=True)},
    )
    assert windows("x", Grade.STANDARD, utc(FRIDAY_NIGHT), resting).limit_at == utc("2026-03-09T10:00+08:00")
    assert windows("reddit", Grade.STANDARD, utc(FRIDAY_NIGHT), resting).limit_at == utc("2026-03-06T22:00+08:00")


def test_each_brand_has_its_own_calendar() -> None:
    settings = RespondingSettings(calendars={"Acme": Calendar(zone="America/New_York")})
    new_york_morning = utc("2026-03-02T10:00-05:00")
    assert windows("email", Grade.STANDARD, new_york_morning, settings, "Acme").golden_at == utc(
        "2026-03-02T18:00-05:00"
    )
    assert windows("email", Grade.STANDARD, new_york_morning, settings).golden_at == utc("2026-03-02T18:00+00:00")


@settings(deadline=None)
@given(channel=st.sampled_from(RUNNING + PAUSING), grade=GRADES, created=MOMENTS, settings=SETTINGS)
def test_the_golden_target_is_never_after_the_limit_nor_before_the_post(
    channel: str, grade: Grade, created: datetime, settings: RespondingSettings
) -> None:
    found = windows(channel, grade, created, settings)
    assert created <= found.golden_at <= found.limit_at


@settings(deadline=None)
@given(channel=st.sampled_from(RUNNING), grade=GRADES, created=MOMENTS, settings=SETTINGS)
def test_a_running_clock_is_the_earlier_of_the_two_tables(
    channel: str, grade: Grade, created: datetime, settings: RespondingSettings
) -> None:
    span = min(settings.windows[settings.place(channel)].limit_span, settings.grade_limits[grade])
    assert windows(channel, grade, created, settings).limit_at == created + span


@settings(deadline=None)
@given(
    channel=st.sampled_from((*RUNNING, "form", "voice")), grade=GRADES, one=MOMENTS, other=MOMENTS, settings=SETTINGS
)
def test_who_posted_first_is_due_first(
    channel: str, grade: Grade, one: datetime, other: datetime, settings: RespondingSettings
) -> None:
    first, second = (windows(channel, grade, moment, settings) for moment in sorted((one, other)))
    assert first.golden_at <= second.golden_at
    assert first.limit_at <= second.limit_at


@settings(deadline=None)
@given(channel=st.sampled_from(RUNNING + PAUSING), created=MOMENTS, settings=SETTINGS)
def test_a_graver_complaint_is_never_due_later(channel: str, created: datetime, settings: RespondingSettings) -> None:
    limits = [windows(channel, grade, created, settings).limit_at for grade in Grade]
    assert limits == sorted(limits)


@settings(deadline=None)
@given(channel=st.sampled_from(RUNNING + PAUSING), grade=GRADES, created=MOMENTS, settings=SETTINGS)
def test_what_is_promised_lies_after_the_limit(
    channel: str, grade: Grade, created: datetime, settings: RespondingSettings
) -> None:
    limit = windows(channel, grade, created, settings).limit_at
    assert promise(channel, grade, limit, settings) > limit


def test_a_row_that_is_configured_replaces_one_and_leaves_the_others() -> None:
    given_ = {"grade_limits": {"high": "PT2H"}, "places": {"support_chat": "conversation"}}
    settings = msgspec.convert(given_, RespondingSettings)
    created = utc(MONDAY_TEN)
    assert settings.grade_limits[Grade.HIGH] == timedelta(hours=2)
    assert settings.grade_limits[Grade.URGENT] == timedelta(hours=1)
    assert windows("support_chat", Grade.MINOR, created, settings).golden_at == created + timedelta(minutes=6)
    assert windows("x", Grade.MINOR, created, settings).limit_at == created + timedelta(hours=1)


@pytest.mark.parametrize(
    "wrong", [{"answer_from": 1.5}, {"mild_below": -0.1}, {"grade_limits": {Grade.HIGH: timedelta(hours=-1)}}]
)
def test_impossible_settings_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ConfigurationError):
        RespondingSettings(**wrong)  # type: ignore[arg-type]
