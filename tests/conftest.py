"""Fixtures that more than one folder of tests uses."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.fakes import FakeClock
from tests.servers import missing

# A law holds or it doesn't; how long an example takes on a busy machine says nothing.
settings.register_profile("sixminute", deadline=None)
settings.load_profile("sixminute")


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def application(tmp_path: Path) -> Iterator["Application"]:  # noqa: F821  imported late: it brings the web server
    from tests.harness import Application

    running = Application(tmp_path)
    yield running
    try:
        running.check()
    finally:
        running.close()


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator["KafkaBroker"]:  # noqa: F821  imported late, as above
    """One broker for all tests of a run, started when the first one asks: use new topic and group names in each."""
    from tests.servers.kafka import KafkaBroker
    from tests.servers.process import UnavailableError

    broker = KafkaBroker(tmp_path_factory.mktemp("kafka"))
    try:
        broker.start()
    except UnavailableError as error:
        missing(str(error))
    yield broker
    broker.stop()
