"""Incidents from the command line, beside a running house: what is said there is what paging takes up."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from adapters.clock import SystemClock
from alerting.policies import Person, Policy, Step
from core.brand import Brand
from core.escalation import id_of_test, id_of_urgent
from core.events import ALERTS, AlertFired, encode
from core.ports.bus import Message
from tests.contract.things import alert, incident
from tests.harness import Application
from tests.smoke.test_cli import one_line, run

__all__ = ["run"]

PEOPLE = (Person(name="Mei-Ling"), Person(name="Bo"))
LADDER = Policy(name="all", steps=(Step(to=("Mei-Ling",)), Step(to=("Bo",))))
CONFIGURED = """
[[brands]]
name = "Acme"

[[people]]
name = "Mei-Ling"

[[people]]
name = "Bo"
"""
ID = "i-0000"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Application]:
    (tmp_path / "sixminute.toml").write_text(CONFIGURED, encoding="utf-8")
    made = Application(tmp_path, brands=(Brand(name="Acme"),), people=PEOPLE, policies=(LADDER,))
    yield made
    made.close()


@pytest.fixture
def paged(house: Application) -> Application:
    with house.house.store.unit() as unit:
        unit.put_incident(incident(0, brand="Acme"))
        unit.put_alert(alert(0, brand="Acme"))
    fired = AlertFired(id="f-1", incident=ID, alert=alert(0, brand="Acme", at=house.clock.now()))
    house.house.bus.publish([Message(ALERTS, "Acme", encode(fired))])
    house.settle()
    return house


@pytest.fixture
def urgent(house: Application) -> Application:
    house.say("I was injured by the Acme kettle, my lawyer will sue you, it is unsafe")
    house.settle()
    house.alerts()
    return house


def test_an_incident_is_listed_shown_taken_in_hand_and_resolved(run, paged: Application) -> None:
    listed = run("incident", "list", "--brand", "Acme").out
    assert listed.startswith(f"{ID}  Acme, ")
    assert "in nobody's hands" in listed
    assert "Asked, and not answered yet: Mei-Ling" in run("incident", "show", ID).out
    assert run("incident", "acknowledge", ID, "--by", "Mei-Ling").out == f"{ID}: Mei-Ling has this incident in hand.\n"
    paged.settle()
    assert "Mei-Ling already has" in run("incident", "acknowledge", ID, "--by", "Mei-Ling").out
    state = paged.house.store.escalation(ID)
    assert state is not None
    assert (state.acknowledged_by, state.asked()) == ("Mei-Ling", ())
    (told,) = [json.loads(line) for line in run("incident", "list", "--json").out.splitlines()]
    assert (told["kind"], told["id"], told["acknowledged_by"]) == ("incident", ID, "Mei-Ling")
    assert run("incident", "resolve", ID, "--by", "Bo").out == f"{ID}: Bo says that it is over.\n"
    paged.settle()
    assert "is over" in one_line(run("incident", "resolve", ID, "--by", "Bo"))
    assert "over, as Bo says" in run("incident", "list").out
    whole = json.loads(run("incident", "show", ID, "--json").out)
    assert [one["deed"] for one in whole["paging"]["handled"]] == ["acknowledged", "resolved"]
    assert (whole["kind"], whole["paging"]["resolved_by"]) == ("incident", "Bo")
    assert "Bo said at" in run("incident", "show", ID).out


def test_passing_on_pages_the_other_one_and_a_promise_is_kept(run, paged: Application, monkeypatch) -> None:
    monkeypatch.setenv("SIXMINUTE_USER", "Mei-Ling")
    told = run("incident", "pass-on", ID, "--to", "Bo").out
    assert told == f"{ID}: Bo is asked to take it; until then it stays with Mei-Ling.\n"
    paged.settle()
    assert "On its way to Bo" in run("incident", "show", ID).out
    until = (SystemClock().now() + timedelta(days=1)).isoformat()
    assert "Mei-Ling promises the next update" in run("incident", "promise", ID, "--until", until).out
    paged.settle()
    assert "Mei-Ling promises" in run("incident", "show", ID).out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        pytest.param(["acknowledge", "i-9"], "There is no incident or test i-9", id="unknown"),
        pytest.param(["show", "i-9"], "There is no incident or test i-9", id="show-unknown"),
        pytest.param(["resolve", "i-9"], "There is no incident i-9", id="resolve-unknown"),
        pytest.param(["acknowledge", ID, "--by", "\u200b"], "--by: say who you are", id="nameless"),
        pytest.param(["pass-on", ID, "--to", "Zoe"], "--to: 'Zoe' can't be paged; there are Mei-Ling, Bo", id="zoe"),
        pytest.param(["pass-on", ID, "--to", "Bo", "--by", "Bo"], "--to: name somebody else", id="to-oneself"),
        pytest.param(["promise", ID, "--until", "soon"], "--until soon: write it like", id="soon"),
        pytest.param(["promise", ID, "--until", "2001-01-01T00:00Z"], "--until: name a time in the future", id="past"),
        pytest.param(["list", "--brand", "Zeta"], "--brand Zeta: there is no such brand", id="brand"),
    ],
)
def test_what_can_not_be_is_one_line_and_changes_nothing(run, paged: Application, arguments, says) -> None:
    assert says in one_line(run("incident", *arguments))
    assert not paged.house.store.handlings(ID)


def test_somebody_elses_incident_is_taken_over(run, paged: Application) -> None:
    run("incident", "acknowledge", ID, "--by", "Mei-Ling")
    assert run("incident", "take-over", ID, "--by", "Bo").out == f"{ID}: Bo has the incident.\n"
    assert run("incident", "take-over", ID, "--by", "Bo").out == f"{ID}: Bo already has the incident.\n"
    paged.settle()
    assert "Bo" in run("incident", "list").out


def test_somebody_elses_incident_is_refused(run, paged: Application) -> None:
    run("incident", "acknowledge", ID, "--by", "Bo")
    assert "is with Bo already: ask them" in one_line(run("incident", "acknowledge", ID, "--by", "Ada"))


def test_urgent_cases_are_listed_and_taken_in_hand_and_nothing_else(run, urgent: Application) -> None:
    id_ = id_of_urgent("Acme")
    told = run("incident", "list").out
    assert f"{id_}  Acme, 1 urgent case, first answer by" in told
    assert "stands for the urgent cases of Acme" in one_line(run("incident", "resolve", id_))
    assert run("incident", "acknowledge", id_, "--by", "Bo").out == f"{id_}: Bo has these urgent cases in hand.\n"
    urgent.settle()
    listed = [json.loads(line) for line in run("incident", "list", "--json").out.splitlines()]
    assert [(one["id"], one["cases"], one["acknowledged_by"]) for one in listed if one["kind"] == "urgent"] == [
        (id_, 1, "Bo")
    ]
    assert "Bo: acknowledged" in run("incident", "show", id_).out
    assert json.loads(run("incident", "show", id_, "--json").out)["kind"] == "urgent"


def test_a_test_page_is_answered_too(run, house: Application) -> None:
    run("page", "test", "--person", "Bo")
    (wish,) = house.house.store.waiting_handlings(9)
    house.settle()
    id_ = id_of_test(wish.id, "Bo")
    assert json.loads(run("incident", "show", id_, "--json").out)["kind"] == "test"
    assert f"{id_}: Bo has answered this test page." in run("incident", "acknowledge", id_, "--by", "Bo").out
    house.settle()
    assert "Asked" not in run("incident", "show", id_).out


def test_where_nothing_is_open_that_is_said(run) -> None:
    run("migrate")
    assert run("incident", "list").out == "No open incidents.\n"
    assert run("incident", "list", "--all").out == "No incidents.\n"
    assert run("incident", "list", "--json").out == ""
