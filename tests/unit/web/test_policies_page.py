"""The page of who is paged after whom: what stands on it, and what its form does."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from jinja2 import Environment, FileSystemLoader
from jinja2.environment import TemplateModule
from starlette.datastructures import FormData

from alerting.directory import Directory
from alerting.policies import Person
from alerting.policy_desk import StoredPolicies
from api.app import create_app
from api.web.format import Formatter
from api.web.policy_form import PolicyForm, StepForm
from api.web.wording import FOLDER, Wording
from core.policies import Fault, Policy, PolicyDeed, Step
from tests.unit.web.test_pages import HOSTILE, House, seed

ZONE = {"cookie": "sixminute_zone=Asia%2FTaipei"}


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path)
    yield house
    house.close()


def of(tmp_path: Path, directory: Directory) -> House:
    """A house in which these can be paged."""
    house = House(tmp_path)
    desk = StoredPolicies(house.store, directory, (seed.BRAND,))
    app = create_app(replace(house.parts, policies=desk))
    house.client = TestClient(app, base_url="http://localhost", follow_redirects=False)
    return house


def send(house: House, order: str = "save", **fields: object) -> str:
    form = {"name": "grave", "count": "1", "version": "0", "levels": ["red"], "to-0": "Bo", "after-0": "5"}
    form |= {"from-0": "blue", "repeat": "3", "per_channel": "2"}
    answer = house.client.post("/policies/edit", data={**form, "do": order, **fields})
    assert answer.status_code in {200, 303}, answer.text
    return answer.text if answer.status_code == 200 else answer.headers["location"]


def test_every_policy_is_a_ladder_with_who_is_on_duty_now_and_who_sleeps(house: House) -> None:
    house.clock.forward(hours=8)  # five in the afternoon in London, one at night in Taipei
    page = house.text("/policies", **ZONE)
    grave, rest = page.split('class="panel policy"')[1:]
    for said in (
        "orange, red",
        "on duty in desk",
        "Mei-Ling",
        "chat → sms",
        "from red on",
        "3 minutes to answer, then",
    ):
        assert said in grave
    assert "asleep" not in grave
    assert "asleep until 07:00, told then; from orange on at once" in re.sub("</?time[^>]*>", "", rest)
    assert "As in the configuration." in grave
    assert "What holds otherwise" not in page


def test_who_would_be_paged_is_asked_by_the_clock_of_the_reader(house: House) -> None:
    page = house.text(f"/policies?brand={seed.BRAND}&level=red&at=2026-03-05T12:00", **ZONE)
    answer = page.split('id="answer"')[1].split("</section>")[0]
    for said in (
        "Policy: grave",
        "at once",
        "12:00",
        "after 2 minutes",
        "over sms",
        "And 2 times more",
        "after 24 minutes",
    ):
        assert said in answer
    night = house.text("/policies?brand=&level=blue&at=2026-03-05T23:00", **ZONE)
    assert "Mei-Ling sleeps until" in night
    assert "from orange on at once" in night


@pytest.mark.parametrize(
    "query",
    [
        "at=soon",
        "at=0001-01-01T00:00",
        "at=0001-06-01T00:00",
        "at=9999-12-31T23:59",
        "at=3000-01-01T00:00",
        "level=mauve",
        "brand=Nobody",
        "level=&brand=",
    ],
)
def test_a_question_that_can_not_be_read_still_opens_the_page(house: House, query: str) -> None:
    page = house.text(f"/policies?{query}", **ZONE)
    assert ("That time can&#39;t be read" in page or "can't be read" in page) == query.startswith("at=")


def test_without_people_it_says_what_to_write_and_who_hears_of_it_meanwhile(tmp_path: Path) -> None:
    house = of(tmp_path, Directory())
    page = house.text("/policies")
    assert "Nobody is configured yet" in page
    assert "[[people]]" in page
    assert "whoever reads there" in page.split('id="answer"')[1]
    assert "/policies/edit" not in page
    house.close()


def test_the_usual_ladder_is_shown_where_it_holds(tmp_path: Path) -> None:
    house = of(tmp_path, Directory(people=(Person(name="Mei"), Person(name="Boss", role="executive"))))
    page = house.text("/policies")
    assert "What holds otherwise" in page
    assert "all executives" in page
    assert "reaches nobody at present" in page  # no managers
    house.close()


def test_a_step_that_pages_nobody_new_is_said_to_be_passed_over(tmp_path: Path) -> None:
    people = Person(name="Ada"), Person(name="Bo")
    steps = (
        Step(to=("Ada",), from_level="orange"),
        Step(to=("role:staff",)),
        Step(to=("Bo", "Ada")),
        Step(to=("Ada",), from_level="red"),
    )
    house = of(tmp_path, Directory(people=people, policies=(Policy(name="grave", steps=steps),)))
    rungs = house.text("/policies").split('class="rung"')[1:]
    assert ["passed over" in rung for rung in rungs] == [False, False, True, True]
    house.close()


def test_a_change_is_saved_with_who_and_undone(house: House) -> None:
    assert send(house) == "/policies?saved=1"
    (kept,) = house.store.policies()
    assert (kept.by, kept.policy) == ("Mei-Ling", Policy(name="grave", levels=("red",), steps=(Step(to=("Bo",)),)))
    page = house.text("/policies?saved=1")
    assert "holds within seconds" in page
    assert "Changed here by Mei-Ling" in page
    send(house, version="1", **{"to-0": "Wren"})
    page = house.text("/policies")
    assert page.count("Put this back") == 1
    undone = house.client.post("/policies", data={"do": "restore", "name": "grave", "version": "2", "to": "1"})
    assert undone.headers["location"] == "/policies?saved=1"
    house.client.post("/policies", data={"do": "restore", "name": "grave", "version": "3", "to": "0"})
    assert [each.what for each in house.store.policy_changes("grave")] == [
        PolicyDeed.CONFIGURED,
        PolicyDeed.SAVED,
        PolicyDeed.SAVED,
        PolicyDeed.SAVED,
    ]
    assert "As in the configuration." in house.text("/policies")


def test_what_is_removed_can_be_brought_back(house: House) -> None:
    house.client.post("/policies", data={"do": "remove", "name": "grave", "version": "0"})
    page = house.text("/policies")
    assert 'id="removed"' in page
    assert house.client.get("/policies/edit?name=grave").status_code == 404
    house.client.post("/policies", data={"do": "restore", "name": "grave", "version": "1", "to": "0"})
    assert 'id="removed"' not in house.text("/policies")


def test_faults_stand_beside_their_fields_and_nothing_is_saved(house: House) -> None:
    page = send(house, **{"to-0": ["Zoe"], "after-0": "never", "repeat": "many", "per_channel": "-1", "levels": []})
    for field, said in (
        ("faults-to-0", "There is no person “Zoe”"),
        ("faults-after-0", "Choose a number from 0.1"),
        ("faults-repeat", "from 1 to 100"),
        ("faults-channel", "from 0.1 to 10080"),
        ("faults-levels", "Tick at least one level"),
    ):
        assert said in page.split(f'id="{field}"')[1].split("</ul>")[0]
    assert "5 things have to be mended first" in page
    assert 'value="never"' in page
    assert 'value="Zoe" checked' in page
    assert house.store.policies() == []


def test_a_policy_that_would_leave_a_level_without_anybody_is_refused(house: House) -> None:
    page = send(house, levels=["orange", "red"], **{"from-0": "red"})
    assert "At orange nobody would be paged" in page
    assert house.store.policies() == []


def test_taking_away_the_last_one_who_is_there_is_refused(tmp_path: Path) -> None:
    only = Policy(name="only", steps=(Step(to=("Boss",)),))
    house = of(tmp_path, Directory(people=(Person(name="Boss", role="executive"),), policies=(only,)))
    page = house.client.post("/policies", data={"do": "remove", "name": "only", "version": "0"}).text
    assert "“only” was not changed" in page
    assert f"Nobody would be paged over {seed.BRAND} at blue" in page
    house.close()


def test_a_new_policy_takes_nobodys_name(house: House) -> None:
    assert "There is a policy “grave” already" in send(house, new="1")
    assert send(house, new="1", name=" At night ") == "/policies?saved=1"
    assert [each.name for each in house.store.policies()] == ["At night"]
    assert "without colons" in send(house, new="1", name="a:b")


def test_a_new_policy_may_have_the_name_of_one_that_was_removed(house: House) -> None:
    house.client.post("/policies", data={"do": "remove", "name": "grave", "version": "0"})
    assert send(house, new="1") == "/policies?saved=1"
    assert [(each.version, each.what) for each in house.store.policy_changes("grave")] == [
        (2, PolicyDeed.SAVED),
        (1, PolicyDeed.REMOVED),
    ]


def test_checking_saves_nothing(house: House) -> None:
    assert "Nothing is wrong with it" in send(house, "check")
    assert house.store.policies() == []


def test_whoever_comes_second_is_told_and_keeps_what_was_written(house: House) -> None:
    send(house)
    page = send(house, **{"after-0": "7.5"})
    assert "Somebody else has changed this policy meanwhile" in page
    assert 'value="7.5"' in page
    assert 'name="version" value="1"' in page
    for order in ("remove", "restore"):
        page = house.client.post("/policies", data={"do": order, "name": "grave", "version": "0", "to": "0"}).text
        assert "Somebody else has changed it meanwhile" in page
    assert len(house.store.policy_changes("grave")) == 1


def test_what_is_not_there_is_said(house: House) -> None:
    assert house.client.get("/policies/edit?name=none").status_code == 404
    gone = house.client.post("/policies", data={"do": "remove", "name": "none", "version": "0"})
    assert gone.headers["location"] == "/policies?problem=missing"
    assert "holds within seconds" not in house.text("/policies")


def test_hostile_names_are_only_words(house: House) -> None:
    name = HOSTILE.replace(":", "")[:100]
    assert send(house, new="1", name=name) == "/policies?saved=1"
    send(house, version="1", name=name, **{"to-0": [HOSTILE[:290]]})
    for path in ("/policies", "/policies?saved=<script>alert(1)"):
        assert "<script>alert(1)" not in house.text(path)
    house.client.post("/policies", data={"do": "remove", "name": name, "version": "1"})
    assert "<script>alert(1)" not in house.text("/policies")


def test_somebody_who_is_no_longer_configured_is_said_to_be_gone(tmp_path: Path) -> None:
    house = House(tmp_path)
    send(house)
    known = replace(seed.DIRECTORY, people=tuple(one for one in seed.DIRECTORY.people if one.name != "Bo"))
    known = replace(known, rotations=(), policies=())
    desk = StoredPolicies(house.store, known, (seed.BRAND,))
    (ladder,) = [one for one in desk.ladders(house.clock.now()).ladders if one.policy.name == "grave"]
    assert [fault.kind for fault in ladder.faults] == ["no_person"]
    foreseen = desk.foresee(seed.BRAND, seed.Level.RED, datetime(2026, 3, 5, 12, tzinfo=UTC))
    assert foreseen.everybody
    assert {page.person for page in foreseen.pages} == {"Mei-Ling", "Wren"}
    house.close()


STEPS = tuple(StepForm((name,)) for name in "abc")


@pytest.mark.parametrize(
    ("order", "steps", "focus"),
    [
        ("up-2", "acb", "up-1"),
        ("up-1", "bac", "down-0"),
        ("down-0", "bac", "down-1"),
        ("down-1", "acb", "up-2"),
        ("up-0", "abc", ""),
        ("down-2", "abc", ""),
        ("remove-0", "bc", "remove-0"),
        ("remove-2", "ab", "remove-1"),
        ("add", "abc-", "to-3"),
        ("up-9", "abc", ""),
        ("up-x", "abc", ""),
        ("", "abc", ""),
        ("nonsense-1", "abc", ""),
    ],
)
def test_buttons_move_steps_and_the_keyboard_stays_where_it_was(order: str, steps: str, focus: str) -> None:
    form = PolicyForm(steps=STEPS).after(order)
    assert "".join(step.to[0] if step.to else "-" for step in form.steps) == steps
    assert form.focus == focus


def test_the_last_step_can_be_taken_away_and_there_are_not_too_many() -> None:
    assert PolicyForm(steps=STEPS[:1]).after("remove-0") == PolicyForm(steps=(), focus="add")
    many = PolicyForm(steps=STEPS[:1] * 50)
    assert many.after("add") == many


def test_a_form_without_anything_can_be_read() -> None:
    assert PolicyForm.read(FormData()).steps == ()
    assert PolicyForm.read(FormData({"count": "9" * 400})).steps == ()
    assert len(PolicyForm.read(FormData({"count": "9999"})).steps) == 50


@pytest.fixture
def said() -> TemplateModule:
    """How policies are said, in English."""
    environment = Environment(loader=FileSystemLoader(FOLDER.parent / "templates"), autoescape=True)
    return environment.get_template("parts/policy.html").make_module()


def english(key: str, **values: object) -> str:
    return Wording.load().text("en", key, **values)


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (0, "at once"),
        (1, "after 1 minute"),
        (90, "after 90 minutes"),
        (120, "after 2 hours"),
        (318, "after 5 h 18 min"),
        (359.8, "after 6 hours"),
    ],
)
def test_a_wait_of_hours_is_told_in_hours_and_minutes(said: Any, minutes: float, words: str) -> None:
    assert said.clock(minutes, english, Formatter("en", UTC)) == words


def test_whom_two_steps_name_is_missing_once(said: Any) -> None:
    found = [
        Fault(field=f"steps.{at}.to", kind="no_person", message="", values={"name": name})
        for at, name in enumerate(("Sam", "Sam", "Ada"))
    ]
    listed = said.faults(found, english, "x")
    assert (listed.count("Sam"), listed.count("Ada")) == (1, 1)
