"""What people do about incidents over the API, test pages, and who is on duty."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest
from fastapi.testclient import TestClient

from core.alert import Level
from core.escalation import Ask, Deed, Escalation, EscalationKind, Passing, id_of_test, id_of_urgent
from core.paging import Attempt, PageKind
from tests.fakes import MONDAY

from .conftest import World


def post(client: TestClient, address: str, body: Any = None, user: str = "Ana", status: int = 200) -> dict[str, Any]:
    response = client.post(f"/api/v1/{address}", json=body, headers={"X-Sixminute-User": user})
    assert response.status_code == status, response.text
    return response.json()


def deeds(world: World) -> list[tuple[str, Deed, str]]:
    return [(one.by, one.deed, one.to) for one in world.store.waiting_handlings(99)]


def asked(person: str, kind: PageKind = PageKind.DELEGATED) -> Ask:
    return Ask(page="p-1", person=person, kind=kind, level=Level.ORANGE, at=MONDAY, due=None)


def keep(world: World, state: Escalation) -> None:
    there = world.store.escalation(state.incident)
    with world.store.unit() as unit:
        assert unit.keep_escalation(msgspec.structs.replace(state, version=there.version if there else 0))


def test_acknowledging_is_told_to_paging_once(world: World, client: TestClient) -> None:
    id_ = world.incident()
    for _ in range(2):
        world.clock.forward(minutes=1)
        post(client, f"incidents/{id_}/acknowledge")
    post(client, f"incidents/{id_}/acknowledge", user="Ben", status=409)
    assert deeds(world) == [("Ana", Deed.ACKNOWLEDGED, "")]


def test_the_one_to_whom_it_is_passed_on_takes_it_and_nobody_else(world: World, client: TestClient) -> None:
    id_ = world.incident()
    post(client, f"incidents/{id_}/acknowledge")
    passing = Passing(to="Ben", by="Ana", kind=PageKind.DELEGATED, due=MONDAY)
    keep(world, Escalation(incident=id_, acknowledged_by="Ana", passing=passing, asks=(asked("Ben"),), ended=False))
    assert client.get(f"/api/v1/incidents/{id_}/paging").json()["passing_to"] == "Ben"
    post(client, f"incidents/{id_}/acknowledge", user="Cem", status=409)
    assert post(client, f"incidents/{id_}/acknowledge", user="Ben")["acknowledged_by"] == "Ben"
    assert deeds(world)[1:] == [("Ben", Deed.ACKNOWLEDGED, "")]


def test_whoever_has_it_and_is_asked_once_more_can_answer(world: World, client: TestClient) -> None:
    id_ = world.incident()
    post(client, f"incidents/{id_}/acknowledge")
    keep(world, Escalation(incident=id_, acknowledged_by="Ana", asks=(asked("Ana"),), ended=False))
    world.clock.forward(minutes=5)
    post(client, f"incidents/{id_}/acknowledge")
    assert deeds(world) == [("Ana", Deed.ACKNOWLEDGED, "")] * 2


def test_delegating_takes_it_in_hand_and_names_somebody_who_can_be_paged(world: World, client: TestClient) -> None:
    id_ = world.incident()
    for to, said in (("Ana", "somebody else"), ("Zoe", "'Zoe' can't be paged; there are Ana, Ben, Cem")):
        assert said in post(client, f"incidents/{id_}/delegate", {"to": to}, status=422)["detail"]
    assert post(client, f"incidents/{id_}/delegate", {"to": "Ben"})["acknowledged_by"] == "Ana"
    assert deeds(world) == [("Ana", Deed.ACKNOWLEDGED, ""), ("Ana", Deed.DELEGATED, "Ben")]
    post(client, f"incidents/{id_}/delegate", {"to": "Ana"}, user="Cem", status=409)
    assert len(deeds(world)) == 2


def test_what_somebody_has_is_taken_over_once(world: World, client: TestClient) -> None:
    id_ = world.incident()
    post(client, f"incidents/{id_}/take-over", user="Ben")  # where nobody has it, it is taken in hand
    assert post(client, f"incidents/{id_}/take-over", user="Cem")["acknowledged_by"] == "Cem"
    post(client, f"incidents/{id_}/take-over", user="Cem")
    assert deeds(world) == [("Ben", Deed.ACKNOWLEDGED, ""), ("Cem", Deed.TAKEN_OVER, "")]
    post(client, "incidents/i-none/take-over", status=404)


def test_an_update_is_promised_for_a_time_to_come(world: World, client: TestClient) -> None:
    id_ = world.incident()
    for until in ("2026-03-02T09:00:00Z", "2029-01-01T00:00:00Z"):
        post(client, f"incidents/{id_}/promise", {"until": until}, status=422)
    post(client, f"incidents/{id_}/promise", {"until": "2026-03-02T18:00:00+08:00"})
    (kept,) = world.store.handlings(id_)
    assert (kept.deed, kept.until) == (Deed.PROMISED, MONDAY + timedelta(hours=1))


@pytest.mark.parametrize("over", ["closed", "resolved"])
def test_what_is_over_takes_no_more(world: World, client: TestClient, over: str) -> None:
    id_ = world.incident(closed_at=MONDAY if over == "closed" else None)
    if over == "resolved":
        post(client, f"incidents/{id_}/resolve", user="Ben")
        keep(world, Escalation(incident=id_, resolved_by="Ben", resolved_at=MONDAY))
        assert client.get(f"/api/v1/incidents/{id_}/paging").json()["resolved_by"] == "Ben"
    before = deeds(world)
    for address, body in (
        ("delegate", {"to": "Ben"}),
        ("promise", {"until": "2026-03-02T18:00:00Z"}),
        ("resolve", None),
    ):
        assert "is over" in post(client, f"incidents/{id_}/{address}", body, status=409)["detail"]
    assert deeds(world) == before


def test_paging_shows_every_attempt_and_everything_that_people_did(world: World, client: TestClient) -> None:
    id_ = world.incident()
    keep(world, Escalation(incident=id_, asks=(asked("Ben", PageKind.OPENED),), ended=False))
    tried = {"page": "p-1", "person": "Ben", "incident": id_, "level": Level.ORANGE}
    with world.store.unit() as unit:
        unit.note_attempt(Attempt(**tried, channel="sms", at=MONDAY, reason="refused"))
        unit.note_attempt(Attempt(**tried, channel="email", at=MONDAY))
        unit.note_answer(id_, "Ben", "email", MONDAY + timedelta(minutes=1))
    post(client, f"incidents/{id_}/acknowledge", user="Ben")
    shown = client.get(f"/api/v1/incidents/{id_}/paging").json()
    assert (shown["asked"], shown["acknowledged_by"], shown["ended"]) == (["Ben"], "Ben", False)
    assert [(one["channel"], one["reason"], one["answered_at"]) for one in shown["attempts"]] == [
        ("sms", "refused", None),
        ("email", "", "2026-03-02T09:01:00Z"),
    ]
    assert [(one["deed"], one["by"]) for one in shown["handled"]] == [("acknowledged", "Ben")]


def test_before_anybody_was_paged_there_is_nothing_to_see(world: World, client: TestClient) -> None:
    shown = client.get(f"/api/v1/incidents/{world.incident()}/paging").json()
    assert (shown["attempts"], shown["asked"]) == ([], [])
    assert client.get("/api/v1/incidents/i-none/paging").status_code == 404
    for address, body in (
        ("acknowledge", None),
        ("delegate", {"to": "Ben"}),
        ("promise", {"until": "2026-03-02T18:00:00Z"}),
        ("resolve", None),
    ):
        post(client, f"incidents/i-none/{address}", body, status=404)


def test_a_test_page_is_wished_for_and_answered(world: World, client: TestClient) -> None:
    post(client, "pages/test", {"person": "Zoe"}, status=422)
    everybody = post(client, "pages/test", {})
    assert [one["person"] for one in everybody["pages"]] == ["Ana", "Ben", "Cem"]
    world.clock.forward(minutes=1)
    (page,) = post(client, "pages/test", {"person": "Ben"})["pages"]
    wishes = world.store.waiting_handlings(9)
    assert [(one.deed, one.to) for one in wishes] == [(Deed.TESTED, ""), (Deed.TESTED, "Ben")]
    assert page["test"] == id_of_test(wishes[1].id, "Ben")
    post(client, f"pages/test/{page['test']}/acknowledge", user="Ben", status=404)
    keep(world, Escalation(incident=page["test"], kind=EscalationKind.TEST, ended=False))
    assert post(client, f"pages/test/{page['test']}/acknowledge", user="Ben")["incident"] == page["test"]
    assert deeds(world)[-1] == ("Ben", Deed.ACKNOWLEDGED, "")
    assert "acknowledge it as one" in post(client, f"pages/test/{world.incident()}/acknowledge", status=404)["detail"]


def test_who_is_on_duty_is_told(client: TestClient) -> None:
    assert client.get("/api/v1/duty").json() == {
        "rotations": [{"rotation": "desk", "person": "Ana", "until": "2026-03-02T10:00:00Z"}]
    }


def test_urgent_cases_are_taken_in_hand_under_the_id_that_their_page_names(world: World, client: TestClient) -> None:
    id_ = id_of_urgent("Acme")
    keep(world, Escalation(incident=id_, kind=EscalationKind.URGENT, brand="Acme", urgent=True, ended=False))
    told = post(client, f"incidents/{id_}/acknowledge")
    assert (told["incident"], [one["by"] for one in told["handled"]]) == (id_, ["Ana"])
    keep(
        world,
        Escalation(
            incident=id_, kind=EscalationKind.URGENT, brand="Acme", urgent=True, acknowledged_by="Ana", ended=False
        ),
    )
    assert post(client, f"incidents/{id_}/acknowledge")["acknowledged_by"] == "Ana"
    assert "with Ana already" in post(client, f"incidents/{id_}/acknowledge", user="Ben", status=409)["detail"]
    assert deeds(world) == [("Ana", Deed.ACKNOWLEDGED, "")]


@pytest.mark.parametrize(
    ("method", "deed", "body"),
    [
        pytest.param("GET", "", None, id="read"),
        pytest.param("POST", "/delegate", {"to": "Ben"}, id="delegate"),
        pytest.param("POST", "/promise", {"until": "2026-03-02T23:00:00Z"}, id="promise"),
        pytest.param("POST", "/resolve", None, id="resolve"),
    ],
)
def test_what_urgent_cases_can_not_is_told_with_what_can_be_done(
    world: World, client: TestClient, method: str, deed: str, body: Any
) -> None:
    id_ = id_of_urgent("Acme")
    keep(world, Escalation(incident=id_, kind=EscalationKind.URGENT, brand="Acme", urgent=True, ended=False))
    response = client.request(method, f"/api/v1/incidents/{id_}{deed}", json=body)
    assert response.status_code == 404
    assert "stands for the urgent cases of Acme, which are no incident: acknowledge" in response.json()["detail"]
    assert not deeds(world)


def test_a_test_page_is_no_incident_and_the_answer_says_where_it_is_answered(world: World, client: TestClient) -> None:
    keep(world, Escalation(incident="t-1", kind=EscalationKind.TEST, ended=False, asks=(asked("Ana", PageKind.TEST),)))
    detail = post(client, "incidents/t-1/acknowledge", status=404)["detail"]
    assert "POST /api/v1/pages/test/t-1/acknowledge" in detail
