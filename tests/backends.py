"""The backends of each port, by name, for tests of every part. A further backend is one more line.

A bus is opened at a place: for the embedded one a folder, for Kafka ``host:port/prefix`` of topics that are there.
"""

from collections.abc import Callable
from pathlib import Path

from adapters.bus_embedded import EmbeddedBus
from adapters.bus_kafka import KafkaBus
from adapters.kafka_connection import KafkaConnection
from adapters.migrate import upgrade
from adapters.store import SqlStore
from core.ports import Bus, Clock

OpenBus = Callable[..., Bus]

BUSES: dict[str, OpenBus] = {
    "embedded": lambda place, clock, **settings: EmbeddedBus(Path(place) / "bus.sqlite", clock, **settings),
    "kafka": lambda place, clock, **settings: KafkaBus(kafka_connection(place), clock, **settings),
}
DATABASES: dict[str, Callable[[Path], str]] = {"sqlite": lambda folder: f"sqlite:///{folder / 'store.sqlite'}"}


def kafka_connection(place: str) -> KafkaConnection:
    """The connection to a place, with times short enough for tests."""
    bootstrap, _, prefix = place.partition("/")
    return KafkaConnection(bootstrap=bootstrap, prefix=prefix, request_seconds=4, delivery_seconds=8)


def open_embedded(folder: Path, clock: Clock) -> tuple[EmbeddedBus, SqlStore]:
    """Bus and store of one machine, empty or as a test left them in `folder`. The caller closes them."""
    url = DATABASES["sqlite"](folder)
    upgrade(url)
    return EmbeddedBus(folder / "bus.sqlite", clock), SqlStore(url)
