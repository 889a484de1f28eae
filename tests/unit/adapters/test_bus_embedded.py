"""What the embedded bus does beyond the port."""

from datetime import timedelta
from pathlib import Path

import pytest

from adapters.bus_embedded import EmbeddedBus
from core.errors import ConfigurationError
from core.events import MENTIONS_RAW, SENTIMENT
from core.ports.bus import Message
from tests.fakes import MONDAY, FakeClock


def test_a_bus_of_another_number_of_partitions_is_refused(tmp_path: Path) -> None:
    EmbeddedBus(tmp_path / "bus.sqlite", FakeClock(), partitions=4).close()
    with pytest.raises(ConfigurationError, match="made with 4 partitions, not 8"):
        EmbeddedBus(tmp_path / "bus.sqlite", FakeClock(), partitions=8)
    EmbeddedBus(tmp_path / "bus.sqlite", FakeClock(), partitions=4).close()


def test_the_only_consumer_need_not_wait_for_the_leases_of_a_killed_process(tmp_path: Path) -> None:
    clock = FakeClock()
    killed = EmbeddedBus(tmp_path / "bus.sqlite", clock)
    killed.publish([Message(MENTIONS_RAW, "a", b"1"), Message(MENTIONS_RAW, "b", b"2")])
    before = killed.consumer(SENTIMENT, [MENTIONS_RAW])
    held = before.poll(10, 0)
    bus = EmbeddedBus(tmp_path / "bus.sqlite", clock)
    bus.forget_members()
    after = bus.consumer(SENTIMENT, [MENTIONS_RAW])
    assert sorted(item.value for item in after.poll(10, 0)) == [b"1", b"2"]
    before.commit(held)
    assert bus.lag(SENTIMENT, MENTIONS_RAW) == 2
    killed.close()
    bus.close()


def test_a_lease_runs_out_to_the_second_and_polling_renews_it(tmp_path: Path) -> None:
    clock = FakeClock()
    bus = EmbeddedBus(tmp_path / "bus.sqlite", clock, lease_seconds=10)
    bus.publish([Message(MENTIONS_RAW, "a", b"1")])
    member = bus.consumer(SENTIMENT, [MENTIONS_RAW])
    for _ in range(10):
        clock.forward(seconds=4)
        member.poll(10, 0)
    other = bus.consumer(SENTIMENT, [MENTIONS_RAW])
    clock.forward(seconds=5.9)
    assert other.poll(10, 0) == []
    clock.forward(seconds=0.1)
    assert [item.value for item in other.poll(10, 0)] == [b"1"]
    bus.close()


def test_waiting_for_messages_moves_a_fake_clock_exactly_so_far(tmp_path: Path) -> None:
    clock = FakeClock()
    bus = EmbeddedBus(tmp_path / "bus.sqlite", clock)
    assert bus.consumer(SENTIMENT, [MENTIONS_RAW]).poll(10, 1.5) == []
    assert clock.now() == MONDAY + timedelta(seconds=1.5)
    bus.close()


def test_consumers_of_dead_letters_are_not_given_those_that_were_removed(tmp_path: Path) -> None:
    dead = f"{MENTIONS_RAW}.dead"
    bus = EmbeddedBus(tmp_path / "bus.sqlite", FakeClock())
    bus.publish([Message(dead, "a", b"1"), Message(dead, "a", b"2"), Message(dead, "a", b"3")])
    bus.remove(dead, [item for item in bus.browse(dead) if item.value == b"2"])
    person = bus.consumer("person", [dead])
    received = person.poll(10, 0)
    assert [item.value for item in received] == [b"1", b"3"]
    person.commit(received)
    assert bus.lag("person", dead) == 0
    bus.close()


def test_a_backlog_of_many_keys_comes_in_the_order_of_publication(tmp_path: Path) -> None:
    bus = EmbeddedBus(tmp_path / "bus.db", FakeClock())
    for number in range(60):
        bus.publish([Message(MENTIONS_RAW, f"key {number}", str(number).encode())])
    consumer = bus.consumer(SENTIMENT, (MENTIONS_RAW,))
    got = [*consumer.poll(25, 0), *consumer.poll(25, 0), *consumer.poll(25, 0)]
    assert [item.value for item in got] == [str(number).encode() for number in range(60)]
    assert len({item.partition for item in got}) > 1
    bus.close()
