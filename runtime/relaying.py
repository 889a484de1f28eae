"""Events on their way to the bus beside the request that made them: nobody who clicks waits for a broker."""

import threading

from core.events import PUBLISHER, REPLIES_APPROVED
from core.ports.bus import Bus
from core.ports.clock import Clock
from core.relay import Relay

_EVERY_SECONDS = 5.0


class RingingRelay(Relay):
    """A relay whose `flush` only rings; `RelayService` does the work. The events are safe in the outbox meanwhile."""

    def __init__(self) -> None:
        self.rung = threading.Event()

    def flush(self) -> int:
        """Ask for a flush; none has happened yet when this returns."""
        self.rung.set()
        return 0


class RelayService:
    """Answers the `Service` port: flushes when rung, and every few seconds what others may have left.

    It looks at the bus now and then even where nothing waits, so that a process which can't reach it knows.
    """

    name = "relay"

    def __init__(self, relay: Relay, bell: RingingRelay, bus: Bus, clock: Clock) -> None:
        self._relay, self._bell, self._bus, self._clock = relay, bell, bus, clock
        self._looked_at = clock.monotonic() - _EVERY_SECONDS

    def step(self, timeout: float) -> int:
        """Flush what waits; say how many events that were.

        Raises:
            StorageError: the store or the bus can't be reached.
            BackPressureError: the bus is full; events keep waiting.
        """
        rung = self._bell.rung.wait(timeout)
        self._bell.rung.clear()
        now = self._clock.monotonic()
        if now - self._looked_at >= _EVERY_SECONDS:
            self._bus.lag(PUBLISHER, REPLIES_APPROVED)
            self._looked_at = now
            rung = True
        return self._relay.flush() if rung else 0

    def close(self) -> None:
        """Nothing is held."""
