"""What the alarm keeps: counts for each minute, the band it expected, incidents and their alerts."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Table, and_, case, delete, func, select, tuple_, update

from adapters.database import cursor_place, cursor_text, hold, in_portions, insert
from adapters.instants import microseconds
from adapters.store_parts import Reads, Writes, columns, thing
from adapters.tables_brands import (
    alerts,
    bands,
    counted,
    incidents,
    peaks,
    segment_bands,
    segment_peaks,
    segment_tallies,
    series,
    tallies,
    why_mentions,
)
from core.alert import Alert, BandPoint, Incident, IncidentState, Peak, Tally, TallyEntry
from core.ports.queries import IncidentPage
from core.why import Why, mentions_in, without

_BAND = tuple(name for name in BandPoint.__struct_fields__ if name not in {"at", "segment"})
_Count = tuple[datetime, bool, bool, int, str]
_COUNTED = ("minute", "negative", "sensitive", "reach", "segments")
_NUMBERS = ("total", "negative", "sensitive", "reach")


class AlertReads(Reads):
    """The reading side."""

    def series(self, brand: str, since: datetime) -> tuple[int, Sequence[Tally]]:
        """Version of a brand's counts and its minutes from `since` on, in order."""
        with self._database.reading() as connection:
            # The version first: should a change slip in between, claiming this version fails, and nothing is missed.
            version = connection.execute(select(series.c.version).where(series.c.brand == brand)).scalar()
            minutes = connection.execute(
                select(tallies).where(tallies.c.brand == brand, tallies.c.minute >= since).order_by(tallies.c.minute)
            ).all()
        return version or 0, [thing(row, Tally) for row in minutes]

    def segments(self, brand: str, since: datetime, segment: str = "") -> Sequence[Tally]:
        """The minutes of a brand's themes and sources from `since` on, or those of one of them, in order."""
        wanted = select(segment_tallies).where(segment_tallies.c.brand == brand, segment_tallies.c.minute >= since)
        if segment:
            wanted = wanted.where(segment_tallies.c.segment == segment)
        with self._database.reading() as connection:
            rows = connection.execute(wanted.order_by(segment_tallies.c.minute, segment_tallies.c.segment))
            return [thing(row, Tally) for row in rows]

    def band(self, brand: str, since: datetime, until: datetime, segment: str = "") -> Sequence[BandPoint]:
        """What the alarm saw and expected from `since` up to and including `until`, in order of time."""
        table = segment_bands if segment else bands
        wanted = select(table).where(table.c.brand == brand, table.c.at >= since, table.c.at <= until)
        if segment:
            wanted = wanted.where(table.c.segment == segment)
        with self._database.reading() as connection:
            return [thing(row, BandPoint) for row in connection.execute(wanted.order_by(table.c.at))]

    def peaks(self, brand: str, since: int) -> Sequence[Peak]:
        """How surprising the half-days of a brand and its segments were, from the half-day `since` (since 1970) on."""
        with self._database.reading() as connection:
            return [
                thing(row, Peak)
                for table in (peaks, segment_peaks)
                for row in connection.execute(select(table).where(table.c.brand == brand, table.c.block >= since))
            ]

    def incident(self, id: str) -> Incident | None:  # noqa: A002 - the port's name
        """One incident."""
        with self._database.reading() as connection:
            row = connection.execute(select(incidents).where(incidents.c.id == id)).first()
        return thing(row, Incident) if row else None

    def incidents(self, brand: str = "", open_only: bool = False, cursor: str = "", limit: int = 50) -> IncidentPage:
        """Incidents, newest first by the time at which they opened.

        Raises:
            InputError: the cursor can't be read.
        """
        place = incidents.c.opened_at, incidents.c.id
        wanted = select(incidents).order_by(*(column.desc() for column in place)).limit(limit + 1)
        if brand:
            wanted = wanted.where(incidents.c.brand == brand)
        if open_only:
            wanted = wanted.where(incidents.c.state != IncidentState.CLOSED)
        if cursor:
            wanted = wanted.where(tuple_(*place) < tuple_(*cursor_place(cursor, "incidents", (int, str))))
        with self._database.reading() as connection:
            rows = connection.execute(wanted).all()
        following = ""
        if len(rows) > limit:
            rows = rows[:limit]
            following = cursor_text("incidents", microseconds(rows[-1].opened_at), rows[-1].id)
        return IncidentPage(tuple(thing(row, Incident) for row in rows), following)

    def latest_incidents(self, brand: str) -> Sequence[Incident]:
        """The latest incident about a brand as a whole, and about each segment of it that had one."""
        newest = (
            select(incidents.c.segment, func.max(incidents.c.opened_at).label("opened_at"))
            .where(incidents.c.brand == brand)
            .group_by(incidents.c.segment)
            .subquery()
        )
        same = and_(newest.c.segment == incidents.c.segment, newest.c.opened_at == incidents.c.opened_at)
        wanted = select(incidents).join(newest, same).where(incidents.c.brand == brand).order_by(incidents.c.id)
        with self._database.reading() as connection:
            return [thing(row, Incident) for row in connection.execute(wanted)]

    def alerts(self, incident: str) -> Sequence[Alert]:
        """The alerts of an incident, in order of time."""
        wanted = select(alerts).where(alerts.c.incident == incident).order_by(alerts.c.at, alerts.c.number)
        with self._database.reading() as connection:
            return [thing(row, Alert) for row in connection.execute(wanted)]


def _naming(alert: str, mentions: Sequence[str]) -> list[dict[str, str]]:
    return [{"mention": mention, "alert": alert} for mention in mentions]


class AlertWrites(Writes):
    """The side of a unit."""

    def tally(self, brand: str, entries: Sequence[TallyEntry], gone: Sequence[str] = ()) -> Sequence[Tally]:
        """Count mentions, each once: give back the changes really made, merged into minutes in order of time.

        Of several entries for one mention the last counts; a mention in `gone` isn't counted, whatever its entry says.
        Who counts for the same brand in another process waits until this transaction has ended.
        """
        hold(self._connection, f"counts of {brand}")
        wanted: dict[str, _Count | None] = {entry.mention: _count_of(entry) for entry in entries}
        wanted.update(dict.fromkeys(gone))
        before = self._counted(brand, list(wanted))
        moved = {mention: count for mention, count in wanted.items() if count != before.get(mention)}
        changes: dict[tuple[datetime, str], list[int]] = defaultdict(lambda: [0] * len(_NUMBERS))
        for mention, count in moved.items():
            for times, there in ((-1, before.get(mention)), (1, count)):
                if there:
                    minute, negative, sensitive, reach, segments = there
                    for segment in ("", *segments.split("\n")) if segments else ("",):
                        for index, adds in enumerate((1, negative, sensitive, reach)):
                            changes[minute, segment][index] += times * adds
        self._count(brand, moved)
        made = [
            Tally(minute=minute, segment=segment, **dict(zip(_NUMBERS, numbers, strict=True)))
            for (minute, segment), numbers in sorted(changes.items())
            if any(numbers)
        ]
        self._add(brand, tallies, [tally for tally in made if not tally.segment])
        self._add(brand, segment_tallies, [tally for tally in made if tally.segment])
        return made

    def claim_series(self, brand: str, version: int) -> bool:
        """Raise the version of a brand's counts from `version` by one; false where another worker was there first."""
        if version == 0:
            first = insert(self._connection, series).values(brand=brand, version=1).on_conflict_do_nothing()
            return self._connection.execute(first).rowcount == 1
        raised = update(series).where(series.c.brand == brand, series.c.version == version)
        return self._connection.execute(raised.values(version=version + 1)).rowcount == 1

    def put_band(self, brand: str, points: Sequence[BandPoint]) -> None:
        """Keep what the alarm saw and expected; a later row for the same moment replaces the earlier one."""
        for table, wanted in (
            (bands, [point for point in points if not point.segment]),
            (segment_bands, [point for point in points if point.segment]),
        ):
            for some in in_portions(sorted(wanted, key=lambda point: (point.segment, point.at))):
                statement = insert(self._connection, table)
                self._connection.execute(
                    statement.on_conflict_do_update(
                        index_elements=[column.name for column in table.primary_key],
                        set_={name: statement.excluded[name] for name in _BAND},
                    ),
                    [_in(table, columns(point, brand=brand)) for point in some],
                )
                self.changed("incidents")

    def put_peaks(self, rows: Sequence[Peak]) -> None:
        """Keep how surprising half-days were, or replace that."""
        for table, wanted in (
            (peaks, [row for row in rows if not row.segment]),
            (segment_peaks, [row for row in rows if row.segment]),
        ):
            for some in in_portions(wanted):
                statement = insert(self._connection, table)
                self._connection.execute(
                    statement.on_conflict_do_update(
                        index_elements=[column.name for column in table.primary_key],
                        set_={"decades": statement.excluded.decades},
                    ),
                    [_in(table, columns(row)) for row in some],
                )

    def put_incident(self, incident: Incident) -> None:
        """Keep or replace an incident. Who acknowledged it stays: the alarm may not have heard of that yet."""
        row = columns(incident)
        statement = insert(self._connection, incidents)
        values: dict[str, Any] = {name: statement.excluded[name] for name in row if name != "id"}
        for name in ("acknowledged_by", "acknowledged_at"):
            values[name] = case((incidents.c.acknowledged_by != "", incidents.c[name]), else_=statement.excluded[name])
        self._connection.execute(statement.on_conflict_do_update(index_elements=["id"], set_=values), row)
        self.changed("incidents")

    def put_alert(self, alert: Alert) -> bool:
        """Keep an alert; false where it was there already."""
        statement = insert(self._connection, alerts).on_conflict_do_nothing(index_elements=["id"])
        if self._connection.execute(statement, columns(alert)).rowcount != 1:
            return False
        if alert.why is not None and (named := sorted(mentions_in(alert.why))):
            self._connection.execute(insert(self._connection, why_mentions), _naming(alert.id, named))
        self.changed("incidents")
        return True

    def forget_in_whys(self, mentions: Sequence[str]) -> None:
        """Take mentions out of what alerts say of why they fired."""
        touched: dict[str, set[str]] = defaultdict(set)
        for some in in_portions(mentions):
            for row in self._connection.execute(select(why_mentions).where(why_mentions.c.mention.in_(some))):
                touched[row.alert].add(row.mention)
            self._connection.execute(delete(why_mentions).where(why_mentions.c.mention.in_(some)))
        for alert, gone in sorted(touched.items()):
            kept = self._connection.execute(select(alerts.c.why).where(alerts.c.id == alert)).scalar()
            if kept is not None:
                left = without(msgspec.convert(kept, Why), gone)
                self._connection.execute(update(alerts).where(alerts.c.id == alert).values(why=left))
                self.changed("incidents")

    def acknowledge(self, incident: str, by: str, at: datetime) -> bool:
        """Note who has an incident in hand; false where somebody had it already, or where there is no such incident."""
        free = and_(incidents.c.id == incident, incidents.c.acknowledged_by == "")
        noted = update(incidents).where(free).values(acknowledged_by=by, acknowledged_at=at)
        if self._connection.execute(noted).rowcount != 1:
            return False
        self.changed("incidents")
        return True

    def _counted(self, brand: str, ids: Sequence[str]) -> dict[str, _Count]:
        found: dict[str, _Count] = {}
        for some in in_portions(ids):
            rows = self._connection.execute(
                select(counted).where(counted.c.brand == brand, counted.c.mention.in_(some))
            )
            found.update({row.mention: tuple(row[name] for name in _COUNTED) for row in rows.mappings()})
        return found

    def _count(self, brand: str, moved: dict[str, _Count | None]) -> None:
        there = {mention: count for mention, count in moved.items() if count}
        for some in in_portions(mention for mention in moved if mention not in there):
            self._connection.execute(delete(counted).where(counted.c.brand == brand, counted.c.mention.in_(some)))
        for some in in_portions(there):
            statement = insert(self._connection, counted)
            names = _COUNTED
            self._connection.execute(
                statement.on_conflict_do_update(
                    index_elements=["brand", "mention"], set_={name: statement.excluded[name] for name in names}
                ),
                [{"brand": brand, "mention": id_, **dict(zip(names, there[id_], strict=True))} for id_ in some],
            )

    def _add(self, brand: str, table: Table, made: Sequence[Tally]) -> None:
        if not made:
            return
        places = [column.name for column in table.primary_key]
        statement = insert(self._connection, table)
        added = {name: table.c[name] + statement.excluded[name] for name in _NUMBERS}
        self._connection.execute(
            statement.on_conflict_do_update(index_elements=places, set_=added),
            [_in(table, columns(tally, brand=brand)) for tally in made],
        )
        for some in in_portions(tally.minute for tally in made if tally.total < 0):
            emptied = table.c.brand == brand, table.c.minute.in_(some), table.c.total == 0
            self._connection.execute(delete(table).where(*emptied))
        self.changed("mentions")


def _in(table: Table, row: dict[str, Any]) -> dict[str, Any]:
    """What of a row stands in a table: those of whole brands have no segment."""
    return {name: value for name, value in row.items() if name in table.c}


def _count_of(entry: TallyEntry) -> _Count:
    minute = entry.at.replace(second=0, microsecond=0)
    return minute, entry.negative, entry.sensitive, entry.reach, "\n".join(entry.segments)
