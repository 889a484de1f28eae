"""The desk at which people look at policies and change them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from core.alert import Level
from core.policies import Fault, Foresight, Ladders, Policy, PolicyChange


class PolicyDesk(Protocol):
    """Policies as they hold, and changes of them. A change names the version that it was made from, 0 for none."""

    def ladders(self, now: datetime) -> Ladders:
        """All policies in the order in which they are asked, and whom their steps mean at a moment."""
        ...

    def foresee(self, brand: str, level: Level, at: datetime) -> Foresight:
        """Who would be paged, and when, by the rules of paging itself; an empty brand stands for a blind source."""
        ...

    def faults(self, policy: Policy, now: datetime) -> Sequence[Fault]:
        """What would be refused of it; empty where it can be saved."""
        ...

    def history(self, name: str) -> Sequence[PolicyChange]:
        """What people did to the policy of a name, the latest first."""
        ...

    def save(self, policy: Policy, version: int, by: str, now: datetime) -> Sequence[Fault]:
        """Keep a policy under its name; where anything is refused, nothing is kept.

        Raises:
            ConflictError: somebody else changed it since that version.
        """
        ...

    def remove(self, name: str, version: int, by: str, now: datetime) -> Sequence[Fault]:
        """Take the policy of a name away, be it from the page or from the configuration; else as `save`.

        Raises:
            NotFoundError: there is none of that name.
            ConflictError: somebody else changed it since that version.
        """
        ...

    def restore(self, name: str, to: int, version: int, by: str, now: datetime) -> Sequence[Fault]:
        """Make it as it was after an earlier change; 0: as in the configuration. Else as `save`.

        Raises:
            NotFoundError: there is no such version.
            ConflictError: somebody else changed it since that version.
        """
        ...
