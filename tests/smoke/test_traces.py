"""Traces: one mention is one trace, through every stage and process, told to a real collector over OTLP/HTTP."""

import os
import signal
import subprocess
import sys
import uuid
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

import runtime
from adapters import kafka_topics
from adapters.clock import SystemClock
from core.errors import BackPressureError, ConfigurationError, StorageError
from core.events import ALERTS, DRAFTS, MENTIONS_RAW, MENTIONS_SCORED, encode, received_event
from core.mention import Mention, mention_id
from core.ports.bus import Message
from runtime import settings as settings_module
from runtime.settings import Settings
from runtime.wiring import backends
from runtime.wiring.house import House, LateHouse, open_house
from tests.backends import kafka_connection
from tests.fakes import FakeClock
from tests.servers.collector import CollectedSpan, Collector

ROOT = Path(__file__).resolve().parents[2]
PRODUCER, CONSUMER = 4, 5
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
WHOLE = (
    ("sixminute-ingest", f"send {MENTIONS_RAW}"),
    ("sixminute-sentiment", f"process {MENTIONS_RAW}"),
    ("sixminute-sentiment", f"send {MENTIONS_SCORED}"),
    ("sixminute-responding", f"process {MENTIONS_SCORED}"),
    ("sixminute-responding", f"send {DRAFTS}"),
    ("sixminute-alerting", f"process {MENTIONS_SCORED}"),
)
"""What is told of every mention: by which service, and what."""
SECRET = "The kettle is terrible and my door code is 4711"


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[Collector]:
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "100")
    with Collector() as running:
        yield running


def mention(number: int = 1, text: str = SECRET) -> Mention:
    now = SystemClock().now()
    return Mention(
        id=mention_id("x", str(number), "Acme"),
        brand="Acme",
        source="x",
        network_id=str(number),
        created_at=now,
        ingested_at=now,
        text=text,
    )


def raw(number: int = 1, trace: str = "") -> Message:
    one = mention(number)
    return Message(MENTIONS_RAW, one.id, encode(received_event(one)), trace)


@pytest.fixture
def house(tmp_path: Path, collector: Collector) -> Iterator[House]:
    settings = Settings(data_dir=tmp_path, traces=collector.address, max_backlog=1)
    opened = open_house(settings, FakeClock(), around=backends.tracing(settings, "sentiment"))
    yield opened
    opened.close()


def test_a_message_has_a_span_while_it_is_published_and_one_from_poll_to_commit(house, collector):
    house.bus.publish([raw(1, TRACE)])
    consumer = house.bus.consumer("sentiment", [MENTIONS_RAW])
    (received,) = consumer.poll(10, 0.0)
    consumer.commit([received])
    consumer.close()
    house.close()
    sent, processed = sorted(collector.spans, key=lambda span: span.name, reverse=True)
    assert (sent.name, sent.kind, sent.service) == ("send mentions.raw", PRODUCER, "sixminute-sentiment")
    assert (f"00-{sent.trace}-{sent.parent}-01", sent.error) == (TRACE, "")
    assert (processed.name, processed.kind, processed.error) == ("process mentions.raw", CONSUMER, "")
    assert received.trace.startswith(f"00-{processed.trace}-{processed.id}-")
    assert sent.attributes == {
        "messaging.system": "embedded",
        "messaging.operation.name": "send",
        "messaging.operation.type": "send",
        "messaging.destination.name": "mentions.raw",
        "messaging.message.body.size": len(raw(1).value),
    }
    assert processed.attributes["messaging.consumer.group.name"] == "sentiment"
    assert processed.attributes["messaging.destination.partition.id"] == str(received.partition)
    assert processed.attributes["messaging.embedded.offset"] == received.offset


def test_only_what_is_committed_ends_well(house, collector):
    house.bus.publish([raw(number) for number in range(20)])
    consumer = house.bus.consumer("sentiment", [MENTIONS_RAW])
    received = consumer.poll(20, 0.0)
    assert len({each.trace for each in received}) == 20
    consumer.commit(received[:1])
    consumer.commit(received[:1])
    consumer.close()
    house.close()
    ends = [span.error for span in collector.spans if span.kind == CONSUMER]
    assert sorted(ends) == [""] + ["not committed"] * 19


def test_what_the_bus_refuses_for_now_leaves_no_span_and_what_fails_says_why(house, collector):
    house.bus.publish([raw(1), raw(2)])
    with pytest.raises(BackPressureError):
        house.bus.publish([raw(3)], 0.0)
    house.bus._bus._bus.close()
    with pytest.raises(StorageError):
        house.bus.publish([Message(ALERTS, "Acme", b"{}")])
    house.close()
    assert sorted((span.name, span.error) for span in collector.spans) == [
        ("send alerts", "StorageError"),
        ("send mentions.raw", ""),
        ("send mentions.raw", ""),
    ]


def test_without_an_address_nothing_stands_around_the_bus(tmp_path):
    settings = Settings(data_dir=tmp_path)
    bus = object()
    assert backends.tracing(settings, "sentiment")(bus) is bus


def test_traces_without_opentelemetry_are_a_clear_error(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    monkeypatch.delitem(sys.modules, "runtime.tracing", raising=False)
    monkeypatch.delattr(runtime, "tracing", raising=False)
    settings = Settings(data_dir=tmp_path / "data", traces="http://ada:secret@collector:4318")
    with pytest.raises(ConfigurationError, match=r"install sixminute\[tracing\]") as caught:
        LateHouse(settings, "sentiment")
    assert "secret" not in str(caught.value)
    with pytest.raises(ConfigurationError):
        open_house(settings)
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("address", "fine"), [("collector:4318", False), ("http://c:4318", True), ("https://c/a", True)]
)
def test_an_address_of_traces_is_checked(tmp_path, monkeypatch, address, fine):
    monkeypatch.chdir(tmp_path)
    if fine:
        assert settings_module.load({"SIXMINUTE_TRACES": address}).traces == address
        return
    with pytest.raises(ConfigurationError, match="http://collector:4318"):
        settings_module.load({"SIXMINUTE_TRACES": address})


def test_a_collector_that_is_gone_holds_up_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "10")
    with Collector() as gone:
        address = gone.address
    settings = Settings(data_dir=tmp_path, traces=address)
    house = open_house(settings, around=backends.tracing(settings, "up"))
    house.bus.publish([raw()])
    assert house.bus.lag("sentiment", MENTIONS_RAW) == 1
    house.close()


def test_one_mention_is_one_trace_from_its_source_to_its_drafts_across_processes(kafka, collector, tmp_path):
    place = f"{kafka.bootstrap}/traces-{uuid.uuid4().hex}."
    kafka_topics.migrate(kafka_connection(place), kafka_topics.TopicPlan(partitions=2, replication=1))
    bootstrap, _, prefix = place.partition("/")
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("SIXMINUTE_")},
        "PYTHONPATH": str(ROOT),
        "CHAOS_NETWORK": "",
        "SIXMINUTE_BUS": "kafka",
        "SIXMINUTE_KAFKA_BOOTSTRAP": bootstrap,
        "SIXMINUTE_KAFKA_PREFIX": prefix,
        "SIXMINUTE_DATA_DIR": str(tmp_path / "data"),
        "SIXMINUTE_TRACES": collector.address,
        "SIXMINUTE_LOG": "json",
    }
    ingest = settings_module.load(environment)
    house = open_house(ingest, around=backends.tracing(ingest, "ingest"))
    workers = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.chaos.worker", stage],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for stage in ("sentiment", "responding", "alerting")
    ]
    try:
        house.bus.publish([raw(number) for number in (1, 2)])
        house.close()

        def enough(spans: list[CollectedSpan]) -> bool:
            # Every process tells of its own in its own time; what is shared out anew may be told of twice.
            names = Counter((span.service, span.name) for span in spans if not span.error)
            return all(names[each] >= 2 for each in WHOLE)

        spans = collector.wait(enough)
    finally:
        for worker in workers:
            worker.send_signal(signal.SIGTERM)
        for worker in workers:
            worker.wait(30)
    traces: dict[str, list[CollectedSpan]] = {}
    for span in spans:
        traces.setdefault(span.trace, []).append(span)
    of_mentions = [each for each in traces.values() if any(span.name == "send mentions.raw" for span in each)]
    assert len(of_mentions) == 2
    for trace in of_mentions:
        assert_whole(trace)
    assert not [span for span in spans if SECRET in str(span.attributes)]


def assert_whole(trace: list[CollectedSpan]) -> None:
    """From the source to the drafts, each below what it followed from."""
    by_id = {span.id: span for span in trace}
    paths = {span.name: path(span, by_id) for span in trace if span.service != "sixminute-alerting" and not span.error}
    assert paths[f"send {DRAFTS}"] == list(WHOLE[:-1])
    of_alerting = [span for span in trace if span.name == f"process {MENTIONS_SCORED}" and "alerting" in span.service]
    assert {by_id[span.parent].name for span in of_alerting} == {f"send {MENTIONS_SCORED}"}
    assert {span.attributes["messaging.system"] for span in trace} == {"kafka"}
    # A worker that came into the group later took some of it over, before it was done.
    assert {span.error for span in trace} <= {"", "not committed"}


def path(span: CollectedSpan, by_id: Mapping[str, CollectedSpan]) -> list[tuple[str, str]]:
    """From the first span of the trace down to this one."""
    above = path(by_id[span.parent], by_id) if span.parent else []
    return [*above, (span.service, span.name)]
