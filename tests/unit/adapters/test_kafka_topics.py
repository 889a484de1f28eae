"""Topics are made and brought up to date on a real broker."""

import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, ConfigResourceType

from adapters.clock import SystemClock
from adapters.kafka_connection import KafkaConnection
from adapters.kafka_offsets import Offsets
from adapters.kafka_records import DEAD
from adapters.kafka_topics import TopicPlan, check, migrate
from core.errors import ConfigurationError, StorageError
from core.events import MENTIONS_RAW, TOPICS
from tests.servers.kafka import KafkaBroker
from tests.servers.kafka_client import forget_topics

PLAN = TopicPlan(partitions=2, retention=timedelta(days=2))


@pytest.fixture
def connection(kafka: KafkaBroker) -> Iterator[KafkaConnection]:
    made = KafkaConnection(bootstrap=kafka.bootstrap, prefix=f"{uuid.uuid4().hex}.")
    yield made
    forget_topics(made)


@pytest.fixture
def admin(connection: KafkaConnection) -> Iterator[KafkaAdminClient]:
    client = connection.client(KafkaAdminClient)
    yield client
    client.close()


@pytest.fixture
def offsets(connection: KafkaConnection) -> Iterator[Offsets]:
    opened = Offsets(connection)
    yield opened
    opened.close()


def settings_of(admin: KafkaAdminClient, topic: str) -> dict[str, str]:
    found = admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)], config_filter="all")
    return {name: each["value"] for name, each in found["topic"][topic].items()}


def until(true: Callable[[], bool]) -> None:
    """A broker answers that something is done a moment before it shows."""
    clock = SystemClock()
    ends = clock.monotonic() + 10
    while not true():
        assert clock.monotonic() < ends
        clock.sleep(0.02)


def test_what_is_missing_is_made_and_doing_it_again_changes_nothing(
    connection: KafkaConnection, offsets: Offsets, admin: KafkaAdminClient
) -> None:
    assert sorted(migrate(connection, PLAN)) == sorted(
        f"made {connection.prefix}{topic}{end}" for topic in TOPICS for end in ("", DEAD)
    )
    assert migrate(connection, PLAN) == []
    there = check(connection, offsets, least=2)
    assert there == {
        f"{connection.prefix}{topic}{end}": count for topic in TOPICS for end, count in (("", 2), (DEAD, 1))
    }
    working = settings_of(admin, connection.prefix + MENTIONS_RAW)
    assert working["cleanup.policy"] == "delete"
    assert int(working["retention.ms"]) == timedelta(days=8) // timedelta(milliseconds=1)
    assert settings_of(admin, connection.prefix + MENTIONS_RAW + DEAD)["cleanup.policy"] == "compact"


def test_several_that_make_the_topics_at_once_all_succeed(connection: KafkaConnection, offsets: Offsets) -> None:
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda _: migrate(connection, PLAN), range(3)))
    assert migrate(connection, PLAN) == []
    assert len(check(connection, offsets)) == 2 * len(TOPICS)


def test_partitions_are_added_and_never_taken_away(connection: KafkaConnection, offsets: Offsets) -> None:
    migrate(connection, PLAN)
    more = TopicPlan(partitions=3, retention=PLAN.retention)
    assert sorted(migrate(connection, more)) == sorted(
        f"{connection.prefix}{topic} has 3 partitions now" for topic in TOPICS
    )
    until(lambda: set(check(connection, offsets).values()) == {1, 3})
    assert migrate(connection, more) == []
    assert migrate(connection, PLAN) == []


def test_settings_that_differ_are_set_and_those_of_others_are_left(
    connection: KafkaConnection, admin: KafkaAdminClient
) -> None:
    migrate(connection, PLAN)
    topic = connection.prefix + MENTIONS_RAW
    theirs = {"cleanup.policy": "compact", "flush.messages": "1000"}
    admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, theirs)])
    until(lambda: settings_of(admin, topic)["cleanup.policy"] == "compact")
    assert migrate(connection, PLAN) == [f"{topic}: cleanup.policy=delete"]
    until(lambda: settings_of(admin, topic)["cleanup.policy"] == "delete")
    assert settings_of(admin, topic)["flush.messages"] == "1000"
    longer = TopicPlan(partitions=2, retention=timedelta(days=3))
    assert all("retention.ms" in sentence for sentence in migrate(connection, longer))


def test_more_copies_than_brokers_are_refused_in_words(connection: KafkaConnection) -> None:
    with pytest.raises(StorageError, match="can't make topics: InvalidReplicationFactor"):
        migrate(connection, TopicPlan(partitions=2, replication=2))


def test_three_copies_mean_that_two_must_have_each_message() -> None:
    for replication, wanted in ((0, None), (2, None), (3, "2")):
        for settings in TopicPlan(replication=replication).topics("").values():
            assert settings.get("min.insync.replicas") == wanted


def test_missing_topics_and_too_few_partitions_are_told(connection: KafkaConnection, offsets: Offsets) -> None:
    with pytest.raises(StorageError, match=r"lacks .*mentions\.raw, .*: run `sixminute migrate`"):
        check(connection, offsets)
    migrate(connection, PLAN)
    with pytest.raises(ConfigurationError, match="has 2 partitions, 4 are wanted: run `sixminute migrate`"):
        check(connection, offsets, least=4)
