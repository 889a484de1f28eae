"""Why an alert fired, in words."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import msgspec
import pytest

from alerting.wording_why import forecast_told, why_told
from core.language import LANGUAGES
from core.why import Forecast, Grown, Phrase, Repeated, Why
from tests.fakes import MONDAY

WHY = Why(
    since=MONDAY,
    until=MONDAY + timedelta(hours=1),
    posts=52,
    compared=200,
    usual_since=MONDAY - timedelta(days=7),
    usual_until=MONDAY,
    themes=(Grown(name="safety", posts=26, share=0.5, usual=0.04),),
    phrases=(Phrase(text="caught fire", posts=20, share=0.38, usual=0.0, z=5.0, examples=("m",)),),
    repeated=(Repeated(posts=38, authors=30, example="m"),),
)


def test_it_says_what_grew_what_is_new_and_what_is_repeated_in_every_language() -> None:
    told = why_told(WHY)
    assert told == {
        "en": "26 of 52 posts (50%) are about safety; usual: 4%. More frequent: “caught fire” (20). "
        "38 of 52 repeat one text.",
        "zh-Hant": "52 則中有 26 則（50%）談到安全，平常約 4%。變多：「caught fire」（20）。52 則中有 38 則內容相同。",
        "zh-Hans": "52 条中有 26 条（50%）谈到安全，平时约 4%。变多：“caught fire”（20）。52 条中有 38 条内容相同。",
    }


def test_what_is_usual_is_not_claimed_before_it_is_known() -> None:
    told = why_told(msgspec.structs.replace(WHY, compared=19, phrases=(), repeated=()))
    assert told is not None
    assert told["en"] == "26 of 52 posts (50%) are about safety."


def test_a_theme_without_a_name_is_called_as_it_is() -> None:
    theme = Grown(name="lost_luggage", posts=3, share=0.1, usual=0.0)
    told = why_told(msgspec.structs.replace(WHY, themes=(theme,)))
    assert told is not None
    assert all("lost luggage" in told[language] for language in LANGUAGES)


def test_nothing_is_said_where_nothing_grew() -> None:
    assert why_told(msgspec.structs.replace(WHY, themes=(), phrases=(), repeated=())) is None


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_comes_next_is_told_on_the_clock_of_the_person(language: str) -> None:
    forecast = Forecast(level=3, needed=20, at=MONDAY, expected=22, until=MONDAY + timedelta(hours=2))
    told = forecast_told(forecast, ZoneInfo("Asia/Taipei"))
    assert told is not None
    assert "17:00" in told[language]
    assert "20" in told[language]


def test_without_a_moment_nothing_is_promised() -> None:
    forecast = Forecast(level=3, needed=20, expected=12, until=MONDAY, doubt="far")
    assert forecast_told(forecast, ZoneInfo("UTC")) is None
