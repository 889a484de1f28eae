"""Times in which people aren't told of incidents: silences, maintenance windows, and inhibition.

Quiet holds back only the telling: incidents are evaluated and recorded as ever.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal

from msgspec import Struct

from core.alert import Level, LevelName
from core.language import Words

LONGEST = timedelta(days=30)
"""Quiet that nobody ends would be forgotten."""


class Silence(Struct, frozen=True, kw_only=True):
    """A person's word that nobody is to be told of some incidents for a while.

    Those of `brand`, those of `source` (a source that is blind), or both, up to `level`. It holds from `since` to
    `until` (UTC, end exclusive), or until somebody ends it: `ended_at` is None while nobody has.
    """

    id: str
    owner: str
    reason: str
    since: datetime
    until: datetime
    brand: str = ""
    source: str = ""
    level: Level = Level.ORANGE
    made_at: datetime
    ended_at: datetime | None = None
    ended_by: str = ""

    def holds(self, now: datetime) -> bool:
        """Whether it holds at a moment."""
        return self.since <= now < self.ends

    @property
    def ends(self) -> datetime:
        """When it ends, or has ended."""
        return self.until if self.ended_at is None else min(self.until, self.ended_at)


class SilenceChange(Struct, frozen=True, kw_only=True):
    """Who changed a silence, and how: `until` is its end from then on."""

    silence: str
    at: datetime
    by: str
    what: Literal["made", "extended", "ended"]
    until: datetime


class Maintenance(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A planned time in which people aren't told, as configured: once, or every week.

    `starts` and `ends` are local times on the clock of `zone` (IANA). A weekly one keeps to the clock: where that is
    put forward or back in between, it is an hour shorter or longer. It repeats until `last`, a local day, if one is
    given. `brand`, `source` and `level` are as for `Silence`.
    """

    name: str
    owner: str
    starts: datetime
    ends: datetime
    zone: str
    repeat: Literal["", "weekly"] = ""
    last: str = ""
    reason: str = ""
    brand: str = ""
    source: str = ""
    level: LevelName = "orange"


class Planned(Struct, frozen=True, kw_only=True):
    """A maintenance window and when it holds (UTC): now, or next; both moments are None where it is over."""

    window: Maintenance
    holds: bool
    since: datetime | None
    until: datetime | None


class QuietSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Inhibition: with an incident of a brand at `inhibiting` or higher, those at `inhibited` or lower page nobody.

    Either one empty switches it off.
    """

    inhibiting: LevelName | Literal[""] = "red"
    inhibited: LevelName | Literal[""] = "blue"


class QuietKind(StrEnum):
    """By what it is quiet."""

    SILENCE = "silence"
    MAINTENANCE = "maintenance"
    INHIBITION = "inhibition"


class Quiet(Struct, frozen=True, kw_only=True):
    """That people aren't told of an incident, and by what.

    `id` is that of the silence, of the incident that inhibits, or the name of the maintenance window. `until` is when
    to ask again at the latest; None where nobody knows. `words` say it to people, without moments.
    """

    kind: QuietKind
    id: str
    owner: str
    reason: str
    since: datetime
    until: datetime | None
    words: Words
