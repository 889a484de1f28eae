"""When a source is blind, and what becomes of the incident."""

from datetime import datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.blindness import AGAIN_WITHIN, GRAVE_AFTER, advance, silence_of
from alerting.settings import AlertingSettings
from core.alert import Alert, AlertEvent, Incident, IncidentState, Level
from core.language import LANGUAGES
from core.sight import BLIND, QUIET, SourceState, brought, failed, heard
from tests.fakes import MONDAY

SETTINGS = AlertingSettings()
SECOND, MINUTE, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(days=1)


def source(last: datetime = MONDAY, gap: float = 1.0, reason: str = "") -> SourceState:
    state = SourceState(name="x", watched_since=MONDAY - DAY, heard_at=last, gap=gap)
    return failed(state, reason) if reason else state


def busy(until: datetime, every: timedelta, days: float) -> SourceState:
    state = SourceState(name="x", watched_since=until - days * DAY)
    times = int(days * DAY / every)
    for number in range(times + 1):
        state = brought(state, until - (times - number) * every)
    return heard(state, until)


def answering(state: SourceState, until: datetime) -> SourceState:
    """The state of a source that has answered all the time."""
    return msgspec.structs.replace(heard(state, until), seen_since=state.seen_since)


@pytest.mark.parametrize(
    ("gap", "silent", "blind"),
    [
        (1, 59 * SECOND, False),
        (1, 61 * SECOND, True),
        (60, 4 * MINUTE, False),
        (60, 6 * MINUTE, True),
        (1800, 59 * MINUTE, False),
        (1800, 61 * MINUTE, True),
    ],
)
def test_a_source_is_blind_when_it_is_silent_for_much_longer_than_usual(
    gap: float, silent: timedelta, blind: bool
) -> None:
    found = silence_of(source(gap=gap), MONDAY + silent, SETTINGS)
    assert (found is not None) is blind
    if found:
        assert (found.rule, found.since) == (BLIND, MONDAY)


def test_a_source_that_never_spoke_is_blind_since_it_is_watched() -> None:
    state = SourceState(name="x", watched_since=MONDAY)
    assert silence_of(state, MONDAY + MINUTE, SETTINGS) is None
    found = silence_of(state, MONDAY + 2 * MINUTE, SETTINGS)
    assert found
    assert (found.rule, found.since) == (BLIND, MONDAY)


def test_a_source_that_answers_and_brings_nothing_is_noticed_once_its_rhythm_is_known() -> None:
    state = busy(MONDAY, 10 * MINUTE, days=3)
    for silent, found in ((2, None), (3, None), (4, QUIET)):
        now = MONDAY + timedelta(hours=silent)
        silence = silence_of(answering(state, now), now, SETTINGS)
        assert (silence and silence.rule) == found
    young = busy(MONDAY, MINUTE, days=1)
    later = MONDAY + 10 * DAY / 24
    assert silence_of(answering(young, later), later, SETTINGS) is None
    nights = brought(brought(state, MONDAY + timedelta(hours=9)), MONDAY + timedelta(hours=9, minutes=10))
    morning = MONDAY + timedelta(hours=20)
    assert silence_of(answering(nights, morning), morning, SETTINGS) is None


def test_a_silence_from_before_the_start_says_nothing_until_the_source_had_its_time_to_connect() -> None:
    start = MONDAY + timedelta(minutes=30)
    assert silence_of(source(), start + 59 * SECOND, SETTINGS, awake_since=start) is None
    found = silence_of(source(), start + 61 * SECOND, SETTINGS, awake_since=start)
    assert found
    assert found.since == MONDAY, "but once it is blind, it is since it was heard last"


def test_a_blind_source_that_answers_but_brings_nothing_is_seen_again_and_quiet() -> None:
    state = busy(MONDAY, 10 * MINUTE, days=3)
    incident, _ = run(state, 90 * MINUTE)
    assert incident
    assert incident.rule == BLIND
    now = MONDAY + timedelta(hours=5)
    state = answering(state, now)
    silence = silence_of(state, now, SETTINGS)
    closed, alerts = advance(state, incident, silence, now, all_blind=False)
    assert closed
    assert closed.closed_at == now
    assert alerts[0].reason["en"].startswith("We see x again")
    quiet, alerts = advance(state, closed, silence, now + 5 * SECOND, all_blind=False)
    assert quiet
    assert (quiet.rule, quiet.level, quiet.peak) == (QUIET, Level.BLUE, Level.BLUE)
    assert quiet.id != closed.id


def test_after_an_outage_a_source_has_its_usual_time_to_bring_something() -> None:
    state = busy(MONDAY, 10 * MINUTE, days=3)
    back = MONDAY + timedelta(hours=5)
    assert silence_of(heard(state, back), back + 2 * SECOND, SETTINGS) is None


def run(state: SourceState, *moments: timedelta, all_blind: bool = False) -> tuple[Incident | None, list[Alert]]:
    incident: Incident | None = None
    alerts: list[Alert] = []
    for moment in moments:
        now = MONDAY + moment
        incident, said = advance(state, incident, silence_of(state, now, SETTINGS), now, all_blind=all_blind)
        alerts += said
    return incident, alerts


def test_the_incident_has_its_own_level_and_rises_with_time() -> None:
    incident, alerts = run(source(reason="no route."), MINUTE, 2 * MINUTE, 3 * MINUTE, GRAVE_AFTER, 20 * MINUTE)
    assert incident
    assert (incident.brand, incident.source, incident.rule) == ("", "x", BLIND)
    assert [(alert.event, alert.level) for alert in alerts] == [
        (AlertEvent.OPENED, Level.YELLOW), (AlertEvent.RAISED, Level.ORANGE),
    ]  # fmt: skip
    assert incident.observed == 20
    assert incident.reason["en"].startswith("We are blind on x since 09:00 UTC. What")
    assert alerts[0].reason["en"] == incident.reason["en"] + " Last error: no route."
    assert all("09:00" in incident.reason[language] for language in LANGUAGES)
    _, alerts = run(source(), 2 * MINUTE, GRAVE_AFTER, all_blind=True)
    assert [alert.level for alert in alerts] == [Level.YELLOW, Level.RED]


def test_it_closes_when_the_source_sees_again_and_opens_again_if_that_was_short() -> None:
    incident, _ = run(source(), 20 * MINUTE)
    assert incident
    seen = heard(source(), MONDAY + 21 * MINUTE)
    now = MONDAY + 21 * MINUTE
    closed, alerts = advance(seen, incident, None, now, all_blind=False)
    assert closed
    assert (closed.state, closed.closed_at) == (IncidentState.CLOSED, now)
    assert [alert.event for alert in alerts] == [AlertEvent.CLOSED]
    assert "after 20 min" in alerts[0].reason["en"]
    assert advance(seen, closed, None, now + MINUTE, all_blind=False) == (closed, ())
    soon = now + AGAIN_WITHIN
    again, alerts = advance(seen, closed, silence_of(seen, soon, SETTINGS), soon, all_blind=False)
    assert again
    assert (again.id, again.opened_at, again.closed_at) == (closed.id, closed.opened_at, None)
    assert [alert.event for alert in alerts] == [AlertEvent.OPENED]
    late = now + AGAIN_WITHIN + MINUTE
    other, _ = advance(seen, closed, silence_of(seen, late, SETTINGS), late, all_blind=False)
    assert other
    assert other.id != closed.id
    assert advance(seen, None, None, now, all_blind=False) == (None, ())


def test_a_quiet_source_is_blue_and_says_how_often_it_usually_brings_something() -> None:
    state = busy(MONDAY, 10 * MINUTE, days=3)
    now = MONDAY + timedelta(hours=5)
    state = answering(state, now)
    incident, alerts = advance(state, None, silence_of(state, now, SETTINGS), now, all_blind=True)
    assert incident
    assert (incident.rule, alerts[0].level) == (QUIET, Level.BLUE)
    assert "usually something comes every 10 min" in incident.reason["en"]
    _, alerts = advance(brought(state, now), incident, None, now, all_blind=False)
    assert alerts[0].reason["en"] == "x brings posts again."


@given(st.lists(st.booleans(), max_size=60))
def test_alerts_come_in_pairs_of_opening_and_closing(silent: list[bool]) -> None:
    incident: Incident | None = None
    state = source()
    levels: list[Alert] = []
    for number, one in enumerate(silent):
        now = MONDAY + number * 2 * MINUTE
        state = state if one else heard(state, now)
        incident, said = advance(state, incident, silence_of(state, now, SETTINGS), now, all_blind=False)
        levels += said
    changes = [alert.event for alert in levels if alert.event != AlertEvent.RAISED]
    assert changes == [AlertEvent.OPENED, AlertEvent.CLOSED] * (len(changes) // 2) + [AlertEvent.OPENED] * (
        len(changes) % 2
    )
    assert len({alert.id for alert in levels}) == len(levels)
