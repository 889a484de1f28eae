"""The poller loses nothing between a source and the bus, whatever fails in between."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from adapters.bus_embedded import EmbeddedBus
from core.errors import InputError, SourceError, StorageFullError
from core.events import MENTIONS_RAW, SENTIMENT, DeadLetter, MentionReceived, decode, without_words
from core.mention import Mention, mention_id
from core.ports.bus import Bus, Message
from core.ports.source import Gap, Removal, SourceItem
from core.ports.store import Store
from core.service import Service
from core.sight import SourceGap
from ingest import poller as poller_module
from ingest.poller import Poller, Totals
from ingest.sight import Sight
from tests.backends import open_embedded
from tests.contract.things import scored
from tests.fakes import MONDAY, FakeClock


def post(number: int, revision: int = 0) -> Mention:
    return Mention(
        id=mention_id("x", str(number), "Acme"),
        brand="Acme",
        source="x",
        network_id=str(number),
        created_at=MONDAY + timedelta(seconds=number),
        ingested_at=MONDAY,
        text=f"post {number}, revision {revision}",
        revision=revision,
    )


class Script:
    """Gives what a test wrote down; the cursor is the number of items accepted."""

    name = "script"

    def __init__(self, *items: SourceItem | Exception) -> None:
        self.script = items
        self.begun_at: list[str] = []

    def items(self, cursor: str) -> Iterator[SourceItem]:
        self.begun_at.append(cursor)
        for number, item in enumerate(self.script):
            if number >= int(cursor or 0):
                if isinstance(item, Exception):
                    raise item
                yield msgspec.structs.replace(item, cursor=str(number + 1))


def item(*mentions: Mention, dead: tuple[tuple[str, str], ...] = (), skipped: int = 0) -> SourceItem:
    return SourceItem(mentions, dead, "", skipped)


@pytest.fixture
def house(tmp_path: Path, clock: FakeClock) -> Iterator[tuple[Bus, Store]]:
    bus, store = open_embedded(tmp_path, clock)
    yield bus, store
    bus.close()
    store.close()


def received(bus: Bus) -> list[MentionReceived]:
    return [decode(each.value, MentionReceived) for each in bus.browse(MENTIONS_RAW, newest_first=False)]


def test_mentions_and_dead_rows_reach_their_topics(house: tuple[Bus, Store], clock: FakeClock) -> None:
    bus, store = house
    told: list[Totals] = []
    source = Script(
        msgspec.structs.replace(item(post(1), post(2), skipped=3), total=7),
        item(),
        item(post(1, revision=1), dead=(("raw row", "row 9: no time"),)),
    )
    poller = Poller(source, bus, store, clock, progress=told.append)
    assert poller.run(lambda: False) == Totals(accepted=3, skipped=3, dead=1, total=7)
    # Other keys may lie in other partitions, so only one key's order is fixed.
    events = {event.id: event for event in received(bus)}
    assert sorted((event.mention.network_id, event.kind) for event in events.values()) == [
        ("1", "edited"),
        ("1", "posted"),
        ("2", "posted"),
    ]
    assert {each.key for each in bus.browse(MENTIONS_RAW)} == {post(1).id, post(2).id}
    (letter,) = (decode(each.value, DeadLetter) for each in bus.browse(f"{MENTIONS_RAW}.dead"))
    assert (letter.value, letter.reason, letter.stage, letter.topic) == ("raw row", "row 9: no time", "ingest", "")
    assert [totals.accepted for totals in told] == [2, 3]
    assert store.cursor("source:script") == "3"


def test_it_is_a_service_that_goes_on_where_it_was(house: tuple[Bus, Store], clock: FakeClock) -> None:
    bus, store = house
    source = Script(item(post(1)), item(post(2)))
    first: Service = Poller(source, bus, store, clock, cursor="mine")
    assert first.step(1.0) == 1
    first.close()
    second = Poller(source, bus, store, clock, cursor="mine")
    assert [second.step(1.0), second.step(1.0), second.step(1.0)] == [1, 0, 0]
    assert second.finished
    assert source.begun_at == ["", "1"]
    assert clock.now() == MONDAY + timedelta(seconds=1)
    assert len(received(bus)) == 2


def test_a_stop_is_heard_between_items(house: tuple[Bus, Store], clock: FakeClock) -> None:
    bus, store = house
    poller = Poller(Script(*(item(post(n)) for n in range(9))), bus, store, clock)
    assert poller.run(lambda: poller.totals.accepted == 4).accepted == 4
    assert not poller.finished


def test_back_pressure_is_waited_out_and_nothing_is_lost(tmp_path: Path, clock: FakeClock) -> None:
    unused, store = open_embedded(tmp_path, clock)
    unused.close()
    bus = EmbeddedBus(tmp_path / "small.sqlite", clock, max_backlog=2)
    poller = Poller(Script(*(item(post(n)) for n in range(5))), bus, store, clock)
    while poller.step(0.0):
        pass
    held = poller.totals.accepted
    assert 0 < held < 5
    assert poller.step(0.0) == 0
    assert (poller.totals.accepted, poller.finished) == (held, False)
    consumer = bus.consumer(SENTIMENT, [MENTIONS_RAW])
    while not poller.finished:
        consumer.commit(consumer.poll(10, 0.0))
        poller.step(0.0)
    assert sorted(event.mention.network_id for event in received(bus)) == ["0", "1", "2", "3", "4"]
    consumer.close()
    bus.close()
    store.close()


class Failing:
    """A bus that refuses until told otherwise."""

    def __init__(self, bus: Bus) -> None:
        self.bus = bus
        self.full = True

    def publish(self, messages: Sequence[Message], timeout: float = 30.0) -> None:
        if self.full:
            raise StorageFullError("no room left on the disk")
        self.bus.publish(messages, timeout)

    def __getattr__(self, name: str) -> object:
        return getattr(self.bus, name)


def test_a_full_disk_is_told_and_the_item_kept(house: tuple[Bus, Store], clock: FakeClock) -> None:
    bus, store = house
    failing = Failing(bus)
    poller = Poller(Script(item(post(1))), failing, store, clock)  # type: ignore[arg-type]
    for _ in range(2):
        with pytest.raises(StorageFullError):
            poller.step(0.0)
    assert store.cursor("source:script") == ""
    failing.full = False
    assert poller.run(lambda: False).accepted == 1
    assert len(received(bus)) == 1


def test_a_crash_after_publishing_only_repeats_the_same_events(house: tuple[Bus, Store], clock: FakeClock) -> None:
    bus, store = house
    source = Script(item(post(1), dead=(("row", "why"),)))
    Poller(source, bus, store, clock).run(lambda: False)
    with store.unit() as unit:
        unit.save_cursor("source:script", "")
    Poller(source, bus, store, clock).run(lambda: False)
    assert len(received(bus)) == 2
    assert len({event.id for event in received(bus)}) == 1
    letters = [decode(each.value, DeadLetter) for each in bus.browse(f"{MENTIONS_RAW}.dead")]
    assert len({letter.id for letter in letters}) == 1


def test_a_source_that_fails_is_begun_again_at_the_cursor(house: tuple[Bus, Store], clock: FakeClock) -> None:
    bus, store = house
    source = Script(item(post(1)), InputError("the line is broken"), item(post(2)))
    poller = Poller(source, bus, store, clock)
    with pytest.raises(InputError, match="broken"):
        poller.run(lambda: False)
    source.script = (source.script[0], item(post(2)))
    assert poller.run(lambda: False).accepted == 2
    assert source.begun_at == ["", "1"]


def gone(*posts: int, author: str = "") -> SourceItem:
    removed = [Removal(source="x", network_id=str(number)) for number in posts]
    removed += [Removal(source="x", author=author)] if author else []
    return SourceItem((), (), "", removed=tuple(removed))


def test_what_the_network_removes_is_deleted_without_its_words(house: tuple[Bus, Store], clock: FakeClock) -> None:
    bus, store = house
    other = msgspec.structs.replace(post(1), source="bluesky", id=mention_id("bluesky", "1", "Acme"))
    poller = Poller(Script(item(post(1), post(2), other), gone(1, 3), gone(1)), bus, store, clock)
    assert poller.run(lambda: False) == Totals(accepted=3, removed=1)
    (event,) = [event for event in received(bus) if event.kind == "deleted"]
    assert event.mention == without_words(post(1))


def test_a_post_that_comes_and_goes_at_once_is_deleted_after_it_came(
    house: tuple[Bus, Store], clock: FakeClock
) -> None:
    bus, store = house
    at_once = msgspec.structs.replace(item(post(1)), removed=gone(1).removed)
    Poller(Script(at_once), bus, store, clock).run(lambda: False)
    assert [event.kind for event in received(bus)] == ["posted", "deleted"]


def test_what_an_earlier_run_brought_is_found_in_the_store(house: tuple[Bus, Store], clock: FakeClock) -> None:
    bus, store = house
    by_ann = msgspec.structs.replace(post(1), author="ann")
    with store.unit() as unit:
        unit.put_mentions([msgspec.structs.replace(scored(1), mention=by_ann)])
    Poller(Script(gone(author="ann"), gone(author="bob")), bus, store, clock).run(lambda: False)
    assert [(event.kind, event.mention.id) for event in received(bus)] == [("deleted", by_ann.id)]


def test_only_so_many_mentions_are_remembered(
    house: tuple[Bus, Store], clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    bus, store = house
    monkeypatch.setattr(poller_module, "_REMEMBERED", 1)
    poller = Poller(Script(item(post(1), post(2)), gone(1, 2)), bus, store, clock)
    poller.run(lambda: False)
    assert [event.mention.network_id for event in received(bus) if event.kind == "deleted"] == ["2"]


def test_trouble_in_a_part_of_a_source_is_told_and_forgotten(house: tuple[Bus, Store], clock: FakeClock) -> None:
    bus, store = house
    well = SourceItem((), (), "", next_within=300.0)
    broken = SourceItem((), (), "", heard=False, trouble="one feed can't be read")
    diary = Diary(clock, (1.0, well), (1.0, broken), (1.0, well), (6.0, well))
    poller = Poller(diary, bus, store, clock, sight=Sight("diary", store, clock))
    reasons = []
    for _ in range(4):
        poller.step(0)
        (state,) = store.source_states()
        reasons.append(state.reason)
    assert reasons == ["", "one feed can't be read", "", ""]
    assert state.next_within == 300.0


class Diary:
    """Items as a network would give them, each some seconds after the one before."""

    name = "diary"

    def __init__(self, clock: FakeClock, *script: tuple[float, SourceItem | Exception]) -> None:
        self._clock = clock
        self._script = list(script)

    def items(self, cursor: str) -> Iterator[SourceItem]:
        while self._script:
            seconds, one = self._script.pop(0)
            self._clock.forward(seconds=seconds)
            if isinstance(one, Exception):
                raise one
            yield msgspec.structs.replace(one, cursor=cursor)


def test_signs_of_life_gaps_and_what_is_lost_are_written_down(house: tuple[Bus, Store], clock: FakeClock) -> None:
    bus, store = house
    nothing, silence = SourceItem((), (), ""), SourceItem((), (), "", heard=False)
    lost = SourceItem((), (), "", lost=(Gap(since=MONDAY, until=MONDAY + timedelta(seconds=9), reason="too old"),))
    diary = Diary(
        clock,
        *[(2.0, nothing)] * 30,
        (10.0, SourceError("no route")),
        (200.0, silence),
        (20.0, lost),
        (5.0, item(post(1))),
    )
    poller = Poller(diary, bus, store, clock, sight=Sight("diary", store, clock))
    for _ in range(30):
        poller.step(0)
    heard_at = clock.now()
    with pytest.raises(SourceError):
        poller.step(0)
    (state,) = store.source_states()
    assert (state.reason, state.heard_at) == ("no route", heard_at)
    assert state.gap == pytest.approx(2.0)
    poller.step(0)
    assert not store.source_gaps(MONDAY, clock.now())
    poller.step(0)
    back = clock.now()
    assert list(store.source_gaps(MONDAY, back)) == [
        SourceGap(source="diary", since=MONDAY, until=MONDAY + timedelta(seconds=9), lost=True, reason="too old"),
        SourceGap(source="diary", since=heard_at, until=back, reason="no route"),
    ]
    poller.step(0)
    (state,) = store.source_states()
    assert (state.name, state.reason, state.heard_at, state.brought_at) == ("diary", "", clock.now(), clock.now())
    again = Poller(Diary(clock, (400.0, nothing)), bus, store, clock, sight=Sight("diary", store, clock))
    again.step(0)
    assert store.source_gaps(back, clock.now())[-1].until == clock.now()


def test_no_secret_is_written_down_as_the_reason(house: tuple[Bus, Store], clock: FakeClock) -> None:
    bus, store = house
    lost = SourceItem(
        (), (), "", lost=(Gap(since=MONDAY, until=MONDAY + timedelta(seconds=9), reason="t0ken is too old"),)
    )
    diary = Diary(clock, (1.0, lost), (1.0, SourceError("no header can be 't0ken'")))
    sight = Sight("diary", store, clock, blot=lambda text: text.replace("t0ken", "***"))
    poller = Poller(diary, bus, store, clock, sight=sight)
    poller.step(0)
    with pytest.raises(SourceError):
        poller.step(0)
    assert [state.reason for state in store.source_states()] == ["no header can be '***'"]
    assert [gap.reason for gap in store.source_gaps(MONDAY, clock.now())] == ["*** is too old"]


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (InputError("row 3 is none"), "row 3 is none"),
        (
            RecursionError("secret\x1b[31m"),
            "This program failed while it read the source (RecursionError); the log says where. Trying again.",
        ),
    ],
)
def test_whatever_a_source_raises_is_told(
    house: tuple[Bus, Store], clock: FakeClock, error: Exception, reason: str
) -> None:
    bus, store = house
    poller = Poller(Script(error), bus, store, clock, sight=Sight("script", store, clock))
    with pytest.raises(type(error)):
        poller.step(0)
    assert [state.reason for state in store.source_states()] == [reason]


def test_a_dead_row_may_hold_half_a_surrogate_pair(house: tuple[Bus, Store], clock: FakeClock) -> None:
    bus, store = house
    rows = (("Acme \ud83d 艾可美", "no text: '\ud83d'"), ("Acme \ud83e", "no text"))
    Poller(Script(item(dead=rows)), bus, store, clock).step(0)
    letters = [decode(each.value, DeadLetter) for each in bus.browse(f"{MENTIONS_RAW}.dead")]
    assert {(letter.value, letter.reason) for letter in letters} == {
        ("Acme \\ud83d 艾可美", "no text: '\\ud83d'"),
        ("Acme \\ud83e", "no text"),
    }
