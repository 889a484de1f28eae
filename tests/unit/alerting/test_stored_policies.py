"""Policies that people changed among those of the configuration."""

from typing import Any

from alerting.directory import Directory
from alerting.policies import Person, Policy, Step
from alerting.stored_policies import BLIND, left_unowned, merged, shadowed, unowned
from core.alert import Level
from core.policies import PolicyChange, PolicyDeed
from tests.fakes import MONDAY

MEI, CHIEF = Person(name="Mei"), Person(name="Chief", role="executive")


def policy(name: str, *to: str, **fields: Any) -> Policy:
    return Policy(name=name, steps=(Step(to=to or ("Mei",)),), **fields)


def change(name: str, what: PolicyDeed = PolicyDeed.SAVED, kept: Policy | None = None) -> PolicyChange:
    return PolicyChange(name=name, version=1, at=MONDAY, by="Ada", what=what, policy=kept)


def saved(one: Policy) -> PolicyChange:
    return change(one.name, kept=one)


GRAVE, REST = policy("grave", levels=("red",)), policy("rest")


def test_without_changes_the_configuration_holds():
    assert merged((GRAVE, REST), []) == (GRAVE, REST)


def test_what_was_saved_takes_the_place_of_the_configured_one_of_its_name():
    other = policy("grave", "Chief")
    assert merged((GRAVE, REST), [saved(other)]) == (other, REST)


def test_new_ones_come_first_and_of_these_the_ones_that_name_brands():
    late, early, acme = policy("z"), policy("a"), policy("z acme", brands=("Acme",))
    assert merged((GRAVE, REST), [saved(late), saved(early), saved(acme)]) == (acme, early, late, GRAVE, REST)


def test_what_was_removed_is_gone_and_what_was_put_back_is_as_configured():
    assert merged((GRAVE, REST), [change("grave", PolicyDeed.REMOVED)]) == (REST,)
    assert merged((GRAVE, REST), [change("grave", PolicyDeed.CONFIGURED)]) == (GRAVE, REST)
    assert merged((), [change("new", PolicyDeed.REMOVED), change("old", PolicyDeed.CONFIGURED)]) == ()


def test_a_level_at_which_no_step_reaches_anybody_is_unowned():
    known = Directory(people=(MEI, CHIEF))
    late = Policy(name="late", steps=(Step(to=("Mei",), from_level="red"),))
    assert unowned(late, Level.ORANGE, MONDAY, known)
    assert not unowned(late, Level.RED, MONDAY, known)
    assert unowned(policy("gone", "Gone", "rotation:none", "role:manager"), Level.RED, MONDAY, known)
    fax = Directory(people=(Person(name="Mei", channels=("fax",)),))
    assert unowned(policy("all"), Level.RED, MONDAY, fax)


def test_taking_away_the_last_one_that_reaches_somebody_is_seen():
    before = Directory(people=(CHIEF,), policies=(policy("all", "Chief"),))
    after = Directory(people=(CHIEF,))
    assert left_unowned(["Acme"], MONDAY, before, after) == ("Acme", Level.BLUE)
    assert left_unowned([], MONDAY, before, after) == (BLIND, Level.BLUE)
    assert left_unowned(["Acme"], MONDAY, after, after) is None
    assert left_unowned(["Acme"], MONDAY, after, before) is None


def test_one_for_which_nothing_is_left_is_shadowed():
    red = policy("red", levels=("red",))
    known = Directory(people=(MEI,), policies=(GRAVE, red, REST, policy("acme", brands=("Acme",))))
    assert [shadowed(one, known, ["Acme"]) for one in known.policies] == [False, True, False, True]
