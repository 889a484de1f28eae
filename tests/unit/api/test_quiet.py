"""Silences, maintenance windows and the preview on the API."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from alerting.preview import Previewer
from alerting.quieting import Quieting
from alerting.settings import AlertingSettings
from api.app import create_app
from core.quiet import Maintenance, Planned
from tests.fakes import MONDAY

from .conftest import World

BODY = {"brand": "Acme", "reason": "a campaign", "until": "2026-03-02T10:00:00Z"}


@pytest.fixture
def quiet(world: World) -> TestClient:
    """The application with the rules of quiet and of the alarm."""
    window = Maintenance(
        name="nightly",
        owner="Ada",
        starts=datetime.fromisoformat("2026-03-02T02:00"),
        ends=datetime.fromisoformat("2026-03-02T04:00"),
        zone="Asia/Taipei",
        brand="Acme",
    )
    planned = Planned(window=window, holds=False, since=MONDAY, until=MONDAY + timedelta(hours=2))
    parts = replace(
        world.parts,
        quiet=Quieting(world.store).quiet_by,
        maintenance=lambda _now: [planned],
        preview=Previewer(world.store, AlertingSettings()).preview,
    )
    world.mention()
    return TestClient(create_app(parts), base_url="http://localhost")


def made(client: TestClient, **changes: Any) -> dict[str, Any]:
    answer = client.post("/api/v1/silences", json={**BODY, **changes}, headers={"X-Sixminute-User": "Mei-Ling"})
    assert answer.status_code == 201, answer.text
    silence: dict[str, Any] = answer.json()
    return silence


def test_a_silence_is_made_extended_ended_and_everybody_who_did_is_named(world: World, quiet: TestClient) -> None:
    silence = made(quiet)
    assert (silence["owner"], silence["level"], silence["ended_at"]) == ("Mei-Ling", 3, None)
    address = f"/api/v1/silences/{silence['id']}"
    longer = quiet.post(f"{address}/extend", json={"until": "2026-03-02T12:00:00Z"}).json()
    assert longer["until"] == "2026-03-02T12:00:00Z"
    assert [one["id"] for one in quiet.get("/api/v1/silences?active=true").json()["items"]] == [silence["id"]]
    world.clock.forward(minutes=1)
    ended = quiet.post(f"{address}/end").json()
    assert ended == quiet.post(f"{address}/end").json()
    assert ended["ended_at"] == "2026-03-02T09:01:00Z"
    assert quiet.get("/api/v1/silences?active=true").json()["items"] == []
    assert len(quiet.get("/api/v1/silences").json()["items"]) == 1
    changes = [(change["what"], change["by"]) for change in quiet.get(address).json()["changes"]]
    assert [what for what, _ in changes] == ["made", "extended", "ended"]
    assert changes[0][1] == "Mei-Ling"
    late = quiet.post(f"{address}/extend", json={"until": "2026-03-02T13:00:00Z"})
    assert (late.status_code, "meanwhile" in late.json()["detail"]) == (409, True)


def test_an_incident_says_by_what_nobody_is_told_of_it(world: World, quiet: TestClient) -> None:
    incident = world.incident()
    address = f"/api/v1/incidents/{incident}"
    assert quiet.get(address).json()["quiet"] is None
    silence = made(quiet)
    told = quiet.get(address).json()["quiet"]
    assert (told["kind"], told["id"], told["owner"], told["until"]) == (
        "silence",
        silence["id"],
        "Mei-Ling",
        "2026-03-02T10:00:00Z",
    )
    assert set(told["words"]) == {"en", "zh-Hant", "zh-Hans"}
    world.clock.forward(hours=1)
    assert quiet.get(address).json()["quiet"] is None


@pytest.mark.parametrize(
    ("changes", "status", "says"),
    [
        ({"brand": ""}, 422, "Name a brand or a source"),
        ({"brand": "Nobody"}, 404, "no brand"),
        ({"reason": "  "}, 422, "Say why"),
        ({"until": "2026-03-02T08:00:00Z"}, 422, "must lie ahead"),
        ({"until": "2026-04-02T09:00:00Z"}, 422, "30 days at most"),
        ({"since": "2026-03-02T11:00:00Z"}, 422, "must lie ahead"),
        ({"level": "purple"}, 422, "level"),
        ({"until": "tomorrow"}, 422, "until"),
    ],
    ids=["everything", "unknown brand", "no reason", "past", "too long", "ends first", "no level", "no time"],
)
def test_what_can_not_be_is_refused_in_words(
    world: World, quiet: TestClient, changes: dict[str, str], status: int, says: str
) -> None:
    answer = quiet.post("/api/v1/silences", json={**BODY, **changes})
    assert answer.status_code == status
    assert says in answer.text
    assert world.store.silences() == []


@pytest.mark.parametrize("order", ["extend", "end"])
def test_a_silence_that_is_not_there_is_not_found(quiet: TestClient, order: str) -> None:
    answer = quiet.post(f"/api/v1/silences/s-none/{order}", json={"until": "2026-03-02T10:00:00Z"})
    assert answer.status_code == 404


def test_maintenance_windows_are_told_with_when_they_hold(quiet: TestClient) -> None:
    (item,) = quiet.get("/api/v1/maintenance").json()["items"]
    assert (item["name"], item["holds"], item["since"]) == ("nightly", False, "2026-03-02T09:00:00Z")


def test_settings_are_tried_beside_the_present_ones(world: World, quiet: TestClient) -> None:
    for hours in range(2, 30):
        world.tally(f"h{hours}", MONDAY - timedelta(hours=hours), negative=False)
    for number in range(300):
        world.tally(f"m{number}", MONDAY - timedelta(minutes=30 + number % 20), negative=True)
    body = {
        "brand": "Acme",
        "days": 2,
        "settings": {"level_minimum": [1000, 2000, 3000, 4000], "trend_minimum": 1000, "share_minimum": 1000},
    }
    found = quiet.post("/api/v1/alarm/preview", json=body).json()
    assert (len(found["present"]["incidents"]), found["proposed"]["incidents"]) == (1, [])
    assert sum(found["present"][level] for level in ("blue", "yellow", "orange", "red")) == 1
    assert found["settings"] == {
        "level_minimum": "1000,2000,3000,4000",
        "trend_minimum": "1000",
        "share_minimum": "1000",
    }
    wrong = quiet.post("/api/v1/alarm/preview", json={**body, "settings": {"window_minute": 5}})
    assert (wrong.status_code, "did you mean" in wrong.text) == (422, True)


def test_a_part_without_rules_says_that_nothing_can_be_tried(world: World, client: TestClient) -> None:
    world.mention()
    answer = client.post("/api/v1/alarm/preview", json={"brand": "Acme", "settings": {}})
    assert (answer.status_code, "Nothing can be tried" in answer.text) == (422, True)
