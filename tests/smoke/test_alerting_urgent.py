"""Paging over urgent cases on the real bus and store: once though two workers see it, and by how cases stand then."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from structlog.testing import capture_logs

from core.alert import AlertEvent, Level
from core.case import Case, CaseState, Grade
from core.escalation import Deed, id_of_urgent, urgent_handling
from core.paging import PageKind
from tests.backends import StoreAt
from tests.contract.things import case
from tests.smoke.test_alerting_escalation import House, alert

BRAND, URGENT = "Nimbus", id_of_urgent("Nimbus")


@pytest.fixture
def house(tmp_path: Path, store_at: StoreAt) -> Iterator[House]:
    one = House(tmp_path, store_at)
    yield one
    one.close()


def opens(house: House, number: int = 0, brand: str = BRAND) -> Case:
    """A case is opened as urgent, as the responding worker does it."""
    now = house.clock.now()
    made = case(number, brand=brand, grade=Grade.URGENT, opened_at=now, limit_at=now + timedelta(hours=1))
    with house.store.unit() as unit:
        unit.put_case(made, ())
        unit.handle(urgent_handling(made.id, 0, now))
    return made


def becomes(house: House, made: Case, state: CaseState, **fields: object) -> None:
    with house.store.unit() as unit:
        now = house.store.case(made.id)
        assert now
        assert unit.change_case(msgspec.structs.replace(now, state=state, **fields))


def test_of_two_workers_one_pages_and_all_cases_of_the_brand_are_one_page(house: House) -> None:
    workers = house.worker(), house.worker()
    for number in range(5):
        opens(house, number)
    threads = [threading.Thread(target=house.settle, args=(worker,)) for worker in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    for worker in workers:
        house.settle(worker)
    assert [(page.person, page.kind) for page in house.sms.pages] == [("Mei-Ling", PageKind.OPENED)]
    assert (house.sms.pages[0].incident, house.sms.pages[0].level) == (URGENT, Level.ORANGE)
    assert not house.store.waiting_handlings(9)
    state = house.store.escalation(URGENT)
    assert state
    assert state.cases
    assert state.cases.count == 5


def test_who_is_just_about_to_be_paged_is_left_in_peace_when_it_was_answered_meanwhile(house: House) -> None:
    worker = house.worker()
    made = opens(house)
    house.settle(worker)
    becomes(house, made, CaseState.ANSWERED)
    house.forward(worker, minutes=5)
    assert [(page.person, page.kind) for page in house.sms.pages] == [
        ("Mei-Ling", PageKind.OPENED),
        ("Mei-Ling", PageKind.RESOLVED),
    ]
    assert house.email.pages == []
    house.forward(worker, hours=3)
    state = house.store.escalation(URGENT)
    assert state
    assert (state.ended, state.due) == (True, None)


@pytest.mark.parametrize("state", [CaseState.CLAIMED, CaseState.APPROVED])
def test_whoever_works_on_it_has_it_in_hand(house: House, state: CaseState) -> None:
    worker = house.worker()
    made = opens(house)
    house.settle(worker)
    becomes(house, made, state, claimed_by="Bo")
    house.forward(worker, minutes=10)
    assert [page.kind for page in house.sms.pages] == [PageKind.OPENED, PageKind.ACKNOWLEDGED]
    found = house.store.escalation(URGENT)
    assert found
    assert (found.acknowledged_by, found.ended) == ("Bo", False)


def test_what_was_left_lying_before_pages_nobody_and_does_not_keep_it_going(house: House) -> None:
    old = opens(house, 7)
    for waiting in house.store.waiting_handlings(9):
        with house.store.unit() as unit:
            unit.finish_handling(waiting.id)
    house.clock.forward(hours=30)
    worker = house.worker()
    house.settle(worker)
    assert house.sms.pages == []
    new = opens(house, 8)
    house.settle(worker)
    becomes(house, new, CaseState.RESOLVED)
    house.forward(worker, minutes=2)
    assert [page.kind for page in house.sms.pages] == [PageKind.OPENED, PageKind.RESOLVED]
    assert house.store.case(old.id)


def test_whoever_has_the_brands_grave_incident_is_asked_first(house: House) -> None:
    worker = house.worker()
    house.publish(alert(AlertEvent.OPENED, Level.ORANGE))
    house.settle(worker)
    house.does("Bo", Deed.ACKNOWLEDGED)
    house.settle(worker)
    told = len(house.sms.pages)
    opens(house)
    house.settle(worker)
    assert (house.email.pages[-1].person, house.email.pages[-1].incident) == ("Bo", URGENT)
    assert len(house.sms.pages) == told
    house.forward(worker, minutes=5)
    assert house.sms.pages[-1].incident == URGENT


def test_nobody_is_paged_over_a_case_of_a_brand_that_was_made_up_or_that_was_erased(house: House) -> None:
    worker = house.worker(invented=frozenset({"Nobody"}))
    opens(house, brand="Nobody")
    with house.store.unit() as unit:
        unit.handle(urgent_handling("c-gone", 0, house.clock.now()))
    house.settle(worker)
    assert (house.sms.pages, list(house.store.waiting_handlings(9))) == ([], [])


def test_the_log_says_which_case_and_why(house: House) -> None:
    worker = house.worker()
    with capture_logs() as lines:
        made = opens(house)
        house.settle(worker)
    (line,) = (line for line in lines if line["event"] == "urgent_case")
    assert (line["brand"], line["case"], line["reason"]) == (BRAND, made.id, made.why_grade["en"])


def test_of_an_invented_brand_the_log_has_it_only_for_whoever_looks_into_everything(house: House) -> None:
    worker = house.worker(invented=frozenset({"Nobody"}), people=())
    with capture_logs() as lines:
        opens(house, 1, brand="Nobody")
        opens(house, 2)
        house.settle(worker)
    told = {line["brand"]: line["log_level"] for line in lines if line["event"] == "urgent_case"}
    assert told == {"Nobody": "debug", BRAND: "warning"}
