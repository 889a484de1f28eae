"""What is refused of people, rotations and policies, in one line each."""

from collections.abc import Collection, Iterable, Sequence
from itertools import pairwise
from zoneinfo import ZoneInfo

from alerting.plain import cut
from alerting.policies import ROLE, ROTATION, PagingSettings, Person, Rotation
from core.bounds import FIRST_YEAR, LAST_YEAR, NAME_RULE, is_near, is_plain_name
from core.errors import ConfigurationError
from core.policies import Fault, FaultKind, Policy

_ROLES = ("staff", "manager", "executive")
_SHORTEST_MINUTES, _LONGEST_MINUTES = 0.1, 7 * 24 * 60
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
        for fault in faults_of(policy, names, of_rotations, roles, brands):
            raise _wrong("policies", policy.name, fault.message)
    if paging.test_time.tzinfo is not None:
        raise ConfigurationError("[paging] test_time: write it by the clock of each person, without an offset")
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
    if any(each is not None and each.tzinfo is not None for each in (person.quiet_from, person.quiet_to)):
        raise _wrong("people", person.name, "write quiet hours by the clock in the person's zone, without an offset")
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
    _check_times(rotation)
    ordered = sorted(rotation.overrides, key=lambda one: one.since)
    for override in ordered:
        if override.since >= override.until:
            raise _wrong("rotations", rotation.name, f"{override.person} stands in until before it begins")
    for first, second in pairwise(ordered):
        if second.since < first.until:
            raise _wrong("rotations", rotation.name, f"{first.person} and {second.person} stand in at the same time")


def _check_times(rotation: Rotation) -> None:
    times = [rotation.starts, *(each for one in rotation.overrides for each in (one.since, one.until))]
    if any(each.tzinfo is not None for each in times):
        raise _wrong("rotations", rotation.name, "write times by the clock in its zone, without an offset")
    if not all(map(is_near, times)):
        raise _wrong("rotations", rotation.name, f"choose times of a year from {FIRST_YEAR} to {LAST_YEAR}")


def faults_of(
    policy: Policy,
    people: Sequence[str],
    rotations: Sequence[str],
    roles: Collection[str],
    brands: Collection[str],
) -> list[Fault]:
    """What is wrong with a policy in itself, by the names of those that there are; empty where nothing is."""
    found = [*_faults_of_whole(policy)]
    for index, step in enumerate(policy.steps):
        where, number = f"steps.{index}", f"step {index + 1}"
        if not step.to:
            found.append(_fault(f"{where}.to", "nobody", f"{number} goes to nobody: name people, a rotation or a role"))
        if not _SHORTEST_MINUTES <= step.after_minutes <= _LONGEST_MINUTES:
            said = f"{number}, after_minutes {step.after_minutes:g}: choose {_SHORTEST_MINUTES} to {_LONGEST_MINUTES}"
            found.append(_fault(f"{where}.after_minutes", "after_minutes", said, most=_LONGEST_MINUTES))
        for to in step.to:
            if wrong := _unmeant(to, people, rotations, roles):
                kind, name, said = wrong
                found.append(_fault(f"{where}.to", kind, f"{number}: {said}", name=name))
    for brand in policy.brands:
        if brand not in brands:
            said = f"{brand!r} is no configured brand: add it or correct it"
            found.append(_fault("brands", "no_brand", said, name=brand))
    return found


def _faults_of_whole(policy: Policy) -> Iterable[Fault]:
    if not is_name(policy.name):
        yield _fault("name", "no_name", f"it needs a name without colons; {NAME_RULE}")
    if not policy.steps:
        yield _fault("steps", "no_steps", "it has no steps: nobody would be paged")
    if not policy.levels:
        yield _fault("levels", "no_levels", "it has no levels: it would never hold")
    if not 1 <= policy.repeat <= _MOST_ROUNDS:
        yield _fault("repeat", "repeat", f"repeat {policy.repeat}: choose 1 to {_MOST_ROUNDS}", most=_MOST_ROUNDS)
    if not _SHORTEST_MINUTES <= policy.minutes_per_channel <= _LONGEST_MINUTES:
        said = f"minutes_per_channel {policy.minutes_per_channel:g}: choose {_SHORTEST_MINUTES} to {_LONGEST_MINUTES}"
        yield _fault("minutes_per_channel", "minutes_per_channel", said, most=_LONGEST_MINUTES)


def is_name(name: str) -> bool:
    """Whether an entry can go by it: steps write kinds before a colon."""
    return is_plain_name(name) and ":" not in name


def _fault(field: str, kind: FaultKind, message: str, **values: object) -> Fault:
    return Fault(field=field, kind=kind, message=message, values={key: str(each) for key, each in values.items()})


def _unmeant(
    to: str, people: Sequence[str], rotations: Sequence[str], roles: Collection[str]
) -> tuple[FaultKind, str, str] | None:
    """Why a step can't mean anybody by this: the kind of fault, the name and the words; None where it can."""
    if to.startswith(ROTATION):
        name = to.removeprefix(ROTATION)
        said = f"there is no rotation {name!r}: there are {_listed(rotations)}"
        return None if name in rotations else ("no_rotation", name, said)
    if to.startswith(ROLE):
        role = to.removeprefix(ROLE)
        if role not in _ROLES:
            return "no_role", role, f"there is no role {role!r}: there are {', '.join(_ROLES)}"
        said = f"nobody has the role {role!r}: give it to somebody or take it out"
        return None if role in roles else ("role_of_nobody", role, said)
    return None if to in people else ("no_person", to, _unknown_person(to, people))


def _check_zone(table: str, name: str, zone: str) -> None:
    try:
        ZoneInfo(zone)
    except (KeyError, OSError, ValueError):
        raise _wrong(table, name, f'there is no time zone {cut(zone, 40)!r}: write one such as "Asia/Taipei"') from None


def _names(table: str, entries: Sequence[Person | Rotation | Policy]) -> list[str]:
    names = [entry.name for entry in entries]
    for name in names:
        if not name.strip() or ":" in name:
            raise ConfigurationError(f"[[{table}]] {name!r}: every entry needs a name without colons that isn't empty")
        if not is_plain_name(name):
            raise _wrong(table, name, NAME_RULE)
        if names.count(name) > 1:
            raise _wrong(table, name, "it is there twice; every entry needs a name of its own")
        if twin := next((each for each in names if each != name and each.casefold() == name.casefold()), ""):
            raise _wrong(table, name, f"only capitals tell it from {twin!r}; every entry needs a name of its own")
    return names


def _unknown_person(name: str, people: Sequence[str]) -> str:
    return f"there is no person {name!r}: there are {_listed(people)}"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "none"


def _wrong(table: str, name: str, what: str) -> ConfigurationError:
    return ConfigurationError(f"[[{table}]] {name!r}: {what}")
