"""A bus on Kafka with little patience, straight and through a line that can be disturbed."""

import gc
import threading
import uuid
from collections.abc import Iterator

import msgspec
import pytest

from adapters.bus_kafka import KafkaBus
from adapters.kafka_connection import KafkaConnection
from adapters.kafka_topics import TopicPlan, migrate
from tests.faults.lines import CLOCK
from tests.servers.kafka import KafkaBroker
from tests.servers.kafka_client import forget_topics
from tests.servers.proxy import Proxy


@pytest.fixture(autouse=True)
def nothing_is_left() -> Iterator[None]:
    """Every client that a test closes is gone, with its threads."""
    before = set(threading.enumerate())
    yield
    left = [thread.name for thread in threading.enumerate() if thread not in before and "sixminute" in thread.name]
    assert not left
    gc.collect()  # see `HALF_MADE`


@pytest.fixture
def connection(kafka: KafkaBroker) -> Iterator[KafkaConnection]:
    """Straight to topics of this test's own, with little patience."""
    made = KafkaConnection(
        bootstrap=kafka.bootstrap, prefix=f"{uuid.uuid4().hex}.", request_seconds=2, delivery_seconds=3
    )
    migrate(made, TopicPlan(partitions=2))
    yield made
    forget_topics(made)


@pytest.fixture
def bus(connection: KafkaConnection) -> Iterator[KafkaBus]:
    bus = KafkaBus(connection, CLOCK, lease_seconds=2)
    yield bus
    bus.close()


@pytest.fixture
def disturbed(connection: KafkaConnection, kafka_proxy: Proxy) -> Iterator[KafkaBus]:
    """The same through a line that can be disturbed."""
    bus = KafkaBus(msgspec.structs.replace(connection, bootstrap=kafka_proxy.address), CLOCK, lease_seconds=2)
    yield bus
    bus.close()
