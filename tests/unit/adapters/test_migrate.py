"""The migrations, and what a store says of a database that they don't fit."""

import hashlib
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import BigInteger, Boolean, Connection, Float, Integer, LargeBinary, MetaData, inspect, select, text

from adapters.database import Database, hold
from adapters.migrate import configuration, upgrade
from adapters.store import SqlStore
from adapters.tables import SCHEMA, metadata
from core.errors import ConfigurationError, StorageError
from core.ports.queries import CaseQuery, MentionQuery
from tests.backends import DATABASES

ROOT = Path(__file__).parents[3]
MENTIONS = 1_100
# So long another process is given to come through where it must wait.
PATIENCE = 0.5
RELEASED = "234b42d8e593c7174a86660b6768f81f5f6b29d05231c9b5b2a77877fda68c98"


@pytest.fixture(params=DATABASES)
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], str]]:
    """Gives the address of one more database without tables, each time that it is called."""
    with ExitStack() as made:

        def one_more() -> str:
            if request.param == "sqlite":
                return f"sqlite:///{tmp_path / f'store-{len(list(tmp_path.iterdir()))}.sqlite'}"
            server = request.getfixturevalue("postgres")
            return str(server.url(made.enter_context(server.database())))

        yield one_more


@pytest.fixture
def url(empty: Callable[[], str]) -> str:
    return empty()


@contextmanager
def writing(url: str) -> Iterator[Connection]:
    database = Database(url)
    try:
        with database.writing() as connection:
            yield connection
    finally:
        database.close()


def migrate_to(url: str, version: str) -> None:
    config = configuration()
    with writing(url) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, version)


def stand_at(url: str, version: str) -> None:
    """As a program of another version would leave the database."""
    with writing(url) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :version"), {"version": version})


def test_the_migrated_tables_are_those_that_the_program_works_with(url: str) -> None:
    upgrade(url)
    with writing(url) as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_the_tables_made_by_hand_and_by_migration_are_written_alike(empty: Callable[[], str]) -> None:
    migrated, by_hand = empty(), empty()
    upgrade(migrated)
    with writing(by_hand) as connection:
        metadata.create_all(connection)
    assert _written(migrated) == _written(by_hand)


def _written(url: str) -> dict[str, Any]:
    with writing(url) as connection:
        found = inspect(connection)
        tables = {
            table: [
                sorted(repr(sorted(column.items(), key=str)) for column in found.get_columns(table)),
                found.get_pk_constraint(table)["constrained_columns"],
                found.get_foreign_keys(table),
                sorted(map(repr, found.get_unique_constraints(table))),
                sorted(map(repr, found.get_indexes(table))),
                _said(connection, table),
            ]
            for table in found.get_table_names()
            if table != "alembic_version"
        }
    assert tables.keys() == metadata.tables.keys()
    return tables


def _said(connection: Connection, table: str) -> Any:
    """What only the database itself says: whether SQLite never uses a number twice."""
    if connection.dialect.name == "postgresql":
        return None
    (written,) = connection.exec_driver_sql("SELECT sql FROM sqlite_master WHERE name = ?", (table,)).one()
    return "AUTOINCREMENT" in str(written)


def test_text_is_in_the_order_of_its_bytes_whatever_the_server_thinks(url: str) -> None:
    upgrade(url)
    wanted = text(
        "SELECT count(*), count(*) FILTER (WHERE collation_name = 'C') FROM information_schema.columns "
        "WHERE table_schema = 'public' AND data_type = 'text'"
    )
    with writing(url) as connection:
        if connection.dialect.name == "postgresql":
            columns, in_order = connection.execute(wanted).one()
            assert columns == in_order > 50
        else:
            tables = connection.exec_driver_sql("SELECT sql FROM sqlite_master WHERE type = 'table'").scalars()
            assert not any("COLLATE" in str(table) for table in tables)


def test_the_first_tables_of_sqlite_stay_as_they_were_released(tmp_path: Path) -> None:
    migrate_to(f"sqlite:///{tmp_path / 'store.sqlite'}", "0001")
    connection = sqlite3.connect(tmp_path / "store.sqlite")
    written = sorted(sql for (sql,) in connection.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL"))
    connection.close()
    assert hashlib.sha256("\n".join(written).encode()).hexdigest() == RELEASED


def test_the_program_works_with_the_newest_migration() -> None:
    assert ScriptDirectory.from_config(configuration()).get_heads() == [SCHEMA]


def test_nothing_of_the_first_version_is_lost(url: str) -> None:
    migrate_to(url, "0001")
    with writing(url) as connection:
        first = MetaData()
        first.reflect(connection)
        tables = [table for table in first.sorted_tables if table.name != "alembic_version"]
        for table in tables:
            rows = MENTIONS if table.name == "mentions" else 4
            connection.execute(table.insert(), [_row(table, number) for number in range(rows)])
        before = {table.name: _rows(connection, table) for table in tables}
    upgrade(url)
    with writing(url) as connection:
        second = MetaData()
        second.reflect(connection)
        marks = before.pop("changes")
        assert "changes" not in second.tables
        assert _rows(connection, second.tables["marks"]) == [{**mark, "part": 0} for mark in marks]
        for name, rows in before.items():
            names = rows[0].keys()
            after = _rows(connection, second.tables[name])
            assert [{column: row[column] for column in names} for row in after] == rows
    with closing(SqlStore(url)) as store:
        _all_is_found(store)


def _all_is_found(store: SqlStore) -> None:
    assert len(store.mentions(MentionQuery(search="ÄRGER 0007 ", limit=MENTIONS)).items) == 1
    assert len(store.mentions(MentionQuery(search="ärger", limit=MENTIONS)).items) == MENTIONS
    assert len(store.cases(CaseQuery(states=("open",))).items) == 4  # type: ignore[arg-type]
    assert [one.claimed_at for one in store.deliveries()] == [None] * 4
    with store.outgoing(10) as items:
        assert [item.message.trace for item in items] == [""] * 4
    with store.unit() as unit:
        unit.save_cursor("a", "b")


def _row(table: Any, number: int) -> dict[str, Any]:
    return {column.name: _value(column, number) for column in table.columns}


def _value(column: Any, number: int) -> Any:
    known = {
        "text": f"ÄRGER {number:04} 水壺",
        "state": "waiting" if column.table.name == "deliveries" else "open",
        "label": "negative",
        "language": "en",
        "grade": "standard",
        "origin": "replay",
        "case_id": f"id {number:04}",
    }
    json = {"why_grade": "{}", "reason": "{}", "themes": '["quality"]', "sensitive": "[]", "findings": "[]"}
    kinds: list[tuple[type, Any]] = [
        (Boolean, number % 2 == 0),
        (LargeBinary, b"\x00\xff%d" % number),
        (BigInteger, 1_700_000_000_000_000 + number),
        (Integer, number + 1),
        (Float, number + 0.1),
    ]
    for kind, value in kinds:
        if isinstance(column.type, kind):
            return value
    return {**known, **json}.get(column.name, f"{column.name} {number:04}")


def _rows(connection: Connection, table: Any) -> list[dict[str, Any]]:
    return [dict(row._mapping) for row in connection.execute(select(table).order_by(*table.primary_key.columns))]


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
    code = "import sys; from adapters.migrate import upgrade; sys.stdin.readline(); upgrade(sys.argv[1])"
    sides = [
        subprocess.Popen([sys.executable, "-c", code, url], cwd=ROOT, stdin=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(3)
    ]
    with ThreadPoolExecutor(len(sides)) as pool:
        said = list(pool.map(lambda side: side.communicate(b"now\n")[1].decode(), sides))
    assert [(side.returncode, words) for side, words in zip(sides, said, strict=True)] == [(0, "")] * 3
    SqlStore(url).close()


def test_who_comes_while_another_migrates_waits_for_it(url: str) -> None:
    code = "import sys; from adapters.migrate import upgrade; print('ready', flush=True); upgrade(sys.argv[1])"
    config = configuration()
    with writing(url) as connection:
        hold(connection, "migration")
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        second = subprocess.Popen([sys.executable, "-c", code, url], cwd=ROOT, stdout=subprocess.PIPE)
        assert second.stdout
        assert second.stdout.readline() == b"ready\n"
        with pytest.raises(subprocess.TimeoutExpired):
            second.wait(PATIENCE)
    assert second.communicate() == (b"", None)
    assert second.returncode == 0
    SqlStore(url).close()


def test_a_migration_that_fails_leaves_everything_as_it_was(url: str) -> None:
    migrate_to(url, "0001")
    with writing(url) as connection:
        # Something of that name is in the way of the second migration, after its first changes.
        connection.execute(text("CREATE TABLE leases (name TEXT)"))
    before = _columns(url)
    with pytest.raises(StorageError, match="leases"):
        upgrade(url)
    assert _columns(url) == before
    with writing(url) as connection:
        connection.execute(text("DROP TABLE leases"))
    upgrade(url)
    SqlStore(url).close()


def _columns(url: str) -> dict[str, list[str]]:
    with writing(url) as connection:
        found = inspect(connection)
        return {table: [column["name"] for column in found.get_columns(table)] for table in found.get_table_names()}


def test_a_folder_with_a_percent_sign_is_no_trouble(tmp_path: Path) -> None:
    (tmp_path / "100%(x)s").mkdir()
    url = f"sqlite:///{tmp_path / '100%(x)s' / 'store.sqlite'}"
    upgrade(url)
    SqlStore(url).close()


def test_a_store_that_was_never_migrated_says_what_to_do(url: str) -> None:
    with pytest.raises(StorageError, match="run `sixminute migrate`"):
        SqlStore(url)


def test_a_store_of_the_version_before_says_what_to_do(url: str) -> None:
    migrate_to(url, "0001")
    with pytest.raises(StorageError, match="run `sixminute migrate`"):
        SqlStore(url)


def test_a_store_of_a_newer_version_is_neither_opened_nor_migrated(url: str) -> None:
    upgrade(url)
    stand_at(url, "9999")
    for use in (SqlStore, upgrade):
        with pytest.raises(StorageError, match=r"newer version of this program \(tables 9999, known") as caught:
            use(url)
        assert "\n" not in str(caught.value)


def test_a_version_that_no_program_of_ours_made_is_told_in_one_line(url: str) -> None:
    upgrade(url)
    stand_at(url, "0000")
    with pytest.raises(StorageError, match="run `sixminute migrate`"):
        SqlStore(url)
    with pytest.raises(StorageError, match="can't be migrated by this version") as caught:
        upgrade(url)
    assert "\n" not in str(caught.value)


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
