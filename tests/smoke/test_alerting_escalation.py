"""Paging on the real embedded bus and store: pages go out at least once, and never twice by two workers."""

import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, get_args

import pytest
from structlog.testing import capture_logs

from adapters.bus_embedded import EmbeddedBus
from adapters.store import SqlStore
from alerting import deciding, pager
from alerting.asking import Report, What
from alerting.channels.log import LogChannel
from alerting.courier import GRACE_SECONDS
from alerting.directory import Directory
from alerting.escalation_service import EscalationService
from alerting.notices import channel_state, person_state
from alerting.policies import PagingSettings, Person, Policy, Step
from alerting.reporting import write
from alerting.telling import page_of
from core.alert import Alert, AlertEvent, Incident, IncidentState, Level
from core.errors import DeliveryError
from core.escalation import Ask, Deed, Escalation, Handling, id_of_test
from core.events import ALERTS, AlertFired, DeadLetter, decode, encode
from core.language import LANGUAGES, Language
from core.paging import ASKING, Page, PageKind
from core.ports.bus import Message
from core.ports.channel import Channel
from tests.backends import StoreAt, open_embedded
from tests.fakes import MONDAY, FakeClock

WORDS = {"en": "too many", "zh-Hant": "太多", "zh-Hans": "太多了"}
MEI = Person(name="Mei-Ling", language="zh-Hant", channels=("sms", "email"))
BO = Person(name="Bo", channels=("email",), role="manager")
LADDER = Policy(name="all", steps=(Step(to=("Mei-Ling",)), Step(to=("Bo",))), repeat=1)


def alert(event: AlertEvent, level: Level, minute: int = 0, incident: str = "i-1") -> Alert:
    return Alert(
        id=f"a-{incident}-{event}-{minute}",
        brand="Nimbus",
        incident=incident,
        at=MONDAY + timedelta(minutes=minute),
        event=event,
        level=level,
        rule="baseline",
        reason=WORDS,
        observed=43,
        expected_low=8,
        expected_high=19,
    )


OPENED = alert(AlertEvent.OPENED, Level.ORANGE)
RAISED = alert(AlertEvent.RAISED, Level.RED, 5)
CLOSED = alert(AlertEvent.CLOSED, Level.BLUE, 90)


LIMIT_SECONDS = 10.0


class Notebook:
    """A channel that writes down what it was told; fails as often as it is asked to."""

    def __init__(self, name: str, *failures: Exception) -> None:
        self.name = name
        self.limit_seconds = LIMIT_SECONDS
        self.failures = list(failures)
        self.pages: list[Page] = []

    def deliver(self, page: Page) -> None:
        self.pages.append(page)
        if self.failures:
            raise self.failures.pop(0)


class Silent:
    """A channel that never answers, until it is let go."""

    def __init__(self, name: str, limit_seconds: float = LIMIT_SECONDS) -> None:
        self.name = name
        self.limit_seconds = limit_seconds
        self.answers = threading.Event()
        self.pages: list[Page] = []

    def deliver(self, page: Page) -> None:
        self.pages.append(page)
        self.answers.wait(30)


class House:
    def __init__(self, folder: Path, store_at: StoreAt) -> None:
        self.clock = FakeClock()
        self.bus: EmbeddedBus
        self.store: SqlStore
        self.bus, self.store = open_embedded(folder, self.clock, store_at)
        self.sms, self.email = Notebook("sms"), Notebook("email")
        self.workers: list[EscalationService] = []
        self.silenced: datetime | None = None

    def worker(
        self, *channels: Channel, renewed: Callable[[], Directory] | None = None, **fields: Any
    ) -> EscalationService:
        told: tuple[Channel, ...] = channels or (self.sms, self.email)
        made = {"people": (MEI, BO), "policies": (LADDER,), "channels": frozenset(each.name for each in told)}
        directory = Directory(**{**made, **fields})
        links = lambda incident, person, case: (f"https://x/{incident}", f"https://x/a/{incident}/{person}")  # noqa: E731
        self.workers.append(
            EscalationService(
                self.bus,
                self.store,
                self.clock,
                told,
                directory,
                links,
                lambda *_: self.silenced,
                patience=0.05,
                renewed=renewed,
            )
        )
        return self.workers[-1]

    def publish(self, *alerts: Alert) -> None:
        for one in alerts:
            with self.store.unit() as unit:
                unit.put_incident(self.incident(one))
                unit.put_alert(one)
        self.bus.publish(
            [
                Message(ALERTS, one.brand, encode(AlertFired(id=f"f-{one.id}", incident=one.incident, alert=one)))
                for one in alerts
            ]
        )

    def incident(self, one: Alert) -> Incident:
        return Incident(
            id=one.incident, brand=one.brand, state=IncidentState.OPEN, level=one.level, peak=one.level, rule="r",
            reason=WORDS, observed=1, expected_low=0, expected_high=1, opened_at=MONDAY, updated_at=MONDAY,
        )  # fmt: skip

    def does(self, by: str, deed: Deed, **fields: Any) -> None:
        made = {"id": f"h-{by}-{deed}", "incident": "i-1", "deed": deed, "by": by, "at": self.clock.now()}
        with self.store.unit() as unit:
            if deed is Deed.ACKNOWLEDGED:
                unit.acknowledge("i-1", by, self.clock.now())
            unit.handle(Handling(**{**made, **fields}))

    def states(self, *incidents: str) -> list[Escalation]:
        found = [self.store.escalation(incident) for incident in incidents]
        return [state for state in found if state]

    def settle(self, worker: EscalationService) -> None:
        while worker.step(0.0):
            pass

    def close(self) -> None:
        for worker in self.workers:
            worker.close()
        self.bus.close()
        self.store.close()

    def forward(self, worker: EscalationService, **duration: float) -> None:
        self.clock.forward(**duration)
        self.settle(worker)


@pytest.fixture
def house(tmp_path: Path, store_at: StoreAt) -> Iterator[House]:
    one = House(tmp_path, store_at)
    yield one
    one.close()


def test_a_page_goes_from_person_to_person_until_somebody_has_it(house: House) -> None:
    worker = house.worker()
    house.publish(OPENED)
    house.settle(worker)
    (page,) = house.sms.pages
    assert (page.person, page.kind, page.level) == ("Mei-Ling", PageKind.OPENED, Level.ORANGE)
    assert (page.title, page.acknowledge_url) == ("橘色警戒 · Nimbus: 太多", "https://x/a/i-1/Mei-Ling")
    assert "請在 09:05 UTC 前接手" in page.text
    house.forward(worker, minutes=2)
    house.forward(worker, minutes=3)
    assert [(one.person, one.kind) for one in house.email.pages] == [
        ("Mei-Ling", PageKind.OPENED),
        ("Bo", PageKind.OPENED),
    ]
    house.does("Bo", Deed.ACKNOWLEDGED)
    house.settle(worker)
    assert (house.sms.pages[-1].kind, house.sms.pages[-1].title) == (
        PageKind.ACKNOWLEDGED,
        "橘色警戒 · Nimbus 由 Bo 處理中",
    )
    assert house.sms.pages[-1].acknowledge_url == ""
    house.forward(worker, hours=2)
    assert (len(house.sms.pages), len(house.email.pages)) == (2, 2)
    tried = [(one.person, one.channel, one.reason, one.answered_at) for one in house.store.attempts("i-1")]
    assert tried == [
        ("Mei-Ling", "sms", "", None),
        ("Mei-Ling", "email", "", None),
        ("Bo", "email", "", MONDAY + timedelta(minutes=5)),
        ("Mei-Ling", "sms", "", None),
    ]


def faulty_over(incident: str) -> Callable[..., Any]:
    """The rules, with a fault over one incident."""
    advance = deciding.advance

    def faulty(before: Escalation, *others: Any, **known: Any) -> Any:
        if before.incident == incident:
            raise OverflowError("date value out of range")
        return advance(before, *others, **known)

    return faulty


def test_a_fault_over_an_alert_keeps_no_other_from_paging(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    worker, advance = house.worker(), deciding.advance
    monkeypatch.setattr(deciding, "advance", faulty_over("i-1"))
    house.publish(OPENED, alert(AlertEvent.OPENED, Level.ORANGE, incident="i-2"))
    with capture_logs() as lines:
        house.settle(worker)
    assert [line["incident"] for line in lines if line["event"] == "paging_failed"] == ["i-1"]
    assert [page.incident for page in house.sms.pages] == ["i-2"]
    (letter,) = (decode(found.value, DeadLetter) for found in house.bus.browse(f"{ALERTS}.dead"))
    assert letter.reason == "paging over it failed, see paging_failed in the log"
    monkeypatch.setattr(deciding, "advance", advance)
    house.bus.publish([Message(letter.topic, letter.key, letter.value.encode())])
    house.settle(worker)
    assert [page.incident for page in house.sms.pages] == ["i-2", "i-1"]


def test_a_fault_in_the_words_of_one_page_keeps_no_other_from_going_out(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = house.worker()

    def faulty(ask: Ask, state: Escalation, *others: Any) -> Page:
        if state.incident == "i-1":
            raise ZeroDivisionError
        return page_of(ask, state, *others)

    monkeypatch.setattr(pager, "page_of", faulty)
    house.publish(OPENED, alert(AlertEvent.OPENED, Level.ORANGE, incident="i-2"))
    with capture_logs() as lines:
        house.settle(worker)
    assert [line["incident"] for line in lines if line["event"] == "paging_failed"] == ["i-1"]
    assert [page.incident for page in house.sms.pages] == ["i-2"]
    monkeypatch.setattr(pager, "page_of", page_of)
    house.forward(worker, minutes=1)  # what nobody sent is sent again
    assert [page.incident for page in house.sms.pages][:2] == ["i-2", "i-1"]


def test_a_fault_over_what_somebody_did_is_tried_again_and_stops_nobody_else(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker, advance = house.worker(), deciding.advance
    house.publish(OPENED, alert(AlertEvent.OPENED, Level.ORANGE, incident="i-2"))
    house.settle(worker)
    monkeypatch.setattr(deciding, "advance", faulty_over("i-1"))
    house.does("Mei-Ling", Deed.ACKNOWLEDGED)
    house.does("Bo", Deed.ACKNOWLEDGED, id="h-2", incident="i-2")
    with capture_logs() as lines:
        house.settle(worker)
        house.settle(worker)
    assert [line["incident"] for line in lines if line["event"] == "paging_failed"] == ["i-1"]
    assert [state.acknowledged_by for state in house.states("i-1", "i-2")] == ["", "Bo"]
    monkeypatch.setattr(deciding, "advance", advance)
    house.forward(worker, minutes=1)
    assert [state.acknowledged_by for state in house.states("i-1", "i-2")] == ["Mei-Ling", "Bo"]


def test_a_fault_over_one_incident_does_not_keep_the_others_from_paging(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker, advance = house.worker(), deciding.advance
    house.publish(OPENED, alert(AlertEvent.OPENED, Level.ORANGE, incident="i-2"))
    house.settle(worker)
    monkeypatch.setattr(deciding, "advance", faulty_over("i-1"))
    with capture_logs() as lines:
        house.forward(worker, minutes=5)
    assert [(line["event"], line["incident"]) for line in lines if line["log_level"] == "error"] == [
        ("paging_failed", "i-1")
    ]
    assert [page.incident for page in house.email.pages if page.person == "Bo"] == ["i-2"]
    monkeypatch.setattr(deciding, "advance", advance)
    house.forward(worker, minutes=1)
    assert sorted({page.incident for page in house.email.pages if page.person == "Bo"}) == ["i-1", "i-2"]


def test_what_is_delivered_twice_is_told_once(house: House) -> None:
    worker = house.worker()
    with capture_logs() as lines:
        house.publish(OPENED, RAISED, CLOSED)
        house.settle(worker)
        house.publish(OPENED, RAISED, CLOSED)
        house.settle(worker)
    assert sorted(page.kind for page in house.sms.pages) == [PageKind.RAISED, PageKind.RESOLVED]
    assert [line["change"] for line in lines if line["event"] == "alert"] == ["opened", "raised", "closed"]


def test_what_rises_several_times_at_once_is_one_page_for_each_person(house: House) -> None:
    worker = house.worker()
    house.publish(OPENED, RAISED)
    house.settle(worker)
    assert [(page.kind, page.level) for page in house.sms.pages] == [(PageKind.RAISED, Level.RED)]
    house.forward(worker, minutes=5)
    assert {(page.kind, page.level) for page in house.email.pages} == {(PageKind.RAISED, Level.RED)}
    house.publish(alert(AlertEvent.OPENED, Level.ORANGE, incident="i-2"))
    house.settle(worker)
    assert house.sms.pages[-1].incident == "i-2"


def test_without_people_whoever_reads_the_log_is_told_in_the_house_s_language(house: House) -> None:
    reader = Person(name="everybody", language="zh-Hant")
    worker = house.worker(LogChannel(), people=(), policies=(), reader=reader)
    with capture_logs() as lines:
        house.publish(OPENED)
        house.settle(worker)
        house.forward(worker, hours=1)
        house.publish(CLOSED)
        house.settle(worker)
    assert [(line["kind"], line["title"]) for line in lines if line["event"] == "page"] == [
        ("opened", "橘色警戒 · Nimbus: 太多"),
        ("resolved", "解除 · Nimbus 事件已結束"),
    ]
    assert [line["reason"] for line in lines if line["event"] == "alert"] == ["太多", "太多"]


def test_a_channel_that_fails_is_followed_by_the_next_one_in_the_same_step_and_others_hear_of_it(house: House) -> None:
    house.sms.failures = [DeliveryError("no such number", permanent=True)]
    worker = house.worker()
    house.publish(OPENED)
    with capture_logs() as lines:
        house.settle(worker)
    pages = {page.person: page for page in house.email.pages}
    assert {name: page.kind for name, page in pages.items()} == {
        "Mei-Ling": PageKind.OPENED,
        "Bo": PageKind.CHANNEL_FAILED,
    }
    assert pages["Bo"].text.split("\n")[0] == "Reason: no such number"
    assert pages["Mei-Ling"].id == house.sms.pages[0].id
    (failed,) = [line for line in lines if line["event"] == "page_failed"]
    assert (failed["channel"], failed["person"], failed["reason"]) == ("sms", "Mei-Ling", "no such number")
    assert [one.reason for one in house.store.attempts("i-1")] == ["no such number", ""]


def test_a_fault_of_a_channel_is_told_without_its_words_which_may_hold_secrets(house: House) -> None:
    house.sms.failures = [ValueError("https://token@sms.example")]
    worker = house.worker()
    house.publish(OPENED)
    house.settle(worker)
    assert [one.reason for one in house.store.attempts("i-1")] == ["a fault of the channel: ValueError", ""]


@pytest.mark.parametrize("limit", [pytest.param(LIMIT_SECONDS, id="usual"), pytest.param(45.0, id="longer")])
def test_a_channel_that_never_answers_holds_nobody_up_and_is_given_up(house: House, limit: float) -> None:
    silent = Silent("sms", limit)
    worker = house.worker(silent, house.email)
    house.publish(OPENED, alert(AlertEvent.OPENED, Level.RED, incident="i-2"))
    house.settle(worker)
    assert not house.email.pages
    house.forward(worker, seconds=limit + GRACE_SECONDS - 1)
    assert not house.email.pages
    house.forward(worker, seconds=1)
    assert sorted(page.incident for page in house.email.pages if page.kind is PageKind.OPENED) == ["i-1", "i-2"]
    assert house.store.attempts("i-1")[0].reason == f"no answer within {limit:.0f} s"
    silent.answers.set()


def test_what_a_channel_says_after_it_was_given_up_counts_all_the_same(house: House) -> None:
    silent = Silent("sms")
    worker = house.worker(silent, house.email)
    house.publish(OPENED)
    house.settle(worker)
    house.forward(worker, seconds=LIMIT_SECONDS + GRACE_SECONDS)
    silent.answers.set()
    for thread in threading.enumerate():
        if thread.name == "page over sms":
            thread.join(10)
    house.forward(worker, seconds=1)
    assert [(one.channel, one.reason == "") for one in house.store.attempts("i-1")] == [
        ("sms", False),
        ("email", True),
        ("sms", True),
    ]


def test_a_channel_that_hangs_takes_up_only_so_many_threads(house: House) -> None:
    silent = Silent("sms")
    worker = house.worker(silent, house.email)
    house.publish(*(alert(AlertEvent.OPENED, Level.RED, incident=f"i-{number}") for number in range(12)))
    house.settle(worker)
    assert sum(thread.name == "page over sms" for thread in threading.enumerate()) <= 8
    assert len([page for page in house.email.pages if page.kind is PageKind.OPENED]) == 4
    silent.answers.set()


def test_a_worker_that_dies_is_followed_by_one_that_sends_the_same_page(house: House) -> None:
    silent = Silent("sms")
    dying = house.worker(silent, house.email)
    house.publish(OPENED)
    house.settle(dying)
    # From here on the first one does nothing more; nobody knows whether its page has arrived.
    second = house.worker()
    house.settle(second)
    assert not house.sms.pages
    house.forward(second, seconds=60)
    assert [page.id for page in house.sms.pages] == [page.id for page in silent.pages]
    assert len(silent.pages) == 1
    silent.answers.set()


def test_of_several_workers_one_sends(house: House) -> None:
    workers = [house.worker() for _ in range(4)]
    house.publish(OPENED)
    barrier = threading.Barrier(len(workers))

    def work(worker: EscalationService) -> None:
        for _ in range(6):
            barrier.wait(30)
            worker.step(0.0)

    for minutes in (0, 2, 3):
        house.clock.forward(minutes=minutes)
        threads = [threading.Thread(target=work, args=(worker,)) for worker in workers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
    assert [page.person for page in house.sms.pages] == ["Mei-Ling"]
    assert sorted(page.person for page in house.email.pages) == ["Bo", "Mei-Ling"]


def test_a_rise_makes_it_nobody_s_again_for_the_page_too(house: House) -> None:
    worker = house.worker()
    house.publish(OPENED)
    house.settle(worker)
    house.does("Mei-Ling", Deed.ACKNOWLEDGED)
    house.settle(worker)
    found = house.store.incident("i-1")
    assert found
    assert found.acknowledged_by == "Mei-Ling"
    house.publish(RAISED)
    house.settle(worker)
    found = house.store.incident("i-1")
    assert found
    assert (found.acknowledged_by, house.sms.pages[-1].kind) == ("", PageKind.RAISED)


def test_who_acknowledges_before_the_alert_has_come_here_is_not_forgotten(house: House) -> None:
    worker = house.worker()
    house.does("Bo", Deed.ACKNOWLEDGED)
    house.settle(worker)
    house.publish(OPENED)
    house.settle(worker)
    state = house.store.escalation("i-1")
    assert state
    assert state.acknowledged_by == "Bo"
    assert not house.store.waiting_handlings(1)


def test_what_people_did_about_nothing_is_put_aside_after_an_hour_and_that_is_told(house: House) -> None:
    worker = house.worker()
    with capture_logs() as lines:
        house.does("Bo", Deed.ACKNOWLEDGED)
        house.settle(worker)
        assert house.store.waiting_handlings(1)
        assert not lines
        house.forward(worker, hours=1)
    assert not house.store.waiting_handlings(1)
    (told,) = [line for line in lines if line["event"] == "handling_dropped"]
    assert (told["incident"], told["person"], told["deed"]) == ("i-1", "Bo", "acknowledged")


def test_what_people_did_before_the_alert_came_is_not_dropped(house: House) -> None:
    worker = house.worker()
    with capture_logs() as lines:
        house.does("Bo", Deed.ACKNOWLEDGED)
        house.settle(worker)
        house.publish(OPENED)
        house.settle(worker)
        house.forward(worker, hours=1)
    assert not house.store.waiting_handlings(1)
    assert not [line for line in lines if line["event"] == "handling_dropped"]


def test_a_test_page_goes_to_everybody_and_an_answer_is_noted(house: House) -> None:
    worker = house.worker()
    house.does("Ada", Deed.TESTED, id="wish", incident="wish")
    house.settle(worker)
    assert [page.person for page in (*house.sms.pages, *house.email.pages)] == ["Mei-Ling", "Bo"]
    id_ = id_of_test("wish", "Bo")
    house.does("Bo", Deed.ACKNOWLEDGED, incident=id_)
    house.settle(worker)
    (tried,) = house.store.attempts(id_)
    assert tried.answered_at == house.clock.now()
    with capture_logs() as lines:
        house.forward(worker, minutes=2)
        house.forward(worker, minutes=13)
    assert [line["person"] for line in lines if line["event"] == "test_page_unanswered"] == ["Mei-Ling"]


def test_a_weekly_test_goes_out_once_at_its_time(house: House) -> None:
    paging = PagingSettings(test_day="monday")
    worker = house.worker(paging=paging)
    house.settle(worker)
    assert not house.email.pages
    house.forward(worker, hours=1)
    house.forward(worker, minutes=1)
    other = house.worker(paging=paging)
    house.settle(other)
    tests = [page for page in house.email.pages if page.kind is PageKind.TEST and page.person == "Bo"]
    assert [page.at for page in tests] == [MONDAY + timedelta(hours=1)]
    house.forward(worker, days=7, hours=2)
    assert len([page for page in house.email.pages if page.kind is PageKind.TEST and page.person == "Bo"]) == 1


def test_a_silence_is_asked_for_again_every_minute_and_can_be_taken_back(house: House) -> None:
    worker = house.worker()
    house.silenced = MONDAY + timedelta(hours=3)
    house.publish(OPENED)
    house.settle(worker)
    house.forward(worker, minutes=1)
    house.forward(worker, minutes=1)
    assert not house.sms.pages
    house.silenced = None
    house.forward(worker, seconds=59)
    assert not house.sms.pages
    house.forward(worker, seconds=1)
    assert [page.person for page in house.sms.pages] == ["Mei-Ling"]


def test_nobody_is_paged_over_a_brand_that_was_made_up(house: House) -> None:
    worker = house.worker(invented=frozenset({"Nimbus"}))
    with capture_logs() as lines:
        house.publish(OPENED)
        house.settle(worker)
        house.does("Bo", Deed.RESOLVED)
        house.settle(worker)
    assert [line["event"] for line in lines] == ["alert"]
    assert not house.sms.pages
    assert not house.email.pages
    (state,) = house.states("i-1")
    assert (state.asks, state.due, state.resolved_by) == ((), None, "Bo")


def test_a_channel_that_is_not_there_is_one_that_fails_for_good(house: House) -> None:
    worker = house.worker(house.email, channels=frozenset({"sms", "email"}))
    house.publish(OPENED)
    house.settle(worker)
    assert house.store.attempts("i-1")[0].reason == "there is no channel 'sms'"
    assert "Mei-Ling" in {page.person for page in house.email.pages}


@pytest.mark.parametrize("what", get_args(What))
def test_everything_that_is_reported_has_a_line_of_its_own(what: What) -> None:
    with capture_logs() as lines:
        write(Report(what=what, person="Bo", channel="sms", reason="why"), "i-1")
    assert [(line["event"], line["incident"]) for line in lines] == [(what, "i-1")]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", PageKind)
def test_a_page_of_every_kind_has_words_in_every_language_that_fit(kind: PageKind, language: Language) -> None:
    ask = Ask(page="p", person="Bo", kind=kind, level=Level.RED, at=MONDAY, due=None, about="Ada @everyone " * 60)
    state = Escalation(incident="i-1", brand="<b>Nimbus", step_due=MONDAY + timedelta(minutes=5))
    page = page_of(ask, state, Person(name="Bo", language=language, zone="Asia/Taipei"), OPENED, MONDAY)
    said = page.title + page.text
    assert ("‹b›Nimbus" in said) == (kind not in {PageKind.TEST, PageKind.CHANNEL_FAILED})
    assert ("17:05" in said) == (kind in ASKING)
    assert not {"<", "@"} & set(said)
    assert len(page.title) <= 120
    assert len(page.text) <= 600
    assert (page.url, page.acknowledge_url) == ("", "")


def test_whoever_did_not_answer_a_test_is_told_apart_from_a_channel_that_fails() -> None:
    for state, said in (
        (person_state("chat"), "chat did not answer a test page"),
        (channel_state("chat"), "BLUE · Pages over chat do not get through"),
    ):
        ask = Ask(
            page="p", person="Bo", kind=PageKind.CHANNEL_FAILED, level=Level.BLUE, at=MONDAY, due=None, about="chat"
        )
        assert page_of(ask, state, BO, None, MONDAY).title == said


def test_what_is_no_alert_goes_to_the_dead_letters(house: House) -> None:
    worker = house.worker()
    house.bus.publish([Message(ALERTS, "Nimbus", b"{}")])
    assert worker.step(0.0) == 1
    worker.close()
    worker.close()
    (letter,) = house.bus.browse(f"{ALERTS}.dead")
    assert b"not a AlertFired" in letter.value


def test_the_log_channel_writes_one_line_with_nothing_that_answers_for_somebody() -> None:
    page = Page(
        id="p-1", kind=PageKind.RAISED, incident="i-1", level=Level.YELLOW, person="Bo", language="en",
        title="YELLOW · Nimbus: too many", text="too many", at=MONDAY, brand="Nimbus",
        acknowledge_url="https://x/a/TOKEN",
    )  # fmt: skip
    with capture_logs() as lines:
        LogChannel().deliver(page)
    assert lines == [
        {
            "event": "page",
            "log_level": "warning",
            "kind": "raised",
            "brand": "Nimbus",
            "source": "",
            "person": "Bo",
            "page_level": "yellow",
            "title": "YELLOW · Nimbus: too many",
            "incident": "i-1",
            "page": "p-1",
        }
    ]


def test_a_policy_that_is_changed_meanwhile_holds_within_seconds(house: House) -> None:
    directories = [Directory(people=(MEI, BO), policies=(LADDER,), channels=frozenset({"sms", "email"}))]
    worker = house.worker(renewed=lambda: directories[-1])
    house.publish(OPENED)
    house.settle(worker)
    assert [page.person for page in house.sms.pages] == ["Mei-Ling"]
    other = Policy(name="all", steps=(Step(to=("Bo",)),), repeat=1)
    directories.append(Directory(people=(MEI, BO), policies=(other,), channels=frozenset({"sms", "email"})))
    house.forward(worker, seconds=2)
    house.publish(alert(AlertEvent.OPENED, Level.RED, incident="i-2"))
    house.settle(worker)
    assert [(page.person, page.incident) for page in house.email.pages] == [("Bo", "i-2")]
