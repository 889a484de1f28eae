"""Laws of a consumer group under any sequence of joining, dying, closing, committing and time passing."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import closing

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from core.events import MENTIONS_RAW, SENTIMENT
from core.ports.bus import Consumer, Message, Received
from tests.contract.grounds import Ground
from tests.servers.kafka_client import HALF_MADE

pytestmark = HALF_MADE

KEYS = ("a", "b", "c", "d", "e", "f")
SECONDS = 20


def steps(most: int) -> st.SearchStrategy[list[tuple[str, int]]]:
    return st.lists(
        st.one_of(
            st.tuples(st.just("publish"), st.integers(1, 8)),
            st.tuples(st.just("join"), st.just(0)),
            st.tuples(st.sampled_from(["poll", "commit", "close", "die"]), st.integers(0, 3)),
            st.tuples(st.just("wait"), st.integers(1, SECONDS)),
        ),
        max_size=most,
    )


class Group:
    """Members that come and go, and all that they were given."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.bus = ground.open(lease_seconds=ground.lease)
        self.changed = False
        self.members: list[tuple[Consumer, list[Received]]] = []
        self.published: list[bytes] = []
        self.given: list[Received] = []

    def publish(self, count: int) -> None:
        batch = [Message(MENTIONS_RAW, KEYS[n % len(KEYS)], b"%d" % (len(self.published) + n)) for n in range(count)]
        self.bus.publish(batch)
        self.published += [message.value for message in batch]

    def join(self, _: int = 0) -> None:
        self.members.append((self.bus.consumer(SENTIMENT, [MENTIONS_RAW]), []))
        self.changed = True

    def poll(self, which: int) -> None:
        if self.changed and self.members:
            self.ground.settle_in_one_thread(*(member for member, _ in self.members))
            self.changed = False
        for member, held in self.members[which : which + 1]:
            some = member.poll(3, self.ground.wait)
            held.extend(some)
            self.given += some

    def commit(self, which: int) -> None:
        for member, held in self.members[which : which + 1]:
            before = self.bus.lag(SENTIMENT, MENTIONS_RAW)
            member.commit(held)
            after = self.bus.lag(SENTIMENT, MENTIONS_RAW)
            assert 0 <= before - after <= len(held)
            held.clear()

    def close(self, which: int) -> None:
        for member, _ in self.members[which : which + 1]:
            member.close()
            self.changed = True
        del self.members[which : which + 1]

    def die(self, which: int) -> None:
        for member, _ in self.members[which : which + 1]:
            self.ground.die(member)
            self.changed = True
        del self.members[which : which + 1]

    def wait(self, seconds: int) -> None:
        self.ground.forward(seconds)

    def finish(self) -> Sequence[Received]:
        """All die, and one comes after them: what it is given."""
        for _ in list(self.members):
            self.die(0)
        self.ground.let_lease_run_out()
        last = self.bus.consumer(SENTIMENT, [MENTIONS_RAW])
        self.ground.settle(last)
        return self.ground.drained(last)


def first_time(given: Sequence[Received]) -> dict[str, list[int]]:
    by_key: dict[str, list[int]] = defaultdict(list)
    for value, key in dict.fromkeys((item.value, item.key) for item in given):
        by_key[key].append(int(value))
    return by_key


def examine(ground: Ground, steps: Sequence[tuple[str, int]]) -> None:
    with closing(ground):
        group = Group(ground)
        for step, number in steps:
            getattr(group, step)(number)
        left = group.bus.lag(SENTIMENT, MENTIONS_RAW)
        last = group.finish()
        assert len(last) == left
        assert group.bus.lag(SENTIMENT, MENTIONS_RAW) == 0
        assert {item.value for item in [*group.given, *last]} == set(group.published)
        for numbers in first_time([*group.given, *last]).values():
            assert numbers == sorted(numbers)


def test_nothing_is_lost_and_keys_keep_their_order_whatever_happens_to_members(
    backend: str, new_ground: Callable[[], Ground]
) -> None:
    embedded = backend == "embedded"  # on Kafka a death takes as long as a real lease does

    @given(steps(40 if embedded else 20))
    @settings(max_examples=60 if embedded else 5, phases=set(Phase) if embedded else {Phase.generate})
    def law(steps: Sequence[tuple[str, int]]) -> None:
        examine(new_ground(), steps)

    law()
