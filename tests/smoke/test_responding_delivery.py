from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
import structlog.testing

from core import casework
from core.case import Case, CaseState, Delivery, DeliveryState, Grade
from core.errors import BackPressureError, ConflictError, DeliveryError, InputError, NotFoundError
from core.events import REPLIES_APPROVED
from core.mention import Label, Mention, Reading, Score, ScoredMention
from core.ports.bus import Message
from core.relay import Relay
from responding.advisor import Advisor
from responding.delivery import PublisherService
from responding.publishers.outbox import OutboxPublisher
from responding.settings import RespondingSettings
from tests.backends import StoreAt, open_embedded
from tests.fakes import FakeClock

REPLY = "I'm sorry you waited so long. We'll write to you here within the hour; message us to talk to a person."
ADVISOR = Advisor(lambda _text, _hint: Reading(language="en"), RespondingSettings(), list)


class Network:
    """A publisher that keeps what it was asked to send, and can be told to go wrong."""

    name = "network"
    would_be_sent = False

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.trouble: BaseException | None = None

    def publish(self, delivery: Delivery) -> str:
        self.asked.append(delivery.text)
        if self.trouble:
            raise self.trouble
        return "post 7"


class Desk:
    def __init__(self, folder: Path, store_at: StoreAt) -> None:
        self.clock = FakeClock()
        self.bus, self.store = open_embedded(folder, self.clock, store_at)
        self.relay = Relay(self.store, self.bus)
        self.network = Network()
        self.service = PublisherService(self.bus, self.store, self.clock, self.network)
        self.extra: list[PublisherService] = []
        self.open("c-1")

    def open(self, case: str) -> None:
        now = self.clock.now()
        mention = Mention(
            id=f"m-{case}",
            brand="Acme",
            source="x",
            network_id=case,
            created_at=now,
            ingested_at=now,
            text="my parcel is late",
        )
        score = Score(
            label=Label.NEGATIVE,
            p_negative=0.9,
            p_neutral=0.1,
            p_positive=0.0,
            reading=Reading(language="en"),
            model="hand",
            scored_at=now,
        )
        words = {"en": "late", "zh-Hant": "遲到", "zh-Hans": "迟到"}
        opened = Case(
            id=case,
            mention=mention.id,
            brand="Acme",
            channel="x",
            language="en",
            grade=Grade.STANDARD,
            why_grade=words,  # type: ignore[arg-type]
            themes=(),
            opened_at=now,
            golden_at=now,
            limit_at=now,
            updated_at=now,
        )
        with self.store.unit() as unit:
            unit.put_mentions([ScoredMention(mention=mention, score=score)])
            unit.put_case(opened, ())

    def case(self, case: str = "c-1") -> Case:
        found = self.store.case(case)
        assert found is not None
        return found

    def approve(self, text: str = REPLY, by: str = "Ana", version: int | None = None, case: str = "c-1") -> Delivery:
        return casework.approve(
            self.store,
            self.relay,
            ADVISOR,
            case_id=case,
            version=self.case(case).version if version is None else version,
            text=text,
            approach="acknowledge",
            by=by,
            now=self.clock.now(),
            undo_seconds=10,
        )

    def settle(self) -> None:
        while self.service.step(0.0):
            pass

    def states(self) -> list[DeliveryState]:
        return [delivery.state for delivery in self.store.deliveries()]

    def another_worker(self) -> PublisherService:
        worker = PublisherService(self.bus, self.store, self.clock, self.network)
        self.extra.append(worker)
        return worker


@pytest.fixture
def desk(tmp_path: Path, store_at: StoreAt) -> Iterator[Desk]:
    desk = Desk(tmp_path, store_at)
    yield desk
    for service in (desk.service, *desk.extra):
        service.close()
    desk.bus.close()
    desk.store.close()


def test_an_approved_reply_waits_for_undo_and_then_goes_out_once(desk: Desk) -> None:
    delivery = desk.approve()
    assert (delivery.approved_by, delivery.approved_at) == ("Ana", desk.clock.now())
    desk.settle()
    assert desk.network.asked == []
    assert desk.case().state is CaseState.APPROVED
    desk.clock.forward(seconds=9.9)
    desk.settle()
    assert desk.network.asked == []
    desk.clock.forward(seconds=0.1)
    desk.settle()
    desk.settle()
    assert desk.network.asked == [REPLY]
    (sent,) = desk.store.deliveries()
    assert (sent.state, sent.detail, sent.would_be_sent) == (DeliveryState.SENT, "post 7", False)
    assert sent.finished_at == desk.clock.now()
    assert (desk.case().state, desk.case().answered_at) == (CaseState.ANSWERED, desk.clock.now())
    stored = desk.store.mention("m-c-1")
    assert stored is not None
    assert stored.budget.approved == delivery.approved_at
    assert stored.budget.sent == desk.clock.now()


def test_the_outbox_sends_nothing_and_says_so(desk: Desk) -> None:
    desk.service.close()
    desk.service = PublisherService(desk.bus, desk.store, desk.clock, OutboxPublisher())
    desk.approve()
    desk.clock.forward(seconds=10)
    desk.settle()
    (sent,) = desk.store.deliveries()
    assert (sent.state, sent.would_be_sent) == (DeliveryState.SENT, True)
    assert sent.detail.startswith("would be sent on x")
    assert desk.case().state is CaseState.ANSWERED


def test_redelivered_approvals_change_nothing(desk: Desk) -> None:
    desk.approve()
    (event,) = desk.bus.browse(REPLIES_APPROVED)
    desk.clock.forward(seconds=10)
    desk.settle()
    before = (desk.store.deliveries(), desk.case())
    for _ in range(2):
        desk.bus.publish([Message(event.topic, event.key, event.value)])
        desk.settle()
    assert (desk.store.deliveries(), desk.case()) == before
    assert desk.network.asked == [REPLY]


def test_a_crash_between_claim_and_publish_is_shown_and_never_sent_again(desk: Desk) -> None:
    delivery = desk.approve()
    desk.clock.forward(seconds=10)
    desk.network.trouble = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        desk.settle()
    assert desk.states() == [DeliveryState.CLAIMED]
    desk.network.trouble = None
    desk.service.close()
    desk.service = PublisherService(desk.bus, desk.store, desk.clock, desk.network)
    desk.clock.forward(seconds=59)
    desk.settle()
    assert desk.states() == [DeliveryState.CLAIMED], "another publisher may still be sending it"
    desk.clock.forward(seconds=10)
    desk.settle()
    assert desk.network.asked == [delivery.text]
    (unclear,) = desk.store.deliveries()
    assert unclear.state is DeliveryState.UNCLEAR
    assert "look on the network" in unclear.detail
    assert desk.case().state is CaseState.APPROVED
    assert casework.resolve(desk.store, "c-1", "Ana", desk.clock.now()).state is CaseState.RESOLVED


def test_a_live_worker_that_was_taken_for_dead_still_says_how_it_ended(desk: Desk) -> None:
    desk.approve()
    desk.clock.forward(seconds=10)
    network = desk.network

    class Slow(Network):
        def publish(self, delivery: Delivery) -> str:
            desk.another_worker().step(0.0)
            assert desk.states() == [DeliveryState.CLAIMED]
            desk.clock.forward(minutes=1)
            desk.another_worker().step(0.0)
            assert desk.states() == [DeliveryState.UNCLEAR]
            return super().publish(delivery)

    desk.service.close()
    slow = Slow()
    desk.service = PublisherService(desk.bus, desk.store, desk.clock, slow)
    desk.settle()
    assert (slow.asked, network.asked) == ([REPLY], [])
    assert desk.states() == [DeliveryState.SENT]


def test_an_unclear_outcome_is_never_retried_but_can_be_answered_anew(desk: Desk) -> None:
    desk.approve()
    desk.clock.forward(seconds=10)
    desk.network.trouble = TimeoutError("no answer")
    desk.settle()
    desk.clock.forward(hours=1)
    desk.settle()
    assert desk.network.asked == [REPLY]
    (unclear,) = desk.store.deliveries()
    assert unclear.state is DeliveryState.UNCLEAR
    assert "TimeoutError" in unclear.detail
    desk.network.trouble = None
    casework.reopen(desk.store, "c-1", "Bo", desk.clock.now())
    desk.approve(by="Bo")
    desk.clock.forward(seconds=10)
    desk.settle()
    assert desk.case().state is CaseState.ANSWERED
    assert desk.network.asked == [REPLY, REPLY]


def test_what_was_surely_not_sent_goes_back_to_who_approved(desk: Desk) -> None:
    desk.approve()
    desk.clock.forward(seconds=10)
    desk.network.trouble = DeliveryError("the network refused the text: shorten it", permanent=True)
    desk.settle()
    (failed,) = desk.store.deliveries()
    assert (failed.state, failed.detail) == (DeliveryState.FAILED, "the network refused the text: shorten it")
    assert (desk.case().state, desk.case().claimed_by) == (CaseState.CLAIMED, "Ana")


def test_a_case_that_was_closed_meanwhile_stays_closed(desk: Desk) -> None:
    desk.approve()
    desk.clock.forward(seconds=10)
    case = desk.case()
    with desk.store.unit() as unit:
        unit.change_case(msgspec.structs.replace(case, state=CaseState.RESOLVED))
    desk.settle()
    assert desk.states() == [DeliveryState.SENT]
    assert desk.case().state is CaseState.RESOLVED


def test_a_case_that_changes_in_the_very_moment_keeps_its_state_and_the_log_says_so(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    stale = desk.case()
    desk.approve()
    desk.clock.forward(seconds=10)
    monkeypatch.setattr(desk.store, "case", lambda _id: msgspec.structs.replace(stale, state=CaseState.APPROVED))
    with structlog.testing.capture_logs() as lines:
        desk.settle()
    monkeypatch.undo()
    assert [(line["event"], line["case"]) for line in lines] == [
        ("case_changed_meanwhile", "c-1"),
        ("reply_sent", "c-1"),
    ]
    assert desk.states() == [DeliveryState.SENT]
    assert desk.case().state is CaseState.APPROVED


def test_of_very_many_that_wait_the_oldest_goes_out_first(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("responding.delivery._AT_ONCE", 2)
    names = [f"c-{number}" for number in range(1, 8)]
    for name in names[1:]:
        desk.open(name)
    for name in names:
        desk.approve(f"{REPLY} {name}", case=name)
        desk.clock.forward(seconds=2)
    desk.clock.forward(seconds=-4)
    desk.settle()
    assert desk.network.asked == [f"{REPLY} c-1"]
    desk.clock.forward(minutes=1)
    desk.settle()
    assert desk.network.asked == [f"{REPLY} {name}" for name in names]


def test_what_cant_be_read_goes_to_the_dead_letters(desk: Desk) -> None:
    desk.bus.publish([Message(REPLIES_APPROVED, "c-1", b"{}")])
    desk.settle()
    (dead,) = desk.bus.browse(f"{REPLIES_APPROVED}.dead")
    assert b"not a ReplyApproved" in dead.value


def test_a_withdrawn_reply_is_never_sent_and_another_can_be_approved(desk: Desk) -> None:
    first = desk.approve()
    case = casework.withdraw(desk.store, "c-1", "Ana", desk.clock.now())
    assert (case.state, case.claimed_by) == (CaseState.CLAIMED, "Ana")
    desk.clock.forward(seconds=10)
    desk.settle()
    assert desk.network.asked == []
    second = desk.approve(REPLY + " Ana")
    assert second.id != first.id
    desk.clock.forward(seconds=10)
    desk.settle()
    assert desk.network.asked == [REPLY + " Ana"]
    with pytest.raises(ConflictError, match="has gone out"):
        casework.withdraw(desk.store, "c-1", "Ana", desk.clock.now())


def test_what_is_on_its_way_cant_be_withdrawn(desk: Desk) -> None:
    delivery = desk.approve()
    with desk.store.unit() as unit:
        unit.move_delivery(delivery.id, DeliveryState.WAITING, DeliveryState.CLAIMED, desk.clock.now())
    with pytest.raises(ConflictError, match="has gone out"):
        casework.withdraw(desk.store, "c-1", "Ana", desk.clock.now())
    for change in (casework.resolve, casework.reopen):
        with pytest.raises(ConflictError, match="under way"):
            change(desk.store, "c-1", "Ana", desk.clock.now())


def test_one_claims_and_the_other_is_told_who_was_first(desk: Desk) -> None:
    now = desk.clock.now()
    claimed = casework.claim(desk.store, "c-1", "Ana", now)
    assert (claimed.state, claimed.claimed_by, claimed.version) == (CaseState.CLAIMED, "Ana", 1)
    assert casework.claim(desk.store, "c-1", "Ana", now) == claimed
    for attempt in (
        lambda: casework.claim(desk.store, "c-1", "Bo", now),
        lambda: casework.resolve(desk.store, "c-1", "Bo", now),
        lambda: desk.approve(by="Bo"),
    ):
        with pytest.raises(ConflictError, match="Ana"):
            attempt()


def test_approving_twice_gives_the_same_delivery_and_a_stale_version_is_refused(desk: Desk) -> None:
    first = desk.approve(version=0)
    desk.clock.forward(seconds=2)
    assert desk.approve(version=0) == first
    assert len(desk.store.deliveries()) == 1
    with pytest.raises(ConflictError, match="has changed"):
        desk.approve(REPLY + " And more.", version=0)
    with pytest.raises(ConflictError, match="approved already"):
        desk.approve(REPLY + " And more.")
    with pytest.raises(ConflictError, match="reopen"):
        casework.claim(desk.store, "c-1", "Ana", desk.clock.now())


@pytest.mark.parametrize(("text", "rule"), [("", "empty"), ("Calm down.", "tone"), ("好" * 141, "too_long")])
def test_a_text_that_must_not_be_sent_is_refused_by_name(desk: Desk, text: str, rule: str) -> None:
    with pytest.raises(InputError, match=rule):
        desk.approve(text)
    assert desk.store.deliveries() == []
    assert desk.case().state is CaseState.OPEN


def test_a_full_bus_doesnt_undo_an_approval(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise BackPressureError("the publisher is too far behind")

    with monkeypatch.context() as patch:
        patch.setattr(desk.bus, "publish", full)
        desk.approve()
    assert desk.case().state is CaseState.APPROVED
    assert desk.relay.flush() == 1


def test_every_change_wants_a_case_and_a_name(desk: Desk) -> None:
    now = desk.clock.now()
    for change in (casework.claim, casework.withdraw, casework.resolve, casework.reopen):
        with pytest.raises(NotFoundError, match="c-none"):
            change(desk.store, "c-none", "Ana", now)
        with pytest.raises(InputError, match="who you are"):
            change(desk.store, "c-1", "  ", now)
    with pytest.raises(InputError, match="who you are"):
        desk.approve(by="")


def test_resolving_and_reopening_go_back_and_forth(desk: Desk) -> None:
    now = desk.clock.now()
    assert casework.reopen(desk.store, "c-1", "Ana", now) == desk.case()
    resolved = casework.resolve(desk.store, "c-1", "Ana", now)
    assert (resolved.state, resolved.resolved_at, resolved.claimed_by) == (CaseState.RESOLVED, now, "Ana")
    assert casework.resolve(desk.store, "c-1", "Bo", now) == resolved
    reopened = casework.reopen(desk.store, "c-1", "Bo", now)
    assert (reopened.state, reopened.claimed_by, reopened.resolved_at) == (CaseState.OPEN, "", None)


def test_who_comes_second_on_the_same_version_is_told_so(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = desk.case()
    casework.claim(desk.store, "c-1", "Ana", desk.clock.now())
    monkeypatch.setattr(desk.store, "case", lambda _: seen)
    with pytest.raises(ConflictError, match="look at it again"):
        casework.claim(desk.store, "c-1", "Bo", desk.clock.now())


def test_nobody_is_answered_whose_post_is_gone(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk.store, "mention", lambda _: None)
    with pytest.raises(NotFoundError, match="nobody to answer"):
        desk.approve()


def test_a_reply_that_goes_out_at_the_last_moment_cant_be_withdrawn(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    delivery = desk.approve()
    monkeypatch.setattr(desk.store, "deliveries", lambda **_: [delivery])
    with desk.store.unit() as unit:
        unit.move_delivery(delivery.id, DeliveryState.WAITING, DeliveryState.CLAIMED, desk.clock.now())
    with pytest.raises(ConflictError, match="already on its way"):
        casework.withdraw(desk.store, "c-1", "Ana", desk.clock.now())


def test_two_workers_send_one_reply_once(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    delivery = desk.approve()
    desk.clock.forward(seconds=10)
    desk.settle()
    late = desk.another_worker()
    monkeypatch.setattr(desk.store, "deliveries", lambda **_: [delivery])
    late.step(0.0)
    assert desk.network.asked == [REPLY]


def test_a_step_begins_to_send_for_some_seconds_only_because_a_stop_waits_for_it(desk: Desk) -> None:
    for number in range(2, 8):
        desk.open(f"c-{number}")
    for number in range(1, 8):
        desk.approve(case=f"c-{number}")
    desk.clock.forward(seconds=10)

    class Slow(Network):
        def publish(self, delivery: Delivery) -> str:
            desk.clock.forward(seconds=2)
            return super().publish(delivery)

    desk.service.close()
    slow = Slow()
    desk.service = PublisherService(desk.bus, desk.store, desk.clock, slow)
    desk.service.step(0.0)
    assert len(slow.asked) == 3
    assert desk.states().count(DeliveryState.WAITING) == 4
    assert DeliveryState.CLAIMED not in desk.states()
    desk.settle()
    assert len(slow.asked) == 7
    assert set(desk.states()) == {DeliveryState.SENT}


def test_a_brand_that_is_erased_while_its_reply_goes_out_doesnt_come_back(desk: Desk) -> None:
    desk.approve()
    desk.clock.forward(seconds=10)

    class Slow(Network):
        def publish(self, delivery: Delivery) -> str:
            desk.store.erase_brand("Acme")
            return super().publish(delivery)

    desk.service.close()
    desk.service = PublisherService(desk.bus, desk.store, desk.clock, Slow())
    desk.settle()
    assert list(desk.store.deliveries()) == []
    assert desk.store.case("c-1") is None
    assert list(desk.store.brands()) == []
