"""What every source must hold, driven by the real poller on the embedded bus.

A further network is played (`tests.networks.playing`) and named in `source_worlds`. The toy there stands in no
registry: it shows that the contract needs nothing of the product but the poller.
"""

import contextlib
import inspect
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from adapters.clock import SystemClock
from core.errors import SourceError
from core.events import MENTIONS_RAW, MentionReceived, decode
from core.ports.bus import Bus
from core.ports.source import Source, SourceItem
from core.ports.store import Store
from ingest.poller import Poller
from ingest.sources.registry import KINDS
from tests.backends import open_embedded
from tests.contract.source_worlds import DELETING, WORLDS, Toy, World, without_naps
from tests.networks.driving import A_WHILE

REAL = SystemClock()
A_FEW = 20  # steps in which a source that doesn't wait would have done too much
AWAY = 3_600.0  # seconds of a stop: longer than what any source looks back at without a cursor
LOOKS = 30  # steps after which one that asks may be due again


class Watched:
    """The source as it is, and what it gave."""

    def __init__(self, source: Source) -> None:
        self.name = source.name
        self.given: list[SourceItem] = []
        self._source = source

    def items(self, cursor: str) -> Iterator[SourceItem]:
        for item in self._source.items(cursor):
            self.given.append(item)
            yield item


class Driven:
    """A world whose source is driven by a poller, onto a bus of its own."""

    def __init__(self, world: World, bus: Bus, store: Store) -> None:
        self.world = world
        self.bus = bus
        self.store = store
        self.errors: list[str] = []
        self.begin()

    def begin(self) -> None:
        """As if the process began anew."""
        self.source = Watched(self.world.source())
        self.poller = Poller(self.source, self.bus, self.store, self.world.clock)

    def step(self) -> None:
        try:
            self.poller.step(0.0)
        except SourceError as error:
            self.errors.append(str(error))

    def until(self, holds: Callable[[], object]) -> None:
        ends = REAL.monotonic() + A_WHILE
        self.world.pass_time()
        steps = 0
        while not holds():
            assert REAL.monotonic() < ends, (self.texts(), self.errors)
            self.step()
            steps += 1
            if steps % LOOKS == 0:
                self.world.pass_time()

    def events(self) -> list[MentionReceived]:
        return [
            decode(each.value, MentionReceived) for each in self.bus.browse(MENTIONS_RAW, 1_000, newest_first=False)
        ]

    def texts(self) -> set[str]:
        return {event.mention.text for event in self.events()}

    def arrive(self, *keys: str) -> None:
        self.until(lambda: {f"Acme {key}" for key in keys} <= self.texts())

    def cursor(self) -> str:
        return self.store.cursor(f"source:{self.source.name}")


@pytest.fixture(params=WORLDS)
def driven(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Driven]:
    without_naps(monkeypatch)
    world = WORLDS[request.param]()
    bus, store = open_embedded(tmp_path, world.clock)
    with contextlib.closing(world), contextlib.closing(bus), contextlib.closing(store):
        driven = Driven(world, bus, store)
        driven.until(lambda: world.is_ready(driven.cursor()))
        yield driven
        driven.poller.close()


def ids(driven: Driven) -> set[str]:
    return {event.mention.id for event in driven.events()}


def test_it_goes_on_from_its_cursor(driven: Driven) -> None:
    driven.world.write("1")
    driven.arrive("1")
    driven.poller.close()
    driven.world.write("2")
    driven.world.clock.forward(AWAY)
    driven.begin()
    driven.world.write("3")
    driven.arrive("1", "2", "3")
    assert len(ids(driven)) == 3


def test_what_comes_again_after_a_crash_is_the_same(driven: Driven) -> None:
    driven.world.write("1")
    driven.arrive("1")
    place = driven.cursor()
    driven.world.write("2")
    driven.arrive("2")
    # The bus had it, and the cursor was never saved.
    with driven.store.unit() as unit:
        unit.save_cursor(f"source:{driven.source.name}", place)
    driven.poller.close()
    driven.begin()
    driven.until(lambda: [event.mention.text for event in driven.events()].count("Acme 2") == 2)
    assert len({event.id for event in driven.events()}) == 2


def test_a_repeat_is_the_same_mention(driven: Driven) -> None:
    driven.world.write("1")
    driven.arrive("1")
    driven.world.repeat()
    driven.world.write("2")
    driven.arrive("2")
    assert len({event.id for event in driven.events()}) == len(ids(driven)) == 2


def test_what_is_told_in_another_order_is_not_lost(driven: Driven) -> None:
    driven.world.write("1", "2", "3")
    driven.arrive("1", "2", "3")
    assert len(ids(driven)) == 3


def test_an_edit_comes_after_the_post_and_counts_more(driven: Driven) -> None:
    driven.world.write("1")
    driven.arrive("1")
    for text in ("Acme once", "Acme twice"):
        driven.world.edit("1", text)
        driven.until(lambda text=text: text in driven.texts())
    of_it = [event.mention for event in driven.events()]
    revisions = [mention.revision for mention in of_it]
    assert len({mention.id for mention in of_it}) == 1
    assert revisions == sorted(revisions)
    assert len(set(revisions)) == 3
    assert of_it[-1].text == "Acme twice"


def test_a_limit_is_honoured_and_nothing_is_lost(driven: Driven) -> None:
    driven.world.write("1")
    driven.arrive("1")
    driven.errors.clear()
    driven.world.limit()
    driven.world.write("2")
    asked = driven.world.asked()
    driven.until(lambda: driven.world.asked() > asked)
    for _ in range(A_FEW):
        driven.step()
    # Where it can't wait by itself it says so, and whoever drives it waits.
    assert driven.world.asked() - asked <= 1 + len(driven.errors)
    assert all("\n" not in error for error in driven.errors)
    driven.arrive("2")
    assert len(ids(driven)) == 2


def test_silence_is_no_sign_of_life_and_can_be_stopped(driven: Driven) -> None:
    driven.world.write("1")
    driven.arrive("1")
    driven.world.stall()
    driven.world.pass_time()
    driven.step()
    driven.source.given.clear()
    for _ in range(A_FEW):
        driven.step()
    assert len(driven.source.given) + len(driven.errors) >= A_FEW
    assert not any(item.heard for item in driven.source.given)
    driven.world.write("2")
    driven.world.mend()
    driven.arrive("2")
    assert len(ids(driven)) == 2


@pytest.mark.parametrize("driven", DELETING, indirect=True)
def test_a_deletion_is_passed_on(driven: Driven) -> None:
    driven.world.write("1", "2")
    driven.arrive("1", "2")
    driven.world.delete("1")
    driven.until(lambda: driven.events()[-1].kind == "deleted")
    gone = driven.events()[-1].mention
    (posted,) = [event.mention for event in driven.events() if event.mention.text == "Acme 1"]
    assert (gone.id, gone.text) == (posted.id, "")


def test_the_toy_is_small_and_nobody_knows_it() -> None:
    assert len(inspect.getsource(Toy).splitlines()) <= 30
    assert "toy" not in KINDS
