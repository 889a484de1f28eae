"""Silences, and who changed them."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update

from adapters.database import insert
from adapters.store_parts import Reads, Writes, columns, thing
from adapters.tables_running import silence_changes, silences
from core.quiet import Silence, SilenceChange

_MOST = 200


class QuietReads(Reads):
    """The reading side."""

    def silences(self, now: datetime | None = None) -> Sequence[Silence]:
        """Silences that hold at a moment, or the latest of all; the newest first."""
        wanted = select(silences).order_by(silences.c.made_at.desc(), silences.c.id.desc())
        if now is None:
            wanted = wanted.limit(_MOST)
        else:
            wanted = wanted.where(silences.c.since <= now, silences.c.until > now, silences.c.ended_at.is_(None))
        with self._database.reading() as connection:
            return [thing(row, Silence) for row in connection.execute(wanted)]

    def silence(self, id: str) -> Silence | None:  # noqa: A002 - the port's name
        """One silence."""
        with self._database.reading() as connection:
            row = connection.execute(select(silences).where(silences.c.id == id)).first()
        return thing(row, Silence) if row else None

    def silence_changes(self, silence: str) -> Sequence[SilenceChange]:
        """Who changed a silence, in order of time."""
        wanted = select(silence_changes).where(silence_changes.c.silence == silence).order_by(silence_changes.c.number)
        with self._database.reading() as connection:
            return [thing(row, SilenceChange) for row in connection.execute(wanted)]


class QuietWrites(Writes):
    """The side of a unit."""

    def put_silence(self, silence: Silence) -> bool:
        """Keep a silence; false where it was there already."""
        statement = insert(self._connection, silences).on_conflict_do_nothing(index_elements=["id"])
        if self._connection.execute(statement, columns(silence)).rowcount != 1:
            return False
        self._note(
            SilenceChange(silence=silence.id, at=silence.made_at, by=silence.owner, what="made", until=silence.until)
        )
        return True

    def extend_silence(self, silence: str, until: datetime, by: str, at: datetime) -> bool:
        """Give a silence another end; false where there is none, or where it has ended."""
        still = silences.c.id == silence, silences.c.ended_at.is_(None), silences.c.until > at
        if self._connection.execute(update(silences).where(*still).values(until=until)).rowcount != 1:
            return False
        self._note(SilenceChange(silence=silence, at=at, by=by, what="extended", until=until))
        return True

    def end_silence(self, silence: str, by: str, at: datetime) -> bool:
        """End a silence; false where there is none, or where it has ended."""
        still = silences.c.id == silence, silences.c.ended_at.is_(None), silences.c.until > at
        if self._connection.execute(update(silences).where(*still).values(ended_at=at, ended_by=by)).rowcount != 1:
            return False
        self._note(SilenceChange(silence=silence, at=at, by=by, what="ended", until=at))
        return True

    def _note(self, change: SilenceChange) -> None:
        self._connection.execute(insert(self._connection, silence_changes), columns(change))
        self.changed("incidents")
