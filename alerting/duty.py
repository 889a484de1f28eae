"""Times by the clock on the wall: whose turn it is, quiet hours, weekly tests (pure).

A local time that a daylight-saving change leaves out is taken as if the clock had not been changed yet, one that comes
twice as its first occurrence (RFC 5545, section 3.3.5). So everything has exactly one beginning and one end in UTC.
"""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from alerting.policies import WEEKDAYS, Override, PagingSettings, Person, Rotation
from core.alert import Level, level_of

_DAY = timedelta(days=1)
_AROUND = 3
"""Turns looked at around the one that the clock on the wall suggests: changes of the clock shift it by one."""


def moment_of(local: datetime, zone: str) -> datetime:
    """The moment (UTC) of a time by the clock in a zone."""
    return local.replace(tzinfo=ZoneInfo(zone), fold=0).astimezone(UTC)


def on_duty(rotation: Rotation, now: datetime) -> str:
    """Whose turn it is: exactly one person's, at every moment."""
    for override in rotation.overrides:
        if _begin(rotation, override) <= now < _end(rotation, override):
            return override.person
    return rotation.people[_turn(rotation, now) % len(rotation.people)]


def next_change(rotation: Rotation, now: datetime) -> datetime:
    """The first moment after `now` at which somebody else may be on duty."""
    edges = [_handover(rotation, _turn(rotation, now) + 1)]
    for override in rotation.overrides:
        edges += [_begin(rotation, override), _end(rotation, override)]
    return min(edge for edge in edges if edge > now)


def quiet_ends(person: Person, level: Level, now: datetime) -> datetime | None:
    """When the person's quiet hours end in which `now` falls; None where it falls in none, or `level` is too high."""
    begins, ends = person.quiet_from, person.quiet_to
    if begins is None or ends is None or level >= level_of(person.quiet_until):
        return None
    today = _local_day(person.zone, now)
    for day in (today - _DAY, today):
        last = day if begins < ends else day + _DAY
        since = moment_of(datetime.combine(day, begins), person.zone)
        until = moment_of(datetime.combine(last, ends), person.zone)
        if since <= now < until:
            return until
    return None


def last_test(person: Person, paging: PagingSettings, now: datetime) -> datetime | None:
    """When the person's latest weekly test was due; None where there are none."""
    if not paging.test_day:
        return None
    today = _local_day(person.zone, now)
    back = (today.weekday() - WEEKDAYS.index(paging.test_day)) % len(WEEKDAYS)
    days = (today - back * _DAY, today - (back + len(WEEKDAYS)) * _DAY)
    dues = (moment_of(datetime.combine(day, paging.test_time), person.zone) for day in days)
    return max(due for due in dues if due <= now)


def _turn(rotation: Rotation, now: datetime) -> int:
    """The number of the turn that has begun last; negative before the rotation's start, in the same order."""
    length = rotation.length()
    assert length is not None, "settings are checked"
    local = now.astimezone(ZoneInfo(rotation.zone)).replace(tzinfo=None)
    likely = (local - rotation.starts) // length
    turn = likely + _AROUND
    while _handover(rotation, turn) > now:
        turn -= 1
    return turn


def _handover(rotation: Rotation, turn: int) -> datetime:
    length = rotation.length()
    assert length is not None, "settings are checked"
    return moment_of(rotation.starts + turn * length, rotation.zone)


def _begin(rotation: Rotation, override: Override) -> datetime:
    return moment_of(override.since, rotation.zone)


def _end(rotation: Rotation, override: Override) -> datetime:
    return moment_of(override.until, rotation.zone)


def _local_day(zone: str, now: datetime) -> date:
    return now.astimezone(ZoneInfo(zone)).date()
