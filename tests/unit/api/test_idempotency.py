"""The same request with the same key is done once and answered twice, by any process, also after a restart."""

import asyncio
import threading
from typing import Any

import pytest
from fastapi.testclient import TestClient
from structlog.testing import capture_logs

from api.app import create_app
from api.idempotency import PLACES, place
from core.errors import StorageFullError

from .conftest import World

APPROVAL = {"text": "We look into it.", "approach": "help", "version": 0}


def post(client: TestClient, address: str, key: str, body: Any = None, **headers: str) -> Any:
    return client.post(f"/api/v1/{address}", json=body, headers={"Idempotency-Key": key, **headers})


def test_a_repeated_approval_is_answered_as_before(world: World, client: TestClient) -> None:
    id_ = world.case()
    first = post(client, f"cases/{id_}/approve", "key-1", APPROVAL)
    world.clock.forward(minutes=1)
    again = post(client, f"cases/{id_}/approve", "key-1", APPROVAL)
    assert first.status_code == again.status_code == 200
    assert again.content == first.content
    assert again.headers["content-type"] == first.headers["content-type"]
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert len(world.store.deliveries()) == 1


def test_a_change_is_not_repeated_after_a_restart(world: World, client: TestClient) -> None:
    first = post(client, "demonstration/start", "key-1")
    with TestClient(create_app(world.parts)) as restarted:
        again = post(restarted, "demonstration/start", "key-1")
    assert again.json() == first.json()
    assert world.demonstration.orders == ["start"]


@pytest.mark.parametrize(
    ("address", "body"),
    [("lint", {"channel": "x", "text": "Other."}), ("lint?language=zh-Hans", None), ("suggestions", None)],
)
def test_a_key_stands_for_one_request_only(client: TestClient, address: str, body: Any) -> None:
    lint = {"channel": "x", "text": "Fine."}
    assert post(client, "lint", "key-1", lint).status_code == 200
    response = post(client, address, "key-1", body or lint)
    assert response.status_code == 422
    assert response.json()["type"] == "/api/v1/problems/key-reused"


def test_keys_of_different_people_are_different(world: World, client: TestClient) -> None:
    id_ = world.incident()
    assert post(client, f"incidents/{id_}/acknowledge", "key-1", **{"X-Sixminute-User": "Ana"}).status_code == 200
    assert post(client, f"incidents/{id_}/acknowledge", "key-1", **{"X-Sixminute-User": "Ben"}).status_code == 409


def test_a_request_that_failed_may_be_sent_again_with_its_key(world: World, client: TestClient) -> None:
    missing = post(client, "cases/c-1/claim", "key-1")
    assert missing.status_code == 404
    world.case()
    assert post(client, "cases/c-1/claim", "key-1").status_code == 200


@pytest.mark.parametrize("key", ["", "x" * 201, "schlüssel", "a\tb"])
def test_a_key_that_is_none_is_refused(world: World, client: TestClient, key: str) -> None:
    response = client.post("/api/v1/demonstration/start", headers={"Idempotency-Key": key.encode("latin-1")})
    assert response.status_code == 400
    assert response.json()["type"] == "/api/v1/problems/bad-request"
    assert world.demonstration.orders == []


def test_keys_on_reading_requests_mean_nothing(client: TestClient) -> None:
    responses = [client.get(f"/api/v1/{at}", headers={"Idempotency-Key": "key-1"}) for at in ("brands", "mentions")]
    assert [response.status_code for response in responses] == [200, 200]


def test_the_same_request_at_the_same_time_is_done_once(world: World, client: TestClient) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def start() -> None:
        world.demonstration.orders.append("start")
        begun.set()
        assert go_on.wait(30)

    world.demonstration.start = start  # type: ignore[method-assign]
    answers: list[Any] = []
    first = threading.Thread(target=lambda: answers.append(post(client, "demonstration/start", "key-1")))
    first.start()
    assert begun.wait(30)
    second = post(client, "demonstration/start", "key-1")
    go_on.set()
    first.join(30)
    assert second.status_code == 409
    assert second.json()["type"] == "/api/v1/problems/still-running"
    assert answers[0].status_code == 200
    assert world.demonstration.orders == ["start"]


def test_another_answer_in_the_same_place_is_not_taken_for_this_one(world: World, client: TestClient) -> None:
    lint = {"channel": "x", "text": "Fine."}
    assert post(client, "lint", "key-1", lint).status_code == 200
    with world.store.unit() as unit:
        for number in range(PLACES):
            name = f"idempotency:{number}"
            if value := world.store.cursor(name):
                unit.save_cursor(name, value.replace('"key":"', '"key":"0'))
    assert "idempotency-replayed" not in post(client, "lint", "key-1", lint).headers


def test_the_places_are_bounded() -> None:
    assert place("f" * 32) == f"idempotency:{int('f' * 32, 16) % PLACES}"
    assert len({place(f"{number:032x}") for number in range(3 * PLACES)}) == PLACES


def test_a_change_that_is_done_is_told_even_if_its_answer_cannot_be_kept(
    world: World, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full() -> Any:
        raise StorageFullError("no room")

    monkeypatch.setattr(world.store, "unit", full)
    with capture_logs() as logs:
        response = post(client, "demonstration/start", "key-1")
    assert response.json()["state"] == "running"
    assert [log["event"] for log in logs] == ["answer_not_kept"]


def test_what_is_not_for_the_api_passes_unchanged(world: World) -> None:
    from api.idempotency import Idempotency

    passed: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        passed.append((scope["type"], receive, send))

    async def nothing() -> Any:
        raise AssertionError("nothing is to be read")

    middleware = Idempotency(app, world.store, "on duty", "/api/v1")
    asyncio.run(middleware({"type": "lifespan"}, nothing, nothing))
    assert passed == [("lifespan", nothing, nothing)]
