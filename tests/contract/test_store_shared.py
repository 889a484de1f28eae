"""What every store must do whatever the subject: transactions, the outbox, change marks, erasing a brand."""

from contextlib import closing, suppress
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from adapters.database import Database
from adapters.store import SqlStore
from adapters.tables_brands import mentions
from core.alert import BandPoint, TallyEntry
from core.case import CaseState, DeliveryState
from core.events import ALERTS, DRAFTS, MENTIONS_RAW, AlertFired, DraftsReady, decode, received_event
from core.mention import Label
from core.ports.bus import Bus
from core.ports.queries import CaseQuery, MentionQuery
from core.ports.store import Store
from core.ports.unit import Unit
from core.relay import Relay
from tests.contract.things import (
    HOSTILE,
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

BAND = BandPoint(at=MONDAY, observed=1.0, total=2.0, expected=1.0, low=0.0, high=3.0)
ENTRY = TallyEntry(mention="m-0001", at=MONDAY, negative=True, sensitive=True)
EVENT = AlertFired(id="e", incident="i-0000", alert=alert())


def fill(unit: Unit, brand: str = "Kettle", number: int = 1) -> None:
    """Everything a unit can do, for one brand."""
    name = f"{number:04}"
    unit.put_mentions([scored(number, brand=brand)])
    unit.mark([f"m-{name}"], "alerted", MONDAY)
    unit.correct(correction(number, brand=brand), 0)
    unit.tally(brand, [TallyEntry(mention=f"m-{name}", at=MONDAY, negative=True, sensitive=False)])
    unit.claim_series(brand, 0)
    unit.put_band(brand, [BAND])
    unit.put_incident(incident(number, brand=brand))
    unit.put_alert(alert(number, brand=brand, incident=f"i-{name}"))
    unit.acknowledge(f"i-{name}", "Ada", MONDAY)
    unit.keep_escalation(escalation(number, brand=brand))
    unit.note_attempt(attempt(number, incident=f"i-{name}"))
    unit.note_answer(f"i-{name}", "Mei-Ling", "sms", MONDAY)
    unit.handle(handling(number, incident=f"i-{name}"))
    unit.finish_handling(f"h-{name}")
    unit.pass_on(f"i-{name}", "Ada", "Bo", MONDAY)
    unit.put_case(case(number, brand=brand), [draft()])
    unit.change_case(case(number, brand=brand, state=CaseState.CLAIMED))
    unit.put_drafts(f"c-{name}", [draft("other")])
    unit.put_delivery(delivery(number, brand=brand))
    unit.move_delivery(f"d-{name}", DeliveryState.WAITING, DeliveryState.CLAIMED, MONDAY)


def kept(store: Store, brand: str = "Kettle") -> list[object]:
    """All that can be read about one brand."""
    cases = store.cases(CaseQuery(brand=brand, states=tuple(CaseState))).items
    incidents = store.incidents(brand).items
    return [
        store.mentions(MentionQuery(brand=brand)).items,
        store.corrections(brand).items,
        list(store.review_counts(brand, MONDAY)),
        list(store.label_counts(brand, MONDAY, MONDAY + timedelta(days=1))),
        [store.series(brand, MONDAY)] if store.series(brand, MONDAY) != (0, []) else [],
        list(store.band(brand, MONDAY, MONDAY)),
        incidents,
        [one for found in incidents for one in store.alerts(found.id)],
        [one for found in incidents if (one := store.escalation(found.id))],
        [one for found in incidents for one in (*store.attempts(found.id), *store.handlings(found.id))],
        cases,
        [one for found in cases for one in store.drafts(found.id)],
        [one for one in store.deliveries() if one.brand == brand],
    ]


def test_every_unit_can_be_repeated_without_harm(store: Store) -> None:
    with store.unit() as unit:
        fill(unit)
        unit.save_cursor("source", "7")
    once = kept(store)
    assert all(once)
    with store.unit() as unit:
        fill(unit)
        unit.save_cursor("source", "7")
    assert kept(store) == once
    assert store.cursor("source") == "7"


def test_a_unit_that_fails_leaves_nothing_and_the_next_one_works(store: Store) -> None:
    marks = store.change_marks()
    with suppress(ZeroDivisionError), store.unit() as unit:
        fill(unit)
        unit.save_cursor("source", "7")
        unit.emit(ALERTS, "Kettle", EVENT)
        raise ZeroDivisionError
    assert not any(kept(store))
    assert store.cursor("source") == ""
    assert store.waiting() == 0
    assert store.change_marks() == marks
    with store.unit() as unit:
        fill(unit)
    assert all(kept(store))


def test_nothing_of_a_unit_is_seen_before_it_ends(store: Store, store_url: str) -> None:
    other = SqlStore(store_url)
    with store.unit() as unit:
        fill(unit)
        assert not any(kept(store))
        assert not any(kept(other))
    assert kept(other) == kept(store)
    assert all(kept(other))
    other.close()


def test_who_reads_sees_one_state_whatever_others_write_meanwhile(store: Store, store_url: str) -> None:
    with closing(Database(store_url)) as database, database.reading() as connection:
        counted = select(func.count()).select_from(mentions)
        before = connection.execute(counted).scalar_one()
        with store.unit() as unit:
            fill(unit)
        assert connection.execute(counted).scalar_one() == before == 0
    assert all(kept(store))


def test_text_is_ordered_by_its_characters_numbers_and_not_as_in_a_dictionary(store: Store) -> None:
    names = [
        "",
        " a",
        "A b",
        "B",
        "Z",
        "a",
        "a b",
        "ab",
        "b",
        "z",
        "\u00c4",
        "\u00e4",
        "\u6c34\u58fa",
        "\ufffd",
        "\U0001f600",
    ]
    with store.unit() as unit:
        unit.put_mentions([scored(1, id=f"m {name}", brand=name, created_at=MONDAY) for name in reversed(names)])
        for name in names:
            unit.put_case(case(1, id=name, opened_at=MONDAY), [])
    assert list(store.brands()) == names
    assert [case_.id for case_ in store.cases(CaseQuery()).items] == names
    found, query = [], MentionQuery(limit=2)
    while page := store.mentions(query):
        found += [one.mention.brand for one in page.items]
        if not page.next:
            break
        query = MentionQuery(limit=2, cursor=page.next)
    assert found == names[::-1]


def test_cursors_are_remembered_by_name(store: Store) -> None:
    for value in ("1", "2", "2"):
        with store.unit() as unit:
            unit.save_cursor("a", value)
            unit.save_cursor("b\ud800", "x")
    assert (store.cursor("a"), store.cursor("b\ud800"), store.cursor("c")) == ("2", "x", "")


def test_a_value_that_is_there_already_stays(store: Store) -> None:
    with store.unit() as unit:
        assert unit.begin_cursor("key", "first")
        assert not unit.begin_cursor("key", "second")
    with store.unit() as unit:
        assert not unit.begin_cursor("key", "third")
    assert store.cursor("key") == "first"


def test_the_outbox_gives_events_in_order_and_keeps_them_until_they_are_published(store: Store) -> None:
    for number in range(5):
        with store.unit() as unit:
            unit.emit(ALERTS, f"brand {number}", EVENT, f"trace {number}")
    with suppress(NotYet), store.outgoing(2) as items:
        raise NotYet
    with store.outgoing(2) as items:
        assert [(item.message.key, item.message.trace) for item in items] == [
            ("brand 0", "trace 0"),
            ("brand 1", "trace 1"),
        ]
        assert decode(items[0].message.value, AlertFired) == EVENT
        assert store.waiting() == 5
    assert store.waiting() == 3
    with store.outgoing(10) as items:
        assert [item.message.key for item in items] == ["brand 2", "brand 3", "brand 4"]
        with store.unit() as unit:
            unit.emit(ALERTS, "younger", EVENT)
    assert [(message.key, message.trace) for message in outbox(store)] == [("younger", "")]
    with store.outgoing(10):
        pass
    with store.outgoing(10) as items:
        assert list(items) == []


@pytest.mark.parametrize("text", HOSTILE)
def test_an_event_with_hostile_text_can_be_read_again(store: Store, text: str) -> None:
    kept = text.replace("\x00", "\ufffd").replace("\ud800", "\ufffd").replace("\udfff", "\ufffd")
    with store.unit() as unit:
        unit.emit(DRAFTS, text, DraftsReady(id="e", case="c", mention_id="m", drafts=(draft(text),)))
    (message,) = outbox(store)
    assert message.key == kept
    assert decode(message.value, DraftsReady).drafts == (draft(kept),)


def test_a_unit_inside_another_is_refused_instead_of_waiting_for_itself(store: Store) -> None:
    with store.unit(), pytest.raises(RuntimeError, match="inside another"):
        store.erase_brand("Kettle")
    store.erase_brand("Kettle")


def test_the_relay_brings_waiting_events_to_the_bus(store: Store, bus: Bus) -> None:
    with store.unit() as unit:
        unit.emit(ALERTS, "Kettle", EVENT)
    relay = Relay(store, bus)
    assert relay.flush() == 1
    assert relay.flush() == 0
    assert [decode(item.value, AlertFired) for item in bus.browse(ALERTS)] == [EVENT]


@pytest.mark.parametrize(
    ("subject", "method", "values"),
    [
        ("mentions", "put_mentions", ([scored(2)],)),
        ("mentions", "mark", (["m-0001"], "seen", MONDAY)),
        ("mentions", "erase_mentions", (["m-0001"],)),
        ("cases", "erase_mentions", (["m-0001"],)),
        ("deliveries", "erase_mentions", (["m-0001"],)),
        ("mentions", "correct", (correction(1, label=Label.NEUTRAL), 0)),
        ("mentions", "uncorrect", ("m-0001",)),
        ("mentions", "tally", ("Kettle", [TallyEntry(mention="m", at=MONDAY, negative=False, sensitive=False)])),
        ("incidents", "put_band", ("Kettle", [BAND])),
        ("incidents", "put_incident", (incident(2),)),
        ("incidents", "put_alert", (alert(2),)),
        ("incidents", "acknowledge", ("i-0002", "Bo", MONDAY)),
        ("incidents", "note_attempt", (attempt(2),)),
        ("incidents", "note_answer", ("i-0001", "Mei-Ling", "email", MONDAY)),
        ("incidents", "handle", (handling(2),)),
        ("incidents", "finish_handling", ("h-0003",)),
        ("incidents", "pass_on", ("i-0001", "Bo", "Cy", MONDAY)),
        ("cases", "put_case", (case(2), [])),
        ("cases", "change_case", (case(1, version=1),)),
        ("cases", "put_drafts", ("c-0001", [])),
        ("deliveries", "put_delivery", (delivery(2),)),
        (
            "deliveries",
            "move_delivery",
            ("d-0001", DeliveryState.CLAIMED, DeliveryState.SENT, MONDAY),
        ),
    ],
)
def test_the_mark_of_a_subject_changes_with_every_change_of_it(
    store: Store, subject: str, method: str, values: tuple[object, ...]
) -> None:
    with store.unit() as unit:
        fill(unit)
        if subject == "incidents":
            unit.put_incident(incident(2))
            unit.note_attempt(attempt(3, channel="email"))
            unit.handle(handling(3))
    before = store.change_marks()
    with store.unit() as unit:
        getattr(unit, method)(*values)
    after = store.change_marks()
    assert before.keys() == after.keys() == {"mentions", "incidents", "cases", "deliveries"}
    assert before[subject] != after[subject]


def test_marks_stay_where_nothing_changed(store: Store) -> None:
    with store.unit() as unit:
        fill(unit)
    before = store.change_marks()
    with store.unit() as unit:
        unit.mark(["m-0001", "m-none"], "alerted", MONDAY)
        unit.tally("Kettle", [TallyEntry(mention="m-0001", at=MONDAY, negative=True, sensitive=False)])
        unit.correct(correction(1), 7)
        unit.uncorrect("m-none")
        unit.put_alert(alert(1))
        unit.acknowledge("i-0001", "Bo", MONDAY)
        unit.keep_escalation(escalation(1))
        unit.note_attempt(attempt(1))
        unit.note_answer("i-0001", "Mei-Ling", "sms", MONDAY)
        unit.handle(handling(1))
        unit.finish_handling("h-0001")
        unit.pass_on("i-0001", "Ada", "Cy", MONDAY)
        unit.put_case(case(1), [])
        unit.change_case(case(1))
        unit.put_delivery(delivery(1))
        unit.save_cursor("a", "b")
    assert store.change_marks() == before


def test_erasing_a_brand_removes_everything_of_it_and_nothing_of_others(store: Store) -> None:
    with store.unit() as unit:
        fill(unit, "Kettle", 1)
        fill(unit, "Other", 2)
        for brand, name in (("Kettle", "0001"), ("Other", "0002")):
            unit.emit(ALERTS, brand, EVENT)
            unit.emit(DRAFTS, f"c-{name}", DraftsReady(id="e", case="c", mention_id="m", drafts=()))
            unit.emit(MENTIONS_RAW, f"m-{name}", received_event(scored(1).mention))
    other, marks = kept(store, "Other"), store.change_marks()
    assert store.erase_brand("Kettle") == 1
    assert store.erase_brand("Kettle") == 0
    assert not any(kept(store, "Kettle"))
    assert kept(store, "Other") == other
    assert list(store.brands()) == ["Other"]
    assert list(store.drafts("c-0001")) == []
    assert [message.key for message in outbox(store)] == ["Other", "c-0002", "m-0002"]
    assert all(store.change_marks()[subject] != mark for subject, mark in marks.items())


def test_an_erased_brand_can_begin_anew_but_erased_mentions_stay_erased(store: Store) -> None:
    with store.unit() as unit:
        fill(unit, "Kettle", 1)
        fill(unit, "Kettle", 2)
        unit.erase_mentions(["m-0002"])
    store.erase_brand("Kettle")
    with store.unit() as unit:
        fill(unit, "Kettle", 1)
        unit.put_mentions([scored(2)])
    assert [item.mention.id for item in store.mentions(MentionQuery()).items] == ["m-0001"]
    assert store.series("Kettle", MONDAY - timedelta(hours=1))[0] == 1
