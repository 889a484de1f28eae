"""Escalation policies: who is paged after whom, what people change in them, and what they come to.

Policies stand in the configuration or are changed on the page; the rules that follow them are in `alerting`.
"""

from datetime import datetime
from enum import StrEnum
from typing import Literal

from msgspec import Struct

from core.alert import Level, LevelName


class Step(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A step of a policy's ladder.

    - `to`: names of people, ``rotation:NAME`` for whoever is on duty, ``role:NAME`` for everybody of a role.
    - `after_minutes`: how long they have before the next step is taken.
    - `from_level`: the step is left out below it, unless an urgent case is at hand.
    """

    to: tuple[str, ...]
    after_minutes: float = 5.0
    from_level: LevelName = "blue"


class Policy(Struct, frozen=True, kw_only=True):
    """Who is paged after whom until somebody acknowledges: a `[[policies]]` table. The first that fits is taken.

    - `brands`: for which it is there; empty: for all, and for sources that are blind.
    - `levels`: for which it is there.
    - `steps`: the ladder; `repeat`: how often it is gone through.
    - `minutes_per_channel`: how long a channel that took a page has before the person's next one is tried.
    """

    name: str
    steps: tuple[Step, ...]
    brands: tuple[str, ...] = ()
    levels: tuple[LevelName, ...] = ("blue", "yellow", "orange", "red")
    repeat: int = 3
    minutes_per_channel: float = 2.0


class PolicyDeed(StrEnum):
    """What a person did to the policy of a name."""

    SAVED = "saved"
    REMOVED = "removed"
    CONFIGURED = "configured"
    """From then on it is as the configuration has it; where that has none of the name, there is none."""


class PolicyChange(Struct, frozen=True, kw_only=True):
    """A change of the policy of a name. The one with the highest `version` holds; the first is 1.

    `policy` is what was saved, None where nothing was. `at` is UTC.
    """

    name: str
    version: int
    at: datetime
    by: str
    what: PolicyDeed
    policy: Policy | None = None


FaultKind = Literal[
    "no_name",
    "name_taken",
    "no_steps",
    "no_levels",
    "repeat",
    "minutes_per_channel",
    "nobody",
    "after_minutes",
    "no_person",
    "no_rotation",
    "no_role",
    "role_of_nobody",
    "no_brand",
    "unowned",
    "left_unowned",
]


class Fault(Struct, frozen=True, kw_only=True):
    """Why a policy is refused: which field, by its place (``steps.0.to``), and what is wrong in one line.

    `kind` and `values` are for those who say it in other words; levels among the values are names.
    """

    field: str
    kind: FaultKind
    message: str
    values: dict[str, str] = {}


class Reached(Struct, frozen=True, kw_only=True):
    """Somebody whom a step means at a moment.

    `asleep_until` is when the person's quiet hours end (UTC), None where none hold; from `wakes_from` on they don't.
    """

    name: str
    channels: tuple[str, ...]
    asleep_until: datetime | None = None
    wakes_from: LevelName = "orange"


class Meant(Struct, frozen=True, kw_only=True):
    """What a step names, as it is written, and whom that means at a moment; nobody where it means nothing any more."""

    to: str
    people: tuple[Reached, ...]


class Ladder(Struct, frozen=True, kw_only=True):
    """A policy as it holds now.

    - `origin`: where it stands; ``usual`` is what holds where no policy says anything.
    - `configured`: whether the configuration has one of that name.
    - `version`: that of its last change, 0 without any; `change`: that change.
    - `steps`: whom each step means now.
    - `shadowed`: those before it leave it nothing to hold for.
    - `faults`: what is wrong with it by now, such as a person who is no longer configured.
    """

    policy: Policy
    origin: Literal["configuration", "page", "usual"]
    configured: bool = False
    version: int = 0
    change: PolicyChange | None = None
    steps: tuple[tuple[Meant, ...], ...] = ()
    shadowed: bool = False
    faults: tuple[Fault, ...] = ()


class Ladders(Struct, frozen=True, kw_only=True):
    """All policies in the order in which they are asked, and what a step can name.

    `removed` are the last changes of policies that were taken away. `roles` are those that somebody has.
    """

    ladders: tuple[Ladder, ...]
    removed: tuple[PolicyChange, ...]
    brands: tuple[str, ...]
    people: tuple[str, ...]
    rotations: tuple[str, ...]
    roles: tuple[str, ...]


class PageForeseen(Struct, frozen=True, kw_only=True):
    """A page that would go out: when (UTC), `minutes` after the incident opens, to whom and over what.

    `round` counts from 1. `held`: it waited for the end of the person's quiet hours.
    """

    at: datetime
    minutes: float
    person: str
    channel: str
    round: int
    held: bool = False


class Foresight(Struct, frozen=True, kw_only=True):
    """Who would be paged over an incident that opens at a moment, if nobody ever answered.

    - `policy`: the name of the one that holds, empty where it is the usual one.
    - `pages`: in order of time; `more`: they go on beyond what is listed.
    - `asleep`: who is left to sleep at first, and until when.
    - `quiet_until`: nobody is paged before, because of a silence or a maintenance window.
    - `invented`: the brand is one of the demonstration, so nobody is paged at all.
    - `everybody`: no step reaches anybody, so that everybody is paged.
    - `ends_at`: when the last round is over; None where that is beyond what is listed, or where there is no ladder.
    """

    brand: str
    level: Level
    at: datetime
    policy: str
    pages: tuple[PageForeseen, ...] = ()
    asleep: tuple[Reached, ...] = ()
    quiet_until: datetime | None = None
    invented: bool = False
    everybody: bool = False
    ends_at: datetime | None = None
    more: bool = False
