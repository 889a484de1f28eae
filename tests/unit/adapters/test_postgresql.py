"""What people are told when PostgreSQL can't go on, and how the store goes on afterwards; on a real server."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Barrier, Event, Thread

import pytest

from adapters.database import Database
from adapters.migrate import upgrade
from adapters.store import SqlStore
from adapters.tables_running import cursors
from core.errors import ConfigurationError, SixminuteError, StorageError, StorageFullError
from core.ports.unit import Unit
from tests.backends import postgresql_at
from tests.contract.things import incident, scored
from tests.servers.postgres import PASSWORD, PostgresServer
from tests.servers.process import LOOPBACK, Port

THREADS = 30


@pytest.fixture
def url(postgres: PostgresServer, migrated: str, tmp_path: Path) -> Iterator[str]:
    with postgresql_at(postgres, migrated) as at:
        yield at(tmp_path)


@pytest.fixture
def own(tmp_path: Path) -> Iterator[PostgresServer]:
    """A server that the test may stop and kill."""
    with PostgresServer(tmp_path) as server:
        upgrade(server.url())
        yield server


def told(error: pytest.ExceptionInfo[SixminuteError], *secrets: str) -> str:
    """What was said: in one line, without the password and other secrets."""
    words = str(error.value)
    assert "\n" not in words
    for secret in (PASSWORD, "open%20sesame", "sesame", *secrets):
        assert secret not in words
    return words


def in_unit(store: SqlStore, *steps: Callable[[Unit], object]) -> None:
    with store.unit() as unit:
        for step in steps:
            step(unit)


def save(value: str) -> Callable[[Unit], object]:
    return lambda unit: unit.save_cursor("a", value)


@pytest.mark.parametrize("short", ["postgresql", "postgres", "postgresql+psycopg", "postgresql+psycopg2"])
def test_an_address_may_be_written_as_it_is_elsewhere(url: str, short: str) -> None:
    with closing(SqlStore(url.replace("postgresql+psycopg", short))) as store:
        assert store.waiting() == 0
        assert store.name == url.rpartition("@")[2]


@pytest.mark.parametrize(
    ("part", "other", "words"),
    [
        ("sesame", "barley", "password isn't accepted"),
        ("postgres:", "stranger:", "password isn't accepted"),
        ("/test_", "/nowhere_", "there is no such database"),
        ("", "?nonsense=1", "invalid connection option"),
        ("", "?sslmode=require", "SSL"),
        ("", "?options=-c%20nonsense%3D1", "unrecognized configuration parameter"),
    ],
)
def test_a_wrong_address_is_a_matter_of_configuration(url: str, part: str, other: str, words: str) -> None:
    for use in (SqlStore, upgrade):
        with pytest.raises(ConfigurationError, match=words) as caught:
            use(url.replace(part, other) if part else url + other)
        assert f"{LOOPBACK}:" in told(caught)


def test_a_server_that_is_not_there_is_named(url: str) -> None:
    nobody = Port()
    with pytest.raises(StorageError, match=rf"{nobody.address}/name can't be reached: Connection refused") as caught:
        SqlStore(f"postgresql://me:{PASSWORD.replace(' ', '')}@{nobody.address}/name")
    told(caught)


def test_a_server_without_a_free_connection_says_so(tmp_path: Path) -> None:
    few = {"max_connections": 2, "superuser_reserved_connections": 0}
    with PostgresServer(tmp_path, settings=few) as server:
        upgrade(server.url())
        with closing(SqlStore(server.url())) as store:
            # One connection has read, one writes, and there is no third.
            with pytest.raises(StorageError, match="no connection left") as caught:
                in_unit(store, save("b"), lambda _: SqlStore(server.url()))
            assert store.cursor("a") == ""
    assert "tried again" in told(caught)


def test_a_full_disk_is_told_and_what_was_kept_stays(url: str) -> None:
    database = Database(url)
    with database.writing() as connection:
        # The server's own error, without filling a disk for it.
        connection.exec_driver_sql(
            "CREATE FUNCTION fill() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = '53100'; END $$"
        )
        connection.exec_driver_sql("CREATE TRIGGER fill BEFORE INSERT ON mentions EXECUTE FUNCTION fill()")
    database.close()
    with closing(SqlStore(url)) as store:
        in_unit(store, save("kept"))
        with pytest.raises(StorageFullError, match="no room left") as caught:
            in_unit(store, save("not kept"), lambda unit: unit.put_mentions([scored(1, text="what a customer wrote")]))
        told(caught, "customer")
        assert store.cursor("a") == "kept"


def test_of_two_that_wait_for_each_other_one_is_told_to_try_again_and_the_other_gets_through(url: str) -> None:
    with closing(SqlStore(url)) as store, closing(SqlStore(url)) as other:
        both = Barrier(2)

        def work(one: SqlStore, *numbers: int) -> str:
            try:
                with one.unit() as unit:
                    unit.put_incident(incident(numbers[0]))
                    both.wait()
                    unit.put_incident(incident(numbers[1]))
            except StorageError as error:
                return str(error)
            return ""

        with ThreadPoolExecutor(2) as pool:
            said = sorted([*pool.map(work, (store, other), (1, 2), (2, 1))])
        assert said[0] == ""
        assert "other transactions were in the way; what was under way will be tried again" in said[1]
        assert len(store.incidents().items) == 2


@pytest.mark.parametrize(
    ("limit", "words"),
    [("lock_timeout", "for too long"), ("statement_timeout", "it took too long")],
)
def test_nobody_waits_for_ever(url: str, limit: str, words: str) -> None:
    with closing(SqlStore(url)) as store, closing(SqlStore(f"{url}?options=-c%20{limit}%3D100ms")) as hasty:
        with store.outgoing(1), pytest.raises(StorageError, match=words) as caught, hasty.outgoing(1):
            pass
        assert "tried again" in told(caught)


def test_who_stands_still_within_a_transaction_is_thrown_out_and_what_he_held_is_free(url: str) -> None:
    hasty = f"{url}?options=-c%20idle_in_transaction_session_timeout%3D100ms"
    with closing(SqlStore(url)) as store, closing(SqlStore(hasty)) as sleepy:
        free = Event()

        def next_one() -> None:
            with store.outgoing(1):
                free.set()

        def stand_still() -> None:
            with sleepy.outgoing(1):
                thread.start()
                assert free.wait(10)

        thread = Thread(target=next_one)
        with pytest.raises(StorageError, match="tried again") as caught:
            stand_still()
        thread.join()
        told(caught)
        assert sleepy.waiting() == 0


def test_an_error_quotes_nothing_of_what_was_written(url: str) -> None:
    database = Database(url)
    row = {"name": "a secret name", "value": "a secret value"}
    with pytest.raises(StorageError, match="duplicate key") as caught, database.writing() as connection:
        connection.execute(cursors.insert(), [row, row])
    told(caught, "secret")
    database.close()


def test_a_server_that_is_killed_in_the_midst_undoes_what_was_not_finished_and_is_found_again(
    own: PostgresServer,
) -> None:
    with closing(SqlStore(own.url())) as store:
        in_unit(store, save("kept"))
        with pytest.raises(StorageError, match="will be tried again") as caught:
            in_unit(store, save("not kept"), lambda _: own.kill())
        told(caught)
        for use in (lambda: store.cursor("a"), lambda: store.drop_lease("a", "b")):
            with pytest.raises(StorageError, match="Connection refused") as caught:
                use()
            told(caught)
        own.start()
        assert store.cursor("a") == "kept"
        in_unit(store, save("kept again"))
        assert store.cursor("a") == "kept again"


def test_a_server_that_stops_in_the_midst_says_so_and_connections_that_it_dropped_are_not_noticed_later(
    own: PostgresServer,
) -> None:
    with closing(SqlStore(own.url())) as store:
        with pytest.raises(StorageError, match="will be tried again") as caught:
            in_unit(store, save("b"), lambda _: own.restart(), save("c"))
        told(caught)
        assert store.cursor("a") == ""
        in_unit(store, save("d"))
        own.restart()
        in_unit(store, save("e"))
        own.restart()
        assert store.cursor("a") == "e"


def test_what_is_committed_survives_the_kill_of_the_server(own: PostgresServer) -> None:
    with closing(SqlStore(own.url())) as store:
        for number in range(50):
            in_unit(store, save(f"{number}"))
        own.kill()
        own.start()
        assert store.cursor("a") == "49"


def test_many_threads_that_write_and_read_at_once_share_few_connections(url: str, postgres: PostgresServer) -> None:
    with closing(SqlStore(url)) as store:
        start = Barrier(THREADS)

        def work(number: int) -> str:
            start.wait()
            with store.unit() as unit:
                unit.save_cursor(f"{number}", "x")
                return store.cursor(f"{number}")

        with ThreadPoolExecutor(THREADS) as pool:
            assert set(pool.map(work, range(THREADS))) == {""}
        name = url.rpartition("/")[2]
        ((connections,),) = postgres.execute(f"SELECT count(*) FROM pg_stat_activity WHERE datname = '{name}'")
        assert isinstance(connections, int)
        assert connections <= 30
        assert store.cursor(f"{THREADS - 1}") == "x"


def test_readers_can_change_nothing(url: str) -> None:
    database = Database(url)
    with pytest.raises(StorageError, match="can only be read"), database.reading() as connection:
        connection.execute(cursors.insert(), {"name": "a", "value": "b"})
    database.close()
