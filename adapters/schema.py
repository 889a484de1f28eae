"""Which migration a database stands at, and what is said where that isn't the one this program works with."""

from sqlalchemy import Connection, inspect, text

from adapters.database import Database
from adapters.tables import SCHEMA
from core.errors import StorageError


def found(connection: Connection) -> str:
    """The migration that a database stands at; empty where it was never migrated."""
    if not inspect(connection).has_table("alembic_version"):
        return ""
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar() or ""


def check(database: Database) -> None:
    """See to it that a database's tables are those of this program.

    Raises:
        StorageError: they are older or newer; the message says what to do.
    """
    with database.reading() as connection:
        at = found(connection)
    refuse_newer(database, at)
    if at != SCHEMA:
        raise StorageError(f"the tables of {database.name} are not up to date: run `sixminute migrate`")


def refuse_newer(database: Database, at: str) -> None:
    """See to it that a newer version of the program didn't make the tables.

    Raises:
        StorageError: it did.
    """
    if at > SCHEMA:
        raise StorageError(
            f"{database.name} was made by a newer version of this program (tables {at}, known {SCHEMA}): "
            "install the newer version"
        )
