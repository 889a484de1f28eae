"""The alerting worker on the real bus and store: the same alerts however the stream is cut, repeated or broken."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from adapters.store import SqlStore
from alerting.backtest import backtest_mentions
from alerting.evidence import evidence
from alerting.explaining import Explaining
from alerting.service import AlertingService
from alerting.settings import AlertingSettings
from core.alert import Alert, Tally
from core.corrections import correct, uncorrect
from core.errors import ConflictError, StorageError
from core.events import ALERTS, MENTIONS_SCORED, AlertFired, Kind, MentionScored, decode, encode, received_event
from core.events import scored_event as scored_event_of
from core.mention import Label, ScoredMention
from core.model_error import Confusion, GivenCounts, KnownError
from core.ports.bus import Message
from core.relay import Relay
from tests.backends import StoreAt, open_embedded, sqlite_at
from tests.fakes import FakeClock
from tests.unit.alerting.timeline import START, burst, in_time, mention, ordinary

SETTINGS = AlertingSettings()
KNOWN_ERROR = {
    "en": Confusion(negative=GivenCounts(90, 10, 0), neutral=GivenCounts(10, 90, 0), positive=GivenCounts(10, 0, 90))
}
CRISIS = START + timedelta(days=2, hours=12)


class House:
    """Bus, store and worker over one folder, on a clock that the test moves."""

    def __init__(self, folder: Path, batch: int = 500, store_at: StoreAt = sqlite_at) -> None:
        self.clock = FakeClock(CRISIS + timedelta(days=1))
        self.bus, self.store = open_embedded(folder, self.clock, store_at)
        self.relay = Relay(self.store, self.bus)
        self.service = self.worker(batch)

    def worker(self, batch: int = 500) -> AlertingService:
        return AlertingService(self.bus, self.store, self.clock, self.relay, SETTINGS, batch=batch)

    def publish(self, stream: Sequence[ScoredMention], kind: Kind = "posted") -> None:
        """As the sentiment worker does it: first the store, then the bus."""
        with self.store.unit() as unit:
            if kind == "deleted":
                unit.erase_mentions([one.mention.id for one in stream])
            else:
                unit.put_mentions(stream)
        self.bus.publish([Message(MENTIONS_SCORED, one.mention.brand, encode(event(one, kind))) for one in stream])

    def run(self) -> None:
        while self.service.step(0.0):
            pass

    def let_pass(self, **duration: float) -> None:
        """As an idle worker sees it, with a look every quarter of an hour."""
        end = self.clock.now() + timedelta(**duration)
        while self.clock.now() < end:
            self.clock.time = min(end, self.clock.now() + timedelta(minutes=15))
            self.service.step(0.0)

    def alerts(self) -> list[Alert]:
        incidents = self.store.incidents(limit=500).items
        return sorted((a for one in incidents for a in self.store.alerts(one.id)), key=lambda a: (a.at, a.brand))

    def fired(self) -> list[AlertFired]:
        return [decode(one.value, AlertFired) for one in self.bus.browse(ALERTS, limit=1000, newest_first=False)]

    def counts(self) -> dict[str, Sequence[Tally]]:
        return {brand: self.store.series(brand, START - timedelta(days=9))[1] for brand in ("Nimbus", "Kumo")}

    def close(self) -> None:
        self.service.close()
        self.bus.close()
        self.store.close()


def event(one: ScoredMention, kind: Kind = "posted") -> MentionScored:
    return scored_event_of(received_event(one.mention, kind), one.score)


@contextmanager
def opened(folder: Path, batch: int = 500, store_at: StoreAt = sqlite_at) -> Iterator[House]:
    folder.mkdir(exist_ok=True)
    house = House(folder, batch, store_at)
    try:
        yield house
    finally:
        house.close()


@pytest.fixture
def house(tmp_path: Path, store_at: StoreAt) -> Iterator[House]:
    with opened(tmp_path, store_at=store_at) as one:
        yield one


STREAM = in_time(
    ordinary(2.8, rate=0.5),
    burst(CRISIS, 60, 40),
    ordinary(2.8, rate=0.5, seed=9, brand="Kumo"),
    burst(CRISIS + timedelta(hours=2), 40, 30, brand="Kumo"),
)


def expected_of(settings: AlertingSettings, known_error: KnownError | None = None) -> list[Alert]:
    """The alerts of a backtest, and why they fired."""
    explaining = Explaining(STREAM, settings, {})
    alerts = backtest_mentions(STREAM, settings, known_error)
    return [msgspec.structs.replace(alert, why=explaining.why(alert)) for alert in alerts]


EXPECTED = expected_of(SETTINGS)


def test_service_and_backtest_give_the_same_alerts(house: House) -> None:
    house.publish(STREAM)
    house.run()
    house.let_pass(hours=12)
    assert house.alerts() == EXPECTED
    assert sorted(one.alert.id for one in house.fired()) == sorted(alert.id for alert in EXPECTED)
    assert {brand: house.store.incidents(brand).items[0].state.value for brand in ("Nimbus", "Kumo")} == {
        "Nimbus": "closed",
        "Kumo": "closed",
    }


@pytest.mark.parametrize("settings", [SETTINGS, replace(SETTINGS, correct_share=True)], ids=["told", "judged"])
@pytest.mark.parametrize("batch", [17, 500])
def test_the_corrected_share_is_that_of_the_backtest_however_the_stream_is_cut(
    tmp_path: Path, settings: AlertingSettings, batch: int
) -> None:
    expected = expected_of(settings, KNOWN_ERROR)
    assert any("corrected for the model's known error" in alert.reason["en"] for alert in expected)
    with opened(tmp_path, batch=batch) as house:
        house.service = AlertingService(
            house.bus, house.store, house.clock, house.relay, settings, known_error=KNOWN_ERROR, batch=batch
        )
        house.publish(STREAM)
        house.run()
        house.let_pass(hours=12)
        assert house.alerts() == expected
        incident = house.store.incidents("Nimbus").items[0]
        assert incident.reason in [alert.reason for alert in expected]


def corrected(house: House, one: ScoredMention, label: Label) -> None:
    """As the api does it: the store, with its event in the outbox."""
    correct(house.store, house.relay, mention_id=one.mention.id, label=label, by="Ana", now=house.clock.now())


def test_counts_follow_what_a_person_says_and_takes_back(house: House) -> None:
    one, other = mention(START, id="one"), mention(START, id="other", label=Label.NEUTRAL)
    house.publish([one, other])
    house.run()
    corrected(house, one, Label.POSITIVE)
    corrected(house, other, Label.NEUTRAL)
    house.run()
    assert house.counts()["Nimbus"] == [Tally(minute=START, total=2, negative=0, sensitive=0)]
    house.publish([one, other])
    house.run()
    assert house.counts()["Nimbus"] == [Tally(minute=START, total=2, negative=0, sensitive=0)]
    corrected(house, other, Label.NEGATIVE)
    house.clock.forward(seconds=1)
    uncorrect(house.store, house.relay, mention_id=one.mention.id, now=house.clock.now())
    house.run()
    assert house.counts()["Nimbus"] == [Tally(minute=START, total=2, negative=2, sensitive=0)]


def test_corrections_that_turn_calm_into_a_storm_raise_the_alarm(house: House) -> None:
    storm = [
        mention(CRISIS + timedelta(seconds=20 * number), id=f"storm-{number}", label=Label.NEUTRAL)
        for number in range(90)
    ]
    house.publish(in_time(ordinary(2.5, rate=0.5), storm))
    house.run()
    assert {alert.rule for alert in house.alerts()} == {"trend"}
    for one in storm:
        corrected(house, one, Label.NEGATIVE)
    house.run()
    assert "baseline" in {alert.rule for alert in house.alerts()}


def test_however_the_stream_is_cut_into_batches_the_alerts_are_the_same(tmp_path: Path) -> None:
    with opened(tmp_path, batch=17) as house:
        house.publish(STREAM)
        house.run()
        house.let_pass(hours=12)
        assert house.alerts() == EXPECTED


def test_played_live_the_alerts_are_those_of_the_fast_replay(house: House) -> None:
    begin, end = CRISIS - timedelta(minutes=10), CRISIS + timedelta(hours=2, minutes=20)
    past = [one for one in STREAM if one.mention.created_at < begin]
    live = [one for one in STREAM if begin <= one.mention.created_at < end]
    house.clock.time = past[-1].mention.created_at
    house.publish(past)
    house.run()
    for one in live:
        while house.clock.now() + timedelta(minutes=1) < one.mention.created_at:
            house.let_pass(minutes=1)
        house.clock.time = one.mention.created_at
        house.publish([one])
        house.run()
    house.clock.time = STREAM[-1].mention.created_at
    house.publish(STREAM[len(past) + len(live) :])
    house.run()
    house.let_pass(hours=6)
    assert house.alerts() == EXPECTED


def test_everything_delivered_twice_changes_nothing(house: House) -> None:
    house.publish(STREAM)
    house.run()
    before = house.alerts(), house.counts(), [one.id for one in house.fired()]
    house.publish(STREAM)
    house.publish(STREAM[::-1])
    house.run()
    assert (house.alerts(), house.counts(), [one.id for one in house.fired()]) == before
    assert house.alerts()


def test_a_crash_between_store_and_commit_gives_every_alert_once(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.publish(STREAM)
    flush, crashes = house.relay.flush, iter([True, False] * 50)

    def flush_or_crash() -> int:
        if next(crashes):
            raise StorageError("the power went")
        return flush()

    monkeypatch.setattr(house.relay, "flush", flush_or_crash)
    done, failed = 0, 0
    while done < len(STREAM):
        try:
            done += house.service.step(0.0)
        except StorageError:
            failed += 1
    monkeypatch.setattr(house.relay, "flush", flush)
    house.let_pass(hours=12)
    assert failed > 1
    assert house.alerts() == EXPECTED
    assert sorted(one.alert.id for one in house.fired()) == sorted(alert.id for alert in EXPECTED)


def test_an_event_that_cant_be_read_goes_to_the_dead_letters_and_the_others_go_on(house: House) -> None:
    house.bus.publish([Message(MENTIONS_SCORED, "Nimbus", b"\xff{")])
    house.publish([mention(START)])
    assert house.service.step(0.0) == 2
    (letter,) = house.bus.browse(f"{MENTIONS_SCORED}.dead")
    assert b"not a MentionScored" in letter.value
    assert sum(tally.total for tally in house.counts()["Nimbus"]) == 1
    assert house.bus.lag("alerting", MENTIONS_SCORED) == 0


@pytest.mark.parametrize("written", ["2026-03-02T00:00:00", "0001-01-01T00:00:00Z"])
def test_a_time_that_cant_be_goes_to_the_dead_letters_and_the_others_go_on(house: House, written: str) -> None:
    plain = msgspec.to_builtins(event(mention(START, id="bad")))
    plain["mention"]["created_at"] = written
    house.bus.publish([Message(MENTIONS_SCORED, "Nimbus", msgspec.json.encode(plain))])
    house.publish([mention(START)])
    assert house.service.step(0.0) == 2
    assert len(house.bus.browse(f"{MENTIONS_SCORED}.dead")) == 1
    assert sum(tally.total for tally in house.counts()["Nimbus"]) == 1


def test_deletions_and_edits_move_counts(house: House) -> None:
    first, second = mention(START, id="first"), mention(START, id="second")
    house.publish([first, second])
    house.run()
    house.publish([mention(START, id="second", label=Label.NEUTRAL, revision=1)])
    house.publish([first], kind="deleted")
    house.run()
    assert house.counts()["Nimbus"] == [Tally(minute=START, total=1, negative=0, sensitive=0)]


def test_within_a_batch_the_last_word_on_a_mention_counts(house: House) -> None:
    house.publish([mention(START, id="a", revision=1, label=Label.NEUTRAL), mention(START, id="a")])
    house.publish([mention(START, id="b")])
    house.publish([mention(START, id="b")], kind="deleted")
    house.publish([mention(START, id="c")], kind="deleted")
    house.publish([mention(START, id="c")])
    house.run()
    assert house.counts()["Nimbus"] == [Tally(minute=START, total=1, negative=0, sensitive=0)]


def test_a_mention_that_comes_again_with_another_time_stays_where_the_store_has_it(house: House) -> None:
    house.publish([mention(START, id="a")])
    house.run()
    house.publish([mention(START + timedelta(hours=3), id="a", label=Label.NEUTRAL)])
    house.run()
    assert house.counts()["Nimbus"] == [Tally(minute=START, total=1, negative=1, sensitive=0)]


def test_a_mention_that_was_erased_before_it_is_read_is_not_counted(house: House) -> None:
    house.publish([mention(START, id="a"), mention(START, id="b")])
    with house.store.unit() as unit:
        unit.erase_mentions(["a"])
        unit.tally("Nimbus", (), gone=["a"])
    house.run()
    assert house.counts()["Nimbus"] == [Tally(minute=START, total=1, negative=1, sensitive=0)]


def test_a_mention_that_is_erased_while_it_is_counted_is_not_counted(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.publish([mention(START, id="a"), mention(START, id="b")])
    load = house.service._load

    def load_and_erase(brand: str, oldest: datetime) -> object:
        held = load(brand, oldest)
        monkeypatch.undo()
        with house.store.unit() as unit:
            unit.erase_mentions(["a"])
            unit.tally(brand, (), gone=["a"])
            assert unit.claim_series(brand, 0)
        return held

    monkeypatch.setattr(house.service, "_load", load_and_erase)
    house.run()
    assert house.counts()["Nimbus"] == [Tally(minute=START, total=1, negative=1, sensitive=0)]


def test_an_old_revision_that_comes_late_changes_nothing(house: House) -> None:
    house.publish([mention(START, id="a", label=Label.NEUTRAL, revision=1)])
    house.run()
    house.publish([mention(START, id="a")])
    house.run()
    assert house.counts()["Nimbus"] == [Tally(minute=START, total=1, negative=0, sensitive=0)]


def test_part_of_a_batch_counted_before_is_not_counted_again(house: House) -> None:
    early, late = mention(START, id="early"), mention(START + timedelta(seconds=20), id="late")
    house.publish([early])
    house.run()
    house.publish([early, late])
    house.run()
    assert house.counts()["Nimbus"] == [Tally(minute=START, total=2, negative=2, sensitive=0)]


def test_two_workers_take_turns_on_one_brand(house: House) -> None:
    other = house.worker()
    half = len(STREAM) // 2
    house.publish(STREAM[:half])
    house.run()
    house.service.close()
    house.publish(STREAM[half:])
    while other.step(0.0):
        pass
    other.close()
    house.let_pass(hours=12)
    assert house.alerts() == EXPECTED


def test_counts_that_another_worker_changed_are_read_anew(house: House) -> None:
    house.publish([mention(START, id="a")])
    house.run()
    with house.store.unit() as unit:
        assert unit.claim_series("Nimbus", 1)
    house.publish([mention(START, id="b")])
    house.run()
    assert house.store.series("Nimbus", START)[0] == 3
    assert house.counts()["Nimbus"] == [Tally(minute=START, total=2, negative=2, sensitive=0)]


def test_a_brand_that_never_stands_still_is_left_for_later(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    read = SqlStore.series

    def always_older(store: SqlStore, brand: str, since: object) -> tuple[int, Sequence[Tally]]:
        version, tallies = read(store, brand, since)  # type: ignore[arg-type]
        return version + 5, tallies

    house.publish([mention(START)])
    monkeypatch.setattr(SqlStore, "series", always_older)
    with pytest.raises(ConflictError, match="Nimbus"):
        house.service.step(0.0)
    monkeypatch.undo()
    house.run()
    assert sum(tally.total for tally in house.counts()["Nimbus"]) == 1


def test_an_incident_closes_although_nobody_says_anything_even_after_a_restart(house: House) -> None:
    house.publish([one for one in STREAM if one.mention.created_at < CRISIS + timedelta(minutes=40)])
    house.clock.time = CRISIS + timedelta(minutes=40)
    house.run()
    assert house.store.incidents("Nimbus").items[0].state.value != "closed"
    house.service.close()
    house.let_pass(hours=7)
    assert house.store.incidents("Nimbus").items[0].state.value == "closed"
    assert [one.alert.event.value for one in house.fired()].count("closed") == 1


def test_a_pause_in_the_replay_of_old_mentions_doesnt_carry_time_to_today(house: House) -> None:
    house.clock.time = START + timedelta(days=300)
    middle = next(n for n, one in enumerate(STREAM) if one.mention.created_at > CRISIS + timedelta(minutes=20))
    house.publish(STREAM[:middle])
    house.run()
    house.let_pass(minutes=3)
    assert house.store.incidents("Nimbus").items[0].state.value != "closed"
    house.publish(STREAM[middle:])
    house.run()
    house.let_pass(hours=12)
    assert house.alerts() == EXPECTED


def test_the_mentions_behind_an_alert_are_marked_and_their_themes_named(house: House) -> None:
    storm = [
        mention(CRISIS + timedelta(seconds=30 * n), id=f"storm-{n}", themes=("delivery",) if n % 3 else ("price",))
        for n in range(40)
    ]
    old = mention(CRISIS - timedelta(hours=6), id="old")
    stream = in_time(ordinary(2.4, rate=0.2), [old], storm)
    house.publish(stream)
    house.run()
    incident = house.store.incidents("Nimbus").items[0]
    assert incident.themes == ("delivery", "price")
    first = house.store.mention("storm-0")
    assert first
    assert first.budget.alerted == house.clock.now()
    before = house.store.mention("old")
    assert before
    assert before.budget.alerted is None


def test_the_evidence_ends_with_the_window(house: House) -> None:
    end = CRISIS.replace(second=0, microsecond=0)
    before, within, last, after = (
        mention(end + timedelta(seconds=second), id=str(second)) for second in (-3601, -3600, -1, 0)
    )
    house.publish([before, within, last, after])
    assert set(evidence(house.store, "Nimbus", [(end, "")], SETTINGS).mentions) == {within.mention.id, last.mention.id}


def test_evidence_is_found_beyond_one_page(house: House) -> None:
    storm = [mention(CRISIS + timedelta(milliseconds=50 * n), id=f"storm-{n}") for n in range(1200)]
    house.publish([*ordinary(2.4, rate=0.2), *storm])
    house.run()
    marked = [one for n in range(1200) if (one := house.store.mention(f"storm-{n}")) and one.budget.alerted]
    assert len(marked) == 1200


def test_the_band_is_kept_for_the_chart(house: House) -> None:
    house.publish(STREAM)
    house.run()
    points = house.store.band("Nimbus", CRISIS, CRISIS + timedelta(minutes=45))
    assert points[-1].observed > points[-1].high >= points[-1].low
    assert len({point.at for point in points}) == len(points) > 30
