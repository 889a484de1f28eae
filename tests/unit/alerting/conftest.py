from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.unit.alerting.escalating import Timeline


@pytest.fixture
def begin() -> Iterator[Callable[..., Timeline]]:
    """Begins timelines in which every page must be expected."""
    begun: list[Timeline] = []

    def one(*people: Any, **fields: Any) -> Timeline:
        begun.append(Timeline(*people, **fields))
        return begun[-1]

    yield one
    for timeline in begun:
        timeline.check()
