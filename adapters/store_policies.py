"""Changes of escalation policies: what holds, and what was before."""

from collections.abc import Sequence

from sqlalchemy import func, select

from adapters.database import insert
from adapters.store_parts import Reads, Writes, columns, thing
from adapters.tables_paging import policy_changes
from core.policies import PolicyChange

_LAST = (
    select(policy_changes.c.name, func.max(policy_changes.c.version).label("version"))
    .group_by(policy_changes.c.name)
    .subquery()
)


class PolicyReads(Reads):
    """The reading side."""

    def policies(self) -> Sequence[PolicyChange]:
        """The last change of the policy of each name, in order of their names."""
        here = (policy_changes.c.name == _LAST.c.name) & (policy_changes.c.version == _LAST.c.version)
        wanted = select(policy_changes).join(_LAST, here).order_by(policy_changes.c.name)
        with self._database.reading() as connection:
            return [thing(row, PolicyChange) for row in connection.execute(wanted)]

    def policy_changes(self, name: str) -> Sequence[PolicyChange]:
        """Every change of the policy of a name, the latest first."""
        wanted = select(policy_changes).where(policy_changes.c.name == name)
        with self._database.reading() as connection:
            rows = connection.execute(wanted.order_by(policy_changes.c.version.desc()))
            return [thing(row, PolicyChange) for row in rows]


class PolicyWrites(Writes):
    """The side of a unit."""

    def change_policy(self, change: PolicyChange) -> bool:
        """Keep a change of a policy; false where it isn't the one after the last: somebody else was there first."""
        last = select(func.coalesce(func.max(policy_changes.c.version), 0)).where(policy_changes.c.name == change.name)
        if self._connection.execute(last).scalar_one() != change.version - 1:
            return False
        # Of two that saw the same last one, the key lets one through.
        statement = insert(self._connection, policy_changes).on_conflict_do_nothing()
        if self._connection.execute(statement, columns(change)).rowcount != 1:
            return False
        self.changed("incidents")
        return True
