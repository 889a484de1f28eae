"""The bus of many machines: Apache Kafka through kafka-python.

What `publish` has accepted is with all in-sync replicas. A batch that fails may be there in part: it is published again
by whoever sent it, and the ids of the events make that harmless. Dead letters stand in compacted topics of one
partition, each under a key of its own, so that a person can take single ones out.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from kafka import KafkaConsumer, TopicPartition

from adapters.kafka_backlog import Backlog
from adapters.kafka_connection import KafkaConnection
from adapters.kafka_consumer import KafkaMember
from adapters.kafka_offsets import Offsets
from adapters.kafka_producer import Producer
from adapters.kafka_records import DEAD, received_from, record_of, removal
from adapters.kafka_topics import check
from core.errors import BackPressureError, InputError, StorageError
from core.events import CONSUMERS
from core.ports.bus import Consumer, Message, Received
from core.ports.clock import Clock

_PAUSE = 0.05
_READ_MS, _READ_WAIT_MS = 500, 50
_EMPTY_READS = 20


class KafkaBus:
    """Answers the `Bus` port.

    Args:
        connection: where Kafka is.
        clock: gives the times of publication, and is slept on while waiting for room.
        max_backlog: messages that a group may be behind before `publish` waits and then refuses.
        consumers: which groups read a topic; back-pressure and retention look at these.
        lease_seconds: how long a member that gives no sign of life keeps its partitions.

    Raises:
        ConfigurationError: Kafka refuses us.
        StorageError: Kafka doesn't answer, or a topic is missing.
    """

    def __init__(
        self,
        connection: KafkaConnection,
        clock: Clock,
        *,
        max_backlog: int = 50_000,
        consumers: Mapping[str, Sequence[str]] = CONSUMERS,
        lease_seconds: float = 10,
    ) -> None:
        self._connection = connection
        self._clock = clock
        self._consumers = consumers
        self._lease_seconds = lease_seconds
        self._offsets = Offsets(connection)
        self._closed = False
        self._counted: dict[tuple[str, str], tuple[Any, int]] = {}
        try:
            self._partitions = check(connection, self._offsets)
        except Exception:
            self._offsets.close()
            raise
        self._producer = Producer(connection, clock)
        self._backlog = Backlog(self.lag, clock, max_backlog)

    @property
    def producers_rebuilt(self) -> int:
        """How often the producer was given up and made anew."""
        return self._producer.rebuilt

    def publish(self, messages: Sequence[Message], timeout: float = 30.0) -> None:
        """Accept all of the messages durably. See the port."""
        self._open()
        if not messages:
            return
        counts: dict[tuple[str, str], int] = {}
        for message in messages:
            for group in self._consumers.get(message.topic, ()):
                counts[group, message.topic] = counts.get((group, message.topic), 0) + 1
        ends = self._clock.monotonic() + timeout
        while behind := self._backlog.behind(list(counts)):
            left = ends - self._clock.monotonic()
            if left <= 0:
                raise BackPressureError(f"{behind}; nothing was accepted: try again later")
            self._clock.sleep(min(_PAUSE, left))
        now = self._clock.now()
        self._producer.send([record_of(message, self._connection.prefix, now) for message in messages])
        self._backlog.published(counts)

    def consumer(self, group: str, topics: Sequence[str]) -> Consumer:
        """Join a group. A new group begins at the oldest message kept."""
        self._open()
        return KafkaMember(self._connection, self._clock, self._offsets, group, topics, self._lease_seconds)

    def lag(self, group: str, topic: str) -> int:
        """Messages of a topic that the group has not committed yet."""
        self._open()
        places = self._places(topic)
        committed = self._offsets.committed(self._connection.prefix + group, places)
        ends, beginnings = self._offsets.ends(places), self._offsets.beginnings(places)
        if topic.endswith(DEAD):
            # Letters are counted one by one; where nothing has come or gone since, that needn't be done again.
            stand = (topic, group, dict(ends), dict(beginnings), dict(committed))
            known, count = self._counted.get((group, topic), (None, 0))
            if known != stand:
                count = sum(each.offset >= committed.get(places[0], 0) for each in self._letters(topic).values())
                self._counted[group, topic] = stand, count
            return count
        return sum(ends[place] - max(committed.get(place, 0), beginnings[place]) for place in places)

    def browse(self, topic: str, limit: int = 100, newest_first: bool = True) -> Sequence[Received]:
        """Look at messages in the order of publication, or against it, without belonging to a group."""
        self._open()
        if topic.endswith(DEAD):
            found = list(self._letters(topic).values())
        else:
            places = self._places(topic)
            ends, starts = self._offsets.ends(places), dict(self._offsets.beginnings(places))
            if newest_first:
                starts = {place: max(start, ends[place] - limit) for place, start in starts.items()}
            else:
                ends = {place: min(end, starts[place] + limit) for place, end in ends.items()}
            found = [each for _, each in self._read(topic, starts, ends)]
        found.sort(key=lambda each: (each.published_at, each.partition, each.offset), reverse=newest_first)
        return found[:limit]

    def remove(self, topic: str, received: Sequence[Received]) -> None:
        """Take single messages out of a dead-letter topic once they are replayed or dropped.

        Raises:
            InputError: the topic holds no dead letters; its messages leave by retention only.
        """
        if not topic.endswith(DEAD):
            raise InputError(f"{topic} holds no dead letters: only messages of a topic ending in {DEAD} can be removed")
        unwanted = {item.offset for item in received}
        keys = [key for key, letter in self._letters(topic).items() if letter.offset in unwanted]
        now = self._clock.now()
        self._producer.send([removal(key, topic, self._connection.prefix, now) for key in keys])

    def expire(self, before: datetime) -> int:
        """Remove messages published before a moment that every group reading the topic has done; say how many."""
        self._open()
        places = [place for topic in self._consumers for place in self._places(topic)]
        beginnings, ends = self._offsets.beginnings(places), dict(self._offsets.ends(places))
        ends.update(self._offsets.first_since(places, before))
        progress = self._offsets.progress(places)
        for topic, groups in self._consumers.items():
            for place in self._places(topic):
                done = [each[place] for each in progress.values() if place in each]
                done += [0 for group in groups if place not in progress.get(self._connection.prefix + group, {})]
                ends[place] = min([ends[place], *done])
        gone = {place: end for place, end in ends.items() if end > beginnings[place]}
        if gone:
            self._offsets.forget(gone)
        return sum(end - beginnings[place] for place, end in gone.items())

    def close(self) -> None:
        """Let go of connections."""
        self._closed = True
        self._producer.close()
        self._offsets.close()

    def _open(self) -> None:
        if self._closed:
            raise StorageError(f"the connection to Kafka at {self._connection.bootstrap} is closed")

    def _places(self, topic: str) -> list[TopicPartition]:
        name = self._connection.prefix + topic
        return [TopicPartition(name, number) for number in range(self._partitions.get(name, 0))]

    def _letters(self, topic: str) -> dict[bytes, Received]:
        """The dead letters that are still there, oldest first, by the keys of their records."""
        places = self._places(topic)
        living: dict[bytes, Received] = {}
        for record, received in self._read(topic, self._offsets.beginnings(places), self._offsets.ends(places)):
            if record.value is None:
                living.pop(record.key, None)
            else:
                living[record.key] = received
        return living

    def _read(
        self, topic: str, starts: Mapping[TopicPartition, int], ends: Mapping[TopicPartition, int]
    ) -> list[tuple[Any, Received]]:
        """Everything from `starts` up to before `ends`, partition by partition."""
        places = [place for place, start in starts.items() if start < ends[place]]
        found: list[tuple[Any, Received]] = []
        if not places:
            return found
        with self._connection.errors_in_words("be read"):
            reader = self._connection.client(
                KafkaConsumer,
                group_id=None,
                fetch_max_wait_ms=_READ_WAIT_MS,
                retry_backoff_ms=10,
                metrics_enabled=False,
            )
            try:
                reader.assign(places)
                # Otherwise the client learns of the topic only a tenth of a second after its last look.
                reader.bootstrap(timeout_ms=int(self._connection.request_seconds * 1_000), refresh=True)
                for place in places:
                    reader.seek(place, starts[place])
                empty = 0
                while empty < _EMPTY_READS and any(reader.position(place) < ends[place] for place in places):
                    batch = reader.poll(timeout_ms=_READ_MS)
                    empty = 0 if batch else empty + 1
                    for place, records in batch.items():
                        found += [(r, received_from(topic, r)) for r in records if r.offset < ends[place]]
            finally:
                reader.close()
        if empty >= _EMPTY_READS:
            raise StorageError(f"Kafka at {self._connection.bootstrap} doesn't give out {topic}: try again")
        return found
