"""Who can be paged, whose turn it is, and who comes after whom: as a user writes it."""

import re
from datetime import datetime, time, timedelta
from typing import Literal

from msgspec import Struct

from core.alert import LevelName
from core.language import Language
from core.paging import LOG
from core.policies import Policy, Step

__all__ = [
    "ALONE",
    "DEFAULT",
    "ROLE",
    "ROTATION",
    "WEEKDAYS",
    "Override",
    "PagingSettings",
    "Person",
    "Policy",
    "Role",
    "Rotation",
    "Step",
    "Weekday",
]

Role = Literal["staff", "manager", "executive"]
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
WEEKDAYS: tuple[Weekday, ...] = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
ROTATION, ROLE = "rotation:", "role:"
"""How a step names whoever is on duty, or everybody of a role."""

_EVERY = re.compile(r"([1-9]\d{0,3}) (hour|day|week)s?")


class Person(Struct, frozen=True, kw_only=True):
    """Somebody who can be paged: a `[[people]]` table.

    - `name`: as on the pages, where people say who they are.
    - `language`: of the pages; `zone`: the person's own, an IANA name.
    - `channels`: in the order in which they are tried.
    - `role`: ``staff``, ``manager`` or ``executive``.
    - `quiet_from`, `quiet_to`: quiet hours by the clock in the person's zone, over midnight where the end is earlier;
      without both there are none. They hold below `quiet_until`.
    """

    name: str
    language: Language = "en"
    zone: str = "UTC"
    channels: tuple[str, ...] = (LOG,)
    role: Role = "staff"
    quiet_from: time | None = None
    quiet_to: time | None = None
    quiet_until: LevelName = "orange"


class Override(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Somebody stands in: `person` is on duty from `since` until `until`, by the clock in the rotation's zone."""

    person: str
    since: datetime
    until: datetime


class Rotation(Struct, frozen=True, kw_only=True):
    """People who take turns: a `[[rotations]]` table.

    - `people`: in the order of their turns, the first from `starts` on, by the clock in `zone`.
    - `every`: the length of a turn, such as ``1 week``, ``2 days`` or ``12 hours``: the hand-over is at the same time
      of the clock in winter and summer.
    - `overrides`: who stands in and when.
    """

    name: str
    people: tuple[str, ...]
    starts: datetime
    zone: str = "UTC"
    every: str = "1 week"
    overrides: tuple[Override, ...] = ()

    def length(self) -> timedelta | None:
        """The length of a turn, by the clock; None where it can't be read."""
        found = _EVERY.fullmatch(self.every.strip())
        return timedelta(**{f"{found[2]}s": int(found[1])}) if found else None


class PagingSettings(Struct, frozen=True, kw_only=True):
    """What holds for everybody: the `[paging]` table.

    - `test_day`, `test_time`: when a test page goes to everybody each week, by the clock in each person's zone; without
      a day there is none.
    - `test_minutes`: how long a test page may stay without an answer before that is told.
    - `remind_minutes`: how long before a promised update whoever promised it is reminded, and how long after it those
      above are told.
    - `urgent_minutes`: for how long after somebody took the urgent cases of a brand in hand further ones join them;
      the next one after that is asked for anew.
    """

    test_day: Weekday | Literal[""] = ""
    test_time: time = time(10, 0)
    test_minutes: float = 15.0
    remind_minutes: float = 10.0
    urgent_minutes: float = 60.0


DEFAULT = Policy(
    name="default",
    steps=(
        Step(to=("role:staff",)),
        Step(to=("role:manager",)),
        Step(to=("role:executive",), from_level="orange"),
    ),
)
"""Holds where no policy says anything."""

ALONE = Policy(name="default", steps=DEFAULT.steps[:1], repeat=1)
"""The same without any people: whoever reads the log is told once."""
