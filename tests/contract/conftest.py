from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from adapters.store import SqlStore
from core.ports import Bus, Store
from tests.backends import BUSES, OpenBus
from tests.fakes import FakeClock


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture(params=BUSES, scope="session")
def backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def open_bus(backend: str, tmp_path: Path, clock: FakeClock) -> Iterator[OpenBus]:
    """Opens the same bus as often as it is called, as other processes would."""
    with ExitStack() as opened:

        def open_one(**settings: object) -> Bus:
            bus = BUSES[backend](tmp_path, clock, **settings)
            opened.callback(bus.close)
            return bus

        yield open_one


@pytest.fixture
def bus(open_bus: OpenBus) -> Bus:
    return open_bus()


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    opened = SqlStore(store_url)
    yield opened
    opened.close()
