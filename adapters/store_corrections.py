"""What people said about the labels of mentions."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, delete, func, outerjoin, select, tuple_, update

from adapters.database import cursor_place, cursor_text, in_portions, insert
from adapters.instants import microseconds
from adapters.store_parts import Reads, Writes, about, columns, thing
from adapters.tables_brands import corrections, mentions
from core.corrected_share import LabelCount
from core.error_rates import ReviewCount
from core.mention import Correction
from core.ports.queries import CorrectionPage
from core.segment import parted


def corrections_of(connection: Connection, ids: Iterable[str]) -> Mapping[str, Correction]:
    """What was said of these mentions, by their id."""
    found: dict[str, Correction] = {}
    for some in in_portions(ids):
        for row in connection.execute(select(corrections).where(corrections.c.mention.in_(some))):
            found[row.mention] = thing(row, Correction)
    return found


class CorrectionReads(Reads):
    """The reading side."""

    def label_counts(self, brand: str, since: datetime, until: datetime, segment: str = "") -> Sequence[LabelCount]:
        """See the port."""
        told = mentions.c.language, mentions.c.label, corrections.c.given
        reviewed = and_(mentions.c.corrected, corrections.c.mention == mentions.c.id)
        posted = mentions.c.brand == brand, mentions.c.created_at >= since, mentions.c.created_at < until
        counted = select(*told, func.count().label("mentions")).select_from(outerjoin(mentions, corrections, reviewed))
        wanted = counted.where(*posted).group_by(*told).order_by(*told)
        kind, name = parted(segment)
        with self._database.reading() as connection:
            if kind == "theme":
                wanted = wanted.where(about(connection, name))
            elif kind == "source":
                wanted = wanted.where(mentions.c.source == name)
            return [thing(row, LabelCount) for row in connection.execute(wanted)]

    def corrections(self, brand: str = "", cursor: str = "", limit: int = 50) -> CorrectionPage:
        """What people said and still holds, newest first.

        Raises:
            InputError: the cursor can't be read.
        """
        place = corrections.c.corrected_at, corrections.c.mention
        still = mentions.c.id == corrections.c.mention, mentions.c.corrected
        wanted = select(corrections).where(*still).order_by(*(column.desc() for column in place)).limit(limit + 1)
        if brand:
            wanted = wanted.where(corrections.c.brand == brand)
        if cursor:
            wanted = wanted.where(tuple_(*place) < tuple_(*cursor_place(cursor, "corrections", (int, str))))
        with self._database.reading() as connection:
            rows = connection.execute(wanted).all()
        following = ""
        if len(rows) > limit:
            rows = rows[:limit]
            following = cursor_text("corrections", microseconds(rows[-1].corrected_at), rows[-1].mention)
        return CorrectionPage(tuple(thing(row, Correction) for row in rows), following)

    def review_counts(self, brand: str, since: datetime) -> Sequence[ReviewCount]:
        """How the labels that people looked at since a moment stood; `brand` empty: of all brands."""
        told = corrections.c.brand, corrections.c.language, corrections.c.given, corrections.c.label
        wanted = select(*told, func.count().label("mentions")).where(corrections.c.corrected_at >= since)
        if brand:
            wanted = wanted.where(corrections.c.brand == brand)
        with self._database.reading() as connection:
            rows = connection.execute(wanted.group_by(*told).order_by(*told)).all()
        return [thing(row, ReviewCount) for row in rows]


class CorrectionWrites(Writes):
    """The side of a unit."""

    def correct(self, correction: Correction, revision: int) -> bool:
        """Give a mention the label that a person said, and keep what was said; see the port."""
        seen = mentions.c.id == correction.mention, mentions.c.revision == revision
        named = update(mentions).where(*seen).values(label=correction.label, corrected=True)
        if self._connection.execute(named).rowcount != 1:
            return False
        row = columns(correction)
        statement = insert(self._connection, corrections)
        replaced: dict[str, Any] = {name: statement.excluded[name] for name in row if name != "mention"}
        self._connection.execute(statement.on_conflict_do_update(index_elements=["mention"], set_=replaced), row)
        self.changed("mentions")
        return True

    def uncorrect(self, mention: str) -> bool:
        """Give a mention the model's label again, and forget what a person had said; see the port."""
        given = select(corrections.c.given).where(corrections.c.mention == mention).scalar_subquery()
        named = update(mentions).where(mentions.c.id == mention, mentions.c.corrected)
        if self._connection.execute(named.values(label=given, corrected=False)).rowcount != 1:
            return False
        self._connection.execute(delete(corrections).where(corrections.c.mention == mention))
        self.changed("mentions")
        return True
