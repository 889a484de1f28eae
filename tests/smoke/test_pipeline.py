"""From a post to the reply on its way out, and from a bad hour to the alarm, through every stage."""

import json
import random
from datetime import UTC, datetime, timedelta

import pytest

from alerting.backtest import backtest_mentions
from core.alert import Level
from core.case import CaseState, DeliveryState, Grade
from core.errors import ConflictError, NotFoundError
from core.events import MENTIONS_RAW, MENTIONS_SCORED
from core.mention import Label
from core.ports.bus import Message
from core.ports.queries import MentionQuery
from core.service import dead_row
from ingest.poller import Poller
from ingest.recorded import RecordedFile
from ingest.sources.recording import Recording
from runtime import erasing, scoring
from sentiment.scorer import Scorer
from tests.fakes import WordClassifier


def quiet_days(application, days=3):
    """Ordinary days before now: a few mentions an hour, one complaint among six."""
    now = application.clock.now()
    for hour in range(days * 24, 0, -1):
        for number in range(6):
            at = now - timedelta(hours=hour) + timedelta(minutes=10 * number)
            application.say("The kettle is terrible" if number == 0 else "The kettle is fine", at=at)
    application.settle()


def test_a_complaint_becomes_a_case_with_clocks_and_drafts_and_its_answer_goes_out_once(application):
    mention = application.say("My Acme kettle arrived broken and nobody answers me")
    application.settle()
    (case,) = application.cases()
    assert (case.mention, case.channel, case.language, case.grade) == (mention, "x", "en", Grade.STANDARD)
    assert case.golden_at - application.clock.now() == timedelta(minutes=6)
    assert case.limit_at - application.clock.now() == timedelta(hours=1)

    opened = application.client.get(f"/api/v1/cases/{case.id}").json()
    draft = opened["drafts"][0]
    answer = application.client.post(
        f"/api/v1/cases/{case.id}/approve",
        json={"text": draft["text"], "approach": draft["approach"], "version": opened["version"]},
    )
    assert answer.status_code == 200, answer.text
    application.settle()
    assert [each.state for each in application.outbox()] == [DeliveryState.WAITING]
    application.forward(seconds=30)
    sent = application.expect_delivery()
    assert (sent.state, sent.would_be_sent, sent.approved_by) == (DeliveryState.SENT, True, "Ana")
    assert application.house.store.case(case.id).state is CaseState.ANSWERED
    budget = application.house.store.mention(mention).budget
    assert budget.posted <= budget.ingested <= budget.scored <= budget.approved <= budget.sent


def test_a_reply_taken_back_in_time_is_never_sent(application):
    application.say("The Acme kettle is broken")
    application.settle()
    (case,) = application.cases()
    opened = application.client.get(f"/api/v1/cases/{case.id}").json()
    text = opened["drafts"][0]
    body = {"text": text["text"], "approach": text["approach"], "version": opened["version"]}
    assert application.client.post(f"/api/v1/cases/{case.id}/approve", json=body).status_code == 200
    assert application.client.post(f"/api/v1/cases/{case.id}/withdraw", json={}).status_code == 200
    application.forward(minutes=5)
    assert [each.state for each in application.outbox()] == [DeliveryState.WITHDRAWN]


def test_a_storm_of_complaints_raises_the_alarm_through_its_levels_and_calm_lets_it_go(application):
    quiet_days(application)
    application.expect_no_more_alerts()
    for number in range(60):
        application.clock.forward(seconds=20)
        application.say(f"Acme is terrible today, order {number} is late again")
        application.settle()
    opened = application.alerts()[0]
    assert opened.event == "opened"
    assert opened.expected_high < opened.observed
    assert "Acme" in opened.reason["en"]
    assert set(opened.reason) == {"en", "zh-Hant", "zh-Hans"}
    assert max(alert.level for alert in application.alerts()) >= Level.ORANGE
    levels = [alert.level for alert in application.alerts()]
    assert levels == sorted(levels)
    assert len({alert.incident for alert in application.alerts()}) == 1
    application.forward(step=timedelta(minutes=5), hours=8)
    assert application.alerts()[-1].event == "closed"
    band = application.house.store.band("Acme", opened.at - timedelta(hours=1), opened.at)
    assert band
    assert band[-1].observed > band[-1].high


def test_everything_delivered_twice_changes_nothing(application):
    quiet_days(application, days=2)
    for number in range(30):
        application.clock.forward(seconds=30)
        application.say(f"Acme kettle {number} caught fire, this is terrible")
    application.settle()

    def books():
        store = application.house.store
        _, minutes = store.series("Acme", application.clock.now() - timedelta(days=9))
        return (
            len(store.mentions(MentionQuery(limit=500)).items),
            sum(minute.negative for minute in minutes),
            [alert.id for alert in application.alerts()],
            sorted(case.id for case in application.cases()),
        )

    before = books()
    for topic in (MENTIONS_RAW, MENTIONS_SCORED):
        again = application.house.bus.browse(topic, limit=10_000, newest_first=False)
        application.house.bus.publish([Message(each.topic, each.key, each.value) for each in again])
        application.settle()
    assert books() == before


def test_an_edit_moves_the_counts_and_the_label(application):
    mention = application.say("The Acme kettle is terrible", network_id="p1")
    application.settle()
    application.say("The Acme kettle is great, sorry", network_id="p1", revision=1)
    application.settle()
    assert application.house.store.mention(mention).score.label is Label.POSITIVE
    _, minutes = application.house.store.series("Acme", application.clock.now() - timedelta(hours=1))
    assert [(minute.total, minute.negative) for minute in minutes if minute.total] == [(1, 0)]


def said(application, mention, label):
    answer = application.client.post(f"/api/v1/mentions/{mention}/correction", json={"label": label})
    assert answer.status_code == 200, answer.text
    application.settle()


def test_what_a_person_says_is_counted_and_no_redelivery_undoes_it(application):
    mention = application.say("The Acme kettle is terrible", network_id="p1")
    application.settle()
    said(application, mention, "neutral")

    def known():
        _, minutes = application.house.store.series("Acme", application.clock.now() - timedelta(hours=1))
        stored = application.house.store.mention(mention)
        return [(each.total, each.negative) for each in minutes], stored.score.label, stored.correction.given

    assert known() == ([(1, 0)], Label.NEUTRAL, Label.NEGATIVE)
    for topic in (MENTIONS_RAW, MENTIONS_SCORED):
        again = application.house.bus.browse(topic, limit=100, newest_first=False)
        application.house.bus.publish([Message(each.topic, each.key, each.value) for each in again])
        application.settle()
    assert known() == ([(1, 0)], Label.NEUTRAL, Label.NEGATIVE)
    application.clock.forward(seconds=1)
    assert application.client.delete(f"/api/v1/mentions/{mention}/correction").status_code == 200
    application.settle()
    _, minutes = application.house.store.series("Acme", application.clock.now() - timedelta(hours=1))
    assert [(each.total, each.negative) for each in minutes] == [(1, 1)]


def test_a_mention_that_turns_out_to_be_negative_needs_an_answer(application):
    mention = application.say("So this is what Acme calls a kettle")
    application.settle()
    assert not application.cases()
    said(application, mention, "negative")
    (case,) = application.cases()
    assert (case.mention, case.grade) == (mention, Grade.STANDARD)
    assert application.house.store.drafts(case.id)
    said(application, mention, "positive")
    assert list(application.cases()) == [case]


def test_what_no_stage_understands_waits_in_the_dead_letters_and_blocks_nothing(application):
    application.house.bus.publish([Message(MENTIONS_RAW, "k", b"\xff not json"), Message(MENTIONS_SCORED, "k", b"{}")])
    application.say("The Acme kettle is broken")
    application.settle()
    assert len(application.cases()) == 1
    assert len(application.house.bus.browse(f"{MENTIONS_RAW}.dead")) == 1
    assert len(application.house.bus.browse(f"{MENTIONS_SCORED}.dead")) == 2


def test_after_a_crash_new_services_go_on_where_the_old_ones_stood(application):
    for number in range(40):
        application.say(f"Acme number {number} is broken")
    application.services[4].step(0.0)
    application.restart()
    application.settle()
    assert len(application.cases()) == 40


def test_a_recording_played_as_fast_as_it_goes_raises_the_alerts_of_its_backtest(application, tmp_path):
    picker = random.Random(3)
    began = datetime(2026, 1, 5, tzinfo=UTC)
    rows = []
    for minute in range(0, 4 * 24 * 60, 4):
        storm = 5_000 < minute < 5_120
        for number in range(12 if storm else 1):
            at = began + timedelta(minutes=minute, seconds=picker.uniform(0, 240))
            bad = storm or picker.random() < 0.2
            rows.append({"created_at": at.isoformat(), "text": f"{minute} {number} {'terrible' if bad else 'fine'}"})
    file = tmp_path / "storm.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    recorded = RecordedFile(file, brand="Acme")
    house = application.house
    Poller(Recording(recorded, house.clock), house.bus, house.store, house.clock).run(lambda: False)
    application.settle()
    mentions = scoring.by_model(recorded.load(house.clock.now()).recorded, Scorer(WordClassifier()), house.clock.now())
    wanted = [(alert.event, alert.level) for alert in backtest_mentions(mentions, application.settings.alerting)]
    assert wanted
    assert [(alert.event, alert.level) for alert in application.alerts()] == wanted


def test_three_storms_in_one_fast_recording_leave_three_closed_incidents(application):
    now = application.clock.now()
    posts = [(now - timedelta(hours=hour), "The kettle is fine") for hour in range(6 * 24)]
    posts += [(now - timedelta(hours=hour, minutes=9), "The kettle is bad") for hour in range(0, 6 * 24, 5)]
    for day in (3, 2, 1):
        begin = now - timedelta(days=day)
        posts += [(begin + timedelta(seconds=20 * number), f"Acme {number} is terrible") for number in range(60)]
    for at, text in sorted(posts):
        application.say(text, at=at)
    application.settle()
    application.forward(step=timedelta(minutes=10), hours=8)
    incidents = application.house.store.incidents().items
    assert len(incidents) == 3
    assert {incident.state for incident in incidents} == {"closed"}
    assert [alert.event for alert in application.alerts()].count("closed") == 3


def test_an_erased_brand_leaves_nothing_behind_and_is_not_erased_while_stages_work(application):
    application.say("The Acme kettle is broken")
    with pytest.raises(ConflictError, match="still wait"):
        erasing.erase_brand(application.house, "Acme")
    application.settle()
    letter = dead_row('{"text": "about", "brand": "Acme"}', "no time", "ingest", MENTIONS_RAW, application.clock)
    other = dead_row('{"text": "about", "brand": "Bolt"}', "no time", "ingest", MENTIONS_RAW, application.clock)
    application.house.bus.publish([letter, other])
    assert erasing.erase_brand(application.house, "Acme") == 1
    assert list(application.house.store.brands()) == []
    assert application.cases() == ()
    assert [each.value for each in application.house.bus.browse(f"{MENTIONS_RAW}.dead")] == [other.value]


def test_an_erased_mention_goes_with_its_case_and_its_count(application):
    mention = application.say("The Acme kettle is broken")
    application.settle()
    erasing.erase_mention(application.house, mention)
    assert application.house.store.mention(mention) is None
    assert application.cases() == ()
    _, minutes = application.house.store.series("Acme", application.clock.now() - timedelta(hours=1))
    assert sum(minute.total for minute in minutes) == 0
    with pytest.raises(NotFoundError):
        erasing.erase_mention(application.house, mention)
