from dataclasses import dataclass, field
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from alerting.incidents import advance
from alerting.settings import AlertingSettings
from alerting.signals import Signal
from core.alert import Alert, AlertEvent, BandPoint, Incident, IncidentState, Level
from core.language import LANGUAGES
from tests.unit.alerting.timeline import START

NIMBUS = ("Nimbus", "")
SETTINGS = AlertingSettings()
WORDS = dict.fromkeys(LANGUAGES, "too many")


def signal(level: int, observed: float = 40) -> Signal:
    return Signal(
        rule="baseline", level=Level(level), observed=observed, expected_low=4, expected_high=18, reason=WORDS
    )


@dataclass
class Timeline:
    """Minute by minute: what the rules say, and what comes of it."""

    incident: Incident | None = None
    minute: int = 0
    alerts: list[Alert] = field(default_factory=list)

    def play(self, level: int, minutes: int = 1, observed: float = 10) -> list[tuple[int, str, int]]:
        """The alerts of the next minutes, as (minute, event, level)."""
        found = []
        for _ in range(minutes):
            at = START + timedelta(minutes=self.minute)
            point = BandPoint(at=at, observed=observed, total=20, expected=9, low=4, high=18)
            self.incident, alerts = advance(
                ("Nimbus", ""), self.incident, [signal(level)] if level else [], point, SETTINGS
            )
            found += [(self.minute, alert.event.value, int(alert.level)) for alert in alerts]
            self.alerts += alerts
            self.minute += 1
        return found

    @property
    def state(self) -> str:
        assert self.incident
        return self.incident.state.value


def test_nothing_happens_without_a_signal() -> None:
    line = Timeline()
    assert line.play(0, 100) == []
    assert line.incident is None


def test_it_opens_rises_at_once_and_joins_repeated_signals() -> None:
    line = Timeline()
    assert line.play(1, 5) == [(0, "opened", 1)]
    assert line.state == "open"
    assert line.play(3, 5) == [(5, "raised", 3)]
    assert line.state == "rising"
    assert line.play(4, 5) == [(10, "raised", 4)]
    assert line.incident
    assert line.incident.peak == Level.RED


def test_it_falls_one_level_after_each_calm_period_and_closes_after_a_longer_one() -> None:
    line = Timeline()
    line.play(3)
    assert line.play(0, 200) == [(31, "lowered", 2), (61, "lowered", 1), (121, "closed", 1)]
    assert line.state == "closed"
    assert line.incident
    assert line.incident.peak == Level.ORANGE
    assert line.incident.closed_at == START + timedelta(minutes=121)


def test_calm_is_over_with_the_first_new_signal() -> None:
    line = Timeline()
    line.play(2)
    assert line.play(0, 25) == []
    assert line.state == "calm"
    assert line.play(2) == []
    assert line.state == "open"
    assert line.play(0, 25) == []
    assert line.play(0, 6) == [(57, "lowered", 1)]


def test_lower_signals_let_it_fall_to_their_level_and_no_further() -> None:
    line = Timeline()
    line.play(3)
    assert line.play(1, 25) == []
    assert line.state == "open"
    assert line.play(1, 200) == [(31, "lowered", 2), (61, "lowered", 1)]
    assert line.state == "open"
    assert line.incident
    assert line.incident.quiet_since is None


def test_silence_after_lower_signals_is_calm() -> None:
    line = Timeline()
    line.play(3)
    line.play(1, 10)
    line.play(0)
    assert line.state == "calm"


def test_it_stays_open_while_the_count_is_above_its_band() -> None:
    line = Timeline()
    line.play(1)
    assert line.play(0, 300, observed=19) == []
    assert line.state == "open"
    assert line.play(0, 61, observed=18) == [(361, "closed", 1)]


def test_a_few_mentions_above_the_band_of_a_small_brand_let_it_close() -> None:
    line = Timeline()
    line.play(1)
    small = BandPoint(at=START, observed=3, total=4, expected=0.1, low=0, high=1)
    line.incident, _ = advance(NIMBUS, line.incident, [], small, SETTINGS)
    assert line.state == "calm"


def test_a_cause_that_returns_soon_is_the_same_incident() -> None:
    line = Timeline()
    line.play(2)
    line.play(0, 100)
    assert line.incident
    first = line.incident.id
    assert line.play(1) == [(101, "opened", 1)]
    assert line.incident.id == first
    assert (line.incident.closed_at, line.incident.peak) == (None, Level.YELLOW)
    reopened_at, ended_before = line.incident.reopened_at, line.incident.ended_before
    assert reopened_at == START + timedelta(minutes=101)
    assert ended_before is not None
    assert ended_before < reopened_at


def test_a_cause_that_returns_late_is_a_new_incident() -> None:
    line = Timeline()
    line.play(1)
    line.play(0, 61 + SETTINGS.reopen_minutes + 1)
    assert line.incident
    first = line.incident.id
    ended = line.incident.closed_at
    assert line.play(1)[0][1:] == ("opened", 1)
    assert line.incident.id != first
    assert (line.incident.reopened_at, line.incident.ended_before) == (None, ended)


def test_the_reason_is_that_of_the_highest_alert() -> None:
    line = Timeline()
    line.play(3)
    line.play(0, 70)
    weaker = Signal(
        rule="share",
        level=Level.YELLOW,
        observed=0.9,
        expected_low=0.3,
        expected_high=0.5,
        reason=dict.fromkeys(LANGUAGES, "mood"),
    )
    point = BandPoint(at=START + timedelta(minutes=80), observed=10, total=20, expected=9, low=4, high=18)
    risen, alerts = advance(NIMBUS, line.incident, [weaker], point, SETTINGS)
    assert risen
    assert (risen.level, risen.rule, risen.reason) == (Level.YELLOW, "share", WORDS)
    assert alerts[0].reason["en"] == "mood"


def test_what_is_said_of_calm_carries_the_present_count() -> None:
    line = Timeline()
    line.play(2)
    line.play(0, 100)
    lowered, closed = line.alerts[1:]
    assert (lowered.event, lowered.observed, lowered.expected_high) == (AlertEvent.LOWERED, 10, 18)
    assert lowered.reason["en"] == "Nimbus has been below level yellow for 30 minutes; the level is now blue."
    assert closed.reason["en"] == "Nothing unusual about Nimbus for 60 minutes; the incident is closed."
    assert all(len(set(alert.reason.values())) == 3 for alert in (lowered, closed))


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(1, 90), st.sampled_from([10.0, 25.0])), max_size=8))
def test_whatever_comes_levels_rise_at_once_and_fall_by_one(stretches: list[tuple[int, int, float]]) -> None:
    line, again = Timeline(), Timeline()
    for level, minutes, observed in stretches:
        line.play(level, minutes, observed)
        again.play(level, minutes, observed)
        assert line.incident is None or line.incident.level >= level or line.incident.state == IncidentState.CLOSED
    level = 0
    for alert in line.alerts:
        if alert.event == AlertEvent.OPENED:
            assert level == 0
            level = alert.level
        elif alert.event == AlertEvent.RAISED:
            assert alert.level > level
            level = alert.level
        elif alert.event == AlertEvent.LOWERED:
            assert alert.level == level - 1
            level = alert.level
        else:
            assert (alert.level, level) == (1, 1)
            level = 0
    assert line.alerts == again.alerts
    assert len({alert.id for alert in line.alerts}) == len(line.alerts)
