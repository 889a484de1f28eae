"""Silences and the trying of settings on the alarm page."""

import sys
from collections.abc import Iterator
from dataclasses import replace as changed
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from fastapi.testclient import TestClient
from msgspec.structs import replace

from api.app import create_app
from api.web.quiet import ends_at
from core.alert import Level, TallyEntry
from core.errors import InputError
from core.quiet import Maintenance, Planned
from tests.unit.web.test_pages import HOSTILE, House

sys.path.insert(0, str(Path(__file__).parents[2] / "browser"))

import seed

TAIPEI = ZoneInfo("Asia/Taipei")
NOW = datetime(2026, 3, 2, 18, 30, tzinfo=UTC)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path)
    incident = house.store.incidents().items[0]
    with house.store.unit() as unit:
        unit.put_incident(replace(incident, level=Level.ORANGE))
    yield house
    house.close()


def silenced(house: House, **fields: str) -> str:
    incident = house.store.incidents().items[0].id
    answer = house.client.post("/silences", data={"incident": incident, "reason": "a campaign", **fields})
    assert answer.status_code == 303
    return answer.headers["location"]


def test_a_silence_stands_on_the_page_with_owner_end_and_reason_until_it_is_taken_back(house: House) -> None:
    assert "Nobody is told" not in house.text("/alarm").split('id="silence"')[0]
    assert "problem" not in silenced(house, length="hour")
    (made,) = house.store.silences(house.clock.now())
    assert (made.brand, made.level, made.owner) == (seed.BRAND, Level.ORANGE, "Mei-Ling")
    assert made.until == house.clock.now() + timedelta(hours=1)
    page = house.text("/alarm")
    for said in ("Nobody is told until", "Silenced by Mei-Ling: a campaign", "Quiet at present", "up to Level 3"):
        assert said in page
    answer = house.client.post(f"/silences/{made.id}/end", data={"back": "/alarm"})
    assert answer.headers["location"] == "/alarm"
    page = house.text("/alarm")
    assert "Silenced by Mei-Ling" not in page
    assert house.store.incidents().items[0].closed_at is None


def test_red_goes_on_being_told_unless_it_is_said_expressly(house: House) -> None:
    incident = house.store.incidents().items[0]
    with house.store.unit() as unit:
        unit.put_incident(replace(incident, level=Level.RED))
    silenced(house)
    assert "Nobody is told until" not in house.text("/alarm")
    silenced(house, red="1")
    assert "Nobody is told until" in house.text("/alarm")


@pytest.mark.parametrize(
    "fields",
    [{"reason": " "}, {"length": "until"}, {"length": "until", "until": "1999-01-01T09:00"}],
    ids=["no reason", "no end", "an end that is past"],
)
def test_what_can_not_be_is_said_and_silences_nothing(house: House, fields: dict[str, str]) -> None:
    assert "problem=input" in silenced(house, **fields)
    assert house.store.silences() == []


def test_an_incident_that_is_not_there_is_not_silenced(house: House) -> None:
    assert "problem=missing" in silenced(house, incident="i-none")


def test_a_closed_incident_has_nothing_to_silence(house: House) -> None:
    incident = house.store.incidents().items[0]
    with house.store.unit() as unit:
        unit.put_incident(replace(incident, closed_at=house.clock.now()))
    assert 'id="silence"' not in house.text("/alarm")


def test_hostile_reasons_are_only_words(house: House) -> None:
    silenced(house, reason=HOSTILE[:400])
    assert "<script>alert(1)" not in house.text("/alarm")


def test_maintenance_is_shown_while_it_holds_and_a_week_before(house: House) -> None:
    window = Maintenance(
        name="nightly",
        owner="Ada",
        starts=datetime.fromisoformat("2026-03-02T02:00"),
        ends=datetime.fromisoformat("2026-03-02T04:00"),
        zone="Asia/Taipei",
        brand=seed.BRAND,
    )
    now = house.clock.now()

    def page(holds: bool, begins: timedelta) -> str:
        planned = Planned(window=window, holds=holds, since=now + begins, until=now + begins + timedelta(hours=2))
        parts = changed(house.parts, maintenance=lambda _now: [planned])
        with TestClient(create_app(parts), base_url="http://localhost") as client:
            return client.get("/alarm").text

    assert "maintenance" in page(holds=True, begins=-timedelta(hours=1)).split('id="quiet"')[1]
    assert "maintenance planned" in page(holds=False, begins=timedelta(days=6))
    assert 'id="quiet"' not in page(holds=False, begins=timedelta(days=8))


@pytest.mark.parametrize(
    ("length", "until", "expected"),
    [
        ("hour", "", datetime(2026, 3, 2, 19, 30, tzinfo=UTC)),
        ("tomorrow", "", datetime(2026, 3, 4, 1, 0, tzinfo=UTC)),
        ("until", "2026-03-05T08:15", datetime(2026, 3, 5, 0, 15, tzinfo=UTC)),
    ],
)
def test_ends_are_on_the_clock_of_the_reader(length: str, until: str, expected: datetime) -> None:
    assert ends_at(length, until, NOW, TAIPEI) == expected


@pytest.mark.parametrize("until", ["", "soon", "9999-12-31T23:59"])
def test_an_end_that_can_not_be_read_is_refused(until: str) -> None:
    with pytest.raises(InputError):
        ends_at("until", until, NOW, ZoneInfo("America/New_York"))


def counted(house: House) -> None:
    """Three ordinary days and a burst of an hour, a day ago."""
    now = house.clock.now()
    at = [now - timedelta(days=4, minutes=-20 * n) for n in range(210)]
    at += [now - timedelta(days=1, minutes=-n / 2) for n in range(60)]
    with house.store.unit() as unit:
        unit.tally(
            seed.BRAND,
            [TallyEntry(mention=f"t{n}", at=when, negative=True, sensitive=False) for n, when in enumerate(at)],
        )


def test_other_settings_are_tried_in_one_sentence_and_a_list(house: House) -> None:
    counted(house)
    for headers in ({}, {"HX-Request": "true"}):
        form = {"brand": seed.BRAND, "level_minimum": "100, 200, 300, 400"}
        page = house.client.post("/alarm/preview", data=form, headers=headers).text
        assert "With these settings there would have been 0 incidents in 30 days." in page
        assert "As it is set, 1." in page
        assert ("<html" in page) is not bool(headers)
    page = house.client.post("/alarm/preview", data={"brand": seed.BRAND, "calm_minutes": "10"}).text
    assert page.count("/mentions?") > 0
    assert "would have been 1 incident in" in page


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("false_alarms_per_week", "many", "can&#39;t be"),
        ("false_alarms_per_week", "1000", "at most 100"),
        ("level_minimum", "1, 2", "can&#39;t be"),
        ("calm_minutes", "600", "close_minutes must not be shorter"),
    ],
)
def test_settings_that_can_not_be_are_said(house: House, name: str, value: str, says: str) -> None:
    page = house.client.post("/alarm/preview", data={"brand": seed.BRAND, name: value}).text
    assert "Nothing was tried" in page
    assert says in page
