"""What every bus must do. The clock that dates messages stands still unless a test moves it."""

import threading
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from adapters.clock import SystemClock
from core.errors import BackPressureError, InputError, StorageError
from core.events import ALERTING, ALERTS, DRAFTS, ESCALATION, MENTIONS_RAW, MENTIONS_SCORED, RESPONDING, SENTIMENT
from core.ports.bus import Bus, Message, Received
from tests.contract.grounds import PARTITIONS, Ground
from tests.fakes import MONDAY, FakeClock
from tests.servers.kafka_client import HALF_MADE

pytestmark = HALF_MADE

KEYS = [f"key-{number}" for number in range(12)]
DEAD = f"{MENTIONS_RAW}.dead"


def messages(topic: str = MENTIONS_RAW, rounds: int = 5, keys: Sequence[str] = KEYS) -> list[Message]:
    return [Message(topic, key, f"{key} {number}".encode()) for number in range(rounds) for key in keys]


def values(received: Sequence[Received]) -> list[bytes]:
    return sorted(item.value for item in received)


def test_messages_come_as_they_were_put_and_in_order_within_a_key(bus: Bus, ground: Ground) -> None:
    put = messages()
    bus.publish(put)
    got = ground.drained(bus.consumer(SENTIMENT, [MENTIONS_RAW]))
    by_key: dict[str, list[bytes]] = defaultdict(list)
    for item in got:
        assert item.topic == MENTIONS_RAW
        assert item.published_at == MONDAY
        by_key[item.key].append(item.value)
    assert by_key == {key: [message.value for message in put if message.key == key] for key in KEYS}


def test_every_group_gets_everything(bus: Bus, ground: Ground) -> None:
    put = messages(MENTIONS_SCORED)
    bus.publish(put)
    for group in (ALERTING, RESPONDING):
        assert values(ground.drained(bus.consumer(group, [MENTIONS_SCORED]))) == sorted(
            message.value for message in put
        )


def test_members_of_a_group_share_the_keys(bus: Bus, ground: Ground) -> None:
    members = [bus.consumer(SENTIMENT, [MENTIONS_RAW]) for _ in range(3)]
    put = messages(keys=[f"k{number}" for number in range(60)])
    bus.publish(put)
    ground.settle(*members)
    shares = [ground.drained(member) for member in members]
    assert all(shares)
    assert sorted(value for share in shares for value in values(share)) == sorted(message.value for message in put)
    keys = [{item.key for item in share} for share in shares]
    assert not keys[0] & keys[1]
    assert not keys[1] & keys[2]
    assert not keys[0] & keys[2]


def test_a_member_reads_several_topics(bus: Bus, ground: Ground) -> None:
    bus.publish([Message(MENTIONS_RAW, "a", b"1"), Message(ALERTS, "a", b"2")])
    both = bus.consumer("both", [MENTIONS_RAW, ALERTS, MENTIONS_RAW])
    assert values(ground.drained(both)) == [b"1", b"2"]


def test_a_topic_that_is_not_read_by_all_members_is_shared_by_those_that_read_it(bus: Bus, ground: Ground) -> None:
    both = bus.consumer("team", [MENTIONS_RAW, ALERTS])
    alerts_only = bus.consumer("team", [ALERTS])
    bus.publish([*messages(MENTIONS_RAW), *messages(ALERTS)])
    ground.settle(both, alerts_only)
    of_both, of_one = ground.drained(both), ground.drained(alerts_only)
    assert len([item for item in of_both if item.topic == MENTIONS_RAW]) == len(messages())
    assert {item.topic for item in of_one} == {ALERTS}
    assert len(of_both) + len(of_one) == 2 * len(messages())


def test_a_new_group_begins_at_the_oldest_message_and_an_old_one_where_it_stood(bus: Bus, ground: Ground) -> None:
    bus.publish(messages(rounds=1))
    first = bus.consumer(SENTIMENT, [MENTIONS_RAW])
    assert len(ground.drained(first)) == len(KEYS)
    first.close()
    bus.publish([Message(MENTIONS_RAW, "later", b"later")])
    bus.close()
    again = ground.open()
    assert values(ground.drained(again.consumer(SENTIMENT, [MENTIONS_RAW]))) == [b"later"]
    assert len(ground.drained(again.consumer("new", [MENTIONS_RAW]))) == len(KEYS) + 1


def test_what_was_polled_is_not_given_out_again_to_the_same_member(bus: Bus, ground: Ground) -> None:
    bus.publish(messages())
    member = bus.consumer(SENTIMENT, [MENTIONS_RAW])
    assert len(ground.drained(member, commit=False)) == len(messages())
    assert bus.lag(SENTIMENT, MENTIONS_RAW) == len(messages())


def test_a_commit_covers_all_earlier_messages_of_its_partitions(bus: Bus, ground: Ground) -> None:
    bus.publish(messages())
    member = bus.consumer(SENTIMENT, [MENTIONS_RAW])
    got = ground.drained(member, commit=False)
    newest = {item.partition: item for item in got}
    member.commit(list(newest.values()))
    member.commit([])
    assert bus.lag(SENTIMENT, MENTIONS_RAW) == 0
    member.commit(got[:1])
    assert bus.lag(SENTIMENT, MENTIONS_RAW) == 0


def test_uncommitted_messages_go_to_the_next_member_at_once_when_one_closes(bus: Bus, ground: Ground) -> None:
    bus.publish(messages())
    leaving = bus.consumer(SENTIMENT, [MENTIONS_RAW])
    ground.settle(leaving)
    done = ground.taken(leaving, 10)
    leaving.commit(done)
    lost = ground.drained(leaving, commit=False)
    leaving.close()
    leaving.close()
    assert leaving.poll(10, 0) == []
    following = bus.consumer(SENTIMENT, [MENTIONS_RAW])
    assert values(ground.drained(following)) == values(lost)


def test_uncommitted_messages_of_a_dead_member_go_to_another_once_its_lease_has_run_out(ground: Ground) -> None:
    bus = ground.open(lease_seconds=ground.lease)
    bus.publish(messages())
    dying = bus.consumer(SENTIMENT, [MENTIONS_RAW])
    lost = ground.drained(dying, commit=False)
    ground.die(dying)
    other = ground.open(lease_seconds=ground.lease).consumer(SENTIMENT, [MENTIONS_RAW])
    assert other.poll(10, 0) == []
    ground.let_lease_run_out()
    ground.settle(other)
    assert values(ground.drained(other)) == values(lost)


def test_a_member_at_work_for_longer_than_its_lease_keeps_its_partitions(ground: Ground) -> None:
    bus = ground.open(lease_seconds=ground.lease)
    bus.publish(messages())
    slow = bus.consumer(SENTIMENT, [MENTIONS_RAW])
    batch = ground.drained(slow, commit=False)
    ground.work(1.5 * ground.lease)
    slow.commit(batch)
    assert bus.lag(SENTIMENT, MENTIONS_RAW) == 0
    assert ground.drained(slow) == []


def test_a_commit_after_the_partition_was_lost_is_ignored(ground: Ground) -> None:
    bus = ground.open(lease_seconds=ground.lease)
    bus.publish(messages())
    slow = bus.consumer(SENTIMENT, [MENTIONS_RAW])
    batch = ground.drained(slow, commit=False)
    ground.take_for_dead(slow)
    quick = bus.consumer(SENTIMENT, [MENTIONS_RAW])
    ground.settle(quick)
    assert len(ground.drained(quick, commit=False)) == len(batch)
    slow.commit(batch)
    assert bus.lag(SENTIMENT, MENTIONS_RAW) == len(batch)
    quick.close()
    ground.settle(slow)
    assert len(ground.drained(slow)) == len(batch)
    assert bus.lag(SENTIMENT, MENTIONS_RAW) == 0


def test_a_late_commit_takes_nothing_back(ground: Ground) -> None:
    bus = ground.open(lease_seconds=ground.lease)
    bus.publish(messages())
    slow = bus.consumer(SENTIMENT, [MENTIONS_RAW])
    batch = ground.drained(slow, commit=False)
    ground.take_for_dead(slow)
    quick = bus.consumer(SENTIMENT, [MENTIONS_RAW])
    ground.settle(quick)
    ground.drained(quick)
    slow.commit(batch[:5])
    quick.close()
    ground.settle(slow)
    slow.commit(batch[:5])
    assert ground.drained(slow) == []
    assert bus.lag(SENTIMENT, MENTIONS_RAW) == 0


def test_partitions_are_shared_anew_when_a_member_joins_and_when_it_leaves(bus: Bus, ground: Ground) -> None:
    first = bus.consumer(SENTIMENT, [MENTIONS_RAW])
    ground.settle(first)
    second = bus.consumer(SENTIMENT, [MENTIONS_RAW])
    ground.settle(first, second)
    keys = [f"k{number}" for number in range(60)]
    bus.publish(messages(rounds=1, keys=keys))
    shares = [ground.drained(second), ground.drained(first)]
    assert all(shares)
    assert len(shares[0]) + len(shares[1]) == len(keys)
    first.close()
    ground.settle(second)
    bus.publish(messages(rounds=1, keys=keys))
    assert len(ground.drained(second)) == len(keys)


def test_what_a_member_gives_up_uncommitted_goes_to_the_one_that_joined(bus: Bus, ground: Ground) -> None:
    first = bus.consumer(SENTIMENT, [MENTIONS_RAW])
    put = messages(keys=[f"k{number}" for number in range(60)])
    bus.publish(put)
    held = ground.drained(first, commit=False)
    second = bus.consumer(SENTIMENT, [MENTIONS_RAW])
    ground.settle(first, second)
    taken = ground.drained(second)
    assert taken
    first.commit(held)
    assert bus.lag(SENTIMENT, MENTIONS_RAW) == 0
    assert {item.key for item in taken} < {item.key for item in held}


def test_a_commit_while_partitions_are_shared_anew_counts_for_those_that_are_kept(bus: Bus, ground: Ground) -> None:
    first = bus.consumer(SENTIMENT, [MENTIONS_RAW])
    bus.publish(messages(keys=[f"k{number}" for number in range(60)]))
    held = ground.drained(first, commit=False)
    second = bus.consumer(SENTIMENT, [MENTIONS_RAW])
    second.poll(0, 0.3)
    first.poll(0, 0)
    first.commit(held)
    ground.settle(first, second)
    left = bus.lag(SENTIMENT, MENTIONS_RAW)
    assert 0 < left < len(held)
    assert len(ground.drained(second)) == left
    assert ground.drained(first) == []
    assert bus.lag(SENTIMENT, MENTIONS_RAW) == 0


def test_more_members_than_partitions_leaves_some_idle_and_loses_nothing(bus: Bus, ground: Ground) -> None:
    members = [bus.consumer(SENTIMENT, [MENTIONS_RAW]) for _ in range(PARTITIONS + 2)]
    bus.publish(messages())
    ground.settle(*members)
    assert sum(len(ground.drained(member)) for member in members) == len(messages())


def test_a_backlog_comes_nearly_in_the_order_of_its_publication(bus: Bus, clock: FakeClock, ground: Ground) -> None:
    for number in range(60):
        bus.publish([Message(MENTIONS_RAW, f"key {part}", b"%d" % (50 * number + part)) for part in range(50)])
        clock.forward(seconds=1)
    got = [int(item.value) for item in ground.drained(bus.consumer(SENTIMENT, [MENTIONS_RAW]), limit=100)]
    assert sorted(got) == list(range(3_000))
    assert max(abs(number - place) for place, number in enumerate(got)) <= 500


def test_a_busy_partition_does_not_starve_the_others(bus: Bus, clock: FakeClock, ground: Ground) -> None:
    bus.publish(messages(rounds=200, keys=["busy"]))
    clock.forward(seconds=1)
    bus.publish(messages(rounds=1, keys=[f"k{number}" for number in range(20)]))
    clock.forward(seconds=1)
    bus.publish(messages(rounds=200, keys=["busy too"]))
    early = ground.taken(bus.consumer(SENTIMENT, [MENTIONS_RAW]), 230)
    assert len({item.partition for item in early}) == PARTITIONS


def test_poll_waits_for_no_longer_than_it_was_told(ground: Ground) -> None:
    member = ground.open(SystemClock()).consumer(SENTIMENT, [MENTIONS_RAW])
    ground.settle(member)
    for patience in (0, 0.5):
        since = ground.time.monotonic()
        assert member.poll(10, patience) == []
        assert patience - 0.05 <= ground.time.monotonic() - since < patience + 0.5


def test_poll_gives_what_arrives_while_it_waits(ground: Ground) -> None:
    publisher, bus = ground.open(SystemClock()), ground.open(SystemClock())
    member = bus.consumer(SENTIMENT, [MENTIONS_RAW])
    ground.settle(member)
    since = ground.time.monotonic()
    timer = threading.Timer(0.3, publisher.publish, [[Message(MENTIONS_RAW, "a", b"there")]])
    timer.start()
    assert values(member.poll(10, 30)) == [b"there"]
    assert ground.time.monotonic() - since < 5
    timer.join()


def test_lag_of_a_group_that_never_read_is_all_there_is(bus: Bus) -> None:
    assert bus.lag(SENTIMENT, MENTIONS_RAW) == 0
    bus.publish(messages())
    assert bus.lag(SENTIMENT, MENTIONS_RAW) == len(messages())
    bus.publish([Message(DEAD, "a", b"x")])
    assert bus.lag("person", DEAD) == 1


def test_publish_refuses_all_where_a_reading_group_stays_too_far_behind(clock: FakeClock, ground: Ground) -> None:
    bus = ground.open(max_backlog=10)
    bus.publish(messages(MENTIONS_SCORED, rounds=1))
    with pytest.raises(BackPressureError, match="12 messages behind"):
        bus.publish([Message(MENTIONS_SCORED, "a", b"a"), Message(MENTIONS_RAW, "a", b"a")], timeout=2)
    assert clock.now() == MONDAY + timedelta(seconds=2)
    assert bus.browse(MENTIONS_RAW) == []
    assert len(bus.browse(MENTIONS_SCORED)) == 12
    ground.drained(bus.consumer(ALERTING, [MENTIONS_SCORED]))
    with pytest.raises(BackPressureError, match=RESPONDING):
        bus.publish([Message(MENTIONS_SCORED, "a", b"a")], timeout=0)
    ground.drained(bus.consumer(RESPONDING, [MENTIONS_SCORED]))
    bus.publish([Message(MENTIONS_SCORED, "a", b"a")], timeout=0)
    bus.publish(messages(DRAFTS))
    bus.publish(messages(DRAFTS))


def test_publish_goes_on_as_soon_as_the_group_catches_up(clock: FakeClock, ground: Ground) -> None:
    bus = ground.open(max_backlog=10)
    bus.publish(messages(rounds=1))
    member = bus.consumer(SENTIMENT, [MENTIONS_RAW])

    def sleep(seconds: float) -> None:
        clock.forward(seconds=seconds)
        ground.drained(member)

    clock.sleep = sleep  # type: ignore[method-assign]
    bus.publish([Message(MENTIONS_RAW, "a", b"a")])
    assert bus.lag(SENTIMENT, MENTIONS_RAW) == 1


def test_publishing_nothing_changes_nothing(bus: Bus) -> None:
    bus.publish([])
    assert bus.browse(MENTIONS_RAW) == []


def test_browsing_shows_the_newest_or_oldest_and_moves_nobody(bus: Bus) -> None:
    for number in range(10):
        bus.publish([Message(DEAD, f"k{number}", str(number).encode())])
    assert [item.value for item in bus.browse(DEAD, limit=3)] == [b"9", b"8", b"7"]
    assert [item.value for item in bus.browse(DEAD, limit=3, newest_first=False)] == [b"0", b"1", b"2"]
    assert bus.lag("person", DEAD) == 10


def test_single_dead_letters_are_removed_and_the_rest_stay(bus: Bus) -> None:
    bus.publish(messages(DEAD, rounds=1))
    before = bus.browse(DEAD)
    bus.remove(DEAD, before[3:5])
    bus.remove(DEAD, before[3:5])
    assert bus.browse(DEAD) == [*before[:3], *before[5:]]
    assert bus.lag("person", DEAD) == len(before) - 2


def test_only_dead_letters_can_be_removed(bus: Bus) -> None:
    bus.publish(messages())
    with pytest.raises(InputError, match="holds no dead letters"):
        bus.remove(MENTIONS_RAW, bus.browse(MENTIONS_RAW))
    assert bus.lag(SENTIMENT, MENTIONS_RAW) == len(messages())


def test_retention_removes_what_is_old_and_done_by_every_reader(bus: Bus, clock: FakeClock, ground: Ground) -> None:
    bus.publish([*messages(MENTIONS_SCORED), *messages(DEAD), *messages(DRAFTS)])
    clock.forward(hours=1)
    bus.publish(messages(MENTIONS_SCORED, rounds=1))
    moment = MONDAY + timedelta(minutes=1)
    ground.drained(bus.consumer(ALERTING, [MENTIONS_SCORED]))
    assert bus.expire(moment) == len(messages()), "the drafts, which no group reads"
    responding = bus.consumer(RESPONDING, [MENTIONS_SCORED])
    assert len(ground.drained(responding)) == len(messages()) + len(KEYS)
    assert bus.expire(MONDAY) == 0
    assert bus.expire(moment) == len(messages())
    assert bus.expire(moment) == 0
    assert len(bus.browse(MENTIONS_SCORED)) == len(KEYS)
    assert len(bus.browse(DEAD)) == len(messages())
    assert bus.lag("late", MENTIONS_SCORED) == len(KEYS)
    assert len(ground.drained(bus.consumer("late", [MENTIONS_SCORED]))) == len(KEYS)


def test_retention_keeps_what_a_group_of_another_program_has_not_read(bus: Bus, ground: Ground) -> None:
    ground.settle(bus.consumer("dashboard", [DRAFTS]))
    bus.publish(messages(DRAFTS))
    assert bus.expire(MONDAY + timedelta(days=1)) == 0


def test_offsets_go_on_after_everything_was_removed(bus: Bus, ground: Ground) -> None:
    member = bus.consumer(ESCALATION, [ALERTS])
    for number in range(3):
        bus.publish([Message(ALERTS, "a", str(number).encode())])
        assert [item.value for item in ground.drained(member)] == [str(number).encode()]
        assert bus.expire(MONDAY + timedelta(days=1)) == 1
    assert bus.lag(ESCALATION, ALERTS) == 0


@pytest.mark.parametrize("text", ["", "\x00", "\ud800", "a\udfff\x00b", "'); DROP TABLE messages; --", "差" * 100_000])
def test_hostile_keys_and_values_pass_unchanged(bus: Bus, text: str, ground: Ground) -> None:
    value = text.encode("utf-8", "surrogatepass")
    bus.publish([Message(MENTIONS_RAW, text, value)])
    (item,) = ground.drained(bus.consumer(SENTIMENT, [MENTIONS_RAW]))
    assert (item.key, item.value) == (text, value)


def test_threads_publish_and_consume_side_by_side(ground: Ground) -> None:
    bus = ground.open(SystemClock())
    names = [f"thread-{number}" for number in range(4)]
    finished = threading.Event()

    def publish(name: str) -> None:
        for number in range(40):
            bus.publish([Message(MENTIONS_RAW, name, f"{name} {number:03} {part}".encode()) for part in range(5)])

    def consume() -> list[Received]:
        got: list[Received] = []
        member = bus.consumer(SENTIMENT, [MENTIONS_RAW])
        while not finished.is_set() or bus.lag(SENTIMENT, MENTIONS_RAW):
            some = member.poll(50, 0.02)
            got += some
            member.commit(some)
        member.close()
        return got

    with ThreadPoolExecutor() as pool:
        consumers = [pool.submit(consume) for _ in range(2)]
        try:
            list(pool.map(publish, names))
        finally:
            finished.set()
    got = [item for consumer in consumers for item in consumer.result()]
    assert {item.value.decode() for item in got} == {
        f"{name} {number:03} {part}" for name in names for number in range(40) for part in range(5)
    }
    for consumer in consumers:
        for name in names:
            one_key = [item.value for item in consumer.result() if item.key == name]
            assert one_key == sorted(one_key)


def test_a_closed_bus_says_so(bus: Bus) -> None:
    bus.close()
    with pytest.raises(StorageError, match="closed"):
        bus.publish(messages())
