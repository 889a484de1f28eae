"""What the bus on Kafka does beyond the port."""

import uuid
from collections.abc import Iterator
from datetime import timedelta

import pytest
from kafka import KafkaAdminClient

from adapters.bus_kafka import KafkaBus
from adapters.clock import SystemClock
from adapters.kafka_connection import KafkaConnection
from adapters.kafka_records import DEAD, LARGEST
from adapters.kafka_topics import TopicPlan, migrate
from core.errors import StorageError
from core.events import DRAFTS, MENTIONS_RAW, SENTIMENT, DeadLetter, decode
from core.ports.bus import Consumer, Message, Received
from tests.fakes import MONDAY, FakeClock
from tests.servers.kafka import KafkaBroker
from tests.servers.kafka_client import forget_topics

PARTITIONS = 12


@pytest.fixture
def connection(kafka: KafkaBroker) -> Iterator[KafkaConnection]:
    made = KafkaConnection(
        bootstrap=kafka.bootstrap, prefix=f"{uuid.uuid4().hex}.", request_seconds=4, delivery_seconds=8
    )
    migrate(made, TopicPlan(partitions=PARTITIONS, retention=timedelta(days=36_500)))
    yield made
    forget_topics(made)


@pytest.fixture
def bus(connection: KafkaConnection) -> Iterator[KafkaBus]:
    opened = KafkaBus(connection, SystemClock())
    yield opened
    opened.close()


@pytest.fixture
def member(bus: KafkaBus) -> Iterator[Consumer]:
    joined = bus.consumer(SENTIMENT, [MENTIONS_RAW])
    yield joined
    joined.close()


def taken(member: Consumer, count: int, limit: int = 256) -> list[Received]:
    clock = SystemClock()
    ends = clock.monotonic() + 20
    found: list[Received] = []
    while len(found) < count:
        assert clock.monotonic() < ends, f"{len(found)} messages came instead of {count}"
        found += member.poll(limit, 0.5)
    return found


def test_every_message_of_a_large_backlog_comes_nearly_in_its_order(bus: KafkaBus, member: Consumer) -> None:
    count, batch = 20_000, 500
    for start in range(0, count, batch):
        bus.publish([Message(MENTIONS_RAW, f"key {n}", b"%d" % n) for n in range(start, start + batch)])
    numbers = [int(item.value) for item in taken(member, count)]
    assert sorted(numbers) == list(range(count))
    assert max(abs(number - place) for place, number in enumerate(numbers)) < 4 * batch


def test_a_message_beyond_what_kafka_takes_goes_to_the_dead_letters_and_the_rest_passes(
    bus: KafkaBus, member: Consumer
) -> None:
    text = "差" * (LARGEST // 3)
    bus.publish(
        [
            Message(MENTIONS_RAW, "a", b"1"),
            Message(MENTIONS_RAW, "k" * 1_000, text.encode()),
            Message(MENTIONS_RAW, "a", b"2"),
        ]
    )
    assert [item.value for item in taken(member, 2)] == [b"1", b"2"]
    (dead,) = bus.browse(MENTIONS_RAW + DEAD)
    letter = decode(dead.value, DeadLetter)
    assert (letter.stage, letter.topic, letter.reason.split()[0]) == ("bus", "", str(len(text.encode())))
    assert text.startswith(letter.value[:3_000])
    assert dead.key == "k" * 100


def test_the_largest_message_passes(bus: KafkaBus, member: Consumer) -> None:
    large = b"x" * (LARGEST - 64 * 1024 - 1)
    bus.publish([Message(MENTIONS_RAW, "", large), Message(MENTIONS_RAW, "", b"after")])
    assert [len(item.value) for item in taken(member, 2)] == [len(large), 5]
    assert bus.browse(MENTIONS_RAW + DEAD) == []


def test_where_a_message_belongs_in_a_trace_goes_with_it(bus: KafkaBus, member: Consumer) -> None:
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    bus.publish([Message(MENTIONS_RAW, "a", b"1", trace), Message(MENTIONS_RAW, "a", b"2")])
    assert [item.trace for item in taken(member, 2)] == [trace, ""]
    bus.publish([Message(MENTIONS_RAW + DEAD, "a", b"3", trace)])
    (dead,) = bus.browse(MENTIONS_RAW + DEAD)
    assert (dead.key, dead.trace) == ("a", trace)


def test_messages_are_dated_to_the_millisecond(connection: KafkaConnection) -> None:
    clock = FakeClock(MONDAY + timedelta(microseconds=123_456))
    bus = KafkaBus(connection, clock)
    bus.publish([Message(DRAFTS, "a", b"1")])
    (item,) = bus.browse(DRAFTS)
    assert item.published_at == MONDAY + timedelta(microseconds=123_000)
    bus.close()


def test_a_topic_that_nobody_made_has_nothing(bus: KafkaBus) -> None:
    assert bus.browse("elsewhere") == []
    assert bus.lag(SENTIMENT, "elsewhere") == 0


def test_a_topic_that_disappears_is_told_in_bounded_time(connection: KafkaConnection, bus: KafkaBus) -> None:
    admin = connection.client(KafkaAdminClient)
    admin.delete_topics([connection.prefix + DRAFTS])
    admin.close()
    clock = SystemClock()
    since = clock.monotonic()

    def publish_until_it_is_gone() -> None:
        # The broker takes messages until it has heard of the deletion itself.
        while clock.monotonic() - since < 20:
            bus.publish([Message(DRAFTS, "a", b"1")])

    with pytest.raises(StorageError, match="Kafka at"):
        publish_until_it_is_gone()
    assert clock.monotonic() - since < 30


def test_a_closed_bus_says_so_whatever_it_is_asked(bus: KafkaBus) -> None:
    bus.close()
    with pytest.raises(StorageError, match="closed"):
        bus.browse(DRAFTS)
    with pytest.raises(StorageError, match="closed"):
        bus.consumer(SENTIMENT, [MENTIONS_RAW])
    with pytest.raises(StorageError, match="closed"):
        bus.expire(MONDAY)
