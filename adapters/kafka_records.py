"""Messages as Kafka keeps them, and back.

A dead letter has a key of its own, under which a person can take it out; the key of its message stands in a header.
"""

import uuid
from collections import deque
from collections.abc import Mapping
from datetime import datetime, timedelta
from heapq import heapify, heappop, heapreplace
from typing import Any

import structlog
from kafka import TopicPartition
from msgspec import Struct

from adapters.instants import microseconds, moment
from core.events import DeadLetter, encode
from core.identity import identity
from core.ports.bus import Message, Received

DEAD = ".dead"
LARGEST = 8 * 1024 * 1024
"""Bytes of the largest message: `migrate` allows the topics as much."""

_ROOM = 64 * 1024
_KEPT_OF_TOO_LARGE = 10_000
_KEY, _TRACE = "key", "traceparent"
_MILLISECOND = timedelta(milliseconds=1) // timedelta(microseconds=1)

log = structlog.get_logger(__name__)


class Record(Struct, frozen=True):
    """One message as Kafka takes it; `at` in milliseconds since 1970. `partition` None: by the key."""

    topic: str
    key: bytes
    value: bytes | None
    headers: list[tuple[str, bytes]]
    at: int
    partition: int | None = None


def record_of(message: Message, prefix: str, now: datetime) -> Record:
    """What is sent for a message; of one that Kafka would refuse, a dead letter with its beginning."""
    key = message.key.encode("utf-8", "surrogatepass")
    if len(message.value) + len(key) > LARGEST - _ROOM:
        # It must not hold up the rest for ever.
        return record_of(_too_large(message, now), prefix, now)
    headers = [(_TRACE, message.trace.encode())] if message.trace else []
    name, at = prefix + message.topic, milliseconds(now)
    if message.topic.endswith(DEAD):
        return Record(name, uuid.uuid4().hex.encode(), message.value, [(_KEY, key), *headers], at, 0)
    return Record(name, key, message.value, headers, at)


def removal(letter: bytes, topic: str, prefix: str, now: datetime) -> Record:
    """What is sent to take out the dead letter with this key."""
    return Record(prefix + topic, letter, None, [], milliseconds(now), 0)


def received_from(topic: str, record: Any) -> Received:
    """A message from a record of kafka-python. A record without a value, which we never write, has an empty one."""
    headers = dict(record.headers)
    key = headers.get(_KEY) if topic.endswith(DEAD) else record.key
    return Received(
        topic,
        record.partition,
        record.offset,
        _text(key or b""),
        record.value or b"",
        moment(record.timestamp * _MILLISECOND),
        _text(headers.get(_TRACE) or b""),
    )


def _text(key: bytes) -> str:
    """As it was published; what another program wrote in no UTF-8 must not stop its partition."""
    try:
        return key.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return key.decode("utf-8", "backslashreplace")


def milliseconds(at: datetime) -> int:
    """Milliseconds from 1970-01-01 UTC: what Kafka dates messages with."""
    return microseconds(at) // _MILLISECOND


def _too_large(message: Message, now: datetime) -> Message:
    dead = message.topic.removesuffix(DEAD) + DEAD
    letter = DeadLetter(
        id=identity("dead", "bus", message.topic, str(len(message.value)), message.key[:100]),
        topic="",
        key="",
        value=message.value[:_KEPT_OF_TOO_LARGE].decode("utf-8", "replace"),
        reason=f"{len(message.value)} bytes are too large for the bus, which takes {LARGEST - _ROOM}",
        stage="bus",
        at=now,
    )
    log.warning("dead_letter_written", topic=dead, stage=letter.stage, letter=letter.id)
    return Message(dead, message.key[:100], encode(letter), message.trace)


def oldest_first(buffers: Mapping[TopicPartition, deque[Received]], limit: int) -> list[Received]:
    """Take up to `limit` messages from the fronts of some partitions, merged by the time of their publication."""
    found: list[Received] = []
    fronts = [(buffer[0].published_at, place) for place, buffer in buffers.items() if buffer]
    heapify(fronts)
    while fronts and len(found) < limit:
        _, place = fronts[0]
        buffer = buffers[place]
        found.append(buffer.popleft())
        if buffer:
            heapreplace(fronts, (buffer[0].published_at, place))
        else:
            heappop(fronts)
    return found
