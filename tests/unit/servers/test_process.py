"""Servers keep their ports and never outlive the tests that started them."""

import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from adapters.clock import SystemClock
from tests.servers import missing
from tests.servers.process import LOOPBACK, Port, UnavailableError, end, program, start_guarded, tail

ROOT = Path(__file__).resolve().parents[3]
LISTENER = (
    "import socket, sys, time\n"
    "with socket.create_server(('127.0.0.1', int(sys.argv[1]))): print('up', flush=True); time.sleep(600)"
)
SLEEPER = [sys.executable, "-S", "-c", "import time; print('up', flush=True); time.sleep(600)"]
STARTER = """
import sys
from pathlib import Path
from tests.servers.process import start_guarded
folder = Path(sys.argv[1])
server = start_guarded(sys.argv[2:], folder / "log", folder)
sys.stdin.read()
"""


def wait_until(log: Path, text: str) -> None:
    clock = SystemClock()
    latest = clock.monotonic() + 10
    while text not in (log.read_text(encoding="utf-8") if log.exists() else ""):
        assert clock.monotonic() < latest, f"{text!r} does not come"
        clock.sleep(0.01)


def test_a_server_dies_with_the_process_that_started_it(tmp_path):
    port = Port()
    starter = subprocess.Popen(
        [sys.executable, "-c", STARTER, str(tmp_path), sys.executable, "-S", "-c", LISTENER, str(port.number)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
    )
    wait_until(tmp_path / "log", "up")
    with socket.create_connection((LOOPBACK, port.number), timeout=10) as line:
        starter.kill()
        starter.communicate()
        with pytest.raises(ConnectionResetError):
            line.recv(1)


def test_a_server_outlives_the_thread_that_started_it_and_can_be_ended(tmp_path):
    started = []
    thread = threading.Thread(target=lambda: started.append(start_guarded(SLEEPER, tmp_path / "log", tmp_path)))
    thread.start()
    thread.join()
    (process,) = started
    wait_until(tmp_path / "log", "up")
    assert process.poll() is None
    end(process, signal.SIGTERM)
    assert process.returncode == -signal.SIGTERM


def test_a_server_that_will_not_end_is_killed(tmp_path):
    stubborn = "import signal, time; signal.signal(15, signal.SIG_IGN); print('up', flush=True); time.sleep(600)"
    process = start_guarded([sys.executable, "-S", "-c", stubborn], tmp_path / "log", tmp_path)
    wait_until(tmp_path / "log", "up")
    end(process, signal.SIGTERM, patience=0.1)
    assert process.returncode == -signal.SIGKILL
    assert tail(tmp_path / "log") == "up"


def test_a_port_is_kept_for_its_owner_who_can_listen_there():
    port = Port()
    with pytest.raises(OSError, match="in use"), socket.socket() as another:
        another.bind((LOOPBACK, port.number))
    for _ in range(2):
        with (
            socket.create_server((LOOPBACK, port.number)),
            socket.create_connection((LOOPBACK, port.number), timeout=5),
        ):
            pass


def test_what_is_missing_skips_or_fails_in_one_line(monkeypatch):
    monkeypatch.delenv("SIXMINUTE_REQUIRE_SERVERS", raising=False)
    with pytest.raises(pytest.skip.Exception, match=r"^There is no server$"):
        missing("There is no server")
    monkeypatch.setenv("SIXMINUTE_REQUIRE_SERVERS", "1")
    with pytest.raises(pytest.fail.Exception, match=r"^There is no server$"):
        missing("There is no server")


def test_a_missing_program_is_named_with_its_package(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UnavailableError, match=r"no mvn on the path.*apt-get install maven"):
        program("mvn", "maven")
