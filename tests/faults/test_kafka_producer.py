"""Publishing to Kafka through every fault that a client, a line or a broker can have."""

import threading

import msgspec
import pytest
from kafka import KafkaProducer
from kafka.producer.transaction_manager import ProducerIdAndEpoch

from adapters.bus_kafka import KafkaBus
from adapters.kafka_connection import KafkaConnection
from core.errors import StorageError
from core.events import DRAFTS
from core.ports.bus import Message
from tests.faults.lines import CLOCK, FAULTS
from tests.servers.kafka import KafkaBroker
from tests.servers.kafka_client import HALF_MADE
from tests.servers.kafka_metadata import MetadataProxy
from tests.servers.proxy import Proxy

pytestmark = HALF_MADE


def batch(number: int, size: int = 20) -> list[Message]:
    return [Message(DRAFTS, f"key {part}", b"%d" % number) for part in range(size)]


def whole_batches(bus: KafkaBus, size: int = 20) -> set[int]:
    found: dict[int, set[str]] = {}
    for item in bus.browse(DRAFTS, limit=100_000):
        found.setdefault(int(item.value), set()).add(item.key)
    return {number for number, keys in found.items() if len(keys) == size}


def publish_until_done(bus: KafkaBus, number: int) -> int:
    """As a service would: again after every failure; says how many there were."""
    failures = 0
    while True:
        since = CLOCK.monotonic()
        try:
            bus.publish(batch(number))
        except StorageError:
            failures += 1
            assert CLOCK.monotonic() - since < 15
            assert failures < 20
        else:
            return failures


def test_a_producer_that_was_fenced_is_replaced_and_nothing_is_lost(bus: KafkaBus) -> None:
    bus.publish(batch(1))
    producer = bus._producer._producer
    mine = producer._transaction_manager.producer_id_and_epoch
    # Another client with the same id and a later epoch, as a copy of this process's memory would be.
    other: KafkaProducer = bus._producer._made()
    topic = bus._connection.prefix + DRAFTS
    other.send(f"{topic}.dead", key=b"0", value=b"0").get(timeout=5)  # it has an id of its own then
    other._transaction_manager.set_producer_id_and_epoch(ProducerIdAndEpoch(mine.producer_id, mine.epoch + 1))
    for partition in range(2):
        other.send(topic, value=b"0", key=b"other", partition=partition).get(timeout=5)
    other.close()
    with pytest.raises(StorageError, match="can't take messages"):
        bus.publish(batch(2))
    bus.publish(batch(2))
    assert bus._producer.rebuilt == 1
    assert bus._producer._producer is not producer
    assert whole_batches(bus) == {1, 2}


def test_an_error_that_sticks_to_a_producer_costs_one_publication_only(bus: KafkaBus) -> None:
    bus.publish(batch(1))
    # What the client does itself on an error from which it knows no way out; no broker of today can be made to cause it
    # for an idempotent producer without transactions.
    bus._producer._producer._transaction_manager.transition_to_fatal_error(StorageError("no way out"))
    with pytest.raises(StorageError):
        bus.publish(batch(2))
    bus.publish(batch(2))
    assert whole_batches(bus) == {1, 2}


def test_a_sender_that_is_told_of_a_leader_that_is_not_there_is_replaced(
    connection: KafkaConnection, kafka: KafkaBroker
) -> None:
    with MetadataProxy(kafka.port) as line:
        bus = KafkaBus(msgspec.structs.replace(connection, bootstrap=line.address), CLOCK)
        line.leaderless = True
        since = CLOCK.monotonic()
        with pytest.raises(StorageError, match="doesn't answer"):
            bus.publish(batch(1))
        assert CLOCK.monotonic() - since < 10
        line.leaderless = False
        bus.publish(batch(2))
        assert whole_batches(bus) == {2}
        bus.close()


@pytest.mark.parametrize("fault", FAULTS)
def test_what_was_accepted_is_there_whatever_happens_to_the_line(
    disturbed: KafkaBus, bus: KafkaBus, kafka_proxy: Proxy, fault: str
) -> None:
    finished = threading.Event()
    accepted: set[int] = set()

    def publish() -> None:
        number = 0
        while not finished.is_set():
            publish_until_done(disturbed, number)
            accepted.add(number)
            number += 1

    publisher = threading.Thread(target=publish)
    publisher.start()
    for _ in range(2):
        CLOCK.sleep(0.1)
        FAULTS[fault](kafka_proxy)
    finished.set()
    publisher.join(60)
    assert not publisher.is_alive()
    assert accepted
    assert whole_batches(bus) >= accepted


def test_publishing_goes_on_when_the_broker_comes_back(bus: KafkaBus, kafka: KafkaBroker) -> None:
    bus.publish(batch(1))
    kafka.kill()
    try:
        with pytest.raises(StorageError, match="doesn't answer"):
            bus.publish(batch(2))
    finally:
        kafka.start()
    publish_until_done(bus, 2)
    assert whole_batches(bus) == {1, 2}


def test_closing_is_quick_and_leaves_nothing_behind_even_in_mid_publish(
    disturbed: KafkaBus, kafka_proxy: Proxy
) -> None:
    disturbed.publish(batch(1))
    kafka_proxy.blackhole()
    failed: list[Exception] = []

    def publish() -> None:
        try:
            disturbed.publish(batch(2))
        except StorageError as error:
            failed.append(error)

    publisher = threading.Thread(target=publish)
    publisher.start()
    CLOCK.sleep(0.2)
    since = CLOCK.monotonic()
    disturbed.close()
    assert CLOCK.monotonic() - since < 3
    publisher.join(5)
    assert failed
