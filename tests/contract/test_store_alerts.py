"""What every store must do with counts, bands, incidents and alerts."""

from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.alert import BandPoint, IncidentState, Level, Peak, Tally, TallyEntry
from core.ports.store import Store
from core.why import Forecast, Grown, Phrase, Repeated, Voice, Why
from tests.contract.things import alert, incident, scored
from tests.fakes import MONDAY

NUMBERS = ("total", "negative", "sensitive", "reach")
Step = tuple[list[TallyEntry], list[str]]

_entries = st.builds(
    TallyEntry,
    mention=st.sampled_from([f"m-{number}" for number in range(6)]),
    at=st.integers(0, 240).map(lambda seconds: MONDAY + timedelta(seconds=seconds)),
    negative=st.booleans(),
    sensitive=st.booleans(),
    reach=st.integers(0, 3),
    segments=st.sampled_from([(), ("source:x",), ("source:x", "theme:price"), ("theme:price",)]),
)
_steps = st.tuples(st.lists(_entries, max_size=5), st.lists(st.sampled_from(["m-0", "m-1", "m-5"]), max_size=2))


def minutes(counted: Mapping[str, TallyEntry]) -> list[Tally]:
    """Counts made from scratch."""
    found: dict[tuple[datetime, str], Counter[str]] = {}
    for entry in counted.values():
        for segment in ("", *entry.segments):
            counts = found.setdefault((entry.at.replace(second=0), segment), Counter())
            counts.update(total=1, negative=entry.negative, sensitive=entry.sensitive, reach=entry.reach)
    return [
        Tally(minute=minute, segment=segment, **{name: counts[name] for name in NUMBERS})
        for (minute, segment), counts in sorted(found.items())
    ]


def added(before: Sequence[Tally], changes: Sequence[Tally]) -> list[Tally]:
    sums = {(tally.minute, tally.segment): tally for tally in before}
    for change in changes:
        place = change.minute, change.segment
        there = sums.get(place)
        if there is None:
            sums[place] = change
            continue
        sums[place] = Tally(
            minute=change.minute,
            segment=change.segment,
            **{name: getattr(there, name) + getattr(change, name) for name in NUMBERS},
        )
    return [sums[place] for place in sorted(sums) if sums[place].total]


def tallied(
    store: Store, entries: Sequence[TallyEntry], gone: Sequence[str] = (), brand: str = "Kettle"
) -> list[Tally]:
    with store.unit() as unit:
        return list(unit.tally(brand, entries, gone))


@given(st.lists(_steps, max_size=8))
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
def test_counts_equal_those_made_from_scratch_whatever_comes_twice_moves_or_goes(
    store: Store, steps: list[Step]
) -> None:
    store.erase_brand("Kettle")
    tallied(store, [TallyEntry(mention="m-0", at=MONDAY, negative=True, sensitive=True)], brand="Other")
    counted: dict[str, TallyEntry] = {}
    for entries, gone in steps:
        before = minutes(counted)
        counted.update({entry.mention: entry for entry in entries})
        for mention in gone:
            counted.pop(mention, None)
        changes = tallied(store, entries, gone)
        places = [(change.minute, change.segment) for change in changes]
        assert places == sorted(set(places))
        assert added(before, changes) == minutes(counted)
        assert store.series("Kettle", MONDAY)[1] == [one for one in minutes(counted) if not one.segment]
        assert store.segments("Kettle", MONDAY) == [one for one in minutes(counted) if one.segment]
        assert tallied(store, entries, gone) == []
    assert store.series("Other", MONDAY)[1] == [Tally(minute=MONDAY, total=1, negative=1, sensitive=1)]


def test_a_redelivery_changes_no_count_and_a_move_changes_two_minutes(store: Store) -> None:
    entry = TallyEntry(mention="m", at=MONDAY + timedelta(seconds=59), negative=True, sensitive=False)
    assert tallied(store, [entry, entry]) == [Tally(minute=MONDAY, total=1, negative=1, sensitive=0)]
    assert tallied(store, [entry]) == []
    later = MONDAY + timedelta(minutes=1)
    moved = msgspec.structs.replace(entry, at=later, sensitive=True)
    assert tallied(store, [moved]) == [
        Tally(minute=MONDAY, total=-1, negative=-1, sensitive=0),
        Tally(minute=later, total=1, negative=1, sensitive=1),
    ]
    assert store.series("Kettle", MONDAY)[1] == store.series("Kettle", later)[1]
    assert tallied(store, [moved], ["m"]) == [Tally(minute=later, total=-1, negative=-1, sensitive=-1)]
    assert store.series("Kettle", MONDAY) == (0, [])


def test_a_change_within_a_minute_moves_only_what_differs(store: Store) -> None:
    entry = TallyEntry(mention="m", at=MONDAY, negative=False, sensitive=False)
    tallied(store, [entry])
    assert tallied(store, [msgspec.structs.replace(entry, at=MONDAY + timedelta(seconds=5))]) == []
    assert tallied(store, [msgspec.structs.replace(entry, negative=True)]) == [
        Tally(minute=MONDAY, total=0, negative=1, sensitive=0)
    ]


def test_a_version_is_claimed_once_however_many_try(store: Store) -> None:
    start = Barrier(2)

    def claim(version: int) -> bool:
        start.wait()
        with store.unit() as unit:
            return unit.claim_series("Kettle", version)

    with ThreadPoolExecutor(2) as pool:
        for version in range(5):
            assert sorted(pool.map(claim, [version, version])) == [False, True]
            assert store.series("Kettle", MONDAY)[0] == version + 1
    with store.unit() as unit:
        assert not unit.claim_series("Kettle", 0)
        assert not unit.claim_series("Kettle", 6)
        assert not unit.claim_series("Other", 1)


def test_a_band_keeps_one_row_for_each_moment(store: Store) -> None:
    points = [
        BandPoint(at=MONDAY + timedelta(minutes=n), observed=n, total=2.5, expected=1.0, low=0.1, high=3.0)
        for n in range(5)
    ]
    for _ in range(2):
        with store.unit() as unit:
            unit.put_band("Kettle", list(reversed(points)))
            unit.put_band("Other", points[:1])
            unit.put_band("None", [])
    newer = msgspec.structs.replace(points[2], observed=99.0, learning=True)
    with store.unit() as unit:
        unit.put_band("Kettle", [newer])
    assert list(store.band("Kettle", points[1].at, points[3].at)) == [points[1], newer, points[3]]


def test_an_incident_is_kept_and_replaced(store: Store) -> None:
    one = incident(1)
    closed = incident(
        1, state=IncidentState.CLOSED, level=Level.BLUE, closed_at=MONDAY, quiet_since=MONDAY, updated_at=MONDAY
    )
    for state in (one, one, closed):
        with store.unit() as unit:
            unit.put_incident(state)
        assert store.incident(one.id) == state
    assert store.incident("i-none") is None


def test_an_acknowledgement_goes_to_the_first_and_outlives_what_the_alarm_writes(store: Store) -> None:
    with store.unit() as unit:
        unit.put_incident(incident(1))
        assert unit.acknowledge("i-0001", "Ada", MONDAY)
        assert not unit.acknowledge("i-0001", "Bo", MONDAY)
        assert not unit.acknowledge("i-none", "Ada", MONDAY)
    with store.unit() as unit:
        unit.put_incident(incident(1, level=Level.RED))
    found = store.incident("i-0001")
    assert found == incident(1, level=Level.RED, acknowledged_by="Ada", acknowledged_at=MONDAY)


def test_incidents_are_listed_newest_first_page_by_page(store: Store) -> None:
    made = [incident(number, opened_at=MONDAY + timedelta(minutes=number // 3)) for number in range(10)]
    closed = incident(10, state=IncidentState.CLOSED)
    other = incident(11, brand="Other")
    with store.unit() as unit:
        for one in [*made, closed, other]:
            unit.put_incident(one)
    found: list[str] = []
    cursor = ""
    while True:
        page = store.incidents("Kettle", open_only=True, cursor=cursor, limit=3)
        found += [one.id for one in page.items]
        cursor = page.next
        if not cursor:
            break
    assert found == [one.id for one in reversed(made)]
    assert [one.id for one in store.incidents(limit=2).items] == ["i-0011", "i-0010"]


def test_alerts_are_kept_once_and_come_in_order_of_time(store: Store) -> None:
    late, early = alert(1, at=MONDAY + timedelta(hours=1)), alert(2)
    also_early = alert(0)
    with store.unit() as unit:
        assert [unit.put_alert(one) for one in (late, early, also_early, late)] == [True, True, True, False]
        unit.put_alert(alert(4, incident="i-other"))
    with store.unit() as unit:
        assert not unit.put_alert(alert(2, observed=0.0))
    assert list(store.alerts("i-0000")) == [early, also_early, late]


def test_a_naive_time_is_refused(store: Store) -> None:
    with pytest.raises(TypeError), store.unit() as unit:
        unit.put_incident(incident(1, opened_at=MONDAY.replace(tzinfo=None)))


def test_peaks_are_kept_and_replaced_by_brand_window_and_half_day(store: Store) -> None:
    def peak(block: int, decades: float, brand: str = "Nimbus") -> Peak:
        return Peak(brand=brand, minutes=60, block=block, decades=decades)

    with store.unit() as unit:
        unit.put_peaks([peak(10, 1.0), peak(11, 2.0), peak(11, 9.0, "Acme")])
        unit.put_peaks([peak(11, 2.5)])
        unit.put_peaks([])
    assert list(store.peaks("Nimbus", 11)) == [peak(11, 2.5)]
    assert {one.block for one in store.peaks("Nimbus", 0)} == {10, 11}
    store.erase_brand("Nimbus")
    assert not store.peaks("Nimbus", 0)
    assert store.peaks("Acme", 0)


def why() -> Why:
    return Why(
        since=MONDAY,
        until=MONDAY + timedelta(hours=1),
        posts=4,
        compared=30,
        usual_since=MONDAY - timedelta(days=7),
        usual_until=MONDAY,
        themes=(Grown(name="safety", posts=3, share=0.75, usual=0.125),),
        phrases=(
            Phrase(text="電池", posts=2, share=0.5, usual=0.0, z=2.5, examples=("m-0000", "m-0001")),
            Phrase(text="only mine", posts=2, share=0.5, usual=0.0, z=2.0, examples=("m-0000",)),
        ),
        repeated=(Repeated(posts=3, authors=2, example="m-0000"),),
        authors=3,
        voices=(Voice(mention="m-0000", followers=900, posts=2), Voice(mention="m-0001", followers=5, posts=1)),
        samples=("m-0000", "m-0002"),
        sources=(Grown(name="x", posts=4, share=1.0, usual=1.0),),
    )


def put_explained(store: Store) -> None:
    forecast = Forecast(level=3, needed=20, at=MONDAY + timedelta(minutes=30), expected=24, until=MONDAY)
    with store.unit() as unit:
        unit.put_mentions([scored(number) for number in range(4)])
        unit.put_incident(incident())
        assert unit.put_alert(alert(0, why=why(), forecast=forecast))
        assert unit.put_alert(alert(1, at=MONDAY + timedelta(minutes=1)))
    assert [(one.why, one.forecast) for one in store.alerts("i-0000")] == [(why(), forecast), (None, None)]


def test_why_an_alert_fired_is_kept_with_it_and_an_alert_without_has_none(store: Store) -> None:
    put_explained(store)


def test_what_is_erased_leaves_the_whys_with_its_author_and_its_words(store: Store) -> None:
    put_explained(store)
    with store.unit() as unit:
        unit.erase_mentions(["m-0000", "m-0003"])
    left = store.alerts("i-0000")[0].why
    assert left is not None
    assert [(phrase.text, phrase.examples) for phrase in left.phrases] == [("電池", ("m-0001",))]
    assert [voice.mention for voice in left.voices] == ["m-0001"]
    assert (left.samples, left.repeated[0].example) == (("m-0002",), "")
    assert (left.posts, left.repeated[0].posts, left.themes) == (4, 3, why().themes)
    with store.unit() as unit:
        unit.erase_mentions(["m-0001", "m-0002"])
    left = store.alerts("i-0000")[0].why
    assert left is not None
    assert (left.phrases, left.voices, left.samples) == ((), (), ())


def test_a_brand_that_is_erased_leaves_no_why_behind(store: Store) -> None:
    put_explained(store)
    store.erase_brand("Kettle")
    assert store.alerts("i-0000") == []
    put_explained(store)


def test_peaks_of_segments_stand_beside_those_of_the_whole(store: Store) -> None:
    whole = Peak(brand="Kettle", minutes=60, block=7, decades=1.5)
    part = Peak(brand="Kettle", segment="theme:price", minutes=60, block=7, decades=2.5)
    with store.unit() as unit:
        unit.put_peaks([whole, part])
        unit.put_peaks([msgspec.structs.replace(part, decades=3.5)])
    assert list(store.peaks("Kettle", 7)) == [whole, msgspec.structs.replace(part, decades=3.5)]
    assert store.peaks("Kettle", 8) == []


def test_the_band_of_a_segment_stands_beside_that_of_the_whole(store: Store) -> None:
    whole = BandPoint(at=MONDAY, observed=9, total=20, expected=4, low=1, high=8)
    part = msgspec.structs.replace(whole, segment="theme:price", observed=3, learning=True)
    later = msgspec.structs.replace(part, at=MONDAY + timedelta(minutes=1))
    with store.unit() as unit:
        unit.put_band("Kettle", [later, whole, part])
        unit.put_band("Kettle", [msgspec.structs.replace(part, observed=5)])
    until = MONDAY + timedelta(minutes=1)
    assert list(store.band("Kettle", MONDAY, until)) == [whole]
    assert list(store.band("Kettle", MONDAY, until, "theme:price")) == [
        msgspec.structs.replace(part, observed=5),
        later,
    ]
    assert store.band("Kettle", MONDAY, until, "theme:refund") == []
    store.erase_brand("Kettle")
    assert store.band("Kettle", MONDAY, until, "theme:price") == []


def test_the_latest_incident_of_each_segment_is_found(store: Store) -> None:
    first = incident(1)
    later = msgspec.structs.replace(first, id="i-2", opened_at=first.opened_at + timedelta(hours=1))
    again = {"reopened_at": later.opened_at, "ended_before": first.opened_at}
    joined = ("source:x", "theme:refund")
    part = msgspec.structs.replace(first, id="i-3", segment="theme:price", joined=joined, **again)
    elsewhere = msgspec.structs.replace(later, id="i-4", brand="Other")
    with store.unit() as unit:
        for one in (first, later, part, elsewhere):
            unit.put_incident(one)
    assert list(store.latest_incidents("Kettle")) == [later, part]
    assert store.latest_incidents("Nobody") == []


def test_an_erased_brand_leaves_no_segments(store: Store) -> None:
    entry = TallyEntry(mention="m-1", at=MONDAY, negative=True, sensitive=False, reach=5, segments=("source:x",))
    tallied(store, [entry])
    with store.unit() as unit:
        unit.put_peaks([Peak(brand="Kettle", segment="source:x", minutes=60, block=7, decades=2.5)])
    store.erase_brand("Kettle")
    assert store.segments("Kettle", MONDAY) == []
    assert store.peaks("Kettle", 0) == []
