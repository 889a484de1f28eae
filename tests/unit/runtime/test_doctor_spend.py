"""What `sixminute doctor` says of money."""

import re

import pytest

from core.ports.source import Read
from core.spend import Budgets
from ingest.settings import SourceSettings
from runtime.commands.doctor_sources import spend
from runtime.settings import Settings

X = SourceSettings(name="all of x", kind="x")


@pytest.mark.parametrize(
    ("posts", "settings", "says"),
    [
        (0, Settings(), "no network bills for what is read"),
        (0, Settings(sources=(X,)), r"x bills for what is read: set a budget, \[budgets\] x = … in sixminute.toml"),
        (9, Settings(sources=(X,)), r"x: \$0.04 spent this month, about .*; there is no budget. x bills .*"),
        (
            9,
            Settings(sources=(X,), budgets=Budgets(x=90)),
            r"x: \$0.04 of \$90.00 are spent, and about .* of the month.",
        ),
        (9, Settings(budgets=Budgets(x=0.04)), r"x: \$0.04 of \$0.04 are spent. Until the month ends .*"),
    ],
)
def test_what_was_spent_and_what_to_do(application, posts: int, settings: Settings, says: str) -> None:
    with application.house.store.unit() as unit:
        unit.bill("x", [Read(resource="post", ids=tuple(map(str, range(posts))))], application.clock.now())
    assert re.fullmatch(says, spend(settings, application.house.store, application.clock.now()))
