"""What every bus must do. Time stands still unless a test moves it; `timeout=0` never waits."""

import threading
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from core.errors import BackPressureError, InputError, StorageError
from core.events import ALERTING, ALERTS, DRAFTS, ESCALATION, MENTIONS_RAW, MENTIONS_SCORED, RESPONDING, SENTIMENT
from core.ports import Bus, Consumer, Message, Received
from tests.backends import OpenBus
from tests.fakes import MONDAY, FakeClock

KEYS = [f"key-{number}" for number in range(12)]
DEAD = f"{MENTIONS_RAW}.dead"


def messages(topic: str = MENTIONS_RAW, rounds: int = 5, keys: Sequence[str] = KEYS) -> list[Message]:
    return [Message(topic, key, f"{key} {number}".encode()) for number in range(rounds) for key in keys]


def drained(consumer: Consumer, limit: int = 7, *, commit: bool = True) -> list[Received]:
    everything: list[Received] = []
    while some := consumer.poll(limit, 0):
        assert len(some) <= limit
        everything += some
        if commit:
            consumer.commit(some)
    return everything


def values(received: Sequence[Received]) -> list[bytes]:
    return sorted(item.value for item in received)


def test_messages_come_as_they_were_put_and_in_order_within_a_key(bus: Bus) -> None:
    put = messages()
    bus.publish(put)
    got = drained(bus.consumer(SENTIMENT, [MENTIONS_RAW]))
    by_key: dict[str, list[bytes]] = defaultdict(list)
    for item in got:
        assert item.topic == MENTIONS_RAW
        assert item.published_at == MONDAY
        by_key[item.key].append(item.value)
    assert by_key == {key: [message.value for message in put if message.key == key] for key in KEYS}


def test_every_group_gets_everything(bus: Bus) -> None:
    put = messages(MENTIONS_SCORED)
    bus.publish(put)
    for group in (ALERTING, RESPONDING):
        assert values(drained(bus.consumer(group, [MENTIONS_SCORED]))) == sorted(message.value for message in put)


def test_members_of_a_group_share_the_keys(bus: Bus) -> None:
    members = [bus.consumer(SENTIMENT, [MENTIONS_RAW]) for _ in range(3)]
    put = messages(keys=[f"k{number}" for number in range(60)])
    bus.publish(put)
    shares = [drained(member) for member in members]
    assert all(shares)
    assert sorted(value for share in shares for value in values(share)) == sorted(message.value for message in put)
    keys = [{item.key for item in share} for share in shares]
    assert not keys[0] & keys[1]
    assert not keys[1] & keys[2]
    assert not keys[0] & keys[2]


def test_a_member_reads_several_topics(bus: Bus) -> None:
    bus.publish([Message(MENTIONS_RAW, "a", b"1"), Message(ALERTS, "a", b"2")])
    both = bus.consumer("both", [MENTIONS_RAW, ALERTS, MENTIONS_RAW])
    assert values(drained(both)) == [b"1", b"2"]


def test_a_topic_that_is_not_read_by_all_members_is_shared_by_those_that_read_it(bus: Bus) -> None:
    both = bus.consumer("team", [MENTIONS_RAW, ALERTS])
    alerts_only = bus.consumer("team", [ALERTS])
    bus.publish([*messages(MENTIONS_RAW), *messages(ALERTS)])
    of_both, of_one = drained(both), drained(alerts_only)
    assert len([item for item in of_both if item.topic == MENTIONS_RAW]) == len(messages())
    assert {item.topic for item in of_one} == {ALERTS}
    assert len(of_both) + len(of_one) == 2 * len(messages())


def test_a_new_group_begins_at_the_oldest_message_and_an_old_one_where_it_stood(bus: Bus, open_bus: OpenBus) -> None:
    bus.publish(messages(rounds=1))
    first = bus.consumer(SENTIMENT, [MENTIONS_RAW])
    assert len(drained(first)) == len(KEYS)
    first.close()
    bus.publish([Message(MENTIONS_RAW, "later", b"later")])
    bus.close()
    again = open_bus()
    assert values(drained(again.consumer(SENTIMENT, [MENTIONS_RAW]))) == [b"later"]
    assert len(drained(again.consumer("new", [MENTIONS_RAW]))) == len(KEYS) + 1


def test_what_was_polled_is_not_given_out_again_to_the_same_member(bus: Bus) -> None:
    bus.publish(messages())
    member = bus.consumer(SENTIMENT, [MENTIONS_RAW])
    assert len(drained(member, commit=False)) == len(messages())
    assert bus.lag(SENTIMENT, MENTIONS_RAW) == len(messages())


def test_a_commit_covers_all_earlier_messages_of_its_partitions(bus: Bus) -> None:
    bus.publish(messages())
    member = bus.consumer(SENTIMENT, [MENTIONS_RAW])
    got = drained(member, commit=False)
    newest = {item.partition: item for item in got}
    member.commit(list(newest.values()))
    member.commit([])
    assert bus.lag(SENTIMENT, MENTIONS_RAW) == 0
    member.commit(got[:1])
    assert bus.lag(SENTIMENT, MENTIONS_RAW) == 0


def test_uncommitted_messages_go_to_the_next_member_at_once_when_one_closes(bus: Bus) -> None:
    bus.publish(messages())
    leaving = bus.consumer(SENTIMENT, [MENTIONS_RAW])
    done = leaving.poll(10, 0)
    leaving.commit(done)
    lost = drained(leaving, commit=False)
    leaving.close()
    leaving.close()
    assert leaving.poll(10, 0) == []
    following = bus.consumer(SENTIMENT, [MENTIONS_RAW])
    assert values(drained(following)) == values(lost)


def test_uncommitted_messages_of_a_dead_member_go_to_another_once_its_lease_has_run_out(
    open_bus: OpenBus, clock: FakeClock
) -> None:
    bus = open_bus(lease_seconds=10)
    bus.publish(messages())
    dying = bus.consumer(SENTIMENT, [MENTIONS_RAW])
    lost = drained(dying, commit=False)
    other = open_bus(lease_seconds=10).consumer(SENTIMENT, [MENTIONS_RAW])
    assert drained(other) == []
    clock.forward(seconds=9)
    assert drained(other) == []
    clock.forward(seconds=1)
    assert values(drained(other)) == values(lost)


def test_a_member_that_polls_keeps_its_partitions(open_bus: OpenBus, clock: FakeClock) -> None:
    bus = open_bus(lease_seconds=10)
    member = bus.consumer(SENTIMENT, [MENTIONS_RAW])
    for _ in range(10):
        bus.publish([Message(MENTIONS_RAW, "a", b"a")])
        clock.forward(seconds=4)
        assert len(member.poll(10, 0)) == 1
    assert bus.lag(SENTIMENT, MENTIONS_RAW) == 10


def test_a_commit_after_the_partition_was_lost_is_ignored(open_bus: OpenBus, clock: FakeClock) -> None:
    bus = open_bus(lease_seconds=10)
    bus.publish(messages())
    slow = bus.consumer(SENTIMENT, [MENTIONS_RAW])
    batch = drained(slow, commit=False)
    clock.forward(seconds=11)
    quick = bus.consumer(SENTIMENT, [MENTIONS_RAW])
    assert len(drained(quick, commit=False)) == len(batch)
    slow.commit(batch)
    assert bus.lag(SENTIMENT, MENTIONS_RAW) == len(batch)
    quick.close()
    assert len(drained(slow)) == len(batch)
    assert bus.lag(SENTIMENT, MENTIONS_RAW) == 0


def test_a_commit_after_a_step_longer_than_the_lease_counts_where_nobody_took_over(
    open_bus: OpenBus, clock: FakeClock
) -> None:
    bus = open_bus(lease_seconds=10)
    bus.publish(messages())
    slow = bus.consumer(SENTIMENT, [MENTIONS_RAW])
    batch = drained(slow, commit=False)
    clock.forward(minutes=5)
    slow.commit(batch)
    assert bus.lag(SENTIMENT, MENTIONS_RAW) == 0
    assert drained(slow) == []


def test_partitions_are_shared_anew_when_a_member_joins_and_when_it_leaves(bus: Bus) -> None:
    first = bus.consumer(SENTIMENT, [MENTIONS_RAW])
    assert first.poll(10, 0) == []
    second = bus.consumer(SENTIMENT, [MENTIONS_RAW])
    assert first.poll(10, 0) == []
    keys = [f"k{number}" for number in range(60)]
    bus.publish(messages(rounds=1, keys=keys))
    shares = [drained(second), drained(first)]
    assert all(shares)
    assert len(shares[0]) + len(shares[1]) == len(keys)
    first.close()
    bus.publish(messages(rounds=1, keys=keys))
    assert len(drained(second)) == len(keys)


def test_what_a_member_gives_up_uncommitted_goes_to_the_one_that_joined(bus: Bus) -> None:
    first = bus.consumer(SENTIMENT, [MENTIONS_RAW])
    put = messages(keys=[f"k{number}" for number in range(60)])
    bus.publish(put)
    held = drained(first, commit=False)
    second = bus.consumer(SENTIMENT, [MENTIONS_RAW])
    assert first.poll(10, 0) == []
    taken = drained(second)
    assert taken
    first.commit(held)
    assert bus.lag(SENTIMENT, MENTIONS_RAW) == 0
    assert {item.key for item in taken} < {item.key for item in held}


def test_more_members_than_partitions_leaves_some_idle_and_loses_nothing(open_bus: OpenBus) -> None:
    bus = open_bus(partitions=2)
    members = [bus.consumer(SENTIMENT, [MENTIONS_RAW]) for _ in range(5)]
    bus.publish(messages())
    assert sum(len(drained(member)) for member in members) == len(messages())


def test_a_busy_partition_does_not_starve_the_others(bus: Bus) -> None:
    bus.publish(messages(rounds=200, keys=["busy"]))
    bus.publish(messages(rounds=1, keys=[f"k{number}" for number in range(20)]))
    bus.publish(messages(rounds=200, keys=["busy too"]))
    member = bus.consumer(SENTIMENT, [MENTIONS_RAW])
    early = [item for _ in range(23) for item in member.poll(10, 0)]
    assert len({item.partition for item in early}) == 4


def test_poll_waits_for_no_longer_than_it_was_told(bus: Bus, clock: FakeClock) -> None:
    member = bus.consumer(SENTIMENT, [MENTIONS_RAW])
    assert member.poll(10, 0) == []
    assert clock.now() == MONDAY
    assert member.poll(10, 1.5) == []
    assert clock.now() == MONDAY + timedelta(seconds=1.5)


def test_poll_gives_what_arrives_while_it_waits(open_bus: OpenBus, clock: FakeClock) -> None:
    publisher, bus = open_bus(), open_bus()
    member = bus.consumer(SENTIMENT, [MENTIONS_RAW])

    def sleep(seconds: float) -> None:
        clock.forward(seconds=seconds)
        if clock.now() == MONDAY + timedelta(seconds=0.2):
            publisher.publish([Message(MENTIONS_RAW, "a", b"there")])

    clock.sleep = sleep  # type: ignore[method-assign]
    assert values(member.poll(10, 30)) == [b"there"]
    assert clock.now() == MONDAY + timedelta(seconds=0.2)


def test_lag_of_a_group_that_never_read_is_all_there_is(bus: Bus) -> None:
    assert bus.lag(SENTIMENT, MENTIONS_RAW) == 0
    bus.publish(messages())
    assert bus.lag(SENTIMENT, MENTIONS_RAW) == len(messages())
    bus.publish([Message(DEAD, "a", b"x")])
    assert bus.lag("person", DEAD) == 1


def test_publish_refuses_all_where_a_reading_group_stays_too_far_behind(open_bus: OpenBus, clock: FakeClock) -> None:
    bus = open_bus(max_backlog=10)
    bus.publish(messages(MENTIONS_SCORED, rounds=1))
    with pytest.raises(BackPressureError, match="12 messages behind"):
        bus.publish([Message(MENTIONS_SCORED, "a", b"a"), Message(MENTIONS_RAW, "a", b"a")], timeout=2)
    assert clock.now() == MONDAY + timedelta(seconds=2)
    assert bus.browse(MENTIONS_RAW) == []
    assert len(bus.browse(MENTIONS_SCORED)) == 12
    drained(bus.consumer(ALERTING, [MENTIONS_SCORED]))
    with pytest.raises(BackPressureError, match=RESPONDING):
        bus.publish([Message(MENTIONS_SCORED, "a", b"a")], timeout=0)
    drained(bus.consumer(RESPONDING, [MENTIONS_SCORED]))
    bus.publish([Message(MENTIONS_SCORED, "a", b"a")], timeout=0)
    bus.publish(messages(DRAFTS))
    bus.publish(messages(DRAFTS))


def test_publish_goes_on_as_soon_as_the_group_catches_up(open_bus: OpenBus, clock: FakeClock) -> None:
    bus = open_bus(max_backlog=10)
    bus.publish(messages(rounds=1))
    member = bus.consumer(SENTIMENT, [MENTIONS_RAW])

    def sleep(seconds: float) -> None:
        clock.forward(seconds=seconds)
        drained(member)

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
    person = bus.consumer("person", [DEAD])
    assert len(drained(person)) == len(before) - 2
    assert bus.lag("person", DEAD) == 0


def test_only_dead_letters_can_be_removed(bus: Bus) -> None:
    bus.publish(messages())
    with pytest.raises(InputError, match="holds no dead letters"):
        bus.remove(MENTIONS_RAW, bus.browse(MENTIONS_RAW))
    assert bus.lag(SENTIMENT, MENTIONS_RAW) == len(messages())


def test_retention_removes_what_is_old_and_done_by_every_reader(bus: Bus, clock: FakeClock) -> None:
    bus.publish([*messages(MENTIONS_SCORED), *messages(DEAD), *messages(DRAFTS)])
    clock.forward(hours=1)
    bus.publish(messages(MENTIONS_SCORED, rounds=1))
    moment = MONDAY + timedelta(minutes=1)
    drained(bus.consumer(ALERTING, [MENTIONS_SCORED]))
    assert bus.expire(moment) == len(messages()), "the drafts, which no group reads"
    responding = bus.consumer(RESPONDING, [MENTIONS_SCORED])
    assert len(drained(responding)) == len(messages()) + len(KEYS)
    assert bus.expire(MONDAY) == 0
    assert bus.expire(moment) == len(messages())
    assert bus.expire(moment) == 0
    assert len(bus.browse(MENTIONS_SCORED)) == len(KEYS)
    assert len(bus.browse(DEAD)) == len(messages())
    assert bus.lag("late", MENTIONS_SCORED) == len(KEYS)
    assert len(drained(bus.consumer("late", [MENTIONS_SCORED]))) == len(KEYS)


def test_retention_keeps_what_a_group_of_another_program_has_not_read(bus: Bus) -> None:
    bus.consumer("dashboard", [DRAFTS])
    bus.publish(messages(DRAFTS))
    assert bus.expire(MONDAY + timedelta(days=1)) == 0


def test_offsets_go_on_after_everything_was_removed(bus: Bus) -> None:
    member = bus.consumer(ESCALATION, [ALERTS])
    for number in range(3):
        bus.publish([Message(ALERTS, "a", str(number).encode())])
        assert [item.value for item in drained(member)] == [str(number).encode()]
        assert bus.expire(MONDAY + timedelta(days=1)) == 1
    assert bus.lag(ESCALATION, ALERTS) == 0


@pytest.mark.parametrize("text", ["", "\x00", "\ud800", "a\udfff\x00b", "'); DROP TABLE messages; --", "差" * 100_000])
def test_hostile_keys_and_values_pass_unchanged(bus: Bus, text: str) -> None:
    value = text.encode("utf-8", "surrogatepass")
    bus.publish([Message(MENTIONS_RAW, text, value)])
    (item,) = drained(bus.consumer(SENTIMENT, [MENTIONS_RAW]))
    assert (item.key, item.value) == (text, value)


def test_threads_publish_and_consume_side_by_side(bus: Bus) -> None:
    names = [f"thread-{number}" for number in range(4)]
    finished = threading.Event()

    def publish(name: str) -> None:
        for number in range(40):
            bus.publish([Message(MENTIONS_RAW, name, f"{name} {number:03} {part}".encode()) for part in range(5)])

    def consume() -> list[Received]:
        got: list[Received] = []
        member = bus.consumer(SENTIMENT, [MENTIONS_RAW])
        while not finished.is_set() or bus.lag(SENTIMENT, MENTIONS_RAW):
            some = member.poll(50, 0)
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
