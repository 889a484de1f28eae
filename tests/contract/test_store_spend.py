"""What every store must keep of what networks bill."""

import threading
from datetime import timedelta

import msgspec
import pytest

from core.ports.source import Read
from core.ports.store import Store
from core.spend import Count, Noted, State, day_of, month_of
from tests.contract.things import HOSTILE
from tests.fakes import MONDAY

DAY = timedelta(days=1)
TODAY = day_of(MONDAY)


def posts(*ids: str) -> Read:
    return Read(resource="post", ids=ids)


def bill(store: Store, *reads: Read, network: str = "x", at: object = MONDAY) -> int:
    with store.unit() as unit:
        return unit.bill(network, reads, at)  # type: ignore[arg-type]


def count(number: int, resource: str = "post", network: str = "x", day: object = TODAY) -> Count:
    return Count(network=network, resource=resource, day=day, number=number)  # type: ignore[arg-type]


def test_a_resource_is_counted_once_a_day(store: Store) -> None:
    assert bill(store, posts("1", "2", "1"), Read(resource="user", ids=("1",)), posts("2", "3")) == 4
    assert bill(store, posts("3", "4"), at=TODAY + DAY - timedelta(microseconds=1)) == 1
    assert bill(store, posts("4"), at=TODAY + DAY) == 1
    assert bill(store, posts("4"), network="y") == 1
    assert bill(store) == bill(store, posts()) == 0
    assert list(store.spend(TODAY)) == [
        count(4),
        count(1, "user"),
        count(1, network="y"),
        count(1, day=TODAY + DAY),
    ]
    assert list(store.spend(TODAY + DAY)) == [count(1, day=TODAY + DAY)]


def test_ids_are_forgotten_after_the_next_day_and_counts_are_not(store: Store) -> None:
    assert bill(store, posts("1")) == 1
    assert bill(store, posts("1"), at=MONDAY + DAY) == 1
    assert bill(store, posts("1")) == 0
    assert bill(store, posts("2"), at=MONDAY + 2 * DAY) == 1
    assert bill(store, posts("1")) == 1
    assert [each.number for each in store.spend(TODAY)] == [2, 1, 1]


def test_whatever_the_ids_are_and_however_many(store: Store) -> None:
    many = tuple(map(str, range(1_234)))
    assert bill(store, posts(*HOSTILE, "x" * 100_000, *many)) == len(HOSTILE) + 1 + len(many)
    assert bill(store, posts(*many, *HOSTILE, "x" * 100_000)) == 0


def test_a_unit_that_fails_counts_nothing_and_its_cursor_stays(store: Store) -> None:
    def fail() -> None:
        with store.unit() as unit:
            unit.bill("x", [posts("1")], MONDAY)
            unit.save_cursor("source:x", "1")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert (list(store.spend(TODAY)), store.cursor("source:x")) == ([], "")
    assert bill(store, posts("1")) == 1


def test_several_who_read_the_same_at_once_count_it_once(store: Store) -> None:
    reads = [posts(*map(str, range(60))), Read(resource="user", ids=tuple(map(str, range(60))))]
    barrier = threading.Barrier(4)
    counted: list[int] = []

    def read(turn: int) -> None:
        barrier.wait()
        for n in range(6):
            some = [msgspec.structs.replace(each, ids=each.ids[10 * n : 10 * n + 20]) for each in reads]
            counted.append(bill(store, *(some if turn % 2 else some[::-1])))

    threads = [threading.Thread(target=read, args=(turn,)) for turn in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(counted) == 24
    assert sum(counted) == 120
    assert list(store.spend(TODAY)) == [count(60), count(60, "user")]


def test_a_budget_that_is_well_is_noted_only_after_one_that_was_ill(store: Store) -> None:
    warned = Noted(network="x", state=State.WARNED, since=MONDAY)
    well = Noted(network="x", state=State.OK, since=MONDAY + DAY)
    with store.unit() as unit:
        assert not unit.note_budget(well)
    assert list(store.budget_states()) == []
    with store.unit() as unit:
        assert unit.note_budget(warned)
        assert unit.note_budget(well)
        assert not unit.note_budget(msgspec.structs.replace(well, since=MONDAY + 60 * DAY))
    assert list(store.budget_states()) == [well]


def test_a_budget_that_is_ill_is_noted_anew_each_month(store: Store) -> None:
    warned = Noted(network="x", state=State.WARNED, since=month_of(MONDAY))
    next_month = msgspec.structs.replace(warned, since=month_of(MONDAY + 31 * DAY))
    with store.unit() as unit:
        assert unit.note_budget(warned)
        assert not unit.note_budget(msgspec.structs.replace(warned, since=next_month.since - timedelta(seconds=1)))
        assert unit.note_budget(next_month)
        assert not unit.note_budget(msgspec.structs.replace(next_month, since=next_month.since + DAY))
        # Another worker, whose clock is behind, doesn't take it back.
        assert not unit.note_budget(warned)
    assert list(store.budget_states()) == [next_month]


def test_a_budget_is_noted_where_its_state_changes(store: Store) -> None:
    warned = Noted(network="x", state=State.WARNED, since=MONDAY)
    with store.unit() as unit:
        assert unit.note_budget(warned)
        assert not unit.note_budget(msgspec.structs.replace(warned, since=MONDAY + DAY))
        assert unit.note_budget(msgspec.structs.replace(warned, network="a"))
    assert list(store.budget_states()) == [msgspec.structs.replace(warned, network="a"), warned]
    narrowed = msgspec.structs.replace(warned, state=State.NARROWED, since=MONDAY + DAY)
    with store.unit() as unit:
        assert unit.note_budget(narrowed)
    assert store.budget_states()[1] == narrowed
