"""What is kept of sources: when each of them last saw, and what it has missed."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from adapters.database import insert
from adapters.store_parts import Reads, Writes, columns, thing
from adapters.tables_running import source_gaps, source_states
from core.sight import SourceGap, SourceState


class SightReads(Reads):
    """The reading side."""

    def source_states(self) -> Sequence[SourceState]:
        """How every source stands that was ever run, in order of their names."""
        with self._database.reading() as connection:
            rows = connection.execute(select(source_states).order_by(source_states.c.name)).all()
        return [thing(row, SourceState) for row in rows]

    def source_gaps(self, since: datetime, until: datetime) -> Sequence[SourceGap]:
        """The gaps that touch a range, in order of time."""
        touching = (source_gaps.c.until > since, source_gaps.c.since < until)
        wanted = select(source_gaps).where(*touching).order_by(source_gaps.c.since, source_gaps.c.source)
        with self._database.reading() as connection:
            return [thing(row, SourceGap) for row in connection.execute(wanted)]


class SightWrites(Writes):
    """The side of a unit."""

    def put_source_state(self, state: SourceState) -> None:
        """Keep or replace how a source stands."""
        wanted = insert(self._connection, source_states).values(**columns(state))
        names = [name for name in columns(state) if name != "name"]
        self._connection.execute(
            wanted.on_conflict_do_update(index_elements=["name"], set_={name: wanted.excluded[name] for name in names})
        )

    def put_source_gap(self, gap: SourceGap) -> None:
        """Keep a gap; one that began in the same moment is replaced."""
        wanted = insert(self._connection, source_gaps).values(**columns(gap))
        replaced = {name: wanted.excluded[name] for name in ("until", "reason")}
        self._connection.execute(
            wanted.on_conflict_do_update(index_elements=["source", "since", "lost"], set_=replaced)
        )
        self.changed("incidents")
