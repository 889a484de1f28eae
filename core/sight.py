"""Whether sources still see: when each network last gave a sign of life, and times of which we know too little.

Pure: the moment is a parameter, everything is UTC, gaps are in seconds.
"""

from datetime import datetime, timedelta

import msgspec
from msgspec import Struct

BLIND, QUIET = "blind", "quiet"
"""The rules by which incidents of sources are known."""

TIMES = 5.0
LEAST, MOST = timedelta(seconds=60), timedelta(minutes=60)
"""A network that is silent for so many times its usual pause, within these bounds, can't be seen."""

_WEIGHT = 0.05
"""How much the newest gap counts in the usual one: about the last twenty count."""
_DAILY = 0.9
"""By how much the longest gap is forgotten in a day, so that one outage doesn't make a source patient for ever."""
_DAY = 86_400.0


class SourceState(Struct, frozen=True, kw_only=True):
    """How a source stands.

    `watched_since` is when it was first run. `heard_at` is the network's last sign of life, `gap` how long it usually
    takes to the next one; `brought_at`, `brought_gap` and `longest_gap` are the same of mentions, with the longest time
    of late without any, and `brought_times` counts them. `reason` is what went wrong last, empty while all is well.
    """

    name: str
    watched_since: datetime
    heard_at: datetime | None = None
    gap: float = 0.0
    brought_at: datetime | None = None
    brought_gap: float = 0.0
    longest_gap: float = 0.0
    brought_times: int = 0
    reason: str = ""


class SourceGap(Struct, frozen=True, kw_only=True):
    """A time in which a source saw nothing. What was written then has come later, unless `lost`; `reason` says why."""

    source: str
    since: datetime
    until: datetime
    lost: bool = False
    reason: str = ""


def heard(state: SourceState, at: datetime) -> SourceState:
    """The state after a sign of life."""
    if state.heard_at is None:
        return msgspec.structs.replace(state, heard_at=at, reason="")
    passed = max(0.0, (at - state.heard_at).total_seconds())
    return msgspec.structs.replace(state, heard_at=at, gap=_usual(state.gap, passed), reason="")


def brought(state: SourceState, at: datetime) -> SourceState:
    """The state after mentions have come."""
    if state.brought_at is None:
        return msgspec.structs.replace(state, brought_at=at)
    passed = max(0.0, (at - state.brought_at).total_seconds())
    remembered = state.longest_gap * _DAILY ** (passed / _DAY)
    return msgspec.structs.replace(
        state,
        brought_at=at,
        brought_gap=_usual(state.brought_gap, passed),
        longest_gap=max(passed, remembered),
        brought_times=state.brought_times + 1,
    )


def failed(state: SourceState, reason: str) -> SourceState:
    """The state after an error; a sign of life takes the reason away."""
    return msgspec.structs.replace(state, reason=reason)


def patience(state: SourceState, times: float = TIMES, least: timedelta = LEAST, most: timedelta = MOST) -> timedelta:
    """How long the network may be silent: several times what is usual for it, within bounds."""
    return min(max(timedelta(seconds=times * state.gap), least), most)


def _usual(before: float, now: float) -> float:
    return now if before == 0 else (1 - _WEIGHT) * before + _WEIGHT * now
