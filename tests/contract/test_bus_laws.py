"""Laws of a consumer group under any sequence of joining, dying, closing, committing and time passing."""

from collections import defaultdict
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from core.events import MENTIONS_RAW, SENTIMENT
from core.ports import Consumer, Message, Received
from tests.backends import BUSES
from tests.fakes import FakeClock

KEYS = ("a", "b", "c", "d", "e", "f")
LEASE = 10

_steps = st.lists(
    st.one_of(
        st.tuples(st.just("publish"), st.integers(1, 8)),
        st.tuples(st.just("join"), st.just(0)),
        st.tuples(st.sampled_from(["poll", "commit", "close", "die"]), st.integers(0, 3)),
        st.tuples(st.just("wait"), st.integers(1, 2 * LEASE)),
    ),
    max_size=40,
)


class Group:
    """Members that come and go, and all that they were given."""

    def __init__(self, backend: str, folder: Path) -> None:
        self.clock = FakeClock()
        self.bus = BUSES[backend](folder, self.clock, lease_seconds=LEASE)
        self.members: list[tuple[Consumer, list[Received]]] = []
        self.published: list[bytes] = []
        self.given: list[Received] = []

    def publish(self, count: int) -> None:
        batch = [Message(MENTIONS_RAW, KEYS[n % len(KEYS)], b"%d" % (len(self.published) + n)) for n in range(count)]
        self.bus.publish(batch)
        self.published += [message.value for message in batch]

    def join(self, _: int = 0) -> None:
        self.members.append((self.bus.consumer(SENTIMENT, [MENTIONS_RAW]), []))

    def poll(self, which: int) -> None:
        for member, held in self.members[which : which + 1]:
            some = member.poll(3, 0)
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
        del self.members[which : which + 1]

    def die(self, which: int) -> None:
        del self.members[which : which + 1]

    def wait(self, seconds: int) -> None:
        self.clock.forward(seconds=seconds)


def first_time(given: Sequence[Received]) -> dict[str, list[int]]:
    by_key: dict[str, list[int]] = defaultdict(list)
    for value, key in dict.fromkeys((item.value, item.key) for item in given):
        by_key[key].append(int(value))
    return by_key


@given(_steps)
@settings(max_examples=60, deadline=None)
def test_nothing_is_lost_and_keys_keep_their_order_whatever_happens_to_members(
    backend: str, steps: list[tuple[str, int]]
) -> None:
    with TemporaryDirectory() as folder:
        group = Group(backend, Path(folder))
        with closing(group.bus):
            for step, number in steps:
                getattr(group, step)(number)
            left = group.bus.lag(SENTIMENT, MENTIONS_RAW)
            group.wait(LEASE)
            group.members.clear()
            group.join()
            seen = len(group.given)
            while group.bus.lag(SENTIMENT, MENTIONS_RAW):
                group.poll(0)
                group.commit(0)
            assert len(group.given) - seen == left
            assert {item.value for item in group.given} == set(group.published)
            for numbers in first_time(group.given).values():
                assert numbers == sorted(numbers)
