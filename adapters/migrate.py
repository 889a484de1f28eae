"""Bring a database's tables to the version of this program."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util import CommandError

from adapters import schema
from adapters.database import Database, hold, take_your_time
from core.errors import StorageError


def configuration() -> Config:
    """Alembic's settings, made in code: an installed package needs no file beside it."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    return config


def upgrade(url: str) -> None:
    """Make or change the tables, in one transaction. Doing it again changes nothing; several at once wait in turn.

    Args:
        url: such as ``sqlite:///data/sixminute.sqlite``, a file that is made where it doesn't exist, or
            ``postgresql://user:password@host:5432/sixminute``, a database that is there.

    Raises:
        ConfigurationError: the address can't be read, or names a database that isn't supported.
        StorageError: the database can't be changed, or a newer version of the program made it.
    """
    database = Database(url)
    config = configuration()
    try:
        with database.writing() as connection:
            take_your_time(connection)
            hold(connection, "migration")
            schema.refuse_newer(database, schema.found(connection))
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    except CommandError as error:
        raise StorageError(f"{database.name} can't be migrated by this version of the program: {error}") from error
    finally:
        database.close()
