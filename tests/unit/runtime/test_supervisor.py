"""The supervisor runs real threads; each test waits for an event, never for a time."""

import threading

import pytest

from adapters.clock import SystemClock
from core.errors import StorageFullError
from core.ports import Clock
from runtime import supervisor as module
from runtime.supervisor import OK, Job, Supervisor

LONG = 20.0


class Steps:
    """A service that does what it is told, step by step, and says when it has."""

    name = "steps"

    def __init__(self, *outcomes: int | Exception) -> None:
        self.outcomes = list(outcomes)
        self.used_up = threading.Event()
        self.closed = threading.Event()

    def step(self, timeout: float) -> int:
        if not self.outcomes:
            self.used_up.set()
            return 0
        outcome = self.outcomes.pop(0)
        if isinstance(outcome, Exception):
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
    assert [sentence for _, sentence in told] == ["starting", OK, "no room left on the disk", OK, "ValueError: odd", OK]
    assert service.closed.is_set()
    assert supervisor.tallies["steps"].failures == 2
    assert supervisor.tallies["steps"].done == 1


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
