"""Members in threads of their own that join, leave, die and are taken for dead while messages come, by chance.

python -m tests.contract.rebalancing BOOTSTRAP ROUNDS [SEED] does it on Kafka for as long as you like.
"""

import random
import sys
import threading
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import closing

from adapters.clock import SystemClock
from core.errors import StorageError
from core.events import MENTIONS_RAW, SENTIMENT
from core.ports.bus import Bus, Consumer, Message, Received
from tests.contract.grounds import PATIENCE, Ground, KafkaGround
from tests.fakes import FakeClock

KEYS = [f"key-{number}" for number in range(12)]
MOST_MEMBERS = 4
ACTIONS = 8


class Worker:
    """A member in a thread, which commits sooner or later; after an error it joins anew, as the supervisor does."""

    def __init__(self, crowd: "Crowd", seed: int) -> None:
        self._crowd = crowd
        self._random = random.Random(seed)
        self._asked_to_stop = threading.Event()
        self.member: Consumer = crowd.join()
        self.rejoined = 0
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def stop(self, *, die: bool = False) -> None:
        """Leave with whatever is not committed, or go without a word."""
        self._asked_to_stop.set()
        if die:
            self._crowd.ground.die(self.member)
        self._thread.join()
        if not die:
            self.member.close()

    def _run(self) -> None:
        held: list[Received] = []
        while not self._asked_to_stop.is_set():
            try:
                some = self.member.poll(self._random.randint(1, 40), self._random.choice((0.0, 0.05, 0.3)))
                self._crowd.note(some)
                held += some
                if self._random.random() < 0.7:
                    self.member.commit(held)
                    held.clear()
            except (StorageError, GeneratorExit):  # the latter where it died in mid-poll
                if not self._asked_to_stop.is_set():
                    self.rejoined += 1
                    held.clear()
                    self.member.close()
                    self.member = self._crowd.join()


class Crowd:
    """The members, what was published, and what was given to whom in which order."""

    def __init__(self, ground: Ground, seed: int) -> None:
        self.ground = ground
        self.random = random.Random(seed)
        self.bus: Bus = ground.open(SystemClock(), lease_seconds=min(ground.lease, 1.5), max_backlog=10**9)
        self.workers: list[Worker] = []
        self.published: list[Message] = []
        self.given: list[Received] = []
        self.rejoined = 0
        self.taken_back: set[int] = set()
        self._lock = threading.Lock()
        self._finished = threading.Event()
        self._watcher = threading.Thread(target=self.watch)
        self._watcher.start()

    def join(self) -> Consumer:
        return self.bus.consumer(SENTIMENT, [MENTIONS_RAW])

    def note(self, received: Sequence[Received]) -> None:
        with self._lock:
            self.given += received

    def round(self) -> None:
        """Some actions, then everything must have come to somebody and be committed."""
        for _ in range(ACTIONS):
            self.random.choice((self.publish, self.publish, self.enter, self.leave, self.die, self.take_for_dead))()
            self.ground.time.sleep(self.random.choice((0.0, 0.02, 0.2)))
        if not self.workers:
            self.enter()
        ends = self.ground.time.monotonic() + PATIENCE
        while left := self.bus.lag(SENTIMENT, MENTIONS_RAW):
            assert self.ground.time.monotonic() < ends, f"{left} of {len(self.published)} are never done"
            self.ground.time.sleep(0.02)
        self.check()

    def publish(self) -> None:
        start = len(self.published)
        batch = [
            Message(MENTIONS_RAW, self.random.choice(KEYS), b"%d" % (start + number))
            for number in range(self.random.randint(1, 200))
        ]
        self.published += batch
        self.bus.publish(batch)

    def enter(self) -> None:
        if len(self.workers) < MOST_MEMBERS:
            self.workers.append(Worker(self, self.random.getrandbits(32)))

    def leave(self, *, die: bool = False) -> None:
        if self.workers:
            worker = self.workers.pop(self.random.randrange(len(self.workers)))
            worker.stop(die=die)
            self.rejoined += worker.rejoined

    def die(self) -> None:
        self.leave(die=True)

    def take_for_dead(self) -> None:
        if self.workers:
            self.ground.take_for_dead(self.random.choice(self.workers).member)

    def check(self) -> None:
        """Nothing is lost, and each key's messages came in their order, not counting what came again."""
        with self._lock:
            given = list(self.given)
        assert {item.value for item in given} == {message.value for message in self.published}
        by_key: dict[str, list[int]] = defaultdict(list)
        for value, key in dict.fromkeys((item.value, item.key) for item in given):
            by_key[key].append(int(value))
        for key, numbers in by_key.items():
            assert numbers == sorted(numbers), f"{key} came out of order"
        assert not self.taken_back

    def watch(self) -> None:
        """Nothing that was committed is taken back."""
        before: Mapping[int, int] = {}
        while not self._finished.is_set():
            now = self.ground.committed(self.bus, SENTIMENT, MENTIONS_RAW)
            self.taken_back |= {place for place, offset in before.items() if now[place] < offset}
            before = now
            self._finished.wait(0.02)

    def close(self) -> None:
        while self.workers:
            self.leave()
        self._finished.set()
        self._watcher.join()


def storm(ground: Ground, seed: int, rounds: int) -> Crowd:
    """So many rounds; what happened is in the crowd given back."""
    with closing(Crowd(ground, seed)) as crowd:
        for _ in range(rounds):
            crowd.round()
    return crowd


def main(bootstrap: str, rounds: str, seed: str = "0") -> None:
    for number in range(int(seed), int(seed) + int(rounds) // 10):
        with closing(KafkaGround(bootstrap, FakeClock())) as ground:
            crowd = storm(ground, number, 10)
        again = len(crowd.given) - len(crowd.published)
        sys.stdout.write(f"{number}: {len(crowd.published)} messages, {again} again, {crowd.rejoined} rejoined\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
