"""Numbers and times as each reader writes them."""

from datetime import UTC, datetime, timedelta

import pytest

from api.web.format import Formatter, duration, zone_of
from api.web.queries import MentionFilter, address, moment_of, span_of
from core.language import Language

NOW = datetime(2026, 3, 2, 23, 30, tzinfo=UTC)
TAIPEI = zone_of("Asia/Taipei")


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0, "0:00"), (65, "1:05"), (-65, "1:05"), (3599, "59:59"), (3600, "1:00:00"), (83045.9, "23:04:05")],
)
def test_durations(seconds: float, shown: str) -> None:
    assert duration(seconds) == shown


@pytest.mark.parametrize("name", ["", "Mars/Olympus", "../../etc/passwd", "/etc/localtime", "a" * 5000])
def test_an_impossible_zone_is_utc(name: str) -> None:
    assert zone_of(name) is UTC


def test_times_are_local_and_say_so_where_they_are_not() -> None:
    assert Formatter("en", TAIPEI).time(NOW) == "07:30"
    assert Formatter("en", UTC).time(NOW) == "23:30 UTC"


@pytest.mark.parametrize(
    ("language", "shown"), [("en", "2 Mar 23:30"), ("zh-Hant", "3月2日 23:30"), ("zh-Hans", "3月2日 23:30")]
)
def test_another_day_has_its_date_by_locale(language: Language, shown: str) -> None:
    reader = Formatter(language, TAIPEI)
    assert reader.moment(NOW - timedelta(hours=8), NOW) == shown
    assert reader.moment(NOW, NOW) == "07:30"


@pytest.mark.parametrize(
    ("language", "ago", "span"),
    [("en", "3 minutes ago", "1 sec"), ("zh-Hant", "3 分鐘前", "1 秒"), ("zh-Hans", "3分钟前", "1秒")],
)
def test_relative_times_by_locale(language: Language, ago: str, span: str) -> None:
    reader = Formatter(language, UTC)
    assert reader.ago(NOW - timedelta(minutes=3), NOW) == ago
    assert reader.span(timedelta(milliseconds=20)) == span


def test_just_now_and_numbers() -> None:
    reader = Formatter("en", UTC)
    assert reader.ago(NOW, NOW) == "1 second ago"
    assert reader.span(timedelta(seconds=6)) == "6 secs"
    assert reader.number(12345.67) == "12,345.7"
    assert reader.percent(0.934) == "93%"


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026-03-02T23:30:00+00:00", NOW),
        ("2026-03-02T23:30:00 00:00", NOW),  # a plus that the address turned into a space
        ("2026-03-03T07:30:00+08:00", NOW),
        ("2026-03-02T23:30:00", NOW),
        ("yesterday", None),
        ("", None),
    ],
)
def test_moments_of_an_address(text: str, at: datetime | None) -> None:
    assert moment_of(text) == at


@pytest.mark.parametrize(
    ("asked", "minutes_open", "span"),
    [
        ("", None, "24h"),
        ("", 0, "1h"),
        ("", 59, "1h"),
        ("", 60, "6h"),
        ("", 359, "6h"),
        ("", 360, "24h"),
        ("aeon", 5, "1h"),
        ("7d", 5, "7d"),
        ("1h", None, "1h"),
    ],
)
def test_the_range_follows_the_incident_unless_one_is_asked_for(
    asked: str, minutes_open: int | None, span: str
) -> None:
    opened_at = None if minutes_open is None else NOW - timedelta(minutes=minutes_open)
    assert span_of(asked, opened_at, NOW) == span


def test_an_address_holds_only_what_is_set() -> None:
    assert address("/", case="c-1", show="", brand="A & 乙") == "/?case=c-1&brand=A+%26+%E4%B9%99"
    assert address("/alarm", span="") == "/alarm"


def test_a_filter_passes_over_what_cannot_be_read_and_keeps_its_address() -> None:
    asked = MentionFilter.from_query(
        {"sentiment": "furious", "search": " a\x00b ", "since": "x", "until": NOW.isoformat(), "sensitive": "on"}
    )
    assert asked.query().label == ""
    assert asked.query().search == "ab"
    assert asked.query().since is None
    assert asked.query().until == NOW
    assert asked.narrowed
    assert asked.address(until="", search="&=") == "/mentions?sensitive=1&search=%26%3D"
    assert MentionFilter().address() == "/mentions"
    assert not MentionFilter(cursor="x").narrowed
