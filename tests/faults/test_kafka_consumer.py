"""Members of a group on Kafka through every fault that a client, a line or a broker can have."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager

import msgspec
import pytest
from kafka import KafkaAdminClient, KafkaProducer
from kafka.admin import MemberToRemove
from kafka.future import Future
from kafka.structs import OffsetAndMetadata

from adapters.bus_kafka import KafkaBus
from adapters.kafka_connection import KafkaConnection
from core.errors import StorageError
from core.events import DRAFTS, MENTIONS_RAW, SENTIMENT
from core.ports.bus import Consumer, Message, Received
from tests.fakes import FakeClock
from tests.faults.lines import CLOCK, FAULTS
from tests.servers.kafka import KafkaBroker
from tests.servers.kafka_client import HALF_MADE
from tests.servers.proxy import Proxy

pytestmark = HALF_MADE
PARTITIONS = 2


def messages(start: int, count: int = 50) -> list[Message]:
    return [Message(MENTIONS_RAW, f"key {n % 7}", b"%d" % n) for n in range(start, start + count)]


class Reader:
    """A service in its thread: it polls and commits, and after an error it joins anew."""

    def __init__(self, bus: KafkaBus) -> None:
        self.got: list[Received] = []
        self.longest = 0.0
        self._bus = bus
        self._finished = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        member: Consumer | None = None
        while not self._finished.is_set():
            since = CLOCK.monotonic()
            try:
                member = member or self._bus.consumer(SENTIMENT, [MENTIONS_RAW])
                some = member.poll(20, 0.1)
                self.got += some
                member.commit(some)
            except StorageError:
                if member:
                    member.close()
                member = None
            self.longest = max(self.longest, CLOCK.monotonic() - since)
        if member:
            member.close()

    def finish(self) -> None:
        self._finished.set()
        self._thread.join(30)
        assert not self._thread.is_alive()


def put_out(connection: KafkaConnection, member: Consumer) -> None:
    """The group gives up a member that lives."""
    metadata = member._consumer.group_metadata()
    admin = connection.client(KafkaAdminClient)
    admin.remove_group_members(metadata.group_id, [MemberToRemove(member_id=metadata.member_id)])
    admin.close()


def members(connection: KafkaConnection, member: Consumer) -> int:
    """How many the group of a member has, those that are waiting to be given a share among them."""
    group = member._consumer.group_metadata().group_id
    with closing(connection.client(KafkaAdminClient)) as admin:
        return len(admin.describe_groups([group])[group]["members"])


@contextmanager
def polled(some: Sequence[Consumer]) -> Iterator[None]:
    """Each of some members is polled in a thread of its own meanwhile, and given nothing."""
    halt = threading.Event()

    def keep_polling(member: Consumer) -> None:
        while not halt.is_set():
            member.poll(0, 0.1)

    threads = [threading.Thread(target=keep_polling, args=(member,)) for member in some]
    for each in threads:
        each.start()
    try:
        yield
    finally:
        halt.set()
        for each in threads:
            each.join()


def poll_often(member: Consumer, clock: FakeClock) -> None:
    for _ in range(30):
        clock.forward(seconds=4)
        member.poll(10, 0.2)


def in_order(got: Sequence[Received]) -> bool:
    firsts = [int(value) for value in dict.fromkeys(item.value for item in got)]
    return all(keys == sorted(keys) for keys in ([n for n in firsts if n % 7 == key] for key in range(7)))


@pytest.mark.parametrize("fault", FAULTS)
def test_members_go_on_by_themselves_whatever_happens_to_the_line(
    disturbed: KafkaBus, bus: KafkaBus, kafka_proxy: Proxy, fault: str
) -> None:
    reader = Reader(disturbed)
    published = 0
    for _ in range(2):
        for _ in range(10):
            bus.publish(messages(published))
            published += 50
        FAULTS[fault](kafka_proxy)
    ends = CLOCK.monotonic() + 30
    while bus.lag(SENTIMENT, MENTIONS_RAW):
        assert CLOCK.monotonic() < ends, f"{len(reader.got)} of {published} came"
        CLOCK.sleep(0.05)
    reader.finish()
    assert {int(item.value) for item in reader.got} == set(range(published))
    assert in_order(reader.got)
    assert reader.longest < 15


def test_members_go_on_when_the_broker_comes_back(bus: KafkaBus, kafka: KafkaBroker) -> None:
    reader = Reader(bus)
    bus.publish(messages(0))
    kafka.kill()
    kafka.start()
    while True:
        try:
            bus.publish(messages(50))
            break
        except StorageError:
            continue
    ends = CLOCK.monotonic() + 30
    while {int(item.value) for item in reader.got} != set(range(100)):
        assert CLOCK.monotonic() < ends
        CLOCK.sleep(0.05)
    reader.finish()


def test_a_member_that_silently_gets_nothing_is_noticed(connection: KafkaConnection, bus: KafkaBus) -> None:
    clock = FakeClock()
    silent = KafkaBus(connection, clock)
    member = silent.consumer(SENTIMENT, [MENTIONS_RAW])
    while not member._consumer.assignment():
        member.poll(10, 0.1)
    # A client that has lost its way, whatever the reason: it is joined and healthy and gives nothing.
    member._consumer.poll = lambda **_: {}
    bus.publish(messages(0))
    clock.forward(seconds=11)
    assert member.poll(10, 0.1) == []
    clock.forward(seconds=5)
    assert member.poll(10, 0.1) == []
    clock.forward(seconds=6)
    with pytest.raises(StorageError, match="has messages that don't come"):
        member.poll(10, 0.1)
    member.close()
    silent.close()


def test_a_member_that_has_nothing_to_get_may_wait_for_ever(connection: KafkaConnection) -> None:
    clock = FakeClock()
    bus = KafkaBus(connection, clock)
    bus.publish(messages(0))
    member = bus.consumer(SENTIMENT, [MENTIONS_RAW])
    got = 0
    while got < 50:
        got += len(member.poll(10, 1))
    for _ in range(3):
        clock.forward(seconds=11)
        assert member.poll(10, 0.05) == []
    idle = bus.consumer(SENTIMENT, [MENTIONS_RAW])
    for _ in range(2):
        clock.forward(seconds=11)
        assert idle.poll(10, 0.05) == []
    idle.close()
    member.close()
    bus.close()


def test_a_group_that_never_comes_to_share_its_partitions_is_joined_anew(
    connection: KafkaConnection, bus: KafkaBus
) -> None:
    busy = bus.consumer(SENTIMENT, [MENTIONS_RAW])
    while not busy._consumer.assignment():
        busy.poll(0, 0.1)
    clock = FakeClock()
    other = KafkaBus(connection, clock)
    waiting = other.consumer(SENTIMENT, [MENTIONS_RAW])
    clock.forward(seconds=200)
    assert waiting.poll(10, 0) == []
    clock.forward(seconds=111)
    with pytest.raises(StorageError, match="doesn't come to share its partitions"):
        waiting.poll(10, 0)
    for each in (waiting, other, busy):
        each.close()


def test_a_member_without_a_broker_says_so_in_bounded_time(
    connection: KafkaConnection, kafka_proxy: Proxy, bus: KafkaBus
) -> None:
    clock = FakeClock()
    far = KafkaBus(msgspec.structs.replace(connection, bootstrap=kafka_proxy.address), clock)
    member = far.consumer(SENTIMENT, [MENTIONS_RAW])
    member.poll(10, 1)
    kafka_proxy.blackhole()
    since = CLOCK.monotonic()
    with pytest.raises(StorageError, match="doesn't answer"):
        poll_often(member, clock)
    assert CLOCK.monotonic() - since < 20
    since = CLOCK.monotonic()
    member.close()
    far.close()
    assert CLOCK.monotonic() - since < 6


def test_a_member_that_was_put_out_while_it_was_joining_joins_anew(connection: KafkaConnection, bus: KafkaBus) -> None:
    """The client would hold on to partitions that others have by then, and put the group's offsets back."""
    first, second = (bus.consumer(SENTIMENT, [MENTIONS_RAW]) for _ in range(2))
    with polled([first, second]):
        while not (first._consumer.assignment() and second._consumer.assignment()):
            CLOCK.sleep(0.02)
    third = bus.consumer(SENTIMENT, [MENTIONS_RAW])
    third.poll(10, 0)  # from now on the group waits for the others to come again
    while not first._consumer._coordinator.need_rejoin():
        CLOCK.sleep(0.02)
    assert first.poll(10, 0) == []  # it waits too, for the second
    put_out(connection, first)
    with pytest.raises(StorageError, match="joined anew"):
        poll_often(first, FakeClock())
    for each in (first, second, third):
        each.close()


def test_no_partition_is_left_to_nobody_when_several_members_were_put_out(
    connection: KafkaConnection, bus: KafkaBus
) -> None:
    bus.publish(messages(0))
    once: list[Consumer] = []
    for _ in range(2):  # each has had all partitions, and lost them
        member = bus.consumer(SENTIMENT, [MENTIONS_RAW])
        while len(member._consumer.assignment()) < PARTITIONS:
            member.poll(0, 0.1)
        put_out(connection, member)
        while not member._consumer._coordinator.need_rejoin():
            CLOCK.sleep(0.02)
        once.append(member)
    between = bus.consumer(SENTIMENT, [MENTIONS_RAW])
    while not between._consumer.assignment():
        between.poll(0, 0.1)
    with polled(once):
        ends = CLOCK.monotonic() + 20
        while members(connection, once[0]) < 3:  # the group waits for the one in between, which goes
            CLOCK.sleep(0.02)
        between.close()
        while sum(len(member._consumer.assignment()) for member in once) < PARTITIONS:
            assert CLOCK.monotonic() < ends, "partitions are left to nobody"
            CLOCK.sleep(0.02)
    for member in once:
        member.close()


def test_a_partition_that_comes_back_begins_where_the_group_stands_now(
    connection: KafkaConnection, bus: KafkaBus
) -> None:
    member = bus.consumer(SENTIMENT, [MENTIONS_RAW])
    while not member._consumer.assignment():
        member.poll(0, 0.1)
    places = member._consumer.assignment()
    # The client keeps an answer that comes after the poll that wanted it, and takes it for that to a later question.
    late = Future().success({place: OffsetAndMetadata(0, "", -1) for place in places})
    member._consumer._coordinator._offset_fetch_futures[frozenset(places)] = late
    put_out(connection, member)
    while not member._consumer._coordinator.need_rejoin():
        CLOCK.sleep(0.02)
    bus.publish(messages(0))
    other = bus.consumer(SENTIMENT, [MENTIONS_RAW])
    done: list[Received] = []
    while len(done) < 50:
        done += other.poll(50, 0.5)
    other.commit(done)
    other.close()
    bus.publish(messages(50, 1))
    got: list[Received] = []
    while not got:
        got += member.poll(10, 1)
    assert [item.value for item in got] == [b"50"]
    member.close()


def test_what_other_programs_wrote_does_not_stop_a_partition(connection: KafkaConnection, bus: KafkaBus) -> None:
    foreign = connection.client(KafkaProducer, acks="all")
    topic = connection.prefix + MENTIONS_RAW
    foreign.send(topic, key=b"\xff\xfe", value=b"unreadable key", partition=0)
    foreign.send(topic, key=None, value=b"no key", partition=0)
    foreign.send(topic, key=b"deleted", value=None, partition=0)
    foreign.send(topic, key=b"a", value=b"fine", headers=[("key", b"\xff")], partition=0).get(timeout=5)
    foreign.close()
    member = bus.consumer(SENTIMENT, [MENTIONS_RAW])
    got: list[Received] = []
    while len(got) < 4:
        got += member.poll(10, 1)
    assert [item.value for item in got] == [b"unreadable key", b"no key", b"", b"fine"]
    assert [item.key for item in got] == ["\\xff\\xfe", "", "deleted", "a"]
    member.commit(got)
    assert bus.lag(SENTIMENT, MENTIONS_RAW) == 0
    member.close()


def test_nothing_is_left_behind_where_no_broker_answers(connection: KafkaConnection, kafka_proxy: Proxy) -> None:
    kafka_proxy.blackhole()
    unreachable = msgspec.structs.replace(connection, bootstrap=kafka_proxy.address, request_seconds=0.3)
    for _ in range(2):
        with pytest.raises(StorageError, match="doesn't answer"):
            KafkaBus(unreachable, CLOCK)


def test_everything_is_let_go_of_when_members_and_bus_are_closed(connection: KafkaConnection) -> None:
    bus = KafkaBus(connection, CLOCK)
    bus.publish([Message(DRAFTS, "a", b"a")])
    bus.browse(DRAFTS)
    never_polled, polled = (bus.consumer(SENTIMENT, [MENTIONS_RAW]) for _ in range(2))
    polled.poll(10, 0.1)
    since = CLOCK.monotonic()
    for each in (never_polled, polled):
        each.close()
        each.close()
    bus.close()
    bus.close()
    assert CLOCK.monotonic() - since < 2
