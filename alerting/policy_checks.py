"""What is refused of people, rotations and policies, in one line each."""

from collections.abc import Collection, Iterable, Sequence
from itertools import pairwise
from zoneinfo import ZoneInfo

from alerting.policies import ROLE, ROTATION, PagingSettings, Person, Policy, Rotation
from core.errors import ConfigurationError

_ROLES = ("staff", "manager", "executive")
_LONGEST_MINUTES = 7 * 24 * 60
_MOST_ROUNDS = 100


def check(  # noqa: PLR0917 - everything that must go together
    people: Sequence[Person],
    rotations: Sequence[Rotation],
    policies: Sequence[Policy],
    paging: PagingSettings,
    channels: Collection[str],
    brands: Collection[str],
) -> None:
    """Refuse what can't page anybody.

    Args:
        people: all of them.
        rotations: all of them.
        policies: all of them.
        paging: what holds for everybody.
        channels: the names of those that there are.
        brands: the names of those that are configured.

    Raises:
        ConfigurationError: something is wrong; the message says what, where, and what to do.
    """
    names = _names("people", people)
    for person in people:
        _check_person(person, channels)
    of_rotations = _names("rotations", rotations)
    for rotation in rotations:
        _check_rotation(rotation, names)
    _names("policies", policies)
    roles = {person.role for person in people}
    for policy in policies:
        _check_policy(policy, names, of_rotations, roles)
        for brand in policy.brands:
            if brand not in brands:
                raise _wrong("policies", policy.name, f"{brand!r} is no configured brand: add it or correct it")
    for name in ("test_minutes", "remind_minutes", "urgent_minutes"):
        minutes: float = getattr(paging, name)
        if not 0 < minutes <= _LONGEST_MINUTES:
            raise ConfigurationError(f"[paging] {name} {minutes:g}: choose above 0, at most {_LONGEST_MINUTES}")


def _check_person(person: Person, channels: Collection[str]) -> None:
    _check_zone("people", person.name, person.zone)
    if not person.channels:
        raise _wrong("people", person.name, 'name at least one channel; "log" is always there')
    for channel in person.channels:
        if channel not in channels:
            raise _wrong("people", person.name, f"there is no channel {channel!r}: there are {_listed(channels)}")
    if (person.quiet_from is None) != (person.quiet_to is None):
        raise _wrong("people", person.name, "quiet hours need quiet_from and quiet_to")
    if person.quiet_from is not None and person.quiet_from == person.quiet_to:
        raise _wrong(
            "people", person.name, "quiet_from and quiet_to are the same: whoever is never to be paged needs no entry"
        )


def _check_rotation(rotation: Rotation, people: Sequence[str]) -> None:
    _check_zone("rotations", rotation.name, rotation.zone)
    if not rotation.people:
        raise _wrong("rotations", rotation.name, "nobody is in it: name people")
    overriding = [override.person for override in rotation.overrides]
    for name in (*rotation.people, *overriding):
        if name not in people:
            raise _wrong("rotations", rotation.name, _unknown_person(name, people))
    if rotation.length() is None:
        raise _wrong(
            "rotations", rotation.name, f'every {rotation.every!r}: write such as "1 week", "2 days", "12 hours"'
        )
    times = [rotation.starts, *(each for one in rotation.overrides for each in (one.since, one.until))]
    if any(each.tzinfo is not None for each in times):
        raise _wrong("rotations", rotation.name, "write times by the clock in its zone, without an offset")
    ordered = sorted(rotation.overrides, key=lambda one: one.since)
    for override in ordered:
        if override.since >= override.until:
            raise _wrong("rotations", rotation.name, f"{override.person} stands in until before it begins")
    for first, second in pairwise(ordered):
        if second.since < first.until:
            raise _wrong("rotations", rotation.name, f"{first.person} and {second.person} stand in at the same time")


def _check_policy(policy: Policy, people: Sequence[str], rotations: Sequence[str], roles: Collection[str]) -> None:
    if not policy.steps:
        raise _wrong("policies", policy.name, "it has no steps: nobody would be paged")
    if not policy.levels:
        raise _wrong("policies", policy.name, "it has no levels: it would never hold")
    if not 1 <= policy.repeat <= _MOST_ROUNDS:
        raise _wrong("policies", policy.name, f"repeat {policy.repeat}: choose 1 to {_MOST_ROUNDS}")
    if not 0 < policy.minutes_per_channel <= _LONGEST_MINUTES:
        raise _wrong("policies", policy.name, f"minutes_per_channel {policy.minutes_per_channel:g}: choose above 0")
    for number, step in enumerate(policy.steps, 1):
        if not step.to:
            raise _wrong("policies", policy.name, f"step {number} goes to nobody: name people, a rotation or a role")
        if not 0 < step.after_minutes <= _LONGEST_MINUTES:
            raise _wrong(
                "policies", policy.name, f"step {number}, after_minutes {step.after_minutes:g}: choose above 0"
            )
        for to in step.to:
            if wrong := _unmeant(to, people, rotations, roles):
                raise _wrong("policies", policy.name, f"step {number}: {wrong}")


def _unmeant(to: str, people: Sequence[str], rotations: Sequence[str], roles: Collection[str]) -> str:
    """Why a step can't mean anybody by this; empty where it can."""
    if to.startswith(ROTATION):
        name = to.removeprefix(ROTATION)
        return "" if name in rotations else f"there is no rotation {name!r}: there are {_listed(rotations)}"
    if to.startswith(ROLE):
        role = to.removeprefix(ROLE)
        if role not in _ROLES:
            return f"there is no role {role!r}: there are {', '.join(_ROLES)}"
        return "" if role in roles else f"nobody has the role {role!r}: give it to somebody or take it out"
    return "" if to in people else _unknown_person(to, people)


def _check_zone(table: str, name: str, zone: str) -> None:
    try:
        ZoneInfo(zone)
    except (KeyError, OSError, ValueError):
        raise _wrong(table, name, f'there is no time zone {zone!r}: write one such as "Asia/Taipei"') from None


def _names(table: str, entries: Sequence[Person | Rotation | Policy]) -> list[str]:
    names = [entry.name for entry in entries]
    for name in names:
        if not name.strip() or ":" in name:
            raise ConfigurationError(f"[[{table}]] {name!r}: every entry needs a name without colons that isn't empty")
        if names.count(name) > 1:
            raise _wrong(table, name, "it is there twice; every entry needs a name of its own")
    return names


def _unknown_person(name: str, people: Sequence[str]) -> str:
    return f"there is no person {name!r}: there are {_listed(people)}"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "none"


def _wrong(table: str, name: str, what: str) -> ConfigurationError:
    return ConfigurationError(f"[[{table}]] {name!r}: {what}")
