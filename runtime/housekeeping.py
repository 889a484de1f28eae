"""What has to be done now and then: old messages leave the bus, and events left by a crash still reach it."""

from datetime import timedelta

from core.ports.bus import Bus
from core.ports.clock import Clock
from core.relay import Relay

_EVERY_SECONDS = 600.0


class Housekeeping:
    """A service like the others, with little to do."""

    name = "housekeeping"

    def __init__(self, bus: Bus, relay: Relay, clock: Clock, retention: timedelta) -> None:
        self._bus, self._relay, self._clock, self._retention = bus, relay, clock, retention
        self._due = clock.monotonic()

    def step(self, timeout: float) -> int:
        """Do what is due; else wait."""
        now = self._clock.monotonic()
        if now < self._due:
            self._clock.sleep(timeout)
            return 0
        self._due = now + _EVERY_SECONDS
        return self._relay.flush() + self._bus.expire(self._clock.now() - self._retention)

    def close(self) -> None:
        """Nothing is held."""
