"""Drives a source against a server on loopback, with a clock that a test may move on."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta

from adapters.clock import SystemClock
from core.mention import Mention
from core.ports.source import SourceItem

A_WHILE = 10.0  # seconds a test waits at most for something that must come


class MovedOn(SystemClock):
    """The real clock, which a test may move on."""

    def __init__(self) -> None:
        self.by = timedelta()

    def now(self) -> datetime:
        """The present moment, and as much later as it was moved on."""
        return super().now() + self.by

    def monotonic(self) -> float:
        """Seconds that only grow."""
        return super().monotonic() + self.by.total_seconds()

    def forward(self, seconds: float) -> None:
        """Move on."""
        self.by += timedelta(seconds=seconds)


def until(items: Iterator[SourceItem], holds: Callable[[list[SourceItem]], object]) -> list[SourceItem]:
    """What comes until the test has seen enough."""
    clock = SystemClock()
    ends = clock.monotonic() + A_WHILE
    seen: list[SourceItem] = []
    while not holds(seen):
        assert clock.monotonic() < ends, seen[-20:]
        seen.append(next(items))
    return seen


def mentions(seen: Sequence[SourceItem]) -> list[Mention]:
    """All that these items brought."""
    return [mention for item in seen for mention in item.mentions]
