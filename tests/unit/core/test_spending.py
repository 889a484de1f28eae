"""What the store knows of a month's spend."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.ports.source import Read
from core.spend import Budgets, Noted, Prices, State
from core.spending import spends_in
from tests.backends import open_embedded
from tests.fakes import FakeClock


def test_counts_of_the_month_and_the_week_and_the_state_that_was_noted_are_read(tmp_path: Path) -> None:
    clock = FakeClock(datetime(2026, 6, 3, tzinfo=UTC))
    bus, store = open_embedded(tmp_path, clock)
    with store.unit() as unit:
        for ago in (8, 3, 1):
            ids = tuple(f"{ago} {n}" for n in range(100))
            unit.bill("x", [Read(resource="user", ids=ids)], clock.now() - timedelta(days=ago))
    (found,) = spends_in(store, Prices(), Budgets(x=18.5), clock.now())
    # A dollar this month, two in the three days since the first that is within the week.
    assert found.spent == pytest.approx(1)
    assert found.forecast == pytest.approx(1 + 28 * 2 / 3)
    assert found.state is State.WARNED
    (calm,) = spends_in(store, Prices(), Budgets(x=20), clock.now())
    assert calm.state is State.OK
    with store.unit() as unit:
        unit.note_budget(Noted(network="x", state=State.WARNED, since=clock.now()))
    (still,) = spends_in(store, Prices(), Budgets(x=20), clock.now())
    assert still.state is State.WARNED
    bus.close()
    store.close()
