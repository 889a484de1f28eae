"""Fixtures that more than one folder of tests uses."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.backends import DATABASES, StoreAt, postgresql_at, sqlite_at
from tests.fakes import FakeClock
from tests.servers import missing

# A law holds or it doesn't; how long an example takes on a busy machine says nothing.
settings.register_profile("sixminute", deadline=None)
settings.load_profile("sixminute")


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def application(tmp_path: Path, store_url: str) -> Iterator["Application"]:  # noqa: F821  imported late: it brings the web server
    from tests.harness import Application

    running = Application(tmp_path, database_url=store_url)
    yield running
    try:
        running.check()
    finally:
        running.close()


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator["PostgresServer"]:  # noqa: F821
    """One server for all tests of a run, started when the first one asks: use a `database()` of its own in each."""
    from tests.servers.postgres import PostgresServer
    from tests.servers.process import UnavailableError

    server = PostgresServer(tmp_path_factory.mktemp("postgres"))
    try:
        server.start()
    except UnavailableError as error:
        missing(str(error))
    yield server
    server.stop()


@pytest.fixture(scope="session")
def migrated(postgres: "PostgresServer") -> Iterator[str]:  # noqa: F821
    """The name of a database with all tables, to make others from."""
    from adapters.migrate import upgrade

    with postgres.database() as name:
        upgrade(postgres.url(name))
        yield name


@pytest.fixture(params=DATABASES)
def store_at(request: pytest.FixtureRequest) -> Iterator[StoreAt]:
    """Gives each folder a database of its own, once in SQLite and once in PostgreSQL."""
    if request.param == "sqlite":
        yield sqlite_at
        return
    with postgresql_at(request.getfixturevalue("postgres"), request.getfixturevalue("migrated")) as at:
        yield at


@pytest.fixture
def store_url(store_at: StoreAt, tmp_path: Path) -> str:
    return store_at(tmp_path)


@pytest.fixture(scope="session")
def kafka_behind_proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple["KafkaBroker", "Proxy"]]:  # noqa: F821
    from tests.servers.kafka import KafkaBroker
    from tests.servers.process import LOOPBACK, UnavailableError
    from tests.servers.proxy import Proxy

    broker = KafkaBroker(tmp_path_factory.mktemp("kafka"))
    with Proxy((LOOPBACK, broker.proxied_port)) as proxy:
        broker.advertised = proxy.address
        try:
            broker.start()
        except UnavailableError as error:
            missing(str(error))
        yield broker, proxy
        broker.stop()


@pytest.fixture(scope="session")
def kafka(kafka_behind_proxy: tuple["KafkaBroker", "Proxy"]) -> "KafkaBroker":  # noqa: F821
    """One broker for all tests of a run, started when the first one asks: use new topic and group names in each."""
    return kafka_behind_proxy[0]


@pytest.fixture
def kafka_proxy(kafka_behind_proxy: tuple["KafkaBroker", "Proxy"]) -> Iterator["Proxy"]:  # noqa: F821
    """A line to the same broker that can be disturbed: clients that bootstrap at its `address` stay on it."""
    proxy = kafka_behind_proxy[1]
    yield proxy
    proxy.heal()
    proxy.cut()
