"""From the store's outbox to the bus.

A service decides a change of the store and the events that follow from it in one transaction; the events wait in the
outbox until the bus has them. A crash in between only means that they are published again, with the same ids.
"""

import threading

from core.ports import Bus, Store

_AT_ONCE = 500


class Relay:
    """Brings waiting events to the bus, oldest first; the services of one process share one relay."""

    def __init__(self, store: Store, bus: Bus) -> None:
        self._store = store
        self._bus = bus
        self._one_at_a_time = threading.Lock()

    def flush(self) -> int:
        """Publish everything that waits; say how many events that were.

        Raises:
            BackPressureError: the bus is full; what was not accepted keeps waiting.
        """
        published = 0
        with self._one_at_a_time:
            while items := self._store.outbox(_AT_ONCE):
                self._bus.publish([item.message for item in items])
                self._store.clear_outbox([item.number for item in items])
                published += len(items)
        return published
