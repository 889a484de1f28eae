"""Fixtures that more than one folder of tests uses."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.fakes import FakeClock

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
