from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from core.brand import Brand
from core.case import Case, CaseState, Draft, Grade
from core.casework import approve, change, claim
from core.drafted import Drafted, note_drafted
from core.errors import InputError, StorageFullError
from core.events import (
    DRAFTS,
    MENTIONS_SCORED,
    DraftsReady,
    Kind,
    MentionScored,
    decode,
    encode,
    received_event,
    scored_event,
)
from core.mention import Label, Mention, Reading, Score, ScoredMention, mention_id
from core.ports.bus import Message
from core.ports.queries import CaseQuery
from core.relay import Relay
from responding.advisor import Advisor, Plan, Planner
from responding.service import RespondingService, case_id
from responding.settings import RespondingSettings
from tests.backends import StoreAt, open_embedded
from tests.fakes import FakeClock

SETTINGS = RespondingSettings()
BRANDS = (Brand(name="Acme"),)


class Desk:
    """The responding service over a real bus and store, with a hand that scores."""

    def __init__(self, folder: Path, store_at: StoreAt) -> None:
        self.clock = FakeClock()
        self.bus, self.store = open_embedded(folder, self.clock, store_at)
        self.relay = Relay(self.store, self.bus)
        self.service = self.make_service()

    def make_service(self) -> RespondingService:
        return RespondingService(self.bus, self.store, self.clock, self.relay, SETTINGS, BRANDS)

    def scored(
        self,
        text: str = "my parcel is late and broken",
        *,
        number: int = 1,
        source: str = "x",
        kind: Kind = "posted",
        revision: int = 0,
        p_negative: float = 0.9,
        sensitive: tuple[str, ...] = (),
        language: str = "en",
        at: datetime | None = None,
    ) -> MentionScored:
        posted = at or self.clock.now()
        mention = Mention(
            id=mention_id(source, str(number), "Acme"),
            brand="Acme",
            source=source,
            network_id=str(number),
            created_at=posted,
            ingested_at=self.clock.now(),
            text=text,
            revision=revision,
        )
        score = Score(
            label=Label.NEGATIVE if p_negative >= 0.5 else Label.POSITIVE,
            p_negative=p_negative,
            p_neutral=0.0,
            p_positive=1 - p_negative,
            reading=Reading(language=language, themes=("delivery",), sensitive=sensitive),
            model="hand",
            scored_at=self.clock.now(),
        )
        return scored_event(received_event(mention, kind), score)

    def bring(self, *events: MentionScored, keep: bool = True) -> None:
        """As the sentiment worker does: the store first, then the bus."""
        if keep:
            with self.store.unit() as unit:
                for event in events:
                    if event.kind == "deleted":
                        unit.erase_mentions([event.mention_id])
                    else:
                        unit.put_mentions([ScoredMention(mention=event.mention, score=event.score)])
        self.bus.publish([Message(MENTIONS_SCORED, event.mention.brand, encode(event)) for event in events])
        self.settle()

    def settle(self) -> None:
        while self.service.step(0.0):
            pass

    def told(self) -> list[DraftsReady]:
        return [decode(each.value, DraftsReady) for each in self.bus.browse(DRAFTS, newest_first=False)]

    def dead(self) -> list[str]:
        return [each.value.decode() for each in self.bus.browse(f"{MENTIONS_SCORED}.dead")]

    def everything(self) -> object:
        cases = self.store.cases(CaseQuery(states=tuple(CaseState))).items
        return cases, [list(self.store.drafts(case.id)) for case in cases], self.told()


@pytest.fixture
def desk(tmp_path: Path, store_at: StoreAt) -> Iterator[Desk]:
    desk = Desk(tmp_path, store_at)
    yield desk
    desk.service.close()
    desk.bus.close()
    desk.store.close()


def test_a_complaint_becomes_a_case_with_clocks_and_drafts_and_the_bus_hears_of_it(desk: Desk) -> None:
    event = desk.scored()
    desk.bring(event)
    (case,) = desk.store.cases(CaseQuery()).items
    assert case.id == case_id(event.mention.id)
    assert (case.grade, case.state, case.channel, case.language) == (Grade.STANDARD, CaseState.OPEN, "x", "en")
    assert case.golden_at == event.mention.created_at + timedelta(minutes=6)
    assert case.limit_at == event.mention.created_at + timedelta(hours=1)
    drafts = tuple(desk.store.drafts(case.id))
    assert [draft.approach for draft in drafts] == ["acknowledge", "help", "apologise"]
    assert [(told.case, told.mention_id, told.drafts) for told in desk.told()] == [(case.id, event.mention.id, drafts)]


def test_praise_and_unanswerable_texts_open_no_case_but_danger_does_in_any_language(desk: Desk) -> None:
    desk.bring(
        desk.scored("I love it", number=1, p_negative=0.02),
        desk.scored("Mein Ladegerät brennt", number=2, p_negative=0.02, language="de", sensitive=("safety",)),
    )
    (case,) = desk.store.cases(CaseQuery()).items
    assert (case.grade, case.language) == (Grade.URGENT, "en")
    assert desk.store.drafts(case.id)[0].findings[0].rule == "fallback_language"


def test_redelivery_changes_nothing(desk: Desk) -> None:
    events = [desk.scored(number=number) for number in range(5)]
    desk.bring(*events)
    before = desk.everything()
    desk.clock.forward(minutes=3)
    for _ in range(2):
        desk.bring(*events)
        assert desk.everything() == before


def test_a_crash_before_the_commit_doubles_nothing(desk: Desk) -> None:
    desk.bring(desk.scored(number=1))
    before = desk.everything()
    event = desk.scored(number=1)
    desk.bus.publish([Message(MENTIONS_SCORED, "Acme", encode(event))])
    desk.service._consumer.poll(10, 0.0)
    desk.service.close()
    desk.service = desk.make_service()
    desk.settle()
    assert desk.everything() == before


def test_an_edit_makes_the_drafts_anew_and_raises_the_version(desk: Desk) -> None:
    first = desk.scored()
    desk.bring(first)
    (before,) = desk.store.cases(CaseQuery()).items
    edited = desk.scored("the charger of it smokes", kind="edited", revision=1, sensitive=("safety",))
    desk.clock.forward(minutes=2)
    desk.bring(edited)
    (after,) = desk.store.cases(CaseQuery()).items
    assert (after.id, after.version, after.grade) == (before.id, before.version + 1, Grade.URGENT)
    assert desk.store.drafts(after.id)[0].approach == "care"
    assert len({told.id for told in desk.told()}) == 2
    state = desk.everything()
    desk.bring(edited, first)
    assert desk.everything() == state


def test_an_edit_leaves_an_answered_case_alone(desk: Desk) -> None:
    event = desk.scored()
    desk.bring(event)
    approve_one(desk, case_id(event.mention.id))
    before = desk.store.case(case_id(event.mention.id))
    desk.bring(desk.scored("the charger of it smokes", kind="edited", revision=1, sensitive=("safety",)))
    assert desk.store.case(case_id(event.mention.id)) == before


def test_an_edit_is_followed_in_a_case_that_somebody_has_in_hand_and_again_after_the_next(desk: Desk) -> None:
    first = desk.scored()
    desk.bring(first)
    claim(desk.store, case_id(first.mention.id), "Ana", desk.clock.now())
    for revision, grade, sensitive in ((1, Grade.URGENT, ("safety",)), (2, Grade.STANDARD, ())):
        edited = desk.scored(f"words {revision}", kind="edited", revision=revision, sensitive=sensitive)
        desk.bring(edited)
        (case,) = desk.store.cases(CaseQuery()).items
        assert (case.claimed_by, case.grade, case.version) == ("Ana", grade, 1 + revision)
        assert desk.told()[-1].drafts == tuple(desk.store.drafts(case.id))
    assert len({told.id for told in desk.told()}) == 3


def test_a_draft_that_a_person_saved_outlives_redeliveries_and_edits(desk: Desk) -> None:
    first = desk.scored()
    desk.bring(first)
    case = save_own(desk, first)
    state = desk.everything()
    desk.bring(first)
    assert desk.everything() == state
    edited = desk.scored("the charger of it smokes", kind="edited", revision=1, sensitive=("safety",))
    desk.bring(edited)
    (after,) = desk.store.cases(CaseQuery()).items
    assert (after.version, after.grade) == (case.version + 1, Grade.URGENT)
    assert [draft.text for draft in desk.store.drafts(case.id)] == ["My own words."]
    state = desk.everything()
    desk.bring(edited, first)
    assert desk.everything() == state


def test_a_failed_step_leaves_its_batch_to_the_service_made_in_its_place(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise StorageFullError("no room left")

    event = desk.scored()
    with monkeypatch.context() as trouble:
        trouble.setattr(desk.relay, "flush", full)
        with pytest.raises(StorageFullError):
            desk.bring(event)
    desk.service.close()
    desk.service = desk.make_service()
    assert desk.service.step(0.0) == 1
    assert [told.case for told in desk.told()] == [case_id(event.mention.id)]


def test_of_a_deleted_mention_no_case_is_left_and_its_reply_never_goes_out(desk: Desk) -> None:
    answered, open_ = desk.scored(number=1), desk.scored(number=2)
    desk.bring(answered, open_)
    approve_one(desk, case_id(answered.mention.id))
    deletions = [desk.scored("", number=number, kind="deleted") for number in (1, 2, 3)]
    for _ in range(2):
        desk.bring(*deletions)
        assert desk.store.cases(CaseQuery(states=tuple(CaseState))).items == ()
        assert desk.store.deliveries() == []
    desk.bring(answered, open_)
    assert desk.store.cases(CaseQuery(states=tuple(CaseState))).items == ()


def test_nothing_is_made_of_a_mention_that_was_erased(desk: Desk) -> None:
    event = desk.scored()
    desk.bring(event)
    with desk.store.unit() as unit:
        unit.erase_mentions([event.mention.id])
    desk.bring(event, keep=False)
    assert desk.store.cases(CaseQuery(states=tuple(CaseState))).items == ()


def test_history_opens_no_case_but_a_danger_of_this_week_does(desk: Desk) -> None:
    now = desk.clock.now()
    desk.bring(
        desk.scored(number=1, at=now - timedelta(hours=25)),
        desk.scored(number=2, at=now - timedelta(hours=23)),
        desk.scored(number=3, at=now - timedelta(days=6), sensitive=("safety",)),
        desk.scored(number=4, at=now - timedelta(days=8), sensitive=("safety",)),
        desk.scored(number=5, at=now - timedelta(hours=60), source="email"),
    )
    opened = {case.mention for case in desk.store.cases(CaseQuery()).items}
    assert opened == {mention_id("x", "2", "Acme"), mention_id("x", "3", "Acme"), mention_id("email", "5", "Acme")}


def test_what_cant_be_read_or_answered_goes_to_the_dead_letters_alone(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan_of = Planner.plan_of

    def without_a_calendar(planner: Planner, scored: ScoredMention, seed: str, **more: object) -> Plan:
        if scored.mention.network_id == "2":
            raise InputError("the calendar ends before")
        return plan_of(planner, scored, seed)

    monkeypatch.setattr(Planner, "plan_of", without_a_calendar)
    late = desk.scored(number=3, at=datetime(9999, 12, 31, 23, 59, tzinfo=desk.clock.now().tzinfo))
    desk.bus.publish([Message(MENTIONS_SCORED, "Acme", value) for value in (b'{"v":1', encode(late))])
    desk.bring(desk.scored(number=2), desk.scored(number=1))
    (case,) = desk.store.cases(CaseQuery()).items
    assert case.mention == mention_id("x", "1", "Acme")
    dead = desk.dead()
    assert len(dead) == 3
    for reason in ("not a MentionScored", "the year 9999", "no case could be made of it: the calendar ends before"):
        assert any(reason in each for each in dead)


def approve_one(desk: Desk, case: str) -> None:
    found = desk.store.case(case)
    assert found is not None
    approve(
        desk.store,
        desk.relay,
        Advisor(lambda _text, _hint: Reading(language="en"), SETTINGS, lambda: BRANDS),
        case_id=case,
        version=found.version,
        text=desk.store.drafts(case)[0].text,
        approach="acknowledge",
        by="Ana",
        now=desk.clock.now(),
        undo_seconds=10,
    )


def save_own(desk: Desk, event: MentionScored) -> Case:
    """As the api does when a person saves a draft."""
    case = desk.store.case(case_id(event.mention.id))
    assert case is not None
    with desk.store.unit() as unit:
        change(unit, case)
        unit.put_drafts(case.id, [Draft(text="My own words.", approach="own", language="en")])
        note_drafted(unit, case.id, Drafted(revision=event.mention.revision, own=True))
    changed = desk.store.case(case.id)
    assert changed is not None
    return changed
