"""What stands in the store of a month's spend."""

from collections.abc import Sequence
from datetime import datetime

from core.ports.store import Store
from core.spend import Budgets, Prices, Spend, needed_since, spends


def spends_in(store: Store, prices: Prices, budgets: Budgets, now: datetime) -> Sequence[Spend]:
    """How the month stands of every network that has billed something in it or has a budget.

    Raises:
        StorageError: the store can't be read.
    """
    return spends(store.spend(needed_since(now)), prices, budgets, now, store.budget_states())
