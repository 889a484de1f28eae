"""Looks at bus and store every few seconds for the metrics, so that nobody who asks for them waits for a server."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from msgspec import Struct

from core.errors import SixminuteError
from core.events import CONSUMERS, MENTIONS_RAW, SENTIMENT, TOPICS
from core.ports.bus import Bus
from core.ports.clock import Clock
from core.ports.store import Store
from core.sight import BLIND
from core.spend import Budgets, Prices, Spend
from core.spending import spends_in
from runtime.heartbeat import WORKERS, stage_of

EVERY_SECONDS = 10.0
OLDEST_SECONDS = 3 * EVERY_SECONDS
"""What was seen longer ago is not told any more: whoever looks may hang."""

_MOST_INCIDENTS = 200

LAST_DAY = timedelta(hours=24)

Seen = TypeVar("Seen")


class View(Struct, frozen=True, kw_only=True):
    """What one process tells of bus and store, so that all together tell everything once.

    - `role`: the stage of a worker, or ``api`` or ``up``; `holder`: who we are among all processes.
    - `groups`: consumer groups whose lag is told; `sources`: those that we may run.
    - `stages`: those whose workers are counted; `here`: those that run in this process without a sign of life.
    - `everything`: whether we tell what is the same for all: cases, the outbox, dead letters, workers, money.
    - `live`: sources that an incident is about where they don't see.
    - `prices`, `budgets`: of the networks that bill for reading.
    """

    role: str
    holder: str = ""
    groups: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    stages: tuple[str, ...] = ()
    here: tuple[str, ...] = ()
    everything: bool = False
    live: tuple[str, ...] = ()
    prices: Prices = Prices()
    budgets: Budgets = Budgets()


class OfBus(Struct, frozen=True, kw_only=True):
    """Messages that a (group, topic) has still to do; dead letters by topic."""

    lag: Mapping[tuple[str, str], int]
    dead: Mapping[str, int]


class OfStore(Struct, frozen=True, kw_only=True):
    """What is in the store now; empty what this process doesn't tell.

    `sources`: whether we run each. `outbox`: events on their way to the bus. `cases`: ``unanswered`` and ``overdue``.
    `responses`: as `Store.first_responses` for the last 24 hours. `workers`: how many of each stage there are.
    `spends`: the month of each network that bills. `blind`: whether an incident says so of each live source.
    """

    sources: Mapping[str, bool]
    blind: Mapping[str, bool] = {}
    outbox: int | None = None
    cases: Mapping[str, int] = {}
    responses: Mapping[str, int] = {}
    workers: Mapping[str, int] = {}
    spends: Sequence[Spend] = ()


class Looking(Generic[Seen]):
    """Answers the `Service` port: looks now and then, and remembers what it saw.

    It never fails: that a server can't be reached is something to be seen.

    Args:
        look: asks the server; None where there is nothing to ask yet.
        clock: says when it is time, and how old it is.
    """

    name = "figures"

    def __init__(self, look: Callable[[], Seen | None], clock: Clock) -> None:
        self._look = look
        self._clock = clock
        self._due = clock.monotonic()
        self._seen: Seen | None = None
        self._seen_at = self._due

    @property
    def seen(self) -> Seen | None:
        """What it saw last; None where the server can't be reached, or doesn't answer."""
        fresh = self._clock.monotonic() - self._seen_at <= OLDEST_SECONDS
        return self._seen if fresh else None

    def step(self, timeout: float) -> int:
        """Look where it is time; else wait."""
        if self._clock.monotonic() < self._due:
            self._clock.sleep(timeout)
            return 0
        self._due = self._clock.monotonic() + EVERY_SECONDS
        try:
            self._seen = self._look()
        except SixminuteError:
            self._seen = None
        self._seen_at = self._clock.monotonic()
        return 0

    def close(self) -> None:
        """Nothing is held."""


def look_at_bus(bus: Bus, view: View) -> OfBus:
    """Lag and dead letters.

    Raises:
        StorageError: the bus can't be reached.
    """
    readers = [(group, topic) for topic, groups in CONSUMERS.items() for group in groups if group in view.groups]
    if not readers:
        # Who reads nothing looks all the same whether the bus is there.
        bus.lag(SENTIMENT, MENTIONS_RAW)
    letters = [f"{topic}.dead" for topic in TOPICS] if view.everything else []
    return OfBus(
        lag={reader: bus.lag(*reader) for reader in readers},
        dead={topic: bus.lag("person", topic) for topic in letters},
    )


def look_at_store(store: Store, view: View, now: datetime) -> OfStore:
    """Sources, and with `View.everything` also the rest.

    Raises:
        StorageError: the store can't be reached.
    """
    living = [lease for lease in store.leases() if lease.until > now]
    ours = {lease.name for lease in living if lease.holder == view.holder}
    sources = {name: f"source:{name}" in ours for name in view.sources}
    if not view.everything:
        return OfStore(sources=sources)
    cases = store.case_counts("", now, now)
    unseen = {
        each.source for each in store.incidents(open_only=True, limit=_MOST_INCIDENTS).items if each.rule == BLIND
    }
    workers = [stage_of(lease) for lease in living if lease.name.startswith(WORKERS)]
    return OfStore(
        sources=sources,
        blind={name: name in unseen for name in view.live},
        outbox=store.waiting(),
        cases={"unanswered": cases["open"], "overdue": cases["overdue"]},
        responses=store.first_responses(now - LAST_DAY),
        workers={stage: workers.count(stage) + (stage in view.here) for stage in view.stages},
        spends=spends_in(store, view.prices, view.budgets, now),
    )
