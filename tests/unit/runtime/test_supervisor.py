"""The supervisor runs real threads; each test waits for an event, never for a time."""

import random
import threading

import pytest
from structlog.testing import capture_logs

from adapters.clock import SystemClock
from core.errors import ConfigurationError, StorageError, StorageFullError
from core.ports.clock import Clock
from runtime import supervisor as module
from runtime.supervisor import OK, HopelessError, Job, Running, Supervisor
from tests.fakes import FakeClock

LONG = 20.0


class Steps:
    """A service that does what it is told, step by step, and says when it has."""

    name = "steps"

    def __init__(self, *outcomes: int | BaseException) -> None:
        self.outcomes = list(outcomes)
        self.used_up = threading.Event()
        self.closed = threading.Event()

    def step(self, timeout: float) -> int:
        if not self.outcomes:
            self.used_up.set()
            return 0
        outcome = self.outcomes.pop(0)
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome

    def close(self) -> None:
        self.closed.set()


@pytest.fixture
def clock() -> Clock:
    return SystemClock()


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch):
    monkeypatch.setattr(module, "_FIRST_PAUSE", 0.0)


@pytest.fixture
def pauses(monkeypatch) -> list[float | None]:
    """How long each pause would be; nobody waits for one."""
    asked: list[float | None] = []

    class Impatient(threading.Event):
        def wait(self, timeout=None):
            asked.append(timeout)
            return super().wait(0)

    class Watched(Running):
        def __init__(self, name):
            super().__init__(name)
            self.asked_to_stop = Impatient()

    monkeypatch.setattr(module, "Running", Watched)
    return asked


def test_a_service_is_stepped_counted_and_closed(clock):
    service = Steps(3, 4)
    supervisor = Supervisor(clock)
    supervisor.start(Job("steps", lambda: service, "starting"))
    assert service.used_up.wait(LONG)
    assert supervisor.health() == {"steps": OK}
    supervisor.stop()
    assert service.closed.is_set()
    assert supervisor.tallies["steps"].done == 7
    assert supervisor.health() == {}


def test_a_failing_step_is_told_and_tried_again(clock):
    told: list[tuple[str, str]] = []
    service = Steps(StorageFullError("no room left on the disk"), ValueError("odd"), 1)
    supervisor = Supervisor(clock, lambda name, sentence: told.append((name, sentence)))
    supervisor.start(Job("steps", lambda: service, "starting"))
    assert service.used_up.wait(LONG)
    supervisor.stop()
    assert [sentence for _, sentence in told] == ["starting", OK, "no room left on the disk", "ValueError: odd", OK]
    assert service.closed.is_set()
    assert supervisor.tallies["steps"].failures == 2
    assert supervisor.tallies["steps"].done == 1


def test_who_fails_again_and_again_for_one_reason_is_told_once_and_not_called_well_in_between(monkeypatch):
    clock = FakeClock()
    told: list[str] = []

    class Tired(Steps):
        def step(self, timeout):
            clock.forward(seconds=1)
            return super().step(timeout)

    monkeypatch.setattr(module, "_FIRST_PAUSE", 0.001)
    monkeypatch.setattr(module, "_LONGEST_PAUSE", 0.001)
    monkeypatch.setattr(module, "_TOLD_AGAIN_SECONDS", 5.0)
    away, full = StorageError("away"), StorageFullError("no room")
    service = Tired(away, away, full, away, away, away, away, away, away, 1)
    supervisor = Supervisor(clock, lambda _, sentence: told.append(sentence))
    with capture_logs() as logs:
        supervisor.start(Job("steps", lambda: service, "starting"))
        assert service.used_up.wait(LONG)
        supervisor.stop()
    assert told == ["starting", OK, "away", "no room", "away", OK]
    said = [log.get("reason", "well") for log in logs if log["event"] in {"step_failed", "part_well"}]
    assert said == ["away", "no room", "away", "away", "well"]
    assert supervisor.tallies["steps"].failures == 9


def test_one_that_does_nothing_is_well_again_only_when_that_lasts(monkeypatch, pauses):
    clock = FakeClock()
    told: list[str] = []

    class Slow(Steps):
        def step(self, timeout):
            clock.forward(seconds=1)
            return super().step(timeout)

    monkeypatch.setattr(module, "_FIRST_PAUSE", 2.0)
    away = StorageError("away")
    service = Slow(away, 0, 0, away, 0, 0, 0, 0, StorageError("full"), 1)
    supervisor = Supervisor(clock, lambda _, sentence: told.append(sentence))
    supervisor.start(Job("steps", lambda: service, "starting"))
    assert service.used_up.wait(LONG)
    supervisor.stop()
    assert told == ["starting", OK, "away", "full", OK], "after pauses of 2 and 4 s, steps of 1 s: never long enough"


def test_no_secret_is_in_what_is_said_of_a_service(clock):
    told: list[str] = []
    service = Steps(StorageFullError("no room for s3cret"), 1)
    supervisor = Supervisor(
        clock, lambda _, sentence: told.append(sentence), blot=lambda text: text.replace("s3cret", "***")
    )
    supervisor.start(Job("steps", lambda: service, "starting"))
    assert service.used_up.wait(LONG)
    supervisor.stop()
    assert told == ["starting", OK, "no room for ***", OK]


def test_a_service_that_can_not_be_made_is_made_again(clock):
    service = Steps(1)
    attempts = []

    def make() -> Steps:
        attempts.append(1)
        if len(attempts) < 3:
            raise StorageFullError("no room")
        return service

    supervisor = Supervisor(clock)
    supervisor.start(Job("steps", make, "starting"))
    assert service.used_up.wait(LONG)
    supervisor.stop()
    assert len(attempts) == 3


def test_a_job_that_nothing_can_help_is_given_up_and_told_once(clock):
    attempts = []

    def make() -> Steps:
        attempts.append(1)
        raise HopelessError(ConfigurationError("no such model"))

    supervisor = Supervisor(clock)
    with capture_logs() as logs:
        running = supervisor.start(Job("model", make, "starting"))
        assert running.thread is not None
        running.thread.join(LONG)
    assert running.over
    assert str(supervisor.hopeless) == "no such model"
    assert isinstance(supervisor.hopeless, ConfigurationError)
    assert (len(attempts), logs, supervisor.stuck(), supervisor.health()) == (1, [], "", {})
    supervisor.stop()


def test_one_job_stops_while_the_others_go_on(clock):
    first, second = Steps(), Steps()
    supervisor = Supervisor(clock)
    running = supervisor.start(Job("first", lambda: first, "starting"))
    supervisor.start(Job("second", lambda: second, "starting"))
    running.stop()
    assert first.closed.is_set()
    assert not second.closed.is_set()
    assert set(supervisor.health()) <= {"second"}
    supervisor.stop()
    assert second.closed.is_set()


class Endless(Steps):
    """A step that goes on until the test ends it."""

    def __init__(self) -> None:
        super().__init__()
        self.begun = threading.Event()
        self.ended = threading.Event()

    def step(self, timeout: float) -> int:
        self.begun.set()
        self.ended.wait(LONG)
        return 1


def test_pauses_grow_with_failures_until_all_was_well_for_longer_and_are_spread(monkeypatch, pauses):
    clock = FakeClock()

    class Slow(Steps):
        def step(self, timeout):
            done = super().step(timeout)
            clock.forward(seconds=6)
            return done

    monkeypatch.setattr(module, "_FIRST_PAUSE", 0.5)
    failure = StorageError("away")
    service = Slow(*[failure] * 2, 1, *[failure] * 6, 1, 1, failure, 1, 1, 1, failure)
    supervisor = Supervisor(clock, picker=random.Random(7))
    supervisor.start(Job("steps", lambda: service, "starting"))
    assert service.used_up.wait(LONG)
    supervisor.stop()
    longest = [0.5, 1, 2, 4, 8, 10, 10, 10, 10, 0.5]
    assert len(pauses) == len(longest)
    assert all(most / 2 <= pause <= most for pause, most in zip(pauses, longest, strict=True))
    assert len({pause / most for pause, most in zip(pauses, longest, strict=True)}) == len(longest)


def test_a_step_that_never_ends_and_a_thread_that_died_want_a_restart(monkeypatch):
    monkeypatch.setattr(threading, "excepthook", lambda its: None)
    clock = FakeClock()
    endless = Endless()
    supervisor = Supervisor(clock)
    supervisor.start(Job("endless", lambda: endless, "starting"))
    assert endless.begun.wait(LONG)
    clock.forward(minutes=10)
    assert supervisor.stuck() == ""
    clock.forward(seconds=1)
    assert supervisor.stuck() == "A step of endless has not ended for more than 10 minutes."
    endless.ended.set()
    supervisor.stop()
    assert supervisor.stuck() == ""

    dying = Steps(SystemExit())
    running = supervisor.start(Job("dying", lambda: dying, "starting"))
    assert running.thread
    running.thread.join(LONG)
    assert supervisor.stuck() == "The thread of dying has died."
    assert not dying.closed.is_set()


def test_what_is_still_being_made_is_not_waited_for_and_never_begins(clock, monkeypatch):
    monkeypatch.setattr(module, "_SHORT_SECONDS", 0.01)
    making, made = threading.Event(), threading.Event()
    service = Steps()

    def make() -> Steps:
        making.set()
        made.wait(LONG)
        return service

    supervisor = Supervisor(clock)
    running = supervisor.start(Job("slow", make, "starting"))
    assert making.wait(LONG)
    with capture_logs() as logged:
        supervisor.stop()
    assert not supervisor.over
    assert supervisor.stuck() == ""
    made.set()
    assert service.closed.wait(LONG)
    assert running.thread
    running.thread.join(LONG)
    assert supervisor.over
    assert not service.used_up.is_set()
    assert logged == []


def test_services_that_hang_are_left_after_one_patience_for_all(clock, monkeypatch):
    monkeypatch.setattr(module, "_STOP_SECONDS", 0.2)
    services = [Endless() for _ in range(5)]
    supervisor = Supervisor(clock)
    for number, service in enumerate(services):
        supervisor.start(Job(f"endless {number}", lambda service=service: service, "starting"))
        assert service.begun.wait(LONG)
    began = clock.monotonic()
    with capture_logs() as logged:
        supervisor.stop()
    assert clock.monotonic() - began < 5 * 0.2
    assert not supervisor.over
    assert [(each["event"], each["part"]) for each in logged] == [
        ("part_did_not_stop", f"endless {number}") for number in (4, 3, 2, 1, 0)
    ]
    for service in services:
        service.ended.set()
        assert service.closed.wait(LONG)


def test_a_service_that_can_not_leave_in_order_keeps_nobody_from_stopping(clock):
    class Stubborn(Steps):
        def close(self) -> None:
            super().close()
            raise StorageError("the database is away")

    service = Stubborn()
    supervisor = Supervisor(clock)
    supervisor.start(Job("steps", lambda: service, "starting"))
    assert service.used_up.wait(LONG)
    with capture_logs() as logged:
        supervisor.stop()
    assert supervisor.over
    assert ("part_left_in_disorder", "the database is away") in {(e["event"], e.get("reason")) for e in logged}


def test_what_was_stopped_is_forgotten_when_the_next_one_starts(clock):
    supervisor = Supervisor(clock)
    for _ in range(3):
        service = Steps()
        running = supervisor.start(Job("again", lambda service=service: service, "starting"))
        assert service.used_up.wait(LONG)
        running.stop()
    assert len(supervisor._running) == 1
    assert supervisor.stuck() == ""


def test_a_service_may_stop_itself(clock):
    class Leaving(Steps):
        def step(self, timeout: float) -> int:
            running.stop()
            return 0

    service = Leaving()
    gate = threading.Event()

    def make() -> Leaving:
        gate.wait(LONG)
        return service

    supervisor = Supervisor(clock)
    running = supervisor.start(Job("leaving", make, "starting"))
    gate.set()
    assert service.closed.wait(LONG)
    supervisor.stop()
    assert supervisor.over
