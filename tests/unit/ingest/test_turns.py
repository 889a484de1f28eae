"""Several ingest workers know a source and one at a time runs it; the clock is the test's, the store a real one."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from adapters.bus_embedded import EmbeddedBus
from adapters.store import SqlStore
from core.brand import Brand
from core.errors import InputError, StorageError
from core.events import MENTIONS_RAW, MentionReceived, decode
from core.lease import Lease
from core.service import Service
from ingest.poller import Poller
from ingest.recorded import RecordedFile
from ingest.sources.recording import Recording
from ingest.turns import LEASE, TakingTurns
from tests.backends import open_embedded
from tests.fakes import FakeClock

NAME = "source:feed"


def working(turns: TakingTurns) -> bool:
    return turns._service is not None


class Work:
    """Counts its steps; the next one fails where a test says so."""

    name = "work"

    def __init__(self) -> None:
        self.steps = 0
        self.closed = False
        self.failure: Exception | None = None

    def step(self, timeout: float) -> int:
        if self.failure:
            raise self.failure
        self.steps += 1
        return 1

    def close(self) -> None:
        self.closed = True


class Workers:
    """Some workers that share a store, each with the work that it has begun so far."""

    def __init__(self, store: SqlStore, clock: FakeClock) -> None:
        self._store, self._clock = store, clock
        self.works: dict[str, list[Work]] = {}

    def worker(self, holder: str) -> TakingTurns:
        begun = self.works.setdefault(holder, [])

        def make() -> Service:
            begun.append(Work())
            return begun[-1]

        return TakingTurns(NAME, make, self._store, self._clock, holder)

    def steps(self, holder: str) -> int:
        return sum(work.steps for work in self.works[holder])


@pytest.fixture
def embedded(tmp_path: Path, clock: FakeClock) -> Iterator[tuple[EmbeddedBus, SqlStore]]:
    bus, store = open_embedded(tmp_path, clock)
    yield bus, store
    bus.close()
    store.close()


@pytest.fixture
def store(embedded: tuple[EmbeddedBus, SqlStore]) -> SqlStore:
    return embedded[1]


@pytest.fixture
def workers(store: SqlStore, clock: FakeClock) -> Workers:
    return Workers(store, clock)


def test_one_of_two_works_and_the_other_waits(workers: Workers, store: SqlStore, clock: FakeClock) -> None:
    ada, bo = workers.worker("Ada"), workers.worker("Bo")
    for _ in range(200):
        assert ada.step(0.5) == 1
        before = clock.now()
        assert bo.step(0.5) == 0
        assert clock.now() - before == timedelta(seconds=0.5)
    assert (working(ada), working(bo)) == (True, False)
    assert (workers.steps("Ada"), workers.works["Bo"]) == (200, [])
    assert len(workers.works["Ada"]) == 1
    (lease,) = store.leases()
    assert lease == Lease(name=NAME, holder="Ada", until=lease.until)
    assert clock.now() < lease.until <= clock.now() + LEASE


def test_who_closes_hands_over_at_once(workers: Workers, store: SqlStore) -> None:
    ada, bo = workers.worker("Ada"), workers.worker("Bo")
    ada.step(0.5)
    bo.step(0.5)
    with capture_logs() as logged:
        ada.close()
    assert workers.works["Ada"][0].closed
    assert [each["event"] for each in logged] == ["source_given_back"]
    assert bo.step(0.5) == 1
    ada.close()  # again changes nothing
    assert [lease.holder for lease in store.leases()] == ["Bo"]


def test_who_never_had_a_turn_gives_nothing_back(workers: Workers, store: SqlStore) -> None:
    ada, bo = workers.worker("Ada"), workers.worker("Bo")
    ada.step(0.5)
    bo.step(0.5)
    bo.close()
    assert [lease.holder for lease in store.leases()] == ["Ada"]
    assert ada.step(0.5) == 1


def test_the_turn_of_who_died_goes_on_once_the_lease_has_run_out(workers: Workers, clock: FakeClock) -> None:
    ada, bo = workers.worker("Ada"), workers.worker("Bo")
    ada.step(0.5)
    clock.forward(seconds=LEASE.total_seconds() - 0.1)
    assert bo.step(0.0) == 0
    clock.forward(seconds=0.1)
    assert bo.step(0.0) == 1


def test_who_was_stalled_for_longer_than_the_lease_ends_its_work_and_waits(workers: Workers, clock: FakeClock) -> None:
    ada, bo = workers.worker("Ada"), workers.worker("Bo")
    ada.step(0.5)
    clock.forward(seconds=LEASE.total_seconds())
    bo.step(0.5)
    with capture_logs() as logged:
        assert ada.step(0.5) == 0
        assert ada.step(0.5) == 0
    assert workers.works["Ada"][0].closed
    assert not working(ada)
    assert [(each["event"], each["source"]) for each in logged] == [("source_lost", NAME)]
    ada.close()
    assert bo.step(0.5) == 1
    bo.close()
    assert ada.step(0.5) == 1
    assert len(workers.works["Ada"]) == 2


def test_who_was_stalled_while_nobody_else_was_there_goes_on(workers: Workers, clock: FakeClock) -> None:
    ada = workers.worker("Ada")
    ada.step(0.5)
    clock.forward(hours=1)
    assert ada.step(0.5) == 1
    assert len(workers.works["Ada"]) == 1


def test_a_clock_that_is_set_back_doesnt_keep_the_lease_from_being_renewed(
    workers: Workers, store: SqlStore, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = workers.worker("Ada")
    ada.step(0.5)
    real = clock.now
    monkeypatch.setattr(clock, "now", lambda: real() - timedelta(minutes=2))
    clock.forward(seconds=6)
    ada.step(0.5)
    (lease,) = store.leases()
    assert lease.until == clock.now() + LEASE


def test_an_error_of_the_work_is_passed_on_and_another_worker_may_try(workers: Workers, store: SqlStore) -> None:
    ada, bo = workers.worker("Ada"), workers.worker("Bo")
    ada.step(0.5)
    workers.works["Ada"][0].failure = InputError("the file is gone")
    with pytest.raises(InputError, match="the file is gone"):
        ada.step(0.5)
    ada.close()  # as the supervisor does after every error
    assert bo.step(0.5) == 1


def test_work_that_can_not_begin_is_an_error_and_not_a_turn(store: SqlStore, clock: FakeClock) -> None:
    def make() -> Service:
        raise InputError("there is no such file")

    turns = TakingTurns(NAME, make, store, clock, "Ada")
    with pytest.raises(InputError, match="no such file"):
        turns.step(0.5)
    assert not working(turns)
    turns.close()
    assert list(store.leases()) == []


def test_a_store_that_is_away_is_an_error_of_whoever_works_and_whoever_waits(
    workers: Workers, store: SqlStore, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, bo = workers.worker("Ada"), workers.worker("Bo")
    ada.step(0.5)
    with monkeypatch.context() as away:

        def refuse(*_: object) -> bool:
            raise StorageError("the database is away")

        away.setattr(store, "take_lease", refuse)
        assert ada.step(0.5) == 1  # it knows to have it for some seconds more
        clock.forward(seconds=5)
        for one in (ada, bo):
            with pytest.raises(StorageError, match="away"):
                one.step(0.5)
    assert ada.step(0.5) == 1


def test_a_recording_that_changes_hands_in_the_middle_comes_once_and_whole(
    embedded: tuple[EmbeddedBus, SqlStore], tmp_path: Path, clock: FakeClock
) -> None:
    bus, store = embedded
    rows = [f"2026-03-01T10:{minute:02d}:00Z,Post {minute},{minute}\n" for minute in range(60)]
    (tmp_path / "feed.csv").write_text("created_at,text,id\n" + "".join(rows), encoding="utf-8")

    def worker(holder: str) -> TakingTurns:
        def make() -> Service:
            file = RecordedFile(tmp_path / "feed.csv", brands=[Brand(name="Acme")], brand="Acme")
            return Poller(Recording(file, clock, speed=60), bus, store, clock, cursor=NAME)

        return TakingTurns(NAME, make, store, clock, holder)

    def play(workers: Sequence[TakingTurns], until: int) -> None:
        while len(bus.browse(MENTIONS_RAW, limit=1000)) < until:
            for one in workers:
                one.step(0.1)

    ada, bo = worker("Ada"), worker("Bo")
    play([ada, bo], 20)
    ada.close()
    play([bo], 40)
    clock.forward(seconds=LEASE.total_seconds())  # Bo is gone without a word
    play([worker("Cy")], 60)
    came = [decode(each.value, MentionReceived).mention for each in bus.browse(MENTIONS_RAW, 1000, newest_first=False)]
    assert [mention.network_id for mention in came] == [str(minute) for minute in range(60)]
    between = {later.created_at - earlier.created_at for earlier, later in pairwise(came)}
    assert between == {timedelta(seconds=1)}
