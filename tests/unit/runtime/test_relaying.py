"""Events on their way to the bus beside the click that made them."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from adapters.bus_embedded import EmbeddedBus
from adapters.clock import SystemClock
from core.case import Delivery
from core.casework import flush_later
from core.errors import BackPressureError, ConfigurationError, SixminuteError, StorageError
from core.events import REPLIES_APPROVED, ReplyApproved
from core.ports.clock import Clock
from core.relay import Relay
from runtime import supervisor as module
from runtime.relaying import RelayService, RingingRelay
from runtime.supervisor import OK, Job, Supervisor
from tests.backends import open_embedded
from tests.fakes import MONDAY, FakeClock

LONG = 20.0


class World:
    """Bus and store of one machine, with what waits between them."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self.clock = clock
        self.bus, self.store = open_embedded(folder, clock)
        self.bell = RingingRelay()

    def service(self) -> RelayService:
        return RelayService(Relay(self.store, self.bus), self.bell, self.bus, self.clock)

    def approve(self, number: int) -> None:
        """What a click leaves: an event in the outbox, and a ring."""
        delivery = Delivery(
            id=f"d{number}", case="c", mention="m", brand="Acme", channel="x", text="We look into it.",
            approach="acknowledge", approved_by="Ana", approved_at=MONDAY, not_before=MONDAY,
        )  # fmt: skip
        with self.store.unit() as unit:
            unit.emit(REPLIES_APPROVED, "c", ReplyApproved(id=f"e{number}", case="c", delivery=delivery))
        flush_later(self.bell)

    def arrived(self) -> int:
        return len(self.bus.browse(REPLIES_APPROVED))

    def close(self) -> None:
        self.store.close()
        self.bus.close()


@pytest.fixture
def world(tmp_path: Path, clock: FakeClock) -> Iterator[World]:
    world = World(tmp_path, clock)
    yield world
    world.close()


@pytest.fixture
def living(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[World, Supervisor]]:
    """The relay in its thread, as the api runs it."""
    monkeypatch.setattr(module, "_FIRST_PAUSE", 0.01)
    world = World(tmp_path, SystemClock())
    supervisor = Supervisor(world.clock)
    yield world, supervisor
    supervisor.stop()
    world.close()


def test_a_ring_brings_what_waits(world: World) -> None:
    service = world.service()
    assert service.step(0.0) == 0
    world.approve(1)
    world.approve(2)
    assert world.arrived() == 0
    assert service.step(0.0) == 2
    assert world.arrived() == 2
    assert world.store.waiting() == 0
    service.close()


def test_without_a_ring_others_events_are_brought_after_some_seconds(world: World, clock: FakeClock) -> None:
    service = world.service()
    service.step(0.0)
    world.approve(1)
    world.bell.rung.clear()
    assert service.step(0.0) == 0
    clock.forward(seconds=4.9)
    assert service.step(0.0) == 0
    clock.forward(seconds=0.1)
    assert service.step(0.0) == 1


def test_what_waits_from_before_the_start_is_brought_first(world: World) -> None:
    world.approve(1)
    world.bell.rung.clear()
    assert world.service().step(0.0) == 1


def test_a_bus_that_is_away_is_noticed_where_nothing_waits(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def lag(_group: str, _topic: str) -> int:
        raise StorageError("Kafka doesn't answer")

    monkeypatch.setattr(EmbeddedBus, "lag", lambda _self, group, topic: lag(group, topic))
    with pytest.raises(StorageError, match="doesn't answer"):
        world.service().step(0.0)


def test_a_failed_flush_is_repeated_until_the_bus_takes_it(
    living: tuple[World, Supervisor], monkeypatch: pytest.MonkeyPatch
) -> None:
    world, supervisor = living
    failures: list[SixminuteError] = [
        StorageError("Kafka doesn't answer"),
        BackPressureError("publisher is 60000 messages behind"),
        StorageError("again"),
    ]
    arrived = threading.Event()
    publish = world.bus.publish

    def sometimes(messages: object, timeout: float = 30.0) -> None:
        if failures:
            raise failures.pop(0)
        publish(messages, timeout)  # type: ignore[arg-type]
        arrived.set()

    monkeypatch.setattr(world.bus, "publish", sometimes)
    supervisor.start(Job("bus and store", world.service, "Starting."))
    world.approve(1)
    assert arrived.wait(LONG)
    assert world.arrived() == 1
    assert supervisor.tallies["bus and store"].failures == 3


def test_no_click_waits_for_a_bus_that_hangs(living: tuple[World, Supervisor], monkeypatch: pytest.MonkeyPatch) -> None:
    world, supervisor = living
    hanging, there_again = threading.Event(), threading.Event()
    publish = world.bus.publish

    def hangs(messages: object, timeout: float = 30.0) -> None:
        hanging.set()
        there_again.wait(LONG)
        publish(messages, timeout)  # type: ignore[arg-type]

    monkeypatch.setattr(world.bus, "publish", hangs)
    supervisor.start(Job("bus and store", world.service, "Starting."))
    world.approve(1)
    assert hanging.wait(LONG)
    for number in range(2, 12):
        world.approve(number)  # all of them while the bus hangs, or this would never get to its end
    assert world.store.waiting() == 11
    assert world.arrived() == 0
    there_again.set()
    ends = world.clock.now() + timedelta(seconds=LONG)
    while world.arrived() < 11:
        assert world.clock.now() < ends
        world.clock.sleep(0.01)
    assert supervisor.health() == {"bus and store": OK}


@pytest.mark.parametrize(
    "error", [StorageError("away"), BackPressureError("full"), ConfigurationError("Kafka refuses us")]
)
def test_a_committed_change_is_never_told_as_failed_because_of_the_bus(error: SixminuteError) -> None:
    class Failing(Relay):
        def __init__(self) -> None:
            self.asked = 0

        def flush(self) -> int:
            self.asked += 1
            raise error

    relay = Failing()
    flush_later(relay)
    assert relay.asked == 1
