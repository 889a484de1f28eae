"""When nobody is told of an incident, and by what."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from alerting.quiet import following, holding, quiet_by
from core.alert import Incident, IncidentState, Level
from core.language import LANGUAGES
from core.quiet import LevelName, Maintenance, Quiet, QuietKind, QuietSettings, Silence
from tests.contract.things import incident
from tests.fakes import MONDAY

HOUR = timedelta(hours=1)


def silence(**changes: Any) -> Silence:
    made: dict[str, Any] = {
        "id": "s-1",
        "owner": "Mei-Ling",
        "reason": "a planned campaign",
        "since": MONDAY,
        "until": MONDAY + HOUR,
        "brand": "Kettle",
        "made_at": MONDAY,
    }
    return Silence(**{**made, **changes})


def window(**changes: Any) -> Maintenance:
    made: dict[str, Any] = {
        "name": "nightly",
        "owner": "Ada",
        "starts": datetime.fromisoformat("2026-03-01T01:00"),
        "ends": datetime.fromisoformat("2026-03-01T04:00"),
        "zone": "Europe/Berlin",
        "brand": "Kettle",
    }
    return Maintenance(**{**made, **changes})


def told(one: Incident, now: datetime = MONDAY, **given: Any) -> Quiet | None:
    return quiet_by(one, now, **given)


@pytest.mark.parametrize(
    ("changes", "of", "quiet"),
    [
        ({}, {}, True),
        ({}, {"brand": "Other"}, False),
        ({}, {"level": Level.ORANGE}, True),
        ({}, {"level": Level.RED}, False),
        ({"level": Level.RED}, {"level": Level.RED}, True),
        ({"level": Level.BLUE}, {"level": Level.YELLOW}, False),
        ({"brand": "", "source": "x"}, {"brand": "", "source": "x"}, True),
        ({"brand": "", "source": "x"}, {"brand": "", "source": "reddit"}, False),
        ({"brand": "", "source": "x"}, {}, False),
        ({"source": "x"}, {"brand": "", "source": "x"}, True),
        ({"source": "x"}, {}, True),
        ({"until": MONDAY}, {}, False),
        ({"since": MONDAY + HOUR, "until": MONDAY + 2 * HOUR}, {}, False),
        ({"ended_at": MONDAY - HOUR}, {}, False),
    ],
    ids=[
        *("of the brand", "of another", "orange", "red", "red said expressly", "above its level"),
        *("of the source", "of another source", "source alone", "source or brand", "brand or source"),
        *("at its end", "before it begins", "taken back"),
    ],
)
def test_a_silence_holds_for_what_it_names_up_to_its_level_and_its_end(
    changes: dict[str, Any], of: dict[str, Any], *, quiet: bool
) -> None:
    found = told(incident(**of), silences=[silence(**changes)])
    assert (found is not None) is quiet


def test_it_is_said_by_whom_until_when_and_why_in_every_language() -> None:
    found = told(incident(), silences=[silence(), silence(id="s-2", until=MONDAY + 2 * HOUR, owner="Ada")])
    assert found is not None
    assert (found.kind, found.id, found.owner, found.until) == (QuietKind.SILENCE, "s-2", "Ada", MONDAY + 2 * HOUR)
    for language in LANGUAGES:
        assert "Ada" in found.words[language]
        assert "a planned campaign" in found.words[language]


@pytest.mark.parametrize(
    ("at", "hours"),
    [
        (datetime(2026, 3, 22, 0, 30, tzinfo=UTC), 3.0),
        (datetime(2026, 3, 29, 0, 30, tzinfo=UTC), 2.0),
        (datetime(2026, 4, 4, 23, 30, tzinfo=UTC), 3.0),
        (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), 4.0),
    ],
    ids=["an ordinary night", "clocks go forward", "in summer", "clocks go back"],
)
def test_a_weekly_window_keeps_to_the_clock_through_changes_of_daylight_saving(at: datetime, hours: float) -> None:
    when = holding(window(repeat="weekly"), at)
    assert when is not None
    assert (when[1] - when[0]) / HOUR == hours


@pytest.mark.parametrize(
    "at",
    [
        datetime(2026, 3, 21, 23, 59, tzinfo=UTC),
        datetime(2026, 3, 22, 3, 0, tzinfo=UTC),
        datetime(2026, 3, 29, 2, 0, tzinfo=UTC),
        datetime(2026, 3, 24, 1, 0, tzinfo=UTC),
        datetime(2026, 2, 22, 1, 0, tzinfo=UTC),
    ],
    ids=["a minute early", "at its end", "at its end in summer", "another day", "before the first"],
)
def test_outside_of_a_weekly_window_people_are_told(at: datetime) -> None:
    assert holding(window(repeat="weekly"), at) is None
    assert told(incident(), at, windows=[window(repeat="weekly")]) is None


def test_a_time_that_the_clock_skips_begins_when_it_skips_on() -> None:
    night = window(starts=datetime.fromisoformat("2026-03-29T02:30"), ends=datetime.fromisoformat("2026-03-29T05:00"))
    begin = datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    assert holding(night, begin) == (begin, datetime(2026, 3, 29, 3, tzinfo=UTC))


def test_a_window_over_midnight_and_longer_than_a_day_holds_throughout() -> None:
    weekend = window(
        starts=datetime.fromisoformat("2026-03-06T18:00"),
        ends=datetime.fromisoformat("2026-03-09T08:00"),
        repeat="weekly",
        zone="Asia/Taipei",
    )
    for day in (6, 7, 8, 13, 14):
        assert holding(weekend, datetime(2026, 3, day, 12, tzinfo=UTC)) is not None
    assert holding(weekend, datetime(2026, 3, 9, 0, tzinfo=UTC)) is None


def test_a_window_without_repeating_holds_once_and_one_with_a_last_day_until_then() -> None:
    later = datetime(2026, 3, 8, 1, tzinfo=UTC)
    assert holding(window(), later - timedelta(days=7)) is not None
    assert holding(window(), later) is None
    assert holding(window(repeat="weekly", last="2026-03-08"), later) is not None
    assert holding(window(repeat="weekly", last="2026-03-07"), later) is None
    assert following(window(repeat="weekly", last="2026-03-07"), later) is None


def test_what_follows_is_told_beforehand() -> None:
    assert following(window(), MONDAY - timedelta(days=30)) is not None
    assert following(window(), MONDAY) is None
    upcoming = following(window(repeat="weekly"), MONDAY)
    assert upcoming == (datetime(2026, 3, 8, 0, tzinfo=UTC), datetime(2026, 3, 8, 3, tzinfo=UTC))


def test_a_window_holds_up_to_its_level_and_names_its_owner() -> None:
    at = datetime(2026, 3, 1, 1, tzinfo=UTC)
    found = told(incident(level=Level.ORANGE), at, windows=[window()])
    assert found is not None
    assert (found.kind, found.id, found.owner) == (QuietKind.MAINTENANCE, "nightly", "Ada")
    assert told(incident(level=Level.RED), at, windows=[window()]) is None
    assert told(incident(level=Level.RED), at, windows=[window(level="red")]) is not None


@pytest.mark.parametrize(
    ("other", "own", "inhibiting", "quiet"),
    [
        ({"level": Level.RED}, Level.BLUE, "red", True),
        ({"level": Level.RED}, Level.YELLOW, "red", False),
        ({"level": Level.ORANGE}, Level.BLUE, "red", False),
        ({"level": Level.ORANGE}, Level.BLUE, "orange", True),
        ({"level": Level.RED}, Level.BLUE, "", False),
        ({"level": Level.RED, "brand": "Other"}, Level.BLUE, "red", False),
        ({"level": Level.RED, "closed_at": MONDAY, "state": IncidentState.CLOSED}, Level.BLUE, "red", False),
        ({"level": Level.RED, "id": "i-0000"}, Level.BLUE, "red", False),
        ({"level": Level.BLUE}, Level.BLUE, "blue", False),
    ],
    ids=["red over blue", "yellow", "orange", "set lower", "off", "other brand", "closed", "itself", "equals"],
)
def test_a_graver_incident_of_the_same_brand_inhibits(
    other: dict[str, Any], own: Level, inhibiting: LevelName, *, quiet: bool
) -> None:
    settings = QuietSettings(inhibiting=inhibiting)
    others = [incident(level=own), incident(1, **other)]
    found = told(incident(level=own), others=others, settings=settings)
    assert (found is not None) is quiet
    if found:
        assert (found.kind, found.id, found.until) == (QuietKind.INHIBITION, "i-0001", None)


def test_two_sources_that_are_blind_do_not_inhibit_each_other() -> None:
    blind = incident(brand="", source="x", level=Level.BLUE)
    assert told(blind, others=[incident(1, brand="", source="reddit", level=Level.RED)]) is None
