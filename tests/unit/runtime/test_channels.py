"""Channels of the settings: which are made, and what doctor says of them."""

import socket
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from alerting.channels.log import LogChannel
from alerting.channels.pagerduty import PagerDutyChannel
from alerting.channels.settings import ChannelSettings
from alerting.channels.webhook import WebhookChannel
from alerting.policies import Person
from api.app import create_app
from core.errors import ConfigurationError
from runtime.commands import doctor_channels
from runtime.commands.doctor_sources import SomeProblemsError
from runtime.settings import Settings
from runtime.wiring import paging, web
from runtime.wiring.house import open_house
from tests.fakes import FakeClock
from tests.harness import NoDemonstration

KEY = "R0UT1NGKEY0000000000000000000001"
CHAT = ChannelSettings(name="chat", kind="apprise", url="json://127.0.0.1:9/x")
DUTY = ChannelSettings(name="duty", kind="pagerduty", secret=KEY, url="https://127.0.0.1")
HOOK = ChannelSettings(
    name="hook", kind="webhook", url="http://localhost:9/x", secret="whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
)
LOG = ChannelSettings(name="journal", kind="log")


def test_without_channels_the_log_is_one() -> None:
    (only,) = paging.channels((), FakeClock())
    assert isinstance(only, LogChannel)
    assert only.name == "log"


def test_every_kind_is_made_and_the_log_is_added_where_none_has_its_name() -> None:
    made = paging.channels((CHAT, DUTY, HOOK), FakeClock())
    assert [each.name for each in made] == ["log", "chat", "duty", "hook"]
    assert isinstance(made[2], PagerDutyChannel)
    assert isinstance(made[3], WebhookChannel)
    assert [each.name for each in paging.channels((LOG, DUTY), FakeClock())] == ["log", "journal", "duty"]
    renamed = ChannelSettings(name="log", kind="log")
    assert [each.name for each in paging.channels((renamed, DUTY), FakeClock())] == ["log", "duty"]


def test_what_apprise_can_not_read_is_told_when_it_is_made() -> None:
    with pytest.raises(ConfigurationError, match="channel 'chat': Apprise can't read its url"):
        paging.channels((ChannelSettings(name="chat", kind="apprise", url="slack://x"),), FakeClock())


def told(*channels: ChannelSettings, public_url: str = "https://watch.example") -> str:
    return doctor_channels.channels(Settings(channels=channels, public_url=public_url), FakeClock())


def test_doctor_names_the_channels_that_are_well_and_sends_nothing() -> None:
    """Nobody listens at these addresses: a try to send would be told."""
    assert told(CHAT, DUTY, HOOK, LOG) == (
        "chat (apprise, 127.0.0.1), duty (pagerduty, 127.0.0.1), hook (webhook, localhost), journal (log)"
    )


def test_doctor_says_what_is_missing() -> None:
    assert told().startswith("none configured, so people are told in the log alone")
    assert told(LOG, public_url="").endswith("set SIXMINUTE_PUBLIC_URL, so that pages have links to answer by")


def test_doctor_looks_every_server_up(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def look(host: str, *_: Any) -> list[Any]:
        asked.append(host)
        if host == "gone.example":
            raise socket.gaierror(-2, "Name or service not known")
        return []

    monkeypatch.setattr(socket, "getaddrinfo", look)
    slack = ChannelSettings(name="slack", kind="apprise", url="slack://T0AB1C2D3/B0AB1C2D3/a1b2c3d4e5f6g7h8i9j0k1l2")
    wrong = ChannelSettings(name="wrong", kind="apprise", url="slack://a1b2c3d4e5f6g7h8i9j0k1l2")
    gone = ChannelSettings(name="gone", kind="webhook", url="https://gone.example/x", secret=HOOK.secret)
    duty = ChannelSettings(name="duty", kind="pagerduty", secret=KEY)
    with pytest.raises(SomeProblemsError) as raised:
        told(slack, wrong, gone, duty)
    assert sorted(asked) == ["events.pagerduty.com", "gone.example", "hooks.slack.com"]
    assert raised.value.well == "slack (apprise, hooks.slack.com), duty (pagerduty, events.pagerduty.com)"
    assert list(raised.value.complaints) == [
        "channel 'wrong': Apprise can't read its url (slack://…); docs/channels.md has examples",
        "channel 'gone': the name gone.example isn't found (Name or service not known): correct it, or mend the DNS",
    ]


def test_doctor_does_not_wait_for_names_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    import threading

    held = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_: held.wait(20.0))
    monkeypatch.setattr(doctor_channels, "_PATIENCE", 0.01)
    with pytest.raises(SomeProblemsError, match=r"the name 127\.0\.0\.1 isn't found \(no answer in time\)"):
        told(CHAT)
    held.set()


def test_doctor_tells_a_name_that_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    def look(*_: Any) -> None:
        raise UnicodeError("label too long")

    monkeypatch.setattr(socket, "getaddrinfo", look)
    with pytest.raises(SomeProblemsError, match="it is no name"):
        told(CHAT)


def test_a_link_is_answered_under_the_public_name_by_whichever_process_has_the_store(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, public_url="https://Watch.example/", people=(Person(name="Ana"),))
    house = open_house(settings)
    made = paging.links(settings.public_url, house.store).acknowledge("i-1", "Ana", house.clock.now())
    parts = web.parts(house, NoDemonstration(), lambda: {"store": "ok"}, lambda: b"")
    with TestClient(create_app(parts), base_url="https://watch.example") as client:
        path = made.removeprefix("https://Watch.example")
        answer = client.get(path)
        assert (answer.status_code, "Nothing is known of it any more" in answer.text) == (410, True)
        assert client.get(path, headers={"Host": "other.example"}).status_code == 421
    house.close()


def test_without_a_public_address_pages_have_no_links(tmp_path: Path) -> None:
    house = open_house(Settings(data_dir=tmp_path))
    assert paging.links("", house.store).acknowledge("i-1", "Ana", house.clock.now()) == ""
    assert house.store.cursor("key:links") == ""
    house.close()
