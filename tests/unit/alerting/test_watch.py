from datetime import timedelta

from alerting.backtest import new_watch
from alerting.counting import change_of, entry_of
from alerting.series import Counts
from alerting.settings import AlertingSettings
from alerting.watch import Watch
from core.alert import Alert, IncidentState
from core.mention import ScoredMention
from tests.unit.alerting.timeline import START, burst, in_time, ordinary

SETTINGS = AlertingSettings()
CRISIS = START + timedelta(days=4, hours=14)


def feed(watch: Watch, stream: list[ScoredMention]) -> list[Alert]:
    alerts: list[Alert] = []
    for one in stream:
        change = change_of(entry_of(one.mention, one.score, SETTINGS))
        alerts += watch.observe(change.at, change.counts, segments=change.segments)
    return alerts


def test_ordinary_days_are_silent() -> None:
    for seed in range(3):
        assert feed(new_watch("Nimbus", SETTINGS), ordinary(5, seed=seed)) == []


def test_a_burst_is_seen_while_it_begins_and_calm_when_it_is_over() -> None:
    watch = new_watch("Nimbus", SETTINGS)
    alerts = feed(watch, in_time(ordinary(5), burst(CRISIS, 120, 60)))
    events = [alert.event.value for alert in alerts]
    assert events[0] == "opened"
    assert alerts[0].at - CRISIS < timedelta(minutes=20)
    assert max(alert.level for alert in alerts) == 4
    assert events[-1] == "closed"
    assert alerts[-1].at - CRISIS < timedelta(hours=6)
    assert len({alert.incident for alert in alerts}) == 1


def test_time_alone_closes_an_incident_minute_by_minute() -> None:
    watch = new_watch("Nimbus", SETTINGS)
    stream = in_time(ordinary(4.5), burst(CRISIS, 60, 30))
    feed(watch, [one for one in stream if one.mention.created_at < CRISIS + timedelta(minutes=30)])
    assert watch.open
    assert watch.tick(CRISIS + timedelta(minutes=40)) == []
    in_one = watch.tick(CRISIS + timedelta(hours=9))
    assert in_one[-1].event == "closed"
    assert watch.tick(CRISIS + timedelta(hours=20)) == []


def test_a_late_mention_is_placed_where_it_belongs() -> None:
    late, prompt = new_watch("Nimbus", SETTINGS), new_watch("Nimbus", SETTINGS)
    stream = in_time(ordinary(4.4), burst(CRISIS - timedelta(hours=5), 12, 10))
    feed(prompt, stream)
    feed(late, [stream[-1], *stream[:-1]])
    assert late.watermark == prompt.watermark
    window = SETTINGS.window_minutes
    moment = int(stream[-1].mention.created_at.timestamp() // 60)
    assert late._whole.view(moment).window == prompt._whole.view(moment).window
    assert late._whole.view(moment - window).window == prompt._whole.view(moment - window).window


def test_a_mention_from_the_future_waits_for_its_time() -> None:
    watch = new_watch("Nimbus", SETTINGS)
    feed(watch, ordinary(2))
    now = START + timedelta(days=2)
    for _ in range(50):
        assert watch.observe(now + timedelta(hours=3), Counts(1, 1, 0), latest=now) == []
    assert watch.watermark == now
    assert watch.observe(now + timedelta(hours=3), Counts(1, 1, 0)) != []


def test_a_deletion_takes_its_count_back() -> None:
    watch = new_watch("Nimbus", SETTINGS)
    feed(watch, ordinary(3))
    at = watch.watermark
    assert at
    for change in (Counts(1, 1, 1), Counts(-1, -1, -1)):
        watch.observe(at, change)
    minute = int(at.timestamp() // 60)
    assert watch._whole.view(minute).window.sensitive == 0


def test_points_are_given_once_a_minute_and_only_once() -> None:
    watch = new_watch("Nimbus", SETTINGS)
    for second in (0, 10, 50, 70):
        watch.observe(START + timedelta(seconds=second), Counts(1, 1, 0))
    points = watch.take_points()
    assert [(point.at - START, point.observed, point.total) for point in points] == [
        (timedelta(minutes=1), 3, 3),
        (timedelta(minutes=2), 4, 4),
    ]
    assert all(point.low <= point.expected <= point.high for point in points)
    assert watch.take_points() == []


def test_points_say_whether_the_usual_level_is_known() -> None:
    watch = new_watch("Nimbus", SETTINGS)
    feed(watch, ordinary(2))
    learned = [point.learning for point in watch.take_points()]
    assert learned[0]
    assert not learned[-1]
    assert learned == sorted(learned, reverse=True)


def test_the_window_of_an_alert_ends_with_the_minute_that_was_looked_at() -> None:
    watch = new_watch("Nimbus", SETTINGS)
    feed(watch, ordinary(4.5))
    assert watch.take_windows() == {}
    opened, *_ = watch.observe(CRISIS, Counts(100, 100, 0))
    assert watch.take_windows() == {opened.id: CRISIS + timedelta(minutes=1)}
    passed = watch.tick(CRISIS + timedelta(hours=9))
    assert passed
    assert watch.take_windows() == {alert.id: alert.at for alert in passed}


def test_an_incident_doesnt_become_usual_while_it_lasts() -> None:
    watch = new_watch("Nimbus", SETTINGS)
    feed(watch, in_time(ordinary(4), burst(START + timedelta(days=4), 60 * 30, 30 * 60)))
    assert watch.open
    assert watch.take_points()[-1].expected < 25


def test_themes_are_named_on_the_incident_that_they_belong_to() -> None:
    watch = new_watch("Nimbus", SETTINGS)
    assert watch.take_incidents() == []
    storm = burst(CRISIS - timedelta(hours=3), 60, 30)
    feed(watch, in_time(ordinary(4.5), storm))
    assert watch.incident
    watch.name_themes(watch.incident.id, ("delivery",))
    assert watch.incident.themes == ("delivery",)
    assert watch.take_incidents() == [watch.incident]
    assert watch.take_incidents() == []


def test_an_incident_that_closed_before_the_next_one_opened_is_told_of_too() -> None:
    watch = new_watch("Nimbus", SETTINGS)
    first, second = burst(CRISIS - timedelta(days=1), 60, 30), burst(CRISIS, 60, 30)
    feed(watch, in_time(ordinary(5.5), [*first, *second]))
    told = watch.take_incidents()
    assert [incident.state for incident in told][:-1] == [IncidentState.CLOSED] * (len(told) - 1)
    assert len(told) > 1


def test_how_large_a_brand_is_takes_some_hours_to_know() -> None:
    at_once = new_watch("Nimbus", SETTINGS)
    assert feed(at_once, burst(START, 60, 5)) == []
    later = new_watch("Nimbus", SETTINGS)
    seldom = burst(START, 5, 5 * 60)
    alerts = feed(later, [*seldom, *burst(START + timedelta(hours=5), 60, 5)])
    assert alerts
    assert "not known yet" in alerts[0].reason["en"]


def test_a_storm_that_is_over_is_not_told_again_because_a_long_window_remembers_it() -> None:
    storm = burst(CRISIS, 240, 60)
    later = burst(CRISIS + timedelta(hours=5), 26, 60)
    alerts = feed(new_watch("Nimbus", SETTINGS), in_time(ordinary(5), storm, later))
    closed = next(alert.at for alert in alerts if alert.event.value == "closed")
    assert closed < CRISIS + timedelta(hours=5)
    assert [int(alert.level) for alert in alerts if alert.at > closed and alert.event.value != "closed"] == [1]
