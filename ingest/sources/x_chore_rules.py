"""Keeps our rules of X's filtered stream on the account of the app."""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import TypeVar

import structlog

from core.ports.clock import Clock
from core.ports.source import SourceItem
from ingest.sources.x_api import MOST_AT_ONCE, Api, rules_in
from ingest.sources.x_attempts import Attempts
from ingest.sources.x_chores import NOTHING
from ingest.sources.x_rules import MOST_RULES, Rule, difference

_LOOK_SECONDS = 300.0
"""How often they are looked at while the stream is open: somebody else may change them, and a stream doesn't tell."""

T = TypeVar("T")

log = structlog.get_logger(__name__)


class Rules:
    """Keeps our rules as they should be: looks at them, then adds and deletes what differs; `ready` once that is done.

    Rules of others, whose tags aren't ours, stay.

    Args:
        api: X.
        clock: the clock.
        attempts: of this chore.
        wanted: the rules.
        gone: is told where somebody took rules of ours away, and when they were there last.
    """

    def __init__(
        self, api: Api, clock: Clock, attempts: Attempts, wanted: Sequence[Rule], *, gone: Callable[[datetime], None]
    ) -> None:
        self.attempts = attempts
        self.ready = False
        self.since = clock.now()
        """When they were changed last, whoever had to change them."""
        self.wanted = wanted
        self._api = api
        self._clock = clock
        self._gone = gone
        self._due = clock.monotonic()
        self._looked_at = self._well_at = clock.now()
        self._kept: Sequence[Rule] | None = None
        """What we left there, where that is known."""
        self._left: deque[Callable[[], bytes]] = deque()
        """What must be changed, once they were looked at; until then nobody knows."""
        self._looked = self._changing = False

    @property
    def vital(self) -> bool:
        """As the protocol says: an open stream goes on while its rules are only looked at."""
        return not self.ready

    def look_again(self, wanted: Sequence[Rule] | None = None) -> None:
        """Make sure of them, or of others."""
        self.ready = False
        self.wanted = self.wanted if wanted is None else wanted
        self._looked = False

    def request(self) -> Callable[[], bytes] | None:
        """As the protocol says."""
        self._changing = self._looked
        if self._looked:
            return self._left[0]
        if self.ready and self._clock.monotonic() < self._due:
            return None
        self._looked_at = self._clock.now()
        return self._api.rules

    def take(self, answer: bytes) -> SourceItem:
        """As the protocol says."""
        if self._changing:
            self._left.popleft()
        else:
            self._look(rules_in(answer))
        if self._looked and not self._left:
            self._end()
        return NOTHING

    def _look(self, there: Mapping[str, Rule]) -> None:
        self._tell_of_others(there)
        more, superfluous = difference(there, self.wanted)
        add = [partial(self._api.add_rules, some) for some in _portions(more)]
        delete = [partial(self._api.delete_rules, some) for some in _portions(superfluous)]
        # New ones come before old ones go, where there is room.
        self._left = deque([*add, *delete] if len(there) + len(more) <= MOST_RULES else [*delete, *add])
        self._looked = True
        if self._left:
            self.ready = False
            self._kept = None

    def _tell_of_others(self, there: Mapping[str, Rule]) -> None:
        gone, strange = ([], []) if self._kept is None else difference(there, self._kept)
        if gone or strange:
            log.warning(
                "source_rules_changed",
                source=self.attempts.name,
                reason=f"Somebody else changes our rules at X ({len(gone)} gone, {len(strange)} not ours): with a "
                "stream, one app serves one installation; give the other one an app of its own",
            )
        if gone:
            self._gone(self._well_at)

    def _end(self) -> None:
        if not self.ready:
            self.ready = True
            self.since = self._clock.now()
        self._looked = False
        self._kept = self.wanted
        self._well_at = self._looked_at
        self._due = self._clock.monotonic() + _LOOK_SECONDS


def _portions(things: Sequence[T]) -> list[Sequence[T]]:
    return [things[begin : begin + MOST_AT_ONCE] for begin in range(0, len(things), MOST_AT_ONCE)]
