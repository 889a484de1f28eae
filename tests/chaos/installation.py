"""A whole distributed installation on this machine: real servers, lines that can be disturbed, worker processes."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

from adapters.clock import SystemClock
from runtime.settings import Settings
from runtime.wiring import backends
from runtime.wiring.house import open_house
from tests.chaos.network import Network
from tests.servers.kafka import KafkaBroker, KafkaCluster
from tests.servers.postgres import PostgresServer
from tests.servers.process import LOOPBACK, Port, end, start_guarded
from tests.servers.proxy import Proxy

ROOT = Path(__file__).resolve().parents[2]
BRANDS = ("Acme", "Borealis", "Cobalt")
PROBES = tuple(f"Probe {letter}" for letter in "ABCDEFGH")
"""Brands of the driver's own posts: so many that every partition has one."""

PARTITIONS = 4
TEAM = {"ingest": 2, "sentiment": 2, "alerting": 2, "responding": 2, "publisher": 2, "api": 1}
"""Processes of each kind."""

_EDITED_EVERY = 10
_PHASE_SECONDS = 30


class Worker:
    """One process of the installation; it starts again with the same settings."""

    def __init__(self, stage: str, number: int, environment: Mapping[str, str], folder: Path) -> None:
        self.stage = stage
        self.name = f"{stage} {number}"
        self._environment = dict(environment)
        self.log = folder / f"{stage}-{number}.log"
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        command = [sys.executable, "-m", "tests.chaos.worker", self.stage]
        if self.stage == "api":
            command = [sys.executable, "-c", "from runtime.cli import main; main()", "api"]
        environment = {**self._environment, "PYTHONPATH": str(ROOT)}
        self._process = start_guarded(command, self.log, self._folder, environment)

    def kill(self) -> None:
        """As a crash."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """In order: it finishes its batch and leaves."""
        self._end(signal.SIGTERM)

    def pause(self) -> None:
        """As a machine that stalls."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        if self._process and self._process.poll() is None:
            os.kill(self._process.pid, number)

    def _end(self, number: signal.Signals) -> None:
        if self._process:
            end(self._process, number)
            self._process = None


class Installation:
    """Servers, a line before each, and the processes; as a context manager it is started, and stopped at the end.

    Args:
        folder: where everything lies.
        network: takes the replies.
        posts: how many posts the recording has, and `rate` how many of them come in a second.
        brokers: one, or three with replication 3.
        team: processes of each kind.
    """

    def __init__(
        self,
        folder: Path,
        network: Network,
        *,
        posts: int,
        rate: float,
        brokers: int = 1,
        team: Mapping[str, int] = TEAM,
    ) -> None:
        self.folder = folder
        self.posts = write_recording(folder / "recording.jsonl", posts, rate)
        self.cluster = KafkaCluster(folder / "kafka", brokers) if brokers > 1 else None
        self.brokers: Sequence[KafkaBroker] = self.cluster.nodes if self.cluster else [KafkaBroker(folder / "kafka")]
        self.database = PostgresServer(folder / "postgres")
        self.kafka_lines: list[Proxy] = []
        self.network = network
        self.workers: list[Worker] = []
        self._brokers, self._team = brokers, team
        self._opened = ExitStack()
        self._api_port = Port()
        self.api = f"http://{self._api_port.address}"

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self._opened.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._opened.close()

    def _start(self) -> None:
        for broker in self.brokers:
            line = self._opened.enter_context(Proxy((LOOPBACK, broker.proxied_port)))
            broker.advertised = line.address
            self.kafka_lines.append(line)
        if self.cluster:
            self._opened.callback(self.cluster.kill)
            self.cluster.start()
        else:
            self._opened.callback(self.brokers[0].kill)
            self.brokers[0].start()
        self._opened.callback(self.database.kill)
        self.database.start()
        self.database.execute("CREATE DATABASE sixminute")
        self.database_line = self._opened.enter_context(Proxy((LOOPBACK, self.database.port)))
        self.settings = self._settings(
            ",".join(broker.bootstrap for broker in self.brokers), self.database.url("sixminute")
        )
        backends.prepare(self.settings)
        self.house = open_house(self.settings)
        self._opened.callback(self.house.close)
        environment = self._environment()
        for stage, count in self._team.items():
            for number in range(1, count + 1):
                worker = Worker(stage, number, environment, self.folder)
                self.workers.append(worker)
                self._opened.callback(worker.kill)
                worker.start()

    def _settings(self, bootstrap: str, database: str) -> Settings:
        return Settings(
            bus="kafka",
            kafka_bootstrap=bootstrap,
            kafka_partitions=PARTITIONS,
            kafka_replication=3 if self._brokers > 1 else 1,
            database_url=database,
        )

    def _environment(self) -> dict[str, str]:
        """Settings of the workers, whose lines to the servers go through the proxies."""
        config = self.folder / "sixminute.toml"
        brands = "".join(f'[[brands]]\nname = "{name}"\n' for name in BRANDS)
        source = f'[[sources]]\nname = "feed"\nkind = "recording"\nfile = "{self.folder / "recording.jsonl"}"\n'
        # These brands have no past to be judged by: fixed counts raise the alarm.
        alarm = "[alerting]\nfixed_counts = [20, 60, 150, 400]\n"
        config.write_text(brands + source + alarm, encoding="utf-8")
        database = self.database.url("sixminute", port=self.database_line.port)
        return {
            **{name: value for name, value in os.environ.items() if not name.startswith(("SIXMINUTE_", "COVERAGE"))},
            "SIXMINUTE_CONFIG": str(config),
            "SIXMINUTE_BUS": "kafka",
            "SIXMINUTE_KAFKA_BOOTSTRAP": ",".join(line.address for line in self.kafka_lines),
            "SIXMINUTE_KAFKA_PARTITIONS": str(PARTITIONS),
            "SIXMINUTE_DATABASE_URL": database,
            "SIXMINUTE_UNDO_SECONDS": "0",
            "SIXMINUTE_LOG": "json",
            "SIXMINUTE_PORT": str(self._api_port.number),
            "CHAOS_NETWORK": self.network.address,
        }

    def of(self, stage: str) -> list[Worker]:
        """The processes of a kind."""
        return [worker for worker in self.workers if worker.stage == stage]


def write_recording(file: Path, posts: int, rate: float) -> int:
    """Half a minute of quiet and one of complaints about the first brand in turn; every tenth post is edited later."""
    began = datetime(2026, 3, 1, tzinfo=UTC)
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", encoding="utf-8") as out:
        for number in range(posts):
            at = began + timedelta(seconds=number / rate)
            brand = BRANDS[number % len(BRANDS)]
            storm = int(number / rate / _PHASE_SECONDS) % 2 and brand == BRANDS[0]
            bad = storm or number % 9 == 0
            text = f"{brand} kettle number {number} is {'broken and terrible' if bad else 'here'}"
            row = {"created_at": at.isoformat(), "id": f"p{number}", "author": f"a{number % 400}", "text": text}
            out.write(json.dumps({**row, "brand": brand}) + "\n")
            if number % _EDITED_EVERY == 0:
                later = (at + timedelta(seconds=1)).isoformat()
                out.write(json.dumps({**row, "brand": brand, "created_at": later, "text": text + " (edited)"}) + "\n")
    return posts


def wait_until(condition: Callable[[], object], seconds: float, what: str) -> float:
    """Wait for something that other processes do; gives back the seconds that it took.

    Raises:
        AssertionError: it took longer than `seconds`.
    """
    clock = SystemClock()
    began = clock.monotonic()
    while not condition():
        assert clock.monotonic() - began < seconds, f"after {seconds:.0f} s still not: {what}"
        clock.sleep(0.1)
    return clock.monotonic() - began
