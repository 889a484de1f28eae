"""The page of the sources: how each stands, what was missed, what it costs."""

import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from adapters.store import SqlStore
from api.app import create_app
from api.parts import STARTING, ConfiguredSource, Parts
from api.web.chart import WIDTH, stretches
from api.web.sources import BAR, sources_view
from core.alert import Incident, IncidentState, Level
from core.ports.source import Read
from core.sight import BLIND, QUIET, SourceGap, SourceState
from core.spend import Budgets, State
from tests.backends import open_embedded
from tests.fakes import FakeClock

sys.path.insert(0, str(Path(__file__).parents[2] / "browser"))

import seed

X = ConfiguredSource("x", "x")
SOURCES = (ConfiguredSource("bluesky", "bluesky"), X, ConfiguredSource("toots", "mastodon"))
WHY = {"en": "We are blind on x.", "zh-Hant": "看不到 x。", "zh-Hans": "看不到 x。"}


@pytest.fixture
def parts(tmp_path: Path, clock: FakeClock) -> Iterator[Parts]:
    bus, store = open_embedded(tmp_path, clock)
    yield replace(seed.make_parts(store, bus, clock), sources=SOURCES)
    store.close()
    bus.close()


@pytest.fixture
def client(parts: Parts) -> Iterator[TestClient]:
    with TestClient(create_app(parts), base_url="http://localhost") as client:
        yield client


def put(parts: Parts, *things: SourceState | SourceGap | Incident) -> None:
    with parts.store.unit() as unit:
        for thing in things:
            if isinstance(thing, SourceState):
                unit.put_source_state(thing)
            elif isinstance(thing, SourceGap):
                unit.put_source_gap(thing)
            else:
                unit.put_incident(thing)


def state(name: str, now: datetime, heard: float | None = 1.0, reason: str = "") -> SourceState:
    return SourceState(
        name=name,
        watched_since=now - timedelta(hours=6),
        heard_at=None if heard is None else now - timedelta(seconds=heard),
        gap=0.3,
        reason=reason,
    )


def incident(source: str, now: datetime, rule: str = BLIND, minutes: float = 20) -> Incident:
    return Incident(
        id=f"blind-{source}",
        brand="",
        source=source,
        state=IncidentState.OPEN,
        level=Level.ORANGE,
        peak=Level.ORANGE,
        rule=rule,
        reason=WHY,
        observed=minutes,
        expected_low=0,
        expected_high=1,
        opened_at=now - timedelta(minutes=minutes - 1),
        updated_at=now,
    )


def test_each_source_stands_as_the_store_says(parts: Parts, clock: FakeClock) -> None:
    now = clock.now()
    put(parts, state("bluesky", now), state("x", now, 1200, "X answered 503."), incident("x", now))
    bluesky, x, toots = sources_view(parts, now).sources
    assert [each.standing for each in (bluesky, x, toots)] == ["sees", "blind", "waiting"]
    assert (x.reason, x.blind_for) == ("X answered 503.", timedelta(minutes=20))
    assert (bluesky.bar, bluesky.began, toots.began) == ((), 0.75 * BAR, BAR)
    assert bluesky.every == timedelta(seconds=0.3)
    assert toots.every == timedelta()


@pytest.mark.parametrize(
    ("known", "health", "rule", "standing"),
    [
        (None, {}, "", "waiting"),
        (True, {"source:x": STARTING}, "", "sees"),
        (True, {"source:x": "No bearer token."}, "", "stumbles"),
        (True, {}, QUIET, "quiet"),
    ],
)
def test_what_goes_wrong_outside_of_the_source_is_said_too(
    parts: Parts, clock: FakeClock, known: bool | None, health: dict[str, str], rule: str, standing: str
) -> None:
    now = clock.now()
    put(parts, *([state("x", now)] if known else []), *([incident("x", now, rule)] if rule else []))
    view = sources_view(replace(parts, sources=(X,), health=lambda: health), now)
    assert [each.standing for each in view.sources] == [standing]


def test_the_delay_is_that_of_the_networks_latest_mentions(parts: Parts, clock: FakeClock) -> None:
    now = clock.now()
    with parts.store.unit() as unit:
        unit.put_mentions([seed.scored(m, "x", "a", 1, 0.9, f"Lumenbread {m}", now) for m in (1, 2, 3)])
    bluesky, x, _ = sources_view(parts, now).sources
    assert (bluesky.delay, x.delay) == (None, timedelta(seconds=4))


def test_gaps_are_told_latest_first_and_one_that_lasts_ends_now(parts: Parts, clock: FakeClock) -> None:
    now = clock.now()
    early = SourceGap(source="x", since=now - timedelta(days=2), until=now - timedelta(days=1, hours=23), reason="cut")
    lost = SourceGap(source="bluesky", since=now - timedelta(hours=3), until=now - timedelta(hours=2), lost=True)
    put(parts, early, lost, state("x", now, 1200), incident("x", now))
    view = sources_view(parts, now)
    assert [(gap.source, gap.lost) for gap in view.gaps] == [("x", False), ("bluesky", True), ("x", False)]
    assert view.gaps[0].until == view.at
    assert view.sources[0].blind_for == timedelta(hours=1)


def test_stretches_keep_to_the_drawing_and_can_be_seen(clock: FakeClock) -> None:
    since, until = clock.now(), clock.now() + timedelta(hours=2)
    hour = timedelta(hours=1)
    gaps = [
        SourceGap(source="x", since=since - hour, until=since + hour),
        SourceGap(source="x", since=since + hour, until=since + hour + timedelta(seconds=1), lost=True),
        SourceGap(source="x", since=until, until=until + hour),
    ]
    drawn = stretches(gaps, since, until, WIDTH)
    assert [(each.x, each.width, each.lost) for each in drawn] == [
        (0, WIDTH / 2, False),
        (WIDTH / 2, pytest.approx(WIDTH / 500), True),
    ]


def test_the_page_says_it_all(parts: Parts, client: TestClient, clock: FakeClock) -> None:
    now = clock.now()
    gap = SourceGap(source="x", since=now - timedelta(hours=3), until=now - timedelta(hours=2), lost=True, reason="<b>")
    put(parts, state("bluesky", now), state("x", now, 1200, "X answered <503>."), incident("x", now), gap)
    page = client.get("/sources").text
    assert "One of 3 sources is blind: X." in page
    assert "X answered &lt;503&gt;." in page
    assert "&lt;b&gt;" in page
    assert "lost: it can" in page
    assert "still lasts" in page
    assert "url(#hatched-lost)" in page
    assert "/alarm/blind-x" in page


def test_all_is_well(parts: Parts, clock: FakeClock) -> None:
    now = clock.now()
    put(parts, *(state(one.name, now) for one in SOURCES))
    with TestClient(create_app(parts), base_url="http://localhost") as client:
        page = client.get("/sources").text
    assert "All sources see." in page
    assert "Nothing. While a source was watched, it saw." in page


def test_only_the_page_of_the_sources_and_the_banner_tell_of_live_ones(parts: Parts) -> None:
    folder = ConfiguredSource("drop", "folder", live=False)
    health = {"source:x": "No bearer token.", "source:drop": "The folder is gone."}
    ill = replace(parts, sources=(X, folder), health=lambda: health, demonstration=seed.Showing("absent"))
    with TestClient(create_app(ill), base_url="http://localhost") as client:
        page, own = client.get("/").text, client.get("/sources").text
    assert "drop: this does not work at the moment" in page
    assert "No bearer token." not in page
    assert "No bearer token." in own


def test_without_a_live_source_the_page_says_how_to_get_one(parts: Parts) -> None:
    alone = replace(parts, sources=(), demonstration=seed.Showing("absent"))
    with TestClient(create_app(alone), base_url="http://localhost") as client:
        page = client.get("/sources").text
    assert "No live source is configured" in page
    assert "kind = &#34;bluesky&#34;" in page or 'kind = "bluesky"' in page


def test_a_folder_is_at_work_and_webhooks_that_are_on_are_named(parts: Parts, clock: FakeClock) -> None:
    folder = ConfiguredSource("drop", "folder", live=False)
    others = replace(parts, sources=(folder,), webhooks=replace(parts.webhooks, keys=(b"1",), line_channel_secret="2"))
    view = sources_view(others, clock.now())
    assert [(each.standing, each.delay) for each in view.sources] == [("works", None)]
    assert (view.live, view.webhooks) == ((), ("mentions", "line"))
    with TestClient(create_app(others), base_url="http://localhost") as client:
        page = client.get("/sources").text
    assert "At work" in page
    assert "Webhooks that are on: signed posts, LINE." in page
    assert "Last sign of life" not in page
    broken = replace(others, health=lambda: {"source:drop": "The folder is gone."})
    assert [(each.standing, each.reason) for each in sources_view(broken, clock.now()).sources] == [
        ("stumbles", "The folder is gone.")
    ]


def test_what_is_spent_is_shown_against_the_budget(parts: Parts, clock: FakeClock) -> None:
    now = clock.now()
    store = parts.store
    assert isinstance(store, SqlStore)
    with store.unit() as unit:
        unit.bill("x", [Read(resource="post", ids=tuple(str(number) for number in range(200)))], now)
    broke = replace(parts, budgets=Budgets(x=1.0))
    assert [spend.state for spend in sources_view(broke, now).spends] == [State.NARROWED]
    with TestClient(create_app(broke), base_url="http://localhost") as client:
        page = client.get("/sources").text
    assert "x: $1.00 of $1.00 are spent." in page
    assert "meter-spent" in page
    with TestClient(create_app(replace(parts, budgets=Budgets())), base_url="http://localhost") as client:
        page = client.get("/sources").text
    assert "there is no budget" in page
    assert "meter-spent" not in page


def test_a_demonstration_without_sources_says_where_its_networks_come_from(parts: Parts) -> None:
    with TestClient(create_app(replace(parts, sources=())), base_url="http://localhost") as client:
        page = client.get("/sources").text
    assert "No live source is configured. What “Now” shows comes from the demonstration" in page
    assert "What comes over webhooks, or is played with “sixminute replay”, is under “Mentions”" in page
