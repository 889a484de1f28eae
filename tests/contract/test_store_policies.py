"""What every store must do with changes of escalation policies."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from core.policies import Policy, PolicyChange, PolicyDeed, Step
from core.ports.store import Store
from tests.contract.things import HOSTILE
from tests.fakes import MONDAY

LADDER = Policy(
    name="grave",
    brands=("Kettle",),
    levels=("orange", "red"),
    steps=(Step(to=("rotation:desk", "Mei"), after_minutes=2.5), Step(to=("role:executive",), from_level="red")),
    repeat=7,
    minutes_per_channel=1.5,
)


def change(version: int = 1, name: str = "grave", by: str = "Ada", policy: Policy | None = LADDER) -> PolicyChange:
    what = PolicyDeed.SAVED if policy else PolicyDeed.REMOVED
    at = MONDAY + timedelta(minutes=version)
    return PolicyChange(name=name, version=version, at=at, by=by, what=what, policy=policy)


def put(store: Store, one: PolicyChange) -> bool:
    with store.unit() as unit:
        return unit.change_policy(one)


def test_a_policy_comes_back_as_it_was_saved(store: Store) -> None:
    assert store.policies() == []
    assert put(store, change())
    assert store.policies() == [change()]
    assert store.policy_changes("grave") == [change()]
    assert store.policy_changes("calm") == []


def test_the_last_change_of_each_name_holds_and_all_are_kept(store: Store) -> None:
    for one in (change(), change(1, "calm"), change(2, policy=None), change(3, by="Bo")):
        assert put(store, one)
    assert [(one.name, one.version) for one in store.policies()] == [("calm", 1), ("grave", 3)]
    assert store.policy_changes("grave") == [change(3, by="Bo"), change(2, policy=None), change()]


def test_of_two_who_change_the_same_version_the_second_is_told(store: Store) -> None:
    assert put(store, change())
    assert put(store, change(2, by="Bo"))
    for version in (0, 1, 2, 4):
        assert not put(store, change(version, by="Cem"))
    assert [one.by for one in store.policy_changes("grave")] == ["Bo", "Ada"]


def test_of_several_at_once_one_is_kept(store: Store) -> None:
    with ThreadPoolExecutor(8) as pool:
        kept = list(pool.map(lambda number: put(store, change(by=f"P{number}")), range(8)))
    assert kept.count(True) == 1
    (only,) = store.policy_changes("grave")
    assert only.by == f"P{kept.index(True)}"


def test_every_change_is_seen_by_those_who_look_for_changes(store: Store) -> None:
    before = store.change_marks()["incidents"]
    put(store, change())
    after = store.change_marks()["incidents"]
    assert after != before
    put(store, change(7))
    assert store.change_marks()["incidents"] == after


def test_hostile_words_are_kept_harmlessly(store: Store) -> None:
    for number, text in enumerate(HOSTILE):
        name = f"{number} {text}"[:100]
        assert put(store, change(name=name, by=text, policy=Policy(name=name, steps=(Step(to=(text,)),))))
    assert len(store.policies()) == len(HOSTILE)
