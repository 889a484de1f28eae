"""How far topics and groups have come, asked of the brokers."""

import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

import stamina
from kafka import KafkaAdminClient, TopicPartition
from kafka import errors as kafka_errors
from kafka.admin import OffsetSpec

from adapters.kafka_connection import KafkaConnection
from adapters.kafka_records import milliseconds

_ATTEMPTS = 8
_CONSUMING = ("consumer", "")
"""The kinds of groups that read topics: with members, and without any at the moment."""

_Answer = TypeVar("_Answer")


class Offsets:
    """Answers from one admin client, which is made anew after an error. Any thread may ask.

    Questions that fail for the moment (a coordinator that is moving, a leader being chosen) are asked again for some
    seconds.
    """

    def __init__(self, connection: KafkaConnection) -> None:
        self._connection = connection
        self._admin: KafkaAdminClient | None = None
        self._one_at_a_time = threading.Lock()

    def partitions(self, topics: Sequence[str]) -> Mapping[str, int]:
        """How many partitions each topic has; one that isn't there has none.

        Raises:
            ConfigurationError: Kafka refuses us.
            StorageError: Kafka doesn't answer.
        """
        return self._ask(lambda admin: _partitions(admin.describe_topics(list(topics))))

    def ends(self, partitions: Sequence[TopicPartition]) -> Mapping[TopicPartition, int]:
        """The offset that the next message of each partition will have."""
        return self._spec(dict.fromkeys(partitions, OffsetSpec.LATEST))

    def beginnings(self, partitions: Sequence[TopicPartition]) -> Mapping[TopicPartition, int]:
        """The oldest offset that is kept of each partition."""
        return self._spec(dict.fromkeys(partitions, OffsetSpec.EARLIEST))

    def first_since(self, partitions: Sequence[TopicPartition], since: datetime) -> Mapping[TopicPartition, int]:
        """The first offset published at or after a moment; partitions without one are left out."""
        stamp = milliseconds(since)
        return {place: at for place, at in self._spec(dict.fromkeys(partitions, stamp)).items() if at >= 0}

    def committed(self, group: str, partitions: Sequence[TopicPartition]) -> Mapping[TopicPartition, int]:
        """The offset from which a group goes on; partitions of which it has done nothing are left out."""
        found = self._ask(lambda admin: admin.list_group_offsets({group: list(partitions)}))
        return {place: meta.offset for place, meta in found.get(group, {}).items() if meta.offset >= 0}

    def progress(self, partitions: Sequence[TopicPartition]) -> Mapping[str, Mapping[TopicPartition, int]]:
        """The offset from which each group goes on, for those of the partitions whose topic it reads.

        All groups are asked for, those of other programs too. A group reads a topic where one of its members has a
        partition of it or where it has done anything.
        """
        groups = self._ask(lambda admin: admin.list_groups())
        names = [group["group_id"] for group in groups if group["protocol_type"] in _CONSUMING]
        if not names:
            return {}
        asked = {name: list(partitions) for name in names}
        members = self._ask(lambda admin: admin.describe_groups(names))
        committed = self._ask(lambda admin: admin.list_group_offsets(asked))
        progress = {}
        for name in names:
            done = {place: meta.offset for place, meta in committed[name].items() if meta.offset >= 0}
            read = {place.topic for place in [*done, *_held(members[name])]}
            progress[name] = {place: done.get(place, 0) for place in partitions if place.topic in read}
        return progress

    def forget(self, before: Mapping[TopicPartition, int]) -> None:
        """Remove the messages before an offset of each partition for good."""
        self._ask(lambda admin: admin.delete_records(dict(before)))

    def close(self) -> None:
        """Let go of the connections."""
        with self._one_at_a_time:
            self._drop()

    def _spec(self, specs: Mapping[TopicPartition, Any]) -> Mapping[TopicPartition, int]:
        if not specs:
            return {}
        found = self._ask(lambda admin: admin.list_partition_offsets(dict(specs)))
        return {place: answer.offset for place, answer in found.items()}

    def _ask(self, question: Callable[[KafkaAdminClient], _Answer]) -> _Answer:
        with self._one_at_a_time, self._connection.errors_in_words("be asked"):
            for attempt in stamina.retry_context(
                on=_passing, attempts=_ATTEMPTS, timeout=self._connection.request_seconds, wait_initial=0.05, wait_max=1
            ):
                with attempt:
                    if self._admin is None:
                        self._admin = self._connection.client(KafkaAdminClient)
                    try:
                        return question(self._admin)
                    except BaseException:
                        self._drop()
                        raise
        raise AssertionError("unreachable: the last attempt raises")

    def _drop(self) -> None:
        if self._admin is not None:
            admin, self._admin = self._admin, None
            admin.close()


def _partitions(topics: Sequence[Mapping[str, Any]]) -> Mapping[str, int]:
    found = {}
    for topic in topics:
        error = kafka_errors.for_code(topic["error_code"])
        if error is kafka_errors.NoError:
            found[topic["name"]] = len(topic["partitions"])
        elif error is not kafka_errors.UnknownTopicOrPartitionError:
            raise error(topic["name"])
    return found


def _held(group: Mapping[str, Any]) -> set[TopicPartition]:
    """The partitions that the members of a group have; whoever is still joining has none."""
    assignments = [member["member_assignment"] for member in group["members"]]
    return {
        TopicPartition(share["topic"], number)
        for assignment in assignments
        if isinstance(assignment, dict)
        for share in assignment["assigned_partitions"]
        for number in share["partitions"]
    }


def _passing(error: Exception) -> bool:
    """Whether an error may be over in a moment. A leader that nobody knows is one that is being chosen."""
    return isinstance(error, kafka_errors.UnknownBrokerIdError) or getattr(error, "retriable", False)
