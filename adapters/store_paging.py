"""Where paging stands over each incident, what was tried over which channel, and what people did."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Row, func, select, update

from adapters.database import in_portions, insert
from adapters.store_parts import Reads, Writes, columns, thing
from adapters.tables_brands import incidents
from adapters.tables_paging import escalations, handlings, page_attempts
from core.escalation import Escalation, Handling
from core.paging import Attempt


class PagingReads(Reads):
    """The reading side."""

    def escalation(self, incident: str) -> Escalation | None:
        """Where paging stands over an incident or a test; None where it never began."""
        return self.escalations_by_id([incident]).get(incident)

    def escalations_by_id(self, incidents: Sequence[str]) -> Mapping[str, Escalation]:
        """Where paging stands over several; those over which it never began are left out."""
        found: dict[str, Escalation] = {}
        with self._database.reading() as connection:
            for some in in_portions(incidents):
                rows = connection.execute(select(escalations).where(escalations.c.incident.in_(some))).all()
                found.update((row.incident, _state(row)) for row in rows)
        return found

    def due_escalations(self, now: datetime, limit: int) -> Sequence[Escalation]:
        """Those about which something is to be done by now, the longest waiting first."""
        wanted = select(escalations).where(escalations.c.due <= now)
        with self._database.reading() as connection:
            rows = connection.execute(wanted.order_by(escalations.c.due, escalations.c.incident).limit(limit)).all()
        return [_state(row) for row in rows]

    def attempts(self, incident: str) -> Sequence[Attempt]:
        """Whom it was tried to tell of an incident or test, and over what, in order of time."""
        wanted = select(page_attempts).where(page_attempts.c.incident == incident)
        with self._database.reading() as connection:
            rows = connection.execute(wanted.order_by(page_attempts.c.at, page_attempts.c.number)).all()
        return [thing(row, Attempt) for row in rows]

    def failing_channels(self, since: datetime) -> Sequence[Attempt]:
        """The last try over each channel since a moment, where the channel didn't take it; in order of their names."""
        newest = page_attempts.c.at.desc(), page_attempts.c.number.desc()
        place = func.row_number().over(partition_by=page_attempts.c.channel, order_by=newest).label("place")
        tries = select(page_attempts, place).where(page_attempts.c.at >= since).subquery()
        wanted = select(tries).where(tries.c.place == 1, tries.c.reason != "")
        with self._database.reading() as connection:
            rows = connection.execute(wanted).all()
        return sorted((thing(row, Attempt) for row in rows), key=lambda one: one.channel)

    def handlings(self, incident: str) -> Sequence[Handling]:
        """What people did about an incident or test, in order."""
        wanted = select(handlings).where(handlings.c.incident == incident).order_by(handlings.c.number)
        with self._database.reading() as connection:
            return [thing(row, Handling) for row in connection.execute(wanted)]

    def waiting_handlings(self, limit: int) -> Sequence[Handling]:
        """What people did and paging has not taken note of yet, in order."""
        wanted = select(handlings).where(handlings.c.done.is_(False)).order_by(handlings.c.number).limit(limit)
        with self._database.reading() as connection:
            return [thing(row, Handling) for row in connection.execute(wanted)]


class PagingWrites(Writes):
    """The side of a unit."""

    def keep_escalation(self, state: Escalation) -> bool:
        """Replace a state whose stored version is `state.version`, raising it by one; false where it has moved on."""
        raised = msgspec.structs.replace(state, version=state.version + 1)
        row = {"brand": raised.brand, "version": raised.version, "due": raised.due, "state": raised}
        if state.version == 0:
            first = insert(self._connection, escalations).values(incident=state.incident, **row)
            return self._connection.execute(first.on_conflict_do_nothing()).rowcount == 1
        here = escalations.c.incident == state.incident, escalations.c.version == state.version
        return self._connection.execute(update(escalations).where(*here).values(row)).rowcount == 1

    def note_attempt(self, attempt: Attempt) -> bool:
        """Keep a try to tell somebody; false where it was there already."""
        statement = insert(self._connection, page_attempts).on_conflict_do_nothing()
        return self._noted(self._connection.execute(statement, columns(attempt)).rowcount)

    def note_answer(self, incident: str, person: str, channel: str, at: datetime) -> bool:
        """Note that somebody acknowledged what a channel took; false where nothing of it waits for that."""
        theirs = page_attempts.c.incident == incident, page_attempts.c.person == person
        taken = page_attempts.c.channel == channel, page_attempts.c.reason == ""
        answered = update(page_attempts).where(*theirs, *taken, page_attempts.c.answered_at.is_(None))
        return self._noted(self._connection.execute(answered.values(answered_at=at)).rowcount)

    def handle(self, handling: Handling) -> bool:
        """Keep what a person did, for paging to take note of; false where it was there already."""
        statement = insert(self._connection, handlings).on_conflict_do_nothing(index_elements=["id"])
        return self._noted(self._connection.execute(statement, columns(handling, done=False)).rowcount)

    def finish_handling(self, handling: str) -> bool:
        """Paging has taken note of it; false where it had already."""
        waiting = handlings.c.id == handling, handlings.c.done.is_(False)
        return self._noted(self._connection.execute(update(handlings).where(*waiting).values(done=True)).rowcount)

    def pass_on(self, incident: str, before: str, after: str, at: datetime) -> bool:
        """Note that another has an incident in hand, or nobody (empty); false where `before` doesn't have it."""
        theirs = incidents.c.id == incident, incidents.c.acknowledged_by == before
        noted = update(incidents).where(*theirs)
        noted = noted.values(acknowledged_by=after, acknowledged_at=at if after else None)
        return self._noted(self._connection.execute(noted).rowcount)

    def _noted(self, rows: int) -> bool:
        if rows:
            self.changed("incidents")
        return rows > 0


def _state(row: Row[Any]) -> Escalation:
    return msgspec.convert(row.state, Escalation)
