"""Transactions on the store's database, and the few places where SQLite and PostgreSQL differ."""

import base64
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Any, TypeVar

import msgspec
from sqlalchemy import Column, ColumnElement, Connection, Engine, Table, create_engine, event, func, literal, make_url
from sqlalchemy import exc as sqlalchemy_errors
from sqlalchemy.dialects import postgresql, sqlite

from adapters.sqlite import PRAGMAS, failure
from core.errors import ConfigurationError, InputError

_AT_ONCE = 500
_Item = TypeVar("_Item")


class Database:
    """One database, as readers and writers of the store use it.

    Args:
        url: such as ``sqlite:///data/sixminute.sqlite``.

    Raises:
        ConfigurationError: the address can't be read, or names a database that isn't supported.
    """

    def __init__(self, url: str) -> None:
        try:
            address = make_url(url)
        except sqlalchemy_errors.ArgumentError as error:
            raise ConfigurationError("the database address can't be read: write it like sqlite:///PATH") from error
        if address.get_backend_name() != "sqlite" or not address.database:
            raise ConfigurationError(
                f"{address.render_as_string()} is no database for this program: write it like sqlite:///PATH"
            )
        self.name = address.database
        self._engine = _sqlite_engine(url)
        self._one_writer = threading.Lock()
        self._writer = 0

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that sees one state of the database."""
        with self._errors_in_words(), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that commits at the end, or rolls back on an exception.

        SQLite has one writer at a time: threads queue here instead of polling for the file's lock.

        Raises:
            RuntimeError: this thread is in a unit already and would wait for itself.
        """
        if self._writer == threading.get_ident():
            raise RuntimeError("a unit can't begin inside another: do both in one, or one after the other")
        with (
            self._errors_in_words(),
            self._one_writer,
            self._engine.connect().execution_options(sixminute_writes=True) as connection,
            connection.begin(),
        ):
            self._writer = threading.get_ident()
            try:
                yield connection
            finally:
                self._writer = 0

    def close(self) -> None:
        """Let go of files and connections."""
        self._engine.dispose()

    @contextmanager
    def _errors_in_words(self) -> Iterator[None]:
        try:
            yield
        except sqlalchemy_errors.DBAPIError as error:
            raise failure(error.orig or error, self.name) from error
        except sqlalchemy_errors.StatementError as error:
            # A value that is no such thing, a naive time for example: the caller's mistake, not the database's.
            raise error.orig or error from error


def _sqlite_engine(url: str) -> Engine:
    """Transactions begin when we say so: the driver's own habit of beginning late would let two writers start.

    There are as many connections as threads that read at once; errors don't quote what customers wrote.
    """
    engine = create_engine(url, max_overflow=-1, hide_parameters=True)

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: object) -> None:
        connection.isolation_level = None
        for pragma in PRAGMAS:
            connection.execute(pragma)
        # SQLite's own lower() knows A to Z only.
        connection.create_function("lower", 1, str.lower, deterministic=True)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("sixminute_writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def insert(connection: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """An INSERT that can be told what to do on a conflict."""
    return postgresql.insert(table) if connection.dialect.name == "postgresql" else sqlite.insert(table)


def contains(connection: Connection, column: Column[str], text: str) -> ColumnElement[bool]:
    """Whether a column holds a text, in capitals or not. Nothing in the text is a wildcard."""
    position = func.strpos if connection.dialect.name == "postgresql" else func.instr
    return position(func.lower(column), func.lower(literal(text, column.type))) > 0


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
