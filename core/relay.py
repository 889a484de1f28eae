"""From the store's outbox to the bus.

A service decides a change of the store and the events that follow from it in one transaction; the events wait in the
outbox until the bus has them. A crash in between only means that they are published again, with the same ids.
"""

from core.ports.bus import Bus
from core.ports.store import Store

PATIENCE = 5.0
"""Seconds that a relay waits for a full bus: meanwhile it holds its turn, and others wait for that."""

_AT_ONCE = 500


class Relay:
    """Brings waiting events to the bus, oldest first, one relay at a time however many processes there are."""

    def __init__(self, store: Store, bus: Bus) -> None:
        self._store = store
        self._bus = bus

    def flush(self) -> int:
        """Publish everything that waits; say how many events that were.

        When it returns, what waited when it was called is on the bus, be it through this relay or another.

        Raises:
            BackPressureError: the bus is full; what was not accepted keeps waiting.
        """
        published = 0
        while self._store.waiting():
            with self._store.outgoing(_AT_ONCE) as items:
                self._bus.publish([item.message for item in items], PATIENCE)
            published += len(items)
        return published
