"""Browsers of others are kept out, scripts are let in, and names are made harmless."""

from typing import Any

import pytest
from fastapi.testclient import TestClient
from starlette.requests import HTTPConnection

from api.security import MAX_BODY, BodyLimit, who_acts

from .conftest import World

LINT = {"channel": "x", "text": "Fine."}


def test_every_answer_tells_browsers_what_they_may_do(client: TestClient) -> None:
    for address in ("/healthz", "/api/v1/brands", "/api/v1/nowhere", "/static/nothing.js"):
        headers = client.get(address).headers
        assert headers["content-security-policy"] == (
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
            "font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        )
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert headers["cross-origin-opener-policy"] == "same-origin"
        assert "access-control-allow-origin" not in headers


def test_what_people_said_is_kept_in_no_cache(client: TestClient) -> None:
    assert client.get("/api/v1/mentions").headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost", 200),
        ("localhost:8600", 200),
        ("LOCALHOST.", 200),
        ("127.0.0.1:8600", 200),
        ("[::1]:8600", 200),
        ("10.1.2.3", 200),
        ("evil.example", 421),
        ("localhost.evil.example", 421),
        ("127.0.0.1.evil.example", 421),
        ("[::1", 421),
        ("", 421),
    ],
)
def test_only_its_own_names_are_answered(client: TestClient, host: str, status: int) -> None:
    response = client.get("/api/v1/brands", headers={"Host": host})
    assert response.status_code == status
    if status == 421:
        assert response.headers["content-type"] == "application/problem+json"
        assert "localhost" in response.json()["detail"]
        assert client.get("/healthz", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Origin": "http://testserver"}, 200),
        ({"Origin": "https://TESTSERVER"}, 200),
        ({"Origin": "http://testserver:81"}, 403),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "null", "Sec-Fetch-Site": "same-origin"}, 200),
        ({"Origin": "http://testserver", "Sec-Fetch-Site": "same-origin"}, 200),
        ({"Sec-Fetch-Site": "none"}, 200),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Origin": "http://testserver", "Sec-Fetch-Site": "cross-site"}, 403),
    ],
)
def test_changes_come_from_own_pages_or_from_scripts(client: TestClient, headers: dict[str, str], status: int) -> None:
    response = client.post("/api/v1/lint", json=LINT, headers=headers)
    assert response.status_code == status
    assert client.get("/api/v1/brands", headers=headers).status_code == 200
    if status == 403:
        assert response.json()["type"] == "/api/v1/problems/foreign-origin"


def test_a_form_of_another_site_changes_nothing(world: World, client: TestClient) -> None:
    response = client.post("/api/v1/demonstration/erase", headers={"Origin": "http://evil.example"})
    assert response.status_code == 403
    assert world.demonstration.orders == []


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_beyond_the_limit_is_refused(client: TestClient, chunked: bool) -> None:
    body = b'{"channel": "x", "text": "' + b"x" * MAX_BODY + b'"}'
    content = (body[at : at + 65_536] for at in range(0, len(body), 65_536)) if chunked else body
    response = client.post("/api/v1/lint", content=content, headers={"Content-Type": "application/json"})
    assert response.status_code == 413
    assert response.json()["type"] == "/api/v1/problems/too-large"


def test_a_sender_who_goes_away_leaves_nothing_behind() -> None:
    import asyncio

    async def never(*_: Any) -> None:
        raise AssertionError("nothing should be passed on or sent")

    async def gone() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    scope = {"type": "http", "method": "POST", "path": "/", "headers": []}
    asyncio.run(BodyLimit(never)(scope, gone, never))


@pytest.mark.parametrize(
    ("headers", "name"),
    [
        ({}, "on duty"),
        ({"X-Sixminute-User": "Ana"}, "Ana"),
        ({"X-Sixminute-User": "%E7%BE%8E%E7%8E%B2"}, "美玲"),
        ({"X-Sixminute-User": "Ana", "Cookie": "sixminute_user=Ben"}, "Ana"),
        ({"Cookie": "a=b; sixminute_user=%E7%BE%8E%E7%8E%B2"}, "美玲"),
        ({"Cookie": "sixminute_user"}, "on duty"),
        ({"X-Sixminute-User": "%00%0A%E2%80%AE  Ana %07"}, "Ana"),
        ({"X-Sixminute-User": "%20%20"}, "on duty"),
        ({"X-Sixminute-User": "%FF"}, "\N{REPLACEMENT CHARACTER}"),
        ({"X-Sixminute-User": "x" * 200}, "x" * 80),
    ],
)
def test_who_acts(headers: dict[str, str], name: str) -> None:
    raw = [(key.lower().encode(), value.encode()) for key, value in headers.items()]
    assert who_acts(HTTPConnection({"type": "http", "headers": raw}), "on duty") == name


def test_the_name_in_the_cookie_is_recorded(world: World, client: TestClient) -> None:
    id_ = world.case()
    client.cookies.set("sixminute_user", "%E7%BE%8E%E7%8E%B2")
    assert client.post(f"/api/v1/cases/{id_}/claim").json()["claimed_by"] == "美玲"
