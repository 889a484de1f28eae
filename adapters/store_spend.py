"""What networks bill for: each resource once a day, counts by day, and the state of budgets that was told last."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select, update

from adapters.database import in_portions, insert
from adapters.store_parts import Reads, Writes, columns, thing
from adapters.tables_running import billed, budget_states, spend
from core.identity import identity
from core.ports.source import Read
from core.spend import Count, Noted, State, day_of, month_of

_KEPT = timedelta(days=1)
"""Ids of a day are kept this long beyond its beginning, besides today's: whoever is late by a day counts right."""


class SpendReads(Reads):
    """The reading side."""

    def spend(self, since: datetime) -> Sequence[Count]:
        """What was billed on each day from a moment on, in order of time."""
        wanted = select(spend).where(spend.c.day >= since).order_by(spend.c.day, spend.c.network, spend.c.resource)
        with self._database.reading() as connection:
            return [thing(row, Count) for row in connection.execute(wanted)]

    def budget_states(self) -> Sequence[Noted]:
        """The state of each network's budget that was noted last, in order of the networks."""
        with self._database.reading() as connection:
            rows = connection.execute(select(budget_states).order_by(budget_states.c.network)).all()
        return [thing(row, Noted) for row in rows]


class SpendWrites(Writes):
    """The side of a unit."""

    def bill(self, network: str, reads: Sequence[Read], at: datetime) -> int:
        """Count what a network bills, each resource once per UTC day; say how many were new on that day."""
        day = day_of(at)
        self._connection.execute(delete(billed).where(billed.c.day < day - _KEPT))
        of_kind: dict[str, set[str]] = defaultdict(set)
        for read in reads:
            # Hashed: an index holds them however long they are, and nobody can be found by them.
            of_kind[read.resource].update(identity("billed", network, read.resource, id_) for id_ in read.ids)
        # In order, so that two units that count the same can't wait for each other.
        return sum(self._bill(network, resource, sorted(of_kind[resource]), day) for resource in sorted(of_kind))

    def note_budget(self, noted: Noted) -> bool:
        """As `Unit.note_budget`."""
        other = budget_states.c.state != noted.state.value
        if noted.state is State.OK:
            calmed = update(budget_states).where(budget_states.c.network == noted.network, other)
            return self._connection.execute(calmed.values(**columns(noted))).rowcount == 1
        wanted = insert(self._connection, budget_states).values(**columns(noted))
        changed = wanted.on_conflict_do_update(
            index_elements=["network"],
            set_={"state": wanted.excluded.state, "since": wanted.excluded.since},
            where=or_(other, budget_states.c.since < month_of(noted.since)),
        )
        return self._connection.execute(changed).rowcount == 1

    def _bill(self, network: str, resource: str, ids: Sequence[str], day: datetime) -> int:
        fresh = 0
        for some in in_portions(ids):
            rows = insert(self._connection, billed).values([{"day": day, "id": id_} for id_ in some])
            fresh += self._connection.execute(rows.on_conflict_do_nothing()).rowcount
        if fresh:
            row = insert(self._connection, spend).values(network=network, resource=resource, day=day, number=fresh)
            raised = {"number": spend.c.number + row.excluded.number}
            self._connection.execute(
                row.on_conflict_do_update(index_elements=["network", "resource", "day"], set_=raised)
            )
        return fresh
