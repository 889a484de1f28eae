"""What the ways of writing a delivery have in common: what a row becomes, and how single values are read (pure)."""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct

from core.errors import RowError
from core.identity import identity
from core.mention import Mention
from core.ports.source import Removal
from ingest.mapping import ColumnMap, make_mention
from ingest.times import parse_time

_LONGEST_ID = 200
_SHOWN = 2_000


class Context(Struct, frozen=True):
    """What is known of a delivery beside its rows: its key, when it was sent and when it arrived (UTC)."""

    key: str
    sent_at: datetime
    now: datetime


class Said(Struct, frozen=True, kw_only=True):
    """What somebody said, before it is known which brands it is about: the mention's id and brand are still to come.

    `brand` is named in the row. `to` are accounts of ours that it was sent to. `direct`: it was sent to us and to
    nobody else, so it is about one of our brands whether it names one or not.
    """

    mention: Mention
    brand: str = ""
    to: tuple[str, ...] = ()
    direct: bool = True


Outcome = Said | Removal | None
"""What a row becomes; None: nobody said anything in it."""


class Adapter(Struct, frozen=True):
    """One way of writing a delivery.

    `rows` finds them in the JSON that was posted, and raises InputError where there can be none. `read` says what the
    row of a number becomes, or raises RowError with a message that repeats nothing of what the row says.
    """

    rows: Callable[[Any], Iterator[object]]
    read: Callable[[object, int, Context], Outcome]


def mention_of(context: Context, source: str, values: Mapping[str, str], revision: int = 0) -> Mention:
    """The mention that values make, named as its fields. Nothing is posted later than it arrived, whatever is said.

    Raises:
        RowError: nothing is left of the text.
    """
    columns = ColumnMap({name: name for name in values})
    made = make_mention(values, columns, brand="", source=source, ingested_at=context.now, origin="live")
    return msgspec.structs.replace(made, created_at=min(made.created_at, context.now), revision=revision)


def own_id(context: Context, number: int, given: str = "") -> str:
    """The id of a row that doesn't say when it was posted, so that each attempt to deliver it says another time."""
    return given if is_id(given) else identity("post", context.key, str(number), given)


def removal_of(source: str, network_id: str, complaint: str) -> Removal:
    """The removal of a post.

    Raises:
        RowError: `complaint`, where no post can be called so.
    """
    if not is_id(network_id):
        raise RowError(complaint)
    return Removal(source=source, network_id=network_id)


def is_id(text: str) -> bool:
    """Whether a network can call a post so."""
    return 0 < len(text) <= _LONGEST_ID and text.isprintable()


def moment(written: str, otherwise: datetime) -> datetime:
    """When something was posted; `otherwise` where nothing is said that can be read."""
    try:
        return parse_time(written)
    except ValueError:
        return otherwise


def described(row: object) -> str:
    """A row as a dead letter shows it."""
    try:
        written = json.dumps(row, ensure_ascii=False)[:_SHOWN]
    except RecursionError:
        return "nested too deeply to be shown"
    # Half of a pair of surrogates can stand in JSON, but not in the dead letter.
    return written.encode("utf-8", "backslashreplace").decode()
