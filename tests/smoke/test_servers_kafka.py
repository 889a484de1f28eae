"""The real Kafka that tests use: it keeps what it accepted through a crash, and its line can be disturbed."""

import socket
import subprocess
import sys
import uuid
from pathlib import Path

import pytest
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition

from tests.servers import missing
from tests.servers.kafka import KafkaBroker, KafkaCluster
from tests.servers.kafka_jars import fetch_kafka
from tests.servers.process import LOOPBACK

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_MS = 20_000
QUICK = {"request_timeout_ms": 2_000, "reconnect_backoff_ms": 50, "reconnect_backoff_max_ms": 200}


def new_topic(kafka: KafkaBroker | KafkaCluster) -> str:
    topic = f"topic-{uuid.uuid4().hex}"
    with KafkaAdminClient(bootstrap_servers=kafka.bootstrap) as admin:
        admin.create_topics({topic: {"num_partitions": 1}}, wait_for_metadata=True)
    return topic


def open_producer(bootstrap: str) -> KafkaProducer:
    return KafkaProducer(
        bootstrap_servers=bootstrap, acks="all", delivery_timeout_ms=PATIENCE_MS, retry_backoff_ms=50, **QUICK
    )


def send(producer: KafkaProducer, topic: str, numbers: range) -> None:
    """Returns when the broker has them all."""
    for sent in [producer.send(topic, str(number).encode()) for number in numbers]:
        sent.get(PATIENCE_MS / 1_000)


def leader_of(cluster: KafkaCluster, topic: str) -> KafkaBroker:
    running = ",".join(node.bootstrap for node in cluster.nodes if node.running)
    with KafkaAdminClient(bootstrap_servers=running) as admin:
        (partition,) = admin.describe_topics([topic])[0]["partitions"]
    return next(node for node in cluster.nodes if node.node_id == partition["leader_id"])


def read(bootstrap: str, topic: str) -> list[int]:
    """Everything that the topic holds."""
    with KafkaConsumer(
        bootstrap_servers=bootstrap, auto_offset_reset="earliest", enable_auto_commit=False, fetch_max_wait_ms=20
    ) as consumer:
        partition = TopicPartition(topic, 0)
        consumer.assign([partition])
        (end,) = consumer.end_offsets([partition]).values()
        values: list[int] = []
        while consumer.position(partition) < end:
            for records in consumer.poll(timeout_ms=PATIENCE_MS).values():
                values += [int(record.value) for record in records]
        return values


def test_kill_9_loses_nothing_that_was_accepted(kafka):
    topic = new_topic(kafka)
    with open_producer(kafka.bootstrap) as producer:
        send(producer, topic, range(500))
        kafka.kill()
        assert not kafka.running
        kafka.start()
        send(producer, topic, range(500, 600))
    assert read(kafka.bootstrap, topic) == list(range(600))


def test_clients_behind_the_proxy_stay_behind_it(kafka, kafka_proxy):
    topic = new_topic(kafka)
    before = kafka_proxy.connections
    with open_producer(kafka_proxy.address) as producer:
        send(producer, topic, range(10))
        assert kafka_proxy.connections > before

        kafka_proxy.cut()
        send(producer, topic, range(10, 20))

        kafka_proxy.blackhole()
        waiting = producer.send(topic, b"20")
        producer.send(topic, b"21")
        assert read(kafka.bootstrap, topic) == list(range(20))
        kafka_proxy.heal()
        waiting.get(PATIENCE_MS / 1_000)
        producer.flush(PATIENCE_MS / 1_000)
    assert read(kafka_proxy.address, topic) == list(range(22))


def test_a_broker_that_cannot_start_says_why(kafka, tmp_path):
    broker = KafkaBroker(tmp_path, properties={"log.cleaner.dedupe.buffer.size": 0})
    with pytest.raises(RuntimeError, match=r"could not format its folder[\s\S]*dedupe\.buffer\.size"):
        broker.start()
    broker.properties.clear()
    with (
        socket.create_server((LOOPBACK, broker.controller_port)),
        pytest.raises(RuntimeError, match=r"node 1 ended[\s\S]*Address already in use"),
    ):
        broker.start()
    assert not broker.running


@pytest.mark.slow
def test_a_cluster_goes_on_without_any_one_of_its_nodes(kafka, tmp_path):
    with KafkaCluster(tmp_path) as cluster:
        topic = new_topic(cluster)
        with open_producer(cluster.bootstrap) as producer:
            send(producer, topic, range(100))
            leader = leader_of(cluster, topic)
            leader.kill()
            send(producer, topic, range(100, 200))
            assert leader_of(cluster, topic) is not leader
            leader.start()
            cluster.kill()
            cluster.start()
            send(producer, topic, range(200, 300))
        assert read(cluster.bootstrap, topic) == list(range(300))


def test_two_processes_may_fetch_at_once(tmp_path, monkeypatch):
    monkeypatch.setenv("SIXMINUTE_TEST_CACHE", str(tmp_path))
    command = [sys.executable, "-m", "tests.servers.kafka_jars"]
    both = [subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    complaints = [each.communicate()[1].strip() for each in both]
    if all(complaints):
        missing(complaints[0])
    assert complaints == ["", ""]
    assert len(list(fetch_kafka().glob("kafka_*.jar"))) == 1
