"""A preview judges by what is known of when a brand was watched, as the worker does."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from adapters.store import SqlStore
from alerting.preview import Previewer
from alerting.settings import AlertingSettings
from alerting.sights import Sights
from core.alert import TallyEntry
from core.ports.clock import Clock
from core.sight import SourceGap, SourceState
from runtime.settings import Settings
from runtime.wiring.house import House, open_house
from runtime.wiring.preview import previewing
from tests.fakes import FakeClock

SETTINGS = AlertingSettings()
DAY = timedelta(days=1)


def silent_and_then_loud(store: SqlStore, clock: Clock, burst: datetime) -> None:
    """Nobody spoke of a brand that was watched for a long time; then many did, within a few minutes."""
    now = clock.now()
    early = FakeClock(now - 70 * DAY)
    Sights(store, early, SETTINGS).begin(["Acme"])
    entries = [TallyEntry(mention="m", at=now - 65 * DAY, negative=False, sensitive=False)]
    entries += [
        TallyEntry(mention=f"m-{n}", at=burst + timedelta(seconds=9 * n), negative=True, sensitive=False)
        for n in range(6)
    ]
    with store.unit() as unit:
        unit.put_source_state(SourceState(name="x", watched_since=early.now(), heard_at=now))
        unit.tally("Acme", entries)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    opened = open_house(Settings(data_dir=tmp_path), FakeClock())
    yield opened
    opened.close()


def test_a_brand_that_was_watched_and_silent_is_judged_by_its_silence(house: House) -> None:
    silent_and_then_loud(house.store, house.clock, house.clock.now() - DAY)
    asked = "Acme", {}, 5, house.clock.now()
    (told,) = previewing(house.store, house.clock, SETTINGS)(*asked).present.incidents
    assert Previewer(house.store, SETTINGS).preview(*asked).present.incidents != (told,)


def test_what_was_not_seen_before_the_range_is_no_silence(house: House) -> None:
    now = house.clock.now()
    silent_and_then_loud(house.store, house.clock, now - 30.5 * DAY)
    asked = "Acme", {}, 31, now
    assert len(previewing(house.store, house.clock, SETTINGS)(*asked).present.incidents) == 1
    with house.store.unit() as unit:
        unit.put_source_gap(SourceGap(source="x", since=now - 69 * DAY, until=now - 30.6 * DAY, lost=True))
    for changes in ({}, {"history_days": "35"}):
        found = previewing(house.store, house.clock, SETTINGS)("Acme", changes, 31, now)
        assert (found.present.incidents, found.proposed.incidents) == ((), ())
