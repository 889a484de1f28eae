"""The demonstration is different texts in three scripts, ordinary days, and a crisis that rises and ebbs."""

import random
from collections import Counter
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from core.language import LANGUAGES
from core.ports.source import Source, SourceItem
from ingest.match import Matcher
from ingest.normalise import normalise
from ingest.sources.common import NAP
from ingest.sources.demonstration import PAUSE, Demonstration
from ingest.sources.demonstration_cn import MAINLAND
from ingest.sources.demonstration_en import ENGLISH
from ingest.sources.demonstration_grammar import CRISIS, Voice, Writer
from ingest.sources.demonstration_hk import HONG_KONG
from ingest.sources.demonstration_script import (
    CALM_SECONDS,
    DEMONSTRATION_BRAND,
    EBB_SECONDS,
    HOLD_SECONDS,
    RISE_SECONDS,
    Planned,
    write_script,
)
from ingest.sources.demonstration_tw import TAIWAN
from tests.fakes import MONDAY, FakeClock

VOICES = (ENGLISH, TAIWAN, HONG_KONG, MAINLAND)
START = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.fixture(scope="module")
def script() -> tuple[Planned, ...]:
    return write_script(6, START)


def frames(language: str, crisis: bool) -> int:
    return sum(
        len(set(some))
        for voice in VOICES
        if voice.language == language
        for mood, some in voice.frames.items()
        if (mood in CRISIS) is crisis
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_there_are_sixty_frames_for_ordinary_days_and_for_the_crisis(language: str) -> None:
    assert frames(language, crisis=True) >= 60
    assert frames(language, crisis=False) >= 60


@pytest.mark.parametrize("seed", range(12))
def test_no_text_comes_twice_and_each_is_about_the_brand(seed: int) -> None:
    matcher = Matcher([DEMONSTRATION_BRAND])
    posts = write_script(seed, START + timedelta(hours=seed))
    texts = [planned.text for planned in posts]
    assert len(set(texts)) == len(texts) > 600
    for planned in posts:
        assert matcher.brands_of(planned.text, planned.author) == (DEMONSTRATION_BRAND.name,)
        assert normalise(planned.text) == planned.text
        assert "{" not in planned.text


def test_the_same_seed_writes_the_same_script(script: tuple[Planned, ...]) -> None:
    assert write_script(6, START) == script
    assert write_script(7, START) != script


def test_each_language_has_its_part_and_its_networks(script: tuple[Planned, ...]) -> None:
    languages = Counter(planned.language for planned in script)
    assert all(languages[language] > len(script) / 6 for language in LANGUAGES)
    networks = {planned.source for planned in script}
    assert networks == {"x", "reddit", "bluesky", "mastodon", "ptt", "weibo"}
    assert {planned.language for planned in script if planned.source == "ptt"} == {"zh-Hant"}


SIMPLIFIED_ONLY = set("壶烟这们说没东买发")
TRADITIONAL_ONLY = set("壺煙這們說沒東買發")


@pytest.mark.parametrize(
    ("voice", "foreign"),
    [(TAIWAN, SIMPLIFIED_ONLY), (HONG_KONG, SIMPLIFIED_ONLY), (MAINLAND, TRADITIONAL_ONLY)],
)
def test_the_scripts_are_not_mixed(voice: Voice, foreign: set[str]) -> None:
    written = "".join(
        "".join(some) for table in (voice.frames, voice.fillers, voice.endings) for some in table.values()
    )
    assert not set(written) & foreign


def test_ordinary_days_are_mostly_content_and_quieter_at_night(script: tuple[Planned, ...]) -> None:
    days = [planned for planned in script if planned.seconds < 0]
    moods = Counter(planned.mood for planned in days)
    assert set(moods) == {"praise", "neutral", "complaint"}
    assert moods["complaint"] < len(days) / 4
    assert min(planned.seconds for planned in days) >= -10 * 86_400
    per_day = Counter(int(-planned.seconds // 86_400) for planned in days)
    assert len(per_day) == 10
    assert min(per_day.values()) > 20
    hours = Counter(
        (START + timedelta(seconds=planned.seconds)).hour // 6 for planned in days if planned.language != "en"
    )
    # Six hours of night and early morning in Taipei, Hong Kong and Beijing against six of afternoon and evening.
    assert hours[3] < hours[1]


@pytest.mark.parametrize("seed", range(6))
def test_the_last_day_is_as_lively_but_hardly_anyone_complains(seed: int) -> None:
    posts = write_script(seed, START)
    last_day = [planned for planned in posts if -86_400 <= planned.seconds < 0]
    complaints = [planned.seconds for planned in last_day if planned.mood == "complaint"]
    assert len(last_day) > 30
    assert len(complaints) == 2
    assert min(complaints) > -50 * 60


def test_the_crisis_rises_holds_and_ebbs(script: tuple[Planned, ...]) -> None:
    crisis = [planned for planned in script if planned.mood in CRISIS]

    def rate(begin: float, seconds: float) -> float:
        return sum(begin <= planned.seconds < begin + seconds for planned in crisis) / seconds

    assert rate(-1e9, 1e9 + CALM_SECONDS) == 0
    assert any(0 <= planned.seconds < CALM_SECONDS for planned in script)
    peak = rate(CALM_SECONDS + RISE_SECONDS, HOLD_SECONDS)
    assert rate(CALM_SECONDS, RISE_SECONDS / 3) < rate(CALM_SECONDS + RISE_SECONDS / 3, RISE_SECONDS / 3) < peak
    assert 1 <= peak <= 2
    end = CALM_SECONDS + RISE_SECONDS + HOLD_SECONDS + EBB_SECONDS
    assert rate(end - 60, 60) < peak / 4
    assert max(planned.seconds for planned in crisis) < end
    assert {planned.mood for planned in crisis} == set(CRISIS)
    assert max(planned.followers for planned in crisis if planned.mood == "press") > 10_000


def test_a_writer_that_has_no_more_says_so() -> None:
    said_once = msgspec.structs.replace(ENGLISH, frames={"press": ("one",)}, endings={"press": ("",)})
    writer = Writer(said_once, random.Random(1))
    assert writer.write("press", "x") == "one"
    with pytest.raises(ValueError, match="used up"):
        writer.write("press", "x")


def mentions(items: list[SourceItem]) -> dict[str, datetime]:
    return {mention.id: mention.created_at for item in items for mention in item.mentions}


def test_history_comes_at_once_and_the_crisis_as_it_happens(clock: FakeClock) -> None:
    source: Source = Demonstration(clock)
    before = clock.now()
    live = 0
    for item in source.items(""):
        assert clock.now() - before <= timedelta(seconds=NAP)
        before = clock.now()
        for mention in item.mentions:
            assert (mention.origin, mention.brand) == ("demonstration", DEMONSTRATION_BRAND.name)
            if mention.created_at >= MONDAY:
                live += 1
                assert clock.now() - timedelta(seconds=NAP) <= mention.created_at <= clock.now()
            else:
                assert clock.now() == MONDAY
    assert live > 250


def test_it_goes_on_from_its_cursor_with_the_same_posts(clock: FakeClock) -> None:
    items = list(Demonstration(clock).items(""))
    whole = mentions(items)
    assert items[0].total == len(whole)
    clock.time = MONDAY
    head = []
    for item in Demonstration(clock).items(""):
        head.append(item)
        if clock.now() > MONDAY + timedelta(seconds=60):
            break
    rest = list(Demonstration(clock, seed=1).items(head[-1].cursor))
    assert mentions(head) | mentions(rest) == whole
    assert not mentions(head).keys() & mentions(rest).keys()
    assert mentions(list(Demonstration(clock).items(items[-1].cursor))) == {}


def test_after_a_long_pause_it_goes_on_instead_of_catching_up(clock: FakeClock) -> None:
    head = []
    for item in Demonstration(clock).items(""):
        head.append(item)
        if clock.now() > MONDAY + timedelta(seconds=60):
            break
    clock.forward(hours=12)
    resumed = clock.now()
    rest = list(Demonstration(clock).items(head[-1].cursor))
    assert min(mentions(rest).values()) >= resumed
    assert not mentions(head).keys() & mentions(rest).keys()
    assert timedelta(seconds=10) < PAUSE < timedelta(hours=1)


def test_started_anew_it_has_new_identities(clock: FakeClock) -> None:
    first = mentions(list(Demonstration(clock).items("")))
    clock.time = MONDAY + timedelta(minutes=1)
    second = mentions(list(Demonstration(clock).items("nonsense")))
    assert not first.keys() & second.keys()
