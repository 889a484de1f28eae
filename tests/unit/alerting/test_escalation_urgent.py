"""Paging over urgent cases on a fake clock: whom they wake, what joins them, and when it is over."""

from datetime import time

import pytest

from alerting.policies import PagingSettings, Step
from core.alert import Level
from core.paging import PageKind
from tests.unit.alerting.escalating import ORANGE, URGENT, YELLOW, Timeline, ladder, person

BO, CY = person("Bo"), person("Cy")
ADA = person("Ada", role="manager")
CHIEF = person("Chief", "call", role="executive")
NIGHT = {"quiet_from": time(22), "quiet_to": time(7)}


def test_an_urgent_case_reaches_executives_whatever_the_level(begin):
    house = begin(CHIEF, BO).at("09:00").urgent_case().expect_page("Bo", level=ORANGE).at("09:05")
    house.expect_page("Chief", "call").acknowledges("Chief", URGENT).expect_page("Bo", kind=PageKind.ACKNOWLEDGED)
    house.at("23:00").expect_silence()


def test_it_reaches_those_whom_only_red_reaches(begin):
    house = begin(CHIEF, BO, policy=ladder(["Bo"], Step(to=("Chief",), from_level="red")))
    house.at("09:00").urgent_case().expect_page("Bo").at("09:05").expect_page("Chief", "call").at("09:06")


def test_a_case_that_is_told_twice_changes_nothing(begin):
    house = begin(BO, policy=ladder(["Bo"])).at("09:00").urgent_case().expect_page("Bo")
    before = house.states[URGENT]
    assert house.urgent_case().states[URGENT] == before
    house.acknowledges("Bo", URGENT).at("12:00").urgent_case().at("13:00").expect_silence()


def test_it_wakes_people_from_their_usual_quiet_hours_but_not_those_who_sleep_until_red(begin):
    sleeper = person("Sleeper", quiet_until="red", **NIGHT)
    house = begin(person("Bo", **NIGHT), sleeper, policy=ladder(["Bo", "Sleeper"]))
    house.at("03:00").urgent_case().expect_page("Bo").acknowledges("Bo", URGENT).at("09:00").expect_silence()


# many
def test_a_flood_is_one_page_and_the_next_step_hears_how_many_there_are(begin):
    house = begin(BO, ADA, policy=ladder(["Bo"], ["Ada"])).at("09:00").urgent_case().expect_page("Bo")
    for number in range(2, 51):
        house.at(f"09:02:{number:02}").urgent_case(f"c-{number}")
    house.at("09:05").expect_page("Ada").at("09:09").expect_silence()
    assert house.states[URGENT].cases.count == 50


def test_whoever_has_them_hears_of_more_at_once_and_then_every_ten_minutes_at_most(begin):
    house = begin(BO, ADA, policy=ladder(["Bo"], ["Ada"])).at("09:00").urgent_case().expect_page("Bo")
    house.at("09:01").acknowledges("Bo", URGENT).at("09:10").urgent_case("c-2").expect_page("Bo", kind=PageKind.JOINED)
    house.at("09:12").urgent_case("c-3").at("09:15").urgent_case("c-4").at("09:30")
    house.expect_page("Bo", kind=PageKind.JOINED, at="09:20").at("10:00").expect_silence()


@pytest.mark.parametrize("minutes", [60, 5])
def test_after_a_while_a_further_one_is_asked_for_anew_and_first_of_whoever_has_the_others(begin, minutes):
    paging = PagingSettings(urgent_minutes=minutes)
    house = begin(BO, ADA, policy=ladder(["Bo"], ["Ada"]), paging=paging)
    house.at("09:00").urgent_case().expect_page("Bo").at("09:05").expect_page("Ada").acknowledges("Ada", URGENT)
    house.expect_page("Bo", kind=PageKind.ACKNOWLEDGED).at("10:04").urgent_case("c-2")
    if minutes == 60:
        house.expect_page("Ada", kind=PageKind.JOINED).at("10:05").urgent_case("c-3")
    house.expect_page("Ada", kind=PageKind.OPENED).at("10:08").expect_silence()
    house.at("10:10").expect_page("Bo", kind=PageKind.OPENED, at="10:10" if minutes == 60 else "10:09")
    house.acknowledges("Bo", URGENT).expect_page("Ada", kind=PageKind.ACKNOWLEDGED).at("12:00").expect_silence()


def test_a_ladder_that_ended_without_an_answer_begins_anew(begin):
    house = begin(BO, policy=ladder(["Bo"])).at("09:00").urgent_case().expect_page("Bo").at("10:00")
    house.expect_report("escalation_unanswered").urgent_case("c-2").expect_page("Bo").at("10:01")


# over
def test_it_is_over_when_all_are_answered_and_a_later_one_pages_again(begin):
    house = begin(BO, ADA, policy=ladder(["Bo"], ["Ada"])).at("09:00").urgent_case().urgent_case("c-2")
    house.expect_page("Bo").at("09:03").answers("c-1").expect_silence().at("09:04").answers("c-2")
    house.expect_page("Bo", kind=PageKind.RESOLVED).at("11:00").expect_silence()
    first = house.pages[0].ask.page
    house.urgent_case("c-3").expect_page("Bo", kind=PageKind.OPENED).at("11:01").expect_silence()
    assert house.pages[-1].ask.page != first


def test_one_that_was_answered_before_it_could_be_told_pages_nobody(begin):
    begin(BO).at("09:00")._look("c-1").at("12:00").expect_silence()


def test_one_that_is_put_back_into_the_queue_is_no_news(begin):
    house = begin(BO).at("09:00").urgent_case().expect_page("Bo").answers("c-1").expect_page("Bo")
    house.at("09:30").urgent_case().at("12:00").expect_silence()


def test_where_nobody_has_them_any_more_the_ladder_tells_of_those_that_joined(begin):
    house = begin(BO, CY, policy=ladder(["Bo"])).at("09:00").urgent_case().expect_page("Bo").acknowledges("Bo", URGENT)
    house.at("09:09")._handles("Bo", "delegated", URGENT, to="Cy").expect_page("Cy", kind=PageKind.DELEGATED)
    house.at("09:10").urgent_case("c-2").expect_page("Bo", kind=PageKind.JOINED).at("09:12").urgent_case("c-3")
    house.at("09:30").expect_page("Bo", at="09:14", kind=PageKind.DELEGATED).expect_page("Bo", at="09:19")
    for who in ("Cy", "Bo"):
        house.expect_report("delegation_unanswered", who)


def test_whoever_claims_all_of_them_has_them_in_hand(begin):
    house = begin(BO, ADA, policy=ladder(["Bo"], ["Ada"])).at("09:00").urgent_case().urgent_case("c-2")
    house.expect_page("Bo").at("09:01").claims("Ada", "c-1").at("09:05").expect_page("Ada")
    house.claims("Ada", "c-2").expect_page("Bo", kind=PageKind.ACKNOWLEDGED).at("12:00").expect_silence()
    assert house.states[URGENT].acknowledged_by == "Ada"


def test_at_the_end_of_the_shift_it_is_handed_over_as_an_incident_is(begin):
    house = begin(BO, CY, policy=ladder(["Bo"], ["Cy"])).at("09:00").urgent_case().expect_page("Bo")
    house.acknowledges("Bo", URGENT)
    house._handles("Bo", "delegated", URGENT, to="Cy").expect_page("Cy", kind=PageKind.DELEGATED).at("09:01")


# beside an incident
def test_whoever_has_a_grave_incident_of_the_brand_is_asked_before_anybody_is_woken(begin):
    house = begin(BO, ADA, policy=ladder(["Bo"], ["Ada"])).at("03:00").urgent_case(owner="Ada").expect_page("Ada")
    house.at("03:04").expect_silence().at("03:05").expect_page("Bo").at("03:06").expect_silence()


def test_where_they_cannot_be_asked_the_ladder_begins_at_once(begin):
    sleeper = person("Sleeper", quiet_until="red", **NIGHT)
    house = begin(BO, sleeper, policy=ladder(["Bo"]))
    house.at("03:00").urgent_case(owner="Sleeper").expect_page("Bo").acknowledges("Bo", URGENT)
    house.answers("c-1").expect_page("Bo", kind=PageKind.RESOLVED)
    house.at("03:10").urgent_case("c-2", owner="Somebody").expect_page("Bo").at("03:11").expect_silence()


def test_an_incident_and_its_urgent_cases_are_paged_and_taken_each_by_itself(begin):
    house = begin(BO).at("09:00").alert(YELLOW).expect_page("Bo", level=YELLOW).urgent_case()
    house.expect_page("Bo", level=ORANGE).acknowledges("Bo", URGENT).at("09:01").expect_silence()
    assert not house.state.acknowledged_by
    house.acknowledges("Bo").at("12:00").expect_silence()


def test_a_silence_holds_it_back_and_when_it_ends_the_page_goes_out(begin):
    house = begin(BO, policy=ladder(["Bo"])).at("09:00").silenced("09:30", URGENT).urgent_case()
    house.at("09:29").expect_silence().at("09:30").expect_page("Bo").acknowledges("Bo", URGENT).at("10:00")


def test_the_level_of_urgent_cases_is_one_that_pages_executives() -> None:
    assert Timeline(BO, CHIEF).at("09:00").urgent_case().states[URGENT].level == Level.ORANGE
