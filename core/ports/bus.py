"""The bus: messages in topics, and the members of groups that share them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from msgspec import Struct


class Message(Struct, frozen=True):
    """What is put on the bus: messages of one key keep their order.

    `trace` says where the message belongs in a trace: a W3C ``traceparent``, or empty. It is no part of the message: a
    bus may drop it, as the embedded one does.
    """

    topic: str
    key: str
    value: bytes
    trace: str = ""


class Received(Struct, frozen=True):
    """What comes off the bus: a message, where it stood and when it was published (UTC); `trace` as in `Message`."""

    topic: str
    partition: int
    offset: int
    key: str
    value: bytes
    published_at: datetime
    trace: str = ""


class Consumer(Protocol):
    """A member of a consumer group. Members of one group share the partitions, and so the keys, among them.

    A member gives signs of life for as long as it polls or works on what it polled; one that gives none for the time
    of its lease loses its partitions to the others. Polling is also where a member gives up what others shall have.
    """

    def poll(self, limit: int, timeout: float) -> Sequence[Received]:
        """Up to `limit` messages not yet given out to this member, waiting at most `timeout` seconds for the first.

        Messages of one key come in the order of their publication. A backlog comes nearly so across all keys, and no
        partition waits for another to be empty.

        Raises:
            StorageError: the bus can't be read; what is not committed is given out again. Close the member and join
                anew.
        """
        ...

    def commit(self, received: Sequence[Received]) -> None:
        """These and all earlier ones of their partitions are done: nobody in the group gets them again.

        Ignored for partitions that this member has lost meanwhile; it never takes back what was committed. While the
        partitions are being shared anew it may take effect with the next poll only. What is polled but not committed
        when a member dies or closes is given to another, or to the next one.

        Raises:
            StorageError: the bus can't be written; close the member and join anew.
        """
        ...

    def close(self) -> None:
        """Leave the group at once, so that the others take over without waiting."""
        ...


class Bus(Protocol):
    """Topics with at-least-once delivery."""

    def publish(self, messages: Sequence[Message], timeout: float = 30.0) -> None:
        """Accept all of the messages durably before returning; those of one key in their order.

        Raises:
            BackPressureError: a group that reads the topic stayed too far behind for `timeout` seconds; none was
                accepted.
            StorageFullError: no room left.
            StorageError: some may have been accepted. Publish them all again; the ids of the events make it harmless.
        """
        ...

    def consumer(self, group: str, topics: Sequence[str]) -> Consumer:
        """Join a group. A new group begins at the oldest message kept.

        Dead letters are looked at with `browse`: a consumer may also be given some that were removed.
        """
        ...

    def lag(self, group: str, topic: str) -> int:
        """Messages of a topic that the group has not committed yet."""
        ...

    def browse(self, topic: str, limit: int = 100, newest_first: bool = True) -> Sequence[Received]:
        """Look at messages without belonging to a group (dead letters, a person's curiosity)."""
        ...

    def remove(self, topic: str, received: Sequence[Received]) -> None:
        """Take single messages out of a dead-letter topic once they are replayed or dropped."""
        ...

    def expire(self, before: datetime) -> int:
        """Remove messages published before a moment that every group reading the topic has done; say how many.

        Dead letters stay until a person removes them.
        """
        ...

    def close(self) -> None:
        """Let go of files and connections."""
        ...
