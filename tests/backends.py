"""The backends of each port, by name, for tests of every part. A further backend is one more line.

A bus is opened at a place: for the embedded one a folder, for Kafka ``host:port/prefix`` of topics that are there.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from adapters.bus_embedded import EmbeddedBus
from adapters.bus_kafka import KafkaBus
from adapters.kafka_connection import KafkaConnection
from adapters.migrate import upgrade
from adapters.store import SqlStore
from core.ports.bus import Bus
from core.ports.clock import Clock
from tests.servers.postgres import PostgresServer

OpenBus = Callable[..., Bus]
StoreAt = Callable[[Path], str]
"""The address of a folder's own database, migrated: empty, or as the test left it."""

BUSES: dict[str, OpenBus] = {
    "embedded": lambda place, clock, **settings: EmbeddedBus(Path(place) / "bus.sqlite", clock, **settings),
    "kafka": lambda place, clock, **settings: KafkaBus(kafka_connection(place), clock, **settings),
}
DATABASES = ("sqlite", "postgresql")


def kafka_connection(place: str) -> KafkaConnection:
    """The connection to a place, with times short enough for tests."""
    bootstrap, _, prefix = place.partition("/")
    return KafkaConnection(bootstrap=bootstrap, prefix=prefix, request_seconds=4, delivery_seconds=8)


def sqlite_at(folder: Path) -> str:
    url = f"sqlite:///{folder / 'store.sqlite'}"
    upgrade(url)
    return url


@contextmanager
def postgresql_at(server: PostgresServer, template: str) -> Iterator[StoreAt]:
    """Databases made from one that is migrated, which takes a fraction of the time."""
    names: dict[Path, str] = {}
    with ExitStack() as made:

        def at(folder: Path) -> str:
            if folder not in names:
                names[folder] = made.enter_context(server.database(template))
            return server.url(names[folder])

        yield at


def open_embedded(folder: Path, clock: Clock, store_at: StoreAt = sqlite_at) -> tuple[EmbeddedBus, SqlStore]:
    """Bus and store of one machine, empty or as a test left them in `folder`. The caller closes them."""
    return EmbeddedBus(folder / "bus.sqlite", clock), SqlStore(store_at(folder))
