"""What a person may say about a label, and when nothing comes of it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.store import SqlStore
from core.corrections import correct, uncorrect
from core.errors import ConflictError, InputError, NotFoundError
from core.events import MENTIONS_SCORED
from core.mention import Label
from core.ports.bus import Bus
from core.relay import Relay
from tests.backends import open_embedded
from tests.contract.things import scored
from tests.fakes import MONDAY, FakeClock

ID = "m-0001"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[tuple[Bus, SqlStore, Relay]]:
    bus, store = open_embedded(tmp_path, FakeClock())
    with store.unit() as unit:
        unit.put_mentions([scored(1)])
    yield bus, store, Relay(store, bus)
    store.close()
    bus.close()


def told(bus: Bus) -> int:
    return len(bus.browse(MENTIONS_SCORED))


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"mention_id": "m-none"}, NotFoundError),
        ({"by": " "}, InputError),
        ({"label": Label.UNKNOWN}, InputError),
        ({"revision": 1}, ConflictError),
    ],
)
def test_what_cant_be_said_changes_nothing(
    house: tuple[Bus, SqlStore, Relay], changes: dict[str, object], error: type[Exception]
) -> None:
    bus, store, relay = house
    said: dict[str, object] = {"mention_id": ID, "label": Label.NEUTRAL, "by": "Ana", "now": MONDAY}
    with pytest.raises(error):
        correct(store, relay, **{**said, **changes})  # type: ignore[arg-type]
    stored = store.mention(ID)
    assert stored is not None
    assert stored.correction is None
    assert told(bus) == 0


def test_an_edit_that_comes_between_looking_and_saying_is_a_conflict(
    house: tuple[Bus, SqlStore, Relay], monkeypatch: pytest.MonkeyPatch
) -> None:
    bus, store, relay = house
    before = store.mention(ID)
    monkeypatch.setattr(store, "mention", lambda _: before)
    with store.unit() as unit:
        unit.put_mentions([scored(1, revision=1, text="another")])
    with pytest.raises(ConflictError, match="edited since"):
        correct(store, relay, mention_id=ID, label=Label.NEUTRAL, by="Ana", now=MONDAY)
    assert told(bus) == 0
    assert store.corrections().items == ()


def test_saying_the_same_again_tells_nobody_and_taking_back_nothing_neither(
    house: tuple[Bus, SqlStore, Relay],
) -> None:
    bus, store, relay = house
    uncorrect(store, relay, mention_id=ID, now=MONDAY)
    assert told(bus) == 0
    for _ in range(2):
        stored = correct(store, relay, mention_id=ID, label=Label.NEUTRAL, by="Ana", now=MONDAY, revision=0)
        assert stored.score.label is Label.NEUTRAL
    assert told(bus) == 1


def test_what_was_said_of_an_earlier_text_can_not_be_taken_back_and_tells_nobody(
    house: tuple[Bus, SqlStore, Relay],
) -> None:
    bus, store, relay = house
    correct(store, relay, mention_id=ID, label=Label.NEUTRAL, by="Ana", now=MONDAY)
    with store.unit() as unit:
        unit.put_mentions([scored(1, revision=1, text="another")])
    stored = uncorrect(store, relay, mention_id=ID, now=MONDAY)
    assert (stored.score.label, stored.correction) == (Label.NEGATIVE, None)
    assert [count.mentions for count in store.review_counts("", MONDAY)] == [1]
    assert told(bus) == 1
