from core.events import MENTIONS_RAW
from core.ports import Message
from runtime import metrics
from runtime.supervisor import Supervisor, Tally


def test_every_stage_and_backlog_has_its_figures(application):
    supervisor = Supervisor(application.clock)
    supervisor.tallies["alerting"] = Tally(done=7, failures=1, busy_seconds=2.5)
    supervisor._now_is("alerting", "ok")
    supervisor._now_is("model", "loading")
    bus = application.house.bus
    bus.publish([Message(MENTIONS_RAW, "k", b"{}"), Message(f"{MENTIONS_RAW}.dead", "k", b"{}")])
    text = metrics.render(metrics.renderer(supervisor, lambda: application.house)).decode()
    for line in (
        'sixminute_messages_done_total{stage="alerting"} 7.0',
        'sixminute_step_failures_total{stage="alerting"} 1.0',
        'sixminute_busy_seconds_total{stage="alerting"} 2.5',
        'sixminute_healthy{stage="alerting"} 1.0',
        'sixminute_healthy{stage="model"} 0.0',
        'sixminute_lag{group="sentiment",topic="mentions.raw"} 1.0',
        'sixminute_dead_letters{topic="mentions.raw.dead"} 1.0',
    ):
        assert line in text
