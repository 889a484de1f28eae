"""What every store must do with cases, drafts and approved replies."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import msgspec
import pytest

from core.case import Case, CaseState, DeliveryState, Grade
from core.errors import InputError
from core.ports.queries import CaseQuery
from core.ports.store import Store
from tests.contract.things import HOSTILE, case, delivery, draft, scored
from tests.fakes import MONDAY

SOON = MONDAY + timedelta(minutes=10)
MICROSECOND = timedelta(microseconds=1)


def put(store: Store, *cases: Case) -> None:
    with store.unit() as unit:
        for one in cases:
            unit.put_case(one, [draft()])


def ids(store: Store, query: CaseQuery) -> list[str]:
    page = store.cases(query)
    found = [one.id for one in page.items]
    while page.next:
        page = store.cases(msgspec.structs.replace(query, cursor=page.next))
        assert page.items
        found += [one.id for one in page.items]
    return found


def test_a_case_is_opened_once_with_its_drafts(store: Store) -> None:
    one = case(1, incident="i", answered_at=MONDAY, resolved_at=MONDAY)
    with store.unit() as unit:
        assert unit.put_case(one, [draft("a"), draft("b")])
        assert not unit.put_case(msgspec.structs.replace(one, channel="ptt"), [draft("c")])
    assert store.case(one.id) == one
    assert list(store.drafts(one.id)) == [draft("a"), draft("b")]
    assert store.case("c-none") is None


def test_drafts_are_replaced_as_a_whole(store: Store) -> None:
    put(store, case(1), case(2))
    for _ in range(2):
        with store.unit() as unit:
            unit.put_drafts("c-0001", [draft("x"), draft("y")])
            unit.put_drafts("c-0002", [])
            unit.put_drafts("c-none", [draft("z")])
    assert [one.text for one in store.drafts("c-0001")] == ["x", "y"]
    assert list(store.drafts("c-0002")) == []
    assert list(store.drafts("c-none")) == []


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_drafts_are_kept(store: Store, text: str) -> None:
    kept = text.replace("\x00", "\ufffd").replace("\ud800", "\ufffd").replace("\udfff", "\ufffd")
    with store.unit() as unit:
        unit.put_case(case(1, themes=(text,)), [draft(text)])
        unit.put_delivery(delivery(1, text=text))
    assert [one.text for one in store.drafts("c-0001")] == [kept]
    assert [one.text for one in store.deliveries()] == [kept]
    found = store.case("c-0001")
    assert found is not None
    assert found.themes == (kept,)


def test_a_case_is_changed_only_on_the_version_it_was_read_at(store: Store) -> None:
    put(store, case(1))
    claimed = case(1, state=CaseState.CLAIMED, claimed_by="Ada", grade=Grade.URGENT)
    with store.unit() as unit:
        assert unit.change_case(claimed)
        assert not unit.change_case(claimed)
        assert not unit.change_case(case(9))
    assert store.case("c-0001") == msgspec.structs.replace(claimed, version=1)


def test_of_two_people_who_claim_a_case_at_once_one_gets_it(store: Store) -> None:
    put(store, case(1))
    start = Barrier(2)

    def claim(name: str) -> bool:
        start.wait()
        with store.unit() as unit:
            return unit.change_case(case(1, state=CaseState.CLAIMED, claimed_by=name))

    with ThreadPoolExecutor(2) as pool:
        won = dict(zip(("Ada", "Bo"), pool.map(claim, ("Ada", "Bo")), strict=True))
    found = store.case("c-0001")
    assert found is not None
    assert sorted(won.values()) == [False, True]
    assert won[found.claimed_by]


def test_by_deadline_the_gravest_comes_first_then_the_nearest_golden_target_then_the_nearest_limit(
    store: Store,
) -> None:
    near, far = MONDAY + timedelta(minutes=5), MONDAY + timedelta(minutes=50)
    in_order = [
        case(8, grade=Grade.URGENT, limit_at=far, golden_at=far),
        case(3, grade=Grade.HIGH, limit_at=near, golden_at=near),
        case(2, grade=Grade.HIGH, limit_at=near, golden_at=far),
        case(7, grade=Grade.HIGH, limit_at=near, golden_at=far),
        case(5, grade=Grade.STANDARD, limit_at=far, golden_at=near),
        case(1, grade=Grade.STANDARD, limit_at=near, golden_at=far),
        case(4, grade=Grade.MINOR, limit_at=near, golden_at=near),
    ]
    put(store, *sorted(in_order, key=lambda one: one.id))
    for limit in (1, 3, 7, 50):
        assert ids(store, CaseQuery(limit=limit)) == [one.id for one in in_order]
        newest = ids(store, CaseQuery(limit=limit, order="newest"))
        assert newest == sorted((one.id for one in in_order), reverse=True)


def test_a_changed_grade_changes_the_place(store: Store) -> None:
    put(store, case(1, grade=Grade.HIGH), case(2, grade=Grade.MINOR))
    with store.unit() as unit:
        unit.change_case(case(2, grade=Grade.URGENT))
    assert ids(store, CaseQuery()) == ["c-0002", "c-0001"]


def test_new_cases_between_two_pages_neither_repeat_nor_hide_others(store: Store) -> None:
    put(store, *[case(number) for number in range(0, 10, 2)])
    first = store.cases(CaseQuery(limit=3))
    put(store, *[case(number) for number in range(1, 10, 2)], case(99, grade=Grade.URGENT))
    assert [one.id for one in first.items] == ["c-0000", "c-0002", "c-0004"]
    assert ids(store, CaseQuery(limit=2, cursor=first.next)) == [f"c-{number:04}" for number in (5, 6, 7, 8, 9)]


def test_cases_are_found_by_brand_and_state(store: Store) -> None:
    put(store, *[case(number, state=state) for number, state in enumerate(CaseState)], case(9, brand="Other"))
    assert ids(store, CaseQuery(brand="Kettle")) == ["c-0000", "c-0001"]
    assert ids(store, CaseQuery(states=(CaseState.RESOLVED, CaseState.ANSWERED))) == ["c-0003", "c-0004"]
    assert ids(store, CaseQuery(brand="Other", order="newest")) == ["c-0009"]


@pytest.mark.parametrize("order", ["deadline", "newest"])
def test_cases_are_found_by_a_range_of_their_limits(store: Store, order: str) -> None:
    put(store, *[case(number, limit_at=MONDAY + timedelta(minutes=number)) for number in range(6)])
    early, late = MONDAY + timedelta(minutes=2), MONDAY + timedelta(minutes=4)
    for since, until, found in (
        (early, late, ["c-0002", "c-0003"]),
        (None, early, ["c-0000", "c-0001"]),
        (late, None, ["c-0004", "c-0005"]),
    ):
        query = CaseQuery(order=order, limit_since=since, limit_until=until, limit=1)
        assert sorted(ids(store, query)) == found


@pytest.mark.parametrize("order", ["deadline", "newest"])
def test_cases_are_found_by_grade_and_by_when_they_were_opened(store: Store, order: str) -> None:
    grades = (Grade.URGENT, Grade.STANDARD, Grade.URGENT, Grade.HIGH)
    put(store, *[case(number, grade=grade) for number, grade in enumerate(grades)])
    assert sorted(ids(store, CaseQuery(order=order, grade=Grade.URGENT, limit=1))) == ["c-0000", "c-0002"]
    since = MONDAY + timedelta(minutes=2)
    assert sorted(ids(store, CaseQuery(order=order, opened_since=since, limit=1))) == ["c-0002", "c-0003"]
    assert ids(store, CaseQuery(order=order, opened_since=since, grade=Grade.URGENT)) == ["c-0002"]


@pytest.mark.parametrize(("order", "other"), [("newest", "deadline"), ("deadline", "newest")])
def test_a_cursor_of_the_other_order_or_none_at_all_is_told_to_the_caller(store: Store, order: str, other: str) -> None:
    put(store, case(1), case(2))
    cursor = store.cases(CaseQuery(order=other, limit=1)).next
    for wrong in (cursor, "nonsense", "\ud800"):
        with pytest.raises(InputError, match="cursor"):
            store.cases(CaseQuery(order=order, cursor=wrong))


def test_counts_for_the_status_strip_leave_out_what_is_answered(store: Store) -> None:
    put(
        store,
        case(1, limit_at=MONDAY - timedelta(microseconds=1)),
        case(2, limit_at=MONDAY),
        case(3, limit_at=SOON - timedelta(microseconds=1), state=CaseState.CLAIMED),
        case(4, limit_at=SOON, grade=Grade.URGENT),
        case(5, limit_at=MONDAY - timedelta(hours=1), state=CaseState.ANSWERED, grade=Grade.URGENT),
        case(6, limit_at=MONDAY, brand="Other"),
    )
    assert store.case_counts("Kettle", MONDAY, SOON) == {"open": 4, "overdue": 1, "soon": 2, "urgent": 1}
    assert store.case_counts("", MONDAY, SOON) == {"open": 5, "overdue": 1, "soon": 3, "urgent": 1}
    assert store.case_counts("None", MONDAY, SOON) == {"open": 0, "overdue": 0, "soon": 0, "urgent": 0}


def test_a_delivery_is_kept_once_and_moves_only_from_the_state_named(store: Store) -> None:
    with store.unit() as unit:
        assert unit.put_delivery(delivery(1))
        assert not unit.put_delivery(delivery(1, text="another"))
    assert list(store.deliveries()) == [delivery(1)]
    waiting, claimed, sent = DeliveryState.WAITING, DeliveryState.CLAIMED, DeliveryState.SENT
    with store.unit() as unit:
        assert not unit.move_delivery("d-none", waiting, claimed, MONDAY)
        assert unit.move_delivery("d-0001", waiting, claimed, MONDAY)
        assert not unit.move_delivery("d-0001", waiting, claimed, MONDAY)
    assert list(store.deliveries()) == [delivery(1, state=claimed, claimed_at=MONDAY)]
    with store.unit() as unit:
        assert unit.move_delivery("d-0001", claimed, sent, SOON, "post 7", would_be_sent=True)
    assert list(store.deliveries()) == [
        delivery(1, state=sent, claimed_at=MONDAY, finished_at=SOON, detail="post 7", would_be_sent=True)
    ]


def test_a_delivery_is_claimed_by_one_of_two_workers(store: Store) -> None:
    with store.unit() as unit:
        unit.put_delivery(delivery(1))
    start = Barrier(2)

    def claim(_: int) -> bool:
        start.wait()
        with store.unit() as unit:
            return unit.move_delivery("d-0001", DeliveryState.WAITING, DeliveryState.CLAIMED, MONDAY)

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(claim, range(2))) == [False, True]


def test_deliveries_are_found_by_case_and_state_newest_first(store: Store) -> None:
    with store.unit() as unit:
        for number in range(4):
            unit.put_delivery(delivery(number, case=f"c-{number % 2}"))
        unit.move_delivery("d-0003", DeliveryState.WAITING, DeliveryState.WITHDRAWN, MONDAY)
    waiting = [DeliveryState.WAITING]
    assert [one.id for one in store.deliveries()] == ["d-0003", "d-0002", "d-0001", "d-0000"]
    assert [one.id for one in store.deliveries(limit=2)] == ["d-0003", "d-0002"]
    assert [one.id for one in store.deliveries("c-1")] == ["d-0003", "d-0001"]
    assert [one.id for one in store.deliveries("c-1", waiting)] == ["d-0001"]


def test_first_responses_are_told_by_the_window_that_they_met(store: Store) -> None:
    golden, limit = MONDAY + timedelta(minutes=6), MONDAY + timedelta(hours=1)
    sent_at = [MONDAY, golden, golden + MICROSECOND, limit, limit + MICROSECOND, None]
    with store.unit() as unit:
        for number, at in enumerate(sent_at):
            unit.put_mentions([scored(number)])
            unit.put_case(case(number, opened_at=MONDAY), [])
            if at:
                unit.mark([f"m-{number:04}"], "sent", at)
        # Its limit comes before the target of its channel.
        unit.put_mentions([scored(10), scored(11), scored(12)])
        unit.put_case(case(10, opened_at=MONDAY, golden_at=limit, limit_at=golden), [])
        # Opened too long ago, and never a case.
        unit.put_case(case(11, opened_at=MONDAY - MICROSECOND), [])
        unit.mark(["m-0010", "m-0011", "m-0012"], "sent", golden + MICROSECOND)
    assert store.first_responses(MONDAY) == {"golden": 2, "limit": 2, "late": 2}
    assert store.first_responses(MONDAY + MICROSECOND) == {"golden": 0, "limit": 0, "late": 0}
