"""What people are told when SQLite can't go on, and what is left then."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from adapters import sqlite
from adapters.bus_embedded import EmbeddedBus
from adapters.migrate import upgrade
from adapters.sqlite import failure
from adapters.store import SqlStore
from core.errors import StorageError, StorageFullError
from core.events import MENTIONS_RAW, SENTIMENT
from core.ports.bus import Message
from tests.fakes import FakeClock

BATCH = [Message(MENTIONS_RAW, f"key {number}", b"x" * 1000) for number in range(20)]


def small(monkeypatch: pytest.MonkeyPatch, pages: int) -> None:
    """A disk that holds so many pages."""
    pragmas = (*sqlite.PRAGMAS, f"PRAGMA max_page_count={pages}")
    monkeypatch.setattr(sqlite, "PRAGMAS", pragmas)


def until_full(write: Callable[[], None]) -> int:
    for number in range(1_000):
        try:
            write()
        except StorageFullError:
            return number
    pytest.fail("the disk never filled up")


def test_a_full_disk_stops_the_bus_without_losing_what_it_accepted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "bus.sqlite"
    with monkeypatch.context() as patch:
        small(patch, 60)
        bus = EmbeddedBus(path, FakeClock())
        accepted = until_full(lambda: bus.publish(BATCH))
        assert accepted > 0
        with pytest.raises(StorageFullError, match=r"\Ano room left for .*bus\.sqlite: [^\n]+\Z"):
            bus.publish(BATCH)
        assert bus.lag(SENTIMENT, MENTIONS_RAW) == accepted * len(BATCH)
        bus.close()
    with_room = EmbeddedBus(path, FakeClock())
    with_room.publish(BATCH)
    member = with_room.consumer(SENTIMENT, [MENTIONS_RAW])
    assert len(member.poll(10_000, 0)) == (accepted + 1) * len(BATCH)
    with_room.close()


def test_a_full_disk_stops_the_store_without_losing_what_it_accepted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite:///{tmp_path / 'store.sqlite'}"
    upgrade(url)
    kept: list[str] = []

    def write(store: SqlStore) -> None:
        with store.unit() as unit:
            unit.save_cursor(f"first {len(kept)}", "x" * 5_000)
            unit.save_cursor(f"second {len(kept)}", "x" * 5_000)
        kept.append(f"{len(kept)}")

    with monkeypatch.context() as patch:
        small(patch, 120)
        store = SqlStore(url)
        assert until_full(lambda: write(store)) > 0
        store.close()
    store = SqlStore(url)
    for name in kept:
        assert store.cursor(f"first {name}")
        assert store.cursor(f"second {name}")
    assert store.cursor(f"first {len(kept)}") == ""
    write(store)
    store.close()


def disk_error(code: int) -> sqlite3.OperationalError:
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = code
    return error


@pytest.mark.parametrize(
    ("code", "free", "kind"),
    [
        (sqlite3.SQLITE_FULL, 10**9, StorageFullError),
        (sqlite3.SQLITE_IOERR_SHMSIZE, 0, StorageFullError),
        (sqlite3.SQLITE_IOERR_WRITE, 10**9, StorageError),
        (sqlite3.SQLITE_CORRUPT, 0, StorageError),
    ],
)
def test_an_input_output_error_means_full_only_on_a_full_disk(
    monkeypatch: pytest.MonkeyPatch, code: int, free: int, kind: type[StorageError]
) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=free))
    assert type(failure(disk_error(code), "folder/bus.sqlite")) is kind


def test_a_disk_that_has_gone_is_an_error_and_not_a_full_disk(tmp_path: Path) -> None:
    gone = str(tmp_path / "gone" / "bus.sqlite")
    found = failure(disk_error(sqlite3.SQLITE_IOERR), gone)
    assert type(found) is StorageError
    assert gone in str(found)


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    path = tmp_path / "bus.sqlite"
    path.write_text("This is a letter to my grandmother. " * 100)
    with pytest.raises(StorageError, match=r"bus\.sqlite can't be read or written"):
        EmbeddedBus(path, FakeClock())
    with pytest.raises(StorageError, match=r"bus\.sqlite can't be read or written"):
        SqlStore(f"sqlite:///{path}")
    with pytest.raises(StorageError, match=r"bus\.sqlite can't be read or written"):
        upgrade(f"sqlite:///{path}")


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    path = tmp_path / "nowhere" / "bus.sqlite"
    with pytest.raises(StorageError, match="nowhere"):
        EmbeddedBus(path, FakeClock())
    with pytest.raises(StorageError, match="nowhere"):
        SqlStore(f"sqlite:///{path}")


def test_a_connection_in_use_while_the_bus_closes_finishes_its_work(tmp_path: Path) -> None:
    file = sqlite.SqliteFile(tmp_path / "file.sqlite", ["CREATE TABLE IF NOT EXISTS things (name TEXT)"])
    with file.writing() as connection:
        file.close()
        connection.execute("INSERT INTO things VALUES ('kept')")
    again = sqlite.SqliteFile(tmp_path / "file.sqlite", [])
    with again.reading() as connection:
        assert connection.execute("SELECT name FROM things").fetchall() == [("kept",)]
    again.close()
    with pytest.raises(StorageError, match="closed"), file.reading():
        pass
