"""What processes write where machines read it: nothing but JSON, and no password, whatever goes wrong."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.servers.process import LOOPBACK, Port

ROOT = Path(__file__).resolve().parents[2]
LONG = 60.0
PASSWORD = "s3cret-of-Ada"


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[dict[str, str]]:
    """A database that isn't there."""
    port = Port()
    yield {
        **{name: value for name, value in os.environ.items() if not name.startswith("SIXMINUTE_")},
        "PYTHONPATH": str(ROOT),
        "SIXMINUTE_DATA_DIR": str(tmp_path / "data"),
        "SIXMINUTE_DATABASE_URL": f"postgresql://ada:{PASSWORD}@{port.address}/six",
        "SIXMINUTE_LOG": "json",
    }
    port.release()


@contextmanager
def running(folder: Path, environment: dict[str, str], *arguments: str) -> Iterator[str]:
    """A process of the program, asked to stop at the end; gives its address."""
    with socket.socket() as free:
        free.bind((LOOPBACK, 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-c", "from runtime.cli import main; main()", *arguments, "--port", str(port)]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)
    try:
        yield f"http://{LOOPBACK}:{port}"
        process.send_signal(signal.SIGTERM)
        assert process.wait(LONG) == 0
    finally:
        process.kill()
        process.wait()


def wait_until(condition: Callable[[], Any]) -> Any:
    ends = time.monotonic() + LONG  # noqa: TID251  a real process takes real time
    while not (found := condition()):
        assert time.monotonic() < ends, "it took too long"  # noqa: TID251
        time.sleep(0.1)  # noqa: TID251
    return found


def lines(folder: Path) -> list[dict[str, Any]]:
    text = (folder / "log").read_text(encoding="utf-8")
    assert PASSWORD not in text
    return [json.loads(line) for line in text.splitlines()]


def answer(address: str) -> httpx.Response | None:
    try:
        return httpx.get(f"{address}/readyz")
    except httpx.TransportError:
        return None


@pytest.mark.parametrize("role", [("api",), ("worker", "publisher")])
def test_a_process_without_its_servers_answers_probes_and_writes_json(tmp_path, environment, role):
    part = "bus and store" if role == ("api",) else "heartbeat"
    with running(tmp_path, environment, *role) as address:
        wait_until(lambda: [line for line in lines(tmp_path) if line["event"] == "step_failed"])
        ready = wait_until(lambda: answer(address))
        assert ready.status_code == 503
        wait_until(lambda: "can't be reached" in answer(address).json()["parts"][part])
        assert httpx.get(f"{address}/healthz").status_code == 200
        assert 'sixminute_server_reachable{server="store"} 0.0' in httpx.get(f"{address}/metrics").text
    written = lines(tmp_path)
    assert {"event", "level", "timestamp", "logger"} <= set.intersection(*(set(line) for line in written))
    assert written[0]["event"] == ("api_started" if role == ("api",) else "worker_started")
    assert written[-1]["event"] == ("api_stopped" if role == ("api",) else "worker_stopped")


def test_what_ends_a_process_is_a_line_of_json_too(tmp_path, environment):
    with socket.create_server((LOOPBACK, 0)) as taken:
        command = [sys.executable, "-c", "from runtime.cli import main; main()", "worker", "publisher"]
        done = subprocess.run(
            [*command, "--port", str(taken.getsockname()[1])],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert json.loads(line)["event"] == "ended_by_error"
    assert "can't listen" in json.loads(line)["reason"]
