"""One incident for each cause."""

from collections.abc import Collection, Mapping
from datetime import timedelta

import msgspec
import pytest

from alerting.causes import causes
from alerting.settings import AlertingSettings
from alerting.signals import Signal
from core.alert import Incident, IncidentState, Level
from core.language import Words
from tests.unit.alerting.timeline import START

SETTINGS = AlertingSettings()
WORDS: Words = {"en": "so", "zh-Hant": "是", "zh-Hans": "是"}
DELIVERY, PRICE, X, REDDIT = "theme:delivery", "theme:price", "source:x", "source:reddit"


def signal(segment: str, level: Level = Level.BLUE) -> Signal:
    return Signal(
        rule="baseline", level=level, observed=9, expected_low=0, expected_high=3, reason=WORDS, segment=segment
    )


def incident(segment: str, *, minutes: int = 0, joined: tuple[str, ...] = (), closed: bool = False) -> Incident:
    """One that opened so many minutes ago."""
    opened = START - timedelta(minutes=minutes)
    return Incident(
        id=f"i-{segment}",
        brand="Nimbus",
        state=IncidentState.CLOSED if closed else IncidentState.OPEN,
        level=Level.BLUE,
        peak=Level.BLUE,
        rule="baseline",
        reason=WORDS,
        observed=9,
        expected_low=0,
        expected_high=3,
        opened_at=opened,
        updated_at=opened,
        closed_at=START if closed else None,
        segment=segment,
        joined=joined,
    )


def given(
    *found: str,
    incidents: Collection[Incident] = (),
    explained: float = 0.0,
    shared: Mapping[str, float] | None = None,
) -> dict[str, list[str]]:
    """To the incident of which segment each finding goes, where of their posts so much is shared."""

    def in_common(_signal: Signal, segments: Collection[str]) -> float:
        return max(((shared or {}).get(segment, 0.0) for segment in segments), default=0.0)

    result = causes(
        {segment: [signal(segment)] for segment in found},
        {each.segment: each for each in incidents},
        lambda _segment, _whole: explained,
        in_common,
        START,
        SETTINGS,
    )
    return {segment: [each.segment for each in signals] for segment, signals in result.items()}


def test_a_storm_that_is_seen_everywhere_at_once_is_one_incident() -> None:
    assert given("", DELIVERY, X) == {"": ["", DELIVERY, X]}
    assert given("", incidents=[incident("")]) == {"": [""]}


def test_what_rises_in_one_segment_alone_is_about_that() -> None:
    assert given(DELIVERY) == {DELIVERY: [DELIVERY]}
    assert given(DELIVERY, incidents=[incident("", closed=True)]) == {DELIVERY: [DELIVERY]}


def test_the_same_posts_seen_in_a_theme_and_on_a_source_are_one_incident() -> None:
    assert given(X, DELIVERY, shared={X: 0.5, DELIVERY: 0.5}) == {DELIVERY: [DELIVERY, X]}
    assert given(PRICE, incidents=[incident(REDDIT)], shared={REDDIT: 0.8}) == {REDDIT: [PRICE]}


def test_two_themes_without_posts_in_common_are_two_incidents() -> None:
    assert given(DELIVERY, PRICE, shared={DELIVERY: 0.49, PRICE: 0.49}) == {DELIVERY: [DELIVERY], PRICE: [PRICE]}


@pytest.mark.parametrize(("explained", "expected"), [(0.34, DELIVERY), (0.33, "")], ids=["a-third", "less"])
def test_the_whole_belongs_to_a_segment_that_makes_up_a_third_of_its_rise(explained: float, expected: str) -> None:
    assert given("", incidents=[incident(DELIVERY)], explained=explained) == {expected: [""]}


def test_a_place_is_no_cause() -> None:
    assert given(REDDIT, incidents=[incident("", minutes=600)]) == {"": [REDDIT]}


def test_a_theme_that_rises_long_after_the_storm_began_is_a_cause_of_its_own() -> None:
    late, soon = incident("", minutes=61), incident("", minutes=60)
    assert given(PRICE, incidents=[soon]) == {"": [PRICE]}
    assert given(PRICE, incidents=[late]) == {PRICE: [PRICE]}
    assert given(PRICE, incidents=[incident("", minutes=600, joined=(PRICE,))]) == {"": [PRICE]}


def test_what_rises_soon_after_a_storm_has_returned_belongs_to_it() -> None:
    returned = msgspec.structs.replace(incident("", minutes=300), reopened_at=START - timedelta(minutes=60))
    assert given(PRICE, incidents=[returned]) == {"": [PRICE]}
    longer_ago = msgspec.structs.replace(returned, reopened_at=START - timedelta(minutes=61))
    assert given(PRICE, incidents=[longer_ago]) == {PRICE: [PRICE]}


def test_late_posts_that_speak_of_what_rose_with_the_storm_belong_to_it() -> None:
    storm = incident("", minutes=600, joined=(DELIVERY, X))
    assert given(PRICE, incidents=[storm], shared={DELIVERY: 0.5}) == {"": [PRICE]}
    # Nearly all posts are on one source; that says nothing about what they are about.
    assert given(PRICE, incidents=[storm], shared={X: 1.0}) == {PRICE: [PRICE]}


def test_once_it_is_an_incident_by_itself_it_stays_one() -> None:
    assert given("", PRICE, incidents=[incident("", minutes=5), incident(PRICE)]) == {"": [""], PRICE: [PRICE]}


def test_what_has_joined_an_incident_stays_with_it_while_shares_go_up_and_down() -> None:
    of_theme = incident(DELIVERY, minutes=20, joined=("", X))
    assert given("", incidents=[of_theme], explained=0.3) == {DELIVERY: [""]}
    assert given("", X, incidents=[of_theme], shared={DELIVERY: 0.45}) == {DELIVERY: ["", X]}
    assert given(PRICE, incidents=[of_theme], shared={DELIVERY: 0.45}) == {PRICE: [PRICE]}
    # Once it has an incident of its own, it belongs to that.
    assert given("", incidents=[of_theme, incident("")]) == {"": [""]}


def test_what_had_joined_an_incident_that_was_closed_just_now_opens_that_again() -> None:
    whole, of_theme = incident("", joined=(DELIVERY,), closed=True), incident(DELIVERY, joined=("",), closed=True)
    assert given(DELIVERY, incidents=[whole]) == {"": [DELIVERY]}
    assert given("", incidents=[of_theme]) == {DELIVERY: [""]}
    assert given(PRICE, incidents=[whole]) == {PRICE: [PRICE]}
    # What had an incident of its own opens that.
    assert given(DELIVERY, incidents=[whole, of_theme]) == {DELIVERY: [DELIVERY]}
    long_ago = START - timedelta(minutes=SETTINGS.reopen_minutes + 1)
    over = msgspec.structs.replace(whole, closed_at=long_ago)
    assert given(DELIVERY, incidents=[over]) == {DELIVERY: [DELIVERY]}


def test_findings_are_in_the_order_of_gravity() -> None:
    found = {"": [signal("")], DELIVERY: [signal(DELIVERY, Level.ORANGE)]}
    result = causes(found, {}, lambda _s, _w: 0.0, lambda _s, _g: 0.0, START, SETTINGS)
    assert [(each.segment, int(each.level)) for each in result[""]] == [(DELIVERY, 3), ("", 1)]
    assert causes({"": [], DELIVERY: []}, {}, lambda _s, _w: 0.0, lambda _s, _g: 0.0, START, SETTINGS) == {}
