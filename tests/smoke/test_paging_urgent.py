"""From a post of somebody hurt to the page in somebody's hand, until it is answered: all stages, a real webhook."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from alerting.policies import Person, Policy, Step
from core.case import Grade
from core.escalation import id_of_urgent
from core.mention import Label
from core.ports.queries import CaseQuery
from tests.servers.pager import Pager
from tests.smoke.test_paging_whole import PUBLIC, House, people

MEI = Person(name="Mei-Ling", language="zh-Hant", zone="Asia/Taipei", channels=("hook",))
CHIEF = Person(name="Chief", channels=("hook",), role="executive")
LADDER = Policy(name="all", steps=(Step(to=("Mei-Ling",)), Step(to=("Chief",), from_level="orange")), repeat=1)
HURT = "The Acme kettle is broken and burned me, I am in hospital"


@pytest.fixture
def pager() -> Iterator[Pager]:
    with Pager() as one:
        yield one


@pytest.fixture
def house(tmp_path: Path, store_url: str, pager: Pager) -> Iterator[House]:
    one = House(tmp_path, store_url, pager, people=(MEI, CHIEF), policies=(LADDER,))
    yield one
    one.app.alerts()
    one.app.close()


def urgent(house: House) -> list[str]:
    """The ids of the urgent cases, the one that is due first before the others."""
    return [case.id for case in house.app.house.store.cases(CaseQuery(grade=Grade.URGENT)).items]


def the_page(house: House) -> dict[str, Any]:
    (page,) = house.pages()
    return page


def test_an_urgent_case_pages_the_executive_too_until_one_tap_and_is_over_when_answered(house: House) -> None:
    house.app.say(HURT)
    house.settle()
    (case,) = urgent(house)
    page = the_page(house)
    assert people([page]) == [("Mei-Ling", "opened")]
    assert page["title"] == "緊急案件 · Acme，18:00 前要回覆 · 內容提到有人受傷"
    assert page["url"] == f"{PUBLIC}/?case={case}"
    assert "hospital" not in str(page)
    assert "author-" not in str(page)
    house.forward(5)
    second = the_page(house)
    assert people([second]) == [("Chief", "opened")]
    assert second["title"] == "URGENT CASE · Acme, answer by 10:00 UTC · It speaks of an injury"
    seen = house.app.client.get(second["acknowledge_url"].removeprefix(PUBLIC)).text
    assert "1 urgent case" in seen
    assert "It speaks of an injury." in seen
    assert "You have it in hand" in house.tap(second)
    assert people(house.pages()) == [("Mei-Ling", "acknowledged")]
    assert "Chief" in house.tap(page, status=409)
    shown = house.app.client.get(page["url"].removeprefix(PUBLIC)).text
    assert "Chief has the urgent cases of this brand in hand." in shown
    paging = house.app.client.get(f"/api/v1/cases/{case}/paging").json()
    assert (paging["acknowledged_by"], [one["person"] for one in paging["attempts"]]) == (
        "Chief", ["Mei-Ling", "Chief", "Mei-Ling"],
    )  # fmt: skip
    house.api(f"cases/{case}/claim", user="Chief")
    house.api(f"cases/{case}/resolve", user="Chief")
    house.forward(2)
    assert {page["kind"] for page in house.pages()} == {"resolved"}
    assert house.tap(second, status=410)
    house.forward(60)
    assert house.pages() == []


def test_a_flood_of_one_brand_is_one_page_and_another_brand_has_its_own(house: House) -> None:
    for _ in range(7):
        house.app.say(HURT)
        house.settle()
    house.app.say("The Zeta charger is broken and exploded", brand="Zeta")
    house.settle()
    paged = [page for page in house.pages() if page["incident"] in {id_of_urgent("Acme"), id_of_urgent("Zeta")}]
    assert sorted((page["brand"], page["kind"]) for page in paged) == [("Acme", "opened"), ("Zeta", "opened")]
    house.forward(5)
    told = [page["title"].split(" · ")[0] for page in house.pages() if "URGENT" in page["title"]]
    assert sorted(told) == ["7 URGENT CASES", "URGENT CASE"]


def test_what_becomes_urgent_by_an_edit_pages_then(house: House) -> None:
    house.app.say("Acme is broken", network_id="one")
    house.settle()
    assert (urgent(house), house.pages()) == ([], [])
    house.app.say(HURT, network_id="one", revision=1)
    house.settle()
    assert people(house.pages()) == [("Mei-Ling", "opened")]
    house.app.say(f"{HURT} still", network_id="one", revision=2)
    house.forward(1)
    assert house.pages() == []


def step(house: House, *names: str) -> None:
    """Let some stages work, and no other."""
    while sum(service.step(0.0) for service in house.app.services if service.name in names):
        pass


def test_a_crash_before_it_is_told_loses_no_page_and_one_after_it_pages_nobody_twice(house: House) -> None:
    house.app.say(HURT)
    step(house, "sentiment", "responding")
    assert urgent(house)
    for expected in ([("Mei-Ling", "opened")], []):
        house.app.restart()
        house.settle()
        assert people(house.pages()) == expected


@pytest.mark.parametrize("level", ["orange", "red"])
def test_only_a_silence_that_names_red_holds_it_back(house: House, level: str) -> None:
    until = house.app.clock.now() + timedelta(hours=1)
    made = house.api("silences", {"brand": "Acme", "until": until.isoformat(), "reason": "Test.", "level": level})
    house.app.say(HURT)
    house.settle()
    assert people(house.pages()) == ([] if level == "red" else [("Mei-Ling", "opened")])
    house.forward(3)
    assert house.pages() == []
    if level == "red":
        house.api(f"silences/{made['id']}/end")
        house.forward(1)
        assert people(house.pages()) == [("Mei-Ling", "opened")]


def test_what_is_erased_before_it_is_told_pages_nobody(house: House) -> None:
    mention = house.app.say(HURT)
    step(house, "sentiment", "responding")
    assert urgent(house)
    with house.app.house.store.unit() as unit:
        unit.erase_mentions([mention])
    house.settle()
    assert house.pages() == []
    assert not house.app.house.store.waiting_handlings(9)


def test_a_correction_of_what_is_urgent_already_pages_nobody_twice(house: House) -> None:
    mention = house.app.say("Acme wrote to my lawyer")
    house.settle()
    assert people(house.pages()) == [("Mei-Ling", "opened")]
    house.api(f"mentions/{mention}/correction", {"label": Label.NEGATIVE})
    assert house.pages() == []
