"""What can be changed: cases, incidents, the demonstration; and the advisor for other tools."""

from typing import Any

import msgspec
import pytest
from fastapi.testclient import TestClient

from core.case import CaseState, DeliveryState
from core.drafted import Drafted, drafted, note_drafted
from core.events import DRAFTS, REPLIES_APPROVED, DraftsReady, decode, drafts_event

from .conftest import HOSTILE, World


def post(client: TestClient, address: str, body: Any = None, user: str = "Ana", status: int = 200) -> dict[str, Any]:
    response = client.post(f"/api/v1/{address}", json=body, headers={"X-Sixminute-User": user})
    assert response.status_code == status, response.text
    return response.json()


def test_a_case_goes_from_claimed_to_approved_and_its_reply_shows_in_the_outbox(
    world: World, client: TestClient
) -> None:
    id_ = world.case()
    claimed = post(client, f"cases/{id_}/claim")
    assert (claimed["state"], claimed["claimed_by"], claimed["version"]) == ("claimed", "Ana", 1)
    world.clock.forward(minutes=3)
    approved = post(
        client, f"cases/{id_}/approve", {"text": "We look into it.", "approach": "acknowledge", "version": 1}
    )
    assert (approved["case"]["state"], approved["state"]) == ("approved", "waiting")
    assert approved["not_before"] == "2026-03-02T09:03:10Z"
    (delivery,) = client.get("/api/v1/deliveries").json()["items"]
    assert (delivery["id"], delivery["approved_by"]) == (approved["delivery"], "Ana")
    assert (delivery["text"], delivery["would_be_sent"]) == ("We look into it.", False)
    case = client.get(f"/api/v1/cases/{id_}").json()
    assert case["deliveries"] == [delivery]
    assert case["mention"]["budget"]["approved"] == "2026-03-02T09:03:00Z"
    assert client.get("/api/v1/deliveries", params={"state": "sent"}).json() == {"items": [], "next": None}
    assert world.store.waiting() == 0


def test_an_approved_reply_reaches_the_bus(world: World, client: TestClient) -> None:
    id_ = world.case()
    post(client, f"cases/{id_}/approve", {"text": "We look into it.", "approach": "help", "version": 0})
    assert [message.key for message in world.bus.browse(REPLIES_APPROVED)] == [id_]


def test_the_changes_of_a_case_follow_on_one_another(world: World, client: TestClient) -> None:
    id_ = world.case()
    post(client, f"cases/{id_}/approve", {"text": "We look into it.", "approach": "help", "version": 0})
    assert post(client, f"cases/{id_}/withdraw")["state"] == "claimed"
    resolved = post(client, f"cases/{id_}/resolve")
    assert (resolved["state"], resolved["resolved_at"]) == ("resolved", "2026-03-02T09:00:00Z")
    reopened = post(client, f"cases/{id_}/reopen")
    assert (reopened["state"], reopened["claimed_by"], reopened["resolved_at"]) == ("open", "", None)
    (delivery,) = world.store.deliveries()
    assert delivery.state is DeliveryState.WITHDRAWN


@pytest.mark.parametrize(
    ("change", "body"),
    [
        ("claim", None),
        ("drafts", {"version": 1}),
        ("drafts", {"version": 1, "text": "Mine."}),
        ("approve", {"version": 1, "text": "Mine.", "approach": "help"}),
        ("withdraw", None),
        ("resolve", None),
    ],
)
def test_nobody_changes_a_case_that_somebody_else_has(world: World, client: TestClient, change: str, body: Any) -> None:
    id_ = world.case()
    post(client, f"cases/{id_}/claim", user="Ana")
    problem = post(client, f"cases/{id_}/{change}", body, user="Ben", status=409)
    assert problem["type"] == "/api/v1/problems/conflict"
    case = world.store.case(id_)
    assert case is not None
    assert (case.claimed_by, case.version) == ("Ana", 1)


def test_a_case_is_taken_over_from_whoever_has_it(world: World, client: TestClient) -> None:
    id_ = world.case()
    post(client, f"cases/{id_}/claim", user="Ana")
    taken = post(client, f"cases/{id_}/take-over", user="Ben")
    assert (taken["state"], taken["claimed_by"], taken["version"]) == ("claimed", "Ben", 2)
    assert post(client, f"cases/{id_}/take-over", user="Ben")["version"] == 2
    reply = {"version": 1, "text": "Mine.", "approach": "help"}
    assert "changed" in post(client, f"cases/{id_}/approve", reply, user="Ana", status=409)["detail"]
    assert "with Ben" in post(client, f"cases/{id_}/approve", reply | {"version": 2}, user="Ana", status=409)["detail"]
    post(client, f"cases/{id_}/approve", reply | {"version": 2}, user="Ben")
    assert "approved" in post(client, f"cases/{id_}/take-over", user="Ana", status=409)["detail"]


def test_a_case_that_nobody_has_is_taken_over_as_it_is_claimed(world: World, client: TestClient) -> None:
    assert post(client, f"cases/{world.case()}/take-over", user="Ben")["claimed_by"] == "Ben"


@pytest.mark.parametrize("body", [{"version": 7}, {"version": 7, "text": "New.", "approach": "help"}])
def test_drafts_of_a_case_that_has_changed_are_left_alone(world: World, client: TestClient, body: Any) -> None:
    id_ = world.case()
    post(client, f"cases/{id_}/drafts", body, status=409)
    assert [draft.text for draft in world.store.drafts(id_)] == ["We look into it."]


def test_drafts_of_an_answered_case_are_left_alone(world: World, client: TestClient) -> None:
    id_ = world.case(state=CaseState.ANSWERED)
    problem = post(client, f"cases/{id_}/drafts", {"version": 0}, status=409)
    assert "reopen" in problem["detail"]


def test_an_edited_draft_takes_the_place_of_the_one_of_its_approach(world: World, client: TestClient) -> None:
    id_ = world.case()
    changed = post(
        client, f"cases/{id_}/drafts", {"version": 0, "text": "A forbidden word.", "approach": "acknowledge"}
    )
    assert changed["version"] == 1
    post(client, f"cases/{id_}/drafts", {"version": 1, "text": "My own words."})
    drafts = client.get(f"/api/v1/cases/{id_}", params={"language": "zh-Hans"}).json()["drafts"]
    assert [(draft["text"], draft["approach"]) for draft in drafts] == [
        ("A forbidden word.", "acknowledge"),
        ("My own words.", "own"),
    ]
    assert drafts[0]["findings"] == [
        {
            "rule": "forbidden-word",
            "severity": "fail",
            "start": 2,
            "end": 11,
            "message": "This must not be said.(简)",
            "fix": "Leave it out.(简)",
        }
    ]
    assert [message.key for message in world.bus.browse(DRAFTS)] == [id_, id_]


def test_a_saved_draft_is_noted_as_a_persons_own_until_the_drafts_are_made_anew(
    world: World, client: TestClient
) -> None:
    id_ = world.case()
    with world.store.unit() as unit:
        note_drafted(unit, id_, Drafted(revision=3))
    post(client, f"cases/{id_}/drafts", {"version": 0, "text": "My own words."})
    assert drafted(world.store, id_) == Drafted(revision=3, own=True)
    post(client, f"cases/{id_}/drafts", {"version": 1})
    assert drafted(world.store, id_) == Drafted(revision=3)


def test_drafts_are_made_anew(world: World, client: TestClient) -> None:
    id_ = world.case()
    post(client, f"cases/{id_}/drafts", {"version": 0})
    drafts = client.get(f"/api/v1/cases/{id_}").json()["drafts"]
    assert [draft["text"] for draft in drafts] == ["Version 1 for en, 0.9, None."]


def test_the_events_of_saved_and_new_drafts_have_ids_of_their_own(world: World, client: TestClient) -> None:
    id_ = world.case()
    post(client, f"cases/{id_}/drafts", {"version": 0})
    post(client, f"cases/{id_}/drafts", {"version": 1, "text": "My own words."})
    post(client, f"cases/{id_}/drafts", {"version": 2})
    case = world.store.case(id_)
    assert case is not None
    told = {decode(message.value, DraftsReady).id for message in world.bus.browse(DRAFTS)}
    assert len(told) == 3
    assert drafts_event(case, ()).id in told
    assert drafts_event(msgspec.structs.replace(case, version=0), ()).id not in told


def test_a_reply_with_a_hard_fault_is_not_approved(world: World, client: TestClient) -> None:
    id_ = world.case()
    body = {"text": "A forbidden word.", "approach": "help", "version": 0}
    problem = post(client, f"cases/{id_}/approve", body, status=422)
    assert "forbidden-word" in problem["detail"]
    assert list(world.store.deliveries()) == []


@pytest.mark.parametrize("text", ["", "  \n ", "NUL \x00", "bell \x07", "lone \ud800", "x" * 25_001])
def test_a_reply_that_cannot_be_sent_is_refused(world: World, client: TestClient, text: str) -> None:
    id_ = world.case()
    response = client.post(
        f"/api/v1/cases/{id_}/approve",
        content=_json({"text": text, "approach": "help", "version": 0}),
        headers={"Content-Type": "application/json"},
    )
    assert response.status_code == 422, response.text
    assert [error["field"] for error in response.json()["errors"]] == ["text"]
    assert list(world.store.deliveries()) == []


def _json(value: Any) -> bytes:
    import json

    return json.dumps(value).encode()


def test_an_incident_is_taken_in_hand_by_one_person(world: World, client: TestClient) -> None:
    id_ = world.incident()
    taken = post(client, f"incidents/{id_}/acknowledge")
    assert (taken["acknowledged_by"], taken["acknowledged_at"]) == ("Ana", "2026-03-02T09:00:00Z")
    world.clock.forward(minutes=1)
    assert post(client, f"incidents/{id_}/acknowledge") == taken
    problem = post(client, f"incidents/{id_}/acknowledge", user="Ben", status=409)
    assert "Ana" in problem["detail"]


def test_the_demonstration_is_started_stopped_and_erased(world: World, client: TestClient) -> None:
    assert client.get("/api/v1/demonstration").json() == {"brand": "Lumenbread", "state": "absent"}
    assert [post(client, f"demonstration/{order}")["state"] for order in ("start", "stop", "erase")] == [
        "running",
        "stopped",
        "absent",
    ]
    assert world.demonstration.orders == ["start", "stop", "erase"]
    post(client, "demonstration/explode", status=422)


def test_a_suggestion_has_language_grade_clocks_and_drafts(client: TestClient) -> None:
    body = {"channel": "x", "text": "smoke!", "created_at": "2026-03-02T10:00:00+02:00", "brand": "Acme"}
    assert post(client, "suggestions", body) == {
        "language": "en",
        "grade": "urgent",
        "golden_at": "2026-03-02T08:06:00Z",
        "limit_at": "2026-03-02T09:00:00Z",
        "drafts": [
            {"text": "We look into it on x.", "approach": "acknowledge", "findings": []},
            {"text": "Acme is sorry.", "approach": "apologise", "findings": []},
        ],
    }


def test_a_suggestion_without_a_time_is_for_now(client: TestClient) -> None:
    suggestion = post(client, "suggestions", {"channel": "x", "text": HOSTILE + "\x00" + "這樣正常嗎"})
    assert (suggestion["language"], suggestion["golden_at"]) == ("zh-Hant", "2026-03-02T09:06:00Z")


@pytest.mark.parametrize(
    ("language", "message"), [("en", "This must not be said."), ("zh-Hant", "This must not be said.(繁)")]
)
def test_lint_tells_the_faults_in_the_language_asked_for(client: TestClient, language: str, message: str) -> None:
    answer = post(client, f"lint?language={language}", {"channel": "x", "text": "A forbidden word."})
    assert answer["ok"] is False
    assert [finding["message"] for finding in answer["findings"]] == [message]
    assert post(client, "lint", {"channel": "x", "text": "Fine.", "reply_to": "smoke"}) == {"ok": True, "findings": []}
