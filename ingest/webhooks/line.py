"""LINE's webhook: what people write to an official account, and what they take back (pure).

See https://developers.line.biz/en/reference/messaging-api/#webhook-event-objects.
"""

from collections.abc import Iterator
from typing import Any

from core.errors import InputError, RowError
from ingest.reading import flatten
from ingest.webhooks.said import Adapter, Context, Outcome, Said, mention_of, moment, removal_of

SOURCE = "line"


def _rows(payload: Any) -> Iterator[object]:
    events = payload.get("events") if isinstance(payload, dict) else None
    if not isinstance(events, list):
        raise InputError("this is no delivery of LINE: it has no list of `events`")
    for event in events:
        yield {"destination": payload.get("destination"), "event": event}


def _read(row: object, _number: int, context: Context) -> Outcome:
    assert isinstance(row, dict)
    if not isinstance(row["event"], dict):
        raise RowError("the event is no JSON object")
    event = flatten(row["event"])
    if event.get("type") == "unsend":
        gone = event.get("unsend.messageId", "")
        return removal_of(SOURCE, gone, "it says that a message is taken back, but not which")
    if event.get("type") != "message" or event.get("message.type") != "text":
        return None
    place = event.get("source.groupId") or event.get("source.roomId") or event.get("source.userId", "")
    mention = mention_of(
        context,
        SOURCE,
        {
            "id": event.get("message.id", ""),
            "text": event.get("message.text", ""),
            "created_at": moment(event.get("timestamp", ""), context.sent_at).isoformat(),
            "author": event.get("source.userId", ""),
            "conversation": place,
            "in_reply_to": event.get("message.quotedMessageId", ""),
        },
    )
    return Said(mention=mention, to=(str(row["destination"] or ""),))


LINE = Adapter(_rows, _read)
