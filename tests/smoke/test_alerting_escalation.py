"""Escalation on the real embedded bus and store: one page for each incident and level, none lost."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from adapters.bus_embedded import EmbeddedBus
from adapters.store import SqlStore
from alerting.channels.log import LogChannel
from alerting.escalation_service import EscalationService
from alerting.settings import AlertingSettings
from core.alert import Alert, AlertEvent, Level
from core.errors import DeliveryError
from core.events import ALERTS, AlertFired, encode
from core.language import Language
from core.ports.bus import Message
from core.ports.channel import Channel
from tests.backends import StoreAt, open_embedded
from tests.fakes import MONDAY, FakeClock

SETTINGS = AlertingSettings(page_language="zh-Hant")


def alert(event: AlertEvent, level: Level, minute: int, incident: str = "i-1") -> Alert:
    return Alert(
        id=f"a-{incident}-{minute}",
        brand="Nimbus",
        incident=incident,
        at=MONDAY + timedelta(minutes=minute),
        event=event,
        level=level,
        rule="baseline",
        reason={"en": "too many", "zh-Hant": "太多", "zh-Hans": "太多了"},
        observed=43,
        expected_low=8,
        expected_high=19,
    )


OPENED = alert(AlertEvent.OPENED, Level.BLUE, 0)
RAISED = alert(AlertEvent.RAISED, Level.YELLOW, 5)
LOWERED = alert(AlertEvent.LOWERED, Level.BLUE, 60)
RAISED_AGAIN = alert(AlertEvent.RAISED, Level.YELLOW, 70)


class Notebook:
    """Writes down what it was told; fails as often as it is asked to."""

    def __init__(self, name: str = "notebook", *failures: DeliveryError) -> None:
        self.name = name
        self.failures = list(failures)
        self.told: list[tuple[str, Language]] = []

    def deliver(self, alert: Alert, language: Language) -> None:
        if self.failures:
            raise self.failures.pop(0)
        self.told.append((alert.id, language))


class House:
    def __init__(self, folder: Path, store_at: StoreAt) -> None:
        self.clock = FakeClock()
        self.bus: EmbeddedBus
        self.store: SqlStore
        self.bus, self.store = open_embedded(folder, self.clock, store_at)

    def worker(self, *channels: Channel) -> EscalationService:
        return EscalationService(self.bus, self.store, self.clock, channels, SETTINGS)

    def publish(self, *alerts: Alert) -> None:
        self.bus.publish(
            [
                Message(ALERTS, one.brand, encode(AlertFired(id=f"f-{one.id}", incident=one.incident, alert=one)))
                for one in alerts
            ]
        )


@pytest.fixture
def house(tmp_path: Path, store_at: StoreAt) -> Iterator[House]:
    one = House(tmp_path, store_at)
    yield one
    one.bus.close()
    one.store.close()


def test_each_level_of_an_incident_is_told_once(house: House) -> None:
    notebook = Notebook()
    worker = house.worker(notebook)
    house.publish(OPENED, RAISED, LOWERED, RAISED_AGAIN)
    assert worker.step(0.0) == 4
    house.publish(OPENED, RAISED, LOWERED, RAISED_AGAIN)
    assert worker.step(0.0) == 4
    assert notebook.told == [(one.id, "zh-Hant") for one in (OPENED, RAISED, LOWERED)]
    worker.close()


def test_an_incident_that_opens_again_is_told_again_up_to_the_level_it_had(house: House) -> None:
    notebook = Notebook()
    worker = house.worker(notebook)
    closed = alert(AlertEvent.CLOSED, Level.BLUE, 120)
    again, higher = alert(AlertEvent.OPENED, Level.BLUE, 150), alert(AlertEvent.RAISED, Level.YELLOW, 155)
    story = (OPENED, RAISED, closed, again, higher)
    house.publish(*story)
    assert worker.step(0.0) == 5
    house.publish(*story)
    assert worker.step(0.0) == 5
    worker.close()
    assert [told for told, _ in notebook.told] == [one.id for one in story]


def test_a_level_below_the_one_it_opened_with_is_no_news(house: House) -> None:
    notebook = Notebook()
    worker = house.worker(notebook)
    opened = alert(AlertEvent.OPENED, Level.YELLOW, 0)
    house.publish(opened, LOWERED, RAISED_AGAIN)
    worker.step(0.0)
    worker.close()
    assert [told for told, _ in notebook.told] == [opened.id, LOWERED.id]


def test_another_incident_is_told_by_itself(house: House) -> None:
    notebook = Notebook()
    worker = house.worker(notebook)
    other = alert(AlertEvent.OPENED, Level.BLUE, 1, incident="i-2")
    house.publish(OPENED, other)
    worker.step(0.0)
    worker.close()
    assert [told for told, _ in notebook.told] == [OPENED.id, other.id]


def test_a_channel_that_fails_for_now_is_tried_again_and_the_others_are_not_told_twice(house: House) -> None:
    shaky = Notebook("shaky", DeliveryError("the line is busy", permanent=False))
    steady = Notebook("steady")
    worker = house.worker(shaky, steady)
    house.publish(OPENED)
    with pytest.raises(DeliveryError, match="busy"):
        worker.step(0.0)
    assert (shaky.told, len(steady.told)) == ([], 1)
    assert worker.step(0.0) == 1
    worker.close()
    assert (len(shaky.told), len(steady.told)) == (1, 1)
    assert house.bus.lag("escalation", ALERTS) == 0


def test_a_channel_that_fails_for_good_leaves_a_dead_letter_and_holds_nothing_up(house: House) -> None:
    wrong = Notebook("wrong", DeliveryError("no such address", permanent=True))
    steady = Notebook("steady")
    worker = house.worker(wrong, steady)
    house.publish(OPENED, RAISED)
    assert worker.step(0.0) == 2
    worker.close()
    (letter,) = house.bus.browse(f"{ALERTS}.dead")
    assert b"no such address" in letter.value
    assert (len(wrong.told), len(steady.told)) == (1, 2)


def test_what_is_no_alert_goes_to_the_dead_letters(house: House) -> None:
    worker = house.worker(Notebook())
    house.bus.publish([Message(ALERTS, "Nimbus", b"{}")])
    assert worker.step(0.0) == 1
    worker.close()
    worker.close()
    (letter,) = house.bus.browse(f"{ALERTS}.dead")
    assert b"not a AlertFired" in letter.value


def test_the_log_channel_writes_one_line_with_the_reason() -> None:
    with capture_logs() as lines:
        LogChannel().deliver(RAISED, "en")
    assert lines == [
        {
            "event": "alert",
            "log_level": "warning",
            "brand": "Nimbus",
            "change": "raised",
            "alert_level": "yellow",
            "rule": "baseline",
            "reason": "too many",
            "incident": "i-1",
            "at": "2026-03-02T09:05:00+00:00",
        }
    ]
