"""What every store must do with leases."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest

from adapters.store import SqlStore
from core.lease import Lease
from core.ports.store import Store
from tests.contract.things import HOSTILE
from tests.fakes import MONDAY

SOON, LATER = MONDAY + timedelta(seconds=30), MONDAY + timedelta(seconds=60)
AT_ONCE = 8


def test_a_name_goes_to_one_of_many_however_often_they_try(store_url: str) -> None:
    stores = [SqlStore(store_url) for _ in range(2)]
    start = Barrier(AT_ONCE)

    def take(number: int) -> bool:
        start.wait()
        return stores[number % 2].take_lease("stream", f"worker {number}", MONDAY, SOON, f"note {number}")

    for _ in range(5):
        with ThreadPoolExecutor(AT_ONCE) as pool:
            winners = [number for number, won in enumerate(pool.map(take, range(AT_ONCE))) if won]
        (winner,) = winners
        lease = Lease(name="stream", holder=f"worker {winner}", until=SOON, note=f"note {winner}")
        assert list(stores[0].leases()) == list(stores[1].leases()) == [lease]
        stores[1].drop_lease("stream", f"worker {winner}")
    for one in stores:
        one.close()


def test_a_holder_renews_and_nobody_else_gets_it_before_it_has_run_out(store: Store) -> None:
    assert store.take_lease("stream", "Ada", MONDAY, SOON)
    assert not store.take_lease("stream", "Bo", MONDAY, LATER)
    assert not store.take_lease("stream", "Bo", SOON - timedelta(microseconds=1), LATER)
    assert store.take_lease("stream", "Ada", MONDAY, LATER, "renewed")
    assert not store.take_lease("stream", "Bo", SOON, LATER)
    assert list(store.leases()) == [Lease(name="stream", holder="Ada", until=LATER, note="renewed")]
    assert store.take_lease("stream", "Bo", LATER, LATER + timedelta(seconds=30))
    assert not store.take_lease("stream", "Ada", LATER, LATER + timedelta(seconds=30))


def test_a_holder_that_comes_back_too_late_renews_what_nobody_took(store: Store) -> None:
    assert store.take_lease("stream", "Ada", MONDAY, SOON)
    assert store.take_lease("stream", "Ada", LATER, LATER + timedelta(seconds=30))


def test_only_the_holder_gives_a_name_back(store: Store) -> None:
    store.take_lease("stream", "Ada", MONDAY, SOON)
    store.drop_lease("stream", "Bo")
    store.drop_lease("other", "Ada")
    assert not store.take_lease("stream", "Bo", MONDAY, SOON)
    store.drop_lease("stream", "Ada")
    assert list(store.leases()) == []
    assert store.take_lease("stream", "Bo", MONDAY, SOON)


def test_leases_are_listed_by_the_beginning_of_their_names(store: Store) -> None:
    for name in ("worker:b", "worker:a", "WORKER:c", "worker", "source:x", "worker:é", "worker%_"):
        store.take_lease(name, "Ada", MONDAY, SOON)
    assert [lease.name for lease in store.leases("worker:")] == ["worker:a", "worker:b", "worker:é"]
    assert [lease.name for lease in store.leases("worker%")] == ["worker%_"]
    assert len(store.leases()) == 7
    assert list(store.leases("none")) == []


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_names_are_names_like_others(store: Store, text: str) -> None:
    name = text[:300]
    assert store.take_lease(name, name, MONDAY, SOON, text)
    assert not store.take_lease(name, "Bo", MONDAY, SOON)
    assert [lease.holder for lease in store.leases(name)] == [store.leases()[0].holder]
    store.drop_lease(name, name)
    assert list(store.leases()) == []
