from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import mkdtemp

import pytest

from adapters.store import SqlStore
from core.ports.bus import Bus
from core.ports.store import Store
from tests.backends import BUSES
from tests.contract.grounds import EmbeddedGround, Ground, KafkaGround
from tests.fakes import FakeClock


@pytest.fixture(params=BUSES, scope="session")
def backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def new_ground(
    backend: str, tmp_path: Path, clock: FakeClock, request: pytest.FixtureRequest
) -> Iterator[Callable[[], Ground]]:
    """Makes one more ground that knows nothing of the others."""
    with ExitStack() as made:

        def make() -> Ground:
            if backend == "embedded":
                ground: Ground = EmbeddedGround(mkdtemp(dir=tmp_path), clock)
            else:
                ground = KafkaGround(request.getfixturevalue("kafka").bootstrap, clock)
            made.callback(ground.close)
            return ground

        yield make


@pytest.fixture
def ground(new_ground: Callable[[], Ground]) -> Ground:
    return new_ground()


@pytest.fixture
def bus(ground: Ground) -> Bus:
    return ground.open()


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    opened = SqlStore(store_url)
    yield opened
    opened.close()
