"""When a source is blind, and the incident that this is. Pure; all times are UTC.

A network that is silent for much longer than is usual for it can't be seen: whatever happens there now, nobody here
hears of it. One that answers but has brought nothing for very long may have lost what it was asked for.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec

from alerting import wording_blind
from alerting.incidents import alert_of
from alerting.settings import AlertingSettings
from core.alert import Alert, AlertEvent, Incident, IncidentState, Level
from core.identity import identity
from core.language import Words
from core.sight import BLIND, QUIET, SourceState, nothing_since, patience

GRAVE_AFTER = timedelta(minutes=15)
"""A source that is blind for so long is orange; where all of them are, red."""
AGAIN_WITHIN = timedelta(minutes=10)
"""A source that is blind again so soon is the same incident again."""

_QUIET_GAPS, _QUIET_LONGEST = 20.0, 2.0
_QUIET_LEAST = timedelta(minutes=30)
_KNOWN_TIMES = 50
_KNOWN_AFTER = timedelta(days=2)
"""How much must be known of a source before its silence means something: nights too."""

Step = tuple[Incident | None, tuple[Alert, ...]]


class Silence(NamedTuple):
    """Since when nothing was heard, how long that may last, and which rule says so."""

    rule: str
    since: datetime
    patience: timedelta


def silence_of(
    state: SourceState, now: datetime, settings: AlertingSettings, awake_since: datetime | None = None
) -> Silence | None:
    """What is wrong with how a source sees; None where it sees.

    Before `awake_since` nobody here listened: that a network was silent then says nothing about it.
    """
    allowed = patience(state, settings.silence)
    since = state.heard_at or state.watched_since
    if now - max(since, awake_since or since) > allowed:
        return Silence(BLIND, since, allowed)
    nothing = nothing_since(state)
    if nothing is None or state.brought_times < _KNOWN_TIMES or now - state.watched_since < _KNOWN_AFTER:
        return None
    usual = timedelta(seconds=max(_QUIET_GAPS * state.brought_gap, _QUIET_LONGEST * state.longest_gap))
    allowed = max(usual, _QUIET_LEAST)
    return Silence(QUIET, nothing, allowed) if now - nothing > allowed else None


def level_of(silence: Silence, now: datetime, *, all_blind: bool) -> Level:
    """How grave it is."""
    if silence.rule == QUIET:
        return Level.BLUE
    if now - silence.since < GRAVE_AFTER:
        return Level.YELLOW
    return Level.RED if all_blind else Level.ORANGE


def advance(
    state: SourceState, incident: Incident | None, silence: Silence | None, now: datetime, *, all_blind: bool
) -> Step:
    """The incident of a source as it is now, and the alerts that this gives.

    Args:
        state: how the source stands.
        incident: its latest one, closed or not.
        silence: as from `silence_of`.
        now: the moment.
        all_blind: whether no source sees.
    """
    still = incident is not None and incident.closed_at is None
    if incident and still and (silence is None or (incident.rule, silence.rule) == (BLIND, QUIET)):
        return _closed(state, incident, now)
    if silence is None:
        return incident, ()
    level = level_of(silence, now, all_blind=all_blind)
    reason = _reason(state, silence, now)
    if incident is None or not still:
        opened = _opened(state, incident, silence, level, reason, now)
        return opened, (
            alert_of(opened, AlertEvent.OPENED, opened.rule, wording_blind.because(reason, state.reason), now),
        )
    minutes = (now - silence.since) / timedelta(minutes=1)
    same = msgspec.structs.replace(incident, observed=minutes, updated_at=now, quiet_since=None)
    if level <= incident.level:
        return same, ()
    risen = msgspec.structs.replace(
        same, state=IncidentState.RISING, level=level, peak=max(level, same.peak), rule=silence.rule, reason=reason
    )
    return risen, (alert_of(risen, AlertEvent.RAISED, risen.rule, wording_blind.because(reason, state.reason), now),)


def _reason(state: SourceState, silence: Silence, now: datetime) -> Words:
    if silence.rule == QUIET:
        return wording_blind.quiet(state.name, silence.since, timedelta(seconds=state.brought_gap), now)
    return wording_blind.blind(state.name, silence.since, now)


def _opened(  # noqa: PLR0917 - what an incident is made of
    state: SourceState, last: Incident | None, silence: Silence, level: Level, reason: Words, now: datetime
) -> Incident:
    again = (
        last is not None
        and last.closed_at is not None
        and now - last.closed_at <= AGAIN_WITHIN
        and last.rule == silence.rule
    )
    opened = Incident(
        id=last.id if again and last else identity(silence.rule, state.name, silence.since.isoformat()),
        brand="",
        source=state.name,
        state=IncidentState.OPEN,
        level=level,
        peak=max(level, last.peak) if again and last else level,
        rule=silence.rule,
        reason=reason,
        observed=(now - silence.since) / timedelta(minutes=1),
        expected_low=0.0,
        expected_high=silence.patience / timedelta(minutes=1),
        opened_at=last.opened_at if again and last else now,
        updated_at=now,
    )
    if again and last:
        return msgspec.structs.replace(
            opened, acknowledged_by=last.acknowledged_by, acknowledged_at=last.acknowledged_at
        )
    return opened


def no_longer_watched(name: str, incident: Incident, now: datetime) -> Step:
    """The incident of a source that is no longer configured is over, although nothing is seen of it."""
    return _ended(incident, wording_blind.no_longer_watched(name), now)


def _closed(state: SourceState, incident: Incident, now: datetime) -> Step:
    if incident.rule == QUIET:
        return _ended(incident, wording_blind.brings_again(state.name), now)
    return _ended(incident, wording_blind.seen_again(state.name, timedelta(minutes=incident.observed)), now)


def _ended(incident: Incident, words: Words, now: datetime) -> Step:
    ended = msgspec.structs.replace(incident, state=IncidentState.CLOSED, closed_at=now, updated_at=now)
    return ended, (alert_of(ended, AlertEvent.CLOSED, ended.rule, words, now),)
