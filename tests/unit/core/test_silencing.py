"""What can't be said of a silence, on a real store."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from adapters.migrate import upgrade
from adapters.store import SqlStore
from core import silencing
from core.errors import InputError
from core.quiet import LONGEST
from tests.fakes import MONDAY

HOUR = timedelta(hours=1)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    url = f"sqlite:///{tmp_path / 'store.db'}"
    upgrade(url)
    opened = SqlStore(url)
    yield opened
    opened.close()


def test_a_silence_has_an_owner_and_a_reason_that_can_be_read(store: SqlStore) -> None:
    with pytest.raises(InputError, match="who you are"):
        silencing.silence(store, by="  ", reason="sale", until=MONDAY + HOUR, now=MONDAY, brand="Acme")
    with pytest.raises(InputError, match="shorten it"):
        silencing.silence(store, by="Ada", reason="long " * 200, until=MONDAY + HOUR, now=MONDAY, brand="Acme")
    assert not store.silences()


def test_another_end_lies_ahead_and_no_further_than_a_month(store: SqlStore) -> None:
    made = silencing.silence(store, by="Ada", reason="sale", until=MONDAY + 2 * HOUR, now=MONDAY, brand="Acme")
    with pytest.raises(InputError, match="lie ahead"):
        silencing.extend(store, made.id, MONDAY, "Bo", MONDAY + HOUR)
    with pytest.raises(InputError, match="30 days"):
        silencing.extend(store, made.id, MONDAY + LONGEST + 2 * HOUR, "Bo", MONDAY + HOUR)
    assert silencing.extend(store, made.id, MONDAY + 3 * HOUR, "Bo", MONDAY + HOUR).until == MONDAY + 3 * HOUR
