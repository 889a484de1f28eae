"""The corrected share: told beside alerts, and judged where that is wished for."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import msgspec
import pytest

from alerting.backtest import backtest_mentions
from alerting.baseline import Expected
from alerting.rules import share_counts, share_rule
from alerting.series import Counts, minute_of
from alerting.settings import AlertingSettings
from alerting.shares import Shares
from alerting.signals import View
from core.alert import Alert, AlertEvent, Level
from core.corrected_share import LabelCount
from core.language import LANGUAGES
from core.mention import Label, Reading, ScoredMention
from core.model_error import Confusion, GivenCounts
from tests.unit.alerting.test_rules import KNOWN
from tests.unit.alerting.timeline import START, burst, in_time, mention, ordinary

SETTINGS = AlertingSettings()
CORRECTING = replace(SETTINGS, correct_share=True)
CRISIS = START + timedelta(days=4, hours=14)
HOUR = timedelta(hours=1)


def tried(found: int, wrongly: int) -> Confusion:
    """Of a thousand negative texts so many found, of a thousand others so many called negative."""
    return Confusion(
        negative=GivenCounts(found, 1000 - found, 0),
        neutral=GivenCounts(wrongly, 1000 - wrongly, 0),
        positive=GivenCounts(0, 0, 0),
    )


ERROR = {"en": tried(900, 50), "zh-Hant": tried(900, 400)}
"""In Traditional Chinese, this model takes four of ten harmless posts for negative ones."""


class Posts:
    """Counts by language for ranges, and remembers which were asked for."""

    def __init__(self, *hours: tuple[datetime, str, int, int], confirmed_at: datetime | None = None) -> None:
        self.hours = hours
        self.confirmed_at = confirmed_at
        self.asked: list[tuple[datetime, datetime]] = []

    def __call__(self, brand: str, since: datetime, until: datetime) -> Sequence[LabelCount]:
        assert brand == "Nimbus"
        self.asked.append((since, until))
        return [
            LabelCount(
                language=language,
                label=label,
                given=label if at == self.confirmed_at and label == Label.NEGATIVE else None,
                mentions=count,
            )
            for at, language, negative, others in self.hours
            if since <= at < until
            for label, count in ((Label.NEGATIVE, negative), (Label.NEUTRAL, others))
        ]


def shares(posts: Posts) -> Shares:
    return Shares("Nimbus", ERROR, posts, CORRECTING)


def view(posts: Posts, window: Counts, usual: float = 0.22) -> View:
    judged = shares(posts).judged(minute_of(CRISIS), usual)
    return View(
        brand="Nimbus",
        window=window,
        expected=Expected(20.0, 20.0, 0.05, 20.0, 0.05),
        usual=replace(KNOWN, share=usual),
        corrected=judged,
    )


YESTERDAY = CRISIS - timedelta(hours=12)
ENGLISH_BEFORE = (YESTERDAY, "en", 220, 780)


def test_what_is_judged_is_the_window_up_to_the_minute_and_holds_for_it() -> None:
    posts = Posts((CRISIS - timedelta(minutes=30), "en", 50, 50), ENGLISH_BEFORE)
    judging = shares(posts)
    once = judging.judged(minute_of(CRISIS), 0.22)
    assert judging.judged(minute_of(CRISIS), 0.22) is once
    assert posts.asked == [(CRISIS - HOUR, CRISIS), (CRISIS - HOUR - timedelta(days=1), CRISIS - HOUR)]
    assert once is not None
    assert (once.share, once.usual) == pytest.approx((0.45 / 0.85, 0.17 / 0.85))
    assert once.counted == pytest.approx(0.22)
    judging.judged(minute_of(CRISIS) + 1, 0.22)
    assert posts.asked[2:] == [(CRISIS - HOUR + timedelta(minutes=1), CRISIS + timedelta(minutes=1))]


def test_without_a_day_before_the_mix_of_the_window_stands_for_it() -> None:
    judged = shares(Posts((CRISIS - timedelta(minutes=30), "zh-Hant", 50, 50))).judged(minute_of(CRISIS), 0.5)
    assert judged is not None
    assert (judged.share, judged.usual, judged.counted) == pytest.approx((0.2, 0.2, 0.5))


@pytest.mark.parametrize("posts", [Posts(), Posts((CRISIS - timedelta(minutes=5), "th", 50, 50))])
def test_what_cannot_be_corrected_is_judged_as_counted(posts: Posts) -> None:
    judging = shares(posts)
    assert judging.judged(minute_of(CRISIS), 0.22) is None
    assert judging.told(CRISIS, minute_of(CRISIS), counted_too=True) is None
    turned = view(posts, Counts(100, 50, 0))
    assert share_rule(turned, CORRECTING) == share_rule(turned, SETTINGS) != None  # noqa: E711


def test_another_mix_of_languages_is_no_turn_of_the_mood() -> None:
    posts = Posts((CRISIS - timedelta(minutes=30), "zh-Hant", 50, 50), ENGLISH_BEFORE)
    other_mix = view(posts, Counts(100, 50, 0))
    counted = share_rule(msgspec.structs.replace(other_mix, corrected=None), SETTINGS)
    assert counted is not None
    assert counted.observed == 0.5
    assert share_rule(other_mix, CORRECTING) is None


def test_confirming_what_is_called_negative_does_not_damp_the_alarm() -> None:
    at = CRISIS - timedelta(minutes=30)
    hours = (at, "zh-Hant", 85, 15), ENGLISH_BEFORE
    seen = share_rule(view(Posts(*hours), Counts(100, 85, 0)), CORRECTING)
    confirmed = share_rule(view(Posts(*hours, confirmed_at=at), Counts(100, 85, 0)), CORRECTING)
    assert seen is not None
    assert confirmed is not None
    assert confirmed.observed >= seen.observed
    assert confirmed.level >= seen.level


def test_a_usual_share_that_was_learned_from_reviewed_labels_is_not_corrected_again() -> None:
    """Yesterday's false alarms were put right: what is left called negative are nine of ten that are so."""
    posts = Posts((CRISIS - timedelta(minutes=30), "en", 50, 50), ENGLISH_BEFORE, confirmed_at=YESTERDAY)
    judged = shares(posts).judged(minute_of(CRISIS), 0.22)
    assert judged is not None
    assert judged.usual == pytest.approx(0.22 / 0.9)


def test_a_turn_of_the_mood_is_seen_and_told_as_corrected() -> None:
    posts = Posts((CRISIS - timedelta(minutes=30), "zh-Hant", 85, 15), ENGLISH_BEFORE)
    signal = share_rule(view(posts, Counts(100, 85, 0)), CORRECTING)
    assert signal is not None
    assert (signal.rule, signal.level, signal.observed) == ("share", Level.BLUE, 0.9)
    assert signal.expected_low < 0.2 < signal.expected_high
    assert signal.reason["en"] == (
        "About 90% of the posts about Nimbus in an hour are negative (73 to 100%), corrected for the model's known "
        "error; usual: about 20%."
    )
    assert all("90%" in signal.reason[language] for language in LANGUAGES)


def test_a_rise_within_what_is_unsure_is_none() -> None:
    few = Posts((CRISIS - timedelta(minutes=30), "zh-Hant", 18, 12), ENGLISH_BEFORE)
    unsure = view(few, Counts(30, 24, 0))
    assert unsure.corrected is not None
    assert unsure.corrected.share >= unsure.corrected.usual + CORRECTING.share_rise
    assert share_rule(unsure, CORRECTING) is None


@pytest.mark.parametrize(("counts", "says"), [((29, 20), False), ((40, 19), False), ((40, 20), True)])
def test_the_share_says_something_with_enough_posts_and_complaints(counts: tuple[int, int], says: bool) -> None:
    total, negative = counts
    assert share_counts(view(Posts(), Counts(total, negative, 0)), SETTINGS) is says


def test_what_is_told_is_of_the_window_as_far_as_it_has_come() -> None:
    posts = Posts((CRISIS, "en", 34, 66), (CRISIS + timedelta(seconds=30), "en", 100, 0))
    judging = shares(posts)
    told = judging.told(CRISIS, minute_of(CRISIS), counted_too=True)
    assert told is not None
    assert told["en"] == "34% negative; corrected for the model's known error 34% (24 to 46%)."
    again = judging.told(CRISIS + timedelta(minutes=1), minute_of(CRISIS), counted_too=False)
    assert again is not None
    assert again["en"].startswith("Corrected for the model's known error: ")
    assert posts.asked[1] == (CRISIS - HOUR + timedelta(minutes=1), CRISIS + timedelta(minutes=1))
    for words in (told, again):
        assert all("%" in words[language] for language in LANGUAGES)


def rising(alerts: Sequence[Alert]) -> list[Alert]:
    return [alert for alert in alerts if alert.event in {AlertEvent.OPENED, AlertEvent.RAISED}]


STREAM = in_time(ordinary(5), burst(CRISIS, 120, 60))


def test_alerts_that_open_or_rise_tell_the_corrected_share_and_the_others_do_not() -> None:
    plain, told = list(backtest_mentions(STREAM, SETTINGS)), list(backtest_mentions(STREAM, SETTINGS, ERROR))
    assert [(a.id, a.level, a.observed) for a in told] == [(a.id, a.level, a.observed) for a in plain]
    assert rising(told)
    for before, after in zip(plain, told, strict=True):
        if before in rising(plain):
            sentence = after.reason["en"].removeprefix(before.reason["en"])
            assert sentence.endswith("%).")
            assert "corrected for the model's known error" in sentence
        else:
            assert after == before


def test_an_alert_about_too_few_posts_tells_no_corrected_share() -> None:
    few, soon = burst(START, 12, 10), replace(SETTINGS, fixed_counts=(5, 50, 100, 200))
    alerts = list(backtest_mentions(few, soon, ERROR))
    assert rising(alerts)
    assert alerts == list(backtest_mentions(few, soon))


def quiet_then_bitter() -> list[ScoredMention]:
    """Five days of few complaints among many posts, then an hour in which half of as many posts complain."""
    days = [
        mention(START + timedelta(minutes=minute), label=Label.NEGATIVE if minute % 10 == 0 else Label.NEUTRAL)
        for minute in range(5 * 24 * 60)
    ]
    bitter = [
        mention(START + timedelta(days=5, minutes=minute), label=Label.NEGATIVE if minute % 2 else Label.NEUTRAL)
        for minute in range(60)
    ]
    return days + bitter


@pytest.mark.parametrize("settings", [SETTINGS, CORRECTING])
def test_the_share_rule_tells_the_corrected_share_once(settings: AlertingSettings) -> None:
    only_the_share = replace(settings, level_minimum=(500, 500, 500, 500))
    opened, *_ = backtest_mentions(quiet_then_bitter(), only_the_share, ERROR)
    assert opened.rule == "share"
    assert opened.reason["en"].lower().count("corrected for the model's known error") == 1
    assert opened.reason["en"].startswith("About" if settings.correct_share else "")


def test_a_mention_that_comes_again_counts_in_its_new_language_only() -> None:
    again = [
        msgspec.structs.replace(
            one, score=msgspec.structs.replace(one.score, reading=Reading(language="th"), label=Label.UNKNOWN)
        )
        for one in STREAM
        if one.mention.created_at < CRISIS
    ]
    stream = [*again[:5], *STREAM]
    assert list(backtest_mentions(stream, SETTINGS, ERROR)) == list(backtest_mentions(STREAM, SETTINGS, ERROR))
