"""The migrations, and what a store says of a database that they don't fit."""

import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect, text

from adapters.migrate import configuration, upgrade
from adapters.store import SqlStore
from adapters.tables import SCHEMA, metadata
from core.errors import ConfigurationError, StorageError

ROOT = Path(__file__).parents[3]


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'store.sqlite'}"


def as_newer(url: str, version: str = "9999") -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :version"), {"version": version})
    engine.dispose()


def test_the_migrated_tables_are_those_that_the_program_works_with(url: str) -> None:
    upgrade(url)
    engine = create_engine(url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
        found = inspect(connection)
        for table in metadata.tables.values():
            assert found.get_pk_constraint(table.name)["constrained_columns"] == list(table.primary_key.columns.keys())
            nullable = {column["name"]: column["nullable"] for column in found.get_columns(table.name)}
            assert nullable == {column.name: column.nullable for column in table.columns}
    engine.dispose()


def test_the_tables_made_by_hand_and_by_migration_are_written_alike(url: str, tmp_path: Path) -> None:
    upgrade(url)
    by_hand = f"sqlite:///{tmp_path / 'by-hand.sqlite'}"
    engine = create_engine(by_hand)
    metadata.create_all(engine)
    engine.dispose()
    assert _columns(tmp_path / "store.sqlite") == _columns(tmp_path / "by-hand.sqlite")


def _columns(file: Path) -> dict[str, set[tuple[object, ...]]]:
    connection = sqlite3.connect(file)
    names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    found = {
        name: {
            *connection.execute('SELECT name, type, "notnull", pk FROM pragma_table_info(?)', (name,)),
            *connection.execute("SELECT * FROM pragma_foreign_key_list(?)", (name,)),
            ("autoincrement" in str(connection.execute("SELECT sql FROM sqlite_master WHERE name = ?", (name,))),),
        }
        for name in names
        if name != "alembic_version"
    }
    connection.close()
    return found


def test_the_program_works_with_the_newest_migration() -> None:
    assert ScriptDirectory.from_config(configuration()).get_heads() == [SCHEMA]


def test_migrating_again_changes_nothing(url: str) -> None:
    upgrade(url)
    store = SqlStore(url)
    with store.unit() as unit:
        unit.save_cursor("source", "7")
    store.close()
    upgrade(url)
    store = SqlStore(url)
    assert store.cursor("source") == "7"
    store.close()


def test_migrating_from_several_sides_at_once_succeeds_on_all(url: str) -> None:
    command = [sys.executable, "-c", "import sys; from adapters.migrate import upgrade; upgrade(sys.argv[1])", url]
    with ThreadPoolExecutor(3) as pool:
        ended = list(pool.map(lambda _: subprocess.run(command, cwd=ROOT, check=False), range(3)))
    assert [process.returncode for process in ended] == [0, 0, 0]
    SqlStore(url).close()


def test_a_folder_with_a_percent_sign_is_no_trouble(tmp_path: Path) -> None:
    (tmp_path / "100%(x)s").mkdir()
    url = f"sqlite:///{tmp_path / '100%(x)s' / 'store.sqlite'}"
    upgrade(url)
    SqlStore(url).close()


def test_a_store_that_was_never_migrated_says_what_to_do(url: str) -> None:
    with pytest.raises(StorageError, match="run `sixminute migrate`"):
        SqlStore(url)


def test_a_store_of_an_older_version_says_what_to_do(url: str) -> None:
    upgrade(url)
    as_newer(url, "0000")
    with pytest.raises(StorageError, match="run `sixminute migrate`"):
        SqlStore(url)


def test_a_store_of_a_newer_version_is_neither_opened_nor_migrated(url: str) -> None:
    upgrade(url)
    as_newer(url)
    with pytest.raises(StorageError, match="newer version"):
        SqlStore(url)
    with pytest.raises(StorageError, match="newer version"):
        upgrade(url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "nonsense",
        "sqlite://",
        "mysql://me:secret@host/name",
        "postgresql://me:secret@host",
        "postgresql://me:secret@host:port/name",
    ],
)
def test_an_address_of_no_supported_database_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(ConfigurationError, match="sqlite:///PATH") as caught:
        SqlStore(url)
    assert "secret" not in str(caught.value)
