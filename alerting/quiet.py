"""Whether people are told of an incident, or by what not (pure).

Asked for an incident at a moment. The answer holds back the telling alone; once there is none any more and the incident
is still open, people are told then.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct

from alerting import wording_quiet as wording
from core.alert import Incident, Level, level_of
from core.quiet import Maintenance, Planned, Quiet, QuietKind, QuietSettings, Silence

_WEEK = timedelta(days=7)
_USUAL = QuietSettings()


class Concern(Struct, frozen=True, kw_only=True):
    """Something that people are told of and that is no incident: it is quiet as one of that level would be."""

    id: str
    brand: str
    level: Level
    source: str = ""


def quiet_by(
    incident: Incident | Concern,
    now: datetime,
    *,
    silences: Iterable[Silence] = (),
    windows: Iterable[Maintenance] = (),
    others: Iterable[Incident] = (),
    settings: QuietSettings = _USUAL,
) -> Quiet | None:
    """By what an incident is quiet at a moment (UTC), or None: then people are told.

    Of several, the one that holds longest. `others` are open incidents, this one may be among them.
    """
    found = [
        *(_of_silence(one) for one in silences if one.holds(now) and _concerns(one, incident, one.level)),
        *(
            _of_window(one, when)
            for one in windows
            if _concerns(one, incident, level_of(one.level)) and (when := holding(one, now))
        ),
    ]
    if found:
        return max(found, key=lambda quiet: (quiet.until or now, quiet.id))
    return next((_of_incident(one) for one in others if _inhibits(one, incident, settings)), None)


def holding(window: Maintenance, now: datetime) -> tuple[datetime, datetime] | None:
    """When the maintenance that holds at a moment began and ends (UTC); None while none does."""
    return next(((since, until) for since, until in _around(window, now) if since <= now < until), None)


def following(window: Maintenance, now: datetime) -> tuple[datetime, datetime] | None:
    """When the next maintenance that hasn't begun yet begins and ends (UTC); None where none follows."""
    return next(((since, until) for since, until in _around(window, now) if since > now), None)


def planned(windows: Iterable[Maintenance], now: datetime) -> list[Planned]:
    """How windows stand at a moment: those that hold first, then by when they begin."""
    found = []
    for window in windows:
        present = holding(window, now)
        since, until = present or following(window, now) or (None, None)
        found.append(Planned(window=window, holds=present is not None, since=since, until=until))
    end_of_time = datetime.max.replace(tzinfo=UTC)
    return sorted(found, key=lambda one: (not one.holds, one.since or end_of_time, one.window.name))


def _around(window: Maintenance, now: datetime) -> list[tuple[datetime, datetime]]:
    """The times of a window near a moment, in order."""
    zone = ZoneInfo(window.zone)
    if not window.repeat:
        return [(_instant(window.starts, zone), _instant(window.ends, zone))]
    weeks = (now.astimezone(zone).replace(tzinfo=None) - window.starts) // _WEEK
    last = date.fromisoformat(window.last) if window.last else date.max
    return [
        (_instant(starts, zone), _instant(window.ends + number * _WEEK, zone))
        for number in range(max(0, weeks - 1), max(0, weeks) + 3)
        for starts in [window.starts + number * _WEEK]
        if starts.date() <= last
    ]


def _instant(local: datetime, zone: ZoneInfo) -> datetime:
    """A time on the clock as a moment; one that the clock skips is that of the moment at which it skips on."""
    return local.replace(tzinfo=zone).astimezone(UTC)


def _concerns(quiet: Silence | Maintenance, incident: Incident | Concern, level: Level) -> bool:
    named = bool(quiet.brand) and quiet.brand == incident.brand
    blind = bool(quiet.source) and quiet.source == incident.source
    return (named or blind) and incident.level <= level


def _inhibits(other: Incident, incident: Incident | Concern, settings: QuietSettings) -> bool:
    if not (settings.inhibiting and settings.inhibited):
        return False
    return (
        other.id != incident.id
        and bool(incident.brand)
        and other.brand == incident.brand
        and other.closed_at is None
        and other.level >= level_of(settings.inhibiting)
        and incident.level <= level_of(settings.inhibited)
        and other.level > incident.level
    )


def _of_silence(silence: Silence) -> Quiet:
    return Quiet(
        kind=QuietKind.SILENCE,
        id=silence.id,
        owner=silence.owner,
        reason=silence.reason,
        since=silence.since,
        until=silence.until,
        words=wording.silenced(silence.owner, silence.reason),
    )


def _of_window(window: Maintenance, when: tuple[datetime, datetime]) -> Quiet:
    return Quiet(
        kind=QuietKind.MAINTENANCE,
        id=window.name,
        owner=window.owner,
        reason=window.reason,
        since=when[0],
        until=when[1],
        words=wording.maintained(window.name, window.owner, window.reason),
    )


def _of_incident(other: Incident) -> Quiet:
    return Quiet(
        kind=QuietKind.INHIBITION,
        id=other.id,
        owner=other.acknowledged_by,
        reason="",
        since=other.updated_at,
        until=None,
        words=wording.inhibited(other.brand, other.level),
    )
