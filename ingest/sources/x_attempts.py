"""When what went wrong with X is tried again."""

from datetime import datetime

import structlog

from core.ports.clock import Clock

_FIRST_PAUSE, _LONGEST_PAUSE = 5.0, 320.0
_FIRST_LIMITED, _LONGEST_LIMITED = 60.0, 900.0
_REFUSED_PAUSE = 3600.0
_MOST_FAILURES = 4

log = structlog.get_logger(__name__)


class Attempts:
    """When something may be tried, after failures with pauses that double; `due` is a moment of the monotonic clock.

    Args:
        name: the source's, for logs.
        clock: the clock.
        first: the first pause, in seconds.
    """

    def __init__(self, name: str, clock: Clock, first: float = _FIRST_PAUSE) -> None:
        self.due = clock.monotonic()
        self.reason = ""
        self.refusal = ""
        """Why it is refused, for as long as it is."""
        self.name = name
        self._clock = clock
        self._first = first
        self._failures = 0

    @property
    def exhausted(self) -> bool:
        """Whether it has failed so often that somebody must be told."""
        return self._failures >= _MOST_FAILURES

    def well(self) -> None:
        """It went well."""
        self._failures = 0
        self.refusal = ""

    def interrupted(self, reason: str, pause: float) -> None:
        """It had gone well, and must begin anew after so many seconds."""
        self._failures = 0
        self._wait(reason, pause)

    def failed(self, reason: str, *, hopeless: bool = False) -> None:
        """It failed; `hopeless`: so that trying again can't help by itself."""
        self._failures = _MOST_FAILURES if hopeless else self._failures + 1
        pause = self._first if hopeless else min(self._first * 2 ** (self._failures - 1), _LONGEST_PAUSE)
        self._wait(reason, pause)

    def limited(self, reason: str, reset: datetime | None) -> None:
        """X wants us to wait, until `reset` where it says so; it isn't trusted with more than a quarter of an hour."""
        self._failures += 1
        pause = min(_FIRST_LIMITED * 2 ** (self._failures - 1), _LONGEST_LIMITED)
        if reset is not None:
            left = (reset - self._clock.now()).total_seconds() + 1
            pause = min(max(left, self._first), _LONGEST_LIMITED + _FIRST_LIMITED)
        self._wait(reason, pause)

    def refused(self, reason: str) -> None:
        """It is refused, which somebody must mend: that is told once, and it is tried again seldom."""
        self.due = self._clock.monotonic() + _REFUSED_PAUSE
        if reason != self.refusal:
            self.refusal = reason
            log.warning("source_refused", source=self.name, reason=reason, again_in_seconds=_REFUSED_PAUSE)

    def _wait(self, reason: str, pause: float) -> None:
        self.reason = reason
        self.due = self._clock.monotonic() + pause
        log.warning("source_stumbled", source=self.name, reason=reason, again_in_seconds=round(pause, 1))
