"""Looking at policies and changing them: what the page, the API and the command line ask."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from alerting import reporting
from alerting.directory import Directory
from alerting.foresight import foresee, reached
from alerting.policy_checks import faults_of
from alerting.quieting import Silenced
from alerting.stored_policies import BLIND, OTHER, as_stored, left_unowned, merged, shadowed, unowned
from core.alert import Level, LevelName, level_of
from core.bounds import LONGEST_NAME
from core.errors import ConflictError, InputError, NotFoundError
from core.policies import Fault, Foresight, Ladder, Ladders, Meant, Policy, PolicyChange, PolicyDeed, Step
from core.ports.store import Store

_MOST_STEPS = 50


class StoredPolicies:
    """The policies of the configuration with what people changed; answers the `PolicyDesk` port.

    Args:
        store: where changes are kept.
        directory: people, rotations and policies of the configuration.
        brands: the names of the configured brands.
        silenced: says until when nobody is paged over an incident, for what is foreseen.
    """

    def __init__(
        self,
        store: Store,
        directory: Directory,
        brands: Sequence[str],
        silenced: Silenced | None = None,
    ) -> None:
        self._store = store
        self._configured = directory
        self._brands = tuple(brands)
        self._silenced = silenced

    def ladders(self, now: datetime) -> Ladders:
        """See the port."""
        directory, last = as_stored(self._configured, self._store), self._last()
        configured = {policy.name for policy in self._configured.policies}
        found = [self._ladder(policy, last.get(policy.name), now, directory) for policy in directory.policies]
        usual = replace(directory, policies=()).policy(OTHER, Level.RED)
        steps = _meant(usual, now, directory)
        found.append(Ladder(policy=usual, origin="usual", steps=steps, shadowed=not self._leaves(usual, directory)))
        return Ladders(
            ladders=tuple(found),
            removed=tuple(
                change
                for change in last.values()
                if change.what is PolicyDeed.REMOVED
                or (change.what is PolicyDeed.CONFIGURED and change.name not in configured)
            ),
            brands=self._brands,
            people=tuple(person.name for person in directory.people),
            rotations=tuple(rotation.name for rotation in directory.rotations),
            roles=tuple(dict.fromkeys(person.role for person in directory.people)),
        )

    def foresee(self, brand: str, level: Level, at: datetime) -> Foresight:
        """See the port."""
        return foresee(as_stored(self._configured, self._store), brand, level, at, self._silenced)

    def history(self, name: str) -> Sequence[PolicyChange]:
        """See the port."""
        return self._store.policy_changes(name)

    def faults(self, policy: Policy, now: datetime) -> Sequence[Fault]:
        """See the port."""
        return self._faults(_saved(policy, 0, "", now))

    def save(self, policy: Policy, version: int, by: str, now: datetime) -> Sequence[Fault]:
        """See the port."""
        return self._keep(_saved(policy, version, by, now))

    def remove(self, name: str, version: int, by: str, now: datetime) -> Sequence[Fault]:
        """See the port."""
        if all(policy.name != name for policy in as_stored(self._configured, self._store).policies):
            raise NotFoundError(f"There is no policy {name!r}.")
        return self._keep(PolicyChange(name=name, version=version + 1, at=now, by=by, what=PolicyDeed.REMOVED))

    def restore(self, name: str, to: int, version: int, by: str, now: datetime) -> Sequence[Fault]:
        """See the port."""
        what, policy = PolicyDeed.CONFIGURED, None
        if to:
            earlier = next((change for change in self.history(name) if change.version == to), None)
            if earlier is None:
                raise NotFoundError(f"There is no version {to} of the policy {name!r}.")
            what, policy = earlier.what, earlier.policy
        elif not self.history(name) and all(each.name != name for each in self._configured.policies):
            raise NotFoundError(f"There is no policy {name!r}: it never existed.")
        return self._keep(PolicyChange(name=name, version=version + 1, at=now, by=by, what=what, policy=policy))

    def wrong(self, now: datetime) -> Sequence[tuple[str, Fault]]:
        """What is wrong by now with policies that people saved, by their names: people may have gone since."""
        return [
            (ladder.policy.name, fault)
            for ladder in self.ladders(now).ladders
            if ladder.origin == "page"
            for fault in ladder.faults
        ]

    def _keep(self, change: PolicyChange) -> Sequence[Fault]:
        if not change.by.strip():
            raise InputError("Say who you are: every change of a policy is kept with a name.")
        if len(change.name) > LONGEST_NAME or (change.policy and len(change.policy.steps) > _MOST_STEPS):
            raise InputError(
                f"A name has {LONGEST_NAME} characters at most, and a policy {_MOST_STEPS} steps: shorten it."
            )
        before = self._last().get(change.name)
        if change.version != (before.version if before else 0) + 1:
            raise _outrun(change.name, before)
        if faults := self._faults(change):
            return faults
        with self._store.unit() as unit:
            kept = unit.change_policy(change)
        if not kept:
            raise _outrun(change.name, self._last().get(change.name))
        reporting.write_policy(change)
        return ()

    def _faults(self, change: PolicyChange) -> Sequence[Fault]:
        configured, last = self._configured, self._last()
        if change.policy and (faults := self._faults_of(change.policy, change.at)):
            return faults
        before, after = (
            replace(configured, policies=merged(configured.policies, changes.values()))
            for changes in (last, {**last, change.name: change})
        )
        if left := left_unowned(self._brands, change.at, before, after):
            brand, level = left[0], _name(left[1])
            said = f"nobody would be paged over {brand or 'a source that is blind'} at {level}: name somebody for it"
            return [Fault(field="", kind="left_unowned", message=said, values={"brand": brand, "level": level})]
        return ()

    def _faults_of(self, policy: Policy, now: datetime) -> list[Fault]:
        """What is wrong with it in itself; levels for which nobody is there are told only where nothing else is."""
        known = self._configured
        faults = faults_of(
            policy,
            [person.name for person in known.people],
            [rotation.name for rotation in known.rotations],
            {person.role for person in known.people},
            self._brands,
        )
        if faults:
            return faults
        levels = [level for level in policy.levels if unowned(policy, level_of(level), now, known)]
        said = "at {0} no step would page anybody: let one begin at {0}, or take the level out"
        return [
            Fault(field="levels", kind="unowned", message=said.format(level), values={"level": level})
            for level in levels
        ]

    def _last(self) -> dict[str, PolicyChange]:
        return {change.name: change for change in self._store.policies()}

    def _leaves(self, usual: Policy, directory: Directory) -> bool:
        """Whether policies leave anything to the usual one."""
        everything = (*self._brands, BLIND, OTHER)
        return any(directory.policy(brand, level) is usual for brand in everything for level in Level)

    def _ladder(self, policy: Policy, change: PolicyChange | None, now: datetime, directory: Directory) -> Ladder:
        from_page = change is not None and change.what is PolicyDeed.SAVED
        return Ladder(
            policy=policy,
            origin="page" if from_page else "configuration",
            configured=any(each.name == policy.name for each in self._configured.policies),
            version=change.version if change else 0,
            change=change,
            steps=_meant(policy, now, directory),
            shadowed=shadowed(policy, directory, self._brands),
            faults=tuple(self._faults_of(policy, now)),
        )


def _meant(policy: Policy, now: datetime, directory: Directory) -> tuple[tuple[Meant, ...], ...]:
    """Whom the steps of a policy mean at a moment, and who of them would be left to sleep at its lowest level."""
    lowest = min(map(level_of, policy.levels), default=Level.BLUE)

    def who(to: str) -> Meant:
        people = directory.meant_by(Step(to=(to,)), now)
        return Meant(to=to, people=tuple(reached(person, lowest, now, directory) for person in people))

    return tuple(tuple(who(to) for to in step.to) for step in policy.steps)


def _saved(policy: Policy, version: int, by: str, now: datetime) -> PolicyChange:
    return PolicyChange(name=policy.name, version=version + 1, at=now, by=by, what=PolicyDeed.SAVED, policy=policy)


def _name(level: Level) -> LevelName:
    return next(name for name in ("blue", "yellow", "orange", "red") if level_of(name) is level)


def _outrun(name: str, last: PolicyChange | None) -> ConflictError:
    said = f"{last.by} changed it, version {last.version}" if last else "it has no version yet"
    return ConflictError(f"The policy {name!r} has changed meanwhile ({said}): look at it, and decide anew.")
