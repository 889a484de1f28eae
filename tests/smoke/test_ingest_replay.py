"""Files and the demonstration run through the real bus and store of one machine."""

import gzip
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

from core.brand import Brand
from core.events import MENTIONS_RAW, SENTIMENT, DeadLetter, MentionReceived, decode
from core.ports.bus import Bus
from ingest.poller import Poller, Totals
from ingest.recorded import RecordedFile
from ingest.sources.demonstration import DEMONSTRATION_BRAND, Demonstration
from ingest.sources.recording import Recording
from tests.backends import open_embedded
from tests.fakes import MONDAY, FakeClock

FIXTURE = Path(__file__).parents[1] / "fixtures" / "mentions.csv"


def drain(bus: Bus) -> list[MentionReceived]:
    consumer = bus.consumer(SENTIMENT, [MENTIONS_RAW])
    found: list[MentionReceived] = []
    while received := consumer.poll(500, 0.0):
        found += [decode(each.value, MentionReceived) for each in received]
        consumer.commit(received)
    consumer.close()
    return found


def test_a_file_with_faults_is_accounted_for_row_by_row(tmp_path: Path, clock: FakeClock) -> None:
    bus, store = open_embedded(tmp_path, clock)
    brands = [Brand(name="Northfold", handles=("Northfold",))]
    source = Recording(RecordedFile(FIXTURE, brands=brands, where=["inbound=true"]), clock)
    told: list[Totals] = []
    totals = Poller(source, bus, store, clock, progress=told.append).run(lambda: False)
    assert totals == told[-1] == Totals(accepted=3, skipped=1, dead=2, total=6)
    events = drain(bus)
    assert {event.mention.network_id for event in events} == {"100", "101", "102"}
    assert max(event.mention.created_at for event in events) == MONDAY
    letters = [decode(each.value, DeadLetter) for each in bus.browse(f"{MENTIONS_RAW}.dead")]
    told_of = Counter(letter.reason.split(":")[0] for letter in letters)
    assert told_of == {"mentions.csv, row 6": 1, "mentions.csv, row 7": 1}
    bus.close()
    store.close()


def test_a_half_written_file_stopped_in_the_middle_goes_on_and_loses_nothing(tmp_path: Path, clock: FakeClock) -> None:
    start = datetime(2026, 1, 5, tzinfo=UTC)
    rows = [
        f"{(start + timedelta(seconds=7 * n)).isoformat()},AcmeCo post {n * 7919 % 100_003},{n}" for n in range(9_000)
    ]
    whole = gzip.compress(("created_at,text,id\n" + "\n".join(rows)).encode())
    path = tmp_path / "stream.csv.gz"
    path.write_bytes(whole[: len(whole) // 2])

    def poller() -> Poller:
        bus, store = open_embedded(tmp_path, clock)
        opened.append((bus, store))
        return Poller(Recording(RecordedFile(path, brands=[Brand(name="AcmeCo")]), clock), bus, store, clock)

    opened: list[tuple[Bus, object]] = []
    first = poller()
    stopped = first.run(lambda: first.totals.accepted >= 1_000)
    first.close()
    opened[0][0].close()
    clock.forward(hours=1)
    rest = poller().run(lambda: False)
    assert stopped.dead + rest.dead == 1
    assert stopped.total == stopped.accepted + stopped.dead + rest.accepted
    events = drain(opened[1][0])
    assert len(events) == len({event.id for event in events}) == stopped.accepted + rest.accepted > 3_000
    last = max(events, key=lambda event: event.mention.created_at)
    assert last.mention.created_at == MONDAY
    opened[1][0].close()


def test_the_demonstration_reaches_the_bus(tmp_path: Path, clock: FakeClock) -> None:
    bus, store = open_embedded(tmp_path, clock)
    totals = Poller(Demonstration(clock), bus, store, clock).run(lambda: clock.now() > MONDAY + timedelta(minutes=5))
    events = drain(bus)
    assert len(events) == totals.accepted > 500
    assert {event.mention.brand for event in events} == {DEMONSTRATION_BRAND.name}
    assert {event.mention.origin for event in events} == {"demonstration"}
    bus.close()
    store.close()
