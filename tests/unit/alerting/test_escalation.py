"""Paging on a fake clock: who is paged, when, over what, until somebody has it in hand. What isn't expected fails."""

import dataclasses
from datetime import datetime, time, timedelta

import msgspec
import pytest

from alerting.escalation import Accepted, Failed, Fired, Passed
from alerting.policies import Rotation, Step
from core.alert import AlertEvent
from core.escalation import Deed, Escalation
from core.paging import PageKind
from tests.unit.alerting.escalating import BLUE, INCIDENT, ORANGE, RED, YELLOW, Timeline, ladder, person

MEI, BO, ADA = person("Mei-Ling", "sms", "email"), person("Bo"), person("Ada", role="manager")
CHIEF = person("Chief", "call", role="executive")
NIGHT = {"quiet_from": time(22), "quiet_to": time(7)}


# the usual ladder
def test_without_any_people_whoever_reads_the_log_is_told_once_a_level(begin):
    begin().at("09:00").alert(YELLOW).expect_page("everybody", "log").at("10:00").alert(ORANGE).expect_page(
        "everybody", "log"
    ).at("11:00").closes().expect_page("everybody", "log", kind=PageKind.RESOLVED).at("23:00").expect_silence()


def test_without_policies_staff_come_first_then_managers_then_executives_from_orange(begin):
    house = begin(CHIEF, ADA, BO, person("Cy"))
    house.at("09:00").alert(ORANGE).expect_page("Bo").expect_page("Cy")
    house.at("09:05").expect_page("Ada")
    house.at("09:10").expect_page("Chief", "call").acknowledges("Chief")
    for name in ("Ada", "Bo", "Cy"):
        house.expect_page(name, kind=PageKind.ACKNOWLEDGED)
    house.at("23:00").expect_silence()


def test_executives_sleep_below_orange_however_long_nobody_answers(begin):
    house = begin(CHIEF, ADA, BO).at("09:00").alert(YELLOW).at("12:00")
    for at in ("09:00", "09:10", "09:20"):
        house.expect_page("Bo", at=at)
    for at in ("09:05", "09:15", "09:25"):
        house.expect_page("Ada", at=at)
    house.expect_report("escalation_unanswered")


def test_what_calmed_down_meanwhile_wakes_no_executive(begin):
    house = begin(CHIEF, BO, policy=ladder(["Bo"], Step(to=("Chief",), from_level="orange")))
    house.at("09:00").alert(ORANGE).expect_page("Bo").at("09:03").alert(YELLOW).at("10:00")
    house.expect_report("escalation_unanswered")


def test_a_policy_holds_for_its_brands_and_levels_and_the_usual_one_for_the_rest(begin):
    only_red = ladder(["Bo"], name="red", levels=("red",), brands=("Nimbus",))
    house = begin(BO, person("Cy"), policy=only_red)
    house.at("09:00").alert(RED).expect_page("Bo").acknowledges("Bo")
    house.alert(YELLOW, incident="i-2").expect_page("Bo").expect_page("Cy").acknowledges("Bo", "i-2")
    house.expect_page("Cy", kind=PageKind.ACKNOWLEDGED).at("10:00")


# one page for each person and level
def test_repeated_alerts_and_deliveries_join_the_page_that_went_out(begin):
    house = begin(BO, policy=ladder(["Bo"]))
    house.at("09:00").alert(ORANGE).expect_page("Bo")
    house.at("09:01").alert(YELLOW).at("09:02").alert(ORANGE, AlertEvent.RAISED).expect_silence()


def test_an_alert_that_is_delivered_twice_changes_nothing(begin):
    house = begin(BO, policy=ladder(["Bo"])).at("09:00").alert(ORANGE).expect_page("Bo")
    before = house.state
    alert = msgspec.structs.replace(house.made(ORANGE, AlertEvent.OPENED), id=before.alerts[0])
    house._do(INCIDENT, Fired(alert))
    assert house.state == before


def test_somebody_whom_two_steps_name_is_paged_once_and_costs_no_time(begin):
    house = begin(BO, ADA, policy=ladder(["Bo"], ["Bo"], ["Ada"]))
    house.at("09:00").alert(RED).expect_page("Bo").at("09:05").expect_page("Ada")
    assert house.at("09:09").state.step_due


def test_all_pages_of_a_level_to_a_person_have_one_id_and_another_level_has_another(begin):
    house = begin(MEI, policy=ladder(["Mei-Ling"], repeat=2)).at("09:00").alert(YELLOW).at("09:08")
    house.expect_page("Mei-Ling", at="09:00").expect_page("Mei-Ling", "email", at="09:02")
    house.expect_page("Mei-Ling", at="09:05").expect_page("Mei-Ling", "email", at="09:07")
    assert len({send.ask.page for send in house.pages}) == 1
    house.alert(ORANGE).expect_page("Mei-Ling", kind=PageKind.RAISED, level=ORANGE)
    assert len({send.ask.page for send in house.pages}) == 2


# rises, falls, closes
def test_a_rise_pages_again_though_somebody_has_it_in_hand(begin):
    house = begin(BO, ADA, policy=ladder(["Bo"], ["Ada"]))
    house.at("09:00").alert(YELLOW).expect_page("Bo", level=YELLOW).at("09:05").expect_page("Ada").acknowledges("Ada")
    house.expect_page("Bo", kind=PageKind.ACKNOWLEDGED)
    house.at("10:00").alert(RED).expect_page("Bo", kind=PageKind.RAISED).expect_page("Ada", kind=PageKind.RAISED)
    assert house.state.acknowledged_by == ""
    house.acknowledges("Ada").expect_page("Bo", kind=PageKind.ACKNOWLEDGED).at("12:00").expect_silence()


def test_a_rise_begins_the_ladder_anew_and_drops_the_pages_of_before(begin):
    house = begin(MEI, ADA, policy=ladder(["Mei-Ling"], ["Ada"]))
    house.at("09:00").alert(YELLOW).expect_page("Mei-Ling").at("09:01").alert(ORANGE)
    house.expect_page("Mei-Ling", level=ORANGE).at("09:03").expect_page("Mei-Ling", "email", level=ORANGE)
    house.at("09:06").expect_page("Ada", level=ORANGE).acknowledges("Ada")
    house.expect_page("Mei-Ling", kind=PageKind.ACKNOWLEDGED)


def test_closing_tells_those_who_were_paged_once(begin):
    house = begin(BO, ADA, CHIEF, policy=ladder(["Bo"], ["Ada"], ["Chief"]))
    house.at("09:00").alert(ORANGE).expect_page("Bo").at("09:05").expect_page("Ada").at("09:06").closes()
    house.expect_page("Bo", kind=PageKind.RESOLVED).expect_page("Ada", kind=PageKind.RESOLVED)
    house.closes().at("12:00").expect_silence()


def test_what_opens_again_pages_again_from_the_level_it_opens_with(begin):
    house = begin(BO, policy=ladder(["Bo"])).at("09:00").alert(ORANGE).expect_page("Bo").acknowledges("Bo")
    house.at("10:00").closes().expect_page("Bo", kind=PageKind.RESOLVED)
    house.at("11:00").alert(YELLOW).expect_page("Bo", kind=PageKind.OPENED, level=YELLOW)
    assert house.state.acknowledged_by == ""
    house.at("11:01").alert(ORANGE).expect_page("Bo", kind=PageKind.RAISED, level=ORANGE)


def test_what_somebody_resolved_stays_so_until_it_rises_above_what_it_was(begin):
    house = begin(BO, ADA, policy=ladder(["Bo"], ["Ada"]))
    house.at("09:00").alert(ORANGE).expect_page("Bo").at("09:05").expect_page("Ada")
    house.resolves("Ada").expect_page("Bo", kind=PageKind.RESOLVED)
    house.at("10:00").alert(YELLOW).at("10:01").alert(ORANGE, AlertEvent.RAISED).at("11:00").expect_silence()
    house.alert(RED, AlertEvent.RAISED).expect_page("Bo", level=RED).acknowledges("Bo").at("12:00")
    house.closes().expect_page("Bo", kind=PageKind.RESOLVED).at("13:00")


# channels
def test_a_channel_that_took_the_page_has_two_minutes_before_the_next_one_is_tried(begin):
    house = begin(MEI, policy=ladder(["Mei-Ling"], minutes_per_channel=3))
    house.at("09:00").alert(ORANGE).expect_page("Mei-Ling", "sms").at("09:03").expect_page("Mei-Ling", "email")
    house.acknowledges("Mei-Ling").expect_report("page_acknowledged", "Mei-Ling", "email").at("10:00")


@pytest.mark.parametrize("permanent", [True, False], ids=["for good", "for now"])
def test_a_channel_that_fails_moves_on_at_once_and_others_on_duty_hear_of_it_over_another(begin, permanent):
    house = begin(MEI, person("Cy", "sms", "call"), policy=ladder(["Mei-Ling"])).fails("sms", permanent=permanent)
    house.at("09:00").alert(ORANGE).expect_page("Mei-Ling", "sms").expect_page("Mei-Ling", "email")
    house.expect_page("Cy", "call", kind=PageKind.CHANNEL_FAILED).expect_report("page_failed", "Mei-Ling", "sms")


def test_people_hear_of_a_failing_channel_at_most_once_an_hour(begin):
    house = begin(MEI, person("Cy", "call"), policy=ladder(["Mei-Ling"])).fails("sms", permanent=True)
    house.at("09:00").alert(ORANGE).expect_page("Mei-Ling", "sms").expect_page("Mei-Ling", "email")
    house.expect_page("Cy", "call", kind=PageKind.CHANNEL_FAILED).acknowledges("Mei-Ling")
    for at, told in (("09:59", False), ("10:00", True)):
        house.at(at).alert(ORANGE, incident=f"i-{at}").expect_page("Mei-Ling", "sms").expect_page("Mei-Ling", "email")
        house.acknowledges("Mei-Ling", f"i-{at}")
        if told:
            house.expect_page("Cy", "call", kind=PageKind.CHANNEL_FAILED)


def test_whoever_is_alone_hears_of_the_failing_channel_over_the_other_one(begin):
    house = begin(MEI, policy=ladder(["Mei-Ling"])).fails("sms", permanent=True).at("09:00").alert(ORANGE)
    house.expect_page("Mei-Ling", "sms").expect_page("Mei-Ling", "email", kind=PageKind.CHANNEL_FAILED)
    house.expect_page("Mei-Ling", "email", kind=PageKind.OPENED)


def test_a_channel_that_fails_after_another_took_the_page_changes_nothing_more(begin):
    house = begin(MEI, person("Cy", "call"), policy=ladder(Step(to=("Mei-Ling",), after_minutes=30))).fails("email")
    house.at("09:00").alert(ORANGE).expect_page("Mei-Ling", "sms").at("09:02").expect_page("Mei-Ling", "email")
    house.expect_page("Cy", "call", kind=PageKind.CHANNEL_FAILED).at("09:29").expect_silence()


def test_a_failure_that_is_told_late_changes_nothing_more(begin):
    house = begin(MEI, policy=ladder(["Mei-Ling"])).at("09:00").alert(ORANGE).expect_page("Mei-Ling", "sms")
    before = house.state
    house._do(INCIDENT, Failed(house.pages[0].ask.page, "sms", "too late"))
    house._do(INCIDENT, Failed("p-none", "sms", "of what"))
    assert house.state == before


def test_where_nobody_is_staff_and_nobody_on_duty_whoever_there_is_hears_of_a_failing_channel(begin):
    house = begin(ADA, CHIEF, policy=ladder(["Ada"])).fails("sms", permanent=True).at("09:00").alert(RED)
    house.expect_page("Ada").expect_page("Chief", "call", kind=PageKind.CHANNEL_FAILED)
    house.expect_page("Chief", "call", kind=PageKind.OPENED)


def test_where_the_only_one_can_not_be_told_that_is_reported(begin):
    house = begin(BO, policy=ladder(["Bo"])).fails("sms", permanent=True).at("09:00").alert(RED).expect_page("Bo")
    house.at("09:01").expect_report("escalation_unanswered")


def test_the_only_channel_is_tried_again_after_growing_pauses(begin):
    house = begin(BO, policy=ladder(Step(to=("Bo",), after_minutes=10))).fails("sms").at("09:00").alert(ORANGE)
    for at in ("09:00", "09:00:15", "09:00:45", "09:01:45"):
        house.at(at).expect_page("Bo", at=at)
    house.works("sms").at("09:03:45").expect_page("Bo", at="09:03:45").at("09:09").expect_silence()


def test_the_only_channel_that_asks_for_patience_gets_it(begin):
    house = begin(BO, policy=ladder(Step(to=("Bo",), after_minutes=10))).fails("sms", retry_after=200)
    house.at("09:00").alert(ORANGE).expect_page("Bo").works("sms").at("09:03:20").expect_page("Bo").at("09:09")


def test_of_several_channels_one_that_asks_for_patience_is_left_alone_and_the_others_are_tried(begin):
    others = person("Cy", "call")
    house = begin(MEI, others, policy=ladder(Step(to=("Mei-Ling",), after_minutes=10)))
    house.fails("sms", retry_after=200).fails("email", retry_after=40).at("09:00").alert(ORANGE)
    house.expect_page("Mei-Ling", "sms").expect_page("Mei-Ling", "email")
    for _ in ("sms", "email"):
        house.expect_page("Cy", "call", kind=PageKind.CHANNEL_FAILED)
    house.works("email").at("09:00:40").expect_page("Mei-Ling", "email").works("sms")
    house.at("09:03:20").expect_page("Mei-Ling", "sms").at("09:09").expect_silence()


def test_where_nobody_of_a_step_can_be_told_at_all_the_next_one_is_taken_at_once(begin):
    house = begin(BO, person("Cy", "call"), policy=ladder(["Bo"], ["Cy"])).fails("sms", permanent=True)
    house.at("09:00").alert(ORANGE).expect_page("Bo").expect_page("Cy", "call", kind=PageKind.OPENED)
    house.expect_page("Cy", "call", kind=PageKind.CHANNEL_FAILED)


def test_where_nobody_of_a_policy_can_be_told_everybody_else_is_paged_and_it_is_reported(begin):
    house = begin(BO, person("Cy", "call"), policy=ladder(["Bo"])).fails("sms", permanent=True)
    house.at("09:00").alert(ORANGE).expect_page("Bo").expect_page("Cy", "call", kind=PageKind.OPENED)
    house.expect_page("Cy", "call", kind=PageKind.CHANNEL_FAILED).expect_report("policy_reaches_nobody")


def test_whoever_can_not_be_told_costs_no_time_in_the_next_round_either(begin):
    house = begin(BO, person("Cy", "call"), policy=ladder(["Bo"], ["Cy"], repeat=2)).fails("sms", permanent=True)
    house.at("09:00").alert(ORANGE).expect_page("Bo").expect_page("Cy", "call", kind=PageKind.OPENED)
    house.expect_page("Cy", "call", kind=PageKind.CHANNEL_FAILED).at("09:05").expect_page("Cy", "call")


def test_of_a_failing_channel_hears_somebody_off_duty_rather_than_the_one_whom_it_failed(begin):
    turns = Rotation(name="all", people=("Mei-Ling",), starts=datetime.fromisoformat("2026-03-02 00:00"))
    house = begin(MEI, person("Cy", "call"), policy=ladder(["rotation:all"]), rotations=(turns,)).fails("sms")
    house.at("09:00").alert(ORANGE).expect_page("Mei-Ling").expect_page("Mei-Ling", "email")
    house.expect_page("Cy", "call", kind=PageKind.CHANNEL_FAILED)


def test_a_worker_that_died_while_sending_is_followed_by_the_same_page_over_the_same_channel(begin):
    house = begin(MEI, policy=ladder(["Mei-Ling"])).hangs("sms").at("09:00").alert(ORANGE)
    house.expect_page("Mei-Ling", "sms").works("sms").at("09:01").expect_page("Mei-Ling", "sms")
    assert len({send.ask.page for send in house.pages}) == 1
    house.at("09:03").expect_page("Mei-Ling", "email")


def test_an_answer_that_comes_after_the_next_channel_was_tried_counts_all_the_same(begin):
    house = begin(MEI, policy=ladder(["Mei-Ling"])).hangs("email").fails("sms").at("09:00").alert(ORANGE)
    house.expect_page("Mei-Ling", "sms").expect_page("Mei-Ling", "email", kind=PageKind.OPENED)
    house.expect_page("Mei-Ling", "email", kind=PageKind.CHANNEL_FAILED)
    house._do(INCIDENT, Accepted(house.pages[0].ask.page, "sms"))
    assert house.state.told == ("Mei-Ling",)
    house.closes().expect_page("Mei-Ling", "sms", kind=PageKind.RESOLVED).works("sms")
    house.expect_page("Mei-Ling", "email", kind=PageKind.RESOLVED)


def test_a_page_that_only_tells_is_given_up_after_some_tries(begin):
    house = begin(BO, ADA, policy=ladder(["Bo"], ["Ada"]))
    house.at("09:00").alert(ORANGE).expect_page("Bo").acknowledges("Bo")
    house.fails("sms").closes().at("12:00")
    for at in ("09:00", "09:00:15", "09:00:45", "09:01:45", "09:03:45", "09:07:45"):
        house.expect_page("Bo", kind=PageKind.RESOLVED, at=at)
    house.expect_report("page_given_up", "Bo")


# nobody
def test_a_step_without_anybody_costs_no_time(begin):
    house = begin(BO, person("Lost", "fax"), policy=ladder(["Lost"], ["Bo"]), channels=frozenset({"sms"}))
    house.at("09:00").alert(ORANGE).expect_page("Bo")


def test_where_a_whole_policy_reaches_nobody_everybody_is_paged_and_it_is_reported(begin):
    lost = person("Lost", "fax")
    house = begin(BO, CHIEF, lost, policy=ladder(["Lost"]), channels=frozenset({"sms", "call"}))
    house.at("09:00").alert(YELLOW).expect_page("Bo").expect_page("Chief", "call")
    house.expect_report("policy_reaches_nobody").acknowledges("Bo")
    house.expect_page("Chief", "call", kind=PageKind.ACKNOWLEDGED).at("12:00")


def test_where_nobody_at_all_can_be_reached_it_is_reported_and_ends(begin):
    house = begin(person("Lost", "fax"), policy=ladder(["Lost"]), channels=frozenset({"sms"}))
    house.at("09:00").alert(YELLOW).expect_report("policy_reaches_nobody").at("12:00")
    assert house.state.due is None


def test_somebody_who_was_taken_out_of_the_configuration_is_passed_over(begin):
    house = begin(MEI, BO, policy=ladder(["Mei-Ling"], ["Bo"])).at("09:00").alert(ORANGE).expect_page("Mei-Ling")
    house.directory = Timeline(BO, policy=ladder(["Bo"])).directory
    house.at("09:02").expect_report("page_given_up", "Mei-Ling").at("09:05").expect_page("Bo", at="09:05")


# quiet hours
def test_quiet_hours_hold_back_the_page_but_not_the_ladder(begin):
    house = begin(person("Mei-Ling", **NIGHT), BO, policy=ladder(["Mei-Ling"], ["Bo"]))
    house.at("02:00").alert(YELLOW).expect_silence().at("02:05").expect_page("Bo").acknowledges("Bo")
    house.at("12:00").expect_silence()


def test_from_orange_on_nobody_sleeps(begin):
    house = begin(person("Mei-Ling", **NIGHT), policy=ladder(["Mei-Ling"]))
    house.at("02:00").alert(ORANGE).expect_page("Mei-Ling").acknowledges("Mei-Ling")


def test_some_sleep_deeper_than_others(begin):
    house = begin(person("Mei-Ling", quiet_until="red", **NIGHT), policy=ladder(["Mei-Ling"]))
    house.at("02:00").alert(ORANGE).expect_silence().at("02:01").alert(RED).expect_page("Mei-Ling").acknowledges(
        "Mei-Ling"
    )


def test_what_still_goes_on_in_the_morning_is_told_then_and_the_ladder_begins_anew(begin):
    house = begin(person("Mei-Ling", **NIGHT), person("Bo", **NIGHT), policy=ladder(["Mei-Ling"], ["Bo"]))
    house.at("02:00").alert(YELLOW).at("06:59").expect_silence()
    house.at("07:00").expect_page("Mei-Ling").expect_page("Bo").acknowledges("Mei-Ling")
    house.expect_page("Bo", kind=PageKind.ACKNOWLEDGED).at("12:00")


def test_without_an_answer_in_the_morning_the_next_ones_are_asked_again(begin):
    house = begin(person("Mei-Ling", **NIGHT), BO, policy=ladder(["Mei-Ling"], ["Bo"]))
    house.at("02:00").alert(YELLOW).at("02:05").expect_page("Bo").at("12:00")
    house.expect_page("Mei-Ling", at="07:00").expect_page("Bo", at="07:05").expect_report("escalation_unanswered")


def test_what_is_over_by_the_morning_is_not_told_at_all(begin):
    house = begin(person("Mei-Ling", **NIGHT), policy=ladder(["Mei-Ling"]))
    house.at("02:00").alert(YELLOW).at("05:00").closes().at("12:00").expect_silence()


def test_whoever_slept_is_told_in_the_morning_though_the_policy_has_changed_meanwhile(begin):
    house = begin(person("Mei-Ling", **NIGHT), policy=ladder(["Mei-Ling"])).at("02:00").alert(YELLOW).at("03:00")
    lost = person("Lost", "fax")
    house.directory = Timeline(*house.directory.people, lost, policy=ladder(["Lost"])).directory
    house.directory = dataclasses.replace(house.directory, channels=frozenset({"sms"}))
    house.at("07:00").expect_page("Mei-Ling").at("12:00").expect_report("escalation_unanswered")


def test_the_next_channel_waits_for_the_morning_too(begin):
    house = begin(person("Mei-Ling", "sms", "email", **NIGHT), policy=ladder(["Mei-Ling"]))
    house.at("21:59").alert(YELLOW).expect_page("Mei-Ling", "sms").at("2026-03-03 06:59").expect_silence()
    house.at("07:00").expect_page("Mei-Ling", "sms").at("07:02").expect_page("Mei-Ling", "email")


def test_who_was_woken_hears_in_the_morning_that_it_closed_blue_at_night(begin):
    house = begin(person("Mei-Ling", **NIGHT), policy=ladder(["Mei-Ling"]))
    house.at("02:00").alert(ORANGE).expect_page("Mei-Ling").acknowledges("Mei-Ling").at("03:00").alert(BLUE)
    house.at("04:00").closes().at("12:00").expect_page("Mei-Ling", kind=PageKind.RESOLVED, at="07:00")


# silences
def test_a_silenced_incident_pages_nobody_until_the_silence_ends(begin):
    house = begin(BO, ADA, policy=ladder(["Bo"], ["Ada"])).at("09:00").silenced("10:00").alert(ORANGE)
    house.at("09:30").alert(RED, AlertEvent.RAISED).at("09:59").expect_silence()
    house.at("10:00").expect_page("Bo", level=RED).at("10:05").expect_page("Ada").acknowledges("Ada")
    house.expect_page("Bo", kind=PageKind.ACKNOWLEDGED)


def test_a_silence_that_is_taken_back_ends_at_once_and_the_ladder_goes_on(begin):
    house = begin(MEI, ADA, policy=ladder(["Mei-Ling"], ["Ada"])).at("09:00").alert(ORANGE).expect_page("Mei-Ling")
    house.at("09:01").silenced("12:00").at("09:30").expect_silence()
    house.silenced("").expect_page("Mei-Ling", "email").expect_page("Ada").acknowledges("Ada")
    house.expect_page("Mei-Ling", kind=PageKind.ACKNOWLEDGED)


def test_what_closes_while_it_is_silenced_is_not_told_at_all(begin):
    begin(BO, policy=ladder(["Bo"])).at("09:00").silenced("12:00").alert(ORANGE).at("10:00").closes().at("23:00")


def test_a_silence_keeps_nobody_from_delegating(begin):
    house = begin(BO, ADA, policy=ladder(["Bo"])).at("09:00").silenced("12:00").alert(ORANGE).delegates("Bo", "Ada")
    house.expect_page("Ada", kind=PageKind.DELEGATED).acknowledges("Ada")
    house.expect_page("Bo", kind=PageKind.ACKNOWLEDGED).at("13:00").expect_silence()


# acknowledging and delegating
def test_the_first_to_acknowledge_has_it_and_the_second_changes_nothing(begin):
    house = begin(BO, ADA, policy=ladder(["Bo", "Ada"])).at("09:00").alert(ORANGE).expect_page("Bo").expect_page("Ada")
    house.acknowledges("Bo").expect_page("Ada", kind=PageKind.ACKNOWLEDGED).acknowledges("Ada").acknowledges("Bo")
    assert house.state.acknowledged_by == "Bo"


def test_somebody_unknown_to_the_configuration_can_take_it_in_hand(begin):
    house = begin(BO, policy=ladder(["Bo"], repeat=3)).at("09:00").alert(ORANGE).expect_page("Bo")
    house.acknowledges("A guest").expect_page("Bo", kind=PageKind.ACKNOWLEDGED).at("12:00").expect_silence()


def test_what_is_over_can_not_be_acknowledged(begin):
    house = begin(BO, policy=ladder(["Bo"])).at("09:00").alert(ORANGE).expect_page("Bo").closes()
    house.expect_page("Bo", kind=PageKind.RESOLVED).acknowledges("Bo")
    assert house.state.acknowledged_by == ""


def test_the_delegate_is_paged_and_takes_it(begin):
    house = begin(BO, ADA, policy=ladder(["Bo"])).at("09:00").alert(ORANGE).expect_page("Bo").acknowledges("Bo")
    house.at("09:10").delegates("Bo", "Ada").expect_page("Ada", kind=PageKind.DELEGATED)
    assert house.state.acknowledged_by == "Bo"
    house.at("09:12").acknowledges("Ada").expect_page("Bo", kind=PageKind.ACKNOWLEDGED).at("12:00").expect_silence()
    assert house.state.acknowledged_by == "Ada"


def test_whoever_delegates_at_once_has_taken_it_with_that(begin):
    house = begin(BO, ADA, policy=ladder(["Bo"])).at("09:00").alert(ORANGE).expect_page("Bo")
    house.delegates("Bo", "Ada").expect_page("Ada", kind=PageKind.DELEGATED).acknowledges("Ada")
    house.expect_page("Bo", kind=PageKind.ACKNOWLEDGED)


def test_without_an_answer_of_the_delegate_it_goes_back_and_then_up_the_ladder(begin):
    house = begin(BO, ADA, CHIEF, policy=ladder(["Bo"], ["Chief"]))
    house.at("09:00").alert(ORANGE).expect_page("Bo").delegates("Bo", "Ada")
    house.expect_page("Ada", kind=PageKind.DELEGATED).at("09:05").expect_page("Bo", kind=PageKind.DELEGATED)
    house.expect_report("delegation_unanswered", "Ada")
    house.at("09:10").expect_page("Bo", kind=PageKind.OPENED).expect_report("delegation_unanswered", "Bo")
    assert house.state.acknowledged_by == ""
    house.at("09:15").expect_page("Chief", "call")


def test_the_delegator_takes_it_back_by_acknowledging_once_more(begin):
    house = begin(BO, ADA, policy=ladder(["Bo"])).at("09:00").alert(ORANGE).expect_page("Bo").delegates("Bo", "Ada")
    house.expect_page("Ada", kind=PageKind.DELEGATED).at("09:05").expect_page("Bo", kind=PageKind.DELEGATED)
    house.acknowledges("Bo").at("12:00").expect_silence()


def test_a_delegate_who_sleeps_has_time_from_the_morning_on_and_it_stays_with_the_delegator(begin):
    house = begin(BO, person("Mei-Ling", **NIGHT), policy=ladder(["Bo"]))
    house.at("02:00").alert(YELLOW).expect_page("Bo").delegates("Bo", "Mei-Ling").at("07:00")
    house.expect_page("Mei-Ling", kind=PageKind.DELEGATED).at("07:04").acknowledges("Mei-Ling")
    house.expect_page("Bo", kind=PageKind.ACKNOWLEDGED).at("12:00")


def test_whoever_is_asked_to_take_it_over_is_asked_once_however_often_it_is_delegated_to_them(begin):
    house = begin(BO, ADA, policy=ladder(["Bo"])).at("09:00").alert(ORANGE).expect_page("Bo").delegates("Bo", "Ada")
    house.expect_page("Ada", kind=PageKind.DELEGATED).at("09:04").delegates("Bo", "Ada").at("09:05")
    house.expect_page("Bo", kind=PageKind.DELEGATED).acknowledges("Bo").at("12:00").expect_silence()


def test_a_delegate_who_can_not_be_reached_is_none(begin):
    house = begin(BO, policy=ladder(["Bo"])).at("09:00").alert(ORANGE).expect_page("Bo").delegates("Bo", "Nobody")
    house.at("09:01").expect_page("Bo", kind=PageKind.DELEGATED, at="09:00").acknowledges("Bo").at("12:00")


def test_a_delegate_whom_no_channel_reaches_gives_it_back_at_once(begin):
    house = begin(BO, person("Cy", "call"), policy=ladder(["Bo"])).fails("call", permanent=True)
    house.at("09:00").alert(ORANGE).expect_page("Bo").delegates("Bo", "Cy").expect_page("Cy", "call")
    house.expect_page("Bo", kind=PageKind.CHANNEL_FAILED).at("09:01")
    house.expect_page("Bo", kind=PageKind.DELEGATED, at="09:00").acknowledges("Bo").at("12:00")


def test_a_wish_for_tests_is_nothing_that_an_incident_takes_note_of(begin):
    house = begin(BO, policy=ladder(["Bo"])).at("09:00").alert(ORANGE).expect_page("Bo")
    before = house.state
    house._handles("Bo", Deed.TESTED)
    assert house.state == before


def test_only_who_has_it_can_delegate_and_not_to_themselves(begin):
    house = begin(BO, ADA, policy=ladder(["Bo"])).at("09:00").alert(ORANGE).expect_page("Bo").acknowledges("Bo")
    house.delegates("Ada", "Chief").delegates("Bo", "Bo").at("12:00").expect_silence()


# promised updates
def test_who_promised_an_update_is_reminded_before_and_when_it_is_due_and_then_those_above(begin):
    house = (
        begin(BO, ADA, policy=ladder(["Bo"], ["Ada"])).at("09:00").alert(ORANGE).expect_page("Bo").acknowledges("Bo")
    )
    house.promises("Bo", "11:00").at("23:00")
    for at in ("10:50", "11:00", "11:10"):
        house.expect_page("Bo", kind=PageKind.UPDATE_DUE, at=at)
    house.expect_page("Ada", kind=PageKind.UPDATE_DUE, at="11:10")


def test_the_next_promise_takes_the_place_of_the_one_before(begin):
    house = begin(BO, policy=ladder(["Bo"])).at("09:00").alert(ORANGE).expect_page("Bo").acknowledges("Bo")
    house.promises("Bo", "11:00").at("10:50").expect_page("Bo", kind=PageKind.UPDATE_DUE).promises("Bo", "15:00")
    house.at("14:49").expect_silence().at("14:50").expect_page("Bo", kind=PageKind.UPDATE_DUE)
    house.resolves("Bo").at("23:00").expect_silence()


def test_a_promise_for_the_next_minutes_needs_no_reminder_before_it(begin):
    house = begin(BO, ADA).at("09:00").alert(ORANGE).expect_page("Bo").acknowledges("Bo").promises("Bo", "09:05")
    house.at("09:05").expect_page("Bo", kind=PageKind.UPDATE_DUE).closes().expect_page("Bo", kind=PageKind.RESOLVED)


def test_where_nobody_is_above_on_the_ladder_the_managers_are(begin):
    house = begin(BO, ADA, policy=ladder(["Bo"])).at("09:00").alert(ORANGE).expect_page("Bo").acknowledges("Bo")
    house.promises("Bo", "10:00").at("11:00")
    for at in ("09:50", "10:00", "10:10"):
        house.expect_page("Bo", kind=PageKind.UPDATE_DUE, at=at)
    house.expect_page("Ada", kind=PageKind.UPDATE_DUE, at="10:10")


def test_where_a_promise_is_of_nobody_on_the_ladder_its_first_step_is_above(begin):
    house = begin(BO, ADA, policy=ladder(["Bo"])).at("09:00").alert(ORANGE).expect_page("Bo").acknowledges("Ada")
    house.expect_page("Bo", kind=PageKind.ACKNOWLEDGED).promises("Ada", "10:00").at("10:10")
    for at in ("09:50", "10:00", "10:10"):
        house.expect_page("Ada", kind=PageKind.UPDATE_DUE, at=at)
    house.expect_page("Bo", kind=PageKind.UPDATE_DUE)


# tests
def test_a_test_page_is_answered(begin):
    house = begin(MEI).at("10:00").tests("Mei-Ling").expect_page("Mei-Ling", "sms", kind=PageKind.TEST)
    house.at("10:02").expect_page("Mei-Ling", "email", kind=PageKind.TEST).acknowledges("Mei-Ling", "t-Mei-Ling")
    house.expect_report("page_acknowledged", "Mei-Ling", "email").at("12:00").expect_silence()


def test_a_test_page_without_an_answer_is_reported_to_others(begin):
    house = begin(BO, ADA, person("Cy")).at("10:00").tests("Bo").expect_page("Bo", kind=PageKind.TEST).at("12:00")
    house.expect_report("test_page_unanswered", "Bo").expect_page("Cy", kind=PageKind.CHANNEL_FAILED, at="10:15")


def test_a_test_page_that_no_channel_takes_is_reported_at_once(begin):
    house = begin(BO, person("Cy", "call")).fails("sms", permanent=True).at("10:00").tests("Bo")
    house.expect_page("Bo", kind=PageKind.TEST).at("10:01").expect_report("test_page_unanswered", "Bo")
    for _ in ("the channel", "the person"):
        house.expect_page("Cy", "call", at="10:00", kind=PageKind.CHANNEL_FAILED)


def test_nobody_is_woken_for_a_test(begin):
    house = begin(person("Mei-Ling", **NIGHT)).at("02:00").tests("Mei-Ling").at("07:00")
    house.expect_page("Mei-Ling", kind=PageKind.TEST).acknowledges("Mei-Ling", "t-Mei-Ling").at("12:00")


def test_a_test_of_nobody_is_none(begin):
    begin(BO).at("10:00").tests("Nobody").at("12:00").expect_silence()


def test_time_alone_changes_nothing_before_it_is_due(begin):
    house = begin(BO, policy=ladder(["Bo"])).at("09:00").alert(ORANGE).expect_page("Bo")
    state = house.state
    assert state.due
    house.now = state.due - timedelta(microseconds=1)
    house._do(INCIDENT, Passed())
    assert house.state == state
    assert Escalation(incident="none").due is None


# channels that ring until they are told to stop
RINGS = {"ringing": frozenset({"duty"})}


def test_what_rings_is_told_to_stop_where_one_person_alone_was_paged(begin):
    house = begin(person("Mei-Ling", "duty"), policy=ladder(["Mei-Ling"]), **RINGS)
    house.at("09:00").alert(ORANGE).expect_page("Mei-Ling", "duty").at("09:02").acknowledges("Mei-Ling")
    house.expect_page("Mei-Ling", "duty", kind=PageKind.ACKNOWLEDGED).at("09:30").resolves("Mei-Ling")
    house.expect_page("Mei-Ling", "duty", kind=PageKind.RESOLVED).at("23:00").expect_silence()


def test_what_rings_is_told_to_stop_although_people_are_told_over_other_channels(begin):
    house = begin(person("Mei-Ling", "sms", "duty"), BO, policy=ladder(["Mei-Ling"], ["Bo"]), **RINGS)
    house.at("09:00").alert(ORANGE).expect_page("Mei-Ling").at("09:02").expect_page("Mei-Ling", "duty")
    house.at("09:05").expect_page("Bo").acknowledges("Bo").expect_page("Mei-Ling", kind=PageKind.ACKNOWLEDGED)
    house.expect_page("Mei-Ling", "duty", kind=PageKind.ACKNOWLEDGED).at("10:00").closes()
    house.expect_page("Bo", kind=PageKind.RESOLVED).expect_page("Mei-Ling", kind=PageKind.RESOLVED)
    house.expect_page("Mei-Ling", "duty", kind=PageKind.RESOLVED).at("23:00").expect_silence()


def test_what_never_rang_need_not_be_told_to_stop(begin):
    house = begin(person("Mei-Ling", "sms", "duty"), policy=ladder(["Mei-Ling"]), **RINGS)
    house.at("09:00").alert(ORANGE).expect_page("Mei-Ling").acknowledges("Mei-Ling").at("10:00").closes()
    house.expect_page("Mei-Ling", kind=PageKind.RESOLVED).at("10:30").alert(ORANGE).expect_page("Mei-Ling")
    house.closes().expect_page("Mei-Ling", kind=PageKind.RESOLVED)


def test_no_quiet_hours_keep_a_channel_ringing(begin):
    house = begin(person("Mei-Ling", "duty", **NIGHT), policy=ladder(["Mei-Ling"]), **RINGS)
    house.at("21:59").alert(BLUE).expect_page("Mei-Ling", "duty").at("22:01").acknowledges("Mei-Ling")
    house.expect_page("Mei-Ling", "duty", kind=PageKind.ACKNOWLEDGED).at("2026-03-03 08:00")


def test_what_is_just_being_rung_is_told_to_stop_once_it_rings(begin):
    house = begin(person("Mei-Ling", "duty"), policy=ladder(["Mei-Ling"]), **RINGS)
    house.at("09:00").hangs("duty").alert(ORANGE).expect_page("Mei-Ling", "duty").acknowledges("Mei-Ling")
    house.works("duty").at("09:30").expect_page("Mei-Ling", "duty", "09:00:10", kind=PageKind.ACKNOWLEDGED)


def test_what_rang_for_somebody_who_is_gone_is_left_alone(begin):
    house = begin(person("Mei-Ling", "duty"), BO, policy=ladder(["Mei-Ling", "Bo"]), **RINGS)
    house.at("09:00").alert(ORANGE).expect_page("Mei-Ling", "duty").expect_page("Bo")
    house.directory = dataclasses.replace(house.directory, people=(BO,))
    house.acknowledges("Bo").at("10:00")


def test_over_an_invented_brand_nobody_is_paged_once_there_are_people(begin):
    house = begin().at("09:00").alert(ORANGE).expect_page("everybody", "log")
    house.directory = dataclasses.replace(
        house.directory, people=(BO,), channels=frozenset({"sms"}), invented=frozenset({"Nimbus"})
    )
    house.at("10:00").alert(RED).at("11:00").acknowledges("Bo").closes().at("23:00").expect_silence()
    assert (house.state.asks, house.state.due) == ((), None)


def test_what_somebody_has_is_taken_over_and_they_hear_of_it(begin):
    house = begin(MEI, BO, ADA, policy=ladder(["Mei-Ling"], ["Bo"]))
    house.at("09:00").alert(ORANGE).expect_page("Mei-Ling").acknowledges("Mei-Ling").at("09:10").takes_over("Ada")
    house.expect_page("Mei-Ling", kind=PageKind.ACKNOWLEDGED)
    assert (house.state.acknowledged_by, house.state.passing) == ("Ada", None)
    house.takes_over("Ada").at("10:00").resolves("Ada").expect_page("Mei-Ling", kind=PageKind.RESOLVED)
    house.takes_over("Bo").at("11:00").expect_silence()


def test_what_is_on_its_way_to_another_stops_when_it_is_taken_over(begin):
    house = begin(MEI, BO, ADA, policy=ladder(["Mei-Ling"]))
    house.at("09:00").alert(ORANGE).expect_page("Mei-Ling").acknowledges("Mei-Ling").delegates("Mei-Ling", "Bo")
    house.expect_page("Bo").at("09:01").takes_over("Ada")
    for name in ("Mei-Ling", "Bo"):
        house.expect_page(name, kind=PageKind.ACKNOWLEDGED)
    house.at("11:00").expect_silence()


def test_who_takes_it_over_has_what_was_promised_too(begin):
    house = begin(MEI, BO, policy=ladder(["Mei-Ling"], ["Bo"]))
    house.at("09:00").alert(ORANGE).expect_page("Mei-Ling").acknowledges("Mei-Ling").promises("Mei-Ling", "10:00")
    house.at("09:10").takes_over("Bo").expect_page("Mei-Ling", kind=PageKind.ACKNOWLEDGED)
    assert house.state.promised_by == "Bo"
    house.at("10:00").expect_page("Bo", at="09:50", kind=PageKind.UPDATE_DUE)
    house.expect_page("Bo", at="10:00", kind=PageKind.UPDATE_DUE)


def test_what_rang_over_a_promise_is_told_to_stop_at_the_end(begin):
    house = begin(MEI, person("Bo", "duty"), policy=ladder(["Mei-Ling"], ["Bo"]), **RINGS)
    house.at("09:00").alert(ORANGE).expect_page("Mei-Ling").acknowledges("Mei-Ling").promises("Mei-Ling", "10:00")
    for at in ("09:50", "10:00", "10:10"):
        house.at(at).expect_page("Mei-Ling", kind=PageKind.UPDATE_DUE)
    house.expect_page("Bo", "duty", kind=PageKind.UPDATE_DUE).at("10:20").resolves("Mei-Ling")
    house.expect_page("Bo", "duty", kind=PageKind.RESOLVED)
    assert house.state.rung == {}


def test_whoever_has_the_channel_stops_what_rang_for_somebody_who_is_gone(begin):
    house = begin(person("Mei-Ling", "duty"), BO, policy=ladder(["Mei-Ling", "Bo"]), **RINGS)
    house.at("09:00").alert(ORANGE).expect_page("Mei-Ling", "duty").expect_page("Bo")
    house.directory = dataclasses.replace(house.directory, people=(BO, person("Cy", "duty")))
    house.acknowledges("Bo").expect_page("Cy", "duty", kind=PageKind.ACKNOWLEDGED).at("10:00")


def test_what_people_do_about_an_invented_brand_is_known_and_pages_nobody(begin):
    house = begin(MEI, BO, policy=ladder(["Mei-Ling"]), invented=frozenset({"Nimbus"}))
    house.at("09:00").alert(RED).acknowledges("Bo").delegates("Bo", "Mei-Ling").promises("Bo", "09:30").at("10:00")
    assert (house.state.acknowledged_by, house.state.promised_by, house.state.due) == ("Bo", "Bo", None)
    house.resolves("Bo").at("11:00").expect_silence()
    assert (house.state.resolved_by, house.state.ended) == ("Bo", True)


def test_what_rings_over_an_invented_brand_stops_once_there_are_people(begin):
    reader = person("everybody", "duty")
    house = begin(reader=reader, channels=frozenset({"duty"}), invented=frozenset({"Nimbus"}), **RINGS)
    house.at("09:00").alert(RED).expect_page("everybody", "duty")
    house.directory = dataclasses.replace(house.directory, people=(person("Cy", "duty"),))
    house.at("09:02").acknowledges("Cy").expect_page("Cy", "duty", kind=PageKind.ACKNOWLEDGED)
    house.expect_page("Cy", "duty", kind=PageKind.RESOLVED).at("11:00").expect_silence()
