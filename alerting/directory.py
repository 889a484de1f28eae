"""Who is meant by a step, and which policy holds (pure)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from alerting.duty import on_duty
from alerting.policies import ALONE, DEFAULT, ROLE, ROTATION, PagingSettings, Person, Rotation
from core.alert import Level, level_of
from core.paging import LOG, READER
from core.policies import Policy, Step

NOBODY_CONFIGURED = Person(name=READER)
"""Who is paged where no people are configured: whoever reads the log."""

_USUAL = PagingSettings()


@dataclass(frozen=True)
class Directory:
    """People, rotations and policies of the house, and the names of its channels.

    `ringing` are those channels that ring until they are told to stop, as PagerDuty does.
    `invented` are brands that were made up for a look at the program: nobody is paged over them.
    """

    people: tuple[Person, ...] = ()
    rotations: tuple[Rotation, ...] = ()
    policies: tuple[Policy, ...] = ()
    paging: PagingSettings = _USUAL
    channels: frozenset[str] = frozenset({LOG})
    ringing: frozenset[str] = frozenset()
    invented: frozenset[str] = frozenset()
    reader: Person = NOBODY_CONFIGURED
    """Stands for whoever reads the log, where no people are configured."""

    def person(self, name: str) -> Person | None:
        """Somebody by name."""
        return next((each for each in self._known() if each.name == name), None)

    def channels_of(self, person: Person, without: Iterable[str] = ()) -> tuple[str, ...]:
        """The person's channels that there are, in the order of preference."""
        left_out = frozenset(without)
        return tuple(name for name in person.channels if name in self.channels and name not in left_out)

    def reachable(self) -> tuple[Person, ...]:
        """Everybody who has a channel."""
        return tuple(person for person in self._known() if self.channels_of(person))

    def policy(self, brand: str, level: Level) -> Policy:
        """The first policy that says something of a brand at a level, else the one that always holds."""
        for policy in self.policies:
            of_brand = not policy.brands or brand in policy.brands
            if of_brand and level in map(level_of, policy.levels):
                return policy
        return DEFAULT if self.people else ALONE

    def covers(self, brand: str) -> bool:
        """Whether a policy says something of a brand at any level; where there are none, the usual one does."""
        return not self.policies or any(not each.brands or brand in each.brands for each in self.policies)

    def heard_by(self, brand: str, level: Level, now: datetime) -> tuple[Person, ...]:
        """Whom the policy that holds for a brand at a level reaches in all its steps, each once."""
        steps = [step for step in self.policy(brand, level).steps if level_of(step.from_level) <= level]
        found = {person.name: person for step in steps for person in self.meant_by(step, now)}
        return tuple(found.values())

    def meant_by(self, step: Step, now: datetime) -> tuple[Person, ...]:
        """The people of a step who can be reached, each once, in the order of the step."""
        if not self.people:
            return (self.reader,)
        found = {person.name: person for person in self.reachable()}
        names = dict.fromkeys(name for to in step.to for name in self._names(to, now))
        return tuple(found[name] for name in names if name in found)

    def duty(self, now: datetime) -> dict[str, str]:
        """Who is on duty in each rotation."""
        return {rotation.name: on_duty(rotation, now) for rotation in self.rotations}

    def rotations_of(self, policy: Policy) -> tuple[Rotation, ...]:
        """The rotations that a policy names."""
        named = {to.removeprefix(ROTATION) for step in policy.steps for to in step.to if to.startswith(ROTATION)}
        return tuple(rotation for rotation in self.rotations if rotation.name in named)

    def looking_after(self, now: datetime) -> tuple[Person, ...]:
        """Who is told that the house itself has a fault: those on duty, else the staff, else everybody."""
        duty = set(self.duty(now).values())
        staff = {person.name for person in self.people if person.role == "staff"}
        for names in (duty, staff):
            if found := tuple(person for person in self.reachable() if person.name in names):
                return found
        return self.reachable()

    def _known(self) -> Sequence[Person]:
        return self.people or (self.reader,)

    def _names(self, to: str, now: datetime) -> Iterable[str]:
        if to.startswith(ROLE):
            return [person.name for person in self.people if person.role == to.removeprefix(ROLE)]
        if to.startswith(ROTATION):
            return [on_duty(each, now) for each in self.rotations if each.name == to.removeprefix(ROTATION)]
        return [to]
