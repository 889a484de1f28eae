"""What every store must do with where paging stands, what was tried, and what people did."""

from datetime import timedelta

import msgspec
import pytest

from core.alert import Level
from core.escalation import Ask, Deed, Escalation, EscalationKind, Passing, UrgentCases
from core.paging import PageKind
from core.ports.store import Store
from tests.contract.things import HOSTILE, WORDS, attempt, escalation, handling, incident
from tests.fakes import MONDAY

SECOND = timedelta(seconds=1)
ASK = Ask(
    page="p-1",
    person="Mei-Ling",
    kind=PageKind.RAISED,
    level=Level.ORANGE,
    at=MONDAY,
    due=MONDAY + SECOND,
    round=2,
    channel="sms",
    sent_at=MONDAY,
    tried=("sms", "email"),
    accepted=("email",),
    broken=("fax",),
    passes=1,
    resting={"email": MONDAY},
    held=True,
    lost=True,
    about="Bo",
    without=("call",),
)
FULL = Escalation(
    incident="i-0001",
    kind=EscalationKind.INCIDENT,
    brand="Kettle",
    source="x",
    level=Level.RED,
    highest=Level.RED,
    risen=True,
    urgent=True,
    episode=2,
    alerts=("a-1", "a-2"),
    alerted_at=MONDAY,
    reached_at=MONDAY,
    step=1,
    round=2,
    last_round=3,
    step_due=MONDAY + SECOND,
    asks=(ASK,),
    told=("Mei-Ling",),
    acknowledged_by="Ada",
    acknowledged_at=MONDAY,
    passing=Passing(to="Bo", by="Ada", kind=PageKind.DELEGATED, due=MONDAY),
    handover_at=MONDAY,
    promised_by="Ada",
    promised_until=MONDAY,
    reminded=1,
    resolved_by="Bo",
    resolved_at=MONDAY,
    quiet_until=MONDAY,
    cases=UrgentCases(count=2, case="c-1", answer_by=MONDAY, why=WORDS, since=MONDAY, claimed_by="Bo"),
    look_due=MONDAY,
    joined_at=MONDAY,
    joined_due=MONDAY,
    ended=False,
    due=MONDAY,
)


def test_a_state_comes_back_as_it_was_kept(store: Store) -> None:
    unset = {field.name for field in msgspec.structs.fields(Escalation) if getattr(FULL, field.name) == field.default}
    assert unset == {"version", "kind"}
    assert store.escalation("i-0001") is None
    with store.unit() as unit:
        assert unit.keep_escalation(FULL)
    assert store.escalation("i-0001") == msgspec.structs.replace(FULL, version=1)


def test_the_states_of_many_are_read_at_once(store: Store) -> None:
    with store.unit() as unit:
        for number in (1, 2, 1_100):
            assert unit.keep_escalation(escalation(number))
    named = [escalation(number).incident for number in range(1, 1_200)]
    found = store.escalations_by_id(named)
    assert found == {name: store.escalation(name) for name in (named[0], named[1], named[1_099])}
    assert store.escalations_by_id([]) == {}


def test_a_state_that_has_moved_on_is_not_replaced(store: Store) -> None:
    with store.unit() as unit:
        assert unit.keep_escalation(escalation(1))
        assert not unit.keep_escalation(escalation(1, step=4))
        assert unit.keep_escalation(escalation(1, version=1, step=5))
        assert not unit.keep_escalation(escalation(1, version=1, step=6))
        assert not unit.keep_escalation(escalation(2, version=1))
    found = store.escalation("i-0001")
    assert found
    assert (found.version, found.step) == (2, 5)
    assert store.escalation("i-0002") is None


def test_only_what_is_due_is_found_the_longest_waiting_first(store: Store) -> None:
    with store.unit() as unit:
        for number, due in enumerate((2, None, 1, 3)):
            unit.keep_escalation(escalation(number, due=None if due is None else MONDAY + due * SECOND))
    assert [one.incident for one in store.due_escalations(MONDAY + 2 * SECOND, 10)] == ["i-0002", "i-0000"]
    assert [one.incident for one in store.due_escalations(MONDAY + 9 * SECOND, 2)] == ["i-0002", "i-0000"]
    assert store.due_escalations(MONDAY, 10) == []


def test_channels_whose_last_try_failed_are_found_with_that_try(store: Store) -> None:
    tries = [
        attempt(0, channel="sms"),
        attempt(1, channel="sms", reason="busy"),
        attempt(2, channel="sms", reason="refused", incident="i-0002"),
        attempt(3, channel="email", reason="refused"),
        attempt(4, channel="email"),
        attempt(5, channel="call"),
        attempt(0, channel="fax", reason="long ago"),
        attempt(6, channel="chat", reason="gone"),
    ]
    with store.unit() as unit:
        for each in tries:
            assert unit.note_attempt(each)
    found = store.failing_channels(MONDAY + timedelta(minutes=1))
    assert list(found) == [tries[7], tries[2]]
    assert not store.failing_channels(MONDAY + timedelta(minutes=7))


def test_attempts_come_in_order_of_time_and_each_counts_once(store: Store) -> None:
    with store.unit() as unit:
        assert unit.note_attempt(attempt(2))
        assert unit.note_attempt(attempt(1, reason="refused"))
        assert not unit.note_attempt(attempt(1, reason="other"))
        assert unit.note_attempt(attempt(1, channel="email"))
        assert unit.note_attempt(attempt(3, incident="i-other"))
    assert store.attempts("i-0001") == [attempt(1, reason="refused"), attempt(1, channel="email"), attempt(2)]
    assert store.attempts("i-none") == []


def test_an_answer_is_noted_with_what_the_channel_took(store: Store) -> None:
    with store.unit() as unit:
        unit.note_attempt(attempt(1, reason="refused"))
        unit.note_attempt(attempt(2))
        unit.note_attempt(attempt(3, person="Bo"))
        unit.note_attempt(attempt(4, channel="email"))
        assert unit.note_answer("i-0001", "Mei-Ling", "sms", MONDAY)
        assert not unit.note_answer("i-0001", "Mei-Ling", "sms", MONDAY + SECOND)
        assert not unit.note_answer("i-0001", "Ada", "sms", MONDAY)
    assert [one.answered_at for one in store.attempts("i-0001")] == [None, MONDAY, None, None]


def test_what_people_did_waits_until_paging_has_taken_note(store: Store) -> None:
    with store.unit() as unit:
        assert unit.handle(handling(1))
        assert unit.handle(handling(2, deed=Deed.DELEGATED, to="Bo"))
        assert not unit.handle(handling(1, by="Bo"))
        assert unit.handle(handling(3, incident="i-other", deed=Deed.PROMISED, until=MONDAY + SECOND))
    assert [one.id for one in store.waiting_handlings(2)] == ["h-0001", "h-0002"]
    with store.unit() as unit:
        assert unit.finish_handling("h-0001")
        assert not unit.finish_handling("h-0001")
        assert not unit.finish_handling("h-none")
    assert [one.id for one in store.waiting_handlings(9)] == ["h-0002", "h-0003"]
    assert store.handlings("i-0001") == [handling(1), handling(2, deed=Deed.DELEGATED, to="Bo")]
    assert store.handlings("i-other")[0].until == MONDAY + SECOND


def test_an_incident_is_passed_on_by_whoever_has_it(store: Store) -> None:
    with store.unit() as unit:
        unit.put_incident(incident(1, acknowledged_by="Ada", acknowledged_at=MONDAY))
        assert not unit.pass_on("i-0001", "Bo", "Cy", MONDAY)
        assert unit.pass_on("i-0001", "Ada", "Bo", MONDAY + SECOND)
    found = store.incident("i-0001")
    assert found
    assert (found.acknowledged_by, found.acknowledged_at) == ("Bo", MONDAY + SECOND)
    with store.unit() as unit:
        assert unit.pass_on("i-0001", "Bo", "", MONDAY)
        assert unit.acknowledge("i-0001", "Cy", MONDAY)


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_names_and_reasons_do_no_harm(store: Store, text: str) -> None:
    with store.unit() as unit:
        unit.keep_escalation(escalation(1, acknowledged_by=text, told=(text,)))
        unit.note_attempt(attempt(1, person=text, reason=text))
        unit.handle(handling(1, by=text, to=text))
    assert store.escalation("i-0001")
    assert len(store.attempts("i-0001")) == len(store.handlings("i-0001")) == 1


def test_erasing_a_brand_takes_its_paging_with_it(store: Store) -> None:
    with store.unit() as unit:
        unit.put_incident(incident(1))
        unit.put_incident(incident(2, brand="Other"))
        for number, brand in ((1, "Kettle"), (2, "Other")):
            unit.keep_escalation(escalation(number, brand=brand))
            unit.note_attempt(attempt(number, incident=f"i-{number:04}"))
            unit.handle(handling(number, incident=f"i-{number:04}"))
    store.erase_brand("Kettle")
    assert store.escalation("i-0001") is None
    assert (store.attempts("i-0001"), store.handlings("i-0001")) == ([], [])
    assert store.escalation("i-0002")
    assert store.attempts("i-0002")
    assert store.handlings("i-0002")
