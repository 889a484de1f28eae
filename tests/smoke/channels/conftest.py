"""Pages, and a pager to bring them to."""

from collections.abc import Iterator

import pytest

from tests.servers.pager import Pager


@pytest.fixture
def pager() -> Iterator[Pager]:
    with Pager() as server:
        yield server
