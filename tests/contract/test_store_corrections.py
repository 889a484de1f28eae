"""What every store must do with what people say about labels."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from core.corrected_share import LabelCount
from core.error_rates import ReviewCount
from core.errors import InputError
from core.mention import Label, Reading, ScoredMention
from core.ports.queries import MentionQuery
from core.ports.store import Store
from tests.contract.things import HOSTILE, correction, scored
from tests.fakes import MONDAY
from tests.pages import every


def put(store: Store, *mentions: ScoredMention) -> None:
    with store.unit() as unit:
        unit.put_mentions(mentions)


def correct(store: Store, number: int = 1, revision: int = 0, **fields: Any) -> bool:
    with store.unit() as unit:
        return unit.correct(correction(number, **fields), revision)


def label_of(store: Store, id_: str = "m-0001") -> tuple[Label, Label | None]:
    """The label now, and what the model had said where a person has looked."""
    stored = store.mention(id_)
    assert stored is not None
    return stored.score.label, stored.correction.given if stored.correction else None


def found(store: Store, label: str) -> list[str]:
    return [item.mention.id for item in store.mentions(MentionQuery(label=label)).items]


def in_language(language: str, one: ScoredMention) -> ScoredMention:
    return msgspec.structs.replace(one, score=msgspec.structs.replace(one.score, reading=Reading(language=language)))


def test_a_label_is_what_a_person_said_and_the_models_is_kept(store: Store) -> None:
    put(store, scored(1), scored(2))
    assert correct(store)
    one, other = (store.mentions_by_id(["m-0001", "m-0002"])[id_] for id_ in ("m-0001", "m-0002"))
    assert (one.score.label, one.score.p_negative, one.correction) == (Label.POSITIVE, 0.7, correction(1))
    assert (other.score.label, other.correction) == (Label.NEGATIVE, None)
    assert store.mention("m-0001") == one
    assert [item.correction for item in store.mentions(MentionQuery()).items] == [None, correction(1)]
    assert (found(store, "positive"), found(store, "negative")) == (["m-0001"], ["m-0002"])


def test_what_is_said_later_takes_the_place_of_what_was_said_before(store: Store) -> None:
    put(store, scored(1))
    assert correct(store)
    later = correction(1, label=Label.NEUTRAL, corrected_by="Bo", corrected_at=MONDAY + timedelta(hours=1))
    with store.unit() as unit:
        assert unit.correct(later, 0)
    stored = store.mention("m-0001")
    assert stored is not None
    assert (stored.score.label, stored.correction) == (Label.NEUTRAL, later)
    assert store.corrections().items == (later,)


def test_of_what_is_not_there_or_not_as_it_was_nothing_is_kept(store: Store) -> None:
    put(store, scored(1, revision=3))
    assert not correct(store, revision=2)
    assert not correct(store, number=9)
    assert label_of(store) == (Label.NEGATIVE, None)
    assert store.corrections().items == ()
    assert store.review_counts("", MONDAY) == []


def test_it_is_taken_back_once(store: Store) -> None:
    put(store, scored(1))
    correct(store)
    with store.unit() as unit:
        assert unit.uncorrect("m-0001")
        assert not unit.uncorrect("m-0001")
        assert not unit.uncorrect("m-none")
    assert label_of(store) == (Label.NEGATIVE, None)
    assert store.corrections().items == ()


def test_a_redelivery_leaves_it_as_it_is(store: Store) -> None:
    put(store, scored(1))
    correct(store)
    put(store, scored(1), scored(1, text="never mind"))
    assert label_of(store) == (Label.POSITIVE, Label.NEGATIVE)


def test_a_new_revision_of_the_same_text_leaves_it_as_it_is(store: Store) -> None:
    put(store, scored(1))
    correct(store)
    put(store, scored(1, revision=1, followers=7))
    stored = store.mention("m-0001")
    assert stored is not None
    assert (stored.mention.revision, stored.mention.followers) == (1, 7)
    assert (stored.score.label, stored.correction) == (Label.POSITIVE, correction(1))
    assert correct(store, revision=1, label=Label.NEUTRAL)


def test_another_text_has_the_models_label_and_what_was_said_counts_on(store: Store) -> None:
    put(store, scored(1))
    correct(store)
    put(store, scored(1, revision=1, text="Something else", label=Label.NEUTRAL))
    assert label_of(store) == (Label.NEUTRAL, None)
    assert store.corrections().items == ()
    assert [count.mentions for count in store.review_counts("Kettle", MONDAY)] == [1]
    with store.unit() as unit:
        assert not unit.uncorrect("m-0001")
    assert label_of(store) == (Label.NEUTRAL, None)
    assert [count.mentions for count in store.review_counts("Kettle", MONDAY)] == [1]


def test_erasing_a_mention_or_a_brand_erases_what_was_said_of_it(store: Store) -> None:
    put(store, scored(1), scored(2), scored(3, brand="Other"))
    for number, brand in ((1, "Kettle"), (2, "Kettle"), (3, "Other")):
        correct(store, number, brand=brand)
    with store.unit() as unit:
        unit.erase_mentions(["m-0001"])
    assert [each.mention for each in store.corrections().items] == ["m-0003", "m-0002"]
    store.erase_brand("Kettle")
    assert [each.mention for each in store.corrections().items] == ["m-0003"]
    assert [count.brand for count in store.review_counts("", MONDAY)] == ["Other"]
    put(store, scored(1))
    assert not correct(store, 1)


def test_pages_run_from_the_newest_to_the_oldest_without_gaps(store: Store) -> None:
    put(store, *[scored(number) for number in range(12)], scored(20, brand="Other"))
    for number in range(12):
        correct(store, number, corrected_at=MONDAY + timedelta(minutes=number // 4))
    correct(store, 20, brand="Other")
    wanted = [f"m-{number:04}" for number in reversed(range(12))]
    for limit in (1, 5, 12, 50):
        pages = every(lambda cursor, limit=limit: store.corrections("Kettle", cursor, limit))  # type: ignore[misc]
        assert [each.mention for each in pages] == wanted
    assert len(every(lambda cursor: store.corrections("", cursor, 5))) == 13
    with pytest.raises(InputError, match="cursor"):
        store.corrections(cursor="nonsense")


def test_labels_are_counted_by_language_and_by_what_reviewed_ones_had_been(store: Store) -> None:
    put(
        store,
        *[scored(number) for number in range(3)],
        scored(3, label=Label.NEUTRAL),
        in_language("zh-Hant", scored(4)),
        scored(5, brand="Other"),
        scored(6),
        scored(90),
    )
    correct(store, 1)
    correct(store, 2, label=Label.NEGATIVE)
    correct(store, 6)
    put(store, scored(6, revision=1, text="Something else"))
    counts = store.label_counts("Kettle", MONDAY, MONDAY + timedelta(seconds=90))
    assert {(each.language, each.label, each.given): each.mentions for each in counts} == {
        ("en", Label.NEGATIVE, None): 2,
        ("en", Label.NEGATIVE, Label.NEGATIVE): 1,
        ("en", Label.NEUTRAL, None): 1,
        ("en", Label.POSITIVE, Label.NEGATIVE): 1,
        ("zh-Hant", Label.NEGATIVE, None): 1,
    }
    assert store.label_counts("Kettle", MONDAY + timedelta(seconds=4), MONDAY + timedelta(seconds=5)) == [
        LabelCount(language="zh-Hant", label=Label.NEGATIVE, mentions=1)
    ]
    assert store.label_counts("Nobody", MONDAY, MONDAY + timedelta(days=1)) == []


def test_labels_are_counted_of_a_theme_or_source_alone(store: Store) -> None:
    def about(number: int, *themes: str) -> ScoredMention:
        made = scored(number)
        reading = msgspec.structs.replace(made.score.reading, themes=themes)
        return msgspec.structs.replace(made, score=msgspec.structs.replace(made.score, reading=reading))

    elsewhere = about(3, "refund")
    elsewhere = msgspec.structs.replace(elsewhere, mention=msgspec.structs.replace(elsewhere.mention, source="reddit"))
    put(store, about(1, "price", "refund"), about(2, "price"), elsewhere)
    until = MONDAY + timedelta(minutes=1)
    counted = {
        segment: sum(one.mentions for one in store.label_counts("Kettle", MONDAY, until, segment))
        for segment in ("", "theme:price", "theme:refund", "theme:pric", "source:reddit", "source:red")
    }
    assert counted == {
        "": 3, "theme:price": 2, "theme:refund": 2, "theme:pric": 0, "source:reddit": 1, "source:red": 0
    }  # fmt: skip


def test_reviews_are_counted_from_a_moment_on(store: Store) -> None:
    put(store, *[scored(number) for number in range(4)], scored(4, brand="Other"))
    for number in range(3):
        correct(store, number)
    correct(store, 3, label=Label.NEGATIVE, language="zh-Hans")
    correct(store, 4, brand="Other")

    def counts(brand: str, minutes: int) -> list[tuple[Any, ...]]:
        reviews = store.review_counts(brand, MONDAY + timedelta(minutes=minutes))
        return [(each.brand, each.language, each.given, each.label, each.mentions) for each in reviews]

    assert counts("Kettle", 0) == [
        ("Kettle", "en", "negative", "positive", 3),
        ("Kettle", "zh-Hans", "negative", "negative", 1),
    ]
    assert counts("Kettle", 2)[0][-1] == 1
    assert counts("", 4) == [("Other", "en", "negative", "positive", 1)]
    assert isinstance(store.review_counts("", MONDAY)[0], ReviewCount)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_names_are_kept_with_a_replacement_for_what_no_database_can_hold(store: Store, text: str) -> None:
    kept = text.replace("\x00", "\ufffd").replace("\ud800", "\ufffd").replace("\udfff", "\ufffd")
    put(store, scored(1))
    assert correct(store, corrected_by=text, language=text, model=text)
    (one,) = store.corrections().items
    assert (one.corrected_by, one.language, one.model) == (kept, kept, kept)
    assert store.corrections(text).items == ()
