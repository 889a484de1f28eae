"""Where a test of the bus stands: how time passes there, how members settle and die.

A ground belongs to one test. Its buses are one bus, opened as often as the test likes, as by other processes.
"""

import gc
import threading
import uuid
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, suppress
from datetime import timedelta

from kafka import KafkaAdminClient
from kafka.admin import MemberToRemove
from kafka.structs import MemberState

from adapters.clock import SystemClock
from adapters.kafka_topics import TopicPlan, migrate
from core.errors import StorageError
from core.ports.bus import Bus, Consumer, Received
from core.ports.clock import Clock
from tests.backends import BUSES, kafka_connection
from tests.fakes import FakeClock
from tests.servers.kafka_client import forget_topics

PARTITIONS = 4
PATIENCE = 20.0
"""Seconds after which what should have come long ago counts as lost."""


class Ground(ABC):
    """What both backends are asked. `lease` is the shortest lease in seconds that members can be given."""

    backend: str
    lease: float
    wait: float
    """Seconds that a member waits for what is on its way to it."""

    whole_batches = False
    """Whether a batch is never there by halves, whatever happens to its publisher: more than the port promises."""

    def __init__(self, place: str, clock: FakeClock) -> None:
        self.place = place
        self.clock = clock
        self.time = SystemClock()
        self._opened = ExitStack()

    def open(self, clock: Clock | None = None, **settings: object) -> Bus:
        """One more opening of the bus."""
        bus = BUSES[self.backend](self.place, clock or self.clock, **settings)
        self._opened.callback(bus.close)
        return bus

    def close(self) -> None:
        """Close what was opened."""
        self._opened.close()

    def drained(self, member: Consumer, limit: int = 7, *, commit: bool = True) -> list[Received]:
        """All there is for a member that has its share."""
        everything: list[Received] = []
        ends = self.time.monotonic() + PATIENCE
        while (some := member.poll(limit, self.wait)) or not self.exhausted(member):
            assert len(some) <= limit
            assert self.time.monotonic() < ends, f"{len(everything)} messages came, the rest don't"
            everything += some
            if commit:
                member.commit(some)
        return everything

    def taken(self, member: Consumer, count: int, limit: int = 10) -> list[Received]:
        """So many messages, uncommitted."""
        found: list[Received] = []
        ends = self.time.monotonic() + PATIENCE
        while len(found) < count:
            assert self.time.monotonic() < ends, f"{len(found)} messages came instead of {count}"
            found += member.poll(min(limit, count - len(found)), self.wait)
        return found

    @abstractmethod
    def settle(self, *members: Consumer) -> None:
        """Let the members of one group share the partitions until each has what it shall have; they are given nothing.

        Members that are not named are gone, or have nothing and want nothing.
        """

    @abstractmethod
    def settle_in_one_thread(self, *members: Consumer) -> None:
        """The same before members are polled in turns, where that alone would not get them to agree."""

    @abstractmethod
    def committed(self, bus: Bus, group: str, topic: str) -> Mapping[int, int]:
        """How far a group is done with each partition."""

    @abstractmethod
    def exhausted(self, member: Consumer) -> bool:
        """Whether there is nothing for a member beyond what it was given."""

    @abstractmethod
    def die(self, member: Consumer) -> None:
        """The member's process is gone without a word; its lease goes on."""

    @abstractmethod
    def let_lease_run_out(self) -> None:
        """So much time passes that members that died have lost their partitions."""

    def forward(self, seconds: float) -> None:
        """Time passes for the leases of a backend that lives on the test's clock."""
        self.clock.forward(seconds=seconds)

    @abstractmethod
    def work(self, seconds: float) -> None:
        """Whoever calls is busy for so long with what it polled."""

    @abstractmethod
    def take_for_dead(self, member: Consumer) -> None:
        """The group gives up a member that lives."""


class EmbeddedGround(Ground):
    """One file, and a clock that the test moves."""

    backend = "embedded"
    lease = 10.0
    wait = 0.0
    whole_batches = True

    def settle(self, *members: Consumer) -> None:
        for member in [*members, *members]:  # what one gives up in the first round is taken in the second
            member.poll(0, 0)

    def settle_in_one_thread(self, *members: Consumer) -> None:
        pass

    def committed(self, bus: Bus, group: str, topic: str) -> Mapping[int, int]:
        with bus._file.reading() as connection:
            return dict(
                connection.execute(
                    "SELECT partition, committed FROM shares WHERE team = ? AND topic = ?", (group, topic)
                )
            )

    def exhausted(self, member: Consumer) -> bool:
        return True

    def die(self, member: Consumer) -> None:
        pass

    def let_lease_run_out(self) -> None:
        self.clock.forward(seconds=self.lease)

    def work(self, seconds: float) -> None:
        self.clock.forward(seconds=seconds)

    def take_for_dead(self, member: Consumer) -> None:
        self.let_lease_run_out()


class KafkaGround(Ground):
    """A real broker; members live on their heartbeats, in real time."""

    backend = "kafka"
    lease = 1.5
    wait = 0.02

    def __init__(self, bootstrap: str, clock: FakeClock) -> None:
        super().__init__(f"{bootstrap}/test-{uuid.uuid4().hex}.", clock)
        # The messages of tests are dated by their own clock: what Kafka takes for old must not disappear.
        migrate(kafka_connection(self.place), TopicPlan(partitions=PARTITIONS, retention=timedelta(days=36_500)))

    def open(self, clock: Clock | None = None, **settings: object) -> Bus:
        bus = super().open(clock, **settings)
        join = bus.consumer

        def consumer(group: str, topics: Sequence[str]) -> Consumer:
            member = join(group, topics)
            self._opened.callback(self._close, member)
            return member

        bus.consumer = consumer
        return bus

    def close(self) -> None:
        super().close()
        forget_topics(kafka_connection(self.place))
        gc.collect()  # see `HALF_MADE`

    @staticmethod
    def _close(member: Consumer) -> None:
        with suppress(StorageError):  # it may have died
            member.close()

    def settle(self, *members: Consumer) -> None:
        finished = threading.Event()

        def take_part(member: Consumer) -> None:
            while not finished.is_set():
                member.poll(0, 0.1)

        ends = self.time.monotonic() + PATIENCE
        with ThreadPoolExecutor(len(members)) as pool:
            polling = [pool.submit(take_part, member) for member in members]
            try:
                while not self._settled(members):
                    assert self.time.monotonic() < ends, f"no agreement: {[m._consumer.assignment() for m in members]}"
                    self.time.sleep(0.01)
            finally:
                finished.set()
        for each in polling:
            each.result()

    def settle_in_one_thread(self, *members: Consumer) -> None:
        self.settle(*members)

    def _settled(self, members: Sequence[Consumer]) -> bool:
        consumers = [member._consumer for member in members]
        shares = [place for each in consumers for place in each.assignment()]
        topics = set().union(*(each.subscription() for each in consumers))
        return (
            all(self._at_rest(member) for member in members)
            and len({each.group_metadata().generation_id for each in consumers}) == 1
            and len(shares) == len(set(shares)) == len(topics) * PARTITIONS
        )

    @staticmethod
    def _at_rest(member: Consumer) -> bool:
        consumer = member._consumer
        return consumer.group_metadata().state == MemberState.STABLE and not consumer._coordinator.need_rejoin()

    def committed(self, bus: Bus, group: str, topic: str) -> Mapping[int, int]:
        prefix = kafka_connection(self.place).prefix
        found = bus._offsets.committed(prefix + group, bus._places(topic))
        return {place.partition: offset for place, offset in found.items()}

    def exhausted(self, member: Consumer) -> bool:
        if not self._at_rest(member) or any(member._buffers.values()):
            return False
        ends = member._offsets.ends(sorted(member._consumer.assignment()))
        return all(member._consumer.position(place) == end for place, end in ends.items())

    def die(self, member: Consumer) -> None:
        member._consumer._client.close()

    def let_lease_run_out(self) -> None:
        """Whoever settles waits until the brokers have noticed."""

    def work(self, seconds: float) -> None:
        self.time.sleep(seconds)

    def take_for_dead(self, member: Consumer) -> None:
        metadata = member._consumer.group_metadata()
        with closing(kafka_connection(self.place).client(KafkaAdminClient)) as admin:
            admin.remove_group_members(metadata.group_id, [MemberToRemove(member_id=metadata.member_id)])
