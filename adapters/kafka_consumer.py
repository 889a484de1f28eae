"""Members of a consumer group on Kafka: the brokers say who owns which partition, and we in which order we read.

Kafka gives out one partition's messages after the other's. Here they are merged by the time of their publication: a
backlog that is worked off in the order in which it came spares the next stage mentions that seem hours late.

Partitions are shared cooperatively: whoever keeps a partition goes on with it as if nothing had happened, and is not
given again what it has in hand. What kafka-python gets wrong about that is made up for here: it begins anew with a join
that ends between two polls, tells nobody when the group puts a member out that is just joining, lets one that was put
out claim what it had, begins partitions that come back with answers of long ago, and loses its place in those that are
paused and go on.
"""

from collections import deque
from collections.abc import Iterable, Sequence

import structlog
from kafka import ConsumerRebalanceListener, KafkaConsumer, TopicPartition
from kafka import errors as kafka_errors
from kafka.coordinator.assignors.cooperative_sticky import CooperativeStickyAssignor
from kafka.structs import MemberState, OffsetAndMetadata

from adapters.kafka_connection import KafkaConnection
from adapters.kafka_offsets import Offsets
from adapters.kafka_records import oldest_first, received_from
from core.errors import StorageError
from core.ports.bus import Received
from core.ports.clock import Clock

_AT_ONCE = 5_000
_ENOUGH, _MOST = 2_000, 20_000
"""Messages in hand, beyond which no more are taken, and where a partition of which none is here is waited for."""

_HEARTBEAT_MS = 300
"""Also how long it may take until a member hears that another has come or gone."""

_FETCH_BYTES = 512 * 1024
_FETCH_WAIT_MS = 250
_STEP_SECONDS = 300.0
"""How long one step may take before the group takes a member for dead."""

_LEAVE_SECONDS = 2.0
_MORE_POLLS, _MORE_MS = 10, 10
_JOIN_MS = 500
_LOOK_SECONDS = 10.0
"""How long nothing comes before a member asks whether there really is nothing."""

log = structlog.get_logger(__name__)


class KafkaMember(ConsumerRebalanceListener):
    """Answers the `Consumer` port. One thread uses it at a time.

    Args:
        connection: where Kafka is.
        clock: tells how long nothing has come.
        offsets: asked then whether there really is nothing.
        group: the group, without the prefix.
        topics: the topics, without the prefix.
        lease_seconds: how long a member that gives no sign of life keeps its partitions.

    Raises:
        ConfigurationError: Kafka refuses us.
        StorageError: Kafka doesn't answer.
    """

    def __init__(  # noqa: PLR0917 - only the bus makes one
        self,
        connection: KafkaConnection,
        clock: Clock,
        offsets: Offsets,
        group: str,
        topics: Sequence[str],
        lease_seconds: float,
    ) -> None:
        super().__init__()
        self._connection = connection
        self._clock = clock
        self._offsets = offsets
        self._buffers: dict[TopicPartition, deque[Received]] = {}
        self._given: dict[TopicPartition, int] = {}
        self._done: dict[TopicPartition, int] = {}
        self._committed: dict[TopicPartition, int] = {}
        self._new: set[TopicPartition] = set()
        self._member = ""
        self._behind: dict[TopicPartition, int] = {}
        self._heard_at = self._joined_at = clock.monotonic()
        self._closed = False
        self._group = connection.prefix + group
        self._assignor = CooperativeStickyAssignor()
        lease = int(lease_seconds * 1_000)
        self._consumer = connection.client(
            KafkaConsumer,
            group_id=self._group,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            partition_assignment_strategy=[self._assignor],
            session_timeout_ms=lease,
            heartbeat_interval_ms=min(_HEARTBEAT_MS, lease // 10),
            max_poll_interval_ms=int(_STEP_SECONDS * 1_000),
            max_partition_fetch_bytes=_FETCH_BYTES,
            fetch_max_wait_ms=_FETCH_WAIT_MS,
            allow_auto_create_topics=False,
            metrics_enabled=False,
        )
        try:
            with connection.errors_in_words("give out messages"):
                self._consumer.subscribe([connection.prefix + topic for topic in dict.fromkeys(topics)], listener=self)
                # Without knowing the partitions, the first member of a group would share out none at first.
                self._consumer.bootstrap(timeout_ms=int(connection.request_seconds * 1_000), refresh=True)
        except BaseException:
            self.close()
            raise

    def poll(self, limit: int, timeout: float) -> Sequence[Received]:
        """Up to `limit` messages not yet given out to this member, waiting at most `timeout` seconds for the first.

        While the partitions are being shared anew it gives none, and takes half a second longer.

        Raises:
            StorageError: Kafka doesn't answer, or gives nothing though there is something; join anew.
        """
        if self._closed:
            return []
        with self._connection.errors_in_words("give out messages"):
            self._take_in(0 if any(self._buffers.values()) else int(timeout * 1_000))
            if not self._joined():
                self._take_in(_JOIN_MS)
            found = []
            if self._joined():
                self._joined_at = self._clock.monotonic()
                self._begin()
                found = self._fairly(limit)
        self._note_done()
        if found:
            self._heard_at = self._clock.monotonic()
            self._behind = {}
        elif self._clock.monotonic() - self._heard_at > _LOOK_SECONDS:
            self._look()
        return found

    def commit(self, received: Sequence[Received]) -> None:
        """These and all earlier ones of their partitions are done. Ignored for partitions lost meanwhile.

        Raises:
            StorageError: Kafka doesn't answer.
        """
        for item in received:
            place = self._place(item)
            if item.offset <= self._given.get(place, -1):
                self._done[place] = max(item.offset + 1, self._done.get(place, 0))
        self._note_done()

    def close(self) -> None:
        """Leave the group at once, so that the others take over without waiting."""
        if self._closed:
            return
        self._closed = True
        try:
            self._consumer.close(timeout_ms=int(_LEAVE_SECONDS * 1_000))
        except (kafka_errors.KafkaError, OSError, RuntimeError) as error:
            log.warning("member_left_in_disorder", reason=str(error))
            self._consumer._client.close()  # noqa: SLF001 - close() stopped half way, with threads and sockets left

    def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        """What was fetched of a partition and not given out belongs to its next owner."""
        for place in revoked:
            for held in (self._buffers, self._given, self._done, self._committed, self._behind):
                held.pop(place, None)
            self._new.discard(place)

    def on_partitions_lost(self, lost: Iterable[TopicPartition]) -> None:
        """The group took this member for dead; it joins as a new one, and claims nothing.

        A partition that two members claim is given to neither until one of them lets go of it: if both have lost it,
        neither does.
        """
        self._member = ""
        self._assignor.member_assignment = None
        self.on_partitions_revoked(lost)

    def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """A new partition begins where the group stands."""
        self.on_partitions_revoked(assigned)
        self._new.update(assigned)

    def _take_in(self, timeout_ms: int, enough: int = _ENOUGH) -> None:
        """Let the client work, and take what it has unless enough is here: it wants to be asked for one at least.

        (It could be told to pause partitions instead, but forgets what it had fetched of one that goes on.)
        """
        held = self._consumer.assignment()
        here = sum(map(len, self._buffers.values()))
        records_wanted = _AT_ONCE if here < enough else 1
        for place, records in self._consumer.poll(timeout_ms=timeout_ms, max_records=records_wanted).items():
            topic = place.topic.removeprefix(self._connection.prefix)
            self._buffers.setdefault(place, deque()).extend(received_from(topic, record) for record in records)
        member = self._consumer.group_metadata().member_id
        if member and self._member not in {member, ""} and held & self._consumer.assignment():
            # The client tells of it unless it happens while it is joining: it then holds on to what others have now.
            raise StorageError("the group took this member for dead while it was joining: the group is joined anew")
        self._member = member or self._member

    def _place(self, item: Received) -> TopicPartition:
        return TopicPartition(self._connection.prefix + item.topic, item.partition)

    def _note_done(self) -> None:
        """Commit what is done. What is refused because partitions are being shared anew is tried again afterwards."""
        owed = {place: offset for place, offset in self._done.items() if offset > self._committed.get(place, 0)}
        if not owed or self._closed:
            return
        with self._connection.errors_in_words("note what is done"):
            try:
                self._consumer.commit(
                    {place: OffsetAndMetadata(offset, "", -1) for place, offset in owed.items()},
                    timeout_ms=int(self._connection.request_seconds * 1_000),
                )
            except _SHARED_ANEW as error:
                log.info("commit_postponed", reason=str(error))
            else:
                self._committed.update(owed)

    def _joined(self) -> bool:
        """Whether the partitions are shared out.

        The client begins anew with a join that ends between two polls, and sends no heartbeats meanwhile. So a join
        under way is waited for in the poll, and no work is given out that would keep us from the next one.
        """
        return bool(self._consumer.group_metadata().state == MemberState.STABLE)

    def _begin(self) -> None:
        """Begin with new partitions where the group stands.

        The client does so itself, but it keeps an answer that comes after the poll that wanted it, and takes it for the
        one to a later question: a partition that comes back would begin where the group stood long ago.
        """
        stands = self._offsets.committed(self._group, list(self._new)) if self._new else {}
        for place, offset in stands.items():
            self._committed[place] = offset
            buffer = self._buffers.get(place)
            if offset != (buffer[0].offset if buffer else self._consumer.position(place, timeout_ms=_MORE_MS)):
                self._consumer.seek(place, offset)
                self._buffers.pop(place, None)
        self._new.clear()

    def _fairly(self, limit: int) -> list[Received]:
        """The oldest of all partitions; those of which nothing is here yet are waited for a moment."""
        for _ in range(_MORE_POLLS):
            if not any(self._buffers.values()) or not self._hungry():
                break
            self._take_in(_MORE_MS, _MOST)
        found = oldest_first(self._buffers, limit)
        self._given.update((self._place(item), item.offset) for item in found)
        return found

    def _hungry(self) -> bool:
        """Whether a partition has messages of which none are here yet."""
        for place in self._consumer.assignment():
            if self._buffers.get(place):
                continue
            end, position = self._consumer.highwater(place), self._consumer.position(place, timeout_ms=_MORE_MS)
            if end is None or position is None or position < end:
                return True
        return False

    def _look(self) -> None:
        """Ask the brokers whether there really is nothing: a silent client may have lost its way."""
        self._heard_at = now = self._clock.monotonic()
        assigned = list(self._consumer.assignment()) if self._joined() else []
        wanted = list(self._consumer.subscription() or ())
        if missing := set(wanted) - self._offsets.partitions(wanted).keys():
            raise StorageError(
                f"Kafka at {self._connection.bootstrap} lacks {', '.join(sorted(missing))}: run `sixminute migrate`"
            )
        ends = self._offsets.ends(assigned)
        if now - self._joined_at > _STEP_SECONDS + _LOOK_SECONDS:
            raise StorageError("the group doesn't come to share its partitions: it is joined anew")
        behind = {
            place: position
            for place in assigned
            if (position := self._consumer.position(place, timeout_ms=_MORE_MS)) is not None and position < ends[place]
        }
        if stuck := [place for place, position in behind.items() if self._behind.get(place) == position]:
            raise StorageError(
                f"{stuck[0].topic}-{stuck[0].partition} has messages that don't come: the group is joined anew"
            )
        self._behind = behind


_SHARED_ANEW = (
    kafka_errors.CommitFailedError,
    kafka_errors.IllegalGenerationError,
    kafka_errors.RebalanceInProgressError,
    kafka_errors.UnknownMemberIdError,
)
