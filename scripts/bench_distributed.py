"""``make bench-distributed``: the distributed set-up on this machine, with real Kafka and PostgreSQL of its own.

In one run: kafka-python's bare produce and consume; the whole pipeline with 1, 2 and 4 sentiment workers, with the
bundled model and with a classifier that does nothing; latency from a post to drafts and alerts under a steady load;
memory of each worker. Servers, load and workers share the machine, so compare within a run.
"""

import argparse
import json
import os
import platform
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from kafka import KafkaConsumer, KafkaProducer  # noqa: E402 - the repository is on the path from here on
from kafka.admin import KafkaAdminClient  # noqa: E402

from runtime import heartbeat, load  # noqa: E402
from runtime.settings import Settings  # noqa: E402
from runtime.wiring import backends  # noqa: E402
from runtime.wiring.house import House, open_house  # noqa: E402
from tests.servers.kafka import KafkaBroker  # noqa: E402
from tests.servers.postgres import PostgresServer  # noqa: E402
from tests.servers.process import end, start_guarded  # noqa: E402

PARTITIONS = 8
BARE = 30_000
BARE_BYTES = 500
WORKERS = ("alerting", "responding", "publisher")
PATIENCE = 600.0


class Bench:
    """Servers for all rounds; each round has topics and a database of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.broker = KafkaBroker(folder / "kafka")
        self.database = PostgresServer(folder / "postgres")
        self._rounds = 0

    def bare(self) -> dict[str, int]:
        """Messages a second of kafka-python alone: produced, and consumed again."""
        admin = KafkaAdminClient(bootstrap_servers=self.broker.bootstrap)
        admin.create_topics({"bare": {"num_partitions": PARTITIONS}}, wait_for_metadata=True)
        admin.close()
        producer = KafkaProducer(bootstrap_servers=self.broker.bootstrap, linger_ms=5, batch_size=128 * 1024)
        began = time.monotonic()
        for number in range(BARE):
            producer.send("bare", b"x" * BARE_BYTES, key=b"%d" % number)
        producer.flush()
        produced = BARE / (time.monotonic() - began)
        producer.close()
        consumer = KafkaConsumer(
            "bare", bootstrap_servers=self.broker.bootstrap, auto_offset_reset="earliest", group_id="bare"
        )
        count, began = 0, 0.0
        while count < BARE:
            some = sum(len(records) for records in consumer.poll(timeout_ms=1_000, max_records=5_000).values())
            began = began or time.monotonic()
            count += some
        consumed = BARE / (time.monotonic() - began)
        consumer.close()
        return {"produced_per_second": round(produced), "consumed_per_second": round(consumed)}

    @contextmanager
    def round(self, sentiment: int, classifier: str) -> Iterator[tuple[House, dict[str, int]]]:
        """A set-up at work: its house, and the process of each worker by its name."""
        self._rounds += 1
        name = f"round{self._rounds}"
        self.database.execute(f"CREATE DATABASE {name}")
        settings = Settings(
            bus="kafka",
            kafka_bootstrap=self.broker.bootstrap,
            kafka_prefix=f"{name}.",
            kafka_partitions=PARTITIONS,
            database_url=self.database.url(name),
            max_backlog=1_000_000,
        )
        backends.prepare(settings)
        with ExitStack() as opened:
            house = open_house(settings)
            opened.callback(house.close)
            workers = {}
            for stage, number in [("sentiment", n) for n in range(sentiment)] + [(stage, 0) for stage in WORKERS]:
                process = start_guarded(
                    _command(stage, classifier), self.folder / f"{name}-{stage}-{number}.log", self.folder,
                    {**os.environ, **_variables(settings), "CHAOS_CLASSIFIER": classifier, "PYTHONPATH": str(ROOT)},
                )  # fmt: skip
                opened.callback(end, process, signal.SIGTERM)
                workers[f"{stage} {number}"] = process.pid
            stages = ("sentiment", *WORKERS)
            _until(lambda: all(_well(house, stage) for stage in stages), "workers ready")
            yield house, workers


def _well(house: House, stage: str) -> bool:
    return heartbeat.stages_health(house.store, (stage,), house.clock.now())[stage] == "ok"


def _command(stage: str, classifier: str) -> Sequence[str]:
    if classifier == "model" and stage == "sentiment":
        return [sys.executable, "-c", "from runtime.cli import main; main()", "worker", stage, "--port", "0"]
    return [sys.executable, "-m", "tests.chaos.worker", stage]


def _variables(settings: Settings) -> dict[str, str]:
    return {
        "SIXMINUTE_BUS": settings.bus,
        "SIXMINUTE_KAFKA_BOOTSTRAP": settings.kafka_bootstrap,
        "SIXMINUTE_KAFKA_PREFIX": settings.kafka_prefix,
        "SIXMINUTE_KAFKA_PARTITIONS": str(settings.kafka_partitions),
        "SIXMINUTE_DATABASE_URL": settings.database_url,
        "SIXMINUTE_MAX_BACKLOG": str(settings.max_backlog),
        "SIXMINUTE_LOG": "json",
    }


def _until(condition: Any, what: str) -> None:
    ends = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > ends:
            raise SystemExit(f"after {PATIENCE:.0f} s still not: {what}")
        time.sleep(0.05)


def _megabytes(process: int) -> int:
    status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    (line,) = [line for line in status.splitlines() if line.startswith("VmRSS")]
    return int(line.split()[1]) // 1024


def throughput(bench: Bench, sentiment: int, classifier: str, mentions: int) -> dict[str, Any]:
    """Mentions a second from the first publish until every group has done everything."""
    with bench.round(sentiment, classifier) as (house, workers):
        began = time.monotonic()
        load.publish(house, load.mentions(house, mentions))
        published = time.monotonic() - began
        _until(lambda: load.drained(house), "everything done")
        took = time.monotonic() - began
        return {
            "classifier": classifier,
            "sentiment_workers": sentiment,
            "mentions": mentions,
            "published_per_second": round(mentions / published),
            "done_per_second": round(mentions / took),
            "megabytes": {name: _megabytes(process) for name, process in workers.items()},
        }


def latency(bench: Bench, rate: float, seconds: float) -> dict[str, Any]:
    """Seconds from a post to its draft and to the alert that it decides, with the bundled model."""
    with bench.round(1, "model") as (house, _):
        load.publish(house, load.quiet_days(house))
        _until(lambda: load.drained(house), "quiet days done")
        posted_at = load.steady(house, rate, seconds)
        _until(lambda: load.drained(house) and not house.store.waiting(), "everything done")
        return {"rate": rate, **load.latencies(house, posted_at)}


def main() -> None:
    """Measure, and print the result as JSON."""
    parser = argparse.ArgumentParser(prog="make bench-distributed", description=__doc__)
    parser.add_argument("--mentions", type=int, default=20_000, help="for the classifier that does nothing")
    parser.add_argument("--model-mentions", type=int, default=5_000, help="for the bundled model")
    parser.add_argument("--workers", type=int, nargs="*", default=[1, 2, 4])
    parser.add_argument("--rate", type=float, default=50.0)
    parser.add_argument("--seconds", type=float, default=20.0)
    given = parser.parse_args()
    result: dict[str, Any] = {"machine": f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores"}
    with tempfile.TemporaryDirectory(prefix="sixminute-bench-") as folder, ExitStack() as opened:
        bench = Bench(Path(folder))
        opened.enter_context(bench.broker)
        opened.enter_context(bench.database)
        result["kafka_python"] = bench.bare()
        result["pipeline"] = []
        for classifier, mentions in (("none", given.mentions), ("model", given.model_mentions)):
            for workers in given.workers:
                result["pipeline"].append(throughput(bench, workers, classifier, mentions))
                print(json.dumps(result["pipeline"][-1]), file=sys.stderr, flush=True)
        result["latency"] = latency(bench, given.rate, given.seconds)
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    try:
        main()
    except subprocess.SubprocessError as error:
        raise SystemExit(str(error)) from None
