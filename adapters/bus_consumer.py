"""Members of a consumer group on the embedded bus: who owns which partition, and how far it is done.

A member has a lease, renewed while it polls. Partition p of a topic belongs to the p-th living member that reads the
topic, counted round and in the order of joining. A member gives up what is no longer its own the next time it polls;
a free partition, or one whose owner's lease has run out, is taken by the member it belongs to. All of this happens in
writing transactions, so a partition never has two owners. None of it waits for the disk: what a power failure takes
back is delivered again.
"""

from collections.abc import Sequence
from sqlite3 import Connection
from typing import Any

from msgspec import Struct

from adapters.instants import microseconds, moment
from adapters.sqlite import SqliteFile
from core.ports.bus import Received
from core.ports.clock import Clock

COLUMNS = "topic, partition, offset, key, value, published_at"
_PAUSE = 0.02
_SECOND = 1_000_000

_Place = tuple[str, int]


class _Plan(Struct, frozen=True):
    """What a member finds and has to change: places with the offset committed there."""

    keep: dict[_Place, int]
    take: dict[_Place, int]
    release: list[_Place]
    renew: bool

    def settled(self) -> bool:
        return not (self.take or self.release or self.renew)


class EmbeddedConsumer:
    """Answers the `Consumer` port. One thread uses it at a time.

    Waiting for messages looks at the file every 20 ms through `Clock.sleep`: the same for messages of this process and
    of others, and a fake clock moves on at once.
    """

    def __init__(  # noqa: PLR0917 - only the bus makes one
        self, file: SqliteFile, clock: Clock, group: str, topics: Sequence[str], partitions: int, lease_seconds: float
    ) -> None:
        self._file = file
        self._clock = clock
        self._group = group
        self._topics = tuple(dict.fromkeys(topics))
        self._partitions = partitions
        self._lease = int(lease_seconds * _SECOND)
        self._positions: dict[_Place, int] = {}
        self._closed = False
        places = [(group, topic, partition) for topic in self._topics for partition in range(partitions)]
        with file.writing(at_once=False) as connection:
            connection.executemany("INSERT OR IGNORE INTO shares VALUES (?, ?, ?, 0, NULL)", places)
            joined = connection.execute(
                "INSERT INTO members (team, topics, until) VALUES (?, ?, ?)",
                (group, "\n".join(self._topics), self._now() + self._lease),
            )
            self._me = int(joined.lastrowid or 0)

    def poll(self, limit: int, timeout: float) -> Sequence[Received]:
        """Up to `limit` messages not yet given out to this member, waiting at most `timeout` seconds for the first."""
        left = timeout
        while not (found := self._fetch(limit)) and left > 0 and not self._closed:
            pause = min(_PAUSE, left)
            self._clock.sleep(pause)
            left -= pause
        return found

    def commit(self, received: Sequence[Received]) -> None:
        """These and all earlier ones of their partitions are done. Ignored for partitions lost meanwhile."""
        done: dict[_Place, int] = {}
        for item in received:
            place = (item.topic, item.partition)
            done[place] = max(item.offset, done.get(place, 0))
        if not done:
            return
        with self._file.writing(at_once=False) as connection:
            connection.executemany(
                "UPDATE shares SET committed = max(committed, ?) "
                "WHERE team = ? AND topic = ? AND partition = ? AND owner = ?",
                [(offset, self._group, *place, self._me) for place, offset in done.items()],
            )
            connection.execute("UPDATE members SET until = ? WHERE member = ?", (self._now() + self._lease, self._me))

    def close(self) -> None:
        """Leave the group at once, so that the others take over without waiting."""
        if self._closed:
            return
        self._closed = True
        with self._file.writing(at_once=False) as connection:
            connection.execute("UPDATE shares SET owner = NULL WHERE team = ? AND owner = ?", (self._group, self._me))
            connection.execute("DELETE FROM members WHERE member = ?", (self._me,))

    def _now(self) -> int:
        return microseconds(self._clock.now())

    def _fetch(self, limit: int) -> list[Received]:
        if self._closed:
            return []
        with self._file.reading() as connection:
            plan = self._plan(connection)
            if plan.settled():
                return self._read(connection, plan.keep, limit)
        with self._file.writing(at_once=False) as connection:
            plan = self._plan(connection)
            self._apply(connection, plan)
        # Only after the commit: a transaction that failed must leave the positions as they were.
        self._positions.update(plan.take)
        for place in plan.release:
            self._positions.pop(place, None)
        with self._file.reading() as connection:
            return self._read(connection, {**plan.keep, **plan.take}, limit)

    def _plan(self, connection: Connection) -> _Plan:
        now = self._now()
        reads: dict[int, tuple[str, ...]] = {self._me: self._topics}
        renew = True
        for member, topics, until in connection.execute(
            "SELECT member, topics, until FROM members WHERE team = ?", (self._group,)
        ):
            if member == self._me:
                renew = until - now < self._lease // 2
            elif until > now:
                reads[member] = tuple(topics.split("\n"))
        plan = _Plan({}, {}, [], renew)
        sharing = {
            topic: sorted(member for member, topics in reads.items() if topic in topics) for topic in self._topics
        }
        for topic, partition, committed, owner in connection.execute(
            "SELECT topic, partition, committed, owner FROM shares WHERE team = ?", (self._group,)
        ):
            if topic not in sharing:
                continue
            mine = sharing[topic][partition % len(sharing[topic])] == self._me
            if owner == self._me:
                if mine:
                    plan.keep[topic, partition] = committed
                else:
                    plan.release.append((topic, partition))
            elif mine and owner not in reads:
                plan.take[topic, partition] = committed
        return plan

    def _apply(self, connection: Connection, plan: _Plan) -> None:
        now = self._now()
        connection.execute(
            "DELETE FROM members WHERE team = ? AND until <= ? AND member <> ?", (self._group, now, self._me)
        )
        connection.execute(
            "INSERT INTO members VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET until = excluded.until",
            (self._me, self._group, "\n".join(self._topics), now + self._lease),
        )
        owners = [(self._me, place) for place in plan.take] + [(None, place) for place in plan.release]
        connection.executemany(
            "UPDATE shares SET owner = ? WHERE team = ? AND topic = ? AND partition = ?",
            [(owner, self._group, *place) for owner, place in owners],
        )

    def _read(self, connection: Connection, owned: dict[_Place, int], limit: int) -> list[Received]:
        """The oldest messages of all owned partitions, in the order of publication.

        Partitions keep the order of a key; beyond that, a backlog that is worked off in the order in which it came
        spares the next stage mentions that seem hours late, and no partition starves.
        """
        found: list[tuple[int, int, _Place]] = []
        for place, committed in owned.items():
            after = max(self._positions.get(place, 0), committed)
            rows = connection.execute(
                "SELECT number, offset FROM messages WHERE topic = ? AND partition = ? AND offset > ? "
                "ORDER BY offset LIMIT ?",
                (*place, after, limit),
            )
            found += [(number, offset, place) for number, offset in rows]
        found = sorted(found)[:limit]
        for _, offset, place in found:
            self._positions[place] = offset
        marks = ",".join("?" * len(found))
        rows = connection.execute(
            f"SELECT {COLUMNS} FROM messages WHERE number IN ({marks}) ORDER BY number",  # noqa: S608 - no values
            [number for number, _, _ in found],
        )
        return [received_from(row) for row in rows]


def received_from(row: Sequence[Any]) -> Received:
    """A message from its columns: topic, partition, offset, key, value, published_at."""
    topic, partition, offset, key, value, published_at = row
    return Received(topic, partition, offset, key.decode("utf-8", "surrogatepass"), value, moment(published_at))
