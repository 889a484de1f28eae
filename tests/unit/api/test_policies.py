"""Policies over the API: see them, change them, and who would be paged."""

import re
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient
from structlog.testing import capture_logs

from alerting.policies import Person, Policy, Step
from alerting.policy_desk import StoredPolicies
from api.app import create_app
from core.policies import PolicyDeed

from .conftest import DIRECTORY, HOSTILE, World

BODY = {"version": 0, "steps": [{"to": ["Ben"], "after_minutes": 2}, {"to": ["rotation:desk"]}], "levels": ["red"]}


def put(client: TestClient, name: str = "grave", status: int = 200, key: str = "", **fields: Any) -> dict[str, Any]:
    headers = {"X-Sixminute-User": fields.pop("user", "Ana"), **({"Idempotency-Key": key} if key else {})}
    answer = client.put(f"/api/v1/policies/{name}", json={**BODY, **fields}, headers=headers)
    assert answer.status_code == status, answer.text
    return answer.json()


def names(client: TestClient) -> list[str]:
    return [one["name"] for one in client.get("/api/v1/policies").json()["items"]]


def paged(client: TestClient, **query: str) -> list[tuple[float, str, str]]:
    answer = client.get("/api/v1/pages/preview", params=query)
    assert answer.status_code == 200, answer.text
    return [(one["minutes"], one["person"], one["channel"]) for one in answer.json()["pages"]]


def test_policies_are_told_in_the_order_in_which_they_are_asked_with_whom_they_mean(client: TestClient) -> None:
    grave, rest, usual = client.get("/api/v1/policies").json()["items"]
    assert (grave["name"], grave["origin"], grave["version"], grave["changed_by"]) == ("grave", "configuration", 0, "")
    desk = grave["steps"][0]
    assert (desk["to"], desk["after_minutes"]) == (["rotation:desk"], 3)
    assert [(one["name"], one["channels"], one["asleep_until"]) for one in desk["people"]] == [
        ("Ana", ["chat", "log"], None)
    ]
    assert (rest["shadowed"], usual["origin"], usual["shadowed"]) == (False, "usual", True)


def test_whoever_sleeps_now_is_said_to(world: World, client: TestClient) -> None:
    world.clock.forward(hours=14)
    (cem,) = client.get("/api/v1/policies/rest").json()["policy"]["steps"][0]["people"]
    assert (cem["asleep_until"], cem["wakes_from"]) == ("2026-03-03T07:00:00Z", "orange")


def test_a_saved_policy_goes_before_the_configured_one_and_can_be_taken_back(world: World, client: TestClient) -> None:
    assert paged(client, brand="Acme", level="red")[0] == (0, "Ana", "chat")
    saved = put(client, steps=[{"to": ["Ben"]}], levels=["red"])
    assert (saved["version"], saved["policy"]["origin"], saved["policy"]["changed_by"]) == (1, "page", "Ana")
    assert paged(client, brand="Acme", level="red")[0] == (0, "Ben", "log")
    assert paged(client, brand="Acme", level="orange")[0] == (0, "Cem", "log")
    world.clock.forward(minutes=5)
    put(client, version=1, user="Ben", steps=[{"to": ["Cem"]}])
    restored = client.post("/api/v1/policies/grave/restore", json={"version": 2, "to": 1}).json()
    assert restored["policy"]["steps"][0]["to"] == ["Ben"]
    back = client.post("/api/v1/policies/grave/restore", json={"version": 3, "to": 0}).json()
    assert (back["version"], back["policy"]["origin"]) == (4, "configuration")
    assert [(one["version"], one["by"], one["what"]) for one in back["changes"]] == [
        (4, "on duty", "configured"),
        (3, "on duty", "saved"),
        (2, "Ben", "saved"),
        (1, "Ana", "saved"),
    ]
    assert paged(client, brand="Acme", level="red")[0] == (0, "Ana", "chat")


def test_a_policy_of_the_configuration_can_be_removed_and_comes_back(client: TestClient) -> None:
    removed = client.delete("/api/v1/policies/grave?version=0", headers={"X-Sixminute-User": "Ben"})
    assert (removed.status_code, removed.json()["policy"], removed.json()["version"]) == (200, None, 1)
    assert names(client) == ["rest", "default"]
    assert client.get("/api/v1/policies/grave").json()["changes"][0]["what"] == "removed"
    assert client.delete("/api/v1/policies/grave?version=1").status_code == 404
    client.post("/api/v1/policies/grave/restore", json={"version": 1, "to": 0})
    assert names(client) == ["grave", "rest", "default"]


def test_every_change_is_in_the_log_and_what_was_refused_is_not(client: TestClient) -> None:
    with capture_logs() as lines:
        put(client, user="Ben")
        put(client, status=409)
        client.delete("/api/v1/policies/grave?version=1", headers={"X-Sixminute-User": "Cem"})
    told = [(one["policy"], one["change"], one["version"], one["by"]) for one in lines]
    assert told == [("grave", "saved", 1, "Ben"), ("grave", "removed", 2, "Cem")]


def test_a_new_policy_comes_first(client: TestClient) -> None:
    put(client, "Acme at night", brands=["Acme"])
    assert names(client) == ["Acme at night", "grave", "rest", "default"]
    assert paged(client, brand="Acme", level="red")[0] == (0, "Ben", "log")
    assert paged(client, brand="Lumenbread", level="red")[0] == (0, "Ana", "chat")
    assert paged(client, level="red")[0] == (0, "Ana", "chat")


def test_of_two_who_save_at_once_the_second_is_told_and_nothing_is_lost(world: World, client: TestClient) -> None:
    put(client)
    told = put(client, status=409, user="Ben")
    assert "'grave' has changed meanwhile (Ana changed it, version 1)" in told["detail"]
    for method, address in (("DELETE", "grave?version=0"), ("POST", "grave/restore")):
        body = {"version": 0, "to": 0} if method == "POST" else None
        assert client.request(method, f"/api/v1/policies/{address}", json=body).status_code == 409
    assert [one.by for one in world.store.policy_changes("grave")] == ["Ana"]


def test_a_repeated_save_is_answered_as_before(world: World, client: TestClient) -> None:
    first = put(client, key="k-1")
    assert put(client, key="k-1") == first
    gone = {"Idempotency-Key": "k-2"}
    reused = {"Idempotency-Key": "k-1", "X-Sixminute-User": "Ana"}
    for _ in range(2):
        assert client.delete("/api/v1/policies/grave?version=1", headers=gone).status_code == 200
    assert client.delete("/api/v1/policies/grave?version=1", headers=reused).status_code == 422
    assert [one.what for one in world.store.policy_changes("grave")] == [PolicyDeed.REMOVED, PolicyDeed.SAVED]


@pytest.mark.parametrize(
    ("fields", "errors"),
    [
        ({"steps": []}, [("steps", "it has no steps: nobody would be paged")]),
        ({"levels": []}, [("levels", "it has no levels: it would never hold")]),
        ({"repeat": 0}, [("repeat", "repeat 0: choose 1 to 100")]),
        ({"minutes_per_channel": 0}, [("minutes_per_channel", "minutes_per_channel 0: choose 0.1 to 10080")]),
        ({"brands": ["Zeta"]}, [("brands", "'Zeta' is no configured brand: add it or correct it")]),
        (
            {"steps": [{"to": []}, {"to": ["Zoe", "role:executive"], "after_minutes": -1}]},
            [
                ("steps.0.to", "step 1 goes to nobody: name people, a rotation or a role"),
                ("steps.1.after_minutes", "step 2, after_minutes -1: choose 0.1 to 10080"),
                ("steps.1.to", "step 2: there is no person 'Zoe': there are Ana, Ben, Cem"),
                (
                    "steps.1.to",
                    "step 2: nobody has the role 'executive': give it to somebody or take it out",
                ),
            ],
        ),
        (
            {"steps": [{"to": ["Ana"], "from_level": "red"}], "levels": ["orange", "red"]},
            [("levels", "at orange no step would page anybody: let one begin at orange, or take the level out")],
        ),
    ],
    ids=["no steps", "no levels", "no rounds", "no minutes", "no brand", "several at once", "nobody at a level"],
)
def test_what_can_not_be_is_told_by_field_and_changes_nothing(
    world: World, client: TestClient, fields: dict[str, Any], errors: list[tuple[str, str]]
) -> None:
    told = put(client, status=422, **fields)
    assert [(one["field"], one["message"]) for one in told["errors"]] == errors
    assert world.store.policies() == []


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("a:b", {}),
        ("n" * 101, {}),
        ("%20", {}),
        ("x", {"steps": [{"to": ["Ana"], "extra": 1}]}),
        ("x", {"levels": ["mauve"]}),
        ("x", {"repeat": 2.5}),
        ("x", {"version": -1}),
        ("x", {"user": " "}),
    ],
)
def test_what_can_not_be_read_is_refused(world: World, client: TestClient, name: str, fields: dict[str, Any]) -> None:
    if fields == {"user": " "}:
        world.parts = replace(world.parts, user="")
        client = TestClient(create_app(world.parts))
    put(client, name, status=422, **fields)
    assert world.store.policies() == []


def test_a_change_that_would_leave_a_brand_without_anybody_is_refused(world: World) -> None:
    alone = Policy(name="all", steps=(Step(to=("Ben",)),))
    known = replace(DIRECTORY, people=(Person(name="Ben", role="executive"),), rotations=(), policies=(alone,))
    parts = replace(world.parts, policies=StoredPolicies(world.store, known, ("Acme",)))
    with TestClient(create_app(parts)) as client:
        answer = client.delete("/api/v1/policies/all?version=0")
        assert answer.status_code == 422
        assert answer.json()["errors"] == [
            {"field": "policy", "message": "nobody would be paged over Acme at blue: name somebody for it"}
        ]
        assert world.store.policies() == []


def test_a_policy_that_names_somebody_who_has_gone_says_so_and_still_pages(world: World) -> None:
    with TestClient(create_app(world.parts)) as client:
        put(client, "all", steps=[{"to": ["Cem"]}], levels=["blue", "yellow", "orange", "red"])
    known = replace(DIRECTORY, people=DIRECTORY.people[:2])
    desk = StoredPolicies(world.store, known, ("Acme",))
    with TestClient(create_app(replace(world.parts, policies=desk))) as client:
        kept = client.get("/api/v1/policies/all").json()["policy"]
        assert [(one["field"], one["kind"]) for one in kept["faults"]] == [("steps.0.to", "no_person")]
        assert kept["steps"][0]["people"] == []
        told = client.get("/api/v1/pages/preview?level=red").json()
        assert told["everybody"]
        assert {one["person"] for one in told["pages"]} == {"Ana", "Ben"}


def test_who_would_be_paged_can_be_asked_for_another_time(client: TestClient) -> None:
    night = paged(client, brand="Acme", level="yellow", at="2026-03-02T23:00:00Z")
    assert night[0] == (5, "Ben", "log")
    assert (480, "Cem", "log") in night
    assert client.get("/api/v1/pages/preview?brand=Zeta").json()["type"] == "/api/v1/problems/unknown-brand"
    assert client.get("/api/v1/pages/preview?level=mauve").status_code == 422


def test_what_is_not_there_is_not_found(client: TestClient) -> None:
    assert client.get("/api/v1/policies/none").status_code == 404
    assert client.delete("/api/v1/policies/none?version=0").status_code == 404
    assert client.delete("/api/v1/policies/default?version=0").status_code == 404
    assert client.post("/api/v1/policies/grave/restore", json={"version": 0, "to": 7}).status_code == 404


def test_names_may_hold_anything_that_can_be_seen_but_colons(client: TestClient) -> None:
    name = re.sub("[:\u202e\u200b\ufffe]", "", HOSTILE)[:90]
    assert put(client, quote(name, safe=""))["name"] == name
    assert put(client, "EU%2Fnight")["name"] == "EU/night"
    assert client.post("/api/v1/policies/EU%2Fnight/restore", json={"version": 1, "to": 0}).status_code == 200


def test_what_never_was_can_not_be_put_back(world: World, client: TestClient) -> None:
    answer = client.post("/api/v1/policies/nobody%20wrote%20it/restore", json={"version": 0, "to": 0})
    assert answer.status_code == 404
    assert not world.store.policies()


@pytest.mark.parametrize("name", ["night\u200b", "\u202ethgin", "night ", "a\x1b[31m"])
def test_a_name_that_looks_like_another_is_refused(world: World, client: TestClient, name: str) -> None:
    answer = put(client, quote(name, safe=""), status=422)
    assert answer["errors"][0]["field"] == "name"
    assert not world.store.policies()
