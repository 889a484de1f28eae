"""The demonstration as a person controls it, through the real pipeline; fake time makes it run its course at once."""

from runtime.demonstration import DemonstrationRunner
from runtime.supervisor import Supervisor


def play(application, runner):
    while runner.state() == "running":
        application.settle()
    application.settle()


def test_it_runs_its_course_raises_the_alarm_and_can_be_erased(application):
    supervisor = Supervisor(application.clock)
    runner = DemonstrationRunner(application.house, supervisor)
    assert runner.state() == "absent"
    runner.begin()
    play(application, runner)
    assert runner.state() == "finished"
    assert list(application.house.store.brands()) == [runner.brand]
    assert application.alerts()
    assert application.cases()
    runner.finish()

    again = DemonstrationRunner(application.house, supervisor)
    assert again.state() == "finished"
    again.begin()
    assert again.state() in {"running", "finished"}
    play(application, again)
    again.erase()
    assert again.state() == "absent"
    assert list(application.house.store.brands()) == []
    again.stop()
    assert again.state() == "absent"
    supervisor.stop()


def test_a_stopped_one_stays_stopped_and_a_running_one_goes_on_after_a_restart(application):
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
    later.begin()
    play(application, later)
    assert later.state() == "finished"
    application.alerts()
    supervisor.stop()
