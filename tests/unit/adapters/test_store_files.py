"""What is left in the files of an SQLite store; a PostgreSQL server keeps its own, with a past of its own."""

from pathlib import Path

from adapters.store import SqlStore
from tests.backends import sqlite_at
from tests.contract.things import case, draft, scored


def test_no_file_holds_what_was_erased_once_the_store_is_closed(tmp_path: Path) -> None:
    store = SqlStore(sqlite_at(tmp_path))
    secrets = [f"secret-of-{number}" for number in range(200)]
    with store.unit() as unit:
        unit.put_mentions([scored(number, text=secret * 20) for number, secret in enumerate(secrets)])
        unit.put_case(case(1), [draft("secret-draft " * 400)])
    store.close()
    assert b"secret-" in _bytes(tmp_path)
    with store.unit() as unit:
        unit.erase_mentions([f"m-{number:04}" for number in range(200)])
    store.close()
    assert b"secret-" not in _bytes(tmp_path)


def _bytes(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.iterdir())
