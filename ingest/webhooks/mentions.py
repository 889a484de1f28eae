"""Our own form: one mention or a list, with the fields of `Mention` or any name that a recorded file may use (pure)."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from core.errors import InputError, RowError
from ingest.mapping import ColumnMap, recognise, source_of
from ingest.reading import flatten
from ingest.times import parse_time
from ingest.webhooks.said import Adapter, Context, Outcome, Said, mention_of, own_id, removal_of

SOURCE = "webhook"
_REVISION = re.compile(r"\d{1,15}", re.ASCII)
_KNOWN = (
    "text", "created_at", "id", "author", "source", "url", "language", "conversation", "in_reply_to", "followers",
)  # fmt: skip


def _rows(payload: Any) -> Iterator[object]:
    if not isinstance(payload, dict | list):
        raise InputError("the body is neither a mention nor a list of mentions; write {…} or [{…}, …]")
    yield from [payload] if isinstance(payload, dict) else payload


def _read(row: object, number: int, context: Context) -> Outcome:
    if not isinstance(row, dict):
        raise RowError("it is no JSON object")
    values = flatten(row)
    columns = ColumnMap(recognise(list(values)))
    known = {name: value for name in _KNOWN if (value := columns.value(name, values))}
    if values.get("deleted") == "true":
        network = source_of(known.get("source", ""), SOURCE)
        return removal_of(network, known.get("id", ""), "it says that a post is deleted, but not which; name its id")
    if "text" not in known:
        raise RowError("it has no text")
    known |= _posted(known, number, context)
    revision = values.get("revision", "")
    return Said(
        mention=mention_of(context, SOURCE, known, int(revision) if _REVISION.fullmatch(revision) else 0),
        brand=columns.value("brand", values),
        direct=False,
    )


def _posted(known: Mapping[str, str], number: int, context: Context) -> dict[str, str]:
    """When it was posted, and under which id if it doesn't say when."""
    if "created_at" not in known:
        return {"created_at": context.sent_at.isoformat(), "id": own_id(context, number, known.get("id", ""))}
    try:
        return {"created_at": parse_time(known["created_at"]).isoformat()}
    except ValueError as error:
        raise RowError(f"created_at {error}") from error


MENTIONS = Adapter(_rows, _read)
