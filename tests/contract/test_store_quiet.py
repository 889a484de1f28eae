"""What every store must do with silences."""

from datetime import timedelta
from typing import Any

from alerting.quieting import Quieting
from core.alert import Level
from core.ports.store import Store
from core.quiet import Silence
from tests.contract.things import HOSTILE, incident
from tests.fakes import MONDAY

HOUR = timedelta(hours=1)


def silence(number: int = 0, **fields: Any) -> Silence:
    made: dict[str, Any] = {
        "id": f"s-{number:04}",
        "owner": "Ada",
        "reason": "a campaign",
        "since": MONDAY,
        "until": MONDAY + HOUR,
        "brand": "Kettle",
        "level": Level.RED,
        "made_at": MONDAY + timedelta(minutes=number),
    }
    return Silence(**{**made, **fields})


def put(store: Store, *silences: Silence) -> None:
    for first in (True, False):
        with store.unit() as unit:
            assert [unit.put_silence(one) for one in silences] == [first] * len(silences)


def test_a_silence_comes_back_as_it_was_put_and_those_that_hold_are_found(store: Store) -> None:
    now, later = silence(0), silence(1, since=MONDAY + HOUR, until=MONDAY + 2 * HOUR)
    put(store, now, later, silence(2, until=MONDAY + timedelta(microseconds=1)))
    assert store.silence("s-0000") == now
    assert store.silence("s-9999") is None
    assert [one.id for one in store.silences()] == ["s-0002", "s-0001", "s-0000"]
    assert [one.id for one in store.silences(MONDAY)] == ["s-0002", "s-0000"]
    assert [one.id for one in store.silences(MONDAY + HOUR)] == ["s-0001"]


def test_who_changed_a_silence_is_kept(store: Store) -> None:
    put(store, silence())
    at = MONDAY + timedelta(minutes=10)
    with store.unit() as unit:
        assert unit.extend_silence("s-0000", MONDAY + 3 * HOUR, "Bob", at)
        assert unit.end_silence("s-0000", "Cem", at + HOUR)
        assert not unit.end_silence("s-0000", "Dee", at + 2 * HOUR)
        assert not unit.extend_silence("s-0000", MONDAY + 5 * HOUR, "Dee", at + 2 * HOUR)
    ended = store.silence("s-0000")
    assert ended is not None
    assert (ended.until, ended.ended_by, ended.ends) == (MONDAY + 3 * HOUR, "Cem", at + HOUR)
    assert store.silences(at + HOUR) == []
    assert [(change.what, change.by, change.until) for change in store.silence_changes("s-0000")] == [
        ("made", "Ada", MONDAY + HOUR),
        ("extended", "Bob", MONDAY + 3 * HOUR),
        ("ended", "Cem", at + HOUR),
    ]


def test_what_is_over_or_was_never_there_is_not_changed(store: Store) -> None:
    put(store, silence())
    with store.unit() as unit:
        assert not unit.extend_silence("s-0000", MONDAY + 3 * HOUR, "Bob", MONDAY + HOUR)
        assert not unit.end_silence("s-0000", "Bob", MONDAY + HOUR)
        assert not unit.end_silence("s-9999", "Bob", MONDAY)
    assert len(store.silence_changes("s-0000")) == 1


def test_every_change_is_seen_by_those_who_look_for_changes(store: Store) -> None:
    marks = [store.change_marks()["incidents"]]
    put(store, silence())
    marks.append(store.change_marks()["incidents"])
    with store.unit() as unit:
        unit.end_silence("s-0000", "Ada", MONDAY)
    marks.append(store.change_marks()["incidents"])
    assert len(set(marks)) == 3


def test_hostile_words_are_kept_harmlessly(store: Store) -> None:
    for number, text in enumerate(HOSTILE):
        put(store, silence(number, reason=text, owner=text))
    assert len(store.silences()) == len(HOSTILE)


def test_a_brand_that_is_erased_has_no_silences_left(store: Store) -> None:
    put(store, silence(), silence(1, brand="Other"))
    store.erase_brand("Kettle")
    assert [one.id for one in store.silences()] == ["s-0001"]
    assert store.silence_changes("s-0000") == []


def test_people_are_told_again_once_a_silence_is_taken_back(store: Store) -> None:
    quieting = Quieting(store)
    put(store, silence(level=Level.ORANGE))
    quiet = quieting.quiet_by(incident(), MONDAY)
    assert quiet is not None
    assert quiet.id == "s-0000"
    with store.unit() as unit:
        unit.end_silence("s-0000", "Ada", MONDAY)
    assert quieting.quiet_by(incident(), MONDAY) is None


def test_open_incidents_of_the_store_inhibit(store: Store) -> None:
    with store.unit() as unit:
        unit.put_incident(incident(0, level=Level.BLUE))
        unit.put_incident(incident(1, level=Level.RED))
    assert Quieting(store).quiet_by(incident(0, level=Level.BLUE), MONDAY) is not None
    assert Quieting(store).quiet_by(incident(1, level=Level.RED), MONDAY) is None
