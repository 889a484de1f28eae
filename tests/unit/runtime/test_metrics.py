"""What a process tells Prometheus: its own share of the work, and what bus and store say, without waiting for them."""

import dataclasses
import threading
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta

import pytest
from prometheus_client.parser import text_string_to_metric_families
from structlog.testing import capture_logs

from adapters.bus_embedded import EmbeddedBus
from adapters.clock import SystemClock
from core.case import DeliveryState
from core.errors import StorageError
from core.events import ALERTS, MENTIONS_RAW, DeadLetter, decode, encode, received_event
from core.ports.bus import Message
from core.ports.source import Read
from core.service import dead_row
from core.spend import Budgets
from ingest.settings import SourceSettings
from runtime import measuring, stages
from runtime.looking import EVERY_SECONDS, OLDEST_SECONDS, Looking, View
from runtime.measuring import Measures
from runtime.metrics import Figures
from runtime.settings import Settings
from runtime.supervisor import STEP_ENDS, Running, Supervisor, Tally
from tests.backends import BUSES
from tests.contract.things import NotYet, case, scored
from tests.fakes import FakeClock

LONG = 20.0
UP = stages.view(Settings(), "up", "")


def figures_of(application, view: View = UP, supervisor: Supervisor | None = None) -> Figures:
    house = application.house
    supervisor = supervisor or Supervisor(application.clock)
    return Figures(supervisor, lambda: house, house.measures, application.clock, view)


def look(figures: Figures) -> None:
    for job in figures.jobs():
        job.make().step(0.0)


def told(figures: Figures) -> Mapping[str, float]:
    """Every sample by its name and labels, as they stand in the text."""
    return {
        f"{sample.name}{dict(sorted(sample.labels.items())) or ''}": sample.value
        for family in text_string_to_metric_families(figures.render().decode())
        for sample in family.samples
    }


def at_most(name: str, seconds: float, **labels: str) -> str:
    return f"{name}_bucket{ {'le': str(float(seconds)), **labels} }"


def test_every_part_has_its_figures(application):
    supervisor = Supervisor(application.clock)
    supervisor.tallies["alerting"] = tally = Tally()
    tally.add(3, 0.25)
    tally.add(4, 61.0)
    tally.failures = 1
    supervisor._now_is("alerting", "ok")
    supervisor._now_is("model", "loading")
    found = told(figures_of(application, supervisor=supervisor))
    name = "sixminute_step_duration_seconds"
    for sample, value in {
        "sixminute_messages_done_total{'part': 'alerting'}": 7,
        "sixminute_steps_failed_total{'part': 'alerting'}": 1,
        "sixminute_busy_seconds_total{'part': 'alerting'}": 61.25,
        at_most(name, 0.1, part="alerting"): 0,
        at_most(name, 0.25, part="alerting"): 1,
        at_most(name, STEP_ENDS[-1], part="alerting"): 1,
        f"{name}_count{ {'part': 'alerting'} }": 2,
        f"{name}_sum{ {'part': 'alerting'} }": 61.25,
        "sixminute_part_healthy{'part': 'alerting'}": 1,
        "sixminute_part_healthy{'part': 'model'}": 0,
        "sixminute_alive": 1,
        "sixminute_producers_rebuilt_total": 0,
    }.items():
        assert found[sample] == value, sample
    assert found["process_resident_memory_bytes"] > 0
    assert found["process_cpu_seconds_total"] > 0


def test_a_part_that_hangs_is_told(application):
    supervisor = Supervisor(application.clock)
    figures = figures_of(application, supervisor=supervisor)
    supervisor._running.append(hanging := Running("alerting"))
    hanging.stepping_since = application.clock.monotonic()
    assert told(figures)["sixminute_alive"] == 1
    application.clock.forward(hours=1)
    assert told(figures)["sixminute_alive"] == 0


def test_the_time_budget_of_every_stage_is_measured(application):
    application.say("My Acme kettle arrived broken", at=application.clock.now() - timedelta(seconds=45))
    application.settle()
    application.clock.forward(minutes=5)
    (one,) = application.cases()
    opened = application.client.get(f"/api/v1/cases/{one.id}").json()
    draft = opened["drafts"][0]
    answer = application.client.post(
        f"/api/v1/cases/{one.id}/approve",
        json={"text": draft["text"], "approach": draft["approach"], "version": opened["version"]},
    )
    assert answer.status_code == 200, answer.text
    application.forward(seconds=30, step=timedelta(seconds=12))
    assert application.expect_delivery().state is DeliveryState.SENT

    figures = figures_of(application)
    look(figures)
    found = told(figures)
    name = "sixminute_post_latency_seconds"
    for stage, seconds in {"ingested": 45, "scored": 45, "drafted": 45, "approved": 345, "sent": 357}.items():
        assert found[f"{name}_count{ {'stage': stage} }"] == 1, stage
        assert found[f"{name}_sum{ {'stage': stage} }"] == seconds, stage
    assert found[at_most(name, 300, stage="sent")] == 0
    assert found[at_most(name, 360, stage="sent")] == 1
    assert found["sixminute_reply_latency_seconds_sum"] == 12
    assert found["sixminute_first_responses{'window': 'golden'}"] == 1
    assert found["sixminute_first_responses{'window': 'late'}"] == 0
    assert found["sixminute_messages_published_total{'topic': 'mentions.raw'}"] == 1
    assert found["sixminute_messages_published_total{'topic': 'drafts'}"] == 1


def test_what_comes_twice_is_measured_once(application):
    store, measures = application.house.store, application.house.measures
    for _ in range(2):
        with store.unit() as unit:
            unit.put_mentions([scored(1)])
            unit.put_case(case(1), [])
            unit.mark(["m-0001", "m-gone"], "alerted", application.clock.now())
        application.clock.forward(minutes=1)
    counts = {
        sample.labels["stage"]: sample.value
        for metric in measures.collect()
        for sample in metric.samples
        if sample.name == "sixminute_post_latency_seconds_count"
    }
    assert counts == {"alerted": 1, "drafted": 1}


def test_what_a_unit_did_not_do_is_not_measured(application):
    store, measures = application.house.store, application.house.measures
    with suppress(NotYet), store.unit() as unit:
        unit.put_mentions([scored(1)])
        unit.put_case(case(1), [])
        raise NotYet
    assert not [sample for metric in measures.collect() for sample in metric.samples if "stage" in sample.labels]


def test_work_that_is_done_is_not_done_again_for_want_of_a_figure(application, monkeypatch):
    def gone(_ids):
        raise StorageError("the database has gone")

    store = measuring.measured(application.house.store, Measures())
    with store.unit() as unit:
        unit.put_mentions([scored(1)])
        unit.put_case(case(1), [])
        monkeypatch.setattr(application.house.store, "mentions_by_id", gone)
    assert store.case("c-0001")


def test_a_dead_letter_is_logged_without_its_text_and_its_reason_which_may_quote_it(application):
    letter = dead_row("a secret text", "no date", "ingest", MENTIONS_RAW, application.clock)
    with capture_logs() as lines:
        application.house.bus.publish([letter, Message(f"{ALERTS}.dead", "k", b"anything")])
    assert lines == [
        {
            "event": "dead_letter_written",
            "log_level": "warning",
            "topic": "mentions.raw.dead",
            "stage": "ingest",
            "letter": decode(letter.value, DeadLetter).id,
        }
    ]


def test_bus_and_store_are_looked_at_for_those_who_tell_everything(application):
    house, clock = application.house, application.clock
    settings = Settings(sources=(SourceSettings(name="a", kind="demonstration"),))
    mention = scored(1).mention
    house.bus.publish(
        [Message(MENTIONS_RAW, "k", encode(received_event(mention))), Message(f"{ALERTS}.dead", "k", b"")]
    )
    with house.store.unit() as unit:
        unit.put_mentions([scored(1), scored(2)])
        unit.put_case(case(1, limit_at=clock.now() - timedelta(seconds=1)), [])
        unit.put_case(case(2, limit_at=clock.now() + timedelta(minutes=1)), [])
        unit.emit(MENTIONS_RAW, "k", received_event(mention))
    until = clock.now() + timedelta(seconds=30)
    house.store.take_lease("worker:sentiment:one", "one", clock.now(), until, "ok")
    house.store.take_lease("worker:sentiment:two", "two", clock.now(), clock.now() + timedelta(seconds=5), "ok")
    house.store.take_lease("source:a", "me", clock.now(), until)
    api, up, worker = (figures_of(application, stages.view(settings, role, "me")) for role in ("api", "up", "ingest"))
    for figures in (api, up, worker):
        look(figures)
    found = told(api)
    for sample, value in {
        "sixminute_server_reachable{'server': 'bus'}": 1,
        "sixminute_server_reachable{'server': 'store'}": 1,
        "sixminute_lag_messages{'group': 'sentiment', 'topic': 'mentions.raw'}": 1,
        "sixminute_lag_messages{'group': 'escalation', 'topic': 'alerts'}": 0,
        "sixminute_dead_letters{'topic': 'alerts.dead'}": 1,
        "sixminute_outbox_events": 1,
        "sixminute_cases{'state': 'unanswered'}": 2,
        "sixminute_cases{'state': 'overdue'}": 1,
        "sixminute_workers{'stage': 'sentiment'}": 2,
        "sixminute_workers{'stage': 'ingest'}": 0,
    }.items():
        assert found[sample] == value, sample
    assert not [sample for sample in found if sample.startswith("sixminute_source_held")]
    assert told(up)["sixminute_workers{'stage': 'sentiment'}"] == 3
    assert told(up)["sixminute_source_held{'source': 'a'}"] == 1
    assert told(worker)["sixminute_source_held{'source': 'a'}"] == 1
    assert not [s for s in told(worker) if s.startswith(("sixminute_lag", "sixminute_cases", "sixminute_workers"))]

    clock.forward(seconds=EVERY_SECONDS)
    look(api)
    assert told(api)["sixminute_workers{'stage': 'sentiment'}"] == 1


def test_what_a_month_costs_is_told_and_a_budget_where_there_is_one(application):
    house, now = application.house, application.clock.now()
    with house.store.unit() as unit:
        unit.bill("x", [Read(resource="user", ids=tuple(map(str, range(90))))], now)
    for budget, state in ((None, {}), (1.0, {"ok": 0, "warned": 1, "narrowed": 0}), (0.9, {"narrowed": 1})):
        figures = figures_of(application, stages.view(Settings(budgets=Budgets(x=budget)), "api", "me"))
        look(figures)
        found = told(figures)
        assert found["sixminute_spend_dollars{'network': 'x'}"] == pytest.approx(0.9)
        assert found["sixminute_spend_forecast_dollars{'network': 'x'}"] > 0.9
        assert found.get("sixminute_budget_dollars{'network': 'x'}") == budget
        for name, value in state.items():
            assert found[f"sixminute_budget_state{ {'network': 'x', 'state': name} }"] == value, name
        assert any(sample.startswith("sixminute_budget_state") for sample in found) == bool(state)
    assert not any("dollars" in each for each in told(figures_of(application)))


def test_a_worker_tells_the_lag_of_its_own_groups(application):
    figures = figures_of(application, stages.view(Settings(), "alerting", "me"))
    look(figures)
    assert {sample for sample in told(figures) if sample.startswith("sixminute_lag")} == {
        "sixminute_lag_messages{'group': 'alerting', 'topic': 'mentions.scored'}",
        "sixminute_lag_messages{'group': 'escalation', 'topic': 'alerts'}",
    }


def test_what_can_not_be_reached_is_told_and_the_rest_stays(application, tmp_path):
    clock = application.clock
    bus = EmbeddedBus(tmp_path / "another.db", clock)
    house = dataclasses.replace(application.house, bus=bus)
    figures = Figures(Supervisor(clock), lambda: house, house.measures, clock, UP)
    look(figures)
    assert told(figures)["sixminute_server_reachable{'server': 'bus'}"] == 1
    bus.close()
    clock.forward(seconds=EVERY_SECONDS)
    look(figures)
    found = told(figures)
    assert found["sixminute_server_reachable{'server': 'bus'}"] == 0
    assert found["sixminute_server_reachable{'server': 'store'}"] == 1
    assert found["sixminute_outbox_events"] == 0
    assert not [sample for sample in found if sample.startswith("sixminute_lag")]


def test_before_there_is_a_house_a_process_tells_of_itself():
    clock = FakeClock()
    figures = Figures(Supervisor(clock), lambda: None, Measures(), clock, stages.view(Settings(), "sentiment", "me"))
    look(figures)
    found = told(figures)
    assert found["sixminute_server_reachable{'server': 'bus'}"] == 0
    assert found["sixminute_server_reachable{'server': 'store'}"] == 0
    assert found["sixminute_alive"] == 1


def test_nobody_who_asks_waits_for_brokers_that_do_not_answer(kafka_proxy, kafka, tmp_path):
    from adapters import kafka_topics
    from tests.backends import kafka_connection

    place = f"{kafka_proxy.address}/silent-{tmp_path.name}."
    kafka_topics.migrate(kafka_connection(place), kafka_topics.TopicPlan(partitions=1, replication=1))
    clock = FakeClock()
    bus = BUSES["kafka"](place, SystemClock())
    looking = Looking(lambda: bus.lag("sentiment", MENTIONS_RAW), clock)
    looking.step(0.0)
    assert looking.seen == 0
    kafka_proxy.blackhole()
    clock.forward(seconds=EVERY_SECONDS)
    hanging = threading.Thread(target=looking.step, args=(0.0,))
    hanging.start()
    try:
        assert looking.seen == 0
        clock.forward(seconds=OLDEST_SECONDS)
        assert looking.seen is None
        assert hanging.is_alive()
    finally:
        kafka_proxy.heal()
        hanging.join(LONG)
        bus.close()
    assert not hanging.is_alive()


def test_it_is_looked_now_and_then_only():
    clock = FakeClock()
    looks: list[float] = []
    looking = Looking(lambda: looks.append(clock.monotonic()) or len(looks), clock)
    began = clock.monotonic()
    while clock.monotonic() < began + 3 * EVERY_SECONDS:
        assert looking.step(0.5) == 0
        clock.forward(seconds=0.1)
    assert len(looks) == 3
    assert looking.seen == 3
