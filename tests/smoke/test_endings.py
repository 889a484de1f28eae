"""How processes end whatever they are at, and how they go on when a server comes back."""

import json
import socket
import threading
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path

import httpx
import pytest

from adapters.clock import SystemClock
from api.parts import LOADING, STARTING
from runtime import settings as settings_module
from runtime.wiring import backends
from tests.programs import COMMAND, LATEST, Program, environment, wait_until
from tests.servers.kafka import KafkaBroker
from tests.servers.postgres import PostgresServer
from tests.servers.process import LOOPBACK, Port
from tests.servers.proxy import Proxy

AT_ONCE = 15.0
"""Seconds in which a process ends as a rule, with some for starting to end on busy cores."""

REFUSING = Port()


def ends(program: Program, within: float) -> None:
    code, seconds = program.end()
    assert (code, seconds < within) == (0, True), (program.arguments, code, seconds)


def without_servers(**settings: object) -> dict[str, str]:
    """Nobody listens at the database's address."""
    address = f"postgresql://ada:secret@{REFUSING.address}/name"
    return environment(**{"bus": "kafka", "kafka_bootstrap": REFUSING.address, "database_url": address, **settings})


@pytest.fixture
def started(tmp_path: Path) -> Iterator[ExitStack]:
    """What is started is gone afterwards."""
    with ExitStack() as stack:
        yield stack


def start(started: ExitStack, program: Program) -> Program:
    started.callback(program.kill)
    program.start()
    return program


@pytest.mark.model
def test_loading_a_model_keeps_nobody_from_ending(tmp_path: Path, started: ExitStack) -> None:
    worker = start(started, Program("worker sentiment", without_servers(), tmp_path))
    worker.wait_for("step_failed")
    assert worker.parts()["model"] == LOADING
    ends(worker, AT_ONCE)
    assert worker.lines()[-1]["event"] == "worker_stopped"
    assert not [line for line in worker.lines() if line.get("part") == "model"]


@pytest.mark.parametrize("arguments", ["worker alerting", "api"])
def test_waiting_for_a_server_that_is_silent_keeps_nobody_from_ending(
    tmp_path: Path, started: ExitStack, arguments: str
) -> None:
    with socket.create_server((LOOPBACK, 0)) as silent:
        address = f"postgresql://ada:secret@{LOOPBACK}:{silent.getsockname()[1]}/name"
        program = start(started, Program(arguments, without_servers(database_url=address), tmp_path))
        assert program.get("/healthz").status_code == 200
        assert set(program.parts().values()) >= {STARTING}
        assert program.get("/").status_code == (503 if arguments == "api" else 404)
        # It has connected, and waits for a word.
        connection, _ = silent.accept()
        with connection:
            ends(program, AT_ONCE)
    assert program.lines()[-1]["event"] in {"worker_stopped", "api_stopped"}


def test_what_a_shell_starts_in_the_background_ends_too(tmp_path: Path, started: ExitStack) -> None:
    """Such a process ignores SIGINT from the beginning, and must not ignore SIGTERM for that."""
    shell = ["sh", "-c", 'trap "" INT; exec "$@"', "sh", *COMMAND]
    worker = start(started, Program("worker publisher", without_servers(), tmp_path, command=shell))
    worker.wait_for("step_failed")
    ends(worker, AT_ONCE)


class Lines:
    """A worker and the api behind lines that can be disturbed."""

    def __init__(self, kafka_line: Proxy, database_line: Proxy, worker: Program, api: Program) -> None:
        self.both = (kafka_line, database_line)
        self.database = database_line
        self.worker, self.api = worker, api


@pytest.fixture
def lines(
    kafka: KafkaBroker, kafka_proxy: Proxy, postgres: PostgresServer, tmp_path: Path, started: ExitStack
) -> Lines:
    database = started.enter_context(postgres.database())
    line = started.enter_context(Proxy((LOOPBACK, postgres.port)))
    prefix = {"kafka_prefix": f"endings-{uuid.uuid4().hex[:8]}.", "kafka_partitions": 2, "bus": "kafka"}
    direct = environment(**prefix, kafka_bootstrap=kafka.bootstrap, database_url=postgres.url(database))
    backends.prepare(settings_module.load(direct))
    address = postgres.url(database, port=line.port)
    disturbed = environment(**prefix, kafka_bootstrap=kafka_proxy.address, database_url=address)
    programs = [start(started, Program(name, disturbed, tmp_path)) for name in ("worker responding", "api")]
    for program in programs:
        program.wait_until_ready()
    return Lines(kafka_proxy, line, *programs)


@pytest.mark.slow
def test_a_process_ends_though_both_servers_have_fallen_silent(lines: Lines) -> None:
    worker, api = lines.worker, lines.api
    for line in lines.both:
        line.blackhole()

    def look() -> None:
        """Somebody opens a page, which hangs on the database."""
        with suppress(httpx.HTTPError):
            api.get("/")

    with ThreadPoolExecutor(3) as pool:
        pool.submit(look)
        wait_until(lambda: api.get("/readyz").status_code == 503 or api.get("/healthz").status_code == 200, "alive")
        endings = [pool.submit(program.end) for program in (worker, api)]
        for program, ending in zip((worker, api), endings, strict=True):
            code, seconds = ending.result()
            assert (program.arguments, code) == (program.arguments, 0)
            assert seconds < LATEST, (program.arguments, seconds)


@pytest.mark.slow
def test_a_page_that_is_open_goes_on_when_the_database_is_back(lines: Lines) -> None:
    told: list[dict[str, object]] = []
    clock = SystemClock()
    opened, over = threading.Event(), threading.Event()

    def listen() -> None:
        with (
            suppress(httpx.HTTPError),
            httpx.stream("GET", f"{lines.api.address}/api/v1/stream", timeout=60.0) as stream,
        ):
            opened.set()
            for line in stream.iter_lines():
                if over.is_set():
                    return
                if line.startswith("data: {"):
                    told.append(json.loads(line.removeprefix("data: ")))

    listener = threading.Thread(target=listen, daemon=True)
    listener.start()
    assert opened.wait(60)
    wait_until(lambda: told, "the state at the beginning")
    lines.database.refuse()
    lines.database.cut()
    wait_until(lambda: "can't be reached" in str(told[-1]) or "can't be read" in str(told[-1]), "the trouble told")
    assert lines.api.get("/").status_code == 503
    wait_until(lambda: lines.api.get("/readyz").status_code == 503, "the api not ready")
    wait_until(lambda: lines.worker.get("/readyz").status_code == 503, "the worker not ready")
    assert lines.api.get("/healthz").status_code == 200
    lines.database.heal()
    began = clock.monotonic()
    for program in (lines.api, lines.worker):
        program.wait_until_ready(25.0)
    assert lines.api.get("/").status_code == 200

    def well() -> bool:
        parts = told[-1].get("parts", {})
        assert isinstance(parts, dict)
        return parts.get("responding") == "ok" and "store" not in parts

    wait_until(well, "the stream tells of the stage again", 25.0)
    assert clock.monotonic() - began < 30
    ends(lines.worker, AT_ONCE)
    wait_until(lambda: "No responding worker is running." in str(told[-1]), "the stream tells that it is gone", 10.0)
    over.set()
    ends(lines.api, AT_ONCE)
