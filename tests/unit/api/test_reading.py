"""What can be read: mentions, brands, series, incidents, cases, deliveries."""

from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from core.alert import BandPoint, IncidentState, TallyEntry
from core.case import CaseState, Grade
from core.mention import Label
from tests.fakes import MONDAY

from .conftest import HOSTILE, World


def items(client: TestClient, address: str, **params: Any) -> list[dict[str, Any]]:
    response = client.get(f"/api/v1/{address}", params=params)
    assert response.status_code == 200, response.text
    return response.json()["items"]


def test_a_mention_comes_with_score_and_time_budget(world: World, client: TestClient) -> None:
    id_ = world.mention(sensitive=("safety",), url="https://x.example/1")
    world.clock.forward(minutes=2)
    with world.store.unit() as unit:
        unit.mark([id_], "seen", world.clock.now())
    assert client.get(f"/api/v1/mentions/{id_}").json() == {
        "id": id_,
        "source": "x",
        "network_id": "1",
        "brand": "Acme",
        "created_at": "2026-03-02T09:00:00Z",
        "text": "My toaster began to smoke.",
        "language": "en",
        "label": "negative",
        "p_negative": 0.9,
        "p_neutral": 0.07,
        "p_positive": 0.03,
        "themes": ["safety"],
        "sensitive": ["safety"],
        "emotion": "",
        "p_complaint": None,
        "urgent": False,
        "ironic": False,
        "author": "anna",
        "url": "https://x.example/1",
        "revision": 0,
        "correction": None,
        "budget": {
            "posted": "2026-03-02T09:00:00Z",
            "ingested": "2026-03-02T09:00:00Z",
            "scored": "2026-03-02T09:00:00Z",
            "alerted": None,
            "seen": "2026-03-02T09:02:00Z",
            "approved": None,
            "sent": None,
        },
    }


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({}, ["4", "3", "2", "1"]),
        ({"brand": "Lumenbread"}, ["4"]),
        ({"label": "positive"}, ["2"]),
        ({"sensitive": "true"}, ["3"]),
        ({"search": "kettle"}, ["3"]),
        ({"since": "2026-03-02T09:02:00Z"}, ["4", "3"]),
        ({"since": "2026-03-02T17:02:00+08:00"}, ["4", "3"]),
        ({"until": "2026-03-02T09:02:00Z"}, ["2", "1"]),
        ({"source": "reddit"}, []),
        ({"limit": "1"}, ["4"]),
    ],
)
def test_mentions_are_filtered(world: World, client: TestClient, params: dict[str, str], expected: list[str]) -> None:
    world.mention("1")
    world.clock.forward(minutes=1)
    world.mention("2", label=Label.POSITIVE)
    world.clock.forward(minutes=1)
    world.mention("3", sensitive=("injury",), text="The kettle burnt me.")
    world.clock.forward(minutes=1)
    world.mention("4", brand="Lumenbread")
    assert [item["network_id"] for item in items(client, "mentions", **params)] == expected


@pytest.mark.parametrize("kind", ["mentions", "incidents", "cases"])
def test_pages_give_everything_once_and_end_with_null(world: World, client: TestClient, kind: str) -> None:
    made = []
    for number in range(5):
        world.clock.forward(minutes=1)
        if kind == "mentions":
            made.append(world.mention(str(number)))
        else:
            made.append(world.incident(f"i-{number}") if kind == "incidents" else world.case(str(number)))
    seen, cursor = [], ""
    for expected in (2, 2, 1):
        page = client.get(f"/api/v1/{kind}", params={"limit": 2, "cursor": cursor}).json()
        assert len(page["items"]) == expected
        seen += [item["id"] for item in page["items"]]
        cursor = page["next"]
    assert cursor is None
    assert sorted(seen) == sorted(made)


def test_hostile_text_is_data_in_json_and_never_html(world: World, client: TestClient) -> None:
    id_ = world.mention(text=HOSTILE, author=HOSTILE, url="javascript:alert(1)")
    response = client.get(f"/api/v1/mentions/{id_}")
    assert response.headers["content-type"] == "application/json"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.json()["text"] == HOSTILE
    found = client.get("/api/v1/mentions", params={"search": "<script>"})
    assert [item["author"] for item in found.json()["items"]] == [HOSTILE]


def test_brands_tell_what_is_configured_and_what_is_due(world: World, client: TestClient) -> None:
    world.case("late", limit_at=MONDAY - timedelta(minutes=1))
    world.case("soon", limit_at=MONDAY + timedelta(minutes=5))
    world.case("later")
    world.mention("9", brand="Replayed")
    acme, demonstration, replayed = items(client, "brands")
    assert (acme["name"], acme["aliases"], acme["configured"]) == ("Acme", ["Acme Toasters"], True)
    assert acme["cases"] == {"open": 3, "overdue": 1, "soon": 1, "urgent": 0}
    assert demonstration["demonstration"] is True
    assert (replayed["name"], replayed["configured"]) == ("Replayed", False)


def test_incidents_come_newest_first_and_with_their_alerts(world: World, client: TestClient) -> None:
    world.incident("i-old", state=IncidentState.CLOSED)
    world.clock.forward(minutes=1)
    world.incident("i-new")
    assert [item["id"] for item in items(client, "incidents")] == ["i-new", "i-old"]
    assert [item["id"] for item in items(client, "incidents", open="true", brand="Acme")] == ["i-new"]
    assert items(client, "incidents", brand="Lumenbread") == []
    detail = client.get("/api/v1/incidents/i-new").json()
    assert (detail["level"], detail["reason"]["en"]) == (3, "Negative posts rose.")
    assert [(alert["event"], alert["level"]) for alert in detail["alerts"]] == [("opened", 3)]


def test_the_series_counts_every_minute_and_shows_the_band(world: World, client: TestClient) -> None:
    world.mention("0")
    for number, minute in enumerate((0, 0, 2)):
        world.tally(f"m-{number}", MONDAY + timedelta(minutes=minute), negative=number != 1)
    world.band(
        BandPoint(at=MONDAY + timedelta(minutes=1), observed=2, total=3, expected=1, low=0, high=3, learning=True),
        BandPoint(at=MONDAY + timedelta(minutes=9), observed=9, total=9, expected=1, low=0, high=3),
    )
    series = client.get(
        "/api/v1/series",
        params={"brand": "Acme", "since": "2026-03-02T09:00:00Z", "until": "2026-03-02T09:04:00Z"},
    ).json()
    assert series["step_seconds"] == 60
    assert [(step["total"], step["negative"]) for step in series["counts"]] == [(2, 1), (0, 0), (1, 1), (0, 0)]
    assert [(point["observed"], point["learning"]) for point in series["band"]] == [(2, True)]


def test_the_series_of_a_segment_is_told_by_itself(world: World, client: TestClient) -> None:
    entry = TallyEntry(mention="m-1", at=MONDAY, negative=True, sensitive=False, segments=("theme:price", "source:x"))
    other = TallyEntry(mention="m-2", at=MONDAY, negative=True, sensitive=False, segments=("source:x",))
    with world.store.unit() as unit:
        unit.tally("Acme", [entry, other])
    at = MONDAY + timedelta(minutes=1)
    world.band(
        BandPoint(at=at, observed=2, total=3, expected=1, low=0, high=3),
        BandPoint(at=at, observed=1, total=1, expected=0, low=0, high=1, segment="theme:price"),
    )
    world.clock.forward(minutes=2)
    for segment, counted, seen in (("", 2, [2]), ("theme:price", 1, [1]), ("source:x", 2, [])):
        series = client.get("/api/v1/series", params={"brand": "Acme", "segment": segment}).json()
        assert series["segment"] == segment
        assert sum(step["negative"] for step in series["counts"]) == counted
        assert [point["observed"] for point in series["band"]] == seen
    assert client.get("/api/v1/series", params={"brand": "Acme", "segment": "price"}).status_code == 422


def test_the_series_is_that_of_the_last_day_where_no_range_is_given(world: World, client: TestClient) -> None:
    series = client.get("/api/v1/series", params={"brand": "Acme"}).json()
    assert (series["since"], series["until"]) == ("2026-03-01T09:00:00Z", "2026-03-02T09:00:00Z")
    assert len(series["counts"]) <= 601


def test_cases_come_by_deadline_or_newest_first(world: World, client: TestClient) -> None:
    world.case("minor", grade=Grade.MINOR)
    world.clock.forward(minutes=1)
    world.case("urgent", grade=Grade.URGENT)
    world.clock.forward(minutes=1)
    world.case("done", state=CaseState.RESOLVED)
    assert [case["id"] for case in items(client, "cases")] == ["c-urgent", "c-minor"]
    assert [case["id"] for case in items(client, "cases", order="newest", state=["resolved", "open"])] == [
        "c-done",
        "c-urgent",
        "c-minor",
    ]
    assert items(client, "cases", brand="Lumenbread") == []


def test_a_case_comes_with_all_that_is_needed_to_answer_it(world: World, client: TestClient) -> None:
    id_ = world.case()
    case = client.get(f"/api/v1/cases/{id_}").json()
    assert case["mention"]["text"] == "My toaster began to smoke."
    assert case["mention"]["id"] == case["mention_id"]
    assert case["windows"] == {"golden_at": "2026-03-02T09:06:00Z", "limit_at": "2026-03-02T10:00:00Z"}
    assert case["drafts"] == [{"text": "We look into it.", "approach": "acknowledge", "findings": []}]
    assert (case["deliveries"], case["version"], case["state"]) == ([], 0, "open")
    assert "incident" not in case


def test_whoever_runs_it_sees_alive_ready_and_numbers(world: World, client: TestClient) -> None:
    assert client.get("/healthz").json() == {"status": "ok", "version": "0.1.0"}
    assert client.get("/readyz").json() == {"ready": True, "parts": world.health}
    world.health["model"] = "The model is loading."
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["parts"]["model"] == "The model is loading."
    metrics = client.get("/metrics")
    assert metrics.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert b"sixminute_up 1" in metrics.content
