"""The page behind a link: looking changes nothing, one tap answers for one person, and nothing else can be reached."""

import dataclasses
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from msgspec.structs import replace
from structlog.testing import capture_logs

from api.app import create_app
from core.alert import IncidentState, Level
from core.errors import StorageError
from core.escalation import Ask, Deed, Escalation, EscalationKind, Passing, UrgentCases
from core.links import LASTS, Link, Links, link_key
from core.paging import READER, PageKind
from core.ports.store import Store

from .conftest import HOSTILE, World, words


def address(world: World, incident: str = "i-1", person: str = "Ben") -> str:
    links = Links(lambda: link_key(world.store), "http://testserver")
    return links.acknowledge(incident, person, world.clock.now()).removeprefix("http://testserver")


def holder(store: Store, incident: str = "i-1") -> str:
    found = store.incident(incident)
    assert found
    return found.acknowledged_by


def test_looking_changes_nothing_however_often(world: World, client: TestClient) -> None:
    world.incident()
    marks = world.store.change_marks()
    for _ in range(3):
        page = client.get(address(world))
        assert page.status_code == 200
    assert holder(world.store) == ""
    assert world.store.change_marks() == marks
    assert "Negative posts rose." in page.text
    assert "Level 3 · orange" in page.text
    assert page.text.count("<button") == 1


def test_one_tap_takes_it_for_the_person_of_the_link(world: World, client: TestClient) -> None:
    world.incident()
    page = client.post(address(world), headers={"X-Sixminute-User": "Somebody"})
    assert page.status_code == 200
    assert "You have it in hand" in page.text
    assert "<button" not in page.text
    assert holder(world.store) == "Ben"
    assert client.post(address(world)).status_code == 200
    assert "You have it in hand" in client.get(address(world)).text


def test_what_somebody_else_has_stays_with_them(world: World, client: TestClient) -> None:
    world.incident()
    client.post(address(world))
    for answer in (client.get(address(world, person="Cem")), client.post(address(world, person="Cem"))):
        assert answer.status_code == 409
        assert "Ben looks after it already" in answer.text
        assert "<button" not in answer.text
    assert holder(world.store) == "Ben"


def test_what_is_over_is_told_to_be_over(world: World, client: TestClient) -> None:
    world.incident(state=IncidentState.CLOSED, closed_at=world.clock.now())
    for answer in (client.get(address(world)), client.post(address(world))):
        assert (answer.status_code, "It is over" in answer.text) == (410, True)
    assert holder(world.store) == ""


def test_a_link_ends_after_a_day(world: World, client: TestClient) -> None:
    world.incident()
    link = address(world)
    world.clock.time += LASTS - timedelta(seconds=1)
    assert client.get(link).status_code == 200
    world.clock.time += timedelta(seconds=1)
    for answer in (client.get(link), client.post(link)):
        assert (answer.status_code, "This link is too old" in answer.text) == (410, True)
        assert "Negative posts" not in answer.text
    assert holder(world.store) == ""


def test_a_forged_link_says_nothing_about_anything(world: World, client: TestClient) -> None:
    world.incident()
    until = world.clock.now() + LASTS
    forged = Links(lambda: b"guessed").token(Link(incident="i-1", person="Ben", until=until))
    for token in (forged, address(world)[3:-1], "x", "%00", "A" * 5_000):
        for answer in (client.get(f"/a/{token}"), client.post(f"/a/{token}")):
            assert (answer.status_code, "This link doesn&#39;t hold" in answer.text) == (404, True)
            assert "Negative posts" not in answer.text
    assert holder(world.store) == ""


def asked(world: World, incident: str, person: str, why: PageKind, **fields: Any) -> None:
    ask = Ask(page=f"p-{person}", person=person, kind=why, level=Level.ORANGE, at=world.clock.now(), due=None)
    with world.store.unit() as unit:
        unit.keep_escalation(Escalation(incident=incident, asks=(ask,), ended=False, **fields))


def deeds(world: World) -> list[tuple[str, str, Deed]]:
    return [(one.incident, one.by, one.deed) for one in world.store.waiting_handlings(9)]


def test_one_tap_stops_paging_once(world: World, client: TestClient) -> None:
    world.incident()
    for _ in range(2):
        client.post(address(world))
    client.post(address(world, person="Cem"))
    assert deeds(world) == [("i-1", "Ben", Deed.ACKNOWLEDGED)]


def test_a_test_is_answered_too(world: World, client: TestClient) -> None:
    asked(world, "t-1", "Ben", PageKind.TEST, kind=EscalationKind.TEST)
    link = address(world, incident="t-1")
    assert "Acknowledge" in client.get(link).text
    assert "that is noted" in client.post(link).text
    assert deeds(world) == [("t-1", "Ben", Deed.ACKNOWLEDGED)]
    other = client.get(address(world, incident="t-1", person="Cem"))
    assert (other.status_code, "<button" in other.text) == (410, False)


def urgent(world: World, **fields: Any) -> str:
    """Ben is asked over urgent cases; gives back her link."""
    due = world.clock.now() + timedelta(minutes=50)
    cases = UrgentCases(count=3, case="c-1", answer_by=due, why=words("Of an injury."), since=world.clock.now())
    asked(
        world, "u-1", "Ben", PageKind.OPENED, kind=EscalationKind.URGENT, brand="Acme", cases=cases, **fields
    )  # fmt: skip
    return address(world, incident="u-1")


def test_urgent_cases_are_taken_with_one_tap(world: World, client: TestClient) -> None:
    link = urgent(world)
    seen = client.get(link).text
    for said in ("3 urgent cases", "Acme", "Of an injury.", "First answer due by", "I take it in hand"):
        assert said in seen
    assert "You have it in hand" in client.post(link).text
    assert deeds(world) == [("u-1", "Ben", Deed.ACKNOWLEDGED)]


def test_urgent_cases_that_somebody_has_or_that_are_answered_are_not_taken(world: World, client: TestClient) -> None:
    link = urgent(world, acknowledged_by="Cem")
    for answer in (client.get(link), client.post(link)):
        assert (answer.status_code, "Cem looks after it already" in answer.text) == (409, True)
    with world.store.unit() as unit:
        before = world.store.escalation("u-1")
        assert before
        assert unit.keep_escalation(replace(before, ended=True))
    for answer in (client.get(link), client.post(link)):
        assert (answer.status_code, "It is over" in answer.text) == (410, True)
    assert deeds(world) == []


def test_what_is_erased_or_unknown_can_not_be_answered(world: World, client: TestClient) -> None:
    for answer in (client.get(address(world)), client.post(address(world))):
        assert (answer.status_code, "Nothing is known of it any more" in answer.text) == (410, True)
    assert deeds(world) == []


def test_whoever_it_is_passed_on_to_takes_it_from_the_one_who_has_it(world: World, client: TestClient) -> None:
    world.incident(acknowledged_by="Ana", acknowledged_at=world.clock.now())
    passing = Passing(to="Ben", by="Ana", kind=PageKind.DELEGATED, due=world.clock.now())
    asked(world, "i-1", "Ben", PageKind.DELEGATED, acknowledged_by="Ana", passing=passing)
    assert client.post(address(world, person="Cem")).status_code == 409
    page = client.get(address(world, person="Ben")).text
    assert "This is passed on to you" in page
    assert "Ana has it in hand until you press the button" in page
    assert "You have it in hand" in client.post(address(world, person="Ben")).text
    assert holder(world.store) == "Ben"


def test_whoever_has_it_and_is_asked_once_more_can_answer(world: World, client: TestClient) -> None:
    world.incident(acknowledged_by="Ana", acknowledged_at=world.clock.now())
    asked(world, "i-1", "Ana", PageKind.DELEGATED, acknowledged_by="Ana")
    assert "I take it in hand" in client.get(address(world, person="Ana")).text
    assert "You have it in hand" in client.post(address(world, person="Ana")).text
    assert deeds(world) == [("i-1", "Ana", Deed.ACKNOWLEDGED)]


def test_what_a_person_has_ended_can_not_be_taken(world: World, client: TestClient) -> None:
    world.incident()
    asked(world, "i-1", "Cem", PageKind.OPENED, resolved_by="Ana")
    assert client.post(address(world, person="Cem")).status_code == 410
    assert holder(world.store) == ""


@pytest.mark.parametrize("path", ["/a/", "/a", "/a/x/y"])
def test_nothing_else_is_there(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_the_page_is_small_in_no_cache_and_no_index_and_leads_nowhere(world: World, client: TestClient) -> None:
    world.incident(reason=words("x" * 5_000), brand="B" * 5_000)
    page = client.get(address(world))
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["x-robots-tag"] == "noindex, nofollow"
    assert page.headers["referrer-policy"] == "same-origin"
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    style = client.get("/static/one_tap.css")
    assert style.status_code == 200
    assert len(page.content) + len(style.content) < 10_000
    assert "<a " not in page.text
    assert "<script" not in page.text
    assert "set-cookie" not in page.headers


def test_names_of_strangers_are_shown_as_they_are(world: World, client: TestClient) -> None:
    world.incident(brand=HOSTILE, reason=words(HOSTILE), acknowledged_by=HOSTILE, acknowledged_at=world.clock.now())
    page = client.get(address(world, person=HOSTILE))
    assert "<script>" not in page.text
    assert "&lt;script&gt;" in page.text


@pytest.mark.parametrize(
    ("language", "title", "button"),
    [
        pytest.param("en", "Nobody has this in hand yet", "I take it in hand", id="en"),
        pytest.param("zh-TW", "還沒有人接手", "我來處理", id="zh-Hant"),
        pytest.param("zh-CN", "尚无人接手", "由我接手", id="zh-Hans"),
    ],
)
def test_it_speaks_the_language_of_the_phone(
    world: World, client: TestClient, language: str, title: str, button: str
) -> None:
    world.incident()
    page = client.get(address(world), headers={"Accept-Language": language}).text
    assert f"<h1>{title}</h1>" in page
    assert button in page
    assert "Ben" in page


def test_a_link_of_somebody_who_is_paged_no_longer_does_nothing_and_tells_nothing(
    world: World, client: TestClient
) -> None:
    world.incident()
    for answer in (client.get(address(world, person="Dora")), client.post(address(world, person="Dora"))):
        assert answer.status_code == 410
        assert "This link no longer holds" in answer.text
        assert "Dora is no longer among those who are paged" in answer.text
        assert "<button" not in answer.text
        assert "Negative posts rose." not in answer.text
    assert holder(world.store) == ""


def test_where_no_people_are_configured_whoever_reads_the_channels_answers(world: World) -> None:
    world.incident()
    with TestClient(create_app(dataclasses.replace(world.parts, people=(READER,)))) as client:
        assert "You have it in hand" in client.post(address(world, person=READER)).text
        assert client.post(address(world, person="Ben")).status_code == 410
    assert holder(world.store) == READER


def test_a_page_of_another_site_can_not_press_the_button(world: World, client: TestClient) -> None:
    world.incident()
    assert client.post(address(world), headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert holder(world.store) == ""


def test_all_processes_have_the_same_key(world: World) -> None:
    keys = {link_key(world.store) for _ in range(3)}
    assert len(keys) == 1
    assert len(keys.pop()) == 32


def test_the_token_stands_in_no_log(world: World, client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    world.incident()
    link = address(world)

    def gone(_: str) -> None:
        raise StorageError("the disk is gone")

    monkeypatch.setattr(world.store, "incident", gone)
    with capture_logs() as lines:
        assert client.get(link).status_code == 503
    assert [line["path"] for line in lines] == ["/a/…"]
    assert link[3:] not in str(lines)
