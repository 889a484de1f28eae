"""What the subjects of the store build on."""

from typing import Any, Literal, TypeVar

import msgspec
from sqlalchemy import Connection, Row

from adapters.database import Database, insert
from adapters.tables import changes

Subject = Literal["mentions", "incidents", "cases", "deliveries"]
SUBJECTS: tuple[Subject, ...] = ("mentions", "incidents", "cases", "deliveries")

_Thing = TypeVar("_Thing", bound=msgspec.Struct)


class Reads:
    """A part of the store's reading side."""

    def __init__(self, database: Database) -> None:
        self._database = database


class Writes:
    """A part of a unit: statements on the one connection of its transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._changed: set[Subject] = set()

    def changed(self, *subjects: Subject) -> None:
        """This transaction changes these subjects."""
        self._changed.update(subjects)

    def note_changes(self) -> None:
        """Raise the marks of the subjects that this transaction changed; the last thing before it commits."""
        for subject in sorted(self._changed):
            statement = insert(self._connection, changes).values(subject=subject, number=1)
            self._connection.execute(
                statement.on_conflict_do_update(index_elements=["subject"], set_={"number": changes.c.number + 1})
            )


def columns(thing: msgspec.Struct, **more: Any) -> dict[str, Any]:
    """A frozen thing's fields as a row, with what the table has beyond them."""
    return {**msgspec.structs.asdict(thing), **more}


def thing(row: Row[Any], kind: type[_Thing], **more: Any) -> _Thing:
    """The frozen thing that a row holds; columns that are none of its fields are left out."""
    found = row._asdict()
    fields = {name: found[name] for name in kind.__struct_fields__ if name in found}
    return msgspec.convert({**fields, **more}, kind)
