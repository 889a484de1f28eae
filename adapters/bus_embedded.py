"""The bus of one machine: an append-only table with consumer offsets in a SQLite file of its own.

Any number of threads and processes may use the file at once. Offsets of a partition are dense, so that a backlog is a
subtraction. A commit is one fsync: what `publish` has accepted survives kill -9 and power loss, and a batch is never
there by halves.
"""

import zlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from sqlite3 import Connection
from typing import Any

from adapters.bus_consumer import COLUMNS, EmbeddedConsumer, received_from
from adapters.instants import microseconds
from adapters.sqlite import SqliteFile
from core.errors import BackPressureError, ConfigurationError, InputError
from core.events import CONSUMERS
from core.ports.bus import Consumer, Message, Received
from core.ports.clock import Clock

_SCHEMA = (
    "CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value INTEGER NOT NULL)",
    """CREATE TABLE IF NOT EXISTS messages (
        number INTEGER PRIMARY KEY AUTOINCREMENT, topic TEXT NOT NULL, partition INTEGER NOT NULL,
        offset INTEGER NOT NULL, key BLOB NOT NULL, value BLOB NOT NULL, published_at INTEGER NOT NULL)""",
    "CREATE UNIQUE INDEX IF NOT EXISTS messages_in_order ON messages (topic, partition, offset)",
    # `first` is the oldest offset that is kept, `last` the newest that was given out.
    """CREATE TABLE IF NOT EXISTS heads (
        topic TEXT NOT NULL, partition INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
        PRIMARY KEY (topic, partition)) WITHOUT ROWID""",
    """CREATE TABLE IF NOT EXISTS shares (
        team TEXT NOT NULL, topic TEXT NOT NULL, partition INTEGER NOT NULL, committed INTEGER NOT NULL,
        owner INTEGER, PRIMARY KEY (team, topic, partition)) WITHOUT ROWID""",
    """CREATE TABLE IF NOT EXISTS members (
        member INTEGER PRIMARY KEY AUTOINCREMENT, team TEXT NOT NULL, topics TEXT NOT NULL, until INTEGER NOT NULL)""",
)
_DEAD = ".dead"
_PAUSE = 0.05
_EXPIRED_AT_ONCE = 5_000


class EmbeddedBus:
    """Answers the `Bus` port.

    Args:
        path: the file of the bus; it is made where it doesn't exist.
        clock: gives the times of publication and of leases, and is slept on while waiting.
        partitions: how many members of a group can work side by side; fixed when the file is made.
        max_backlog: messages that a group may be behind before `publish` waits and then refuses.
        consumers: which groups read a topic; back-pressure and retention look at these.
        lease_seconds: how long a member that no longer polls keeps its partitions.

    Raises:
        ConfigurationError: the file was made with another number of partitions.
        StorageError: the file can't be opened.
    """

    def __init__(
        self,
        path: Path,
        clock: Clock,
        *,
        partitions: int = 4,
        max_backlog: int = 50_000,
        consumers: Mapping[str, Sequence[str]] = CONSUMERS,
        lease_seconds: float = 10,
    ) -> None:
        self._clock = clock
        self._partitions = partitions
        self._max_backlog = max_backlog
        self._consumers = consumers
        self._lease_seconds = lease_seconds
        self._file = SqliteFile(path, _SCHEMA)
        with self._file.writing() as connection:
            connection.execute("INSERT OR IGNORE INTO settings VALUES ('partitions', ?)", (partitions,))
            (made_with,) = connection.execute("SELECT value FROM settings WHERE name = 'partitions'").fetchone()
        if made_with != partitions:
            self._file.close()
            raise ConfigurationError(
                f"the bus {path} was made with {made_with} partitions, not {partitions}: "
                f"set {made_with}, or remove the file once everything in it is done"
            )

    def publish(self, messages: Sequence[Message], timeout: float = 30.0) -> None:
        """Accept all of the messages durably, or none at all whatever the error. See the port."""
        if not messages:
            return
        left = timeout
        while behind := self._publish_unless_behind(messages):
            if left <= 0:
                raise BackPressureError(f"{behind}; nothing was accepted: try again later")
            pause = min(_PAUSE, left)
            self._clock.sleep(pause)
            left -= pause

    def consumer(self, group: str, topics: Sequence[str]) -> Consumer:
        """Join a group. A new group begins at the oldest message kept."""
        return EmbeddedConsumer(self._file, self._clock, group, topics, self._partitions, self._lease_seconds)

    def lag(self, group: str, topic: str) -> int:
        """Messages of a topic that the group has not committed yet."""
        with self._file.reading() as connection:
            if topic.endswith(_DEAD):
                return _dead_lag(connection, group, topic)
            return _lag(connection, group, topic)

    def browse(self, topic: str, limit: int = 100, newest_first: bool = True) -> Sequence[Received]:
        """Look at messages in the order of publication, or against it, without belonging to a group."""
        order = "DESC" if newest_first else "ASC"
        rows: list[tuple[Any, ...]] = []
        with self._file.reading() as connection:
            for partition in range(self._partitions):
                rows += connection.execute(
                    f"SELECT number, {COLUMNS} FROM messages WHERE topic = ? AND partition = ? "  # noqa: S608 - constants
                    f"ORDER BY offset {order} LIMIT ?",
                    (topic, partition, limit),
                )
        rows.sort(key=lambda row: row[0], reverse=newest_first)
        return [received_from(row[1:]) for row in rows[:limit]]

    def remove(self, topic: str, received: Sequence[Received]) -> None:
        """Take single messages out of a dead-letter topic once they are replayed or dropped.

        Raises:
            InputError: the topic holds no dead letters; its messages leave by retention only.
        """
        if not topic.endswith(_DEAD):
            raise InputError(
                f"{topic} holds no dead letters: only messages of a topic ending in {_DEAD} can be removed"
            )
        with self._file.writing() as connection:
            connection.executemany(
                "DELETE FROM messages WHERE topic = ? AND partition = ? AND offset = ?",
                [(topic, item.partition, item.offset) for item in received],
            )

    def expire(self, before: datetime) -> int:
        """Remove messages published before a moment that every group reading the topic has done; say how many."""
        with self._file.reading() as connection:
            heads = connection.execute("SELECT topic, partition FROM heads").fetchall()
        removed = 0
        for topic, partition in heads:
            if not topic.endswith(_DEAD):
                while some := self._expire_some(topic, partition, microseconds(before)):
                    removed += some
        return removed

    def forget_members(self) -> None:
        """Put all members out of their groups, so that a new start needn't wait for the leases of a killed process.

        For a process that knows itself to be the only consumer: it holds the lock of the data directory.
        """
        with self._file.writing() as connection:
            connection.execute("UPDATE shares SET owner = NULL")
            connection.execute("DELETE FROM members")

    def close(self) -> None:
        """Let go of files and connections."""
        self._file.close()

    def _publish_unless_behind(self, messages: Sequence[Message]) -> str:
        now = microseconds(self._clock.now())
        topics = {message.topic for message in messages}
        with self._file.writing() as connection:
            for topic in topics:
                for group in self._consumers.get(topic, ()):
                    behind = _lag(connection, group, topic)
                    if behind > self._max_backlog:
                        return f"{group} is {behind} messages behind on {topic}"
            heads = {
                (topic, partition): last
                for topic in topics
                for partition, last in connection.execute("SELECT partition, last FROM heads WHERE topic = ?", (topic,))
            }
            rows = []
            for message in messages:
                key = message.key.encode("utf-8", "surrogatepass")
                place = (message.topic, zlib.crc32(key) % self._partitions)
                offset = heads[place] = heads.get(place, 0) + 1
                rows.append((*place, offset, key, message.value, now))
            connection.executemany(f"INSERT INTO messages ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)", rows)  # noqa: S608
            connection.executemany(
                "INSERT INTO heads VALUES (?, ?, 1, ?) ON CONFLICT DO UPDATE SET last = excluded.last",
                [(*place, last) for place, last in heads.items()],
            )
        return ""

    def _expire_some(self, topic: str, partition: int, before: int) -> int:
        """Remove the oldest of a partition, a handful at a time so that publishers needn't wait long."""
        place = (topic, partition)
        with self._file.writing() as connection:
            first, last = connection.execute(
                "SELECT first, last FROM heads WHERE topic = ? AND partition = ?", place
            ).fetchone()
            done: dict[str, int] = dict.fromkeys(self._consumers.get(topic, ()), 0)
            done.update(
                connection.execute("SELECT team, committed FROM shares WHERE topic = ? AND partition = ?", place)
            )
            end = min([last, first - 1 + _EXPIRED_AT_ONCE, *done.values()])
            young = connection.execute(
                "SELECT offset FROM messages WHERE topic = ? AND partition = ? AND offset <= ? AND published_at >= ? "
                "ORDER BY offset LIMIT 1",
                (*place, end, before),
            ).fetchone()
            if young:
                end = young[0] - 1
            if end < first:
                return 0
            connection.execute("DELETE FROM messages WHERE topic = ? AND partition = ? AND offset <= ?", (*place, end))
            connection.execute("UPDATE heads SET first = ? WHERE topic = ? AND partition = ?", (end + 1, *place))
            removed: int = end + 1 - first
        return removed


def _lag(connection: Connection, group: str, topic: str) -> int:
    rows = connection.execute(
        "SELECT last, first, committed FROM heads LEFT JOIN shares "
        "ON shares.team = ? AND shares.topic = heads.topic AND shares.partition = heads.partition "
        "WHERE heads.topic = ?",
        (group, topic),
    )
    return sum(last - max(committed or 0, first - 1) for last, first, committed in rows)


def _dead_lag(connection: Connection, group: str, topic: str) -> int:
    """Counted one by one, because dead letters are removed out of the middle."""
    (count,) = connection.execute(
        "SELECT count(*) FROM messages LEFT JOIN shares "
        "ON shares.team = ? AND shares.topic = messages.topic AND shares.partition = messages.partition "
        "WHERE messages.topic = ? AND messages.offset > coalesce(shares.committed, 0)",
        (group, topic),
    ).fetchone()
    return int(count)
