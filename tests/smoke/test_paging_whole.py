"""From what people post to the page in somebody's hand and back: all stages, a real webhook, links, silences, tests."""

import threading
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from alerting.channels.settings import ChannelSettings
from alerting.policies import Person, Policy, Step
from core.alert import Level
from core.brand import Brand
from tests.harness import Application
from tests.servers.pager import ROUTING_KEY, SECRET, Pager

PUBLIC = "http://localhost"
MEI = Person(name="Mei-Ling", language="zh-Hant", zone="Asia/Taipei", channels=("hook",))
BO = Person(name="Bo", channels=("hook", "log"))
LADDER = Policy(
    name="all", steps=(Step(to=("Mei-Ling",), after_minutes=5), Step(to=("Bo",), after_minutes=5)), repeat=2
)


class House:
    """The application, and the pager that its people carry."""

    def __init__(
        self,
        folder: Path,
        store_url: str,
        pager: Pager,
        people: Sequence[Person] = (MEI, BO),
        policies: Sequence[Policy] = (LADDER,),
    ) -> None:
        self.pager = pager
        hook = ChannelSettings(name="hook", kind="webhook", url=f"{pager.url}/hook", secret=SECRET)
        self.app = Application(
            folder,
            brands=(Brand(name="Acme"), Brand(name="Zeta")),
            database_url=store_url,
            channels=(hook, ChannelSettings(name="duty", kind="pagerduty", url=pager.url, secret=ROUTING_KEY)),
            people=tuple(people),
            policies=tuple(policies),
            public_url=PUBLIC,
        )
        self._seen: set[str] = set()

    def settle(self) -> None:
        """Let all stages work until nothing is left and no page is on its way."""
        self.app.settle()
        while ways := [thread for thread in threading.enumerate() if thread.name.startswith("page over")]:
            for way in ways:
                way.join(30)
            self.app.settle()

    def forward(self, minutes: int) -> None:
        for _ in range(minutes):
            self.app.forward(minutes=1)
            self.settle()

    def storm(self, brand: str, posts: int = 12) -> None:
        """A calm day, and then so many voices at once that it goes to yellow."""
        now = self.app.clock.now()
        for hour in range(36, 1, -1):
            self.app.say(f"{brand} opens at nine", brand=brand, at=now - timedelta(hours=hour))
        self.settle()
        for number in range(posts):
            self.app.say(f"{brand} is broken, {number} of us wait", brand=brand)
        self.settle()

    def pages(self) -> list[dict[str, Any]]:
        """What has reached people since the last time, in the order in which it was decided."""
        new = {id_: body for id_, body in self.pager.hooked.items() if id_ not in self._seen}
        self._seen.update(new)
        told = sorted(new.values(), key=lambda body: (body["timestamp"], body["data"]["level"], body["data"]["person"]))
        return [body["data"] for body in told]

    def tap(self, page: dict[str, Any], status: int = 200) -> str:
        """Press the button behind the link of a page."""
        answer = self.app.client.post(page["acknowledge_url"].removeprefix(PUBLIC))
        assert answer.status_code == status
        self.settle()
        return answer.text

    def api(self, address: str, body: dict[str, Any] | None = None, user: str = "Bo") -> dict[str, Any]:
        answer = self.app.client.post(f"/api/v1/{address}", json=body or {}, headers={"X-Sixminute-User": user})
        assert answer.is_success, answer.text
        self.settle()
        return answer.json()


@pytest.fixture
def pager() -> Iterator[Pager]:
    with Pager() as one:
        yield one


@pytest.fixture
def house(tmp_path: Path, store_url: str, pager: Pager) -> Iterator[House]:
    one = House(tmp_path, store_url, pager)
    yield one
    one.app.alerts()
    one.app.close()


def people(pages: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(page["person"], page["kind"]) for page in pages]


def test_a_storm_pages_until_one_tap_and_the_others_hear_of_it(house: House) -> None:
    house.storm("Acme")
    (page,) = house.pages()
    assert people([page]) == [("Mei-Ling", "raised")]
    assert (page["level"], page["brand"]) == (Level.YELLOW, "Acme")
    assert "Acme" in page["title"]
    assert "前接手" in page["text"]
    assert page["url"] == f"{PUBLIC}/alarm/{page['incident']}"
    assert page["url"] in page["text"]
    assert page["acknowledge_url"] in page["text"]
    house.forward(5)
    (second,) = house.pages()
    assert (second["person"], second["level"]) == ("Bo", Level.YELLOW)
    assert house.app.client.get(second["acknowledge_url"].removeprefix(PUBLIC)).status_code == 200
    house.settle()
    assert house.pages() == []
    assert "You have it in hand" in house.tap(second)
    assert people(house.pages()) == [("Mei-Ling", "acknowledged")]
    assert "Bo" in house.tap(page, status=409)
    house.forward(30)
    assert house.pages() == []
    paging = house.app.client.get(f"/api/v1/incidents/{page['incident']}/paging").json()
    assert (paging["acknowledged_by"], paging["asked"]) == ("Bo", [])
    house.api(f"incidents/{page['incident']}/resolve")
    assert people(house.pages()) == [("Mei-Ling", "resolved")]


def test_pagerduty_stops_ringing_for_the_only_one_who_was_paged(tmp_path: Path, store_url: str, pager: Pager) -> None:
    one = House(tmp_path, store_url, pager, (Person(name="Mei-Ling", channels=("duty",)),), ())
    one.storm("Acme")
    (incident,) = pager.incidents
    assert pager.incidents[incident].state == "triggered"
    one.api(f"incidents/{incident}/acknowledge", user="Mei-Ling")
    assert pager.incidents[incident].state == "acknowledged"
    one.api(f"incidents/{incident}/resolve", user="Mei-Ling")
    assert pager.incidents[incident].state == "resolved"
    one.app.close()


def test_a_silence_holds_the_page_back_until_it_is_taken_back(house: House) -> None:
    until = house.app.clock.now() + timedelta(hours=2)
    silence = {"brand": "Zeta", "until": until.isoformat(), "reason": "An exercise.", "level": "red"}
    made = house.api("silences", silence)
    house.storm("Zeta")
    house.forward(4)
    assert [str(one.event) for one in house.app.alerts()][:1] == ["opened"]
    assert house.pages() == []
    house.storm("Acme")
    assert {page["brand"] for page in house.pages()} == {"Acme"}
    house.api(f"silences/{made['id']}/end")
    house.forward(1)
    assert "Zeta" in {page["brand"] for page in house.pages()}


def test_what_is_passed_on_over_a_link_is_taken_over_a_link(house: House) -> None:
    house.storm("Acme")
    page = house.pages()[-1]
    house.tap(page)
    house.api(f"incidents/{page['incident']}/delegate", {"to": "Bo"}, user="Mei-Ling")
    (passed,) = house.pages()
    assert people([passed]) == [("Bo", "delegated")]
    assert "You have it in hand" in house.tap(passed)
    assert people(house.pages()) == [("Mei-Ling", "acknowledged")]
    found = house.app.house.store.incident(page["incident"])
    assert found
    assert found.acknowledged_by == "Bo"


def test_a_test_page_arrives_and_is_answered_over_its_link(house: House) -> None:
    house.api("pages/test", {"person": "Bo"})
    (page,) = house.pages()
    assert (people([page]), page["url"]) == ([("Bo", "test")], "")
    assert "that is noted" in house.tap(page)
    house.forward(20)
    assert house.pages() == []
    house.api("pages/test")
    assert people(house.pages()) == [("Bo", "test"), ("Mei-Ling", "test")]
    house.forward(16)
    assert {page["kind"] for page in house.pages()} == {"channel_failed"}
