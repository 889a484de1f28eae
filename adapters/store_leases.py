"""Leases in the store: names that one holder at a time has, until a moment."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, func, literal, or_, select

from adapters.database import insert
from adapters.store_parts import Reads, thing
from adapters.tables_running import leases
from core.lease import Lease


class Leases(Reads):
    """Taking, giving back and looking at them; each is a transaction of its own."""

    def take_lease(self, name: str, holder: str, now: datetime, until: datetime, note: str = "") -> bool:
        """Take a name until a moment, or hold it for longer; false where somebody else holds it beyond `now`."""
        with self._database.writing() as connection:
            wanted = insert(connection, leases).values(name=name, holder=holder, until=until, note=note)
            taken = wanted.on_conflict_do_update(
                index_elements=["name"],
                set_={column: wanted.excluded[column] for column in ("holder", "until", "note")},
                where=or_(leases.c.until <= now, leases.c.holder == wanted.excluded.holder),
            )
            return connection.execute(taken).rowcount == 1

    def drop_lease(self, name: str, holder: str) -> None:
        """Give a name back before its time; nothing happens where `holder` doesn't hold it."""
        with self._database.writing() as connection:
            connection.execute(delete(leases).where(leases.c.name == name, leases.c.holder == holder))

    def leases(self, prefix: str = "") -> Sequence[Lease]:
        """Leases whose names begin so, in order of their names, those that ran out included."""
        begins_so = func.substr(leases.c.name, 1, len(prefix)) == literal(prefix, leases.c.name.type)
        with self._database.reading() as connection:
            rows = connection.execute(select(leases).where(begins_so).order_by(leases.c.name))
            return [thing(row, Lease) for row in rows]
