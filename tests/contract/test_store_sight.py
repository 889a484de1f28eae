"""What every store must keep of sources."""

from datetime import timedelta

import msgspec

from core.alert import Incident, IncidentState, Level
from core.ports.store import Store
from core.sight import SourceGap, SourceState, brought, failed, heard
from tests.contract.things import HOSTILE
from tests.fakes import MONDAY

HOUR = timedelta(hours=1)


def test_how_a_source_stands_is_replaced(store: Store) -> None:
    new = SourceState(name="x", watched_since=MONDAY)
    later = failed(brought(heard(new, MONDAY + HOUR), MONDAY + HOUR), "".join(HOSTILE))
    with store.unit() as unit:
        unit.put_source_state(new)
        unit.put_source_state(msgspec.structs.replace(new, name="a"))
        unit.put_source_state(later)
    first, second = store.source_states()
    assert first == msgspec.structs.replace(new, name="a")
    assert msgspec.structs.replace(second, reason="") == msgspec.structs.replace(later, reason="")
    assert second.reason


def test_gaps_are_found_by_the_time_that_they_touch(store: Store) -> None:
    blind = SourceGap(source="x", since=MONDAY, until=MONDAY + HOUR, reason="no route")
    lost = msgspec.structs.replace(blind, until=MONDAY + HOUR / 2, lost=True)
    other = SourceGap(source="reddit", since=MONDAY + 2 * HOUR, until=MONDAY + 3 * HOUR)
    marks = store.change_marks()
    with store.unit() as unit:
        for gap in (other, blind, lost, msgspec.structs.replace(blind, until=MONDAY + 1.5 * HOUR)):
            unit.put_source_gap(gap)
    found = store.source_gaps(MONDAY + HOUR, MONDAY + 3 * HOUR)
    assert list(found) == [msgspec.structs.replace(blind, until=MONDAY + 1.5 * HOUR), other]
    assert len(store.source_gaps(MONDAY - HOUR, MONDAY + HOUR)) == 2
    assert not store.source_gaps(MONDAY + 3 * HOUR, MONDAY + 4 * HOUR)
    assert store.change_marks()["incidents"] != marks["incidents"]


def test_an_incident_names_its_source(store: Store) -> None:
    incident = Incident(
        id="i", brand="", source="x", state=IncidentState.OPEN, level=Level.YELLOW, peak=Level.YELLOW, rule="blind",
        reason={"en": "blind", "zh-Hant": "", "zh-Hans": ""}, observed=1, expected_low=0, expected_high=1,
        opened_at=MONDAY, updated_at=MONDAY,
    )  # fmt: skip
    with store.unit() as unit:
        unit.put_incident(incident)
    assert store.incident("i") == incident
    assert store.incidents("Acme").items == ()
