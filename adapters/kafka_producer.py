"""Messages on their way to Kafka, through a producer that is made anew whenever it may have gone bad.

Two faults of the client are guarded against. Its sender can wedge, for example where metadata names a leader that is
missing from the list of brokers: messages then wait for ever, beyond their delivery timeout. And a fatal error of an
idempotent producer sticks to it: every later message fails too. Both end the same way here: a message that has not
been acknowledged in time, for whatever reason, costs the producer its place, and the next call makes a new one.
"""

import threading
from collections.abc import Sequence
from typing import Any

import structlog
from kafka import KafkaProducer
from kafka import errors as kafka_errors

from adapters.kafka_connection import KafkaConnection
from adapters.kafka_records import LARGEST, Record
from core.errors import StorageError
from core.ports.clock import Clock

_LINGER_MS = 5
_BATCH_BYTES = 128 * 1024
_END_SECONDS = 1.0
_WEDGED_SECONDS = 2.0
"""How much longer than its delivery timeout a message may wait before the sender counts as wedged."""

log = structlog.get_logger(__name__)


class Producer:
    """Sends records and waits until the brokers have them all. Any thread may send.

    Args:
        connection: where Kafka is.
        clock: measures how long a message waits.
    """

    def __init__(self, connection: KafkaConnection, clock: Clock) -> None:
        self._connection = connection
        self._clock = clock
        self._producer: KafkaProducer = None
        self._lock = threading.Lock()
        self._closed = False
        self.rebuilt = 0
        """How many times a producer was given up."""

    def send(self, records: Sequence[Record]) -> None:
        """Send all, and wait for the acknowledgement of all in-sync replicas.

        Raises:
            StorageError: not all are there for sure; some may be. Send them all again.
            ConfigurationError: Kafka refuses us.
        """
        producer = self._current()
        try:
            with self._connection.errors_in_words("take messages"):
                waiting = [self._hand_over(producer, record) for record in records]
                patience = self._connection.delivery_seconds + _WEDGED_SECONDS
                ends = self._clock.monotonic() + patience
                for future in waiting:
                    future.get(timeout=max(0.0, ends - self._clock.monotonic()))
        except Exception as error:
            self._give_up(producer, error)
            raise

    def close(self) -> None:
        """Let go of the connections."""
        with self._lock:
            self._closed = True
            producer, self._producer = self._producer, None
        if producer is not None:
            _end(producer)

    @staticmethod
    def _hand_over(producer: KafkaProducer, record: Record) -> Any:
        return producer.send(
            record.topic,
            value=record.value,
            key=record.key,
            headers=record.headers,
            partition=record.partition,
            timestamp_ms=record.at,
        )

    def _current(self) -> KafkaProducer:
        with self._lock:
            if self._closed:
                raise StorageError(f"the connection to Kafka at {self._connection.bootstrap} is closed")
            if self._producer is None:
                self._producer = self._made()
            return self._producer

    def _made(self) -> KafkaProducer:
        return self._connection.client(
            KafkaProducer,
            acks="all",
            enable_idempotence=True,
            # The client puts back what failed in the order of failing: two batches on their way could change places.
            max_in_flight_requests_per_connection=1,
            delivery_timeout_ms=int(self._connection.delivery_seconds * 1_000),
            max_block_ms=int(self._connection.delivery_seconds * 1_000),
            linger_ms=_LINGER_MS,
            batch_size=_BATCH_BYTES,
            max_request_size=LARGEST + _BATCH_BYTES,
            allow_auto_create_topics=False,
            metrics_enabled=False,
        )

    def _give_up(self, producer: KafkaProducer, error: Exception) -> None:
        """Put another producer in the place of one that failed; whoever still waits on it fails too and repeats."""
        with self._lock:
            if self._producer is not producer:
                return
            self._producer = None
            self.rebuilt += 1
        log.warning("producer_given_up", reason=str(error))
        _end(producer)


def _end(producer: KafkaProducer) -> None:
    """Let go of a producer at once; whoever waits for one of its messages is told that it failed.

    `close` alone would give up half way where messages are waiting, with the sender still at work: it would bring them
    long after they were published again.
    """
    sender = producer._sender  # noqa: SLF001
    sender.force_close()
    sender.join(_END_SECONDS)
    try:
        producer.close(timeout=0)
    except kafka_errors.KafkaError as error:
        log.warning("producer_left_in_disorder", reason=str(error))
