"""Transactions on the store's database, and the few places where SQLite and PostgreSQL differ."""

import base64
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from datetime import datetime
from itertools import islice
from typing import TypeVar

import msgspec
from sqlalchemy import URL, ColumnElement, Connection, Engine, Table, func, literal, make_url
from sqlalchemy import exc as sqlalchemy_errors
from sqlalchemy.dialects import postgresql as postgresql_dialect
from sqlalchemy.dialects import sqlite as sqlite_dialect

from adapters import postgresql, sqlite
from core.errors import ConfigurationError, InputError, SixminuteError, StorageError

_AT_ONCE = 500
_PARTS = 16
_HOW_TO_WRITE = "write it like sqlite:///PATH or postgresql://USER:PASSWORD@HOST:PORT/NAME"
_Item = TypeVar("_Item")


class Database:
    """One database, as readers and writers of the store use it.

    Args:
        url: such as ``sqlite:///data/sixminute.sqlite`` or ``postgresql://user:password@host:5432/sixminute``.

    Raises:
        ConfigurationError: the address can't be read, or names a database that isn't supported.
    """

    def __init__(self, url: str) -> None:
        address = _address(url)
        self._is_postgresql = address.get_backend_name() == "postgresql"
        backend = postgresql if self._is_postgresql else sqlite
        self.name: str = backend.name_of(address)
        engines: tuple[Engine, Engine] = backend.engines(address)
        self._readers, self._writers = engines
        self._failure: Callable[[Exception, str], SixminuteError] = backend.failure
        self._one_writer = nullcontext() if self._is_postgresql else threading.Lock()
        self._writing: set[int] = set()
        self._alone: dict[str, threading.Lock] = defaultdict(threading.Lock)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that sees one state of the database."""
        with self._errors_in_words(), self._readers.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that commits at the end, or rolls back on an exception.

        SQLite has one writer at a time: threads queue here instead of polling for the file's lock.

        Raises:
            RuntimeError: this thread is in a unit already and would wait for itself.
        """
        thread = threading.get_ident()
        if thread in self._writing:
            raise RuntimeError("a unit can't begin inside another: do both in one, or one after the other")
        with self._errors_in_words(), self._one_writer, self._writers.begin() as connection:
            self._writing.add(thread)
            try:
                yield connection
            finally:
                self._writing.discard(thread)

    @contextmanager
    def alone(self, name: str) -> Iterator[None]:
        """Wait until nobody else, in any process, is in a block of this name, and keep them out of it meanwhile."""
        # Threads of this process queue here, so that they need no connection for waiting.
        with self._alone[name]:
            if not self._is_postgresql:
                with sqlite.alone(self.name, name):
                    yield
                return
            with self._errors_in_words(), self._writers.begin() as connection:
                hold(connection, name)
                yield

    def server_time(self) -> datetime | None:
        """What the server takes for the present (UTC); None for a file. For comparing clocks, nothing else."""
        if not self._is_postgresql:
            return None
        with self.reading() as connection:
            return postgresql.server_time(connection)

    def close(self) -> None:
        """Let go of files and connections."""
        self._readers.dispose()
        self._writers.dispose()

    @contextmanager
    def _errors_in_words(self) -> Iterator[None]:
        try:
            yield
        except sqlalchemy_errors.DBAPIError as error:
            raise self._failure(error.orig or error, self.name) from error
        except sqlalchemy_errors.StatementError as error:
            # A value that is no such thing, a naive time for example: the caller's mistake, not the database's.
            raise error.orig or error from error
        except sqlalchemy_errors.TimeoutError as error:
            raise StorageError(
                f"{self.name} can't be read or written: all connections of this process are busy"
            ) from error


def _address(url: str) -> URL:
    try:
        # The short form that some hosts hand out.
        address = make_url(url.replace("postgres://", "postgresql://", 1) if url.startswith("postgres://") else url)
    except (sqlalchemy_errors.ArgumentError, ValueError) as error:
        raise ConfigurationError(f"the database address can't be read: {_HOW_TO_WRITE}") from error
    if "@" in (address.host or ""):
        raise ConfigurationError("the database address can't be read: write an @ in the user or password as %40")
    if address.get_backend_name() not in {"sqlite", "postgresql"} or not address.database:
        raise ConfigurationError(f"{address.render_as_string()} is no database for this program: {_HOW_TO_WRITE}")
    return address


def insert(connection: Connection, table: Table) -> sqlite_dialect.Insert | postgresql_dialect.Insert:
    """An INSERT that can be told what to do on a conflict."""
    return postgresql_dialect.insert(table) if _is_postgresql(connection) else sqlite_dialect.insert(table)


def contains(connection: Connection, column: ColumnElement[str], text: str) -> ColumnElement[bool]:
    """Whether a column holds a text. Nothing in the text is a wildcard."""
    position = func.strpos if _is_postgresql(connection) else func.instr
    return position(column, literal(text, column.type)) > 0


def hold(connection: Connection, name: str, *, shared: bool = False) -> None:
    """Let nobody else hold a name until this transaction ends; those who share it only keep out one who doesn't.

    In SQLite a transaction that writes keeps out all others anyway.
    """
    if _is_postgresql(connection):
        postgresql.hold(connection, name, shared=shared)


def take_your_time(connection: Connection) -> None:
    """Let this transaction wait and work for as long as it needs."""
    if _is_postgresql(connection):
        postgresql.take_your_time(connection)


def part_of(connection: Connection) -> ColumnElement[int]:
    """One of a few numbers; transactions that run at the same time mostly have different ones."""
    return func.pg_backend_pid() % _PARTS if _is_postgresql(connection) else literal(0)


def _is_postgresql(connection: Connection) -> bool:
    return connection.dialect.name == "postgresql"


def in_portions(items: Iterable[_Item]) -> Iterator[list[_Item]]:
    """Lists short enough for one statement: databases limit its parameters."""
    rest = iter(items)
    while portion := list(islice(rest, _AT_ONCE)):
        yield portion


def cursor_text(kind: str, *place: int | str) -> str:
    """The place after which the next page of such a list begins, to be handed back as it is."""
    return base64.urlsafe_b64encode(msgspec.json.encode((kind, *place))).decode().rstrip("=")


def cursor_place(cursor: str, kind: str, shape: Sequence[type]) -> list[int | str]:
    """Read what `cursor_text` wrote.

    Raises:
        InputError: it is no cursor of such a list.
    """
    try:
        raw = base64.b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        found, *place = msgspec.json.decode(raw, type=list[int | str])
    except (ValueError, msgspec.DecodeError) as error:
        raise InputError("the cursor can't be read: begin again without one") from error
    if found != kind or [type(part) for part in place] != list(shape):
        raise InputError("the cursor belongs to another list: begin again without one")
    if any(isinstance(part, int) and part.bit_length() > 63 for part in place):
        raise InputError("the cursor can't be read: begin again without one")
    return place
