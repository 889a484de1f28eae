"""The demonstration as a person controls it, through the real pipeline; fake time makes it run its course at once."""

import threading

import pytest

from runtime.demonstration import DemonstrationRunner
from runtime.supervisor import Supervisor

AT_A_TIME = 10


class Pace:
    """Fake time runs away with who sleeps in a thread of its own, unless that waits for those who work."""

    def __init__(self, application):
        self._application = application
        self._ours = threading.current_thread()
        self._sleep = application.clock.sleep
        self._naps = threading.Semaphore(0)
        application.clock.sleep = self._nap

    def _nap(self, seconds):
        if threading.current_thread() is not self._ours:
            self._naps.acquire(timeout=1)
        self._sleep(seconds)

    def play(self, runner):
        while runner.state() == "running":
            self._naps.release(AT_A_TIME)
            self._application.settle()
        self._application.settle()


@pytest.fixture
def play(application):
    return Pace(application).play


def test_it_runs_its_course_raises_the_alarm_and_can_be_erased(application, play):
    supervisor = Supervisor(application.clock)
    runner = DemonstrationRunner(application.house, supervisor)
    assert runner.state() == "absent"
    runner.begin()
    play(runner)
    assert runner.state() == "finished"
    assert list(application.house.store.brands()) == [runner.brand]
    assert application.alerts()
    assert application.cases()
    runner.finish()

    again = DemonstrationRunner(application.house, supervisor)
    assert again.state() == "finished"
    again.begin()
    assert again.state() in {"running", "finished"}
    play(again)
    again.erase()
    assert again.state() == "absent"
    assert list(application.house.store.brands()) == []
    again.stop()
    assert again.state() == "absent"
    supervisor.stop()


def test_a_stopped_one_stays_stopped_and_a_running_one_goes_on_after_a_restart(application, play):
    supervisor = Supervisor(application.clock)
    runner = DemonstrationRunner(application.house, supervisor)
    runner.start()
    runner.stop()
    assert runner.state() == "stopped"
    later = DemonstrationRunner(application.house, supervisor)
    later.begin()
    assert later.state() == "stopped"
    with application.house.store.unit() as unit:
        unit.save_cursor("demonstration:state", "running")
    assert later.state() == "stopped"  # the program was started without the demonstration
    later.begin()
    play(later)
    assert later.state() == "finished"
    application.alerts()
    supervisor.stop()
