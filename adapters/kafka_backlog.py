"""How far the groups are behind, known well enough to hold back without asking the brokers for every message."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from core.ports.clock import Clock

_FRESH_SECONDS = 1.0

_Reader = tuple[str, str]


@dataclass
class _Known:
    """The lag as it was asked for, when, and what was published since."""

    lag: int
    asked_at: float
    published: int = 0


class Backlog:
    """Back-pressure for publishers: how far a group is behind is asked once a second, or when it may be too much.

    Args:
        lag: asks for the messages that a group has not done of a topic.
        clock: says how old an answer is.
        most: messages that a group may be behind.
    """

    def __init__(self, lag: Callable[[str, str], int], clock: Clock, most: int) -> None:
        self._lag = lag
        self._clock = clock
        self._most = most
        self._known: dict[_Reader, _Known] = {}
        self._lock = threading.Lock()

    def behind(self, readers: Sequence[_Reader]) -> str:
        """Who of the (group, topic) is too far behind, in words; empty where nobody is."""
        for reader in readers:
            with self._lock:
                known = self._known.get(reader)
                fresh = known and self._clock.monotonic() - known.asked_at < _FRESH_SECONDS
                if known and fresh and known.lag + known.published <= self._most:
                    continue
            lag = self._lag(*reader)
            with self._lock:
                self._known[reader] = _Known(lag, self._clock.monotonic())
            if lag > self._most:
                group, topic = reader
                return f"{group} is {lag} messages behind on {topic}"
        return ""

    def published(self, counts: Mapping[_Reader, int]) -> None:
        """So many messages were published since."""
        with self._lock:
            for reader, count in counts.items():
                if known := self._known.get(reader):
                    known.published += count
