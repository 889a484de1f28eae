"""Policies that people changed on the page, among those of the configuration, and who would be left without anybody."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from alerting.directory import Directory
from core.alert import Level, level_of
from core.policies import Policy, PolicyChange, PolicyDeed
from core.ports.store import Store

BLIND = ""
"""Stands for a source that is blind, where else the name of a brand does."""

OTHER = "\x00"
"""Stands for any brand that isn't configured."""


def merged(configured: Sequence[Policy], changes: Iterable[PolicyChange]) -> tuple[Policy, ...]:
    """The policies that hold, in the order in which they are asked (pure).

    Args:
        configured: those of the configuration, in its order.
        changes: the last change of each name.

    One that was saved takes the place of the configured one of its name. Those of other names come first, or the ones
    of the configuration that say something of everything would leave them nothing; of these, those that name brands.
    """
    known = {change.name: change for change in changes if change.what is not PolicyDeed.CONFIGURED}
    names = {policy.name for policy in configured}
    own = [change.policy for change in known.values() if change.policy and change.name not in names]
    own.sort(key=lambda policy: (not policy.brands, policy.name))
    kept = [known[policy.name].policy if policy.name in known else policy for policy in configured]
    return (*own, *(policy for policy in kept if policy))


def as_stored(directory: Directory, store: Store) -> Directory:
    """People and rotations of the configuration, with the policies as people changed them.

    Raises:
        StorageError: the store can't be read.
    """
    return replace(directory, policies=merged(directory.policies, store.policies()))


def unowned(policy: Policy, level: Level, now: datetime, directory: Directory) -> bool:
    """Whether no step of a policy reaches anybody at a level."""
    steps = [step for step in policy.steps if level_of(step.from_level) <= level]
    return not any(directory.meant_by(step, now) for step in steps)


def left_unowned(brands: Iterable[str], now: datetime, before: Directory, after: Directory) -> tuple[str, Level] | None:
    """The first brand and level for which somebody was reached before a change and nobody is after it."""
    for brand in (*brands, BLIND):
        for level in Level:
            was, will = before.policy(brand, level), after.policy(brand, level)
            if will != was and unowned(will, level, now, after) and not unowned(was, level, now, before):
                return brand, level
    return None


def shadowed(policy: Policy, directory: Directory, brands: Iterable[str]) -> bool:
    """Whether those before a policy leave it nothing to hold for."""
    meant = policy.brands or (*brands, BLIND, OTHER)
    return not any(directory.policy(brand, level_of(level)) is policy for brand in meant for level in policy.levels)
