"""What the subjects of the store build on."""

from typing import Any, Literal, TypeVar

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, type_coerce

from adapters.columns import SafeText, as_json
from adapters.database import Database, contains, hold, insert, part_of
from adapters.tables_brands import mentions
from adapters.tables_running import marks, outbox
from core.events import Event

Subject = Literal["mentions", "incidents", "cases", "deliveries"]
SUBJECTS: tuple[Subject, ...] = ("mentions", "incidents", "cases", "deliveries")

_ERASING = "erasing"
_Thing = TypeVar("_Thing", bound=msgspec.Struct)


class Reads:
    """A part of the store's reading side."""

    def __init__(self, database: Database) -> None:
        self._database = database


class Writes:
    """A part of a unit: statements on the one connection of its transaction."""

    def __init__(self, connection: Connection) -> None:
        self._opened = connection
        self._begun = False
        self._changed: set[Subject] = set()
        self._emitted: list[dict[str, Any]] = []

    @property
    def _connection(self) -> Connection:
        """The unit's connection, once nobody is erasing."""
        if not self._begun:
            self._begun = True
            hold(self._opened, _ERASING, shared=True)
        return self._opened

    def begin_erasing(self) -> None:
        """Wait for all other units to end, and let none begin to write until this one ends.

        Otherwise one that looked before the erasing could write after it, and bring back what was erased. It must be
        asked for before anything else is written: two units that first write and then erase would wait for each other.
        """
        self._begun = True
        hold(self._opened, _ERASING)

    def changed(self, *subjects: Subject) -> None:
        """This transaction changes these subjects."""
        self._changed.update(subjects)

    def emit(self, topic: str, key: str, event: Event, trace: str = "") -> None:
        """Put an event, its texts made `safe`, into the outbox; `core.relay.Relay` takes it on after the commit."""
        self._emitted.append({"topic": topic, "key": key, "value": as_json(event), "trace": trace})

    def finish(self) -> None:
        """What comes last before the commit: the events, then the marks of the subjects that this transaction changed.

        Events get their numbers here, after everything that makes two transactions wait for each other: of two that
        change the same thing, the later one has the higher numbers.
        """
        self.put_out()
        for subject in sorted(self._changed):
            statement = insert(self._connection, marks)
            statement = statement.values(subject=subject, part=part_of(self._connection), number=1)
            raised = {"number": marks.c.number + 1}
            self._connection.execute(statement.on_conflict_do_update(index_elements=["subject", "part"], set_=raised))

    def put_out(self) -> None:
        """Write the events that wait in this unit."""
        if self._emitted:
            self._connection.execute(outbox.insert(), self._emitted)
            self._emitted = []


def columns(thing: msgspec.Struct, **more: Any) -> dict[str, Any]:
    """A frozen thing's fields as a row, with what the table has beyond them."""
    return {**msgspec.structs.asdict(thing), **more}


def thing(row: Row[Any], kind: type[_Thing], **more: Any) -> _Thing:
    """The frozen thing that a row holds; columns that are none of its fields are left out."""
    found = row._asdict()
    fields = {name: found[name] for name in kind.__struct_fields__ if name in found}
    return msgspec.convert({**fields, **more}, kind)


def about(connection: Connection, theme: str) -> ColumnElement[bool]:
    """Whether a mention is about a theme: within the quotation marks of the list no name can be a part of another."""
    return contains(connection, type_coerce(mentions.c.themes, SafeText), as_json(theme).decode())
