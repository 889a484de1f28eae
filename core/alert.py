"""Alerts and incidents: what the alarm says, and the thing that it is about."""

from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Literal

from msgspec import Struct

from core.language import Words
from core.mention import Moment
from core.segment import WHOLE
from core.why import Forecast, Why


class Level(IntEnum):
    """Warning levels: who must act. Levels rise at once and fall only after calm."""

    BLUE = 1
    YELLOW = 2
    ORANGE = 3
    RED = 4


LevelName = Literal["blue", "yellow", "orange", "red"]


def level_of(name: LevelName) -> Level:
    """The level of a name."""
    return Level[name.upper()]


class IncidentState(StrEnum):
    """The life of an incident."""

    OPEN = "open"
    RISING = "rising"
    CALM = "calm"
    CLOSED = "closed"


class AlertEvent(StrEnum):
    """What happened to an incident."""

    OPENED = "opened"
    RAISED = "raised"
    LOWERED = "lowered"
    CLOSED = "closed"


class Incident(Struct, frozen=True, kw_only=True):
    """One cause of alarm for one brand, or of blindness on one `source`; the other one is empty.

    `segment` is what of the brand it is about, empty for all of it; `joined` are segments that rose with it, the
    whole too where that did.
    `quiet_since` is the event time since which nothing has breached (None while something does). `observed`,
    `expected_low` and `expected_high` are negative mentions in the trailing window, or what the rule says: a share, or
    followers.
    `reopened_at` is when it opened last, if not for the first time, and `ended_before` when it, or an earlier one about
    the same, had ended before it opened last.
    `reason` are the words of the highest alert so far. `themes` are the most frequent themes of its mentions.
    """

    id: str
    brand: str
    state: IncidentState
    level: Level
    peak: Level
    rule: str
    reason: Words
    observed: float
    expected_low: float
    expected_high: float
    opened_at: datetime
    updated_at: datetime
    quiet_since: datetime | None = None
    closed_at: datetime | None = None
    acknowledged_by: str = ""
    acknowledged_at: datetime | None = None
    themes: tuple[str, ...] = ()
    source: str = ""
    segment: str = WHOLE
    joined: tuple[str, ...] = ()
    reopened_at: datetime | None = None
    ended_before: datetime | None = None


class Alert(Struct, frozen=True, kw_only=True):
    """One change of an incident that somebody may have to hear of. `at` is the event time at which it fires.

    `segment` is where that was seen, which may be a part of what the incident is about; empty for the whole brand.
    Where an incident about a brand opens or rises, `why` says what is different about its posts, and `forecast` when
    the next level is likely; both are None elsewhere, and where an older version of the program wrote the alert.
    """

    id: str
    brand: str
    incident: str
    at: Moment
    event: AlertEvent
    level: Level
    rule: str
    reason: Words
    observed: float
    expected_low: float
    expected_high: float
    segment: str = WHOLE
    why: Why | None = None
    forecast: Forecast | None = None


class TallyEntry(Struct, frozen=True, kw_only=True):
    """What one mention adds to the counts of its brand and of some segments of it at `at` (event time).

    `reach` are the followers of whoever wrote it, if it is negative.
    """

    mention: str
    at: datetime
    negative: bool
    sensitive: bool
    reach: int = 0
    segments: tuple[str, ...] = ()


class Tally(Struct, frozen=True, kw_only=True):
    """Counts of one brand or segment in the minute that begins at `minute` (UTC).

    As a change, counts may be below zero. `reach` are the followers of those who wrote the negative ones.
    """

    minute: datetime
    segment: str = WHOLE
    total: int
    negative: int
    sensitive: int
    reach: int = 0


class Peak(Struct, frozen=True, kw_only=True):
    """The highest surprise of a brand or segment, in decades of improbability, in a half-day.

    It is that of windows of so many `minutes`; 0 stands for mentions of any kind, -1 for the followers reached. `block`
    counts the half-days (UTC) since 1970.
    """

    brand: str
    segment: str = WHOLE
    minutes: int
    block: int
    decades: float


class BandPoint(Struct, frozen=True, kw_only=True):
    """What the alarm saw and expected at one moment: mentions, negative and all, in the hour that ends at `at`.

    `segment` is the theme or source of the brand that it is about, empty for all of it.

    `low` and `high` are the edges of what is usual; while `learning`, that isn't known yet, and they only say what
    would pass.
    """

    at: datetime
    observed: float
    total: float
    expected: float
    low: float
    high: float
    learning: bool = False
    segment: str = WHOLE
