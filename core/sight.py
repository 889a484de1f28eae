"""Whether sources still see: when each network last gave a sign of life, and times of which we know too little.

Pure: the moment is a parameter, everything is UTC, gaps are in seconds.
"""

from datetime import datetime, timedelta

import msgspec
from msgspec import Struct

from core.alert import Incident

BLIND, QUIET = "blind", "quiet"
"""The rules by which incidents of sources are known."""

_WEIGHT = 0.05
"""How much the newest gap counts in the usual one: about the last twenty count."""
_DAILY = 0.9
"""By how much the longest gap is forgotten in a day, so that one outage doesn't make a source patient for ever."""
_DAY = 86_400.0


class Patience(Struct, frozen=True, kw_only=True):
    """How long a network may be silent: `times` as long as is usual for it, but at `least` and at `most` so long."""

    times: float = 5.0
    least: timedelta = timedelta(seconds=60)
    most: timedelta = timedelta(minutes=60)


class SourceState(Struct, frozen=True, kw_only=True):
    """How a source stands.

    `watched_since` is when it was first run. `heard_at` is the network's last sign of life, `gap` how long it usually
    takes to the next one, `next_within` within how many seconds a source that asks by itself will have asked again (0:
    the network speaks by itself), and `seen_since` when it was seen again after the last time of blindness.
    `brought_at`, `brought_gap` and `longest_gap` are the same of mentions, with the longest time of late without any,
    and `brought_times` counts them. `reason` is what went wrong last, empty while all is well.
    """

    name: str
    watched_since: datetime
    heard_at: datetime | None = None
    gap: float = 0.0
    next_within: float = 0.0
    seen_since: datetime | None = None
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


def heard(state: SourceState, at: datetime, allowed: Patience | None = None, next_within: float = 0.0) -> SourceState:
    """The state after a sign of life. An outage isn't taken for the usual pause, however long it was."""
    if state.heard_at is None:
        return msgspec.structs.replace(state, heard_at=at, seen_since=at, next_within=next_within, reason="")
    passed = max(0.0, (at - state.heard_at).total_seconds())
    longest = patience(state, allowed or Patience()).total_seconds()
    return msgspec.structs.replace(
        state,
        heard_at=at,
        gap=_usual(state.gap, min(passed, longest)),
        next_within=next_within,
        seen_since=at if passed > longest else state.seen_since,
        reason="",
    )


def brought(state: SourceState, at: datetime) -> SourceState:
    """The state after mentions have come; a time in which nothing could be seen doesn't count as one without any."""
    since = nothing_since(state)
    if since is None:
        return msgspec.structs.replace(state, brought_at=at)
    passed = max(0.0, (at - since).total_seconds())
    remembered = state.longest_gap * _DAILY ** (passed / _DAY)
    return msgspec.structs.replace(
        state,
        brought_at=at,
        brought_gap=_usual(state.brought_gap, passed),
        longest_gap=max(passed, remembered),
        brought_times=state.brought_times + 1,
    )


def nothing_since(state: SourceState) -> datetime | None:
    """Since when a source has brought nothing although it saw; None if it never brought anything."""
    if state.brought_at is None or state.seen_since is None:
        return state.brought_at
    return max(state.brought_at, state.seen_since)


def failed(state: SourceState, reason: str) -> SourceState:
    """The state after an error; a sign of life takes the reason away."""
    return msgspec.structs.replace(state, reason=reason)


def patience(state: SourceState, allowed: Patience) -> timedelta:
    """How long the network may be silent: several times what is usual, or until it was to be asked again and a bit."""
    if state.next_within:
        return timedelta(seconds=state.next_within) + allowed.least
    return min(max(timedelta(seconds=allowed.times * state.gap), allowed.least), allowed.most)


def blind_since(incident: Incident) -> datetime:
    """When the source of an incident of blindness was heard last: what such an incident observes are minutes."""
    return incident.updated_at - timedelta(minutes=incident.observed)


def _usual(before: float, now: float) -> float:
    return now if before == 0 else (1 - _WEIGHT) * before + _WEIGHT * now
