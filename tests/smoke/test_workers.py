"""A distributed set-up as its processes: a real broker, a real database, and `sixminute worker …` for every stage.

The processes are started once for all tests of this file; what a test has ended is started again for the next one.
"""

import json
import uuid
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from kafka import KafkaAdminClient
from prometheus_client.parser import text_string_to_metric_families

from adapters.clock import SystemClock
from core.case import DeliveryState
from core.events import MENTIONS_RAW, DeadLetter, encode, received_event
from core.language import LANGUAGES
from core.mention import Mention, mention_id
from core.ports.bus import Message
from responding.service import case_id
from runtime import settings as settings_module
from runtime.stages import STAGES
from runtime.wiring import backends
from runtime.wiring.house import open_house
from tests.programs import LATEST, Program, environment, wait_until
from tests.servers.kafka import KafkaBroker
from tests.servers.postgres import PostgresServer
from tests.smoke.test_cli import run
from tests.unit.sentiment import checkpoints

__all__ = ["run"]

PARTITIONS = 4
QUIET, STORM = 144, 40
CONFIGURATION = """
[[brands]]
name = "Acme"
[[brands]]
name = "Borealis"
[[sources]]
name = "feed"
kind = "recording"
file = "feed.csv"
speed = 0
"""
Place = Callable[[str], dict[str, str]]

pytestmark = pytest.mark.slow


def write_recording(file: Path) -> None:
    """Three quiet days and ten bad minutes about Acme."""
    first = datetime(2026, 3, 1, tzinfo=UTC)
    times = [first + timedelta(minutes=30 * number) for number in range(QUIET)]
    times += [times[-1] + timedelta(seconds=15 * number) for number in range(1, STORM + 1)]
    lines = [f"{at.isoformat()},My kettle broke for the time {number},{number}" for number, at in enumerate(times)]
    file.write_text("\n".join(["created_at,text,id,brand", *(f"{line},Acme" for line in lines)]), encoding="utf-8")


class Installation:
    """The processes, and this process's own view of bus and store."""

    def __init__(self, folder: Path, variables: Mapping[str, str], kafka: KafkaBroker) -> None:
        self.variables = dict(variables)
        self._folder = folder
        self._admin = KafkaAdminClient(bootstrap_servers=kafka.bootstrap)
        self.settings = settings_module.load(self.variables)
        backends.prepare(self.settings)
        self.house = open_house(self.settings)
        self.programs = {stage: self.program(f"worker {stage}") for stage in STAGES} | {"api": self.program("api")}

    def program(self, arguments: str, name: str = "") -> Program:
        return Program(arguments, self.variables, self._folder, name)

    @property
    def api(self) -> Program:
        return self.programs["api"]

    def items(self, path: str, **parameters: object) -> list[dict[str, Any]]:
        """All pages of a list of the API."""
        found: list[dict[str, Any]] = []
        cursor = ""
        while True:
            page = self.api.get(f"/api/v1/{path}", **parameters, cursor=cursor, limit=100).json()
            found += page["items"]
            if not (cursor := page["next"] or ""):
                return found

    def shares(self, group: str) -> list[int]:
        """How many partitions each member of a group has."""
        (told,) = self._admin.describe_groups([self.settings.kafka_prefix + group]).values()
        given = [member["member_assignment"] for member in told["members"]]
        return sorted(sum(len(each["partitions"]) for each in g["assigned_partitions"]) if g else 0 for g in given)

    def say(self, brand: str, network_id: str) -> Mention:
        """Somebody posts a complaint."""
        now = self.house.clock.now()
        mention = Mention(
            id=mention_id("x", network_id, brand), brand=brand, source="x", network_id=network_id, created_at=now,
            ingested_at=now, text=f"My kettle {network_id} is broken", author="ana",
        )  # fmt: skip
        self.house.bus.publish([Message(MENTIONS_RAW, mention.id, encode(received_event(mention)))])
        return mention

    def start(self) -> None:
        """Start what doesn't run, and wait until all are ready."""
        for program in self.programs.values():
            if not program.running:
                program.start()
        for program in self.programs.values():
            program.wait_until_ready()

    def close(self) -> None:
        for program in self.programs.values():
            program.kill()
        self._admin.close()
        self.house.close()


@pytest.fixture(scope="module")
def place(kafka: KafkaBroker, postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """Makes environments with a prefix and a database of their own."""
    folder = tmp_path_factory.mktemp("workers")
    (folder / "sixminute.toml").write_text(CONFIGURATION, encoding="utf-8")
    write_recording(folder / "feed.csv")
    model = checkpoints.bert(folder / "model", ["negative", "neutral", "positive"], bias=[3.0, 0.0, 0.0])

    def make(database: str) -> dict[str, str]:
        return environment(
            config=folder / "sixminute.toml",
            bus="kafka",
            kafka_bootstrap=kafka.bootstrap,
            kafka_prefix=f"workers-{uuid.uuid4().hex[:8]}.",
            kafka_partitions=PARTITIONS,
            database_url=postgres.url(database),
            model=model,
            threads=1,
            undo_seconds=0,
            data_dir=folder / "data",
        )

    return make


@pytest.fixture(scope="module")
def for_all_tests(place: Place, kafka: KafkaBroker, postgres: PostgresServer) -> Iterator[Installation]:
    with postgres.database() as database:
        variables = place(database)
        made = Installation(Path(variables["SIXMINUTE_CONFIG"]).parent, variables, kafka)
        try:
            yield made
        finally:
            made.close()


@pytest.fixture
def installation(for_all_tests: Installation) -> Installation:
    for_all_tests.start()
    return for_all_tests


def test_a_recording_becomes_mentions_cases_drafts_and_an_alert(installation: Installation) -> None:
    wait_until(lambda: len(installation.items("mentions")) == QUIET + STORM, "all mentions")
    mentions = installation.items("mentions")
    assert len({mention["id"] for mention in mentions}) == len(mentions)
    assert {mention["label"] for mention in mentions} == {"negative"}
    storm = [case_id(mention["id"]) for mention in mentions if int(mention["network_id"]) >= QUIET]
    assert len(storm) == STORM

    def answered() -> bool:
        return {case["id"] for case in installation.items("cases")} >= set(storm)

    wait_until(answered, "a case for each complaint of the last minutes")
    case = installation.api.get(f"/api/v1/cases/{storm[0]}").json()
    assert len(case["drafts"]) >= 2
    (incident,) = wait_until(lambda: installation.items("incidents"), "an incident")
    assert incident["brand"] == "Acme"
    installation.programs["alerting"].wait_for("alert")
    page = installation.api.get("/")
    assert page.status_code == 200
    assert "My kettle broke" in page.text

    reply = {"version": case["version"], **{name: case["drafts"][0][name] for name in ("text", "approach")}}
    answer = installation.api.post(f"/api/v1/cases/{storm[0]}/approve", reply)
    assert answer.status_code == 200, answer.text

    def sent() -> bool:
        (delivery,) = installation.house.store.deliveries(case=storm[0])
        return delivery.state is DeliveryState.SENT

    wait_until(sent, "an approved reply sent")


def test_the_page_says_which_stage_is_missing_and_forgets_it(installation: Installation) -> None:
    alerting, sentence = installation.programs["alerting"], "No alerting worker is running."
    assert sentence not in installation.api.get("/").text
    code, seconds = alerting.end()
    assert code == 0
    assert seconds < LATEST
    assert alerting.events("worker_stopped")
    for language in LANGUAGES:
        assert sentence in installation.api.get("/", language).text, language
    with httpx.stream("GET", f"{installation.api.address}/api/v1/stream", timeout=30.0) as stream:
        told = next(line for line in stream.iter_lines() if line.startswith("data: "))
    assert json.loads(told.removeprefix("data: "))["health"]["parts"]["alerting"] == sentence
    # It is a matter of the stage, not of the api.
    assert installation.api.get("/readyz").status_code == 200
    alerting.start()
    wait_until(lambda: sentence not in installation.api.get("/").text, "the stage no longer missed")
    wait_until(lambda: 'class="trouble"' not in installation.api.get("/").text, "a page without trouble")


def test_who_is_asked_to_stop_hands_over_at_once_and_loses_nothing(installation: Installation) -> None:
    first, second = installation.programs["responding"], installation.program("worker responding", "responding-2")
    second.start()
    second.wait_until_ready()
    wait_until(lambda: installation.shares("responding") == [2, 2], "two members that share")
    said = [installation.say("Borealis", f"handed-{number}") for number in range(60)]
    code, _ = first.end()
    assert code == 0
    clock = SystemClock()
    began = clock.monotonic()
    wait_until(lambda: installation.shares("responding") == [PARTITIONS], "the other one with all partitions")
    assert clock.monotonic() - began < 2
    said += [installation.say("Borealis", f"handed-{number}") for number in range(60, 120)]
    wanted = {case_id(mention.id) for mention in said}

    def opened() -> bool:
        return {case["id"] for case in installation.items("cases", brand="Borealis")} >= wanted

    wait_until(opened, "a case for every complaint")
    assert not first.events("part_left_in_disorder")
    assert not first.events("step_failed")
    assert second.end()[0] == 0


def test_commands_work_over_kafka_and_postgresql(
    installation: Installation, run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in installation.variables.items():
        if name.startswith("SIXMINUTE_"):
            monkeypatch.setenv(name, value)
    rows = [f"2026-03-01T10:00:{number:02d}Z,The kettle is broken,b{number},Borealis" for number in range(20)]
    rows += ["never,The kettle is broken,b20,Borealis"]
    (tmp_path / "export.csv").write_text("\n".join(["created_at,text,id,brand", *rows]), encoding="utf-8")
    replayed = run("replay", "export.csv", "--speed", "0")
    assert replayed.out.startswith("20 accepted, 0 skipped, 1 to the dead letters.")
    assert "Nothing works" not in replayed.err
    wanted = {mention_id("x", f"b{number}", "Borealis") for number in range(20)}
    wait_until(
        lambda: {each["id"] for each in installation.items("mentions", brand="Borealis")} >= wanted, "all of the replay"
    )

    # One that can be done when it comes again, one that never can, and one of another program.
    missed = Mention(
        id=mention_id("x", "missed", "Borealis"), brand="Borealis", source="x", network_id="missed",
        created_at=installation.house.clock.now(), ingested_at=installation.house.clock.now(), text="Broken",
    )  # fmt: skip
    letter = DeadLetter(
        id="d", topic=MENTIONS_RAW, key=missed.id, value=encode(received_event(missed)).decode(),
        reason="the disk was full", stage="sentiment", at=installation.house.clock.now(),
    )  # fmt: skip
    dead = f"{MENTIONS_RAW}.dead"
    installation.house.bus.publish(
        [
            Message(dead, letter.key, encode(letter)),
            Message(MENTIONS_RAW, "k", b'{"v": 7}'),
            Message(dead, "k", b"what is this?"),
        ]
    )
    wait_until(lambda: installation.house.bus.lag("person", dead) == 4, "four dead letters")
    listed = run("dead-letters", "list").out
    assert all(reason in listed for reason in ("row 22", "the disk was full", "MentionReceived", "not a DeadLetter"))
    as_json = [json.loads(line) for line in run("dead-letters", "list", "--json").out.splitlines()]
    assert sorted(each["topic"] for each in as_json) == ["", "", MENTIONS_RAW, MENTIONS_RAW]
    assert run("dead-letters", "replay").out.startswith("2 put back.\n2 never were on the bus")
    wait_until(lambda: installation.house.store.mention(missed.id), "the letter that was put back")
    wait_until(lambda: installation.house.bus.lag("person", dead) == 3, "the one that can't be done is back")
    assert run("dead-letters", "drop", "--yes").out == "3 removed.\n"
    assert run("dead-letters", "list").out == "No dead letters.\n"

    before = len(installation.items("mentions", brand="Acme"))
    borealis = len(installation.items("mentions", brand="Borealis"))
    assert run("export", "mentions", "--brand", "Borealis", "--out", "out.csv").code == 0
    assert len((tmp_path / "out.csv").read_text(encoding="utf-8").splitlines()) == 1 + borealis
    erased = run("erase", "--brand", "Borealis", "--yes")
    assert erased.out == f"{borealis} mentions of 'Borealis' removed.\n", erased.err
    assert installation.items("mentions", brand="Borealis") == []
    assert installation.items("cases", brand="Borealis") == []
    assert len(installation.items("mentions", brand="Acme")) == before


def _failures(program: Program) -> float:
    families = text_string_to_metric_families(program.get("/metrics").text)
    failed = (family for family in families if family.name == "sixminute_steps_failed")
    return sum(sample.value for family in failed for sample in family.samples)


def _failed_often(program: Program) -> bool:
    return _failures(program) >= 4


def test_a_worker_before_migrate_waits_without_spinning_and_goes_on_by_itself(
    place: Place, postgres: PostgresServer, tmp_path: Path
) -> None:
    with postgres.database() as database:
        variables = place(database)
        programs = [Program(arguments, variables, tmp_path) for arguments in ("worker alerting", "api")]
        clock = SystemClock()
        try:
            for program in programs:
                program.start()
            for program in programs:
                assert program.get("/healthz").status_code == 200
            began = clock.monotonic()
            for program in programs:
                wait_until(partial(_failed_often, program), f"{program.arguments} has tried again and again")
            for program in programs:
                (line,) = program.events("step_failed")
                assert line["part"] in {"heartbeat", "bus and store"}
                assert line["reason"].endswith("run `sixminute migrate`")
                assert _failures(program) <= 6 + (clock.monotonic() - began) / 2
                parts = program.parts()
                assert any("run `sixminute migrate`" in sentence for sentence in parts.values())
                assert program.get("/readyz").status_code == 503
            backends.prepare(settings_module.load(variables))
            for program in programs:
                program.wait_until_ready(20.0)
            codes = [program.end()[0] for program in programs]
            assert codes == [0, 0]
        finally:
            for program in programs:
                program.kill()


def test_sigterm_ends_every_process_in_order_with_a_good_code(installation: Installation) -> None:
    for name, program in installation.programs.items():
        code, seconds = program.end()
        assert (name, code) == (name, 0)
        assert seconds < LATEST, name
        lines = program.lines()
        assert lines[-1]["event"] == ("api_stopped" if name == "api" else "worker_stopped")
        bad = [line for line in lines if line["level"] in {"error", "critical"} or line["event"] == "ended_late"]
        assert not bad, name
    assert list(installation.house.store.leases()) == []
