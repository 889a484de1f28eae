"""A source that many ingest workers know and one at a time runs, under a lease in the store."""

from collections.abc import Callable
from datetime import timedelta

import structlog

from core.ports.clock import Clock
from core.ports.store import Store
from core.service import Service

LEASE = timedelta(seconds=15)
"""How long a worker that died keeps others from its sources."""

_RENEW_SECONDS = LEASE.total_seconds() / 3


class TakingTurns:
    """Answers the `Service` port: does the work while it holds the lease, and waits its turn while it doesn't.

    The lease is looked at before every step. A step that is held up for longer than the lease may overlap with its
    successor's first: both then bring the same events with the same ids, which changes nothing.

    Args:
        name: of the service and of its lease.
        make: makes what does the work, each time that its turn begins.
        store: keeps the lease.
        clock: says how old it is.
        holder: who we are, different for every process.
    """

    def __init__(self, name: str, make: Callable[[], Service], store: Store, clock: Clock, holder: str) -> None:
        self.name = name
        self._make = make
        self._store = store
        self._clock = clock
        self._holder = holder
        self._service: Service | None = None
        self._taken_at: float | None = None
        """When the lease was taken or renewed, by the monotonic clock: the other one may be set back."""
        self._log = structlog.get_logger(__name__)

    def step(self, timeout: float) -> int:
        """One step of the work, or nothing for at most `timeout` seconds.

        Raises:
            SixminuteError: as the work itself, or the store can't be reached. It may then be another's turn.
        """
        if not self._ours():
            if self._service is not None:
                self._log.warning("source_lost", source=self.name, reason="the lease ran out; another worker has it")
                self._end()
            self._clock.sleep(timeout)
            return 0
        if self._service is None:
            self._service = self._make()
            self._log.debug("source_taken", source=self.name, holder=self._holder)
        return self._service.step(timeout)

    def close(self) -> None:
        """End the work and give the lease back, so that another worker needn't wait for it to run out."""
        held, self._taken_at = self._taken_at, None
        self._end()
        if held is not None:
            self._store.drop_lease(self.name, self._holder)
            self._log.debug("source_given_back", source=self.name, holder=self._holder)

    def _ours(self) -> bool:
        began = self._clock.monotonic()
        if self._taken_at is None or began - self._taken_at >= _RENEW_SECONDS:
            now = self._clock.now()
            taken = self._store.take_lease(self.name, self._holder, now, now + LEASE)
            self._taken_at = began if taken else None
        return self._taken_at is not None

    def _end(self) -> None:
        service, self._service = self._service, None
        if service is not None:
            service.close()
