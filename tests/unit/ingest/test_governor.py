"""What a network bills is counted with the place of its source, and a budget that runs low narrows what is read."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from adapters.bus_embedded import EmbeddedBus
from core.brand import Brand
from core.errors import StorageError
from core.mention import Mention, mention_id
from core.ports.bus import Bus
from core.ports.source import Read, SourceItem
from core.ports.store import Store
from core.spend import Budgets, Prices
from ingest.governor import EVERY_SECONDS, Governor
from ingest.poller import Poller
from ingest.settings import Networks, SourceSettings
from ingest.sources.registry import make_source
from ingest.sources.x import X
from tests.backends import open_embedded
from tests.fakes import FakeClock

JUNE = datetime(2026, 6, 1, tzinfo=UTC)
MIDDLE = JUNE + timedelta(days=14, hours=23, minutes=59)
BUDGET = Budgets(x=1.0)
"""Two hundred posts."""


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(MIDDLE)


@pytest.fixture
def house(tmp_path: Path, clock: FakeClock) -> Iterator[tuple[Bus, Store]]:
    bus, store = open_embedded(tmp_path, clock)
    yield bus, store
    bus.close()
    store.close()


def governor(store: Store, clock: FakeClock, budgets: Budgets = BUDGET) -> Governor:
    return Governor("x", store, clock, Prices(), budgets)


def posts(*ids: object) -> tuple[Read, ...]:
    return (Read(resource="post", ids=tuple(map(str, ids))),)


def item(cursor: str, *ids: object) -> SourceItem:
    return SourceItem((), (), cursor, read=posts(*ids) if ids else ())


class Toy:
    """Gives items one after the other, from the one after the cursor on."""

    name = "toy"

    def __init__(self, *items: SourceItem) -> None:
        self._items = items

    def items(self, cursor: str) -> Iterator[SourceItem]:
        begun = not cursor
        for each in self._items:
            if begun:
                yield each
            begun = begun or each.cursor == cursor


class Asked:
    """A store that counts what is asked of it, and fails when told to."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.looks = 0
        self.away = False
        self.good_units = 1_000

    def __getattr__(self, name: str) -> Any:
        return getattr(self.store, name)

    def spend(self, since: datetime) -> object:
        self.looks += 1
        if self.away:
            raise StorageError("the database is away")
        return self.store.spend(since)

    @contextmanager
    def unit(self) -> Iterator[object]:
        with self.store.unit() as unit:
            yield unit
            self.good_units -= 1
            if self.good_units < 0:
                raise StorageError("the database is away")


def counted(store: Store) -> dict[tuple[int, str], int]:
    return {(count.day.day, count.resource): count.number for count in store.spend(JUNE)}


def test_what_an_item_cost_is_counted_whether_or_not_the_place_moves(
    house: tuple[Bus, Store], clock: FakeClock
) -> None:
    bus, store = house
    both = SourceItem((), (), "2", read=(*posts(1, 4), Read(resource="user", ids=("1",))))
    toy = Toy(item("1", 1, 2), item("1"), item("1", 2, 3), both)
    Poller(toy, bus, store, clock, governor=governor(store, clock)).run(lambda: False)
    assert counted(store) == {(15, "post"): 4, (15, "user"): 1}
    assert store.cursor("source:toy") == "2"


def test_nobody_counts_where_the_network_bills_nothing(house: tuple[Bus, Store], clock: FakeClock) -> None:
    bus, store = house
    Poller(Toy(item("1", 1)), bus, store, clock).run(lambda: False)
    assert (counted(store), store.cursor("source:toy")) == ({}, "1")


@pytest.mark.parametrize("good", range(4))
def test_a_crash_counts_nothing_twice_and_loses_nothing(house: tuple[Bus, Store], clock: FakeClock, good: int) -> None:
    bus, store = house
    toy = Toy(item("1", 1, 2), item("2", 2, 3), item("3", 3))
    failing = Asked(store)
    failing.good_units = good
    first = Poller(toy, bus, failing, clock, governor=governor(store, clock))  # type: ignore[arg-type]
    if good < 3:
        with pytest.raises(StorageError):
            first.run(lambda: False)
    else:
        first.run(lambda: False)
    # What was counted is what the place says, whichever transaction was the last.
    after = {"": {}, "1": {(15, "post"): 2}, "2": {(15, "post"): 3}, "3": {(15, "post"): 3}}
    assert counted(store) == after[store.cursor("source:toy")]
    assert store.cursor("source:toy") == ("", "1", "2", "3")[good]
    Poller(toy, bus, store, clock, governor=governor(store, clock)).run(lambda: False)
    assert (counted(store), store.cursor("source:toy")) == (after["3"], "3")


def test_what_was_read_before_midnight_is_billed_before_midnight(tmp_path: Path, clock: FakeClock) -> None:
    unused, store = open_embedded(tmp_path, clock)
    unused.close()
    bus = EmbeddedBus(tmp_path / "small.sqlite", clock, max_backlog=1)
    mentions = [
        Mention(
            id=mention_id("x", str(n), "Acme"), brand="Acme", source="x", network_id=str(n),
            created_at=clock.now(), ingested_at=clock.now(), text="Acme",
        )
        for n in range(3)
    ]  # fmt: skip
    toy = Toy(*(SourceItem((one,), (), one.network_id, read=posts(one.network_id)) for one in mentions))
    poller = Poller(toy, bus, store, clock, governor=governor(store, clock))
    assert [poller.step(0.0) for _ in range(3)] == [1, 1, 0]
    assert counted(store) == {(15, "post"): 2}
    clock.forward(minutes=5)
    reader = bus.consumer("sentiment", ["mentions.raw"])
    reader.commit(reader.poll(10, 0.0))
    assert poller.step(0.0) == 1
    assert counted(store) == {(15, "post"): 3}
    reader.close()
    bus.close()
    store.close()


class Thrifty:
    """A toy network with twenty posts a minute, of which one has a crisis word."""

    name = "thrifty"

    def __init__(self, clock: FakeClock, narrow: Callable[[], bool]) -> None:
        self._clock = clock
        self._narrow = narrow

    def items(self, cursor: str) -> Iterator[SourceItem]:
        number = int(cursor or 0)
        while True:
            self._clock.forward(seconds=EVERY_SECONDS)
            number += 20
            yield item(str(number), *range(number - (1 if self._narrow() else 20), number))


def test_a_source_reads_less_once_the_budget_is_nearly_spent_and_more_in_the_next_month(
    house: tuple[Bus, Store], clock: FakeClock
) -> None:
    bus, store = house
    clock.time = JUNE + timedelta(days=29, hours=23)
    governs = governor(store, clock)
    poller = Poller(Thrifty(clock, governs.narrow), bus, store, clock, governor=governs)
    with capture_logs() as logs:
        read = []
        while clock.now() < JUNE + timedelta(days=30, minutes=3):
            before = sum(count.number for count in store.spend(JUNE))
            poller.step(0.0)
            read.append(sum(count.number for count in store.spend(JUNE)) - before)
    # 95 % of 200 posts are 190: passed with the tenth item, and seen at the next.
    assert read == [20] * 10 + [1] * 49 + [20] * 4
    told = [(line["event"], line.get("state"), line["log_level"]) for line in logs]
    assert told == [
        ("budget_low", "warned", "warning"),
        ("budget_low", "narrowed", "warning"),
        # A new month, which the last one's pace would make too dear.
        ("budget_low", "warned", "warning"),
    ]
    assert all(line["network"] == "x" and line["reason"].startswith("x: $") for line in logs)


def test_a_state_is_told_once_by_whoever_sees_it_first(house: tuple[Bus, Store], clock: FakeClock) -> None:
    _, store = house
    with store.unit() as unit:
        unit.bill("x", posts(*range(195)), clock.now())
    with capture_logs() as logs:
        assert [governor(store, clock).narrow() for _ in range(3)] == [True] * 3
    assert [line["event"] for line in logs] == ["budget_low"]
    with capture_logs() as logs:
        assert not governor(store, clock, Budgets(x=1000)).narrow()
    assert [line["event"] for line in logs] == ["budget_well"]


def test_each_month_that_is_ill_is_warned_of(house: tuple[Bus, Store], clock: FakeClock) -> None:
    _, store = house
    governs = governor(store, clock)
    with capture_logs() as logs:
        for month in range(3):
            with store.unit() as unit:
                unit.bill("x", posts(*range(170)), clock.now())
            for _ in range(3):
                governs.look()
                clock.forward(seconds=EVERY_SECONDS)
            assert store.budget_states()[0].since.month == JUNE.month + month
            clock.forward(days=31)
    assert [line["event"] for line in logs] == ["budget_low"] * 3


def test_a_budget_that_was_never_ill_is_not_well_again(house: tuple[Bus, Store], clock: FakeClock) -> None:
    with capture_logs() as logs:
        assert not governor(house[1], clock).narrow()
        clock.forward(days=31)
        assert not governor(house[1], clock).narrow()
    assert logs == []


def test_the_store_is_asked_once_a_minute_at_most(house: tuple[Bus, Store], clock: FakeClock) -> None:
    asked = Asked(house[1])
    governs = governor(asked, clock)  # type: ignore[arg-type]
    for _ in range(4 * 60):
        assert not governs.narrow()
        governs.look()
        clock.forward(seconds=0.5)
    assert asked.looks == 2


def test_without_a_budget_nobody_is_asked_and_nothing_held_back(house: tuple[Bus, Store], clock: FakeClock) -> None:
    asked = Asked(house[1])
    with asked.store.unit() as unit:
        unit.bill("x", posts(*range(1000)), clock.now())
    governs = governor(asked, clock, Budgets())  # type: ignore[arg-type]
    assert not governs.narrow()
    assert (asked.looks, list(asked.store.budget_states())) == (0, [])


def test_while_the_store_is_away_what_it_said_last_holds(house: tuple[Bus, Store], clock: FakeClock) -> None:
    asked = Asked(house[1])
    with asked.store.unit() as unit:
        unit.bill("x", posts(*range(195)), clock.now())
    governs = governor(asked, clock)  # type: ignore[arg-type]
    asked.away = True
    assert not governs.narrow()
    clock.forward(seconds=EVERY_SECONDS)
    with pytest.raises(StorageError):
        governs.look()
    asked.away = False
    clock.forward(seconds=EVERY_SECONDS)
    assert governs.narrow()
    asked.away = True
    clock.forward(seconds=EVERY_SECONDS)
    assert governs.narrow()
    assert asked.looks == 4


def test_the_registry_hands_it_to_the_source_of_a_network_that_bills(
    house: tuple[Bus, Store], clock: FakeClock
) -> None:
    governs = governor(house[1], clock)
    table, networks = SourceSettings(name="x", kind="x"), Networks(x_bearer_token="t")
    made = make_source(table, [Brand(name="Acme")], clock, networks, narrow=governs.narrow)
    assert isinstance(made, X)
    assert made.wanted.narrow == governs.narrow
