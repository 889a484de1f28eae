"""What the bus and the store share about SQLite: how a file is opened, and what its errors mean to a person."""

import shutil
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock
from sqlalchemy import URL, Connection, Engine, create_engine, event

from core.errors import StorageError, StorageFullError

PRAGMAS = (
    "PRAGMA busy_timeout=30000",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA secure_delete=ON",
)
"""WAL with FULL keeps every commit through kill -9 and power loss; secure_delete keeps no erased text in free pages."""

_SYNC, _NO_SYNC = "PRAGMA synchronous=FULL", "PRAGMA synchronous=NORMAL"
_NEARLY_FULL = 1 << 20


def engines(address: URL) -> tuple[Engine, Engine]:
    """One engine for reading and one for writing, whose transactions have the file's one lock from the beginning."""
    return _engine(address, "BEGIN"), _engine(address, "BEGIN IMMEDIATE")


def name_of(address: URL) -> str:
    """How a database is called in messages: by its file."""
    return address.database or ""


@contextmanager
def alone(path: str, name: str) -> Iterator[None]:
    """Wait until nobody else, in this process or another, is in a block of this name, and keep them out of it."""
    with FileLock(f"{path}-{name}"):
        yield


def failure(error: Exception, path: str) -> StorageError:
    """What a database error means, in one line that names the file.

    SQLite reports a full disk as SQLITE_FULL where it writes pages, but as an I/O error where it grows the WAL index,
    so an I/O error on a file system without a free MiB counts as full too.
    """
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code == sqlite3.SQLITE_FULL or (code == sqlite3.SQLITE_IOERR and _free_bytes(path) < _NEARLY_FULL):
        return StorageFullError(f"no room left for {path}: free space on its disk; nothing that was accepted is lost")
    return StorageError(f"{path} can't be read or written: {error}")


def _engine(address: URL, begin: str) -> Engine:
    """Transactions begin when we say so: the driver's own habit of beginning late would let two writers start.

    There are as many connections as threads that work at once; errors don't quote what customers wrote.
    """
    engine = create_engine(address, max_overflow=-1, hide_parameters=True)

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: object) -> None:
        connection.isolation_level = None
        _prepare(connection, address.database or "")

    @event.listens_for(engine, "begin")
    def begin_now(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


def _prepare(connection: sqlite3.Connection, path: str) -> None:
    """Set up a new connection. A file becomes one with a write-ahead log once, and only one side can make it that.

    SQLite doesn't wait where two turn a file at once; those that come later find it done.
    """
    for pragma in PRAGMAS:
        connection.execute(pragma)
    if connection.execute("PRAGMA journal_mode").fetchone()[0] == "delete":
        with alone(path, "opening"):
            connection.execute("PRAGMA journal_mode=WAL")


def _free_bytes(path: str) -> int:
    try:
        return shutil.disk_usage(Path(path).parent).free
    except OSError:
        return _NEARLY_FULL


class SqliteFile:
    """One SQLite file for many threads and processes: readers at any time, one writer at a time.

    Args:
        path: the file; it is made where it doesn't exist.
        schema: statements that make what isn't there yet.

    Raises:
        StorageError: the file can't be opened, or it is no SQLite database.
    """

    def __init__(self, path: Path, schema: Sequence[str]) -> None:
        self.path = str(path)
        self._idle: list[sqlite3.Connection] = []
        self._idle_lock = threading.Lock()
        self._write_lock = threading.Lock()
        self._closed = False
        with self.writing() as connection:
            for statement in schema:
                connection.execute(statement)

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A transaction that sees one state of the file and changes nothing."""
        with self._transaction("BEGIN") as connection:
            yield connection

    @contextmanager
    def writing(self, *, at_once: bool = True) -> Iterator[sqlite3.Connection]:
        """A transaction that nobody else writes beside; an exception takes back what was done in it.

        With `at_once` it is on the disk when the block is left. Without, it survives the end of the process, but not
        a power failure before the next transaction that is on the disk at once: right for what may be done again.
        Threads of this process queue on a lock, because SQLite's own waiting polls with growing pauses.
        """
        with self._write_lock, self._transaction("BEGIN IMMEDIATE", _SYNC if at_once else _NO_SYNC) as connection:
            yield connection

    def close(self) -> None:
        """Let go of the file. Transactions under way finish first, then their connections close too."""
        with self._idle_lock:
            self._closed = True
            connections, self._idle = self._idle, []
        for connection in connections:
            connection.close()

    @contextmanager
    def _transaction(self, begin: str, prepare: str = "") -> Iterator[sqlite3.Connection]:
        try:
            connection = self._take()
            try:
                if prepare:
                    connection.execute(prepare)
                connection.execute(begin)
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                # Closing rolls back, and can't leave a half-ended transaction to the next one as ROLLBACK might.
                connection.close()
                raise
            self._give_back(connection)
        except sqlite3.Error as error:
            raise failure(error, self.path) from error

    def _take(self) -> sqlite3.Connection:
        with self._idle_lock:
            if self._closed:
                raise StorageError(f"{self.path} is closed")
            if self._idle:
                return self._idle.pop()
        connection = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False)
        _prepare(connection, self.path)
        return connection

    def _give_back(self, connection: sqlite3.Connection) -> None:
        with self._idle_lock:
            if not self._closed:
                self._idle.append(connection)
                return
        connection.close()
