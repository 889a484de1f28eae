"""An hour of five networks at once, with faults, pressed into minutes; and what became of the posts.

Real sources, poller, turns and supervisor run on the embedded bus and SQLite, by a clock that runs faster. What the
client libraries time by themselves (connecting, reading) takes as long as ever, so it is longer in the hour.
"""

import heapq
import random
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

from adapters.clock import SystemClock
from core.brand import Brand
from core.events import MENTIONS_RAW, MentionReceived, decode
from core.ports.bus import Bus, Consumer, Message
from runtime import stages
from runtime.settings import Settings
from runtime.supervisor import Job, Running, Supervisor
from runtime.wiring.house import House, open_house
from tests.networks.accounting import Post, Report, Seen, account_of
from tests.networks.played import everything
from tests.networks.playing import FAULTS, STALL, Played

HOUR = 3_600.0
BRANDS = (Brand(name="Acme", aliases=("艾可美",)), Brand(name="Zenith"))
STALLS = 90.0
"""Seconds of the hour that a stall lasts; sources are patient for sixty."""
AWAY = 60.0
"""Seconds of the hour for which each source is stopped once."""
_REFILL = 120.0
_LINGER = 5.0
"""Seconds of the real clock in which nothing more must come."""
_READY = 120.0
_NAMED, _SWAPPED, _TWICE = 0.8, 0.05, 0.1
_MARK = re.compile(r"post (\d+) of (\w+)")
_GROUP = "measuring"


class FastClock(SystemClock):
    """The real clock, of which so many seconds pass in one."""

    def __init__(self, faster: float) -> None:
        self._faster = faster
        self._began, self._at = super().now(), super().monotonic()

    def now(self) -> datetime:
        """The moment, in UTC."""
        return self._began + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        """Seconds since it was made."""
        return (super().monotonic() - self._at) * self._faster

    def sleep(self, seconds: float) -> None:
        """Do nothing for so long."""
        super().sleep(seconds / self._faster)


class Hour:
    """Plays it, once.

    Args:
        folder: for bus and store.
        minutes: of the real clock that it takes.
        seed: of what is left to chance.
        patience: seconds of the real clock in which everything must have come after the end.
        around: what is put around the bus, to see that a loss is noticed.
        say: is told what goes on.
    """

    def __init__(
        self,
        folder: Path,
        minutes: float,
        seed: int,
        *,
        patience: float,
        around: Callable[[Bus], Bus],
        say: Callable[[str], None],
    ) -> None:
        self._patience = patience
        self._folder = folder
        faster = HOUR / 60 / minutes
        self._clock = FastClock(faster)
        self._real = SystemClock()
        self._chance = random.Random(seed)
        self._around = around
        self._say = say
        self._networks = everything(self._clock, faster)
        self._posts: list[Post] = []
        self._seen: list[Seen] = []
        self._faults: dict[str, list[tuple[datetime, str]]] = {one.name: [] for one in self._networks}
        self._numbers = count(1)
        self._plan: list[tuple[float, int, Callable[[], None]]] = []
        self._order = count()
        self._running: dict[str, Running] = {}

    def play(self) -> Report:
        """Begin, go through the hour, wait for what is still to come, and compare."""
        with ExitStack() as opened:
            for one in self._networks:
                opened.enter_context(one.server)
            house = open_house(self._settings(), self._clock, around=self._around)
            opened.callback(house.close)
            supervisor = Supervisor(self._clock, picker=self._chance)
            opened.callback(supervisor.stop)
            jobs = {job.name.partition(":")[2]: job for job in self._jobs(house)}
            self._running = {name: supervisor.start(job) for name, job in jobs.items()}
            self._get_ready(house)
            consumer = house.bus.consumer(_GROUP, [MENTIONS_RAW])
            self._make_plan(supervisor, jobs)
            while self._plan:
                at, _, act = heapq.heappop(self._plan)
                while (left := at - self._clock.monotonic()) > 0:
                    self._read(consumer)
                    self._clock.sleep(min(left, 1.0))
                act()
            failures = {name: supervisor.tallies[job.name].failures for name, job in jobs.items()}
            self._catch_up(consumer, supervisor)
        return self._report(failures)

    def _settings(self) -> Settings:
        where = {name: value for one in self._networks for name, value in one.where.items()}
        tables = tuple(one.table for one in self._networks)
        return Settings(data_dir=self._folder, brands=BRANDS, sources=tables, **where)

    def _jobs(self, house: House) -> list[Job]:
        return stages.jobs(house.settings, lambda: house, _no_model, channels=(), stages={"ingest"}, holder="measuring")

    def _get_ready(self, house: House) -> None:
        """Until all have begun; posts before that give each something to begin with, and none is silent meanwhile."""
        ends = self._real.monotonic() + _READY
        waiting = list(self._networks)
        while waiting:
            for one in self._networks:
                one.write("Nothing about anybody")
            self._real.sleep(0.5)
            waiting = [one for one in waiting if not one.is_ready(house.store.cursor(f"source:{one.name}"))]
            if self._real.monotonic() > ends:
                raise SystemExit(f"not ready: {', '.join(one.name for one in waiting)}")
        self._say("all sources listen")

    def _make_plan(self, supervisor: Supervisor, jobs: Mapping[str, Job]) -> None:
        began = self._clock.monotonic()
        for index, one in enumerate(self._networks):
            self._at(began, self._posting(one, began + HOUR))
            kinds = self._chance.sample(FAULTS, len(FAULTS))
            slot = HOUR / len(kinds)
            for number, kind in enumerate(kinds):
                at = began + (number + self._chance.uniform(0.1, 0.6)) * slot
                self._at(at, self._failing(one, kind))
                if kind == STALL:
                    self._at(at + STALLS, one.mend)
            stop = began + HOUR * (0.4 + 0.05 * index)
            self._at(stop, self._stopping(one))
            self._at(stop + AWAY, self._starting(one, supervisor, jobs[one.name]))
        for number in range(int(HOUR / _REFILL)):
            self._at(began + number * _REFILL, lambda: [one.refill() for one in self._networks])

    def _at(self, moment: float, act: Callable[[], object]) -> None:
        heapq.heappush(self._plan, (moment, next(self._order), lambda: (act(), None)[1]))

    def _posting(self, one: Played, ends: float) -> Callable[[], None]:
        def post() -> None:
            at = self._clock.monotonic()
            several = 2 if self._chance.random() < _SWAPPED else 1
            one.write(*(self._words(one) for _ in range(several)))
            if self._chance.random() < _TWICE:
                one.again()
            if at + several * one.every < ends:
                self._at(at + several * one.every, post)

        return post

    def _words(self, one: Played) -> str:
        number = next(self._numbers)
        named = self._chance.random() < _NAMED
        who = self._chance.choice(("Acme", "Zenith", "艾可美")) if named else "Nobody"
        self._posts.append(Post(one.name, number, self._clock.now(), named))
        return f"{who} again: post {number} of {one.name}"

    def _failing(self, one: Played, kind: str) -> Callable[[], None]:
        return self._noted(one, kind, lambda: one.go_wrong(kind))

    def _stopping(self, one: Played) -> Callable[[], None]:
        return self._noted(one, "stopped and started", self._running[one.name].stop)

    def _noted(self, one: Played, kind: str, act: Callable[[], None]) -> Callable[[], None]:
        """Do it, as a fault that the report knows of."""

        def do() -> None:
            self._faults[one.name].append((self._clock.now(), kind))
            self._say(f"{one.name}: {kind}")
            act()

        return do

    def _starting(self, one: Played, supervisor: Supervisor, job: Job) -> Callable[[], None]:
        def start() -> None:
            self._running[one.name] = supervisor.start(job)

        return start

    def _read_on(self, consumer: Consumer) -> None:
        self._read(consumer)
        self._real.sleep(0.25)

    def _read(self, consumer: Consumer) -> None:
        received = consumer.poll(1_000, 0.0)
        for each in received:
            event = decode(each.value, MentionReceived)
            mark = _MARK.search(event.mention.text)
            number, network = (int(mark[1]), mark[2]) if mark else (0, event.mention.source)
            self._seen.append(Seen(network, number, event.id, event.mention.id, each.published_at))
        if received:
            consumer.commit(received)

    def _catch_up(self, consumer: Consumer, supervisor: Supervisor) -> None:
        self._say("the hour is over; what is still to come is waited for")
        ends = self._real.monotonic() + self._patience
        wanted = {post.number for post in self._posts if post.named}
        while wanted - {each.number for each in self._seen} and self._real.monotonic() < ends:
            self._read_on(consumer)
            for one in self._networks:
                one.refill()
        ends = self._real.monotonic() + _LINGER
        while self._real.monotonic() < ends:
            self._read_on(consumer)
        for name, health in supervisor.health().items():
            self._say(f"{name}: {health}")

    def _report(self, failures: Mapping[str, int]) -> Report:
        accounts = {
            one.name: account_of(
                [post for post in self._posts if post.network == one.name],
                [each for each in self._seen if each.network == one.name],
                [at for at, _ in self._faults[one.name]],
            )
            for one in self._networks
        }
        return Report(
            accounts,
            {name: [kind for _, kind in faults] for name, faults in self._faults.items()},
            {one.name: one.server.faults_left for one in self._networks},
            failures,
        )


class Saboteur:
    """A bus that loses, or renames, every so manieth message: what measures must notice that."""

    def __init__(self, bus: Bus, way: str, every: int = 50) -> None:
        self._bus = bus
        self._way = way
        self._every = every
        self._count = 0

    def publish(self, messages: Sequence[Message], timeout: float = 30.0) -> None:
        """Publish most of them; or all of them, and some under another id as well."""
        passed: list[Message] = []
        for message in messages:
            self._count += 1
            chosen = self._count % self._every == 0
            if not (chosen and self._way == "lose"):
                passed.append(message)
            if chosen and self._way == "double":
                other = message.value.replace(message.key.encode(), f"{message.key[:-4]}beef".encode())
                passed.append(Message(message.topic, message.key, other))
        self._bus.publish(passed, timeout)

    def __getattr__(self, name: str) -> object:
        """Everything else is the bus's own."""
        return getattr(self._bus, name)


def _no_model() -> object:
    raise AssertionError("nothing is scored here")
