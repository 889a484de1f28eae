"""Signs of life, and what the page makes of them; a real store, and the test's clock."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from adapters.store import SqlStore
from core.errors import StorageError
from runtime.heartbeat import LEASE, WORKERS, Heartbeat, living, stages_health
from runtime.supervisor import OK
from tests.backends import open_embedded
from tests.fakes import FakeClock

STAGES = ("sentiment", "alerting")


@pytest.fixture
def store(tmp_path: Path, clock: FakeClock) -> Iterator[SqlStore]:
    bus, store = open_embedded(tmp_path, clock)
    yield store
    store.close()
    bus.close()


class Worker:
    """A process with its health, and the heartbeat that tells of it."""

    def __init__(self, stage: str, holder: str, store: SqlStore, clock: FakeClock) -> None:
        self.health = {"heartbeat": OK, stage: OK}
        self._clock = clock
        self.heartbeat = Heartbeat(stage, holder, store, clock, lambda: self.health)

    def live(self, seconds: float) -> None:
        until = self._clock.now() + timedelta(seconds=seconds)
        while self._clock.now() < until:
            self.heartbeat.step(0.5)


def test_a_stage_is_well_where_one_of_its_workers_is(store: SqlStore, clock: FakeClock) -> None:
    assert stages_health(store, STAGES, clock.now()) == {
        "sentiment": "No sentiment worker is running.",
        "alerting": "No alerting worker is running.",
    }
    ill, well = Worker("sentiment", "a", store, clock), Worker("sentiment", "b", store, clock)
    ill.health["sentiment"] = "Kafka doesn't answer"
    ill.heartbeat.step(0.5)
    assert stages_health(store, STAGES, clock.now())["sentiment"] == "Kafka doesn't answer"
    well.heartbeat.step(0.5)
    assert stages_health(store, STAGES, clock.now())["sentiment"] == OK
    assert (living(store, "sentiment", clock.now()), living(store, "alerting", clock.now())) == (2, 0)


def test_a_living_worker_is_there_for_as_long_as_it_lives(store: SqlStore, clock: FakeClock) -> None:
    worker = Worker("sentiment", "a", store, clock)
    for _ in range(20):
        worker.live(9)
        assert living(store, "sentiment", clock.now()) == 1
        assert stages_health(store, ["sentiment"], clock.now()) == {"sentiment": OK}


def test_signs_of_life_are_few_but_news_is_told_at_once(
    store: SqlStore, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    signs = []
    take = store.take_lease

    def counted(*arguments: object) -> bool:
        signs.append(arguments[-1])
        return take(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(store, "take_lease", counted)
    worker = Worker("sentiment", "a", store, clock)
    worker.live(60)
    assert len(signs) == 6
    worker.health["sentiment"] = "Loading."
    worker.heartbeat.step(0.5)
    assert stages_health(store, ["sentiment"], clock.now()) == {"sentiment": "Loading."}
    worker.health["sentiment"] = OK
    worker.heartbeat.step(0.5)
    assert stages_health(store, ["sentiment"], clock.now()) == {"sentiment": OK}
    assert len(signs) == 8


def test_who_leaves_is_not_missed_and_who_is_gone_without_a_word_is(store: SqlStore, clock: FakeClock) -> None:
    leaving, killed = Worker("sentiment", "a", store, clock), Worker("alerting", "b", store, clock)
    leaving.heartbeat.step(0.5)
    killed.heartbeat.step(0.5)
    leaving.heartbeat.close()
    clock.forward(seconds=LEASE.total_seconds() - 1)
    assert stages_health(store, STAGES, clock.now()) == {
        "sentiment": "No sentiment worker is running.",
        "alerting": OK,
    }
    clock.forward(seconds=1)
    assert stages_health(store, STAGES, clock.now()) == {
        "sentiment": "No sentiment worker is running.",
        "alerting": "No alerting worker has given a sign of life since 09:00 UTC.",
    }


def test_the_dead_are_forgotten_after_a_day(store: SqlStore, clock: FakeClock) -> None:
    Worker("alerting", "dead", store, clock).heartbeat.step(0.5)
    other = Worker("sentiment", "a", store, clock)
    clock.forward(hours=24)
    other.heartbeat.step(0.5)
    assert len(store.leases(WORKERS)) == 2
    clock.forward(minutes=1)
    other.heartbeat.step(0.5)
    assert [lease.holder for lease in store.leases(WORKERS)] == ["a"]
    assert stages_health(store, ["alerting"], clock.now()) == {"alerting": "No alerting worker is running."}


def test_a_name_that_begins_like_another_is_another(store: SqlStore, clock: FakeClock) -> None:
    store.take_lease("worker:sentimental:x", "x", clock.now(), clock.now() + LEASE, OK)
    assert living(store, "sentiment", clock.now()) == 0
    assert stages_health(store, ["sentiment"], clock.now()) == {"sentiment": "No sentiment worker is running."}


def test_a_store_that_is_away_is_told_by_the_step(
    store: SqlStore, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> bool:
        raise StorageError("the database is away")

    worker = Worker("sentiment", "a", store, clock)
    with monkeypatch.context() as away:
        away.setattr(store, "take_lease", refuse)
        with pytest.raises(StorageError, match="away"):
            worker.heartbeat.step(0.5)
    worker.heartbeat.step(0.5)
    assert living(store, "sentiment", clock.now()) == 1
