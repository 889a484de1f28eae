"""Policies that people change, in the whole house: over the API, by the worker, by commands."""

import json
from pathlib import Path

import pytest

from alerting.policies import Person, Policy, Rotation, Step
from core.alert import Level
from core.brand import Brand
from core.events import ALERTS, AlertFired, encode
from core.policies import PolicyChange, PolicyDeed
from core.ports.bus import Message
from runtime.commands.doctor_paging import policies
from runtime.commands.doctor_sources import SomeProblemsError
from runtime.settings import Settings
from tests.contract.things import alert, incident
from tests.fakes import MONDAY
from tests.harness import Application
from tests.smoke.test_cli import one_line, run

__all__ = ["run"]

PEOPLE = (Person(name="Mei-Ling"), Person(name="Bo"))
LADDER = Policy(name="all", steps=(Step(to=("Mei-Ling",)), Step(to=("Bo",))))
CONFIGURED = """
[[brands]]
name = "Acme"

[[people]]
name = "Mei-Ling"
zone = "Asia/Taipei"
quiet_from = 22:00:00
quiet_to = 07:00:00

[[people]]
name = "Bo"

[[policies]]
name = "all"
repeat = 1
steps = [{ to = ["Mei-Ling"] }, { to = ["Bo"] }]
"""


def fires(house: Application, number: int) -> None:
    with house.house.store.unit() as unit:
        unit.put_incident(incident(number, brand="Acme"))
        unit.put_alert(alert(number, brand="Acme"))
    fired = alert(number, brand="Acme", incident=f"i-{number:04}", at=house.clock.now())
    event = AlertFired(id=f"f-{number}", incident=fired.incident, alert=fired)
    house.house.bus.publish([Message(ALERTS, "Acme", encode(event))])
    house.settle()


def paged(house: Application, number: int) -> list[str]:
    found = house.client.get(f"/api/v1/incidents/i-{number:04}/paging").json()
    return [one["person"] for one in found["attempts"]]


def test_what_is_saved_over_the_api_is_whom_the_worker_pages_without_a_restart(tmp_path: Path, store_url: str) -> None:
    house = Application(tmp_path, database_url=store_url, people=PEOPLE, policies=(LADDER,))
    try:
        fires(house, 0)
        assert paged(house, 0) == ["Mei-Ling"]
        saved = house.client.put("/api/v1/policies/all", json={"version": 0, "steps": [{"to": ["Bo"]}]})
        assert saved.status_code == 200, saved.text
        told = house.client.get("/api/v1/pages/preview?level=orange").json()
        assert [one["person"] for one in told["pages"][:1]] == ["Bo"]
        house.forward(seconds=3)
        fires(house, 1)
        assert paged(house, 1) == ["Bo"]
        house.restart()
        fires(house, 2)
        assert paged(house, 2) == ["Bo"]
    finally:
        house.close()


def change(**fields: object) -> PolicyChange:
    made: dict[str, object] = {"name": "all", "version": 1, "at": MONDAY, "by": "Ada", "what": PolicyDeed.SAVED}
    return PolicyChange(**{**made, **fields})  # type: ignore[arg-type]


def test_doctor_says_what_was_changed_and_who_has_gone_since(tmp_path: Path) -> None:
    known = Settings(data_dir=tmp_path, people=PEOPLE, policies=(LADDER,), brands=(Brand(name="Acme"),))
    house = Application(tmp_path, people=PEOPLE, policies=(LADDER,))
    try:
        store = house.house.store
        assert policies(known, store, MONDAY) == "as configured"
        kept = Policy(name="all", steps=(Step(to=("Bo", "rotation:desk")),))
        with store.unit() as unit:
            unit.change_policy(change(policy=kept))
        desk = Rotation(name="desk", people=("Bo",), starts=MONDAY.replace(tzinfo=None))
        with_desk = Settings(data_dir=tmp_path, people=PEOPLE, rotations=(desk,), policies=(LADDER,))
        assert policies(with_desk, store, MONDAY) == "changed on the page: all"
        with pytest.raises(SomeProblemsError) as told:
            policies(known, store, MONDAY)
        assert told.value.complaints == [
            "all, changed on the page: step 1: there is no rotation 'desk': there are none; correct it at /policies"
        ]
    finally:
        house.close()


def test_the_command_says_who_would_be_paged(run, tmp_path: Path) -> None:
    (tmp_path / "sixminute.toml").write_text(CONFIGURED, encoding="utf-8")
    day = run("page", "policy", "--brand", "Acme", "--level", "blue", "--at", "2026-03-02T12:00+08:00")
    assert day.out.splitlines() == [
        "Acme, blue, 2026-03-02 04:00 UTC: policy 'all'",
        "     +0:00  Mei-Ling over log, round 1",
        "     +5:00  Bo over log, round 1",
        "    +10:00  everybody was asked; that nobody answered stands in the log.",
    ]
    night = run("page", "policy", "--level", "blue", "--at", "2026-03-02T23:00+08:00").out.splitlines()
    assert night[:3] == [
        "a source that is blind, blue, 2026-03-02 15:00 UTC: policy 'all'",
        "  Mei-Ling sleeps until 07:00 (Asia/Taipei) and is told then.",
        "     +5:00  Bo over log, round 1",
    ]
    assert "  +8:00:00  Mei-Ling over log, round 2" in night
    as_json = json.loads(run("page", "policy", "--level", "red", "--json").out)
    assert (as_json["policy"], as_json["level"], as_json["pages"][0]["person"]) == ("all", Level.RED, "Mei-Ling")
    assert "there is no such brand; there are Acme" in one_line(run("page", "policy", "--brand", "Zeta"))
    assert "add its zone" in one_line(run("page", "policy", "--at", "2026-03-02T12:00"))
