"""The backends of each port, by name, for tests of every part. A further backend is one more line."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from adapters.bus_embedded import EmbeddedBus
from adapters.migrate import upgrade
from adapters.store import SqlStore
from core.ports import Bus, Clock
from tests.servers.postgres import PostgresServer

OpenBus = Callable[..., Bus]
StoreAt = Callable[[Path], str]
"""The address of a folder's own database, migrated: empty, or as the test left it."""

BUSES: dict[str, OpenBus] = {
    "embedded": lambda folder, clock, **settings: EmbeddedBus(folder / "bus.sqlite", clock, **settings)
}
DATABASES = ("sqlite", "postgresql")


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
