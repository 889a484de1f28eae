"""Whatever goes wrong is a problem (RFC 9457) that says what to do and tells nothing of the inside."""

import json
from typing import Any

import pytest
from fastapi.testclient import TestClient
from structlog.testing import capture_logs

from api.problems import KINDS
from core.errors import (
    BackPressureError,
    ConfigurationError,
    SixminuteError,
    StorageError,
    StorageFullError,
)

from .conftest import World


def problem(response: Any, status: int, kind: str) -> dict[str, Any]:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = response.json()
    assert body["type"] == f"/api/v1/problems/{kind}"
    assert body["status"] == status
    assert body["title"] == KINDS[kind].title
    assert body["detail"]
    assert body["instance"].startswith("/")
    return body


@pytest.mark.parametrize(
    "address",
    [
        "nowhere",
        "mentions/m-none",
        "incidents/i-none",
        "cases/c-none",
        "problems/none",
        "mentions/%00",
        "x%3Cscript%3E",
    ],
)
def test_what_is_not_there(client: TestClient, address: str) -> None:
    response = client.get(f"/api/v1/{address}")
    if address.endswith("%00"):
        problem(response, 422, "invalid-request")
    else:
        problem(response, 404, "not-found")
        assert "<" not in response.json()["instance"]


@pytest.mark.parametrize("change", ["claim", "take-over", "withdraw", "resolve", "reopen", "drafts", "approve"])
def test_a_case_that_is_not_there_is_not_changed(client: TestClient, change: str) -> None:
    bodies = {"drafts": {"version": 0}, "approve": {"version": 0, "text": "Hello.", "approach": "help"}}
    problem(client.post(f"/api/v1/cases/c-none/{change}", json=bodies.get(change)), 404, "not-found")


def test_an_incident_that_is_not_there_is_not_taken(client: TestClient) -> None:
    problem(client.post("/api/v1/incidents/i-none/acknowledge"), 404, "not-found")


@pytest.mark.parametrize("address", ["mentions", "incidents", "cases", "series"])
def test_an_unknown_brand_is_told_with_those_there_are(world: World, client: TestClient, address: str) -> None:
    world.mention(brand="Replayed")
    body = problem(client.get(f"/api/v1/{address}", params={"brand": "Akme"}), 404, "unknown-brand")
    assert body["brands"] == ["Acme", "Lumenbread", "Replayed"]
    assert "Acme, Lumenbread, Replayed" in body["detail"]


def test_suggestions_refuse_an_unknown_brand(client: TestClient) -> None:
    body = {"channel": "x", "text": "Hello", "brand": "Akme"}
    problem(client.post("/api/v1/suggestions", json=body), 404, "unknown-brand")


@pytest.mark.parametrize("address", ["suggestions", "lint"])
def test_a_channel_that_nothing_is_known_of_is_refused_with_those_there_are(client: TestClient, address: str) -> None:
    body = problem(client.post(f"/api/v1/{address}", json={"channel": "fax", "text": "Hello"}), 422, "invalid-request")
    assert body["errors"] == [{"field": "channel", "message": "'fax' isn't known; choose one of email, x"}]
    assert client.post(f"/api/v1/{address}", json={"channel": "Email ", "text": "Hello"}).status_code == 200


@pytest.mark.parametrize(
    ("address", "params", "field"),
    [
        ("mentions", {"limit": "0"}, "limit"),
        ("mentions", {"limit": "many"}, "limit"),
        ("mentions", {"label": "furious"}, "label"),
        ("mentions", {"since": "yesterday"}, "since"),
        ("mentions", {"since": "2026-03-02T09:00:00"}, "since"),
        ("mentions", {"since": "1700000000"}, "since"),
        ("mentions", {"until": "0001-01-01T00:00:00+14:00"}, "until"),
        ("mentions", {"until": "9999-12-31T23:59:59-14:00"}, "until"),
        ("mentions", {"search": "\x00"}, "search"),
        ("mentions", {"search": "x" * 201}, "search"),
        ("mentions", {"since": "2026-03-02T09:00:00Z", "until": "2026-03-02T09:00:00Z"}, "until"),
        ("cases", {"order": "whim"}, "order"),
        ("cases", {"state": "lost"}, "state.0"),
        ("series", {}, "brand"),
        ("series", {"brand": "Acme", "since": "2027-01-01T00:00:00Z"}, "since"),
        ("deliveries", {"state": "lost"}, "state.0"),
    ],
)
def test_a_parameter_that_is_wrong_is_named(
    client: TestClient, address: str, params: dict[str, str], field: str
) -> None:
    body = problem(client.get(f"/api/v1/{address}", params=params), 422, "invalid-request")
    assert [error["field"] for error in body["errors"]] == [field]
    assert field in body["detail"]


@pytest.mark.parametrize("kind", ["mentions", "incidents", "cases"])
@pytest.mark.parametrize("cursor", ["x", "\x7f", "e30", "😀", "WyJtZW50aW9ucyIsMV0"])
def test_a_cursor_that_is_none_is_refused(client: TestClient, kind: str, cursor: str) -> None:
    body = problem(client.get(f"/api/v1/{kind}", params={"cursor": cursor}), 422, "invalid-request")
    assert "cursor" in body["detail"]


@pytest.mark.parametrize(
    "sent",
    [
        {"data": {"channel": "x", "text": "Hello"}},
        {"files": {"text": b"Hello"}},
        {"content": b'{"channel": "x", "text": "Hello"}', "headers": {"Content-Type": "text/plain"}},
        {"json": ["x", "Hello"]},
        {},
    ],
)
def test_what_is_no_json_object_is_told_what_is_expected(client: TestClient, sent: dict[str, Any]) -> None:
    body = problem(client.post("/api/v1/suggestions", **sent), 422, "invalid-request")
    message = "a JSON object is expected, with Content-Type: application/json"
    assert body["errors"] == [{"field": "body", "message": message}]
    assert body["detail"] == f"body: {message}. Correct this and send it again."


@pytest.mark.parametrize(
    ("content", "field"),
    [
        (b"", "body"),
        (b"{", "body"),
        (b"\xff\xfe", "body"),
        (b"[]", "body"),
        (b'{"channel": "x"}', "text"),
        (b'{"channel": "x", "text": ""}', "text"),
        (b'{"channel": "x", "text": 7}', "text"),
        (b'{"channel": "x", "text": "\\ud800"}', "text"),
        (b'{"channel": "", "text": "Hello"}', "channel"),
        (b'{"channel": "x", "text": "Hello", "created_at": 1700000000}', "created_at"),
        (b'{"channel": "x", "text": "Hello", "colour": "red"}', "colour"),
        (json.dumps({"channel": "x", "text": "x" * 100_000}).encode(), "text"),
    ],
)
def test_a_body_that_is_wrong_is_named(client: TestClient, content: bytes, field: str) -> None:
    response = client.post("/api/v1/suggestions", content=content, headers={"Content-Type": "application/json"})
    if response.status_code == 400:
        assert content == b"\xff\xfe"
        problem(response, 400, "bad-request")
    else:
        body = problem(response, 422, "invalid-request")
        assert [error["field"] for error in body["errors"]] == [field]
        assert "x" * 100 not in response.text


def test_a_method_that_is_not_possible_says_which_is(client: TestClient) -> None:
    response = client.delete("/api/v1/mentions")
    body = problem(response, 405, "wrong-method")
    assert "GET" in body["detail"]
    assert response.headers["allow"] == "GET"


@pytest.mark.parametrize(
    ("error", "status", "kind"),
    [
        (StorageError("the disk at /secret/place is broken"), 503, "unavailable"),
        (ConfigurationError("/secret/place is no URL"), 503, "unavailable"),
        (SixminuteError("/secret/place"), 503, "unavailable"),
        (StorageFullError("/secret/place is full"), 507, "storage-full"),
        (RuntimeError("/secret/place"), 500, "internal"),
    ],
)
def test_what_goes_wrong_inside_is_logged_under_an_id_and_not_told(
    world: World, client: TestClient, error: Exception, status: int, kind: str
) -> None:
    def fail() -> None:
        raise error

    world.demonstration.start = fail  # type: ignore[method-assign]
    with capture_logs() as logs:
        response = client.post("/api/v1/demonstration/start")
    body = problem(response, status, kind)
    assert "secret" not in response.text
    (log,) = logs
    assert log["fault"] in body["detail"]
    assert log["exc_info"] is error
    assert response.headers["content-security-policy"]


def test_a_bus_that_is_full_says_when_to_try_again(world: World, client: TestClient) -> None:
    def fail() -> None:
        raise BackPressureError("sentiment is 10,000 mentions behind: try again in a while")

    world.demonstration.start = fail  # type: ignore[method-assign]
    response = client.post("/api/v1/demonstration/start")
    assert "10,000" in problem(response, 503, "unavailable")["detail"]
    assert response.headers["retry-after"] == "5"


def test_every_kind_of_problem_is_explained_at_its_type(client: TestClient) -> None:
    kinds = client.get("/api/v1/problems").json()["items"]
    assert len(kinds) == len(KINDS)
    for kind in kinds:
        assert client.get(kind["type"]).json() == kind
