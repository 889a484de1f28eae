"""Workers tell each other that they live, so that the page can say which stage is missing."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from api.parts import NO_WORKER
from core.lease import Lease
from core.ports.clock import Clock
from core.ports.store import Store

LEASE = timedelta(seconds=30)
"""How long after its last sign of life a worker counts as there."""

_EVERY_SECONDS = LEASE.total_seconds() / 3
_FORGOTTEN = timedelta(days=1)
WORKERS = "worker:"
"""How the leases of workers begin."""

_OK = "ok"


class Heartbeat:
    """Answers the `Service` port: keeps a lease in the store that says which stage runs here and how it is.

    Args:
        stage: the stage that runs here.
        holder: who we are, different for every process.
        store: keeps the lease.
        clock: says when the next sign of life is due.
        health: each job of this process with ``ok`` or a sentence.
    """

    name = "heartbeat"

    def __init__(
        self, stage: str, holder: str, store: Store, clock: Clock, health: Callable[[], Mapping[str, str]]
    ) -> None:
        self._lease = f"{WORKERS}{stage}:{holder}"
        self._holder = holder
        self._store = store
        self._clock = clock
        self._health = health
        self._due = clock.monotonic()
        self._told = ""

    def step(self, timeout: float) -> int:
        """Give a sign of life where it is due, or where there is news; else wait.

        Raises:
            StorageError: the store can't be reached.
        """
        now, moment = self._clock.now(), self._clock.monotonic()
        how = next((sentence for sentence in self._health().values() if sentence != _OK), _OK)
        if moment < self._due and how == self._told:
            self._clock.sleep(timeout)
            return 0
        self._store.take_lease(self._lease, self._holder, now, now + LEASE, how)
        for gone in self._store.leases(WORKERS):
            if gone.until < now - _FORGOTTEN:
                self._store.drop_lease(gone.name, gone.holder)
        self._due, self._told = moment + _EVERY_SECONDS, how
        return 0

    def close(self) -> None:
        """Say that this worker is going."""
        self._store.drop_lease(self._lease, self._holder)


def stage_of(lease: Lease) -> str:
    """The stage of the worker whose sign of life this is."""
    return lease.name.split(":")[1]


def living(store: Store, stage: str, now: datetime) -> int:
    """How many workers of a stage are there."""
    return sum(lease.until > now for lease in store.leases(f"{WORKERS}{stage}:"))


def stages_health(store: Store, stages: Sequence[str], now: datetime) -> Mapping[str, str]:
    """Each stage with ``ok`` where one of its workers is well, else a sentence."""
    leases = store.leases(WORKERS)
    return {stage: _health(stage, [each for each in leases if stage_of(each) == stage], now) for stage in stages}


def _health(stage: str, leases: Sequence[Lease], now: datetime) -> str:
    there = [lease for lease in leases if lease.until > now]
    if any(lease.note == _OK for lease in there):
        return _OK
    if there:
        return there[0].note
    if leases:
        seen = max(lease.until for lease in leases) - LEASE
        return f"{NO_WORKER.format(stage=stage)} has given a sign of life since {seen:%H:%M} UTC."
    return f"{NO_WORKER.format(stage=stage)} is running."
