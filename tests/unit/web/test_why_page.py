"""Why an alert fired, on the page and on the API: every number leads to so many posts."""

import re
import sys
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import msgspec
import pytest

from api.whys import fragment
from core.alert import Alert, AlertEvent, IncidentState, Level
from core.why import Doubt, Forecast
from tests.unit.web.test_pages import HOSTILE, House

sys.path.insert(0, str(Path(__file__).parents[2] / "browser"))

import seed


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path)
    seed.explain(house.store, house.clock.now())
    yield house
    house.close()


def explained(house: House) -> dict[str, Any]:
    incident = house.store.incidents().items[0].id
    alerts = house.client.get(f"/api/v1/incidents/{incident}").json()["alerts"]
    assert [alert["why"] is not None for alert in alerts] == [False, False, False, True]
    why: dict[str, Any] = alerts[-1]["why"]
    return why


def count(house: House, address: str) -> int:
    answer = house.client.get(f"{address}&limit=200")
    assert answer.status_code == 200, answer.text
    return len(answer.json()["items"])


def test_every_number_of_the_api_comes_with_the_address_of_so_many_posts(house: House) -> None:
    why = explained(house)
    assert count(house, why["mentions"]) == why["posts"]
    numbers = [one for kind in ("themes", "phrases", "repeated", "voices", "sources") for one in why[kind]]
    assert len(numbers) > 10
    assert {one["mentions"]: count(house, one["mentions"]) for one in numbers} == {
        one["mentions"]: one["posts"] for one in numbers
    }
    assert [phrase["text"] for phrase in why["phrases"]][:1] == ["caught fire"]
    assert why["repeated"][0]["posts"] == 11


def test_every_number_on_the_page_opens_so_many_posts(house: House) -> None:
    page = house.text("/alarm").split('id="changed"')[1].split('id="incidents"')[0]
    opened = re.findall(r'<a href="(/mentions[^"]+)">.{0,120}?<b>(?:<[^>]+>)?(\d+)', page)
    assert len(opened) > 8
    for address, number in opened:
        filters = dict(parse_qsl(urlsplit(unescape(address)).query))
        asked = {"label" if name == "sentiment" else name: value for name, value in filters.items()}
        items = house.client.get("/api/v1/mentions", params={**asked, "limit": "200"}).json()["items"]
        assert len(items) == int(number), address
        if int(number) <= 50:
            assert house.text(unescape(address)).count('<article class="mention"') == int(number), address


def test_a_post_that_is_erased_is_named_nowhere_any_more(house: House) -> None:
    why = explained(house)
    gone = why["voices"][0]
    with house.store.unit() as unit:
        unit.erase_mentions([gone["mention"], *why["samples"], why["repeated"][0]["example"]])
    left = explained(house)
    assert gone["author"] not in str(left)
    assert (left["samples"], left["repeated"][0]["example"]) == ([], None)
    assert left["repeated"][0]["posts"] == 11
    page = house.text("/alarm")
    assert gone["author"] not in page
    assert "The example was erased." in page


def alert(house: House, **changes: Any) -> Alert:
    incident = house.store.incidents().items[0]
    told = house.store.alerts(incident.id)[-1]
    return msgspec.structs.replace(told, **{"id": "another", "at": house.clock.now(), **changes})


@pytest.mark.parametrize(
    ("doubt", "says"),
    [
        ("", "likely around"),
        ("few", "Too little is known"),
        ("flat", "It isn&#39;t rising"),
        ("far", "At this pace"),
    ],
    ids=["likely", "few", "flat", "far"],
)
def test_what_comes_next_is_said_with_its_doubt_and_no_promise(house: House, doubt: Doubt, says: str) -> None:
    now = house.clock.now()
    forecast = Forecast(level=4, needed=48, at=None if doubt else now, expected=50, until=now, doubt=doubt)
    with house.store.unit() as unit:
        unit.put_alert(alert(house, level=Level.ORANGE, forecast=forecast))
    page = house.text("/alarm")
    assert says in page
    assert "not a promise" in page
    incident = house.store.incidents().items[0]
    with house.store.unit() as unit:
        unit.put_incident(msgspec.structs.replace(incident, state=IncidentState.CLOSED, closed_at=now))
    assert says not in house.text("/alarm"), "nothing comes next of what is over"


def test_hostile_words_are_only_words(house: House) -> None:
    told = alert(house)
    assert told.why is not None
    phrase = msgspec.structs.replace(told.why.phrases[0], text="<script>alert(1)</script>&\"'")
    why = msgspec.structs.replace(told.why, phrases=(phrase,))
    post = seed.scored(1, "x", HOSTILE[:60], 10**6, 0.9, HOSTILE, house.clock.now())
    voice = msgspec.structs.replace(why.voices[0], mention=post.mention.id)
    with house.store.unit() as unit:
        unit.put_mentions([post])
        unit.put_alert(msgspec.structs.replace(told, why=msgspec.structs.replace(why, voices=(voice,))))
    page = house.text("/alarm")
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_mentions_are_narrowed_to_a_theme_and_an_author(house: House) -> None:
    assert house.text("/mentions?theme=delivery").count('<article class="mention"') == 2
    page = house.text("/mentions?author=toast_and_jam")
    assert page.count('<article class="mention"') == 1
    assert "Written by" in page
    assert '<option value="made_up" selected>made up</option>' in house.text("/mentions?theme=made_up")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("RT @someone: Do not buy 2 of these, ever again https://x.example/1", "of these, ever again"),
        ("short\nand the longer line is the one", "and the longer line is the one"),
        ("字" * 100, "字" * 60),
        ("@only https://links.example", ""),
    ],
    ids=["forwarded", "lines", "long", "nothing"],
)
def test_copies_are_searched_by_what_they_have_in_common(text: str, expected: str) -> None:
    assert fragment(text) == expected


def test_an_alert_that_says_no_why_leaves_the_page_as_it_was(house: House) -> None:
    incident = msgspec.structs.replace(house.store.incidents().items[0], id="old")
    with house.store.unit() as unit:
        unit.put_incident(incident)
        unit.put_alert(alert(house, incident="old", why=None, event=AlertEvent.OPENED))
    page = house.text("/alarm/old").split('id="changed"')[1]
    assert "What the negative posts are about" in page
    assert "Phrases that grew" not in page
