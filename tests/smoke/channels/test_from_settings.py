"""From an alert on the bus to the services that the settings name."""

from pathlib import Path

from alerting.channels.settings import ChannelSettings
from core.alert import Alert, AlertEvent, Level
from core.events import ALERTS, AlertFired, encode
from core.ports.bus import Message
from runtime import stages
from runtime.settings import Settings
from runtime.wiring.house import open_house
from tests.fakes import MONDAY, FakeClock, WordClassifier
from tests.servers.pager import ROUTING_KEY, SECRET, Pager

REASON = "Negative posts about Nimbus rose from 12 to 43 an hour; usual at this time: 8 to 19."


def test_without_people_an_alert_goes_from_channel_to_channel(tmp_path: Path, pager: Pager) -> None:
    channels = (
        ChannelSettings(name="chat", kind="apprise", url=pager.chat_url),
        ChannelSettings(name="duty", kind="pagerduty", url=pager.url, secret=ROUTING_KEY),
        ChannelSettings(name="hook", kind="webhook", url=f"{pager.url}/hook", secret=SECRET),
    )
    settings = Settings(data_dir=tmp_path, channels=channels)
    clock = FakeClock()
    house = open_house(settings, clock)
    alert = Alert(
        id="a-1",
        brand="Nimbus",
        incident="i-1",
        at=MONDAY,
        event=AlertEvent.OPENED,
        level=Level.ORANGE,
        rule="baseline",
        reason={"en": REASON, "zh-Hant": REASON, "zh-Hans": REASON},
        observed=43,
        expected_low=8,
        expected_high=19,
    )
    with house.store.unit() as unit:
        unit.put_alert(alert)
    house.bus.publish([Message(ALERTS, "Nimbus", encode(AlertFired(id="f-1", incident="i-1", alert=alert)))])
    (job,) = [
        each
        for each in stages.jobs(settings, lambda: house, WordClassifier, stages=("alerting",))
        if each.name == "escalation"
    ]
    service = job.make()
    for _ in channels:
        while service.step(0.0):
            pass
        clock.forward(minutes=2)
    service.close()
    title = "ORANGE · Negative posts about Nimbus rose from 12 to 43 an hour"
    assert [message["title"] for message in pager.chat] == [title]
    assert pager.incidents["i-1"].rang == [title]
    (hooked,) = pager.hooked.values()
    assert hooked["data"]["text"].startswith(REASON)
    house.close()
