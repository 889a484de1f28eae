from datetime import datetime, timedelta

from alerting.review import RealEvent, onset, review
from core.alert import Alert, AlertEvent, Level
from tests.unit.alerting.timeline import START

DAY = timedelta(days=1)
CRISIS = START + timedelta(days=3, hours=12)
EVENT = RealEvent(brand="Nimbus", name="outage", since=CRISIS - timedelta(hours=2), until=CRISIS + timedelta(hours=4))


def posts() -> list[tuple[datetime, bool]]:
    """Two an hour, one of them negative, for a week; from the crisis on a hundred an hour for an hour."""
    usual = [(START + timedelta(minutes=30 * number), number % 2 == 0) for number in range(7 * 48)]
    storm = [(CRISIS + timedelta(seconds=36 * number), True) for number in range(100)]
    return sorted(usual + storm)


def alert(at: datetime, *, incident: str = "a", event: AlertEvent = AlertEvent.OPENED, rule: str = "baseline") -> Alert:
    return Alert(
        id=f"{incident}-{at}",
        brand="Nimbus",
        incident=incident,
        at=at,
        event=event,
        level=Level.YELLOW,
        rule=rule,
        reason={"en": "", "zh-Hant": "", "zh-Hans": ""},
        observed=1,
        expected_low=0,
        expected_high=1,
    )


def test_an_event_begins_with_the_quarter_of_an_hour_that_reaches_half_of_its_height() -> None:
    negative = [at for at, is_negative in posts() if is_negative]
    began = onset(negative, EVENT, 1.0)
    assert began
    assert abs(began - CRISIS) < timedelta(minutes=8)
    nothing = RealEvent(brand="Nimbus", name="", since=START - DAY, until=START)
    assert onset(negative, nothing, 1.0) is None


def test_an_alarm_in_the_time_of_an_event_is_its_and_others_are_false() -> None:
    told = [
        alert(START + DAY, incident="false"),
        alert(START + 2 * DAY, incident="trend", rule="trend"),
        alert(CRISIS + timedelta(minutes=10), incident="true"),
        alert(CRISIS + timedelta(minutes=20), incident="true", event=AlertEvent.RAISED),
        alert(CRISIS + DAY, incident="true", event=AlertEvent.CLOSED),
    ]
    (found,) = review({"Nimbus": posts()}, told, [EVENT])
    (seen,) = found.seen
    assert seen.told == CRISIS + timedelta(minutes=10)
    assert seen.delay is not None
    assert timedelta(minutes=9) < seen.delay < timedelta(minutes=18)
    assert seen.level == Level.YELLOW
    assert [alert.incident for alert in found.false_alarms] == ["false"]
    assert (found.mentions, found.negative) == (7 * 48 + 100, 7 * 24 + 100)
    assert found.quiet_weeks == (7 - 0.25) / 7
    assert found.false_per_week == 1 / found.quiet_weeks


def test_an_event_nobody_was_told_of_has_no_delay() -> None:
    (found,) = review({"Nimbus": posts()}, [], [EVENT])
    assert (found.seen[0].told, found.seen[0].delay, found.seen[0].level) == (None, None, None)
    assert found.false_per_week == 0


def test_an_incident_that_runs_into_an_event_is_not_false() -> None:
    told = [alert(CRISIS - timedelta(hours=9)), alert(CRISIS, event=AlertEvent.RAISED)]
    (found,) = review({"Nimbus": posts()}, told, [EVENT])
    assert found.false_alarms == ()
    assert found.seen[0].told == CRISIS
