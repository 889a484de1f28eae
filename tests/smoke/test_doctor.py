"""`sixminute doctor` on whatever can be wrong: one clear line each, that names it and says what to do.

A worker that is started with the same mistake ends with that line, or waits and says it.
"""

import os
import re
import shutil
import socket
import sys
import uuid
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaAdminClient

import runtime
from adapters.clock import SystemClock
from adapters.data_directory import DataDirectory
from core.ports.clock import Clock
from runtime import settings as settings_module
from runtime.commands.doctor import Finding, examine
from runtime.heartbeat import LEASE, WORKERS
from runtime.settings import Settings
from runtime.stages import STAGES
from runtime.wiring import backends
from sentiment.model_folder import bundled_model
from tests.backends import sqlite_at
from tests.programs import Program, environment, wait_until
from tests.servers import missing
from tests.servers.kafka import KafkaBroker
from tests.servers.postgres import PASSWORD, PostgresServer
from tests.servers.process import LOOPBACK, Port, UnavailableError
from tests.smoke.test_cli import Result, run

__all__ = ["run"]

WRONG = "battery staple"
NOBODY = Port()
CHECKS = (
    "settings", "data directory", "several machines", "database", "bus", "clock", "dead letters", "model", "languages",
    "brands", "paging", "policies", "sources", "spend", "channels", "last pages", "webhooks", "traces",
    "running",
)  # fmt: skip

Doctor = Callable[..., Result]


@pytest.fixture(scope="module")
def prepared(kafka: KafkaBroker, postgres: PostgresServer) -> Iterator[Mapping[str, str]]:
    """Settings with which all is well."""
    with postgres.database() as database:
        variables = {
            "SIXMINUTE_BUS": "kafka",
            "SIXMINUTE_KAFKA_BOOTSTRAP": kafka.bootstrap,
            "SIXMINUTE_KAFKA_PREFIX": f"doctor-{uuid.uuid4().hex[:8]}.",
            "SIXMINUTE_KAFKA_PARTITIONS": "2",
            "SIXMINUTE_DATABASE_URL": postgres.url(database),
        }
        backends.prepare(settings_module.load(variables))
        yield variables


@pytest.fixture
def variables(prepared: Mapping[str, str], monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The same for one test, which changes some of them."""
    for name, value in prepared.items():
        monkeypatch.setenv(name, value)
    return dict(prepared)


@pytest.fixture
def doctor(run: Any, variables: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Doctor:
    """The command with some settings changed: it tells no password, and has a verdict for everything."""

    def call(**changed: object) -> Result:
        for name, value in changed.items():
            variables[f"SIXMINUTE_{name.upper()}"] = str(value)
            monkeypatch.setenv(f"SIXMINUTE_{name.upper()}", str(value))
        result: Result = run("doctor")
        for secret in (PASSWORD, WRONG, "Traceback"):
            assert secret not in result.out + result.err
        assert result.err == ""
        return result

    return call


def findings(result: Result) -> dict[str, tuple[str, str]]:
    """The verdict and the sentence of each check, all in one line."""
    lines = [re.fullmatch(r"  (ok|warning|problem|skipped) +([a-z ]+): (.+)", line) for line in result.out.splitlines()]
    assert all(lines), result.out
    return {line[2]: (line[1], line[3]) for line in lines if line}


def only_problem(result: Result) -> tuple[str, str]:
    """The one thing that is wrong; what needs it is skipped."""
    assert result.code == 1
    found = findings(result)
    ((name, (_, sentence)),) = [item for item in found.items() if item[1][0] == "problem"]
    if name != "settings":
        assert tuple(found) == CHECKS
        for verdict, words in found.values():
            lacking = re.fullmatch("it needs the (.+)", words) if verdict == "skipped" else None
            assert verdict != "skipped" or (lacking and found[lacking[1]][0] != "ok")
    return name, sentence


def waiting(program: Program, part: str) -> str:
    """What a process says that waits because one of its parts can't work."""
    lines = program.wait_for("step_failed", part=part)
    assert program.get("/readyz").status_code == 503
    assert lines[0]["reason"] in program.parts().values()
    assert program.get("/healthz").status_code == 200
    return str(lines[0]["reason"])


@pytest.fixture
def program(variables: dict[str, str], tmp_path: Path) -> Iterator[Callable[..., Program]]:
    """Starts a process with the settings of this test; when it is stopped it must end well."""
    made: list[Program] = []

    def start(arguments: str, **changed: object) -> Program:
        own = {name.removeprefix("SIXMINUTE_").lower(): value for name, value in variables.items()}
        made.append(Program(arguments, environment(**{**own, **changed}), tmp_path))
        made[-1].start()
        return made[-1]

    yield start
    for each in made:
        code = each.end()[0] if each.running else 0
        each.kill()
        text = each.log.read_text(encoding="utf-8")
        assert code == 0
        assert PASSWORD not in text
        assert WRONG not in text
        assert "Traceback" not in text


def test_all_is_well(doctor: Doctor) -> None:
    result = doctor()
    assert result.code == 0
    found = findings(result)
    assert tuple(found) == CHECKS
    assert {verdict for verdict, _ in found.values()} == {"ok"}
    assert found["clock"][1].endswith("of the database's")
    assert "10 topics, 2 partitions" in found["bus"][1]
    assert found["running"][1] == "nothing runs at the moment"


def test_some_stages_run_and_others_do_not(doctor: Doctor, variables: dict[str, str]) -> None:
    settings = settings_module.load(variables)
    now = backends.system_clock().now()
    wanted = [stage for stage in STAGES if stage != "ingest"]
    store = backends.open_store(settings)
    try:
        for stage in wanted:
            store.take_lease(f"{WORKERS}{stage}:a", "a", now, now + LEASE, "ok")
        assert findings(doctor())["running"] == ("ok", "a worker of every stage")
        store.drop_lease(f"{WORKERS}alerting:a", "a")
        assert only_problem(doctor()) == ("running", "No alerting worker is running.")
    finally:
        for stage in wanted:
            store.drop_lease(f"{WORKERS}{stage}:a", "a")
        store.close()


def test_which_webhooks_are_on(doctor: Doctor) -> None:
    verdict, sentence = findings(doctor())["webhooks"]
    assert verdict == "ok"
    assert sentence == (
        "none on; mentions, email and form: set SIXMINUTE_WEBHOOK_SECRET; meta: set SIXMINUTE_META_APP_SECRET and "
        "SIXMINUTE_META_VERIFY_TOKEN; line: set SIXMINUTE_LINE_CHANNEL_SECRET"
    )
    secret = "whsec_YmF0dGVyeSBzdGFwbGUgYmF0dGVyeSBzdGFwbGU="
    result = doctor(webhook_secret=secret, meta_app_secret=WRONG, line_channel_secret=WRONG)
    assert findings(result)["webhooks"] == (
        "ok",
        "mentions, email and form, meta, line on; meta: set SIXMINUTE_META_VERIFY_TOKEN",
    )
    assert secret[6:] not in result.out


def test_a_secret_of_webhooks_that_is_none(doctor: Doctor) -> None:
    name, sentence = only_problem(doctor(webhook_secret=WRONG))
    assert name == "settings"
    assert sentence.startswith("SIXMINUTE_WEBHOOK_SECRET: secret 1 of 2 is not whsec_ and at least 16 bytes in base64")


@pytest.mark.parametrize("variable", ["kafka_bootstrap", "database_url"])
def test_nobody_listens_at_an_address(doctor: Doctor, program: Callable[..., Program], variable: str) -> None:
    wrong = {"kafka_bootstrap": NOBODY.address, "database_url": f"postgresql://ana:x@{NOBODY.address}/name"}[variable]
    worker = program("worker publisher", **{variable: wrong})
    name, sentence = only_problem(doctor(**{variable: wrong}))
    assert name == {"kafka_bootstrap": "bus", "database_url": "database"}[variable]
    assert NOBODY.address in sentence
    assert f"check SIXMINUTE_{variable.upper()}" in sentence
    assert waiting(worker, "heartbeat") == sentence


def test_every_server_is_silent(doctor: Doctor) -> None:
    with socket.create_server((LOOPBACK, 0)) as silent:
        address = f"{LOOPBACK}:{silent.getsockname()[1]}"
        result = doctor(
            kafka_bootstrap=f"{address},{NOBODY.address}", database_url=f"postgresql://ana:x@{address}/name"
        )
    assert result.code == 1
    found = findings(result)
    assert {name for name, (verdict, _) in found.items() if verdict == "problem"} == {"database", "bus"}
    assert found["dead letters"] == ("skipped", "it needs the bus")
    assert found["clock"] == ("skipped", "it needs the database")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda url: re.sub(r":[^:@]*@", f":{WRONG.replace(' ', '%20')}@", url), "user name or password"),
        (lambda url: url.replace("//postgres:", "//nobody:"), "user name or password"),
        (lambda url: f"{url}_not", "no such database"),
    ],
    ids=["password", "user", "name"],
)
def test_the_database_refuses_us(
    doctor: Doctor,
    program: Callable[..., Program],
    variables: dict[str, str],
    change: Callable[[str], str],
    says: str,
) -> None:
    wrong = change(variables["SIXMINUTE_DATABASE_URL"])
    api = program("api", database_url=wrong)
    name, sentence = only_problem(doctor(database_url=wrong))
    assert name == "database"
    assert says in sentence
    assert "check SIXMINUTE_DATABASE_URL" in sentence
    assert waiting(api, "bus and store") == sentence


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[KafkaBroker, Port]]:
    """A broker that wants to know who we are."""
    port = Port()
    broker = KafkaBroker(tmp_path_factory.mktemp("guarded"))
    listeners = f"PLAINTEXT://{LOOPBACK}:{broker.port},GUARDED://{port.address}"
    module = "org.apache.kafka.common.security.plain.PlainLoginModule"
    broker.properties.update(
        {
            "listeners": f"{listeners},CONTROLLER://{LOOPBACK}:{broker.controller_port}",
            "advertised.listeners": listeners,
            "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,GUARDED:SASL_PLAINTEXT",
            "sasl.enabled.mechanisms": "PLAIN",
            "listener.name.guarded.plain.sasl.jaas.config": f'{module} required user_ana="correct horse";',
        }
    )
    try:
        broker.start()
    except UnavailableError as error:
        missing(str(error))
    yield broker, port
    broker.stop()


def test_kafka_refuses_us(
    doctor: Doctor, program: Callable[..., Program], guarded: tuple[KafkaBroker, Port], variables: dict[str, str]
) -> None:
    broker, port = guarded
    prefix = variables["SIXMINUTE_KAFKA_PREFIX"]
    backends.prepare(
        Settings(
            bus="kafka", kafka_bootstrap=broker.bootstrap, kafka_prefix=prefix, kafka_partitions=2,
            database_url=variables["SIXMINUTE_DATABASE_URL"],
        )
    )  # fmt: skip
    who = {
        "kafka_bootstrap": port.address,
        "kafka_security": "SASL_PLAINTEXT",
        "kafka_sasl_mechanism": "PLAIN",
        "kafka_username": "ana",
        "kafka_password": WRONG,
    }
    worker = program("worker publisher", **who)
    name, sentence = only_problem(doctor(**who))
    assert name == "bus"
    # Why it was refused is worded by what arrives first: the broker's answer, or the end of the line.
    for told in (sentence, waiting(worker, "heartbeat")):
        assert port.address in told
        assert "refuses us" in told
        assert "Check SIXMINUTE_KAFKA_SECURITY" in told
    assert doctor(kafka_password="correct horse").code == 0


def test_a_topic_is_missing(doctor: Doctor, program: Callable[..., Program], run: Any) -> None:
    prefix = f"doctor-{uuid.uuid4().hex[:8]}."
    worker = program("worker publisher", kafka_prefix=prefix)
    name, sentence = only_problem(doctor(kafka_prefix=prefix))
    assert name == "bus"
    assert f"{prefix}mentions.raw" in sentence
    assert sentence.endswith("run `sixminute migrate`")
    assert waiting(worker, "heartbeat") == sentence
    migrated = run("migrate")
    assert migrated.code == 0
    assert f"made {prefix}mentions.raw\n" in migrated.out
    assert "The topics are up to date" in migrated.out
    assert "made" not in run("migrate").out
    worker.wait_until_ready()


def test_a_topic_has_too_few_partitions(doctor: Doctor, kafka: KafkaBroker, variables: dict[str, str]) -> None:
    name, sentence = only_problem(doctor(kafka_partitions=3))
    assert name == "bus"
    assert "has 2 partitions, 3 are wanted: run `sixminute migrate`" in sentence
    with KafkaAdminClient(bootstrap_servers=kafka.bootstrap) as admin:
        admin.create_partitions({variables["SIXMINUTE_KAFKA_PREFIX"] + "alerts": 3})
    assert only_problem(doctor(kafka_partitions=3))[0] == "bus"
    assert doctor(kafka_partitions=2).code == 0


def test_the_database_is_not_migrated(
    doctor: Doctor, program: Callable[..., Program], postgres: PostgresServer
) -> None:
    with postgres.database() as database:
        url = postgres.url(database)
        worker = program("worker publisher", database_url=url)
        name, sentence = only_problem(doctor(database_url=url))
        assert name == "database"
        assert f"{postgres.port}/{database}" in sentence
        assert sentence.endswith("run `sixminute migrate`")
        assert waiting(worker, "heartbeat") == sentence


def test_the_database_is_newer_than_the_program(
    doctor: Doctor, program: Callable[..., Program], postgres: PostgresServer, migrated: str
) -> None:
    with postgres.database(migrated) as database:
        postgres.execute("UPDATE alembic_version SET version_num = '9999_later'", database)
        url = postgres.url(database)
        api = program("api", database_url=url)
        name, sentence = only_problem(doctor(database_url=url))
        assert name == "database"
        assert "made by a newer version" in sentence
        assert "install the newer version" in sentence
        assert waiting(api, "bus and store") == sentence


class OtherClock:
    """A machine's clock that is off."""

    def __init__(self, off: timedelta) -> None:
        self._off = off
        self._right = SystemClock()

    def now(self) -> datetime:
        return self._right.now() + self._off

    def monotonic(self) -> float:
        return self._right.monotonic()

    def sleep(self, seconds: float) -> None:
        self._right.sleep(seconds)


def clock_finding(variables: Mapping[str, str], clock: Clock) -> Finding:
    (found,) = [each for each in examine(settings_module.load(variables), clock) if each.name == "clock"]
    return found


@pytest.mark.parametrize(
    ("off", "says"),
    [
        (timedelta(minutes=3), "180 s ahead of that of the database"),
        (timedelta(minutes=-3), "180 s behind that of the database"),
        (timedelta(hours=8), "s ahead of that of the database"),
    ],
)
def test_this_machines_clock_is_off(variables: dict[str, str], off: timedelta, says: str) -> None:
    found = clock_finding(variables, OtherClock(off))
    assert found.verdict == "problem"
    assert re.sub(r"\b1(79|81)\b", "180", found.sentence).endswith(f"{says}: set both by NTP")
    assert clock_finding(variables, OtherClock(timedelta(seconds=20))).verdict == "ok"


def test_a_workers_clock_is_off(doctor: Doctor, variables: dict[str, str]) -> None:
    settings = settings_module.load(variables)
    now = backends.system_clock().now() + timedelta(minutes=5)
    store = backends.open_store(settings)
    store.take_lease(f"{WORKERS}alerting:far", "machine-far", now, now + LEASE, "ok")
    try:
        found = findings(doctor())
        verdict, sentence = found["clock"]
        assert verdict == "problem"
        assert re.match(r"the clock of machine-far is about (29\d|300) s ahead of this machine's", sentence)
        assert sentence.endswith("set all clocks by NTP")
    finally:
        store.drop_lease(f"{WORKERS}alerting:far", "machine-far")
        store.close()


def test_kafka_with_a_store_in_a_file(doctor: Doctor, program: Callable[..., Program], tmp_path: Path) -> None:
    url = sqlite_at(tmp_path)
    name, sentence = only_problem(doctor(database_url=url))
    assert name == "several machines"
    assert str(tmp_path) in sentence
    assert "set SIXMINUTE_DATABASE_URL to" in sentence
    worker = program("worker publisher", database_url=url)
    (told,) = worker.wait_for("store_is_a_file")
    assert told["reason"] == sentence
    worker.wait_until_ready()


@pytest.mark.parametrize("what", ["nowhere", "empty", "without weights"])
def test_there_is_no_model_folder(doctor: Doctor, program: Callable[..., Program], tmp_path: Path, what: str) -> None:
    folder = tmp_path / what
    if what != "nowhere":
        folder.mkdir()
    if what == "without weights":
        shutil.copy(bundled_model() / "config.json", folder)
    name, sentence = only_problem(doctor(model=folder))
    assert name == "model"
    assert str(folder) in sentence
    assert "SIXMINUTE_MODEL" in sentence
    if what == "nowhere":
        assert waiting(program("worker sentiment", model=folder), "model") == sentence


@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json", "heads.safetensors", "reach.safetensors"])
def test_a_file_of_the_model_is_cut_short(
    doctor: Doctor, program: Callable[..., Program], tmp_path: Path, name: str
) -> None:
    folder = tmp_path / "model"
    shutil.copytree(bundled_model(), folder)
    os.truncate(folder / name, (folder / name).stat().st_size // 2)
    found, sentence = only_problem(doctor(model=folder))
    assert found == "model"
    assert str(folder / name) in sentence
    assert "name a complete checkpoint" in sentence
    assert waiting(program("worker sentiment", model=folder), "model") == sentence


def test_figures_of_the_models_error_cant_be_read(doctor: Doctor, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    shutil.copytree(bundled_model(), folder)
    assert findings(doctor(model=folder))["model"][1].endswith("its error is known in en, zh-Hans, zh-Hant")
    (folder / "confusion.json").write_text("[]", encoding="utf-8")
    name, sentence = only_problem(doctor(model=folder))
    assert name == "model"
    assert str(folder / "confusion.json") in sentence
    (folder / "confusion.json").unlink()
    assert "no share is corrected" in findings(doctor(model=folder))["model"][1]


def test_a_language_that_the_bundled_model_never_learnt_is_named(doctor: Doctor) -> None:
    assert findings(doctor(languages="en,fr"))["languages"][1].startswith("en, fr; the bundled model never learnt fr;")


def test_a_source_has_no_file(doctor: Doctor, program: Callable[..., Program], tmp_path: Path) -> None:
    gone = tmp_path / "gone.csv"
    config = tmp_path / "sixminute.toml"
    source = f"[[sources]]\nname = 'the feed'\nkind = 'recording'\nfile = '{gone}'\nbrand = 'Acme'\n"
    config.write_text(source, encoding="utf-8")
    name, sentence = only_problem(doctor(config=config))
    assert name == "sources"
    assert sentence == f"[[sources]] 'the feed': {gone}: there is no such file; check the name"
    worker = program("worker ingest", config=config)
    assert waiting(worker, "source:the feed") == sentence
    gone.write_text("created_at,text\n2026-03-01T10:00:00Z,hello\n", encoding="utf-8")
    worker.wait_until_ready()
    assert findings(doctor())["sources"] == ("ok", "the feed (recording)")


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"kafka_bootstrap": "kafka"}, "write host:port"),
        ({"kafka_security": "SASL_SSL", "kafka_password": WRONG}, "set kafka_username and kafka_password"),
        ({"bus": "rabbit"}, "SIXMINUTE_BUS rabbit: choose one of embedded, kafka"),
        ({"port": "http"}, "SIXMINUTE_PORT http: write a whole number"),
    ],
)
def test_a_setting_is_wrong(
    doctor: Doctor, program: Callable[..., Program], changed: dict[str, str], says: str
) -> None:
    worker = program("worker publisher", **changed)
    name, sentence = only_problem(doctor(**changed))
    assert name == "settings"
    assert says in sentence
    wait_until(lambda: not worker.running, "the end of the worker")
    lines = worker.log.read_text(encoding="utf-8").splitlines()
    assert len(lines) == 1
    assert sentence in lines[0]
    assert worker.end()[0] == 1


@pytest.mark.parametrize("bad", [f"mysql://ana:{WRONG}@host/name", f"postgresql://ana:{WRONG}@host:port/name"])
def test_a_database_address_can_not_be_read(doctor: Doctor, bad: str) -> None:
    name, sentence = only_problem(doctor(database_url=bad))
    assert name == "database"
    assert "write it like" in sentence


def test_traces_are_wanted_and_can_not_be_made(doctor: Doctor, monkeypatch: pytest.MonkeyPatch) -> None:
    assert findings(doctor(traces="http://127.0.0.1:1"))["traces"] == ("ok", "http://127.0.0.1:1")
    monkeypatch.delattr(runtime, "tracing")
    monkeypatch.setitem(sys.modules, "runtime.tracing", None)
    name, sentence = only_problem(doctor(traces="http://127.0.0.1:1"))
    assert name == "traces"
    assert "install sixminute[tracing]" in sentence


def test_there_is_little_room(doctor: Doctor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=20_000_000))
    name, sentence = only_problem(doctor(database_url="", bus="embedded"))
    assert name == "data directory"
    assert sentence.endswith("has 20 MB left: free some room, or set SIXMINUTE_DATA_DIR.")


def test_a_data_directory_can_not_be_made(doctor: Doctor, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    name, sentence = only_problem(doctor(database_url="", bus="embedded", data_dir=tmp_path / "file" / "data"))
    assert name == "data directory"
    assert str(tmp_path / "file" / "data") in sentence


def test_what_is_set_is_named(doctor: Doctor, tmp_path: Path) -> None:
    (tmp_path / "sixminute.toml").write_text("[[brands]]\nname = 'Acme'\n", encoding="utf-8")
    found = findings(doctor(model="somebody/sentiment"))
    assert found["brands"] == ("ok", "Acme")
    assert found["model"] == ("ok", "somebody/sentiment, fetched from the model hub when it is first used")


def test_a_program_at_work_is_named(doctor: Doctor, tmp_path: Path) -> None:
    directory = DataDirectory(tmp_path / "data")
    with directory.lock():
        directory.note("http://127.0.0.1:8600")
        found = findings(doctor(database_url="", bus="embedded"))
    assert found["running"] == ("ok", f"process {os.getpid()} at http://127.0.0.1:8600")


def test_a_file_of_authorities_is_missing(doctor: Doctor, tmp_path: Path) -> None:
    name, sentence = only_problem(doctor(kafka_security="SSL", kafka_ca_file=tmp_path / "gone.pem"))
    assert name == "bus"
    assert sentence == f"SIXMINUTE_KAFKA_CA_FILE={tmp_path / 'gone.pem'}: there is no such file"
