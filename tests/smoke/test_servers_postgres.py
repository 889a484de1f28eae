"""The real PostgreSQL that tests use: killed and started again, and never left behind."""

import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from adapters.clock import SystemClock
from tests.servers.postgres import PostgresServer

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 10.0
STARTER = """
import sys
from pathlib import Path
from tests.servers.postgres import PostgresServer
server = PostgresServer(Path(sys.argv[1])).start()
print(server.url(driver="postgresql"), flush=True)
sys.stdin.readline()
"""


def test_kill_9_loses_nothing_that_was_committed_and_nothing_else_is_kept(postgres: PostgresServer) -> None:
    with postgres.database() as name:
        postgres.execute("CREATE TABLE things (number INTEGER)", name)
        with closing(psycopg.connect(postgres.url(name, driver="postgresql"))) as open_one:
            open_one.execute("INSERT INTO things VALUES (0)")
            for number in range(1, 101):
                postgres.execute(f"INSERT INTO things VALUES ({number})", name)
            postgres.kill()
            assert not postgres.running
        postgres.start()
        assert postgres.execute("SELECT min(number), max(number), count(*) FROM things", name) == [(1, 100, 100)]


def test_each_database_is_its_own_and_goes_with_its_block(postgres: PostgresServer) -> None:
    with postgres.database() as one:
        postgres.execute("CREATE TABLE things (number INTEGER)", one)
        with postgres.database(template=one) as copy:
            postgres.execute("INSERT INTO things VALUES (1)", copy)
            assert postgres.execute("SELECT count(*) FROM things", copy) == [(1,)]
        assert postgres.execute("SELECT count(*) FROM things", one) == [(0,)]
        there = {name for (name,) in postgres.execute("SELECT datname FROM pg_database")}
        assert one in there
        assert copy not in there


def test_a_server_that_cannot_start_says_why(tmp_path: Path, postgres: PostgresServer) -> None:
    server = PostgresServer(tmp_path, settings={"shared_buffers": "nonsense"})
    with pytest.raises(RuntimeError, match=r"did not come up[\s\S]*shared_buffers"):
        server.start()
    assert not server.running


def test_it_ends_with_the_process_that_started_it(tmp_path: Path, postgres: PostgresServer) -> None:
    starter = subprocess.Popen(
        [sys.executable, "-c", STARTER, str(tmp_path)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with starter:
        assert starter.stdout
        url = starter.stdout.readline().strip()
        with closing(psycopg.connect(url)) as connection:
            starter.send_signal(signal.SIGKILL)
            starter.wait()
            assert _is_cut(connection)
    with pytest.raises(psycopg.OperationalError, match="refused"):
        psycopg.connect(url)


def _is_cut(connection: psycopg.Connection) -> bool:
    clock = SystemClock()
    latest = clock.monotonic() + PATIENCE
    while clock.monotonic() < latest:
        try:
            connection.execute("SELECT 1")
        except psycopg.OperationalError:
            return True
        clock.sleep(0.02)
    return False
