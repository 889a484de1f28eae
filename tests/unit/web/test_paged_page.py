"""Who was paged, on the alarm page, and the buttons of those who answer."""

import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from api.security import USER_COOKIE
from api.web.paged import paged
from core.alert import Level
from core.escalation import Ask, Deed, Escalation
from core.paging import READER, Attempt, PageKind
from tests.fakes import MONDAY
from tests.unit.web.test_pages import HOSTILE, House

sys.path.insert(0, str(Path(__file__).parents[2] / "browser"))

import seed


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path)
    seed.page(house.store, house.clock.now())
    yield house
    house.close()


def incident(house: House) -> str:
    return next(each.id for each in house.store.incidents(open_only=True).items if each.brand)


def section(house: House) -> str:
    return house.text("/alarm").split('id="paged"')[1].split("</section>")[0]


def sent(house: House, order: str, **fields: str) -> str:
    answer = house.client.post(f"/incidents/{incident(house)}/{order}", data=fields)
    assert answer.status_code == 303
    return answer.headers["location"]


def deeds(house: House) -> list[tuple[str, Deed, str]]:
    return [(one.by, one.deed, one.to) for one in house.store.waiting_handlings(9)]


def test_who_was_paged_over_what_and_whether_they_answered_latest_first(house: House) -> None:
    said = section(house)
    assert "Waiting for an answer from Bo." in said
    rows = [row.split("</li>")[0] for row in said.split("<li>")[1:]]
    for row, words in zip(
        rows,
        (
            ("Bo", "over chat", "level rose", "no answer yet"),
            ("Bo", "over chat", "channel fails", "told"),
            ("Mei-Ling", "over sms", "incident opened", "no answer"),
            ("Mei-Ling", "over chat", "incident opened", "did not get through", "answered 503"),
        ),
        strict=True,
    ):
        assert all(word in row for word in words), row


def test_without_pages_it_says_so(tmp_path: Path) -> None:
    house = House(tmp_path)
    assert "Nobody has been paged over this so far." in house.text("/alarm")
    house.close()


def test_an_answer_holds_for_every_try_of_the_same_page() -> None:
    first = Attempt(page="p", person="Bo", channel="chat", at=MONDAY)
    tried = [first, replace(first, channel="sms", answered_at=MONDAY), replace(first, channel="x", reason="busy")]
    later = replace(first, page="q", kind=PageKind.RAISED)
    assert [row.outcome for row in paged([*tried, later, replace(later, person="Ada")], ["Bo"])] == [
        *("unanswered", "waits"),
        *("refused", "answered", "answered"),
    ]


def test_whoever_has_it_passes_it_on_to_somebody_else(house: House) -> None:
    page = house.text("/alarm")
    assert "<option>Bo</option><option>Wren</option>" in page
    assert sent(house, "delegate", to="Wren") == f"/alarm/{incident(house)}"
    assert deeds(house) == [("Mei-Ling", Deed.ACKNOWLEDGED, ""), ("Mei-Ling", Deed.DELEGATED, "Wren")]
    for wrong in ("Mei-Ling", "Nobody", ""):
        assert "problem=input" in sent(house, "delegate", to=wrong)
    assert len(deeds(house)) == 2


def test_what_somebody_else_has_can_be_resolved_and_not_passed_on(house: House) -> None:
    with house.store.unit() as unit:
        unit.acknowledge(incident(house), "Bo", house.clock.now())
    page = house.text("/alarm")
    assert 'id="pass-on"' not in page
    assert "I have this in hand" not in page
    assert "problem=conflict" in sent(house, "delegate", to="Wren")
    assert sent(house, "resolve") == f"/alarm/{incident(house)}"
    assert deeds(house) == [("Mei-Ling", Deed.RESOLVED, "")]


def test_what_is_resolved_says_by_whom_and_asks_for_nothing_more(house: House) -> None:
    state = house.store.escalation(incident(house))
    assert state
    with house.store.unit() as unit:
        unit.keep_escalation(replace(state, resolved_by="Bo", resolved_at=house.clock.now(), asks=(), ended=True))
    page = house.text(f"/alarm/{incident(house)}")
    assert "Bo said at " in page
    assert "Said to be over" in page
    assert "People are paged again only if it rises above Level" in page
    for button in ("I have this in hand", "/resolve", 'id="pass-on"', 'id="take-over"', 'id="promise"'):
        assert button not in page
    assert "problem=conflict" in sent(house, "resolve")
    # On the first page it is none of those that go on.
    going = house.text("/").split('id="strip"')[1].split("</section>")[0]
    assert "Level 3" not in going
    assert f"/alarm/{incident(house)}" not in going


def test_what_somebody_else_has_can_be_taken_over(house: House) -> None:
    assert 'id="take-over"' not in house.text("/alarm")
    with house.store.unit() as unit:
        unit.acknowledge(incident(house), "Bo", house.clock.now())
    assert "It is with Bo." in house.text("/alarm")
    assert sent(house, "take-over") == f"/alarm/{incident(house)}"
    assert deeds(house) == [("Mei-Ling", Deed.TAKEN_OVER, "")]
    page = house.text("/alarm")
    assert "Mei-Ling took it over." in page
    assert 'id="take-over"' not in page


def test_whoever_has_it_promises_the_next_update(house: House) -> None:
    assert 'id="promise"' not in house.text("/alarm")
    sent(house, "acknowledge")
    assert 'name="minutes" value="60" checked>hour' in house.text("/alarm")
    for wrong in ("", "7", "-60", "x"):
        assert "problem=input" in sent(house, "promise", minutes=wrong)
    assert sent(house, "promise", minutes="30") == f"/alarm/{incident(house)}"
    promised = house.store.handlings(incident(house))[-1]
    assert (promised.deed, promised.until) == (Deed.PROMISED, house.clock.now() + timedelta(minutes=30))
    assert "Mei-Ling promised the next update by" in house.text("/alarm").split('id="timeline"')[1]


def test_whatever_somebody_is_called_the_moment_stands_where_it_belongs(house: House) -> None:
    house.client.cookies[USER_COOKIE] = "Q@@A"
    sent(house, "acknowledge")
    sent(house, "promise", minutes="30")
    assert "Q@@A promised the next update by <time" in house.text("/alarm").split('id="timeline"')[1]


def test_names_and_reasons_of_strangers_are_only_words(house: House) -> None:
    with house.store.unit() as unit:
        unit.note_attempt(
            Attempt(
                page="p-9", person=HOSTILE, channel=HOSTILE, at=house.clock.now(), reason=HOSTILE,
                incident=incident(house),
            )
        )  # fmt: skip
    assert "<script>alert" not in section(house)


@pytest.mark.parametrize(
    ("people", "channels", "lines", "rows"),
    [
        pytest.param((), ("log",), 1, 0, id="only-the-log"),
        pytest.param((), ("chat", "log"), 1, 3, id="a-chat-too"),
        pytest.param(("Bo",), ("log",), 0, 3, id="people"),
    ],
)
def test_what_only_the_log_was_told_is_one_line(
    tmp_path: Path, people: tuple[str, ...], channels: tuple[str, ...], lines: int, rows: int
) -> None:
    house = House(tmp_path, people=people)
    ask = Ask(page="p-2", person=READER, kind=PageKind.RAISED, level=Level.RED, at=house.clock.now(), due=None)
    with house.store.unit() as unit:
        unit.keep_escalation(Escalation(incident=incident(house), asks=(ask,), ended=False))
        for number, kind in enumerate((PageKind.OPENED, PageKind.RAISED, PageKind.RAISED)):
            for channel in channels:
                told = Attempt(
                    page=f"p-{number}", person=READER, channel=channel, at=house.clock.now(), incident=incident(house),
                    kind=kind,
                )  # fmt: skip
                unit.note_attempt(told)
    said = section(house)
    assert said.count("No people are named in the settings, so it was written to the log.") == lines
    assert said.count("<bdi>everybody</bdi>") == rows
    assert ("Waiting for an answer from everybody" in said) == bool(rows)
    assert "Nobody has been paged" not in said
    house.close()
