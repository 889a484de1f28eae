"""What people say about labels, and what follows for shares and rates of error."""

import dataclasses
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from core.events import MENTIONS_SCORED, MentionScored, decode
from core.mention import Label, mention_id
from core.model_error import Confusion, GivenCounts

from .conftest import World

GOOD = Confusion(negative=GivenCounts(90, 10, 0), neutral=GivenCounts(10, 90, 0), positive=GivenCounts(10, 0, 90))


@pytest.fixture
def world(world: World) -> World:
    world.parts = dataclasses.replace(world.parts, known_error={"en": GOOD})
    world.app = create_app(world.parts)
    return world


def say(client: TestClient, mention: str, label: str, status: int = 200, **more: Any) -> dict[str, Any]:
    headers = {"X-Sixminute-User": more.pop("user", "Ana"), **more.pop("headers", {})}
    response = client.post(f"/api/v1/mentions/{mention}/correction", json={"label": label, **more}, headers=headers)
    assert response.status_code == status, response.text
    return response.json()


def label_of(client: TestClient, mention: str) -> str:
    return str(client.get(f"/api/v1/mentions/{mention}").json()["label"])


def test_a_corrected_label_is_shown_and_filtered_and_the_models_own_is_kept(world: World, client: TestClient) -> None:
    id_ = world.mention()
    said = say(client, id_, "neutral")
    assert said == {
        "mention_id": id_,
        "label": "neutral",
        "given": "negative",
        "confirmed": False,
        "model": "words",
        "corrected_by": "Ana",
        "corrected_at": "2026-03-02T09:00:00Z",
    }
    mention = client.get(f"/api/v1/mentions/{id_}").json()
    assert (mention["label"], mention["p_negative"], mention["correction"]) == ("neutral", 0.9, said)
    assert [each["id"] for each in client.get("/api/v1/mentions?label=neutral").json()["items"]] == [id_]
    assert client.get("/api/v1/mentions?label=negative").json()["items"] == []


def test_to_confirm_counts_too_and_another_person_may_see_it_otherwise(world: World, client: TestClient) -> None:
    id_ = world.mention()
    assert say(client, id_, "negative")["confirmed"] is True
    world.clock.forward(minutes=1)
    assert say(client, id_, "negative")["corrected_at"] == "2026-03-02T09:00:00Z"
    other = say(client, id_, "positive", user="Ben")
    assert (other["given"], other["corrected_by"], other["corrected_at"]) == ("negative", "Ben", "2026-03-02T09:01:00Z")


def test_it_can_be_taken_back_any_number_of_times(world: World, client: TestClient) -> None:
    id_ = world.mention()
    say(client, id_, "positive")
    for _ in range(2):
        response = client.delete(f"/api/v1/mentions/{id_}/correction")
        assert (response.status_code, response.json()) == (200, {"mention_id": id_, "label": "negative"})
    assert label_of(client, id_) == "negative"
    assert client.get(f"/api/v1/mentions/{id_}").json()["correction"] is None


def test_what_was_said_before_an_edit_still_counts_when_somebody_takes_back(world: World, client: TestClient) -> None:
    id_ = world.mention()
    say(client, id_, "positive")
    world.mention(revision=1, text="I was wrong, it is the socket that smokes.")
    response = client.delete(f"/api/v1/mentions/{id_}/correction")
    assert (response.status_code, response.json()["label"]) == (200, "negative")
    (rate,) = client.get("/api/v1/error-rates").json()["items"]
    assert (rate["overall"]["reviewed"], rate["overall"]["wrong"]) == (1, 1)
    assert len(world.bus.browse(MENTIONS_SCORED)) == 1


def test_the_stages_hear_of_it_without_a_word_of_the_text(world: World, client: TestClient) -> None:
    id_ = world.mention(text="My toaster began to smoke.", url="https://x.example/1", followers=7)
    say(client, id_, "positive")
    world.clock.forward(seconds=1)
    client.delete(f"/api/v1/mentions/{id_}/correction")
    told = [decode(each.value, MentionScored) for each in world.bus.browse(MENTIONS_SCORED, newest_first=False)]
    assert [(each.kind, each.mention_id, each.score.label) for each in told] == [
        ("corrected", id_, Label.POSITIVE),
        ("corrected", id_, Label.NEGATIVE),
    ]
    assert len({each.id for each in told}) == 2
    for each in told:
        mention = each.mention
        assert (mention.text, mention.author, mention.url, mention.followers) == ("", "", "", None)


def test_the_same_request_is_answered_twice_and_done_once(world: World, client: TestClient) -> None:
    id_ = world.mention()
    first = say(client, id_, "neutral", headers={"Idempotency-Key": "k"})
    client.delete(f"/api/v1/mentions/{id_}/correction")
    assert say(client, id_, "neutral", headers={"Idempotency-Key": "k"}) == first
    assert label_of(client, id_) == "negative"


@pytest.mark.parametrize(
    ("body", "status", "kind"),
    [
        ({"label": "unknown"}, 422, "invalid-request"),
        ({"label": "angry"}, 422, "invalid-request"),
        ({}, 422, "invalid-request"),
        ({"label": "neutral", "why": "x"}, 422, "invalid-request"),
        ({"label": "neutral", "revision": 7}, 409, "conflict"),
    ],
)
def test_what_cannot_be_said_changes_nothing(
    world: World, client: TestClient, body: dict[str, Any], status: int, kind: str
) -> None:
    id_ = world.mention()
    response = client.post(f"/api/v1/mentions/{id_}/correction", json=body)
    assert (response.status_code, response.json()["type"]) == (status, f"/api/v1/problems/{kind}")
    assert label_of(client, id_) == "negative"


def test_of_a_mention_that_is_not_there_nothing_can_be_said(client: TestClient) -> None:
    assert say(client, "m-none", "neutral", status=404)["type"] == "/api/v1/problems/not-found"
    assert client.delete("/api/v1/mentions/m-none/correction").status_code == 404


def test_error_rates_are_of_what_people_looked_at_lately(world: World, client: TestClient) -> None:
    say(client, world.mention("old"), "positive")
    world.clock.forward(days=91)
    for number in range(4):
        say(client, world.mention(str(number)), "neutral" if number == 0 else "negative")
    say(client, world.mention("unread", label=Label.UNKNOWN), "negative")
    found = client.get("/api/v1/error-rates").json()
    assert found["since"] == "2026-03-03T09:00:00Z"
    (rate,) = found["items"]
    assert (rate["brand"], rate["language"]) == ("Acme", "en")
    overall = rate["overall"]
    assert (overall["reviewed"], overall["wrong"], overall["share"]) == (4, 1, 0.25)
    assert (round(overall["low"], 4), round(overall["high"], 4)) == (0.0456, 0.6994)
    assert rate["by_label"]["negative"] == overall
    assert rate["by_label"]["neutral"] == {"reviewed": 0, "wrong": 0, "share": 0, "low": 0, "high": 1}
    assert client.get("/api/v1/error-rates", params={"brand": "Lumenbread"}).json()["items"] == []
    assert client.get("/api/v1/error-rates", params={"brand": "Nobody"}).status_code == 404


def posts(world: World, negative: int, others: int) -> None:
    for number in range(negative + others):
        world.mention(f"post-{number}", label=Label.NEGATIVE if number < negative else Label.NEUTRAL)


def test_the_share_of_negative_is_told_as_counted_and_as_corrected(world: World, client: TestClient) -> None:
    posts(world, 34, 66)
    world.clock.forward(minutes=30)
    found = client.get("/api/v1/share", params={"brand": "Acme"}).json()
    assert (found["since"], found["until"]) == ("2026-03-02T08:30:00Z", "2026-03-02T09:30:00Z")
    assert (found["mentions"], found["negative"], found["share"], found["doubt"]) == (100, 34, 0.34, "")
    assert found["low"] < 0.3 < found["high"]
    assert round(found["corrected"], 6) == 0.3
    world.clock.forward(minutes=31)
    assert client.get("/api/v1/share", params={"brand": "Acme"}).json()["doubt"] == "too_few"
    earlier = {"brand": "Acme", "since": "2026-03-02T09:00:00Z", "until": "2026-03-02T09:00:01Z"}
    assert client.get("/api/v1/share", params=earlier).json()["mentions"] == 100
    assert client.get("/api/v1/share", params={"brand": "Nobody"}).status_code == 404
    wrong = {**earlier, "until": earlier["since"]}
    assert client.get("/api/v1/share", params=wrong).status_code == 422
    future = client.get("/api/v1/share", params={"brand": "Acme", "since": "2999-01-01T00:00:00Z"})
    assert (future.status_code, future.json()["errors"][0]["field"]) == (422, "since")


def test_who_confirms_every_negative_post_sees_no_fewer(world: World, client: TestClient) -> None:
    posts(world, 34, 66)
    for number in range(34):
        say(client, mention_id("x", f"post-{number}", "Acme"), "negative")
    world.clock.forward(minutes=30)
    found = client.get("/api/v1/share", params={"brand": "Acme"}).json()
    assert found["share"] == found["low"] == 0.34
    assert round(found["corrected"], 6) == round(0.34 / 0.9, 6)


def test_an_incident_comes_with_the_share_of_the_posts_behind_it(world: World, client: TestClient) -> None:
    posts(world, 34, 66)
    world.clock.forward(minutes=45)
    id_ = world.incident()
    world.clock.forward(minutes=45)
    share = client.get(f"/api/v1/incidents/{id_}").json()["share"]
    assert (share["mentions"], round(share["corrected"], 6)) == (100, 0.3)
    assert (share["since"], share["until"]) == ("2026-03-02T08:45:00Z", "2026-03-02T10:30:00Z")


def test_without_figures_nothing_is_corrected(world: World, client: TestClient) -> None:
    posts(world, 34, 66)
    world.clock.forward(seconds=1)
    with TestClient(create_app(dataclasses.replace(world.parts, known_error={}))) as other:
        found = other.get("/api/v1/share", params={"brand": "Acme"}).json()
    assert (found["share"], found["corrected"], found["doubt"]) == (0.34, None, "no_figures")
