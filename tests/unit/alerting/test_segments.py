"""Themes and sources of a brand are watched by themselves."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import msgspec
import pytest

from alerting.backtest import backtest_mentions, new_watch
from alerting.counting import change_of, entry_of
from alerting.explaining import Explaining
from alerting.names import listed, subject
from alerting.restoring import restored
from alerting.series import BrandSeries, Counts
from alerting.settings import AlertingSettings
from alerting.watch import MOST_SEGMENTS, Watch
from core.alert import Alert, AlertEvent, Tally
from core.mention import MOST_FOLLOWERS, Label, ScoredMention
from core.segment import parted, segments_of
from tests.unit.alerting.timeline import START, burst, in_time, mention

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
    assert "rise on Bluesky and Reddit at once" in several.reason["en"] or "Reddit and Bluesky" in several.reason["en"]


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
    first = {segment: gauge.series.first_hour for segment, gauge in watch._gauges.items()}
    assert first["source:reddit"] == first["source:x"]


def test_a_theme_that_nobody_ever_spoke_of_is_seen_when_they_do() -> None:
    assert {alert.segment for alert in told(on("x", "price", burst(CRISIS, 12, 50)))} == {"theme:price"}


def test_a_segment_is_compared_with_itself_or_if_it_is_new_with_the_whole() -> None:
    known, new = (in_time(ORDINARY, on("x", theme, burst(CRISIS, 22, 50))) for theme in ("delivery", "price"))
    earlier = sum(one in SELDOM for one in known if one.score.label is Label.NEGATIVE)
    for stream, least, most in ((known, 20, earlier), (new, 200, 2_800)):
        alert = next(one for one in backtest_mentions(stream, SETTINGS) if one.segment)
        why = Explaining(stream, SETTINGS, {}).why(alert)
        assert why is not None
        assert 6 <= why.posts <= 22
        assert least <= why.compared <= most


def test_after_a_restart_in_the_middle_the_same_is_told() -> None:
    storm = on("x", "price", burst(CRISIS, 12, 50))
    stream = in_time(ORDINARY, storm)
    middle = CRISIS + timedelta(minutes=20)
    whole, before, after = new_watch("Nimbus", SETTINGS), new_watch("Nimbus", SETTINGS), None
    tallies: dict[tuple[datetime, str], Counts] = {}
    peaks, incidents = {}, {}
    ran: dict[str, list[Alert]] = {"whole": [], "restarted": []}
    for one in stream:
        change = change_of(entry_of(one.mention, one.score, SETTINGS))
        ran["whole"] += whole.observe(change.at, change.counts, segments=change.segments)
        if after is None and change.at >= middle:
            kept = [
                Tally(minute=minute, segment=segment, **counts._asdict())
                for (minute, segment), counts in tallies.items()
            ]
            series, heights, segments = restored(kept, list(peaks.values()), SETTINGS)
            after = Watch(
                "Nimbus", SETTINGS, series, incidents.values(), before.watermark, peaks=heights, segments=segments
            )
        watch = after or before
        ran["restarted"] += watch.observe(change.at, change.counts, segments=change.segments)
        minute = change.at.replace(second=0, microsecond=0)
        for segment, counts in (("", change.counts), *change.segments.items()):
            tallies[minute, segment] = tallies.get((minute, segment), Counts()).plus(counts)
        peaks.update(((peak.segment, peak.minutes, peak.block), peak) for peak in watch.take_peaks())
        incidents.update((incident.segment, incident) for incident in watch.take_incidents())
    assert [alert.segment for alert in ran["whole"]][:1] == ["theme:price"]
    assert ran["restarted"] == ran["whole"]


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
