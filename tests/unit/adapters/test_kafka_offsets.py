"""Questions to a real broker, through a line that is disturbed."""

import threading
import uuid
from collections.abc import Iterator
from datetime import timedelta

import msgspec
import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.structs import OffsetAndMetadata

from adapters.clock import SystemClock
from adapters.kafka_connection import KafkaConnection
from adapters.kafka_offsets import Offsets
from adapters.kafka_records import milliseconds
from adapters.kafka_topics import TopicPlan, migrate
from core.errors import StorageError
from core.events import DRAFTS
from tests.fakes import MONDAY
from tests.servers.kafka import KafkaBroker
from tests.servers.kafka_client import forget_topics
from tests.servers.kafka_metadata import MetadataProxy
from tests.servers.proxy import Proxy

CLOCK = SystemClock()


@pytest.fixture
def connection(kafka: KafkaBroker, kafka_proxy: Proxy) -> Iterator[KafkaConnection]:
    straight = KafkaConnection(bootstrap=kafka.bootstrap, prefix=f"{uuid.uuid4().hex}.")
    migrate(straight, TopicPlan(partitions=2, retention=timedelta(days=36_500)))
    yield msgspec.structs.replace(straight, bootstrap=kafka_proxy.address, request_seconds=2)
    forget_topics(straight)


@pytest.fixture
def offsets(connection: KafkaConnection) -> Iterator[Offsets]:
    opened = Offsets(connection)
    yield opened
    opened.close()


@pytest.fixture
def places(connection: KafkaConnection) -> list[TopicPartition]:
    """Two partitions; the first has a message of each of three hours."""
    producer = connection.client(KafkaProducer, acks="all")
    topic = connection.prefix + DRAFTS
    for hours in range(3):
        at = milliseconds(MONDAY + timedelta(hours=hours))
        producer.send(topic, value=b"x", partition=0, timestamp_ms=at).get(timeout=5)
    producer.close()
    return [TopicPartition(topic, 0), TopicPartition(topic, 1)]


def test_beginnings_ends_and_moments(offsets: Offsets, places: list[TopicPartition]) -> None:
    first, second = places
    assert offsets.beginnings(places) == {first: 0, second: 0}
    assert offsets.ends(places) == {first: 3, second: 0}
    assert offsets.first_since(places, MONDAY + timedelta(hours=1)) == {first: 1}
    assert offsets.first_since(places, MONDAY + timedelta(hours=9)) == {}
    offsets.forget({first: 2})
    assert offsets.beginnings(places) == {first: 2, second: 0}
    assert offsets.ends([]) == {}


def test_partitions_of_topics_that_are_there(offsets: Offsets, places: list[TopicPartition]) -> None:
    assert offsets.partitions([places[0].topic, "not.there"]) == {places[0].topic: 2}


def test_progress_of_groups_of_all_programs(
    connection: KafkaConnection, offsets: Offsets, places: list[TopicPartition]
) -> None:
    first, second = places
    group, other = f"{connection.prefix}done", f"{connection.prefix}joined"
    alone = connection.client(KafkaConsumer, group_id=group, enable_auto_commit=False)
    alone.assign(places)
    alone.commit({first: OffsetAndMetadata(2, "", -1)})
    alone.close()
    member = connection.client(KafkaConsumer, group_id=other, enable_auto_commit=False)
    member.subscribe([first.topic])
    while not member.assignment():
        member.poll(timeout_ms=100)
    assert offsets.committed(group, places) == {first: 2}
    progress = {name: done for name, done in offsets.progress(places).items() if name.startswith(connection.prefix)}
    assert progress == {group: {first: 2, second: 0}, other: {first: 0, second: 0}}
    elsewhere = [TopicPartition(f"{connection.prefix}alerts", 0)]
    assert offsets.progress(elsewhere)[group] == {}
    member.close()


@pytest.mark.parametrize("disturb", [Proxy.cut, Proxy.reset])
def test_a_question_is_asked_again_over_a_new_line(
    offsets: Offsets, places: list[TopicPartition], kafka_proxy: Proxy, disturb: object
) -> None:
    for _ in range(5):
        disturb(kafka_proxy)
        assert offsets.ends(places)[places[0]] == 3


def test_a_question_waits_for_a_broker_that_comes_back(
    offsets: Offsets, places: list[TopicPartition], kafka_proxy: Proxy
) -> None:
    offsets.ends(places)
    kafka_proxy.refuse()
    kafka_proxy.cut()
    healing = threading.Timer(0.5, kafka_proxy.heal)
    healing.start()
    assert offsets.ends(places)[places[0]] == 3
    healing.join()


def test_a_question_waits_for_a_leader_that_is_being_chosen(
    connection: KafkaConnection, places: list[TopicPartition], kafka: KafkaBroker
) -> None:
    with MetadataProxy(kafka.port) as line:
        line.leaderless = True
        offsets = Offsets(msgspec.structs.replace(connection, bootstrap=line.address))
        choosing = threading.Timer(0.5, setattr, [line, "leaderless", False])
        choosing.start()
        assert offsets.ends(places)[places[0]] == 3
        choosing.join()
        offsets.close()


def test_a_broker_that_stays_away_is_told_in_bounded_time_and_asked_again_later(
    offsets: Offsets, places: list[TopicPartition], kafka_proxy: Proxy
) -> None:
    offsets.ends(places)
    kafka_proxy.blackhole()
    since = CLOCK.monotonic()
    with pytest.raises(StorageError, match="doesn't answer"):
        offsets.ends(places)
    assert CLOCK.monotonic() - since < 10
    kafka_proxy.heal()
    assert offsets.ends(places)[places[0]] == 3
