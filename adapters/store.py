"""The store: what was mentioned, alarmed and answered, in a database. Each subject has a module of its own."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import delete, func, or_, select

from adapters import schema
from adapters.database import Database, in_portions, insert
from adapters.store_alerts import AlertReads
from adapters.store_cases import CaseReads, CaseWrites
from adapters.store_corrections import CorrectionReads, CorrectionWrites
from adapters.store_leases import Leases
from adapters.store_mentions import MentionReads, MentionWrites
from adapters.store_paging import PagingReads, PagingWrites
from adapters.store_parts import SUBJECTS
from adapters.store_policies import PolicyReads, PolicyWrites
from adapters.store_quiet import QuietReads, QuietWrites
from adapters.store_sight import SightReads, SightWrites
from adapters.store_spend import SpendReads, SpendWrites
from adapters.tables_brands import (
    alerts,
    bands,
    cases,
    corrections,
    counted,
    deliveries,
    incidents,
    mentions,
    peaks,
    segment_bands,
    segment_peaks,
    segment_tallies,
    series,
    tallies,
    why_mentions,
)
from adapters.tables_paging import escalations, handlings, page_attempts
from adapters.tables_running import cursors, marks, outbox, silence_changes, silences
from core.errors import SixminuteError
from core.ports.bus import Message
from core.ports.store import OutboxItem


class SqlUnit(
    MentionWrites, CorrectionWrites, CaseWrites, SightWrites, SpendWrites, PagingWrites, PolicyWrites, QuietWrites
):
    """One transaction; answers the `Unit` port."""

    def save_cursor(self, name: str, value: str) -> None:
        """Remember where a source or a replay stands."""
        statement = insert(self._connection, cursors).values(name=name, value=value)
        replaced = {"value": statement.excluded.value}
        self._connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_=replaced))

    def begin_cursor(self, name: str, value: str) -> bool:
        """Remember a value under a name where there is none yet; see the port."""
        statement = insert(self._connection, cursors).values(name=name, value=value)
        return self._connection.execute(statement.on_conflict_do_nothing()).rowcount == 1


class SqlStore(
    MentionReads,
    CorrectionReads,
    AlertReads,
    CaseReads,
    SightReads,
    SpendReads,
    PagingReads,
    PolicyReads,
    QuietReads,
    Leases,
):
    """Answers the `Store` port on a database that `adapters.migrate.upgrade` has prepared.

    Args:
        url: such as ``sqlite:///data/sixminute.sqlite``.

    Raises:
        ConfigurationError: the address can't be read, or names a database that isn't supported.
        StorageError: the database can't be opened, or its tables are older or newer than this program.
    """

    def __init__(self, url: str) -> None:
        super().__init__(Database(url))
        try:
            schema.check(self._database)
        except SixminuteError:
            self.close()
            raise

    @property
    def name(self) -> str:
        """How the database is called in messages: without user and password."""
        return self._database.name

    def server_time(self) -> datetime | None:
        """What the database server takes for the present (UTC); None for a file. For comparing clocks, nothing else."""
        return self._database.server_time()

    @contextmanager
    def unit(self) -> Iterator[SqlUnit]:
        """Begin a transaction; leaving the block commits it, an exception rolls it back. Units can't be nested."""
        with self._database.writing() as connection:
            unit = SqlUnit(connection)
            yield unit
            unit.finish()

    def cursor(self, name: str) -> str:
        """Where a source or a replay stood; empty where it never began."""
        with self._database.reading() as connection:
            return connection.execute(select(cursors.c.value).where(cursors.c.name == name)).scalar() or ""

    @contextmanager
    def outgoing(self, limit: int) -> Iterator[Sequence[OutboxItem]]:
        """Events that still have to reach the bus, oldest first, in the hands of this caller alone; see the port."""
        with self._database.alone("outbox"):
            with self._database.reading() as connection:
                rows = connection.execute(select(outbox).order_by(outbox.c.number).limit(limit)).all()
            yield [OutboxItem(row.number, Message(row.topic, row.key, row.value, row.trace)) for row in rows]
            if not rows:
                return
            with self._database.writing() as connection:
                for some in in_portions(row.number for row in rows):
                    connection.execute(delete(outbox).where(outbox.c.number.in_(some)))

    def waiting(self) -> int:
        """How many events still have to reach the bus."""
        with self._database.reading() as connection:
            return connection.execute(select(func.count()).select_from(outbox)).scalar_one()

    def erase_brand(self, brand: str) -> int:
        """Remove everything kept about a brand; say how many mentions it had.

        Waiting events leave the outbox where their key is the brand, or one of its mentions or cases. Ids of mentions
        that were erased one by one stay known, so that they can't come back.
        """
        with self._database.writing() as connection:
            unit = SqlUnit(connection)
            unit.begin_erasing()
            of_brand = [select(table.c.id).where(table.c.brand == brand) for table in (mentions, cases)]
            connection.execute(
                delete(outbox).where(or_(outbox.c.key == brand, *(outbox.c.key.in_(keys) for keys in of_brand)))
            )
            found = connection.execute(select(func.count()).where(mentions.c.brand == brand)).scalar_one()
            paged = select(escalations.c.incident).where(escalations.c.brand == brand)
            over = paged.union(select(incidents.c.id).where(incidents.c.brand == brand))
            for table in (page_attempts, handlings):
                connection.execute(delete(table).where(table.c.incident.in_(over)))
            of_alerts = select(alerts.c.id).where(alerts.c.brand == brand)
            connection.execute(delete(why_mentions).where(why_mentions.c.alert.in_(of_alerts)))
            of_silences = select(silences.c.id).where(silences.c.brand == brand)
            connection.execute(delete(silence_changes).where(silence_changes.c.silence.in_(of_silences)))
            for table in (
                escalations,
                silences,
                mentions,
                corrections,
                counted,
                tallies,
                series,
                bands,
                peaks,
                segment_bands,
                segment_peaks,
                segment_tallies,
                incidents,
                alerts,
                cases,
                deliveries,
            ):
                connection.execute(delete(table).where(table.c.brand == brand))
            unit.changed(*SUBJECTS)
            unit.finish()
        return found

    def change_marks(self) -> Mapping[str, str]:
        """A value for each subject that changes with every transaction that changes it."""
        with self._database.reading() as connection:
            parts = connection.execute(select(marks)).all()
        return {subject: str(sum(row.number for row in parts if row.subject == subject)) for subject in SUBJECTS}

    def close(self) -> None:
        """Let go of files and connections."""
        self._database.close()
