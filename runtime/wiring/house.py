"""One process's share of everything, opened at once or as soon as the servers are there."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from core.ports.bus import Bus
from core.ports.clock import Clock
from core.ports.store import Store
from core.relay import Relay
from runtime.measuring import MeasuredBus, Measures, measured
from runtime.settings import Settings
from runtime.wiring import backends


@dataclass(frozen=True)
class House:
    """One process's share of everything: its clock, bus, store and the relay between the two."""

    settings: Settings
    clock: Clock
    bus: Bus
    store: Store
    relay: Relay
    measures: Measures = field(default_factory=Measures)

    def close(self) -> None:
        """Let go of files and connections."""
        self.bus.close()
        self.store.close()


class LateHouse:
    """A house that one thread opens as soon as the servers are there, while the others wait for that.

    So there is one attempt at a time, and one complaint, however many services there are.
    """

    def __init__(self, settings: Settings, role: str) -> None:
        self.measures = Measures()
        self._make = partial(open_house, settings, measures=self.measures, around=backends.tracing(settings, role))
        self._one_at_a_time = threading.Lock()
        self._is_open = threading.Event()
        self.opened: House | None = None
        """The house if it is open already."""

    def open(self) -> House:
        """Open it, once; where that fails, ask again.

        Raises:
            ConfigurationError: a setting, or who we are, is wrong.
            StorageError: bus or store can't be reached or are not prepared.
        """
        with self._one_at_a_time:
            if self.opened is None:
                self.opened = self._make()
                self._is_open.set()
            return self.opened

    def __call__(self) -> House:
        """The house, once somebody has opened it: waits for as long as that takes."""
        self._is_open.wait()
        return self.open()

    def close(self) -> None:
        """Close it if it is open. An attempt under way isn't waited for: it may take as long as a dead server likes."""
        if self.opened is not None:
            self.opened.close()


def open_house(
    settings: Settings,
    clock: Clock | None = None,
    *,
    sole_consumer: bool = False,
    measures: Measures | None = None,
    around: Callable[[Bus], Bus] | None = None,
) -> House:
    """Open bus and store. What lies in the data directory is made and brought up to date.

    Servers are for `backends.prepare`. `sole_consumer` says that no other process consumes from this data directory
    (its lock is held): then the leases of a process that died are not waited for. What passes is added to `measures`.
    `around` is what `backends.tracing` gave for what runs here.

    Raises:
        ConfigurationError: an address can't be read, or a server refuses us.
        StorageError: something of it can't be opened, or is not prepared.
    """
    clock = clock or backends.system_clock()
    around = around or backends.tracing(settings, "command")
    store = backends.open_store(settings)
    try:
        bus = around(backends.open_bus(settings, clock, sole_consumer=sole_consumer))
    except Exception:
        store.close()
        raise
    measures = measures or Measures()
    bus, watched = MeasuredBus(bus, measures), measured(store, measures)
    return House(settings=settings, clock=clock, bus=bus, store=watched, relay=Relay(watched, bus), measures=measures)
