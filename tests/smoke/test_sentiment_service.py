"""The sentiment worker on a real bus and a real store."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
import pytest

from adapters.bus_embedded import EmbeddedBus
from adapters.store import SqlStore
from core.errors import ModelError, StorageFullError
from core.events import MENTIONS_RAW, MENTIONS_SCORED, DeadLetter, MentionScored, decode, encode, received_event
from core.mention import Judgement, Label, Mention, mention_id
from core.ports.bus import Message
from sentiment.scorer import Scorer
from sentiment.service import SentimentService
from tests.backends import StoreAt, open_embedded
from tests.fakes import MONDAY, FakeClock, WordClassifier

RAW_DEAD = f"{MENTIONS_RAW}.dead"


class Moody(WordClassifier):
    def classify(self, texts: Sequence[str]) -> Sequence[Judgement]:
        if any("poison" in text for text in texts):
            raise RuntimeError("out of memory")
        return super().classify(texts)


class Room:
    """A bus, a store, a clock, and the worker between them."""

    def __init__(self, folder: Path, store_at: StoreAt) -> None:
        self.clock = FakeClock()
        self.bus: EmbeddedBus
        self.store: SqlStore
        self.bus, self.store = open_embedded(folder, self.clock, store_at)
        self.service = SentimentService(self.bus, self.store, Scorer(Moody()), self.clock)

    def publish(self, *mentions: Mention, kind: str = "posted") -> None:
        events = [received_event(mention, kind) for mention in mentions]  # type: ignore[arg-type]
        self.bus.publish([Message(MENTIONS_RAW, event.mention.id, encode(event)) for event in events])

    def scored(self) -> list[MentionScored]:
        received = self.bus.browse(MENTIONS_SCORED, newest_first=False)
        return [decode(message.value, MentionScored) for message in received]

    def dead(self) -> list[DeadLetter]:
        return [decode(message.value, DeadLetter) for message in self.bus.browse(RAW_DEAD, newest_first=False)]


@pytest.fixture
def room(tmp_path: Path, store_at: StoreAt) -> Iterator[Room]:
    room = Room(tmp_path, store_at)
    yield room
    room.service.close()
    room.bus.close()
    room.store.close()


def mention(text: str, number: int = 1, **more: object) -> Mention:
    plain = Mention(
        id=mention_id("x", str(number), "Kettle & Co"),
        brand="Kettle & Co",
        source="x",
        network_id=str(number),
        created_at=MONDAY,
        ingested_at=MONDAY,
        text=text,
        author="ada",
    )
    return msgspec.structs.replace(plain, **more)


def test_mentions_are_scored_kept_and_passed_on(room: Room) -> None:
    room.clock.forward(seconds=4)
    room.publish(mention("The kettle is bad"), mention("起火了！", 2), mention("el servicio es muy malo", 3))
    assert room.service.step(0) == 3
    assert room.service.step(0) == 0
    by_text = {event.mention.text: event.score for event in room.scored()}
    assert by_text["The kettle is bad"].label is Label.NEGATIVE
    assert by_text["起火了！"].reading.sensitive == ("safety",)
    assert by_text["el servicio es muy malo"].label is Label.UNKNOWN
    stored = room.store.mention(mention_id("x", "1", "Kettle & Co"))
    assert stored is not None
    assert stored.score == by_text["The kettle is bad"]
    assert stored.budget.scored == room.clock.now()
    assert {message.key for message in room.bus.browse(MENTIONS_SCORED)} == {"Kettle & Co"}


def test_bad_events_and_poisonous_texts_go_to_the_dead_letters_alone(room: Room) -> None:
    room.bus.publish([Message(MENTIONS_RAW, "k", b"\xff no event"), Message(MENTIONS_RAW, "k", b'{"v":1}')])
    room.publish(mention("bad"), mention("poison", 2), mention("good", 3))
    assert room.service.step(0) == 5
    assert {event.mention.text for event in room.scored()} == {"bad", "good"}
    assert [letter.stage for letter in room.dead()] == ["sentiment"] * 3
    assert sum("out of memory" in letter.reason for letter in room.dead()) == 1
    assert room.store.mention(mention_id("x", "2", "Kettle & Co")) is None


@pytest.mark.parametrize("written", ["2026-03-02T09:00:00", "0001-01-01T00:00:00Z"])
def test_a_time_that_cant_be_goes_to_the_dead_letters_and_the_next_is_scored(room: Room, written: str) -> None:
    plain = msgspec.to_builtins(received_event(mention("bad")))
    plain["mention"]["created_at"] = written
    room.bus.publish([Message(MENTIONS_RAW, "k", msgspec.json.encode(plain))])
    room.publish(mention("good", 2))
    assert room.service.step(0) == 2
    assert [event.mention.text for event in room.scored()] == ["good"]
    assert len(room.dead()) == 1


def test_an_edit_replaces_and_both_are_told(room: Room) -> None:
    room.publish(mention("bad"))
    room.publish(mention("good", revision=1), kind="edited")
    room.service.step(0)
    assert [event.kind for event in room.scored()] == ["posted", "edited"]
    stored = room.store.mention(mention_id("x", "1", "Kettle & Co"))
    assert stored is not None
    assert stored.score.label is Label.POSITIVE


def test_a_deletion_erases_and_passes_nothing_on_but_the_fact(room: Room) -> None:
    room.publish(mention("bad, and private"))
    room.service.step(0)
    room.publish(mention("bad, and private", url="https://x.example/1"), kind="deleted")
    room.service.step(0)
    told = room.scored()[-1]
    assert told.kind == "deleted"
    assert told.mention_id == mention_id("x", "1", "Kettle & Co")
    assert (told.mention.text, told.mention.author, told.mention.url) == ("", "", "")
    stored = room.store.mention(told.mention_id)
    assert stored is None or (stored.mention.text, stored.mention.author) == ("", "")


def test_when_publishing_fails_the_batch_is_done_again_with_the_same_ids(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    room.publish(mention("bad"), mention("good", 2))
    with monkeypatch.context() as patch:
        patch.setattr(room.bus, "publish", _full)
        with pytest.raises(StorageFullError):
            room.service.step(0)
    assert room.scored() == []
    assert room.service.step(0) == 2
    assert len({event.id for event in room.scored()}) == len(room.scored()) == 2


def test_a_crash_before_the_commit_changes_nothing(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    room.publish(mention("bad"))
    room.service.step(0)
    room.publish(mention("good", 2))
    consumer = room.service._consumer
    assert consumer is not None
    with monkeypatch.context() as patch:
        patch.setattr(consumer, "commit", _full)
        with pytest.raises(StorageFullError):
            room.service.step(0)
    assert room.service.step(0) == 1
    ids = [event.id for event in room.scored()]
    assert len(set(ids)) == 2
    assert len(ids) == 3
    assert len(room.store.mentions_by_id([mention_id("x", str(n), "Kettle & Co") for n in (1, 2)])) == 2


def test_a_broken_classifier_loses_nothing(room: Room) -> None:
    class Broken(WordClassifier):
        def classify(self, texts: Sequence[str]) -> Sequence[Judgement]:
            raise RuntimeError("no")

    room.publish(mention("bad"))
    broken = SentimentService(room.bus, room.store, Scorer(Broken()), room.clock)
    with pytest.raises(ModelError):
        broken.step(0)
    assert room.dead() == []
    assert room.service.step(0) == 1


def test_the_batch_is_bounded(room: Room) -> None:
    room.publish(*(mention("bad", number) for number in range(5)))
    small = SentimentService(room.bus, room.store, Scorer(Moody()), room.clock, batch=2)
    assert small.step(0) <= 2
    small.close()
    small.close()


def _full(*_: object, **__: object) -> None:
    raise StorageFullError("no room")
