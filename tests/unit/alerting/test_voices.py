from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec
import pytest

from alerting.backtest import backtest_mentions
from alerting.settings import AlertingSettings
from alerting.signals import Signal
from alerting.voices import Listening, Voices, held_back, voices
from core.alert import Alert, AlertEvent, Level
from core.mention import ScoredMention
from tests.unit.alerting.timeline import START, burst, in_time, ordinary

SETTINGS = AlertingSettings()
CRISIS = START + timedelta(days=5, hours=14)
COMPLAINT = "The kettle of {} that I bought for the kitchen stopped boiling after {} days, and nobody answers me"

LOUD = Signal(
    rule="baseline",
    level=Level.RED,
    observed=150,
    expected_low=0,
    expected_high=9,
    reason={"en": "Risen.", "zh-Hant": "增。", "zh-Hans": "增。"},
)


def said(storm: Sequence[ScoredMention], *, texts: int, authors: int) -> list[ScoredMention]:
    """A storm in which so many texts are said by so many authors in turn."""
    words = ["".join(chr(97 + (number // 26**place) % 26) for place in range(5)) for number in range(texts)]
    return [
        msgspec.structs.replace(
            one,
            mention=msgspec.structs.replace(
                one.mention,
                text=COMPLAINT.format(words[number % texts], words[number % texts][::-1]),
                author=f"author {number % authors}",
            ),
        )
        for number, one in enumerate(storm)
    ]


def told(storm: Sequence[ScoredMention]) -> list[Alert]:
    alerts = backtest_mentions(in_time(ordinary(5.5), storm), SETTINGS)
    return [alert for alert in alerts if alert.event in {AlertEvent.OPENED, AlertEvent.RAISED}]


def test_copies_count_as_one_and_how_often_they_double() -> None:
    posts = said(burst(CRISIS, 64, 30), texts=1, authors=64)
    heard = voices(posts)
    assert (heard.mentions, heard.authors, heard.texts, heard.repeated, heard.loudest) == (64, 64, 7.0, 64, 1)
    assert heard.distinct == 7.0


def test_each_window_is_heard_once_a_minute_whatever_else_is_asked_meanwhile() -> None:
    asked: list[tuple[str, datetime, datetime]] = []

    def hear(_brand: str, segment: str, since: datetime, until: datetime) -> Voices:
        asked.append((segment, since, until))
        return voices([])

    listening = Listening("Nimbus", hear, SETTINGS)
    for second in range(0, 70, 10):
        for signal in (LOUD, msgspec.structs.replace(LOUD, segment="theme:price")):
            listening.heard(signal, CRISIS + timedelta(seconds=second))
    hour, minute = timedelta(hours=1), timedelta(minutes=1)
    assert asked == [
        (segment, at - hour + minute, at) for at in (CRISIS, CRISIS + minute) for segment in ("", "theme:price")
    ]


def test_authors_nobody_knows_and_texts_too_short_to_be_copies_count_each() -> None:
    heard = voices(burst(CRISIS, 20, 30))
    assert (heard.authors, heard.distinct) == (20, 20.0)


def test_the_same_name_on_two_networks_is_two_people() -> None:
    posts = said(burst(CRISIS, 2, 30), texts=2, authors=1)
    assert voices(posts).authors == 1
    assert (
        voices(
            [
                posts[0],
                msgspec.structs.replace(posts[1], mention=msgspec.structs.replace(posts[1].mention, source="reddit")),
            ]
        ).authors
        == 2
    )


def test_many_people_with_words_of_their_own_make_it_red() -> None:
    found = told(said(burst(CRISIS, 150, 60), texts=150, authors=150))
    assert max(alert.level for alert in found) == Level.RED


@pytest.mark.parametrize(
    ("texts", "authors", "why"),
    [(1, 150, "150 of 150 repeat one text."), (150, 1, "150 of 150 are by one author.")],
    ids=["copies", "one author"],
)
def test_copies_and_one_eager_author_page_nobody_high_up(texts: int, authors: int, why: str) -> None:
    storm = said(burst(CRISIS, 150, 60), texts=texts, authors=authors)
    found = told(storm)
    assert found
    assert max(alert.level for alert in found) <= Level.YELLOW
    quieter = held_back(LOUD, voices(storm), SETTINGS)
    assert quieter.level <= Level.YELLOW
    assert quieter.reason["en"] == f"Risen. {why}"
    assert "150" in quieter.reason["zh-Hant"]


def test_copies_among_many_voices_hold_nothing_back() -> None:
    own = said(burst(CRISIS, 100, 60), texts=100, authors=100)
    copies = said(burst(CRISIS + timedelta(seconds=7), 100, 60), texts=1, authors=100)
    assert max(alert.level for alert in told([*own, *copies])) == Level.RED
