"""The backends of each port, by name, for tests of every part. A further backend is one more line."""

from collections.abc import Callable
from pathlib import Path

from adapters.bus_embedded import EmbeddedBus
from adapters.migrate import upgrade
from adapters.store import SqlStore
from core.ports import Bus, Clock

OpenBus = Callable[..., Bus]

BUSES: dict[str, OpenBus] = {
    "embedded": lambda folder, clock, **settings: EmbeddedBus(folder / "bus.sqlite", clock, **settings)
}
DATABASES: dict[str, Callable[[Path], str]] = {"sqlite": lambda folder: f"sqlite:///{folder / 'store.sqlite'}"}


def open_embedded(folder: Path, clock: Clock) -> tuple[EmbeddedBus, SqlStore]:
    """Bus and store of one machine, empty or as a test left them in `folder`. The caller closes them."""
    url = DATABASES["sqlite"](folder)
    upgrade(url)
    return EmbeddedBus(folder / "bus.sqlite", clock), SqlStore(url)
