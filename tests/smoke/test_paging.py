"""Paging in the whole house: an alert pages, over the API it is acknowledged, and commands say who is on duty."""

from collections.abc import Sequence
from datetime import time, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from alerting.channels.settings import ChannelSettings
from alerting.policies import Person, Policy, Rotation, Step
from core.brand import Brand
from core.escalation import Deed, id_of_test
from core.events import ALERTS, AlertFired, encode
from core.ports.bus import Message
from runtime import settings as settings_module
from runtime.commands.doctor_channels import last_pages
from runtime.commands.doctor_paging import paging
from runtime.commands.doctor_sources import SomeProblemsError
from runtime.settings import Settings
from runtime.wiring import backends
from tests.contract.things import alert, attempt, incident
from tests.fakes import MONDAY, FakeClock
from tests.harness import Application
from tests.smoke.test_cli import one_line, run

__all__ = ["run"]

CONFIGURED = """
[[people]]
name = "Mei-Ling"
zone = "Asia/Taipei"

[[people]]
name = "Bo"

[[rotations]]
name = "desk"
people = ["Mei-Ling"]
zone = "Asia/Taipei"
starts = 2026-03-02T09:00:00

[[policies]]
name = "all"
steps = [{ to = ["rotation:desk"] }, { to = ["Bo"] }]
"""
PEOPLE = (Person(name="Mei-Ling"), Person(name="Bo"))
CHAT = ChannelSettings(name="chat", kind="apprise", url="json://127.0.0.1/x")
JOURNAL = ChannelSettings(name="journal", kind="log")
WITH_CHAT = tuple(replace(each, channels=("chat",)) for each in PEOPLE)


def test_an_alert_pages_until_somebody_acknowledges_and_the_others_hear_of_it(tmp_path: Path, store_url: str) -> None:
    ladder = Policy(name="all", steps=(Step(to=("Mei-Ling",)), Step(to=("Bo",))))
    house = Application(tmp_path, database_url=store_url, people=PEOPLE, policies=(ladder,))
    try:
        with house.house.store.unit() as unit:
            unit.put_incident(incident(0, brand="Acme"))
            unit.put_alert(alert(0, brand="Acme"))
        fired = AlertFired(id="f-1", incident="i-0000", alert=alert(0, brand="Acme", at=house.clock.now()))
        house.house.bus.publish([Message(ALERTS, "Acme", encode(fired))])
        house.settle()
        paging = house.client.get("/api/v1/incidents/i-0000/paging").json()
        assert (paging["asked"], [one["person"] for one in paging["attempts"]]) == (["Mei-Ling"], ["Mei-Ling"])
        house.forward(minutes=5)
        house.restart()
        taken = house.client.post("/api/v1/incidents/i-0000/acknowledge", headers={"X-Sixminute-User": "Bo"})
        assert taken.status_code == 200
        house.settle()
        house.forward(minutes=30)
        paging = house.client.get("/api/v1/incidents/i-0000/paging").json()
        assert (paging["asked"], paging["acknowledged_by"]) == ([], "Bo")
        assert [(one["person"], one["kind"]) for one in paging["attempts"]] == [
            ("Mei-Ling", "opened"),
            ("Bo", "opened"),
            ("Mei-Ling", "acknowledged"),
        ]
        house.alerts()
    finally:
        house.close()


def test_commands_send_test_pages_and_say_who_is_on_duty(run, tmp_path: Path) -> None:
    assert run("page", "duty").out == "There are no rotations: add [[rotations]] to sixminute.toml.\n"
    (tmp_path / "sixminute.toml").write_text(CONFIGURED, encoding="utf-8")
    assert run("page", "duty").out.startswith("desk: Mei-Ling until ")
    assert run("page", "duty").out.endswith(" 09:00 (Asia/Taipei)\n")
    assert run("page", "test").out == "A test page goes to Mei-Ling, Bo.\n"
    assert run("page", "test", "--person", "Bo").out == "A test page goes to Bo.\n"
    assert "there is nobody of that name; there are Mei-Ling, Bo" in one_line(run("page", "test", "--person", "Zoe"))
    house = Application(tmp_path)
    wishes = house.house.store.waiting_handlings(9)
    house.close()
    assert [(one.deed, one.to) for one in wishes] == [(Deed.TESTED, ""), (Deed.TESTED, "Bo")]


def test_who_has_quiet_hours_gets_a_test_page_at_their_end_and_that_is_said(
    run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    clock = FakeClock(MONDAY)
    monkeypatch.setattr(backends, "system_clock", lambda: clock)
    quiet = 'quiet_from = 16:00:00\nquiet_to = 18:00:00\n\n[[people]]\nname = "Bo"'
    asleep = CONFIGURED.replace('\n[[people]]\nname = "Bo"', quiet, 1)
    (tmp_path / "sixminute.toml").write_text(asleep, encoding="utf-8")
    later = "Mei-Ling has quiet hours until 18:00 (Asia/Taipei) and gets a test page then."
    assert run("page", "test").out.splitlines() == ["A test page goes to Bo.", later]
    assert run("page", "test", "--person", "Mei-Ling").out.splitlines() == [later]
    sleeper = replace(PEOPLE[0], zone="Asia/Taipei", quiet_from=time(16), quiet_to=time(18))
    house = Application(tmp_path, people=(sleeper, PEOPLE[1]), clock=clock)
    try:
        everybody = next(one for one in house.house.store.waiting_handlings(9) if not one.to)
        tests = [id_of_test(everybody.id, name) for name in ("Mei-Ling", "Bo")]
        house.settle()
        assert [len(house.house.store.attempts(one)) for one in tests] == [0, 1]
        house.forward(hours=1)
        assert [len(house.house.store.attempts(one)) for one in tests] == [1, 1]
    finally:
        house.close()


def test_doctor_warns_of_a_channel_whose_last_page_failed(run, tmp_path: Path) -> None:
    configured = '[[channels]]\nname = "hook"\nkind = "webhook"\nurl = "http://127.0.0.1:9/"\nsecret = "whsec_{}"\n'
    (tmp_path / "sixminute.toml").write_text(configured.format("c2l4bWludXRlc2l4bWludXRl"), encoding="utf-8")
    now = backends.system_clock().now()
    house = Application(tmp_path)
    try:
        with house.house.store.unit() as unit:
            for channel, reason in (("hook", "hook: it can't be reached"), ("gone", "gone: refused")):
                unit.note_attempt(attempt(0, channel=channel, at=now - timedelta(hours=1), reason=reason))
        told = run("doctor")
        (line,) = [line for line in told.out.splitlines() if line.startswith("  warning")]
        assert "last pages: channel 'hook' failed at" in line
        assert "hasn't worked since: it can't be reached; mend it, then try it: sixminute page test" in line
        assert told.code == 0, told.out
        with house.house.store.unit() as unit:
            unit.note_attempt(attempt(1, channel="hook", at=now))
        assert last_pages(settings_module.load(), house.house.store, now) == (
            "no channel failed last, in the last 24 hours"
        )
    finally:
        house.close()


def test_doctor_says_who_can_be_paged_and_of_which_brand_no_policy_says_anything() -> None:
    assert "nobody is configured" in paging(Settings(), MONDAY)
    rotation = Rotation(name="desk", people=("Bo",), starts=MONDAY.replace(tzinfo=None))
    known = Settings(
        people=WITH_CHAT, channels=(CHAT,), rotations=(rotation,), brands=(Brand(name="Acme"), Brand(name="Zeta"))
    )
    assert paging(known, MONDAY) == "Mei-Ling, Bo can be paged; Bo is on duty in desk"
    some = replace(known, rotations=(), policies=(Policy(name="some", steps=(Step(to=("Bo",)),), brands=("Acme",)),))
    with pytest.raises(SomeProblemsError) as found:
        paging(some, MONDAY)
    (complaint,) = found.value.complaints
    assert "no policy says anything of Zeta" in complaint
    assert found.value.well == "Mei-Ling, Bo can be paged"


ONLY_RED = Step(to=("Bo",), from_level="red")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        pytest.param({"people": PEOPLE}, "at blue, yellow, orange, red policy 'default' tells", id="no-channel"),
        pytest.param(
            {"people": (replace(WITH_CHAT[0], channels=("journal",)),)},
            "at blue, yellow, orange, red policy 'default' tells",
            id="the-log-by-another-name",
        ),
        pytest.param(
            {"policies": (Policy(name="mine", steps=(Step(to=("Mei-Ling",)), ONLY_RED)),)},
            "at blue, yellow, orange policy 'mine' tells nobody but the log",
            id="only-at-some-levels",
        ),
        pytest.param({"policies": (Policy(name="mine", steps=(ONLY_RED,)),)}, "", id="nobody-so-everybody"),
        pytest.param({}, "", id="somebody-has-a-chat"),
    ],
)
def test_doctor_warns_where_a_policy_tells_nobody_but_the_log(changes: dict[str, object], said: str) -> None:
    mei, bo = WITH_CHAT
    settings = Settings(people=(replace(mei, channels=("log",)), bo), channels=(CHAT, JOURNAL))
    complaints: Sequence[str] = ()
    try:
        paging(replace(settings, **changes), MONDAY)
    except SomeProblemsError as error:
        complaints = error.complaints
    assert [each[: len(said)] for each in complaints] == ([said] if said else [])
