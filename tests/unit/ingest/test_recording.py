"""A recording plays into the present, at every speed, and goes on after a stop."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.errors import ConfigurationError
from core.ports.source import Source, SourceItem
from ingest.recorded import RecordedFile
from ingest.sources.common import NAP
from ingest.sources.recording import BATCH, Recording
from tests.fakes import MONDAY, FakeClock

FIXTURE = Path(__file__).parents[2] / "fixtures" / "mentions.csv"


def recording(clock: FakeClock, speed: float = 0.0, path: Path = FIXTURE) -> Recording:
    return Recording(RecordedFile(path, brand="Northfold"), clock, speed=speed)


def many(folder: Path, count: int) -> Path:
    path = folder / "many.csv"
    start = datetime(2026, 1, 5, tzinfo=UTC)
    rows = [f"{start + timedelta(seconds=n):%Y-%m-%dT%H:%M:%SZ},text {n},{n}" for n in range(count)]
    path.write_text("created_at,text,id\n" + "\n".join(rows))
    return path


def mentions(items: list[SourceItem]) -> list[tuple[str, datetime]]:
    return [(mention.network_id, mention.created_at) for item in items for mention in item.mentions]


def test_it_is_a_source(clock: FakeClock) -> None:
    source: Source = recording(clock)
    assert source.name == "recording:mentions.csv"


def test_at_speed_0_the_spacing_stays_and_the_last_mention_is_posted_now(clock: FakeClock) -> None:
    items = list(recording(clock).items(""))
    minutes = {network_id: (at - MONDAY).total_seconds() / 60 for network_id, at in mentions(items)}
    assert minutes == {"100": -35, "101": -5, "102": -3, "103": 0}
    assert clock.now() == MONDAY
    assert [item.total for item in items if item.total is not None] == [6]
    assert sum(len(item.dead) for item in items) == 2


def test_a_row_of_the_future_does_not_become_the_present(clock: FakeClock, tmp_path: Path) -> None:
    path = many(tmp_path, 3)
    path.write_text(path.read_text() + "\n2100-01-01T00:00:00Z,not yet,99")
    items = list(recording(clock, path=path).items(""))
    assert [(at - MONDAY).total_seconds() for _, at in mentions(items)] == [-2, -1, 0]
    assert sum(len(item.dead) for item in items) == 1


def test_at_a_speed_mentions_come_when_they_are_due(clock: FakeClock) -> None:
    came = []
    for item in recording(clock, speed=60).items(""):
        for mention in item.mentions:
            assert clock.now() - timedelta(seconds=NAP) <= mention.created_at <= clock.now()
            assert mention.ingested_at == clock.now()
            came.append((mention.network_id, (mention.created_at - MONDAY).total_seconds()))
    assert came == [("100", 0), ("101", 30), ("102", 32), ("103", 35)]


def test_while_nothing_is_due_the_caller_is_asked_every_moment(clock: FakeClock) -> None:
    before = clock.now()
    for item in recording(clock, speed=1).items(""):
        assert clock.now() - before <= timedelta(seconds=NAP)
        before = clock.now()
        if clock.now() > MONDAY + timedelta(seconds=5):
            break
        assert item.cursor


def test_batches_are_bounded_and_a_cursor_goes_on_behind_them(clock: FakeClock, tmp_path: Path) -> None:
    path = many(tmp_path, 1_200)
    items = list(recording(clock, path=path).items(""))
    assert [len(item.mentions) for item in items] == [0, BATCH, BATCH, 200]
    whole = mentions(items)
    clock.forward(hours=3)
    rest = list(recording(clock, path=path).items(items[1].cursor))
    assert mentions(rest) == whole[BATCH:]
    assert rest[0].total == 700
    assert mentions(list(recording(clock, path=path).items(items[-1].cursor))) == []


def test_a_crash_before_the_first_batch_keeps_the_times(clock: FakeClock) -> None:
    first = next(recording(clock).items(""))
    clock.forward(minutes=10)
    again = mentions(list(recording(clock).items(first.cursor)))
    assert max(at for _, at in again) == MONDAY


def test_what_fell_due_meanwhile_comes_at_once(clock: FakeClock) -> None:
    first = next(recording(clock, speed=60).items(""))
    clock.forward(seconds=31)
    items = recording(clock, speed=60).items(first.cursor)
    assert [len(next(items).mentions) for _ in range(3)] == [0, 0, 2]


@pytest.mark.parametrize("cursor", ["", "nonsense", "{}", '{"file":"other","speed":0.0}'])
def test_a_cursor_that_is_not_its_own_begins_anew(clock: FakeClock, cursor: str) -> None:
    assert len(mentions(list(recording(clock).items(cursor)))) == 4


def test_a_cursor_of_another_speed_or_file_begins_anew(clock: FakeClock, tmp_path: Path) -> None:
    *_, last = recording(clock).items("")
    assert len(mentions(list(recording(clock, speed=600).items(last.cursor)))) == 4
    assert len(mentions(list(recording(clock, path=many(tmp_path, 3)).items(last.cursor)))) == 3


def test_a_file_without_mentions_ends_at_once(clock: FakeClock, tmp_path: Path) -> None:
    path = tmp_path / "none.csv"
    path.write_text("created_at,text\n")
    assert [item.total for item in recording(clock, path=path).items("")] == [0]


@pytest.mark.parametrize("speed", [-1.0, float("nan"), float("inf")])
def test_impossible_speeds(clock: FakeClock, speed: float) -> None:
    with pytest.raises(ConfigurationError, match="speed"):
        recording(clock, speed=speed)
