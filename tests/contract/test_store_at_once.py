"""What every store must do when several workers, each with a store of its own, are at it at once."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from threading import Barrier, Event, Lock, Thread
from typing import Any

import pytest

from adapters.store import SqlStore
from core.alert import BandPoint, TallyEntry
from core.case import CaseState, DeliveryState
from core.events import ALERTS, AlertFired
from core.mention import Label
from core.ports.queries import CaseQuery, MentionQuery
from core.ports.store import Store
from core.ports.unit import Unit
from tests.contract.things import (
    NotYet,
    alert,
    attempt,
    case,
    correction,
    delivery,
    draft,
    escalation,
    handling,
    incident,
    outbox,
    scored,
)
from tests.fakes import MONDAY

WORKERS = 4
# So long a worker is given to come through where it must wait.
PATIENCE = 0.3
MANY = [f"m-{number:04}" for number in range(300)]


@pytest.fixture
def stores(store_url: str) -> Iterator[list[SqlStore]]:
    opened = [SqlStore(store_url) for _ in range(WORKERS)]
    yield opened
    for one in opened:
        one.close()


def at_once(stores: Sequence[Store], work: Callable[[Store, int], Any]) -> list[Any]:
    """Each worker does its work at the same moment; gives back what they said."""
    start = Barrier(len(stores))

    def begin(number: int) -> Any:
        start.wait()
        return work(stores[number], number)

    with ThreadPoolExecutor(len(stores)) as pool:
        return list(pool.map(begin, range(len(stores))))


def in_unit(store: Store, work: Callable[[Unit], Any]) -> Any:
    with store.unit() as unit:
        return work(unit)


def meanwhile(stores: Sequence[Store], first: Callable[[Unit], Any], then: Callable[[], Any]) -> Any:
    """`then` is begun while the unit in which `first` was done is still open, and may be through before it ends."""
    through = Event()
    said: list[Any] = []

    def second() -> None:
        said.append(then())
        through.set()

    with stores[0].unit() as unit:
        first(unit)
        thread = Thread(target=second)
        thread.start()
        through.wait(PATIENCE)
    thread.join()
    return said[0]


def everything_of(unit: Unit) -> None:
    unit.put_mentions([scored(1)])
    unit.put_case(case(1), [draft()])
    unit.put_delivery(delivery(1))


def nothing_is_left(store: Store) -> bool:
    kept = (store.mention("m-0001"), store.case("c-0001"), list(store.drafts("c-0001")), list(store.deliveries()))
    return not any(kept)


def test_a_mention_that_is_written_while_it_is_erased_does_not_come_back(stores: list[SqlStore]) -> None:
    def erase() -> None:
        in_unit(stores[1], lambda unit: unit.erase_mentions(["m-0001"]))

    meanwhile(stores, everything_of, erase)
    assert nothing_is_left(stores[0])


def test_a_mention_that_is_erased_while_it_is_written_does_not_come_back(stores: list[SqlStore]) -> None:
    def write() -> None:
        in_unit(stores[1], everything_of)

    meanwhile(stores, lambda unit: unit.erase_mentions(["m-0001"]), write)
    assert nothing_is_left(stores[0])


def test_what_is_written_while_its_brand_is_erased_goes_too(stores: list[SqlStore]) -> None:
    def write(unit: Unit) -> None:
        everything_of(unit)
        unit.tally("Kettle", [TallyEntry(mention="m-0001", at=MONDAY, negative=True, sensitive=False)])
        unit.claim_series("Kettle", 0)
        unit.put_incident(incident(1))
        unit.emit(ALERTS, "Kettle", AlertFired(id="e", incident="i-0001", alert=alert()))

    assert meanwhile(stores, write, lambda: stores[1].erase_brand("Kettle")) == 1
    assert nothing_is_left(stores[0])
    assert stores[0].series("Kettle", MONDAY) == (0, [])
    assert stores[0].incident("i-0001") is None
    assert stores[0].waiting() == 0


def test_writers_and_erasers_never_wait_for_each_other_in_a_circle(stores: list[SqlStore]) -> None:
    def work(store: Store, number: int) -> None:
        for round_ in range(10):
            ids = [f"m-{number * 1000 + round_ * 20 + one:04}" for one in range(20)]
            with store.unit() as unit:
                if number % 2:
                    unit.erase_mentions([*ids[:5], "m-0001"])
                unit.put_mentions([scored(one, id=id_) for one, id_ in enumerate([*ids, "m-0001", "m-0002"])])
                unit.put_case(case(2), [])
            if number == 0:
                store.erase_brand("Kettle")

    at_once(stores, work)
    assert stores[0].mention("m-0001") is None


def test_the_same_mentions_in_another_order_are_no_trouble(stores: list[SqlStore]) -> None:
    def work(store: Store, number: int) -> None:
        ids = MANY if number % 2 else MANY[::-1]
        for revision in range(8):
            with store.unit() as unit:
                unit.put_mentions([scored(one, id=id_, revision=revision) for one, id_ in enumerate(ids)])
            with store.unit() as unit:
                unit.mark(ids, ("alerted", "seen", "approved", "sent")[revision % 4], MONDAY)

    at_once(stores, work)
    found = stores[0].mentions_by_id(MANY)
    assert len(found) == len(MANY)
    assert {(one.mention.revision, one.budget.sent) for one in found.values()} == {(7, MONDAY)}


def test_a_person_an_edit_and_a_change_of_mind_at_once_leave_one_story(stores: list[SqlStore]) -> None:
    for time in range(6):
        stores[0].erase_brand("Kettle")
        in_unit(stores[0], lambda unit: unit.put_mentions([scored(1)]))
        in_unit(stores[0], lambda unit: unit.correct(correction(1), 0))
        works: list[Callable[[Unit], Any]] = [
            lambda unit: unit.correct(correction(1, label=Label.NEUTRAL), 0),
            lambda unit: unit.uncorrect("m-0001"),
            lambda unit: unit.put_mentions([scored(1, revision=1, text="another")]),
            lambda unit: unit.correct(correction(1), 0),
        ]
        order = works[time % 4 :] + works[: time % 4]
        at_once(stores, lambda store, number, order=order: in_unit(store, order[number]))  # type: ignore[misc]
        stored = stores[0].mention("m-0001")
        assert stored is not None
        assert (stored.mention.revision, stored.score.label, stored.correction) == (1, Label.NEGATIVE, None)
        assert stores[0].corrections().items == ()


def test_the_same_band_in_another_order_is_no_trouble(stores: list[SqlStore]) -> None:
    points = [
        BandPoint(at=MONDAY + timedelta(minutes=n), observed=n, total=n, expected=n, low=0.0, high=9.0)
        for n in range(300)
    ]

    def work(store: Store, number: int) -> None:
        for _ in range(8):
            in_unit(store, lambda unit: unit.put_band("Kettle", points if number % 2 else points[::-1]))

    at_once(stores, work)
    assert list(stores[0].band("Kettle", points[0].at, points[-1].at)) == points


def test_what_several_count_at_once_is_counted_once(stores: list[SqlStore]) -> None:
    def work(store: Store, number: int) -> int:
        entries = [
            TallyEntry(mention=id_, at=MONDAY + timedelta(minutes=one % 7), negative=one % 2 == 0, sensitive=False)
            for one, id_ in enumerate(MANY)
        ]
        with store.unit() as unit:
            changes = unit.tally("Kettle", entries if number % 2 else entries[::-1])
            return sum(change.total for change in changes)

    assert sorted(at_once(stores, work)) == [0, 0, 0, len(MANY)]
    minutes = stores[0].series("Kettle", MONDAY)[1]
    assert sum(minute.total for minute in minutes) == len(MANY)
    assert sum(minute.negative for minute in minutes) == len(MANY) / 2


def test_of_several_who_count_and_claim_one_gets_through_each_time_and_the_counts_are_exact(
    stores: list[SqlStore],
) -> None:
    class Overtaken(Exception):  # noqa: N818 - as the alarm does it
        pass

    def work(store: Store, number: int) -> int:
        counted = attempts = 0
        while counted < 10:
            version, _ = store.series("Kettle", MONDAY)
            entry = TallyEntry(mention=f"m-{number}-{counted}", at=MONDAY, negative=True, sensitive=True)
            attempts += 1
            with suppress(Overtaken), store.unit() as unit:
                assert len(unit.tally("Kettle", [entry])) == 1
                if not unit.claim_series("Kettle", version):
                    raise Overtaken
                counted += 1
        return attempts

    attempts = at_once(stores, work)
    version, (minute,) = stores[0].series("Kettle", MONDAY)
    assert version == minute.total == minute.negative == minute.sensitive == 10 * WORKERS
    assert sum(attempts) >= version


@pytest.mark.parametrize(
    "attempt",
    [
        lambda unit, number: unit.move_delivery("d-0001", DeliveryState.WAITING, DeliveryState.CLAIMED, MONDAY),
        lambda unit, number: unit.change_case(case(1, state=CaseState.CLAIMED, claimed_by=f"worker {number}")),
        lambda unit, number: unit.acknowledge("i-0001", f"worker {number}", MONDAY),
        lambda unit, number: unit.put_case(case(2), [draft(f"worker {number}")]),
        lambda unit, number: unit.put_delivery(delivery(2)),
        lambda unit, number: unit.put_alert(alert(2)),
        lambda unit, number: unit.claim_series("Kettle", 0),
        lambda unit, number: unit.begin_cursor("key", f"worker {number}"),
        lambda unit, number: unit.keep_escalation(escalation(3, step=number)),
        lambda unit, number: unit.keep_escalation(escalation(1, version=1, step=number)),
        lambda unit, number: unit.note_attempt(attempt(2)),
        lambda unit, number: unit.handle(handling(2, by=f"worker {number}")),
        lambda unit, number: unit.finish_handling("h-0001"),
        lambda unit, number: unit.pass_on("i-0001", "", f"worker {number}", MONDAY),
    ],
    ids=[
        *("move_delivery", "change_case", "acknowledge", "put_case", "put_delivery", "put_alert", "claim_series"),
        *("begin_cursor", "keep_escalation first", "keep_escalation", "note_attempt", "handle", "finish_handling"),
        "pass_on",
    ],
)
def test_of_several_who_try_the_same_one_succeeds(stores: list[SqlStore], attempt: Callable[[Unit, int], bool]) -> None:
    with stores[0].unit() as unit:
        everything_of(unit)
        unit.put_incident(incident(1))
        unit.keep_escalation(escalation(1))
        unit.handle(handling(1))
    said = at_once(stores, lambda store, number: in_unit(store, lambda unit: attempt(unit, number)))
    assert sorted(said) == [False, False, False, True]


def test_drafts_that_several_replace_at_once_are_those_of_one(stores: list[SqlStore]) -> None:
    in_unit(stores[0], everything_of)

    def work(store: Store, number: int) -> None:
        for _ in range(5):
            in_unit(store, lambda unit: unit.put_drafts("c-0001", [draft(f"worker {number}")] * 3))

    at_once(stores, work)
    drafts = [one.text for one in stores[0].drafts("c-0001")]
    assert len(drafts) == 3
    assert len(set(drafts)) == 1


def test_whoever_looks_at_the_marks_before_the_data_misses_nothing(stores: list[SqlStore]) -> None:
    reader, *writers = stores
    kept: list[str] = []
    done = Event()

    def read() -> int:
        rounds, last_mark, last_seen = 0, "", set[str]()
        while not done.is_set() or not rounds:
            surely = set(kept)
            mark = reader.change_marks()["cases"]
            if mark == last_mark:
                assert surely <= last_seen
            else:
                last_seen = {one.id for one in reader.cases(CaseQuery(limit=1_000)).items}
            last_mark = mark
            rounds += 1
        return rounds

    def write(store: Store, number: int) -> None:
        for one in range(40):
            made = case(number * 100 + one)
            in_unit(store, lambda unit: unit.put_case(made, []))  # noqa: B023 - called at once
            kept.append(made.id)

    with ThreadPoolExecutor(1) as pool:
        reading = pool.submit(read)
        at_once(writers, write)
        done.set()
        assert reading.result() > 1
    assert len(reader.cases(CaseQuery(limit=1_000)).items) == 40 * len(writers)


def test_each_event_is_in_the_hands_of_one_and_those_of_a_key_leave_in_order(stores: list[SqlStore]) -> None:
    bus: dict[str, list[str]] = defaultdict(list)
    at_work = Lock()

    def relay(store: Store) -> None:
        while store.waiting():
            with store.outgoing(3) as items:
                assert at_work.acquire(blocking=False), "two have events in hand"
                for item in items:
                    bus[item.message.key].append(item.message.trace)
                at_work.release()

    def work(store: Store, number: int) -> None:
        for event in range(15):
            key = f"i-{event % 3:04}"
            with store.unit() as unit:
                # Said before the change: what counts is whose change comes first.
                unit.emit(ALERTS, key, AlertFired(id="e", incident=key, alert=alert()), f"{number} {event}")
                unit.emit(ALERTS, f"worker {number}", AlertFired(id="e", incident=key, alert=alert()), f"{event:03}")
                unit.claim_series(key, 0)
            relay(store)

    at_once(stores, work)
    assert stores[0].waiting() == 0
    assert sorted(trace for number in range(3) for trace in bus[f"i-{number:04}"]) == sorted(
        f"{number} {event}" for number in range(WORKERS) for event in range(15)
    )
    for number in range(WORKERS):
        assert bus[f"worker {number}"] == [f"{event:03}" for event in range(15)]


def test_events_of_one_key_leave_in_the_order_of_the_changes_whenever_they_are_told(stores: list[SqlStore]) -> None:
    in_unit(stores[0], everything_of)
    fired = AlertFired(id="e", incident="i", alert=alert())
    through = Event()

    def second() -> None:
        with stores[1].unit() as unit:
            unit.emit(ALERTS, "c-0001", fired, "second")
            unit.put_drafts("c-0001", [draft("second")])
        through.set()

    thread = Thread(target=second)
    with stores[0].unit() as unit:
        unit.put_drafts("c-0001", [draft("first")])
        thread.start()
        assert not through.wait(PATIENCE)
        unit.emit(ALERTS, "c-0001", fired, "first")
    thread.join()
    assert [one.text for one in stores[0].drafts("c-0001")] == ["second"]
    assert [message.trace for message in outbox(stores[0])] == ["first", "second"]


def test_who_comes_while_another_has_events_in_hand_waits_and_gets_what_is_left(stores: list[SqlStore]) -> None:
    with stores[0].unit() as unit:
        for number in range(5):
            unit.emit(ALERTS, f"{number}", AlertFired(id="e", incident="i", alert=alert()))
    got: list[list[str]] = []
    through = Event()

    def second() -> None:
        with stores[1].outgoing(10) as items:
            got.append([item.message.key for item in items])
        through.set()

    thread = Thread(target=second)
    with stores[0].outgoing(3) as items:
        thread.start()
        assert not through.wait(PATIENCE)
        got.append([item.message.key for item in items])
    thread.join()
    assert got == [["0", "1", "2"], ["3", "4"]]


def test_who_fails_with_events_in_hand_leaves_them_to_the_next(stores: list[SqlStore]) -> None:
    in_unit(stores[0], lambda unit: unit.emit(ALERTS, "kept", AlertFired(id="e", incident="i", alert=alert())))
    with pytest.raises(NotYet), stores[0].outgoing(3):
        raise NotYet
    with stores[1].outgoing(3) as items:
        assert [item.message.key for item in items] == ["kept"]


def test_a_failure_of_one_unit_is_no_trouble_for_others(stores: list[SqlStore]) -> None:
    def work(store: Store, number: int) -> None:
        for one in range(10):
            with suppress(NotYet), store.unit() as unit:
                unit.put_mentions([scored(number * 10 + one)])
                if one % 2:
                    raise NotYet

    at_once(stores, work)
    assert len(stores[0].mentions(MentionQuery(limit=100)).items) == 5 * WORKERS
