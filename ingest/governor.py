"""Sees to what a network bills: counts it, tells when a budget runs low, and says when to read less."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

import structlog

from core.errors import StorageError
from core.ports.clock import Clock
from core.ports.source import Read
from core.ports.store import Store
from core.ports.unit import Unit
from core.spend import Budgets, Noted, Prices, State, said_of
from core.spending import spends_in

EVERY_SECONDS = 60.0
"""How often the store is asked at most."""


class Governor:
    """What is spent on one network, whichever of its sources spends it.

    Args:
        network: who bills; one of `core.spend.BILLED`.
        store: where it is counted.
        clock: says which month it is.
        prices: what resources cost.
        budgets: what may be spent; a network without a budget is never held back.
    """

    def __init__(self, network: str, store: Store, clock: Clock, prices: Prices, budgets: Budgets) -> None:
        self._network = network
        self._store = store
        self._clock = clock
        self._prices = prices
        self._budgets = budgets
        self._looked: float | None = None
        self._state = State.OK
        self._log = structlog.get_logger(__name__)

    def count(self, unit: Unit, reads: Sequence[Read], at: datetime) -> None:
        """Count what was read at a moment, in the unit that keeps the source's place.

        Raises:
            StorageError: the store can't be written.
        """
        unit.bill(self._network, reads, at)

    def narrow(self) -> bool:
        """Whether only what matters most may be read, for a source to ask all the time.

        Where the store can't be asked, what it said last holds.
        """
        # A source is not to lose its connection for that; whoever keeps its place will say so.
        with suppress(StorageError):
            self.look()
        return self._state is State.NARROWED

    def look(self) -> None:
        """See how the budget stands, where the last look is a minute ago; a change of its state is logged once.

        Raises:
            StorageError: the store can't be read or written.
        """
        if getattr(self._budgets, self._network) is None:
            return
        moment = self._clock.monotonic()
        if self._looked is not None and moment - self._looked < EVERY_SECONDS:
            return
        self._looked = moment
        now = self._clock.now()
        told = spends_in(self._store, self._prices, self._budgets, now)
        (spend,) = (each for each in told if each.network == self._network)
        self._state = spend.state
        with self._store.unit() as unit:
            changed = unit.note_budget(Noted(network=self._network, state=spend.state, since=now))
        if changed and spend.state is State.OK:
            self._log.info("budget_well", network=self._network, reason=said_of(spend)["en"])
        elif changed:
            self._log.warning("budget_low", network=self._network, state=spend.state.value, reason=said_of(spend)["en"])
