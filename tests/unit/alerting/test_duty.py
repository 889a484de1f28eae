"""Times by the clock on the wall, and hand-overs of rotations: in ordinary weeks and in nights when clocks change."""

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.duty import last_test, next_change, on_duty, quiet_ends
from alerting.policies import Override, PagingSettings, Person, Rotation, Step
from core.alert import Level
from core.paging import PageKind
from tests.unit.alerting.escalating import ORANGE, YELLOW, ladder, person

BERLIN, HOWE = "Europe/Berlin", "Australia/Lord_Howe"
FORWARD, BACK = "2026-03-29", "2026-10-25"
"""Nights in which Berlin's clocks change: 02:00 to 03:00, 03:00 to 02:00."""


def wall(text: str) -> datetime:
    """A time by the clock on a wall, without a zone."""
    return datetime.fromisoformat(text)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def local(text: str, zone: str = BERLIN, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC)


def rotation(*people: str, **fields: Any) -> Rotation:
    made = {"name": "night", "people": people or ("A", "B"), "starts": wall("2026-03-02 09:00"), "zone": BERLIN}
    return Rotation(**{**made, **fields})


def test_turns_follow_one_another_and_begin_again():
    turns = rotation("A", "B", "C", every="1 week")
    seen = [on_duty(turns, local("2026-03-02 09:00") + timedelta(days=7 * week)) for week in range(3)]
    assert seen == ["A", "B", "C"]
    assert on_duty(turns, local("2026-03-23 09:00")) == "A"
    assert on_duty(turns, local("2026-03-23 08:59")) == "C"


def test_before_its_start_a_rotation_turns_too():
    assert on_duty(rotation(), local("2026-03-02 08:59")) == "B"
    assert next_change(rotation(), local("2026-03-02 08:59")) == local("2026-03-02 09:00")


@pytest.mark.parametrize("night", [FORWARD, BACK], ids=["forward", "back"])
def test_the_hand_over_stays_at_the_same_time_of_the_clock(night):
    turns = rotation(every="1 day")
    day = datetime.fromisoformat(night)
    for each in (day - timedelta(days=1), day, day + timedelta(days=1)):
        at = local(f"{each.date()} 09:00")
        assert on_duty(turns, at - timedelta(seconds=1)) != on_duty(turns, at)
        assert next_change(turns, at - timedelta(seconds=1)) == at


def test_a_hand_over_that_the_clock_leaves_out_is_an_hour_later_by_the_clock():
    turns = rotation(every="1 day", starts=wall("2026-03-02 02:30"))
    assert next_change(turns, local(f"{FORWARD} 01:59")) == local(f"{FORWARD} 03:30") == utc("2026-03-29 01:30")


def test_a_hand_over_at_a_time_that_comes_twice_is_at_the_first_and_stays():
    turns = rotation(every="1 day", starts=wall("2026-03-02 02:30"))
    at = local(f"{BACK} 02:30")
    newcomer = on_duty(turns, at)
    assert on_duty(turns, at - timedelta(seconds=1)) != newcomer
    assert on_duty(turns, local(f"{BACK} 02:15", fold=1)) == newcomer
    assert on_duty(turns, local(f"{BACK} 02:45", fold=1)) == newcomer


def test_somebody_who_stands_in_is_on_duty_by_the_clock():
    turns = rotation(
        every="1 day",
        overrides=(Override(person="C", since=wall("2026-03-29 01:00"), until=wall("2026-03-29 04:00")),),
    )
    since, until = local(f"{FORWARD} 01:00"), local(f"{FORWARD} 04:00")
    assert until - since == timedelta(hours=2)
    assert [on_duty(turns, each) == "C" for each in (since - timedelta(seconds=1), since, until)] == [
        False,
        True,
        False,
    ]
    assert (next_change(turns, since - timedelta(hours=1)), next_change(turns, since)) == (since, until)


@given(
    st.datetimes(wall("2026-01-01 00:00"), wall("2027-01-01 00:00")),
    st.sampled_from([BERLIN, HOWE, "Asia/Taipei", "America/St_Johns", "UTC"]),
    st.sampled_from(["1 hour", "5 hours", "12 hours", "1 day", "1 week", "2 weeks"]),
    st.datetimes(wall("2026-01-01 00:00"), wall("2027-01-01 00:00")),
)
def test_there_is_always_one_person_on_duty_until_the_next_change(starts, zone, every, now):
    turns = rotation("A", "B", "C", starts=starts.replace(microsecond=0), zone=zone, every=every)
    now = now.replace(tzinfo=UTC)
    change = next_change(turns, now)
    assert change > now
    length = turns.length()
    assert length is not None
    assert change - now <= length + timedelta(hours=2)
    here = on_duty(turns, now)
    assert here in turns.people
    assert on_duty(turns, now + (change - now) / 2) == on_duty(turns, change - timedelta(microseconds=1)) == here


def test_every_has_a_number_and_a_unit():
    assert Rotation(name="r", people=(), starts=wall("2026-01-01 00:00"), every="fortnight").length() is None
    assert rotation(every="12 hours").length() == timedelta(hours=12)


NIGHT = Person(name="A", zone=BERLIN, quiet_from=time(22), quiet_to=time(7))
NOON = Person(name="A", zone=BERLIN, quiet_from=time(12), quiet_to=time(13))


@pytest.mark.parametrize(
    ("who", "now", "until"),
    [
        (NIGHT, "2026-03-02 21:59", ""),
        (NIGHT, "2026-03-02 22:00", "2026-03-03 07:00"),
        (NIGHT, "2026-03-03 06:59", "2026-03-03 07:00"),
        (NIGHT, "2026-03-03 07:00", ""),
        (NOON, "2026-03-02 12:30", "2026-03-02 13:00"),
        (NOON, "2026-03-02 13:00", ""),
        (NIGHT, f"{FORWARD} 01:30", f"{FORWARD} 07:00"),
        (NIGHT, f"{BACK} 01:30", f"{BACK} 07:00"),
        (Person(name="A", zone=BERLIN), "2026-03-02 23:00", ""),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_quiet_hours_are_by_the_clock_of_the_person(who, now, until):
    assert quiet_ends(who, Level.YELLOW, local(now)) == (local(until) if until else None)
    assert quiet_ends(who, Level.ORANGE, local(now)) is None


def test_quiet_hours_that_end_at_a_time_that_comes_twice_end_once():
    who = Person(name="A", zone=BERLIN, quiet_from=time(22), quiet_to=time(2, 30))
    assert quiet_ends(who, Level.BLUE, local(f"{BACK} 02:29")) == local(f"{BACK} 02:30")
    assert quiet_ends(who, Level.BLUE, local(f"{BACK} 02:15", fold=1)) is None


def test_the_weekly_test_is_by_the_clock_of_the_person():
    paging = PagingSettings(test_day="sunday", test_time=time(2, 30))
    who = Person(name="A", zone=BERLIN)
    assert last_test(who, paging, local(f"{FORWARD} 12:00")) == local(f"{FORWARD} 03:30")
    assert last_test(who, paging, local(f"{FORWARD} 01:00")) == local("2026-03-22 02:30")
    assert last_test(who, paging, local("2026-03-31 01:00")) == local(f"{FORWARD} 03:30")
    assert last_test(who, PagingSettings(), local(f"{FORWARD} 12:00")) is None


# whole nights
A, B = person("A", zone=BERLIN), person("B", zone=BERLIN)
ON_DUTY = ladder(["rotation:night"], repeat=2)


@pytest.mark.parametrize("night", [FORWARD, BACK], ids=["forward", "back"])
def test_whoever_comes_on_duty_takes_over_what_is_in_hand_in_the_night_of_the_change(begin, night):
    turns = rotation(every="1 day", starts=datetime.fromisoformat(night).replace(hour=4) - timedelta(days=2))
    house = begin(A, B, policy=ON_DUTY, rotations=(turns,), zone=BERLIN)
    house.at(f"{night} 01:30").alert(ORANGE).expect_page("B").acknowledges("B").at("03:59").expect_silence()
    house.at("04:00").expect_page("A", kind=PageKind.HANDOVER).acknowledges("A")
    house.expect_page("B", kind=PageKind.ACKNOWLEDGED).at("23:00").expect_silence()
    assert house.state.acknowledged_by == "A"


def test_an_hour_that_comes_twice_pages_once_and_five_minutes_stay_five_minutes(begin):
    house = begin(A, B, policy=ladder(["A"], ["B"]), zone=BERLIN).at(f"{BACK} 02:58").alert(ORANGE).expect_page("A")
    house.at(f"{BACK} 04:00")
    (second,) = [found for found in house.unexpected if found[1] == "B"]
    assert second[0] == f"{BACK} 02:03:00+0100"
    house.unexpected.remove(second)


def test_quiet_hours_end_by_the_clock_on_the_morning_after_the_change(begin):
    sleeper = person("A", zone=BERLIN, quiet_from=time(22), quiet_to=time(7))
    house = begin(sleeper, policy=ladder(["A"]), zone=BERLIN).at(f"{FORWARD} 01:00").alert(YELLOW)
    house.at("07:00").expect_page("A").acknowledges("A")
    assert house.now == utc("2026-03-29 05:00")


def test_without_an_answer_of_the_newcomer_it_stays_with_whoever_had_it(begin):
    turns = rotation(every="1 day", starts=wall("2026-03-01 09:00"), zone="UTC")
    house = begin(A, B, policy=ON_DUTY, rotations=(turns,)).at("08:00").alert(ORANGE).expect_page("A").acknowledges("A")
    house.at("09:00").expect_page("B", kind=PageKind.HANDOVER).at("09:05").expect_page("A", kind=PageKind.DELEGATED)
    house.acknowledges("A").at("2026-03-03 08:59").expect_silence()


def test_nobody_hears_of_a_hand_over_while_it_is_not_theirs_or_nobody_changes(begin):
    turns = rotation("A", "A", every="1 day", starts=wall("2026-03-01 09:00"), zone="UTC")
    house = begin(A, B, policy=ON_DUTY, rotations=(turns,)).at("08:00").alert(ORANGE).expect_page("A").acknowledges("A")
    house.at("2026-03-04 12:00").expect_silence().closes().expect_page("A", kind=PageKind.RESOLVED)
    house.alert(ORANGE).expect_page("A", kind=PageKind.OPENED).acknowledges("B")
    house.expect_page("A", kind=PageKind.ACKNOWLEDGED).at("2026-03-07 12:00").expect_silence()


def test_whoever_comes_on_duty_while_nobody_has_it_is_paged_by_the_next_round(begin):
    turns = rotation(every="1 day", starts=wall("2026-03-01 09:00"), zone="UTC")
    house = begin(A, B, policy=ON_DUTY, rotations=(turns,)).at("08:57").alert(ORANGE).expect_page("A")
    house.at("09:02").expect_page("B").acknowledges("B").expect_page("A", kind=PageKind.ACKNOWLEDGED)


def test_a_shift_that_ends_while_it_is_being_passed_on_is_looked_at_when_it_is_clear_who_has_it(begin):
    turns = rotation(every="1 day", starts=wall("2026-03-01 09:00"), zone="UTC")
    policy = ladder(["rotation:night"], Step(to=("C",)))
    house = begin(A, B, person("C"), policy=policy, rotations=(turns,))
    house.at("08:58").alert(ORANGE).expect_page("A").delegates("A", "C").expect_page("C", kind=PageKind.DELEGATED)
    house.at("09:03").expect_page("A", kind=PageKind.DELEGATED).acknowledges("A").at(
        "2026-03-03 08:00"
    ).expect_silence()
    assert house.state.acknowledged_by == "A"
