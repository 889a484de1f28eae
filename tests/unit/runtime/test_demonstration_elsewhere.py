"""The demonstration where stages are processes of their own: the page offers none, the API says where it is."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from core.language import LANGUAGES
from ingest.sources.demonstration import DEMONSTRATION_BRAND
from runtime.demonstration import DemonstrationElsewhere
from runtime.settings import Settings
from runtime.wiring import web
from runtime.wiring.house import open_house
from tests.harness import NoDemonstration

ROOMS = ("/", "/alarm", "/mentions", "/outbox")
HERE, ELSEWHERE = NoDemonstration(), DemonstrationElsewhere()


@pytest.fixture(params=[HERE, ELSEWHERE], ids=["here", "elsewhere"])
def demonstration(request: pytest.FixtureRequest) -> NoDemonstration | DemonstrationElsewhere:
    return request.param


@pytest.fixture
def client(tmp_path: Path, demonstration: NoDemonstration | DemonstrationElsewhere) -> Iterator[TestClient]:
    house = open_house(Settings(data_dir=tmp_path))
    parts = web.parts(house, demonstration, lambda: {"store": "ok"}, lambda: b"")
    with TestClient(create_app(parts), base_url="http://localhost") as client:
        yield client
    house.close()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_has_a_button_only_where_it_does_something(
    client: TestClient, demonstration: NoDemonstration | DemonstrationElsewhere, language: str
) -> None:
    client.cookies["language"] = language
    pages = {room: client.get(room) for room in ROOMS}
    assert {page.status_code for page in pages.values()} == {200}
    assert all(f'lang="{language}' in page.text for page in pages.values())
    assert ("/demonstration/start" in pages["/"].text) == (demonstration is HERE)
    # The banner of one under way is nowhere.
    assert not any('id="demonstration"' in page.text for page in pages.values())


@pytest.mark.parametrize("demonstration", [ELSEWHERE], ids=["elsewhere"], indirect=True)
@pytest.mark.parametrize("order", ["start", "stop", "erase"])
def test_the_api_says_where_it_is_instead(client: TestClient, order: str) -> None:
    told = client.get("/api/v1/demonstration").json()
    assert told == {"brand": DEMONSTRATION_BRAND.name, "state": "absent"}
    answer = client.post(f"/api/v1/demonstration/{order}", headers={"Sec-Fetch-Site": "same-origin"})
    assert answer.status_code == 409
    for words in ("sixminute up", "[[sources]]", 'kind = "demonstration"'):
        assert words in answer.json()["detail"]


@pytest.mark.parametrize("demonstration", [ELSEWHERE], ids=["elsewhere"], indirect=True)
def test_a_form_from_an_old_page_leads_back_with_the_reason(client: TestClient) -> None:
    headers = {"Sec-Fetch-Site": "same-origin", "Referer": "http://localhost/alarm"}
    answer = client.post("/demonstration/start", headers=headers, follow_redirects=False)
    assert answer.status_code == 303
    assert "problem=conflict" in answer.headers["location"]
