"""Themes and sources of a brand are watched by themselves."""

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import msgspec
import pytest

from alerting.backtest import backtest_mentions, new_watch
from alerting.counting import Change, change_of, entry_of
from alerting.explaining import Explaining
from alerting.names import listed, subject
from alerting.restoring import restored
from alerting.series import BrandSeries, Counts, hour_of, minute_of, moment_of
from alerting.settings import AlertingSettings
from alerting.voices import Voices
from alerting.watch import MOST_SEGMENTS, Watch
from core.alert import Alert, AlertEvent, Incident, Level, Peak, Tally
from core.mention import MOST_FOLLOWERS, Label, ScoredMention
from core.segment import WHOLE, parted, segments_of
from tests.unit.alerting.timeline import START, burst, in_time, mention, ordinary

SETTINGS = AlertingSettings()
DAYS = 5.0
CRISIS = START + timedelta(days=4, hours=14)
TOLD = (AlertEvent.OPENED, AlertEvent.RAISED)


def on(source: str, theme: str, posts: Sequence[ScoredMention]) -> list[ScoredMention]:
    """The posts on a source and about a theme, each by somebody else."""
    return [
        msgspec.structs.replace(
            post,
            mention=msgspec.structs.replace(
                post.mention, source=source, id=f"{source}-{post.mention.id}", author=f"{source} {number}"
            ),
            score=msgspec.structs.replace(
                post.score, reading=msgspec.structs.replace(post.score.reading, themes=(theme,) if theme else ())
            ),
        )
        for number, post in enumerate(posts)
    ]


def steady(per_hour: float, *, seed: int, days: float = DAYS) -> list[ScoredMention]:
    """So many mentions an hour around the clock, half of them negative."""
    return list(_arrivals(per_hour, random.Random(seed), days))


def _arrivals(per_hour: float, dice: random.Random, days: float) -> Iterator[ScoredMention]:
    at, end = START, START + timedelta(days=days)
    while (at := at + timedelta(hours=dice.expovariate(per_hour))) < end:
        label = Label.NEGATIVE if dice.random() < 0.5 else Label.NEUTRAL
        yield mention(at, label=label, id=f"steady-{per_hour}-{at.isoformat()}")


BUSY = on("x", "service", steady(60, seed=1))
"""A brand that is much spoken of, so that a dozen posts more an hour are nothing in the whole."""
SELDOM = on("x", "delivery", steady(0.5, seed=2))
QUIET_PLACE = on("reddit", "", steady(0.5, seed=3))
ORDINARY = in_time(BUSY, SELDOM, QUIET_PLACE)


def told(*more: Sequence[ScoredMention], settings: AlertingSettings = SETTINGS) -> list[Alert]:
    alerts = list(backtest_mentions(in_time(ORDINARY, *more), settings))
    return [alert for alert in alerts if alert.event in TOLD]


def test_ordinary_days_of_a_brand_with_segments_are_silent() -> None:
    assert told() == []


@pytest.mark.parametrize(
    ("source", "theme", "segment", "words"),
    [
        ("x", "delivery", "theme:delivery", "about Nimbus (delivery) rose from 0 to"),
        ("reddit", "service", "source:reddit", "about Nimbus (Reddit) rose from"),
    ],
    ids=["theme", "source"],
)
def test_what_the_whole_drowns_is_seen_in_its_segment(source: str, theme: str, segment: str, words: str) -> None:
    storm = on(source, theme, burst(CRISIS, 16, 50))
    alerts = told(storm)
    assert {alert.segment for alert in alerts} == {segment}
    assert alerts[0].at - CRISIS < timedelta(minutes=50)
    assert words in alerts[0].reason["en"]
    assert len({alert.incident for alert in alerts}) == 1
    assert told(storm, settings=replace(SETTINGS, segment_rule=False)) == []


def test_what_an_incident_is_about_is_drawn_from_a_day_before_it_opened_until_it_closes() -> None:
    watch = new_watch("Nimbus", SETTINGS)
    alerts: list[Alert] = []
    for post in in_time(ORDINARY, on("x", "delivery", burst(CRISIS, 16, 50))):
        change = change_of(entry_of(post.mention, post.score, SETTINGS))
        alerts += watch.observe(change.at, change.counts, segments=change.segments)
    opened, closed = alerts[0].at, alerts[-1].at
    drawn = [point for point in watch.take_points() if point.segment]
    assert {point.segment for point in drawn} == {"theme:delivery"}
    times = sorted(point.at for point in drawn)
    assert timedelta(hours=23) < opened - times[0] <= timedelta(hours=24, minutes=1)
    assert timedelta() <= times[-1] - closed <= timedelta(minutes=1)
    before = [point for point in drawn if point.at < CRISIS]
    assert max(point.observed for point in before) <= 4
    assert not any(point.learning for point in before)
    assert max(point.observed for point in drawn) >= 12
    assert max(point.high for point in drawn) < 12


def test_calm_in_its_segment_closes_an_incident_while_the_whole_goes_on() -> None:
    alerts = list(backtest_mentions(in_time(ORDINARY, on("x", "delivery", burst(CRISIS, 16, 50))), SETTINGS))
    assert alerts[-1].event is AlertEvent.CLOSED
    assert alerts[-1].at - CRISIS < timedelta(hours=6)
    assert "Nothing unusual about Nimbus (delivery)" in alerts[-1].reason["en"]
    assert "Nimbus（物流）" in alerts[-1].reason["zh-Hant"]


def test_a_storm_about_one_theme_is_one_incident_of_the_whole() -> None:
    alerts = told(on("x", "delivery", burst(CRISIS, 300, 60)))
    assert len({alert.incident for alert in alerts}) == 1
    assert max(alert.level for alert in alerts) >= 3


def test_what_is_at_its_level_already_is_judged_without_hearing_its_voices_again() -> None:
    where = {"source:x": 500, "theme:delivery": 500}
    many = Voices(mentions=500, authors=500, texts=500.0, repeated=1, loudest=1, segments=where)
    heard: list[str] = []

    def hear(_brand: str, segment: str, _since: datetime, _until: datetime) -> Voices:
        assert watch.incident is None or watch.incident.peak < Level.RED, f"{segment or 'the whole'} is heard"
        heard.append(segment)
        return many

    watch = new_watch("Nimbus", SETTINGS, hear=hear)
    for post in in_time(ORDINARY, on("x", "delivery", burst(CRISIS, 300, 60))):
        if post.mention.created_at > CRISIS + timedelta(minutes=62):
            break
        change = change_of(entry_of(post.mention, post.score, SETTINGS))
        watch.observe(change.at, change.counts, segments=change.segments)
    assert watch.incident is not None
    assert watch.incident.level == Level.RED
    assert watch.incident.joined == (WHOLE,)
    assert heard


def test_two_causes_hours_apart_are_two_incidents() -> None:
    later = CRISIS + timedelta(hours=2)
    alerts = told(
        on("x", "service", burst(CRISIS, 600, 300)),
        on("x", "delivery", burst(later, 40, 60)),
    )
    assert {alert.segment for alert in alerts if alert.event is AlertEvent.OPENED} == {"", "theme:delivery"}
    assert len({alert.incident for alert in alerts}) == 2


def test_several_sources_at_once_are_one_level_graver() -> None:
    places = on("reddit", "", burst(CRISIS, 12, 60)), on("bluesky", "", burst(CRISIS, 12, 60))
    seldom = on("bluesky", "", steady(0.5, seed=4))
    together = told(seldom, *places)
    alone = told(seldom, *places, settings=replace(SETTINGS, sources_rule=False))
    assert max(alert.level for alert in together) > max(alert.level for alert in alone)
    several = next(alert for alert in together if alert.rule == "sources")
    assert re.search("rise on (Bluesky and Reddit|Reddit and Bluesky) at once", several.reason["en"])


def test_more_segments_than_anybody_has_are_not_watched() -> None:
    watch = Watch("Nimbus", SETTINGS, BrandSeries(28))
    one = Counts(1, 1)
    for number in range(MOST_SEGMENTS + 5):
        watch.observe(START, one, segments={f"source:{number}": one})
    assert len(watch._gauges) == MOST_SEGMENTS


def test_a_segment_counts_from_when_segments_were_counted_first() -> None:
    watch = Watch("Nimbus", SETTINGS, BrandSeries(28))
    one = Counts(1, 1)
    watch.observe(START, one, segments={"source:x": one})
    watch.observe(START + timedelta(days=3), one, segments={"source:reddit": one})
    # What comes late was posted before all others.
    watch.observe(START - timedelta(hours=20), one, segments={"theme:price": one})
    known = {segment: (gauge.series.first_hour, gauge._peaks.quiet_since) for segment, gauge in watch._gauges.items()}
    hour = hour_of(START) - 20
    assert known == dict.fromkeys(("source:x", "source:reddit", "theme:price"), (hour, hour // 12 + 1))


class Kept:
    """What a store would have kept of a watch."""

    def __init__(self) -> None:
        self.tallies: dict[tuple[int, str], Counts] = {}
        self.peaks: dict[tuple[str, int, int], Peak] = {}
        self.incidents: dict[str, Incident] = {}

    def take(self, watch: Watch, change: Change) -> None:
        for segment, counts in ((WHOLE, change.counts), *change.segments.items()):
            key = minute_of(change.at), segment
            self.tallies[key] = self.tallies.get(key, Counts()).plus(counts)
        self.peaks.update({(peak.segment, peak.minutes, peak.block): peak for peak in watch.take_peaks()})
        self.incidents.update({incident.id: incident for incident in watch.take_incidents()})
        watch.take_points()

    def watch(self, watermark: datetime | None) -> Watch:
        """One that begins from that."""
        tallies = [
            Tally(minute=moment_of(minute), segment=segment, **counts._asdict())
            for (minute, segment), counts in sorted(self.tallies.items())
        ]
        series, peaks, segments = restored(tallies, list(self.peaks.values()), SETTINGS)
        latest = {
            incident.segment: incident for incident in sorted(self.incidents.values(), key=lambda each: each.opened_at)
        }
        return Watch("Nimbus", SETTINGS, series, latest.values(), watermark, peaks=peaks, segments=segments)


def told_with_and_without_a_new_start(
    posts: Sequence[ScoredMention], start: datetime
) -> tuple[list[Alert], list[Alert]]:
    """What is told after a moment in a storm by a worker that starts anew then, and by one that goes on."""
    watch, kept = new_watch("Nimbus", SETTINGS), Kept()
    anew: Watch | None = None
    alerts: list[Alert] = []
    alerts_anew: list[Alert] = []
    for post in posts:
        change = change_of(entry_of(post.mention, post.score, SETTINGS))
        if anew is None and change.at > start:
            assert watch.open
            anew = kept.watch(watch.watermark)
        if anew is not None:
            alerts_anew += anew.observe(change.at, change.counts, segments=change.segments)
            alerts += watch.observe(change.at, change.counts, segments=change.segments)
            continue
        watch.observe(change.at, change.counts, segments=change.segments)
        kept.take(watch, change)
    return alerts_anew, alerts


def test_a_worker_that_starts_anew_in_a_storm_goes_on_as_the_one_before_it() -> None:
    seldom = on("bluesky", "", steady(0.5, seed=4))
    storm = on("reddit", "", burst(CRISIS, 12, 60)), on("bluesky", "", burst(CRISIS, 12, 60))
    anew, went_on = told_with_and_without_a_new_start(in_time(ORDINARY, seldom, *storm), CRISIS + timedelta(minutes=58))
    assert [alert.event for alert in went_on] == [AlertEvent.LOWERED, AlertEvent.LOWERED, AlertEvent.CLOSED]
    assert anew == went_on


def test_a_worker_that_starts_anew_knows_that_a_storm_that_has_returned_had_ended() -> None:
    """Else a long window that remembers the first one would tell of it again."""
    again = CRISIS + timedelta(hours=5)
    posts = in_time(ordinary(DAYS), burst(CRISIS, 240, 60), burst(again, 26, 60))
    anew, went_on = told_with_and_without_a_new_start(posts, again + timedelta(minutes=30))
    assert [alert.event for alert in went_on] == [AlertEvent.CLOSED]
    assert anew == went_on


def test_of_too_many_segments_the_same_are_watched_after_a_start() -> None:
    watch, kept = new_watch("Nimbus", SETTINGS), Kept()
    for number in range(MOST_SEGMENTS + 5, 0, -1):
        change = Change(START + timedelta(hours=MOST_SEGMENTS - number), Counts(1), {f"source:{number:02}": Counts(1)})
        watch.observe(change.at, change.counts, segments=change.segments)
        kept.take(watch, change)
    assert set(kept.watch(watch.watermark)._gauges) == set(watch._gauges)


def test_nothing_is_learned_in_a_place_while_what_goes_on_there_is_an_incident_about_a_theme() -> None:
    watch = new_watch("Nimbus", SETTINGS)
    for post in in_time(ORDINARY, on("reddit", "delivery", burst(CRISIS, 24, 120))):
        if post.mention.created_at > CRISIS + timedelta(hours=3):
            break
        change = change_of(entry_of(post.mention, post.score, SETTINGS))
        watch.observe(change.at, change.counts, segments=change.segments)
    assert watch.incident is not None
    assert {watch.incident.segment, *watch.incident.joined} == {"source:reddit", "theme:delivery"}
    since = {segment: watch._gauges[segment].unusual_since for segment in watch._gauges}
    opened = hour_of(watch.incident.opened_at)
    assert since == {"source:reddit": opened, "theme:delivery": opened, "source:x": None, "theme:service": None}


def test_a_theme_that_nobody_ever_spoke_of_is_seen_when_they_do() -> None:
    assert {alert.segment for alert in told(on("x", "price", burst(CRISIS, 12, 50)))} == {"theme:price"}


def test_where_there_is_one_source_only_the_whole_is_told() -> None:
    stream = in_time(BUSY, on("x", "", burst(CRISIS, 200, 60)), on("x", "", burst(CRISIS - timedelta(days=1), 200, 60)))
    alerts = [alert for alert in backtest_mentions(stream, SETTINGS) if alert.event in TOLD]
    assert {alert.segment for alert in alerts} == {""}
    assert len({alert.incident for alert in alerts}) == 2


def test_one_incident_does_not_keep_the_next_one_in_the_same_theme_from_being_told() -> None:
    first, second = (on("x", "price", burst(CRISIS - timedelta(hours=ago), 12, 50)) for ago in (60, 0))
    alerts = told(first, second)
    assert {alert.segment for alert in alerts} == {"theme:price"}
    assert len({alert.incident for alert in alerts}) == 2


def test_a_segment_is_compared_with_itself_or_if_it_is_new_with_the_whole() -> None:
    known, new = (in_time(ORDINARY, on("x", theme, burst(CRISIS, 22, 50))) for theme in ("delivery", "price"))
    earlier = sum(one in SELDOM for one in known if one.score.label is Label.NEGATIVE)
    for stream, least, most in ((known, 20, earlier), (new, 200, 2_800)):
        alert = next(one for one in backtest_mentions(stream, SETTINGS) if one.segment)
        why = Explaining(stream, SETTINGS, {}).why(alert)
        assert why is not None
        assert 6 <= why.posts <= 22
        assert least <= why.compared <= most


def test_a_backlog_that_comes_newest_first_is_judged_by_what_it_brings() -> None:
    until = CRISIS + timedelta(minutes=50)
    storm = on("x", "delivery", burst(CRISIS, 12, 50))
    stream = [one for one in in_time(ORDINARY, storm) if one.mention.created_at < until]
    alerts = list(backtest_mentions(reversed(stream), SETTINGS))
    assert [alert.segment for alert in alerts if alert.event is AlertEvent.OPENED] == ["theme:delivery"]


def test_a_mention_counts_on_its_source_and_in_its_themes() -> None:
    post = on("reddit", "price", [mention(START)])[0]
    assert segments_of(post.mention, post.score) == ("source:reddit", "theme:price")
    assert parted("theme:late: delivery") == ("theme", "late: delivery")
    assert parted("") == ("", "") == parted("of-another-kind:x")


def test_names_are_those_of_each_language() -> None:
    assert subject("Nimbus", "source:weibo")["zh-Hant"] == "Nimbus（微博）"
    assert subject("Nimbus", "theme:late_delivery")["en"] == "Nimbus (late delivery)"
    assert listed(["x", "reddit", "weibo"]) == {
        "en": "X, Reddit and Weibo",
        "zh-Hant": "X、Reddit、微博",
        "zh-Hans": "X、Reddit、微博",
    }


def wide(at: datetime, followers: int, number: int = 0) -> ScoredMention:
    one = mention(at, id=f"wide-{at}-{number}")
    return msgspec.structs.replace(one, mention=msgspec.structs.replace(one.mention, followers=followers))


def heard_by_few(days: float) -> list[ScoredMention]:
    """Ordinary posts, one in ten by an account with a few thousand followers."""
    dice = random.Random(9)
    return [
        msgspec.structs.replace(
            post, mention=msgspec.structs.replace(post.mention, followers=int(100 * dice.paretovariate(1.5)))
        )
        for post in steady(6, seed=5, days=days)
    ]


def test_one_post_that_millions_can_read_warns_the_team() -> None:
    few = heard_by_few(DAYS)
    alerts = [
        alert for alert in backtest_mentions(in_time(few, [wide(CRISIS, 5_200_000)]), SETTINGS) if alert.event in TOLD
    ]
    assert [(alert.rule, alert.segment, alert.at) for alert in alerts] == [("reach", "", CRISIS)]
    assert alerts[0].level <= 2
    assert alerts[0].observed >= 5_200_000
    assert "followers" in alerts[0].reason["en"]
    assert "萬" in alerts[0].reason["zh-Hant"]


def test_reach_warns_of_nothing_usual_small_or_switched_off() -> None:
    few = heard_by_few(DAYS)
    for followers, settings in (
        (30_000, SETTINGS),
        (5_200_000, replace(SETTINGS, reach_rule=False)),
        (5_200_000, replace(SETTINGS, reach_minimum=6_000_000)),
    ):
        alerts = backtest_mentions(in_time(few, [wide(CRISIS, followers)]), settings)
        assert [alert.rule for alert in alerts if alert.rule == "reach"] == []
    often = [wide(START + timedelta(hours=3 * number), 5_200_000, number) for number in range(70)]
    alerts = backtest_mentions(in_time(few, often, [wide(CRISIS, 5_200_000)]), SETTINGS)
    assert [alert.at for alert in alerts if alert.rule == "reach" and alert.at > CRISIS - timedelta(days=4)] == []


@pytest.mark.parametrize("followers", [10**18, 10**30])
def test_followers_that_nobody_can_have_count_as_the_most_that_one_can(followers: int) -> None:
    one = mention(START)
    posted = msgspec.structs.replace(one.mention, followers=followers)
    assert entry_of(posted, one.score, SETTINGS).reach == MOST_FOLLOWERS
