"""Mentions in the store: kept once, found again page by page, and erased for good."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, case, delete, func, select, tuple_, update

from adapters.database import contains, cursor_place, cursor_text, in_portions, insert
from adapters.instants import microseconds
from adapters.store_alerts import AlertWrites
from adapters.store_corrections import corrections_of
from adapters.store_parts import Reads, about, columns, thing
from adapters.tables_brands import cases, corrections, deliveries, erased, mentions
from adapters.tables_running import outbox
from core.mention import Mention, Reading, Score, ScoredMention, Stage, StoredMention, TimeBudget
from core.ports.queries import MentionPage, MentionQuery

_READ = [column for column in mentions.c if column is not mentions.c.lowered]


class MentionReads(Reads):
    """The reading side."""

    def mention(self, id: str) -> StoredMention | None:  # noqa: A002 - the port's name
        """One mention."""
        return self.mentions_by_id([id]).get(id)

    def mentions(self, query: MentionQuery) -> MentionPage:
        """A page of mentions, newest first by the network's time.

        Raises:
            InputError: the cursor can't be read.
        """
        with self._database.reading() as connection:
            wanted = _filtered(select(*_READ), query)
            if query.search:
                wanted = wanted.where(contains(connection, mentions.c.lowered, query.search.lower()))
            if query.theme:
                wanted = wanted.where(about(connection, query.theme))
            rows = connection.execute(wanted.limit(query.limit + 1)).all()
            following = ""
            if len(rows) > query.limit:
                rows = rows[: query.limit]
                following = cursor_text("mentions", microseconds(rows[-1].created_at), rows[-1].id)
            return MentionPage(tuple(_stored(connection, rows)), following)

    def mentions_by_id(self, ids: Sequence[str]) -> Mapping[str, StoredMention]:
        """Several mentions at once; those that aren't there are left out."""
        found: dict[str, StoredMention] = {}
        with self._database.reading() as connection:
            for some in in_portions(ids):
                rows = connection.execute(select(*_READ).where(mentions.c.id.in_(some))).all()
                found.update((one.mention.id, one) for one in _stored(connection, rows))
        return found

    def mentions_in_posts(self, source: str, posts: Sequence[str], authors: Sequence[str]) -> Sequence[Mention]:
        """The mentions in posts of a network, and in all posts of some authors; each once, by their ids."""
        found: dict[str, Mention] = {}
        with self._database.reading() as connection:
            for column, values in ((mentions.c.network_id, posts), (mentions.c.author, authors)):
                for some in in_portions(values):
                    here = select(*_READ).where(mentions.c.source == source, column.in_(some))
                    rows = connection.execute(here).all()
                    found.update((one.mention.id, one.mention) for one in _stored(connection, rows))
        return [found[id_] for id_ in sorted(found)]

    def recent_posts(self, source: str, since: datetime, limit: int, after: str = "") -> Sequence[str]:
        """Posts of a network that live mentions posted since a moment stand in, page by page; see the port."""
        place = mentions.c.network_id
        wanted = (
            select(place)
            .where(mentions.c.source == source, mentions.c.origin == "live", mentions.c.created_at >= since)
            .where(place > after)
        )
        with self._database.reading() as connection:
            return connection.execute(wanted.distinct().order_by(place).limit(limit)).scalars().all()

    def brands(self) -> Sequence[str]:
        """Names of the brands that have mentions, in order."""
        with self._database.reading() as connection:
            return connection.execute(_each_brand()).scalars().all()


class MentionWrites(AlertWrites):
    """The side of a unit."""

    def put_mentions(self, scored: Sequence[ScoredMention]) -> None:
        """Keep mentions with their scores; of one id the highest revision stays, of equal ones the first.

        A label that a person gave to the same text stays.
        """
        rows = {row["id"]: row for row in sorted(map(_row, reversed(scored)), key=lambda row: int(row["revision"]))}
        # Everybody writes in the order of the ids, so that nobody waits for one who waits for them.
        for some in in_portions(sorted(rows)):
            gone = set(self._connection.execute(select(erased.c.mention).where(erased.c.mention.in_(some))).scalars())
            kept = [rows[id_] for id_ in some if id_ not in gone]
            if kept:
                statement = insert(self._connection, mentions)
                values: dict[str, Any] = {name: statement.excluded[name] for name in kept[0] if name != "id"}
                still = and_(mentions.c.corrected, mentions.c.text == statement.excluded.text)
                values.update(label=case((still, mentions.c.label), else_=values["label"]), corrected=still)
                self._connection.execute(
                    statement.on_conflict_do_update(
                        index_elements=["id"],
                        set_=values,
                        where=statement.excluded.revision > mentions.c.revision,
                    ),
                    kept,
                )
                self.changed("mentions")

    def erase_mentions(self, ids: Sequence[str]) -> None:
        """Remove text and author for good, with cases, drafts, deliveries and corrections made from them.

        Alerts no longer name them, or phrases that were theirs alone, as why they fired.

        Waiting events keyed by such a case leave the outbox too, because they carry its drafts.
        What the alarm counted stays counted until `tally` is told that they are gone.
        """
        if not ids:
            return
        self.begin_erasing()
        self.put_out()
        for some in in_portions(dict.fromkeys(ids)):
            marks = [{"mention": id_} for id_ in some]
            self._connection.execute(insert(self._connection, erased).on_conflict_do_nothing(), marks)
            made_from_them = select(cases.c.id).where(cases.c.mention.in_(some))
            self._connection.execute(delete(outbox).where(outbox.c.key.in_(made_from_them)))
            self._connection.execute(delete(mentions).where(mentions.c.id.in_(some)))
            self._connection.execute(delete(cases).where(cases.c.mention.in_(some)))
            self._connection.execute(delete(deliveries).where(deliveries.c.mention.in_(some)))
            self._connection.execute(delete(corrections).where(corrections.c.mention.in_(some)))
            self.forget_in_whys(some)
            self.changed("mentions", "cases", "deliveries")

    def mark(self, mentions: Sequence[str], stage: Stage, at: datetime) -> None:
        """Write a stage of the time budget, where it isn't written yet."""
        for some in in_portions(mentions):
            if self._connection.execute(_marking(some, stage, at)).rowcount:
                self.changed("mentions")


def _marking(ids: Sequence[str], stage: Stage, at: datetime) -> Any:
    column = mentions.c[stage]
    unmarked = select(mentions.c.id).where(mentions.c.id.in_(ids), column.is_(None))
    in_order = unmarked.order_by(mentions.c.id).with_for_update()
    return update(mentions).where(mentions.c.id.in_(in_order), column.is_(None)).values({column: at})


def _each_brand() -> Select[Any]:
    """From each brand straight to the next in the index: DISTINCT would read it from end to end, on every page."""
    found = select(func.min(mentions.c.brand).label("brand")).cte("found", recursive=True)
    following = select(func.min(mentions.c.brand)).where(mentions.c.brand > found.c.brand).scalar_subquery()
    found = found.union_all(select(following).where(found.c.brand.is_not(None)))
    return select(found.c.brand).where(found.c.brand.is_not(None)).order_by(found.c.brand)


def _filtered(wanted: Select[Any], query: MentionQuery) -> Select[Any]:
    place = mentions.c.created_at, mentions.c.id
    for column, value in (
        (mentions.c.brand, query.brand),
        (mentions.c.source, query.source),
        (mentions.c.label, query.label),
        (mentions.c.author, query.author),
    ):
        if value:
            wanted = wanted.where(column == value)
    if query.sensitive:
        wanted = wanted.where(mentions.c.is_sensitive)
    if query.since:
        wanted = wanted.where(mentions.c.created_at >= query.since)
    if query.until:
        wanted = wanted.where(mentions.c.created_at < query.until)
    if query.cursor:
        at, id_ = cursor_place(query.cursor, "mentions", (int, str))
        wanted = wanted.where(tuple_(*place) < tuple_(at, id_))
    return wanted.order_by(*(column.desc() for column in place))


def _row(scored: ScoredMention) -> dict[str, Any]:
    score = columns(scored.score)
    reading = score.pop("reading")
    more = {"is_sensitive": bool(reading.sensitive), "lowered": scored.mention.text.lower()}
    return columns(scored.mention, **score, **columns(reading), **more)


def _stored(connection: Connection, rows: Sequence[Row[Any]]) -> Iterator[StoredMention]:
    said = corrections_of(connection, [row.id for row in rows if row.corrected])
    for row in rows:
        yield StoredMention(
            mention=thing(row, Mention),
            score=thing(row, Score, reading=thing(row, Reading)),
            budget=thing(row, TimeBudget, posted=row.created_at, ingested=row.ingested_at, scored=row.scored_at),
            correction=said.get(row.id),
        )
