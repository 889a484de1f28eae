"""What is particular about PostgreSQL: how it is connected to, and what its errors mean to a person."""

import hashlib
import re
from datetime import UTC, datetime
from typing import Any

from psycopg import Error
from sqlalchemy import URL, Connection, Engine, create_engine, event, func, select

from core.errors import ConfigurationError, SixminuteError, StorageError, StorageFullError

# A thread that writes may read at the same time, never the other way about. With a pool for each, threads that wait
# for a connection never wait for one another.
_READERS = {"pool_size": 5, "max_overflow": 15}
_WRITERS = {"pool_size": 5, "max_overflow": 5}

_CONNECTION = {
    "connect_timeout": 10,
    # A peer that has gone without a word is noticed within half a minute, idle or waiting for an answer.
    "keepalives": 1,
    "keepalives_idle": 15,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
    "application_name": "sixminute",
}

# Whoever relays holds its turn while the bus accepts events, for up to 30 seconds; the others wait for it.
_LIMITS = {
    "lock_timeout": "60s",
    "idle_in_transaction_session_timeout": "120s",
    "statement_timeout": "300s",
}

_AGAIN = "what was under way will be tried again"
_CHECK = "check SIXMINUTE_DATABASE_URL"
_SETTINGS = {
    "28": f"the user name or password isn't accepted: {_CHECK}",
    "3D000": f"there is no such database: create it, or {_CHECK}",
}
_MEANINGS = {
    "42P01": "its tables are not there: run `sixminute migrate`",
    "42703": "its tables are of another version: run `sixminute migrate`",
    "42501": "the user may not do this: grant the rights to the tables, or migrate as their owner",
    "25006": f"it is a copy that can only be read: {_CHECK}",
    "53300": f"the server has no connection left: start fewer workers, or raise its max_connections; {_AGAIN}",
    "40": f"other transactions were in the way; {_AGAIN}",
    "55P03": f"somebody else has held what is needed for too long; {_AGAIN}",
    "57014": f"it took too long; {_AGAIN}",
    "25P03": f"the server ended a transaction that stood still for too long; {_AGAIN}",
    "57P": f"the server stops or starts; {_AGAIN}",
    "08": f"the connection was lost; {_AGAIN}",
}

# A server that refuses a connection says why in words only, and no code reaches us.
_REFUSALS = {
    "password authentication failed": "28P01",
    "no password supplied": "28P01",
    "no pg_hba.conf entry": "28000",
    "role .* does not exist": "28000",
    "does not exist": "3D000",
    "too many c": "53300",  # clients already; connections for a role or a database
    "remaining connection slots": "53300",
    "starting up": "57P03",
    "shutting down": "57P03",
    "recovery mode": "57P03",
}

_UNUSABLE = ("invalid connection option", "invalid sslmode", "not support SSL", "unrecognized configuration parameter")


def engines(address: URL) -> tuple[Engine, Engine]:
    """One engine for reading, whose transactions see one state and change nothing, and one for writing."""
    readers = _engine(address, "REPEATABLE READ", **_READERS)
    event.listen(readers, "connect", _change_nothing)
    return readers, _engine(address, "READ COMMITTED", **_WRITERS)


def name_of(address: URL) -> str:
    """How a database is called in messages: without user and password."""
    return f"{address.host or 'localhost'}:{address.port or 5432}/{address.database}"


def hold(connection: Connection, name: str, *, shared: bool = False) -> None:
    """Wait until nobody else holds the name, and hold it until the transaction ends.

    `shared` holders don't wait for one another, only for one that isn't.
    """
    number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)
    lock = func.pg_advisory_xact_lock_shared if shared else func.pg_advisory_xact_lock
    connection.execute(select(lock(number)))


def take_your_time(connection: Connection) -> None:
    """Lift the limits on this transaction."""
    for setting in _LIMITS:
        connection.execute(select(func.set_config(setting, "0", True)))


def server_time(connection: Connection) -> datetime:
    """What the server takes for the present (UTC)."""
    theirs: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
    return theirs.astimezone(UTC)


def failure(error: Exception, name: str) -> SixminuteError:
    """What a database error means, in one line that names the database and quotes none of its contents.

    It is a ConfigurationError where the address has to be changed, a StorageFullError on a full disk, and else a
    StorageError.
    """
    code, words = _told(error)
    if code == "53100":
        return StorageFullError(f"no room left for {name}: free space on its disk; nothing that was accepted is lost")
    if any(unusable in words for unusable in _UNUSABLE):
        return ConfigurationError(f"{name} can't be used: {words}: {_CHECK}")
    for prefix, meaning in _SETTINGS.items():
        if code.startswith(prefix):
            return ConfigurationError(f"{name} can't be used: {meaning}")
    for prefix, meaning in _MEANINGS.items():
        if code.startswith(prefix):
            return StorageError(f"{name} can't be read or written: {meaning}")
    if code:
        return StorageError(f"{name} can't be read or written: {words} ({code})")
    return StorageError(f"{name} can't be reached: {words}: see that it runs, and {_CHECK}; {_AGAIN}")


def _engine(address: URL, isolation: Any, **pool: int) -> Engine:
    """Errors don't quote what customers wrote, and a connection that the server has dropped is made anew unnoticed."""
    settings = " ".join(f"-c {setting}={value}" for setting, value in _LIMITS.items())
    # What the address says comes last and wins.
    connect = {**_CONNECTION, **address.query, "options": f"{settings} {address.query.get('options', '')}".strip()}
    return create_engine(
        address.set(drivername="postgresql+psycopg", query={}),
        connect_args=connect,
        isolation_level=isolation,
        # How many rows an INSERT wrote is otherwise not said.
        execution_options={"preserve_rowcount": True},
        hide_parameters=True,
        pool_pre_ping=True,
        **pool,
    )


def _change_nothing(connection: Any, _record: object) -> None:
    connection.read_only = True


def _told(error: Exception) -> tuple[str, str]:
    """The code of an error, if it is known, and the first line of what was said, without the values of rows."""
    if isinstance(error, Error) and error.sqlstate:
        return error.sqlstate, (error.diag.message_primary or type(error).__name__).splitlines()[0]
    words = str(error)
    code = next((code for refusal, code in _REFUSALS.items() if re.search(rf"FATAL: .*{refusal}", words)), "")
    first = (words or type(error).__name__).splitlines()[0]
    return code, first.rpartition("failed: ")[2].strip()
