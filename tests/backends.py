"""The embedded bus and store as the program opens them, for tests of every part."""

from pathlib import Path

from adapters.bus_embedded import EmbeddedBus
from adapters.migrate import upgrade
from adapters.store import SqlStore
from core.ports import Clock


def open_embedded(folder: Path, clock: Clock) -> tuple[EmbeddedBus, SqlStore]:
    """Both, empty or as a test left them in `folder`. The caller closes them."""
    url = f"sqlite:///{folder / 'store.sqlite'}"
    upgrade(url)
    return EmbeddedBus(folder / "bus.sqlite", clock), SqlStore(url)
