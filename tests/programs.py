"""The program as processes of their own: `sixminute` with arguments, its log, its probes, and how it ends."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import httpx

from adapters.clock import SystemClock
from tests.servers.process import end, start_guarded, tail

ROOT = Path(__file__).resolve().parents[1]
COMMAND = [sys.executable, "-c", "from runtime.cli import main; main()"]
LATEST = 26.0
"""Seconds in which a process ends whatever happens, with some for starting to end on busy cores."""
LONG = 180.0
"""Seconds after which what several processes on two busy cores do counts as not done."""

_Found = TypeVar("_Found")


def environment(**settings: object) -> dict[str, str]:
    """Ours without its settings, and with these: ``bus="kafka"`` becomes ``SIXMINUTE_BUS=kafka``."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("SIXMINUTE_")}
    own = {f"SIXMINUTE_{name.upper()}": str(value) for name, value in settings.items()}
    return {**inherited, "PYTHONPATH": str(ROOT), "SIXMINUTE_LOG": "json", **own}


def wait_until(condition: Callable[[], _Found], what: str, seconds: float = LONG) -> _Found:
    """Wait for something that other processes do; gives back what the condition found.

    Raises:
        AssertionError: it took longer than `seconds`.
    """
    clock = SystemClock()
    began = clock.monotonic()
    while not (found := condition()):
        assert clock.monotonic() - began < seconds, f"after {seconds:.0f} s still not: {what}"
        clock.sleep(0.05)
    return found


class Program:
    """One process that serves, at a free port; it starts again with the same arguments and goes on in its log.

    Args:
        arguments: of the command, such as ``worker alerting``.
        environment: its own.
        folder: where it works, and its log lies.
        name: of the log; several processes with the same arguments need different ones.
        command: how the program is called.
    """

    def __init__(
        self,
        arguments: str,
        environment: Mapping[str, str],
        folder: Path,
        name: str = "",
        command: Sequence[str] = COMMAND,
    ) -> None:
        self.arguments = arguments
        self.log = folder / f"{name or arguments.replace(' ', '-')}.log"
        self._environment = dict(environment)
        self._folder = folder
        self._command = command
        self._process: subprocess.Popen[bytes] | None = None
        self._before = 0

    @property
    def running(self) -> bool:
        """Whether its process is there."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start it; it may take seconds until it answers."""
        self._before = len(self.log.read_bytes().splitlines()) if self.log.exists() else 0
        command = [*self._command, *self.arguments.split(), "--port", "0"]
        self._process = start_guarded(command, self.log, self._folder, self._environment)

    def lines(self) -> list[dict[str, Any]]:
        """What it has written since it was started; every line is an object."""
        written = self.log.read_text(encoding="utf-8").splitlines(keepends=True)
        return [json.loads(line) for line in written[self._before :] if line.endswith("\n")]

    def events(self, name: str, **fields: object) -> list[dict[str, Any]]:
        """Its lines about one event."""
        wanted = {"event": name, **fields}
        return [line for line in self.lines() if wanted.items() <= line.items()]

    def wait_for(self, name: str, count: int = 1, **fields: object) -> list[dict[str, Any]]:
        """Its lines about one event, once there are as many.

        Raises:
            AssertionError: it has ended, or it took too long; the message ends with the tail of its log.
        """

        def said() -> list[dict[str, Any]]:
            assert self.running, f"{self.arguments} has ended: {tail(self.log)}"
            found = self.events(name, **fields)
            return found if len(found) >= count else []

        try:
            return wait_until(said, f"{self.arguments} says {name}")
        except AssertionError as error:
            raise AssertionError(f"{error}\n{tail(self.log)}") from None

    @property
    def address(self) -> str:
        """Where it answers; waits until it says so."""
        return str(self.wait_for("api_started" if self.arguments == "api" else "worker_started")[0]["address"])

    def get(self, path: str, language: str = "en", **parameters: Any) -> httpx.Response:
        """Ask it."""
        return httpx.get(self.address + path, params=parameters, cookies={"language": language}, timeout=LONG)

    def post(self, path: str, body: Mapping[str, object]) -> httpx.Response:
        """Ask it to change something."""
        return httpx.post(self.address + path, json=body, timeout=LONG)

    def parts(self) -> dict[str, str]:
        """Each of its parts with ``ok`` or a sentence."""
        return dict(self.get("/readyz").json()["parts"])

    def wait_until_ready(self, seconds: float = LONG) -> None:
        """Wait until all its parts are well."""
        wait_until(self._ready, f"{self.arguments} ready", seconds)

    def _ready(self) -> bool:
        try:
            return self.get("/readyz").status_code == 200
        except httpx.TransportError:  # it may still be getting its feet on the ground
            return False

    def end(self, number: int = signal.SIGTERM) -> tuple[int, float]:
        """Send a signal and wait for the end: gives the exit code, and how many seconds it took."""
        assert self._process is not None
        clock = SystemClock()
        began = clock.monotonic()
        end(self._process, number)
        code = self._process.returncode
        self._process = None
        return code, clock.monotonic() - began

    def kill(self) -> None:
        """Let nothing of it be left, whatever it is at."""
        if self._process is not None:
            self.end(signal.SIGKILL)
