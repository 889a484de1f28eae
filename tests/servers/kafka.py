"""Apache Kafka, the real one, in KRaft mode: one broker or several nodes, started and killed by tests."""

import signal
import socket
import struct
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from kafka.protocol.metadata import MetadataRequest, MetadataResponse

from adapters.clock import SystemClock
from tests.servers.kafka_jars import fetch_kafka, java
from tests.servers.process import LOOPBACK, Port, end, start_guarded, tail

START_SECONDS = 60.0
CLUSTER_ID = "c2l4bWludXRlLWthZmthMQ"  # sixteen bytes in base64, as Kafka wants it
METADATA_VERSION = 8
# Small and quick to start rather than quick at work: two cores carry the broker and the tests.
JAVA_OPTIONS = [
    "-Xmx256m",
    "-Xms64m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    # Hundreds of lines with all settings there are.
    "-Dorg.slf4j.simpleLogger.log.org.apache.kafka.common.config.AbstractConfig=warn",
]
PROPERTIES: Mapping[str, object] = {
    "process.roles": "broker,controller",
    "controller.listener.names": "CONTROLLER",
    "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,PROXIED:PLAINTEXT",
    "auto.create.topics.enable": "false",
    "offsets.topic.num.partitions": 4,
    "offsets.topic.replication.factor": 1,
    "transaction.state.log.num.partitions": 4,
    "transaction.state.log.replication.factor": 1,
    "transaction.state.log.min.isr": 1,
    "share.coordinator.state.topic.num.partitions": 1,
    "share.coordinator.state.topic.replication.factor": 1,
    "share.coordinator.state.topic.min.isr": 1,
    "group.initial.rebalance.delay.ms": 0,
    "group.min.session.timeout.ms": 500,
    # A broker that was killed can come back only after its session of before has ended: nine seconds by default.
    "broker.session.timeout.ms": 2000,
    "broker.heartbeat.interval.ms": 250,
    # Tests date messages by clocks of their own, years away from this machine's.
    "log.message.timestamp.after.max.ms": 2**63 - 1,
    "log.retention.ms": -1,
    # The cleaner's buffer is 128 MB by default, half of the memory there is.
    "log.cleaner.threads": 1,
    "log.cleaner.dedupe.buffer.size": 8 * 2**20,
    "log.cleaner.backoff.ms": 500,
}


def brokers_known_to(port: int) -> set[int]:
    """The ids of the nodes that the broker at this port tells its clients; empty while it doesn't answer."""
    request = MetadataRequest(topics=[], version=METADATA_VERSION)
    request.with_header()
    try:
        with socket.create_connection((LOOPBACK, port), timeout=2) as connection, connection.makefile("rb") as answer:
            connection.sendall(request.encode(header=True, framed=True))
            (size,) = struct.unpack(">i", answer.read(4))
            told = MetadataResponse.decode(answer.read(size), version=METADATA_VERSION, header=True)
    except (OSError, struct.error):
        return set()
    return {broker.node_id for broker in told.brokers}


class KafkaBroker:
    """One broker with its data in `folder`; it starts again on the same data and ports after `stop` or `kill`.

    Clients at `bootstrap` talk to it directly. With `advertised`, the host:port of a proxy to `proxied_port`, clients
    that come through the proxy are told the proxy's address for everything further, and never get around it.
    It may be set until the broker is started. `properties` are put over those above. As a context manager it is
    started, and stopped at the end.
    """

    def __init__(
        self,
        folder: Path,
        *,
        port: int | None = None,
        controller_port: int | None = None,
        properties: Mapping[str, object] | None = None,
        advertised: str = "",
        node_id: int = 1,
    ) -> None:
        self.folder = folder
        self.node_id = node_id
        self.advertised = advertised
        self.properties = dict(properties or {})
        self.log = folder / "server.log"
        # Kept for as long as this object lives, so that nobody takes them between two starts.
        self._kept = [Port(), Port(), Port()]
        self.port = port or self._kept[0].number
        self.controller_port = controller_port or self._kept[1].number
        self.proxied_port = self._kept[2].number
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def bootstrap(self) -> str:
        """The address for clients, host:port."""
        return f"{LOOPBACK}:{self.port}"

    @property
    def running(self) -> bool:
        """Whether its process is there."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> Self:
        """Start it and wait until it answers.

        Raises:
            UnavailableError: Java or Kafka can't be had.
            RuntimeError: it doesn't come up; the message ends with the tail of its log.
        """
        self.launch()
        self.wait({self.node_id})
        return self

    def launch(self) -> None:
        """Start its process without waiting for it; the first time its folder is formatted."""
        assert not self.running, f"node {self.node_id} is running already"
        self.folder.mkdir(parents=True, exist_ok=True)
        lines = [f"{name}={value}" for name, value in self._all_properties().items()]
        (self.folder / "server.properties").write_text("\n".join(lines) + "\n", encoding="utf-8")
        command = [java(), *JAVA_OPTIONS, "-cp", f"{fetch_kafka()}/*"]
        if not (self.folder / "data" / "meta.properties").exists():
            self._format(command)
        self._process = start_guarded([*command, "kafka.Kafka", "server.properties"], self.log, self.folder)

    def wait(self, nodes: set[int]) -> None:
        """Until it answers and knows these nodes as ready.

        Raises:
            RuntimeError: its process ended, or it took too long.
        """
        clock = SystemClock()
        latest = clock.monotonic() + START_SECONDS
        while not nodes <= brokers_known_to(self.port):
            if not self.running or clock.monotonic() > latest:
                what = "did not come up" if self.running else "ended"
                self.kill()
                raise self._failure(what)
            clock.sleep(0.05)

    def stop(self) -> None:
        """Shut it down in order and wait for that."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """As a crash: it gets no chance to do anything."""
        self._end(signal.SIGKILL)

    def _end(self, signal_number: int) -> None:
        if self._process:
            end(self._process, signal_number)
            self._process = None

    def _format(self, command: list[str]) -> None:
        tool = [*command, "kafka.tools.StorageTool", "format", "-t", CLUSTER_ID, "-c", "server.properties"]
        with self.log.open("ab") as out:
            done = subprocess.run(tool, cwd=self.folder, check=False, stdout=out, stderr=out)
        if done.returncode != 0:
            raise self._failure("could not format its folder")

    def _failure(self, what: str) -> RuntimeError:
        return RuntimeError(f"Kafka node {self.node_id} {what}; the end of {self.log}:\n{tail(self.log)}")

    def _all_properties(self) -> dict[str, object]:
        ports = {"PLAINTEXT": self.port, "CONTROLLER": self.controller_port}
        advertised = {"PLAINTEXT": self.bootstrap}
        if self.advertised:
            ports["PROXIED"] = self.proxied_port
            advertised["PROXIED"] = self.advertised
        return {
            **PROPERTIES,
            "node.id": self.node_id,
            "log.dirs": self.folder.resolve() / "data",
            "listeners": ",".join(f"{name}://{LOOPBACK}:{port}" for name, port in ports.items()),
            "advertised.listeners": ",".join(f"{name}://{address}" for name, address in advertised.items()),
            "controller.quorum.voters": f"{self.node_id}@{LOOPBACK}:{self.controller_port}",
            **self.properties,
        }

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()


class KafkaCluster:
    """Several nodes, each a broker and a controller; topics have three replicas, and two must have each message.

    Each of `nodes` can be stopped, killed and started again by itself while the majority runs. A leader that is gone
    is replaced within some five seconds. As a context manager it is started, and stopped at the end.
    """

    def __init__(self, folder: Path, size: int = 3, properties: Mapping[str, object] | None = None) -> None:
        replicas = min(size, 3)
        enough = max(replicas - 1, 1)
        self.nodes = [KafkaBroker(folder / f"node-{number}", node_id=number) for number in range(1, size + 1)]
        voters = ",".join(f"{node.node_id}@{LOOPBACK}:{node.controller_port}" for node in self.nodes)
        shared: dict[str, object] = {
            "controller.quorum.voters": voters,
            "default.replication.factor": replicas,
            "min.insync.replicas": enough,
            "offsets.topic.replication.factor": replicas,
            "transaction.state.log.replication.factor": replicas,
            "transaction.state.log.min.isr": enough,
            "broker.session.timeout.ms": 3000,  # several nodes share the cores
            **(properties or {}),
        }
        for node in self.nodes:
            node.properties.update(shared)

    @property
    def bootstrap(self) -> str:
        """The addresses of all nodes for clients, host:port,…"""
        return ",".join(node.bootstrap for node in self.nodes)

    def start(self) -> Self:
        """Start the nodes that don't run, and wait until each knows all of them as ready.

        Raises:
            UnavailableError: Java or Kafka can't be had.
            RuntimeError: a node doesn't come up; none is left running.
        """
        try:
            for node in self.nodes:
                if not node.running:
                    node.launch()
            for node in self.nodes:
                node.wait({each.node_id for each in self.nodes})
        except BaseException:
            self.kill()
            raise
        return self

    def stop(self) -> None:
        """Shut all nodes down, the last ones at once: without a majority they can't go in order."""
        first, *others = self.nodes
        first.stop()
        for node in others:
            node.kill()

    def kill(self) -> None:
        """As when the power fails: all are gone at once."""
        for node in self.nodes:
            node.kill()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.kill()
