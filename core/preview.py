"""What the alarm would have done with other settings: the answer, for the command line, the API and the pages."""

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime

from msgspec import Struct

from core.alert import Level

MOST_DAYS = 31


class Foreseen(Struct, frozen=True, kw_only=True):
    """An incident that there would have been (event time); `closed_at` is None where it would still be open."""

    opened_at: datetime
    closed_at: datetime | None
    peak: Level
    rule: str


class Outcome(Struct, frozen=True, kw_only=True):
    """All incidents of a range, in order of time."""

    incidents: tuple[Foreseen, ...]

    @property
    def by_level(self) -> Mapping[Level, int]:
        """How many incidents reached each level and none above it."""
        counted = Counter(incident.peak for incident in self.incidents)
        return {level: counted[level] for level in Level}


class Preview(Struct, frozen=True, kw_only=True):
    """What would have been with `changes`, beside what would have been with the present settings.

    Both are worked out anew from the counts that are kept, so that they can be compared.
    """

    brand: str
    since: datetime
    until: datetime
    changes: dict[str, str]
    present: Outcome
    proposed: Outcome


Previewing = Callable[[str, Mapping[str, str], int, datetime], Preview]
"""Asks for a brand, changed settings by name, so many days up to a moment; raises InputError where that can't be."""
